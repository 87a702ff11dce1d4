/** What is seldom done with a conversation. */
import { t } from "../i18n.js";
import { html, useApp, useRef, useState } from "../lib.js";
import { goToList } from "../route.js";
import { showToast } from "../toasts.js";
import { useClosing } from "./menu.js";
import { Icon } from "./icons.js";
import { ReadersDialog } from "./readers.js";

/** `onDialog` opens one of the dialogs that the bar's own buttons share: pass, assign. */
export function ConversationMenu({ conversation, acting = null, onDialog = null }) {
  const { reader } = useApp();
  const [open, setOpen] = useState(false);
  const [asking, setAsking] = useState(false);
  const place = useRef(null);
  const button = useRef(null);
  const close = () => {
    setOpen(false);
    button.current.focus();
  };
  useClosing(open, place, close, () => setOpen(false));
  const leaveUnread = () => {
    reader.leaveUnread(conversation.id).catch(() => showToast(t("message.action_failed")));
    goToList();
  };
  const items = [
    ...(acting ? verbItems(conversation, acting, onDialog) : []),
    ["unread", t("verb.unread"), leaveUnread],
    ["readers", t("readers.open"), () => setAsking(true)],
  ];
  return html`<div class="menu-place" ref=${place}>
    <button type="button" class="icon-button" ref=${button} data-testid="conversation-menu" aria-expanded=${open}
      aria-label=${t("verb.more")} title=${t("verb.more")} onClick=${() => setOpen(!open)}>
      <${Icon} name="more" />
    </button>
    ${open
      ? html`<ul class="menu conversation-menu">
          ${items.map(
            ([name, label, onClick]) => html`<li key=${name}>
              <button type="button" class="menu-item" data-testid=${`menu-${name}`} onClick=${() => (close(), onClick())}>
                ${label}
              </button>
            </li>`,
          )}
        </ul>`
      : null}
    ${asking ? html`<${ReadersDialog} conversation=${conversation} onClose=${() => setAsking(false)} />` : null}
  </div>`;
}

/** [name, label, what to do] of the verbs that have no button of their own just now. */
function verbItems(conversation, acting, onDialog) {
  const { verbs, run } = acting;
  const { offer } = conversation;
  const next = conversation.visibility === "public" ? "private" : "public";
  const items = [
    // An admin may do these with a colleague's; who holds it has buttons for them.
    verbs.has("take_over") && verbs.has("offer") && ["pass", t("verb.pass"), () => onDialog("pass")],
    verbs.has("take_over") && verbs.has("finish") && ["finish", t("verb.finish"), acting.finish],
    verbs.has("assign") && ["assign", t("verb.assign"), () => onDialog("assign")],
    verbs.has("withdraw") && ["withdraw", t("offer.withdraw"), () => run("withdraw", { offer_id: offer.id })],
    verbs.has("set_visibility") &&
      [next, t(`verb.make.${next}`), () => run("set_visibility", { visibility: next })],
  ];
  return items.filter(Boolean);
}
