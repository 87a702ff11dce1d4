/** One conversation in the list: who, what last, when, how much is unread. */
import { today } from "../clock.js";
import { contactName, firstName, listTime } from "../format.js";
import { locale, t } from "../i18n.js";
import { html, useApp } from "../lib.js";
import { goToConversation } from "../route.js";
import { plainText } from "../richtext.js";
import { movedAt } from "../store.js";
import { Avatar } from "./avatar.js";
import { kindName } from "./kinds.js";
import { Icon } from "./icons.js";
import { Ticks } from "./ticks.js";

export function ConversationRow({ conversation, open, tabbable, onFocus }) {
  const { store } = useApp();
  const { id, contact } = conversation;
  const unread = store.unreadOf(conversation);
  const name = contactName(contact);
  const onClick = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    goToConversation(id);
  };
  const looks = `row${open ? " row-open" : ""}${unread ? " row-unread" : ""}`;
  return html`<li>
    <a class=${looks} href=${`#/c/${id}`} data-testid="conversation-row" data-id=${id}
      tabindex=${tabbable ? 0 : -1} aria-current=${open ? "true" : undefined} onClick=${onClick}
      onFocus=${() => onFocus(id)}>
      <${Avatar} id=${contact.id} name=${name} />
      <span class="row-name" dir="auto">${name}</span>
      <time class="row-time">${listTime(movedAt(conversation), today.value, locale(), t("time.yesterday"))}</time>
      <${Preview} message=${conversation.last_message} />
      ${unread
        ? html`<span class="badge" data-testid="unread-badge">
            <span aria-hidden="true">${unread > 99 ? "99+" : unread}</span>
            <span class="visually-hidden">${t("list.unread", { count: unread })}</span>
          </span>`
        : null}
    </a>
  </li>`;
}

/** "✓✓ Ana: see you tomorrow"; media by their name; one line whatever the text holds. */
function Preview({ message }) {
  if (!message) return html`<span class="row-preview row-preview-none">${t("list.no_messages")}</span>`;
  const { author, direction, kind, body, status } = message;
  const prefix = author ? `${firstName(author.name)}: ` : "";
  const named = kind !== "text" && kind !== "interactive";
  return html`<span class=${`row-preview${status === "discarded" ? " row-preview-gone" : ""}`}>
    ${direction === "outbound" ? html`<${Ticks} status=${status} />` : null}
    <span class="row-preview-text" dir="auto">
      ${prefix}${named ? html`<${Icon} name=${kind} size=${15} /> ` : null}${plainText(body) || kindName(message)}
    </span>
  </span>`;
}
