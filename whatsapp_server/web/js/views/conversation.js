/** The middle pane: one conversation, from its header to the composer. */
import { contactName, phoneNumber } from "../format.js";
import { t } from "../i18n.js";
import { html, useApp, useState } from "../lib.js";
import { goToList } from "../route.js";
import { Avatar } from "./avatar.js";
import { Composer } from "./composer.js";
import { Icon, Mark } from "./icons.js";
import { MessageLog } from "./message_log.js";
import { WindowCountdown } from "./window_countdown.js";

export function NothingOpen() {
  return html`<div class="nothing-open">
    <${Mark} size=${64} />
    <h2>${t("conversation.none.title")}</h2>
    <p>${t("conversation.none.text")}</p>
  </div>`;
}

export function Conversation({ id, infoShown, onToggleInfo }) {
  const { sync, store } = useApp();
  const [sent, setSent] = useState(0);
  const conversation = store.conversations.get(id);
  const problem = sync.openProblem.value;
  if (problem && !(problem === "failed" && conversation && store.thread(id).state.value === "ready")) {
    return html`<${Problem} problem=${problem} />`;
  }
  if (!conversation) return html`<${Loading} />`;
  const label = t("conversation.label", { name: contactName(conversation.contact) });
  return html`<article class="conversation" aria-label=${label}>
    <${Header} conversation=${conversation} infoShown=${infoShown} onToggleInfo=${onToggleInfo} />
    <${MessageLog} conversation=${conversation} thread=${store.thread(id)} sent=${sent} />
    <${Composer} conversation=${conversation} onSent=${() => setSent((count) => count + 1)} />
  </article>`;
}

function Header({ conversation, infoShown, onToggleInfo }) {
  const { contact, channel } = conversation;
  const name = contactName(contact);
  return html`<header class="conversation-head">
    <${BackButton} />
    <${Avatar} id=${contact.id} name=${name} />
    <div class="conversation-who">
      <h2 dir="auto">${name}</h2>
      <p>
        ${contact.name && contact.number ? html`<span>${phoneNumber(contact.number)}</span>` : null}
        <span class="conversation-channel">${t("conversation.via", { number: phoneNumber(channel.number) })}</span>
      </p>
    </div>
    <${WindowCountdown} id=${conversation.id} />
    <button type="button" class="icon-button" aria-label=${t("conversation.info")} title=${t("conversation.info")}
      aria-pressed=${infoShown} data-testid="info-toggle" onClick=${onToggleInfo}>
      <${Icon} name="info" />
    </button>
  </header>`;
}

function BackButton() {
  return html`<button type="button" class="icon-button back-button" aria-label=${t("action.back")} data-testid="back"
    onClick=${goToList}>
    <${Icon} name="back" />
  </button>`;
}

function Loading() {
  return html`<div class="conversation" aria-busy="true">
    <header class="conversation-head"><${BackButton} /></header>
    <p class="conversation-note quiet-at-first" role="status">${t("conversation.loading")}</p>
  </div>`;
}

function Problem({ problem }) {
  const { sync } = useApp();
  return html`<div class="conversation">
    <header class="conversation-head"><${BackButton} /></header>
    <div class="conversation-note" role="alert">
      <${Icon} name="alert" size=${28} />
      <p>${t(`conversation.${problem}`)}</p>
      ${problem === "failed"
        ? html`<button type="button" class="button" onClick=${() => sync.reloadOpen()}>${t("action.retry")}</button>`
        : null}
    </div>
  </div>`;
}
