/** In the right pane of a group: who is in it, letting others in, its name, leaving. */
import { t } from "../i18n.js";
import { html, useApp, useState } from "../lib.js";
import { byName } from "../people.js";
import { goToList } from "../route.js";
import { Confirm } from "./dialog.js";
import { AddMembers, RenameGroup } from "./group_dialogs.js";
import { PersonAvatar, PresenceText } from "./presence.js";
import { useQuickRequest } from "./quick_request.js";

export function GroupPanel({ conversation }) {
  const [dialog, setDialog] = useState(null);
  const close = () => setDialog(null);
  return html`<div class="group" data-testid="group-panel">
    <p class="readers-text">${t("chat.members")}</p>
    <${Members} ids=${conversation.member_ids} />
    <div class="group-buttons">
      <button type="button" class="button button-small" data-testid="group-add" onClick=${() => setDialog("add")}>${t("chat.add")}</button>
      <button type="button" class="button button-small" data-testid="group-rename" onClick=${() => setDialog("rename")}>
        ${t("chat.rename")}
      </button>
      <button type="button" class="button button-small" data-testid="group-leave" onClick=${() => setDialog("leave")}>
        ${t("chat.leave")}
      </button>
    </div>
    ${dialog === "add" ? html`<${AddMembers} conversation=${conversation} onClose=${close} />` : null}
    ${dialog === "rename" ? html`<${RenameGroup} conversation=${conversation} onClose=${close} />` : null}
    ${dialog === "leave" ? html`<${Leave} conversation=${conversation} onClose=${close} />` : null}
  </div>`;
}

function Members({ ids }) {
  const { store } = useApp();
  const me = store.me.value.id;
  const people = byName(ids.map((id) => store.users.get(id)).filter(Boolean));
  return html`<ul class="readers-list">
    ${people.map(
      (each) => html`<li key=${each.id} class="reader" data-testid="group-member">
        <${PersonAvatar} id=${each.id} name=${each.name} small said />
        <span><span dir="auto">${each.id === me ? t("readers.you", { name: each.name }) : each.name}</span>
        <span class="reader-why">
          ${each.active ? html`<${PresenceText} id=${each.id} absence />` : t("chat.member_gone")}
        </span></span>
      </li>`,
    )}
  </ul>`;
}

function Leave({ conversation, onClose }) {
  const { api, store } = useApp();
  const { run } = useQuickRequest();
  const leave = () => {
    onClose();
    run(async () => {
      await api.request("DELETE", `/api/chats/${conversation.id}/members/${store.me.peek().id}`);
      goToList();
    });
  };
  return html`<${Confirm} title=${t("chat.leave.title", { name: conversation.title })} text=${t("chat.leave.text")}
    confirm=${t("chat.leave")} onConfirm=${leave} onClose=${onClose} />`;
}
