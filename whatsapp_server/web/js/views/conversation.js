/** The middle pane: one conversation, from its header to the composer. */
import { othersOf } from "../chat_ticks.js";
import { phoneNumber } from "../format.js";
import { t } from "../i18n.js";
import { html, useApp, useState } from "../lib.js";
import { goToList } from "../route.js";
import { isPerson, titleOf } from "../titles.js";
import { absenceOf } from "./absence.js";
import { Refusal, useActing } from "./acting.js";
import { Avatar } from "./avatar.js";
import { Composer } from "./composer.js";
import { ConversationMenu } from "./conversation_menu.js";
import { HolderBar } from "./holder_bar.js";
import { Icon, Mark } from "./icons.js";
import { MessageLog } from "./message_log.js";
import { OfferBanner } from "./offer_banner.js";
import { OthersHere } from "./others_here.js";
import { PersonAvatar, PresenceText } from "./presence.js";
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
  const conversation = store.conversations.get(id);
  const problem = sync.openProblem.value;
  if (problem && !(problem === "failed" && conversation && store.thread(id).state.value === "ready")) {
    return html`<${Problem} problem=${problem} />`;
  }
  if (!conversation) return html`<${Loading} />`;
  return html`<${Open} conversation=${conversation} infoShown=${infoShown} onToggleInfo=${onToggleInfo} />`;
}

function Open({ conversation, infoShown, onToggleInfo }) {
  const { store } = useApp();
  const [sent, setSent] = useState(0);
  const acting = useActing(conversation);
  const name = titleOf(conversation, store).name;
  const customers = conversation.kind === "customer";
  return html`<article class="conversation" aria-label=${t("conversation.label", { name })}>
    <${Header} conversation=${conversation} infoShown=${infoShown} onToggleInfo=${onToggleInfo} />
    ${customers ? html`<${HolderBar} conversation=${conversation} acting=${acting} />` : null}
    ${customers ? html`<${OfferBanner} conversation=${conversation} acting=${acting} />` : null}
    <${Refusal} acting=${acting} />
    <${MessageLog} conversation=${conversation} thread=${store.thread(conversation.id)} sent=${sent}
      missed=${acting.missed} />
    <${OthersHere} conversation=${conversation} />
    <${Composer} conversation=${conversation} onSent=${() => setSent((count) => count + 1)} />
  </article>`;
}

function Header({ conversation, infoShown, onToggleInfo }) {
  const { store } = useApp();
  const { id, name } = titleOf(conversation, store);
  const customers = conversation.kind === "customer";
  const info = t(customers ? "conversation.info" : "conversation.info_internal");
  return html`<header class=${`conversation-head${customers ? "" : " conversation-head-internal"}`}>
    <${BackButton} />
    <${isPerson(conversation) ? PersonAvatar : Avatar} id=${id} name=${name} said />
    <div class="conversation-who">
      <h2 dir="auto">${name}</h2>
      ${customers ? html`<${Numbers} conversation=${conversation} />` : html`<${Members} conversation=${conversation} />`}
    </div>
    ${customers ? html`<${WindowCountdown} id=${conversation.id} />` : null}
    ${customers ? null : html`<${ConversationMenu} conversation=${conversation} />`}
    <button type="button" class="icon-button" aria-label=${info} title=${info} aria-pressed=${infoShown}
      data-testid="info-toggle" onClick=${onToggleInfo}>
      <${Icon} name="info" />
    </button>
  </header>`;
}

function Numbers({ conversation }) {
  const { contact, channel } = conversation;
  return html`<p>
    ${contact.name && contact.number ? html`<span>${phoneNumber(contact.number)}</span>` : null}
    <span class="conversation-channel">${t("conversation.via", { number: phoneNumber(channel.number) })}</span>
  </p>`;
}

function Members({ conversation }) {
  const { store } = useApp();
  const { group, member_ids: members } = conversation;
  if (group) return html`<p>${t("conversation.members", { count: members.length })}</p>`;
  const [other] = othersOf(conversation, store.me.value.id);
  const absence = absenceOf(store.users.get(other));
  return html`<p>
    <span>${t("conversation.between_us")}</span>
    ${absence ? html`<span class="conversation-absence" data-testid="chat-absent">${absence}</span>` : null}
    <${PresenceText} id=${other} />
  </p>`;
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
