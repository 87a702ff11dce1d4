/** One message: what it says, who wrote it, when, how far it has come, and what can be done about it. */
import { clockTime, fullTime, toneOf } from "../format.js";
import { locale, maybe, t } from "../i18n.js";
import { html, useApp } from "../lib.js";
import { MessageActions } from "./message_actions.js";
import { MessageContent } from "./message_content.js";
import { Ticks } from "./ticks.js";

const FAILED = new Set(["failed", "undelivered"]);

export function Message({ message, customer }) {
  const { id, seq, status, direction, author, created_at: createdAt } = message;
  const faded = status === "discarded" ? " bubble-discarded" : "";
  const failed = FAILED.has(status) ? " bubble-failed" : "";
  return html`<div class=${`message message-${direction}`} data-anchor data-testid="message" data-id=${id}
    data-seq=${seq} data-status=${status} data-direction=${direction}>
    <div class=${`bubble bubble-${direction}${faded}${failed}`}>
      ${author
        ? html`<p class=${`bubble-author ink-${toneOf(author.id)}`}>${author.name}</p>`
        : html`<p class="visually-hidden">${t("message.from_customer", { name: customer })}</p>`}
      <${MessageContent} message=${message} />
      <p class="bubble-foot">
        <time dateTime=${createdAt} title=${fullTime(createdAt, locale())}>${clockTime(createdAt, locale())}</time>
        ${direction === "outbound" ? html`<${Ticks} status=${status} times=${message.status_times} />` : null}
      </p>
    </div>
    <${Note} message=${message} />
  </div>`;
}

/** The sentence below a bubble of ours that is not simply on its way, with what can be done. */
function Note({ message }) {
  const { status } = message;
  if (status === "discarded") return html`<p class="note">${t("message.discarded")}</p>`;
  if (status === "unknown") {
    return html`<${ActionNote} message=${message} text=${t("status.unknown")} tone="note-warn" />`;
  }
  if (FAILED.has(status)) {
    const text = `${t(`status.${status}`)}. ${reasonOf(message.error)}`;
    return html`<${ActionNote} message=${message} text=${text} tone="note-danger" />`;
  }
  return status === "queued" ? html`<${QueuedNote} message=${message} />` : null;
}

function ActionNote({ message, text, tone }) {
  return html`<div class=${`note ${tone}`}><span>${text}</span><${MessageActions} message=${message} /></div>`;
}

/** A message that waits because WhatsApp takes nothing can still be taken back. */
function QueuedNote({ message }) {
  const { store } = useApp();
  const conversation = store.conversations.get(message.conversation_id);
  const channel = conversation && store.channels.get(conversation.channel.id);
  if (channel?.delivery.state !== "delayed") return null;
  return html`<${ActionNote} message=${message} text=${t("status.queued")} tone="" />`;
}

/** Why it failed. A number without a sentence here is Twilio's and can be looked up; a word of ours cannot. */
function reasonOf(error) {
  const known = error && maybe(`delivery_error.${error.code}`);
  if (known) return known;
  return /^\d+$/.test(error?.code) ? t("delivery_error.other", { code: error.code }) : t("delivery_error.none");
}

/** A message that the server does not have yet. */
export function PendingMessage({ entry }) {
  const { outbox, store, drafts } = useApp();
  const { client_id: clientId, conversation_id: conversationId, state, body } = entry;
  const failed = state === "failed";
  const me = store.me.value;
  const edit = () => {
    const text = outbox.discard(clientId);
    drafts.offer(conversationId, text);
  };
  return html`<div class="message message-outbound" data-anchor data-testid="message" data-client-id=${clientId}
    data-status=${state} data-direction="outbound">
    <div class=${`bubble bubble-outbound bubble-pending${failed ? " bubble-failed" : ""}`}>
      <p class=${`bubble-author ink-${toneOf(me.id)}`}>${me.name}</p>
      <${MessageContent} message=${{ kind: "text", body, media: [], details: {} }} />
      <p class="bubble-foot">
        <time dateTime=${entry.created_at}>${clockTime(entry.created_at, locale())}</time><${Ticks} status=${state} />
      </p>
    </div>
    ${state === "waiting" ? html`<p class="note note-warn">${t("status.waiting")}</p>` : null}
    ${failed
      ? html`<div class="note note-danger" role="alert"><span>${entry.error}</span>
          <span class="note-actions">
            <button type="button" class="link-button" data-testid="message-retry" onClick=${() => outbox.retry(clientId)}>
              ${t("action.retry")}
            </button>
            <button type="button" class="link-button" data-testid="message-edit" onClick=${edit}>
              ${t("action.edit")}
            </button>
            <button type="button" class="link-button" data-testid="message-discard"
              onClick=${() => outbox.discard(clientId)}>
              ${t("action.discard")}
            </button>
          </span>
        </div>`
      : null}
  </div>`;
}
