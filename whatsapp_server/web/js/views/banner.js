/** The strip at the top that says what does not work just now: our connection, or WhatsApp's. */
import { now } from "../clock.js";
import { momentTime, phoneNumber } from "../format.js";
import { locale, t } from "../i18n.js";
import { html, useApp, useComputed } from "../lib.js";
import { Icon } from "./icons.js";

/** Shorter gaps heal before anybody could read about them. */
const PATIENCE_MS = 1500;

export function Banner() {
  const { live, store } = useApp();
  const line = useComputed(() => lineProblem(live.status.value));
  const channels = store.channels.all();
  const delayed = channels.filter((each) => each.delivery.state === "delayed");
  const sentences = line.value ? [line.value] : delayed.map((each) => delayedSentence(each, channels.length));
  return html`<div class="banner-place" role="status">
    ${sentences.map(
      (text) => html`<p class="banner" data-testid="banner" key=${text}>
        <${Icon} name=${line.value ? "offline" : "alert"} size=${18} /><span>${text}</span>
      </p>`,
    )}
  </div>`;
}

function lineProblem({ state, since }) {
  if (state === "online" || now.value - since < PATIENCE_MS) return null;
  if (state === "connecting") return t("banner.connecting");
  return t("banner.offline", { time: momentTime(new Date(since).toISOString(), now.value, locale()) });
}

function delayedSentence({ number, delivery }, channelCount) {
  const time = momentTime(delivery.since, now.peek(), locale());
  if (channelCount === 1) return t("banner.delayed", { time });
  return t("banner.delayed_channel", { time, number: phoneNumber(number) });
}
