/** One conversation in the list: who, what last, whose it is, since when somebody waits, how much is unread. */
import { isOfferedTo } from "../belonging.js";
import { firstName } from "../format.js";
import { t } from "../i18n.js";
import { html, useApp } from "../lib.js";
import { goToConversation } from "../route.js";
import { plainText } from "../richtext.js";
import { isPerson, titleOf } from "../titles.js";
import { Avatar } from "./avatar.js";
import { kindName } from "./kinds.js";
import { Icon } from "./icons.js";
import { PersonAvatar } from "./presence.js";
import { RowMarks, RowTime } from "./row_marks.js";
import { Ticks } from "./ticks.js";

export function ConversationRow({ conversation, open, tabbable, onFocus }) {
  const { store } = useApp();
  const { id, state, visibility } = conversation;
  const unread = store.unreadOf(conversation);
  const title = titleOf(conversation, store);
  const finished = state === "finished";
  const onClick = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    goToConversation(id);
  };
  const looks = `row${open ? " row-open" : ""}${unread ? " row-unread" : ""}${finished ? " row-finished" : ""}`;
  return html`<li>
    <a class=${looks} href=${`#/c/${id}`} data-testid="conversation-row" data-id=${id}
      tabindex=${tabbable ? 0 : -1} aria-current=${open ? "true" : undefined} onClick=${onClick}
      onFocus=${() => onFocus(id)}>
      <${isPerson(conversation) ? PersonAvatar : Avatar} id=${title.id} name=${title.name} />
      <span class="row-lines">
        <span class="row-line">
          <span class="row-name" dir="auto">${title.name}</span>
          ${visibility === "private"
            ? html`<span class="row-private" title=${t("list.private")} data-testid="row-private">
                <${Icon} name="lock" size=${14} /><span class="visually-hidden">${t("list.private")}</span>
              </span>`
            : null}
          <${RowTime} conversation=${conversation} />
        </span>
        <span class="row-line">
          <${Line} conversation=${conversation} />
          <${RowMarks} conversation=${conversation} unread=${unread} />
        </span>
      </span>
    </a>
  </li>`;
}

/** What is offered to me comes before what was said. */
function Line({ conversation }) {
  const { store } = useApp();
  const { offer, last_message: message } = conversation;
  if (!isOfferedTo(conversation, store.me.value.id)) return html`<${Preview} message=${message} />`;
  const name = firstName(offer.from.name);
  return html`<span class="row-preview row-offer" data-testid="row-offer">
    <${Icon} name="pass" size=${15} />
    <span class="row-preview-text" dir="auto">
      ${offer.note ? t("list.offer_note", { name, note: offer.note }) : t("list.offer", { name })}
    </span>
  </span>`;
}

/** "✓✓ Ana: see you tomorrow"; media by their name; a note says that it is one; one line whatever the text holds. */
function Preview({ message }) {
  if (!message) return html`<span class="row-preview row-preview-none">${t("list.no_messages")}</span>`;
  const { author, direction, kind, body, status } = message;
  const prefix = author ? `${firstName(author.name)}: ` : "";
  const named = kind !== "text" && kind !== "interactive" && kind !== "note";
  return html`<span class=${`row-preview${status === "discarded" ? " row-preview-gone" : ""}`}>
    ${direction === "outbound" ? html`<${Ticks} status=${status} />` : null}
    ${kind === "note" ? html`<span class="row-note" data-testid="row-note">${t("list.note")}</span>` : null}
    <span class="row-preview-text" dir="auto">
      ${prefix}${named ? html`<${Icon} name=${kind} size=${15} /> ` : null}${plainText(body) || kindName(message)}
    </span>
  </span>`;
}
