/** A message that the server does not have yet, and what to do when it was refused. */
import { clockTime, firstName } from "../format.js";
import { locale, t } from "../i18n.js";
import { html, useApp, useEffect } from "../lib.js";
import { takenByAnswering, whenOf } from "../verbs.js";
import { AuthorLine } from "./author_line.js";
import { MessageContent } from "./message_content.js";
import { NoteHead } from "./note_head.js";
import { Ticks } from "./ticks.js";

export function PendingMessage({ entry, conversation }) {
  const { store } = useApp();
  const { client_id: clientId, state, body, mentions } = entry;
  const note = entry.kind === "note";
  const side = note ? "note" : "outbound";
  const direction = note || conversation.kind === "internal" ? "internal" : "outbound";
  return html`<div class=${`message message-${side}`} data-anchor data-testid="message" data-client-id=${clientId}
    data-status=${state} data-direction=${direction} data-kind=${note ? "note" : "text"}>
    <div class=${`bubble bubble-${side} bubble-pending${state === "failed" ? " bubble-failed" : ""}`}>
      ${note ? html`<${NoteHead} />` : null}
      <${AuthorLine} author=${store.me.value} conversation=${conversation} />
      <${MessageContent} message=${{ kind: "text", body, mentions, media: [], details: {} }} />
      <p class="bubble-foot">
        <time dateTime=${entry.created_at}>${clockTime(entry.created_at, locale())}</time><${Ticks} status=${state} />
      </p>
    </div>
    ${state === "waiting" ? html`<p class="note note-warn">${t("status.waiting")}</p>` : null}
    ${state === "failed" ? html`<${Refused} entry=${entry} conversation=${conversation} />` : null}
  </div>`;
}

/** Why it was refused and what can be decided: send it all the same, take the conversation over, edit, discard. */
function Refused({ entry, conversation }) {
  const { outbox, drafts, store, sync } = useApp();
  const { client_id: clientId, conversation_id: id, refusal } = entry;
  // What it was refused for may not have reached this tab yet.
  useEffect(() => {
    if (refusal?.by || refusal?.code === "overtaken") sync.reloadOpen();
  }, [refusal]);
  const decision = decisionOf(refusal, store, takenByAnswering(conversation, store.me.value));
  const edit = () => {
    const named = (entry.mentions ?? []).map((each) => ({ id: each, name: store.nameOf(each) }));
    drafts.offer(id, entry.kind === "note" ? "note" : "reply", outbox.discard(clientId), named);
  };
  return html`<div class="note note-danger" role="alert">
    <span data-testid="refused-why">${decision?.text ?? entry.error}</span>
    ${decision?.quote ? html`<q class="refused-quote" dir="auto">${decision.quote}</q>` : null}
    <span class="note-actions">
      <button type="button" class="link-button" data-testid="message-retry"
        onClick=${() => outbox.retry(clientId, decision?.decided(store.thread(id)))}>
        ${decision?.label ?? t("action.retry")}
      </button>
      <button type="button" class="link-button" data-testid="message-edit" onClick=${edit}>${t("action.edit")}</button>
      <button type="button" class="link-button" data-testid="message-discard" onClick=${() => outbox.discard(clientId)}>
        ${t("action.discard")}
      </button>
    </span>
  </div>`;
}

/**
 * {text, quote, label, decided}: what has come between, and what sending it again then says; null for other refusals.
 * `loser` is who would lose the conversation by it, if anybody.
 */
function decisionOf(refusal, store, loser) {
  const why = whyNotSent(refusal);
  if (why) {
    return {
      ...why,
      label: loser ? t("stale.take_over", { name: firstName(store.nameOf(loser)) }) : t("stale.send_anyway"),
      // The refusal told of that one; whatever came after it has to have been seen.
      decided: (thread) => ({
        last_seen_seq: Math.max(thread.seenSeq, refusal.seq ?? 0),
        ...(loser ? { take_over_from: loser } : {}),
      }),
    };
  }
  if (!refusal?.by || (refusal.code !== "held_by_other" && refusal.code !== "already_held")) return null;
  const words = { name: firstName(refusal.by.name), when: whenOf(refusal.at) };
  return {
    text: t("stale.held", words),
    label: t("stale.take_over", words),
    decided: () => ({ take_over_from: refusal.by.id }),
  };
}

/** {text, quote}: how the conversation went on, or may have, before the text could leave; null for other refusals. */
function whyNotSent(refusal) {
  const { code, by, at, body } = refusal ?? {};
  if (code === "waited") return { text: t("stale.waited", { when: whenOf(at) }) };
  if (code !== "overtaken" && code !== "stale_reply") return null;
  const text = by ? t("stale.text", { name: firstName(by.name), when: whenOf(at) }) : t("stale.customer", { when: whenOf(at) });
  return { text, quote: body };
}
