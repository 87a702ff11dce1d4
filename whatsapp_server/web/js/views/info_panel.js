/** The right pane: what is known about the contact. */
import { now } from "../clock.js";
import { contactName, fullTime, phoneNumber, timeLeft } from "../format.js";
import { locale, t } from "../i18n.js";
import { html, useComputed, useApp } from "../lib.js";
import { Avatar } from "./avatar.js";
import { Icon } from "./icons.js";

export function InfoPanel({ conversation, onClose }) {
  const { contact, channel, created_at: createdAt } = conversation;
  const name = contactName(contact);
  return html`<section class="pane-info" aria-label=${t("info.title")}>
    <header class="info-head">
      <h2>${t("info.title")}</h2>
      <button type="button" class="icon-button" aria-label=${t("action.close")} title=${t("action.close")}
        onClick=${onClose}>
        <${Icon} name="close" />
      </button>
    </header>
    <div class="info-who"><${Avatar} id=${contact.id} name=${name} /><p dir="auto">${name}</p></div>
    <dl class="info-facts">
      <${Fact} label=${t("info.number")}>${contact.number ? phoneNumber(contact.number) : t("info.no_number")}<//>
      <${Fact} label=${t("info.channel")}>${phoneNumber(channel.number)}<//>
      <${WindowFact} id=${conversation.id} />
      <${Fact} label=${t("info.since")}>${fullTime(createdAt, locale())}<//>
    </dl>
  </section>`;
}

function Fact({ label, children }) {
  return html`<div><dt>${label}</dt><dd>${children}</dd></div>`;
}

function WindowFact({ id }) {
  const { store } = useApp();
  const text = useComputed(() => {
    const closesAt = store.conversations.get(id)?.window_closes_at;
    if (!timeLeft(closesAt, now.value)) return t("info.window_closed");
    return t("info.window_open", { time: fullTime(closesAt, locale()) });
  });
  return html`<${Fact} label=${t("info.window")}>${text.value}<//>`;
}
