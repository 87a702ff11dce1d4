/** The strip at the top that says what does not work just now: our connection, or WhatsApp's. */
import { now } from "../clock.js";
import { momentTime, phoneNumber } from "../format.js";
import { locale, t } from "../i18n.js";
import { lineOf } from "../line.js";
import { html, useApp, useComputed } from "../lib.js";
import { Icon } from "./icons.js";

/** The status at the list says so at once; what moves the page waits until it is worth it. */
const PATIENCE_MS = 6000;

export function Banner() {
  const { live, store, sync } = useApp();
  const line = useComputed(() => lineProblem(lineOf(live.status.value, sync.status.value, now.value)));
  const channels = store.channels.all();
  const delayed = channels.filter((each) => each.delivery.state === "delayed");
  const sentences = line.value ? [line.value] : delayed.map((each) => delayedSentence(each, channels.length));
  // Of the line LineVoice speaks.
  return html`<div class="banner-place" role=${line.value ? undefined : "status"}>
    ${sentences.map(
      (text) => html`<p class="banner" data-testid="banner" key=${text}>
        <${Icon} name=${line.value ? "offline" : "alert"} size=${18} /><span>${text}</span>
      </p>`,
    )}
  </div>`;
}

function lineProblem({ state, since }) {
  if (since === null || now.value - since < PATIENCE_MS) return null;
  if (state === "connecting") return t("banner.connecting");
  return t("banner.offline", { time: momentTime(new Date(since).toISOString(), now.value, locale()) });
}

function delayedSentence({ number, delivery }, channelCount) {
  const time = momentTime(delivery.since, now.peek(), locale());
  if (channelCount === 1) return t("banner.delayed", { time });
  return t("banner.delayed_channel", { time, number: phoneNumber(number) });
}
