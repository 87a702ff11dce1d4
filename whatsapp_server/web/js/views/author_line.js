/** Who wrote a message, above what it says; to screen readers also where the side says it to the eye. */
import { toneOf } from "../format.js";
import { t } from "../i18n.js";
import { html, useApp } from "../lib.js";
import { titleOf } from "../titles.js";

/** `author` is null for the customer. */
export function AuthorLine({ author, conversation }) {
  const { store } = useApp();
  if (!author) {
    return html`<p class="visually-hidden">${t("message.from_customer", { name: titleOf(conversation, store).name })}</p>`;
  }
  const mineInChat = conversation.kind === "internal" && author.id === store.me.value.id;
  if (mineInChat) return html`<p class="visually-hidden">${t("message.from_me")}</p>`;
  return html`<p class=${`bubble-author ink-${toneOf(author.id)}`}>${author.name}</p>`;
}
