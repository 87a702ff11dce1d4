/** One message: what it says, who wrote it, when, how far it has come, and what can be done about it. */
import { chatStatus, readersOf } from "../chat_ticks.js";
import { clockTime, firstName, fullTime } from "../format.js";
import { locale, maybe, t } from "../i18n.js";
import { html, useApp } from "../lib.js";
import { AuthorLine } from "./author_line.js";
import { MessageActions } from "./message_actions.js";
import { MessageContent } from "./message_content.js";
import { NoteHead } from "./note_head.js";
import { Ticks } from "./ticks.js";

const FAILED = new Set(["failed", "undelivered"]);

/** `last` is true of one's own newest in a chat of colleagues: below it stands who has seen it. */
export function Message({ message, conversation, last }) {
  const { store } = useApp();
  const { id, seq, status, direction, kind, created_at: createdAt } = message;
  const side = sideOf(message, store.me.value.id);
  const faded = status === "discarded" ? " bubble-discarded" : "";
  const failed = FAILED.has(status) ? " bubble-failed" : "";
  return html`<div class=${`message message-${side}`} data-anchor data-testid="message" data-id=${id} data-seq=${seq}
    data-status=${status} data-direction=${direction} data-kind=${kind}>
    <div class=${`bubble bubble-${side}${faded}${failed}`}>
      ${side === "note" ? html`<${NoteHead} />` : null}
      <${AuthorLine} author=${message.author} conversation=${conversation} />
      <${MessageContent} message=${message} />
      <p class="bubble-foot">
        <time dateTime=${createdAt} title=${fullTime(createdAt, locale())}>${clockTime(createdAt, locale())}</time>
        <${Progress} message=${message} conversation=${conversation} side=${side} />
      </p>
    </div>
    <${Below} message=${message} conversation=${conversation} last=${last} />
  </div>`;
}

/** At which side it stands and how it looks: note, outbound (ours; in a chat, mine), inbound (theirs). */
function sideOf({ direction, kind, author }, myId) {
  if (kind === "note") return "note";
  if (direction !== "internal") return direction;
  return author?.id === myId ? "outbound" : "inbound";
}

/** The ticks: WhatsApp's for what went to a customer, the colleagues' own in their chats. */
function Progress({ message, conversation, side }) {
  const { store } = useApp();
  if (message.direction === "outbound") return html`<${Ticks} status=${message.status} times=${message.status_times} />`;
  if (conversation.kind !== "internal" || side !== "outbound") return null;
  const myId = store.me.value.id;
  const seen = readersOf(message, conversation, myId);
  const hint = conversation.group && seen.length ? t("message.seen_by", { names: namesOf(seen, store) }) : null;
  return html`<${Ticks} status=${chatStatus(message, conversation, myId)} hint=${hint} />`;
}

function namesOf(ids, store) {
  return ids.map((id) => firstName(store.nameOf(id))).join(", ");
}

/** The sentence below a bubble of ours that is not simply on its way, with what can be done; in a group, who has seen it. */
function Below({ message, conversation, last }) {
  const { status } = message;
  if (last) return html`<${SeenBy} message=${message} conversation=${conversation} />`;
  if (status === "discarded") return html`<p class="note">${t("message.discarded")}</p>`;
  if (status === "unknown") {
    return html`<${ActionNote} message=${message} text=${t("status.unknown")} tone="note-warn" />`;
  }
  if (FAILED.has(status)) {
    const text = `${t(`status.${status}`)}. ${reasonOf(message.error)}`;
    return html`<${ActionNote} message=${message} text=${text} tone="note-danger" />`;
  }
  return status === "queued" ? html`<${QueuedNote} message=${message} conversation=${conversation} />` : null;
}

function SeenBy({ message, conversation }) {
  const { store } = useApp();
  const seen = readersOf(message, conversation, store.me.value.id);
  const all = seen.length === conversation.member_ids.length - 1;
  const text = all ? t("message.seen_by_all") : t("message.seen_by", { names: namesOf(seen, store) });
  return html`<p class="note" data-testid="seen-by">${seen.length ? text : t("message.seen_by_nobody")}</p>`;
}

function ActionNote({ message, text, tone }) {
  return html`<div class=${`note ${tone}`}><span>${text}</span><${MessageActions} message=${message} /></div>`;
}

/** A message that waits because WhatsApp takes nothing can still be taken back. */
function QueuedNote({ message, conversation }) {
  const { store } = useApp();
  const channel = store.channels.get(conversation.channel?.id);
  if (channel?.delivery.state !== "delayed") return null;
  return html`<${ActionNote} message=${message} text=${t("status.queued")} tone="" />`;
}

/** Why it failed. A number without a sentence here is Twilio's and can be looked up; a word of ours cannot. */
function reasonOf(error) {
  const known = error && maybe(`delivery_error.${error.code}`);
  if (known) return known;
  return /^\d+$/.test(error?.code) ? t("delivery_error.other", { code: error.code }) : t("delivery_error.none");
}
