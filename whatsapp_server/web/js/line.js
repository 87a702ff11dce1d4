/** Whether what this tab shows can be trusted: the one truth behind the status and the banner. Pure. */

/** Shorter gaps heal before anybody could read about them. */
const PATIENCE_MS = 1500;
/** So long after the last check nobody knows, as when the computer slept: it is made once a minute. */
const OLD_MS = 150_000;

/**
 * {state, since}: `offline` since a moment; `connecting` for the first time, since a moment; `behind`, something may have been
 * missed; or `current`.
 *
 * @param live    {state: connecting | online | offline, since}: of the socket
 * @param status  {behind, checkedAt}: of catching up
 * @param nowMs   milliseconds since 1970
 */
export function lineOf(live, { behind, checkedAt }, nowMs) {
  if (live.state !== "online" && nowMs - live.since >= PATIENCE_MS) return { state: live.state, since: live.since };
  const unknown = behind || checkedAt === null || nowMs - checkedAt > OLD_MS;
  return { state: unknown ? "behind" : "current", since: null };
}
