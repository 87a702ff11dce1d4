/** A tab that slept, as with the lid closed: its timers stood still, and its lines may have died without a word. */

/** Timers that are this late stood still. Those of hidden tabs are late anyway. */
const LATE_MS = 15_000;
const LOOK_EVERY_MS = 5000;

/** Calls `wake` whenever the tab may have slept: it is shown again, or goes on after standing still. Returns how to stop. */
export function followWaking(wake) {
  let lookedAt = Date.now();
  let timer = null;
  // Several signs of the same waking come together.
  const soon = () => {
    timer ??= setTimeout(() => {
      timer = null;
      wake();
    }, 0);
  };
  const shown = () => document.hidden || soon();
  const restored = ({ persisted }) => persisted && soon();
  const look = () => {
    const late = Date.now() - lookedAt - LOOK_EVERY_MS > LATE_MS;
    lookedAt = Date.now();
    if (late && !document.hidden) soon();
  };
  const looking = setInterval(look, LOOK_EVERY_MS);
  document.addEventListener("visibilitychange", shown);
  addEventListener("pageshow", restored);
  return () => {
    clearTimeout(timer);
    clearInterval(looking);
    document.removeEventListener("visibilitychange", shown);
    removeEventListener("pageshow", restored);
  };
}
