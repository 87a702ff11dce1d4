/**
 * Whoever looks at the team's conversations has seen their news: the server is told when somebody begins to look while
 * the dot is on, when they end, and in between now and then, not at every message.
 */
import { effect } from "../vendor/signals-core.js";

const PAUSE_MS = 10_000;

/**
 * @param options.counts   the numbers, with the dot
 * @param options.looking  a signal: the team's view is on the screen, and somebody is there
 * @returns how to stop
 */
export function followTeamDot({ counts, looking, report, now = Date.now }) {
  let toldAt = -Infinity;
  let timer = null;
  const tell = () => {
    toldAt = now();
    counts.seeTeam().catch(report);
  };
  return effect(() => {
    const dot = counts.value.value?.team === true;
    const here = looking.value;
    if (!here) return undefined;
    const wait = toldAt + PAUSE_MS - now();
    if (dot && wait <= 0) tell();
    timer = dot && wait > 0 ? setTimeout(tell, wait) : null;
    return () => {
      if (timer === null) return;
      clearTimeout(timer);
      if (!looking.peek()) tell();
    };
  });
}
