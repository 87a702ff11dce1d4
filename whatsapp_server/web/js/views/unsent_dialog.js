/** One's own texts that the server refused or that ask before they leave, in whatever conversation. */
import { momentTime } from "../format.js";
import { now } from "../clock.js";
import { locale, t } from "../i18n.js";
import { html, useApp, useEffect } from "../lib.js";
import { goToConversation } from "../route.js";
import { titleOf } from "../titles.js";
import { Dialog } from "./dialog.js";

export function UnsentDialog({ onClose }) {
  const { outbox } = useApp();
  const entries = outbox.refused;
  useEffect(() => {
    if (!entries.length) onClose();
  }, [entries.length]);
  return html`<${Dialog} title=${t("unsent.title")} onClose=${onClose} testid="unsent-dialog">
    <ul class="unsent">
      ${entries.map((each) => html`<${Entry} key=${each.client_id} entry=${each} onClose=${onClose} />`)}
    </ul>
    <div class="dialog-actions">
      <button type="button" class="button" onClick=${onClose}>${t("action.close")}</button>
    </div>
  <//>`;
}

function Entry({ entry, onClose }) {
  const { outbox, store } = useApp();
  const { client_id: clientId, conversation_id: id, body, created_at: createdAt } = entry;
  const conversation = store.conversations.get(id);
  const open = () => {
    onClose();
    goToConversation(id);
  };
  return html`<li class="unsent-entry" data-testid="unsent-entry">
    <p class="unsent-head">
      <strong dir="auto">${conversation ? titleOf(conversation, store).name : t("unsent.elsewhere")}</strong>
      <time dateTime=${createdAt}>${momentTime(createdAt, now.peek(), locale())}</time>
    </p>
    <p class="unsent-text" dir="auto">${body}</p>
    <p class="note-actions">
      <button type="button" class="link-button" data-testid="unsent-open" onClick=${open}>${t("unsent.open")}</button>
      <button type="button" class="link-button" data-testid="unsent-discard" onClick=${() => outbox.discard(clientId)}>
        ${t("action.discard")}
      </button>
    </p>
  </li>`;
}
