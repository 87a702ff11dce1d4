/** How long WhatsApp still lets us reply; turns into a warning in the last two hours. */
import { now } from "../clock.js";
import { timeLeft } from "../format.js";
import { t } from "../i18n.js";
import { html, useApp, useComputed } from "../lib.js";
import { Icon } from "./icons.js";

const WARNING_HOURS = 2;

function leftSentence({ hours, minutes }) {
  if (hours) return t("window.hours_minutes", { hours, minutes });
  return minutes ? t("window.minutes", { minutes }) : t("window.moments");
}

export function WindowCountdown({ id }) {
  const { store } = useApp();
  const left = useComputed(() => timeLeft(store.conversations.get(id)?.window_closes_at, now.value));
  // Strings, so that the view changes with the minute and not with every tick of the clock.
  const sentence = useComputed(() =>
    left.value ? t("window.open", { left: leftSentence(left.value) }) : t("window.closed"),
  );
  const tone = useComputed(() => toneOfLeft(left.value));
  return html`<span class=${`window window-${tone.value}`} title=${t("window.open_hint")} data-testid="window">
    <${Icon} name=${tone.value === "closed" ? "lock" : "clock"} size=${15} /><span>${sentence.value}</span>
  </span>`;
}

function toneOfLeft(left) {
  if (!left) return "closed";
  return left.hours < WARNING_HOURS ? "soon" : "open";
}
