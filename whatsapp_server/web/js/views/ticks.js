/** How far a message of ours has come, as a small sign with the words and times behind it. */
import { fullTime } from "../format.js";
import { locale, t } from "../i18n.js";
import { html } from "../lib.js";

const SHAPES = {
  clock: "M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4ZM8 4.8V8l2.2 1.4",
  arrow: "M3 8h9M8.5 4.2 12.3 8l-3.8 3.8",
  one: "M3.5 8.5 6.8 11.8 13 4.8",
  two: "M1.5 8.5 4.8 11.8 11 4.8M8 10.8l1 1L15.2 4.8",
  question: "M5.2 6a2.8 2.8 0 1 1 4 2.5c-.9.4-1.2 1-1.2 1.9M8 13v.3",
  cross: "M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4ZM8 4.8v4M8 11.2v.2",
  dash: "M4 8h8",
};

const SHAPE_OF = {
  pending: "clock",
  waiting: "clock",
  queued: "clock",
  sending: "arrow",
  unknown: "question",
  sent: "one",
  delivered: "two",
  read: "two",
  failed: "cross",
  undelivered: "cross",
  discarded: "dash",
};

/** "Sent 23/11/2026, 14:02" for each step that has a time, in the order they happened. */
function history(times) {
  return Object.entries(times ?? {})
    .filter(([status]) => SHAPE_OF[status])
    .sort(([, one], [, other]) => (one < other ? -1 : 1))
    .map(([status, time]) => `${t(`status.${status}`)} ${fullTime(time, locale())}`);
}

/** `hint` is what else there is to say, such as who has read it. */
export function Ticks({ status, times, hint }) {
  if (!SHAPE_OF[status]) return null;
  const label = [t(`status.${status}`), hint].filter(Boolean).join(". ");
  const title = [label, ...history(times)].join("\n");
  return html`<span class=${`ticks ticks-${status}`} role="img" aria-label=${label} title=${title}>
    <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d=${SHAPES[SHAPE_OF[status]]} /></svg>
  </span>`;
}
