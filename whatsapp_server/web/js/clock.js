/**
 * The page's only source of time. Windows close by the server's clock, so the difference to it is learnt from
 * the Date header of answers: a computer that is an hour wrong still closes the composer at the right moment.
 */
import { computed, signal } from "../vendor/signals-core.js";

/** Date headers carry whole seconds and arrive late: smaller differences say nothing. */
const TOLERANCE_MS = 3000;

let offsetMs = 0;

/** Milliseconds since 1970 by the server's clock, moving once a second; read `.value` to follow it. */
export const now = signal(Date.now());

/** Start of the reader's day, in milliseconds: moves at midnight, when "today" becomes "yesterday". */
export const today = computed(() => new Date(now.value).setHours(0, 0, 0, 0));

/** Learns from one answer's Date header (null or unreadable: nothing changes). */
export function learnServerDate(header) {
  const served = Date.parse(header ?? "");
  if (Number.isNaN(served)) return;
  const difference = served - Date.now();
  offsetMs = Math.abs(difference) > TOLERANCE_MS ? difference : 0;
}

/** Milliseconds since 1970 by the server's clock, at this moment. */
export function currentTime() {
  return Date.now() + offsetMs;
}

/** Starts moving `now`; also at once when the tab is shown again, as hidden tabs run their timers late. */
export function startClock() {
  const advance = () => {
    now.value = currentTime();
  };
  setInterval(advance, 1000);
  document.addEventListener("visibilitychange", advance);
}
