/** Send again and discard, for a message of ours that the server holds. */
import { ApiError } from "../api.js";
import { t } from "../i18n.js";
import { html, useApp, useState } from "../lib.js";
import { showToast } from "../toasts.js";
import { mayDiscard, maySendAgain } from "../verbs.js";
import { Confirm } from "./dialog.js";

const RETRYABLE = new Set(["failed", "undelivered", "unknown"]);
const DISCARDABLE = new Set(["failed", "undelivered", "queued"]);

export function MessageActions({ message }) {
  const { api, sync, store } = useApp();
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState(false);
  const act = async (verb, body) => {
    setBusy(true);
    setAsking(false);
    try {
      sync.takeMessage(await api.post(`/api/messages/${message.id}/${verb}`, body));
    } catch (error) {
      if (error.code === "may_duplicate") setAsking(true);
      else showToast(error instanceof ApiError && error.detail ? error.detail : t("message.action_failed"));
    }
    setBusy(false);
  };
  const conversation = store.conversations.get(message.conversation_id);
  if (!conversation) return null;
  const me = store.me.value;
  const retry = () => (message.status === "unknown" ? setAsking(true) : act("retry", {}));
  return html`<span class="note-actions">
    ${RETRYABLE.has(message.status) && maySendAgain(conversation, me)
      ? html`<button type="button" class="link-button" data-testid="message-retry" disabled=${busy} onClick=${retry}>
          ${t("action.retry")}
        </button>`
      : null}
    ${DISCARDABLE.has(message.status) && mayDiscard(message, conversation, me)
      ? html`<button type="button" class="link-button" data-testid="message-discard" disabled=${busy}
          onClick=${() => act("discard", {})}>
          ${t("action.discard")}
        </button>`
      : null}
    ${asking
      ? html`<${Confirm} title=${t("message.retry_unknown.title")} text=${t("message.retry_unknown.text")}
          confirm=${t("message.retry_unknown.confirm")} onConfirm=${() => act("retry", { accept_duplicate: true })}
          onClose=${() => setAsking(false)} />`
      : null}
  </span>`;
}
