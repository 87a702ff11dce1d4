/** "Take over from Ana?", asked once before somebody loses a conversation. */
import { firstName } from "../format.js";
import { t } from "../i18n.js";
import { html, useApp } from "../lib.js";
import { Confirm } from "./dialog.js";

export function TakeOver({ conversation, onConfirm, onClose, sending = false }) {
  const { store } = useApp();
  const name = firstName(store.nameOf(conversation.assignee_id));
  return html`<${Confirm} title=${t("verb.take_over.title", { name })}
    text=${t(sending ? "verb.take_over.text_sending" : "verb.take_over.text", { name })}
    confirm=${t(sending ? "verb.take_over.confirm_sending" : "verb.take")} looks="button-primary"
    onConfirm=${onConfirm} onClose=${onClose} />`;
}
