/** The right pane: what is known about the contact and about whose conversation it is, or who is in a chat. */
import { now } from "../clock.js";
import { fullTime, phoneNumber, timeLeft } from "../format.js";
import { locale, t } from "../i18n.js";
import { html, useComputed, useApp } from "../lib.js";
import { titleOf } from "../titles.js";
import { Avatar } from "./avatar.js";
import { holderText } from "./holder_bar.js";
import { GroupPanel } from "./group_panel.js";
import { Icon } from "./icons.js";
import { Readers } from "./readers.js";

export function InfoPanel({ conversation, onClose }) {
  const { store } = useApp();
  const { id, name } = titleOf(conversation, store);
  const customers = conversation.kind === "customer";
  const title = t(customers ? "info.title" : "info.title_internal");
  return html`<section class="pane-info" aria-label=${title}>
    <header class="info-head">
      <h2>${title}</h2>
      <button type="button" class="icon-button" aria-label=${t("action.close")} title=${t("action.close")}
        onClick=${onClose}>
        <${Icon} name="close" />
      </button>
    </header>
    <div class="info-who"><${Avatar} id=${id} name=${name} /><p dir="auto">${name}</p></div>
    <dl class="info-facts">
      ${customers ? html`<${ContactFacts} conversation=${conversation} /><${HoldingFacts} conversation=${conversation} />` : null}
      <${Fact} label=${t("readers.title")}>
        ${conversation.group ? html`<${GroupPanel} conversation=${conversation} />` : html`<${Readers} conversation=${conversation} />`}
      <//>
      <${Fact} label=${t("info.since")}>${fullTime(conversation.created_at, locale())}<//>
    </dl>
  </section>`;
}

function Fact({ label, children }) {
  return html`<div><dt>${label}</dt><dd>${children}</dd></div>`;
}

function ContactFacts({ conversation }) {
  const { contact, channel } = conversation;
  return html`
    <${Fact} label=${t("info.number")}>${contact.number ? phoneNumber(contact.number) : t("info.no_number")}<//>
    <${Fact} label=${t("info.channel")}>${phoneNumber(channel.number)}<//>
    <${WindowFact} id=${conversation.id} />
  `;
}

function HoldingFacts({ conversation }) {
  const { store } = useApp();
  const { state, finished_at: finishedAt, waiting_since: waitingSince, first_reply_at: firstReplyAt } = conversation;
  const team = store.teams.get(conversation.team_id);
  return html`
    <${Fact} label=${t("holder.label")}>${holderText(conversation, store)}<//>
    ${team ? html`<${Fact} label=${t("holder.team")}><span dir="auto">${team.name}</span><//>` : null}
    <${Fact} label=${t("holder.visibility")}>${t(`holder.${conversation.visibility}`)}<//>
    ${state === "finished" && finishedAt
      ? html`<${Fact} label=${t("holder.finished")}>${fullTime(finishedAt, locale())}<//>`
      : null}
    ${waitingSince ? html`<${Fact} label=${t("holder.waiting")}>${fullTime(waitingSince, locale())}<//>` : null}
    ${firstReplyAt ? html`<${Fact} label=${t("holder.first_reply")}>${fullTime(firstReplyAt, locale())}<//>` : null}
  `;
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
