/** A chat between colleagues: with one of them, or a group with a name. */
import { t } from "../i18n.js";
import { html, useApp, useState } from "../lib.js";
import { colleagues } from "../people.js";
import { goToConversation } from "../route.js";
import { Dialog } from "./dialog.js";
import { Notice, useRequest } from "./form.js";
import { TitleField } from "./group_dialogs.js";
import { Icon } from "./icons.js";
import { PeoplePicker } from "./picker.js";

/** Stands above the colleagues' own conversations. */
export function NewChatButton() {
  const [open, setOpen] = useState(false);
  return html`<button type="button" class="tool" data-testid="new-chat" onClick=${() => setOpen(true)}>
      <${Icon} name="plus" size=${17} />${t("chat.new")}
    </button>
    ${open ? html`<${NewChat} onClose=${() => setOpen(false)} />` : null}`;
}

function NewChat({ onClose }) {
  const { api, store } = useApp();
  const [chosen, setChosen] = useState([]);
  const { busy, notice, problems, send, form } = useRequest({ fields: ["title"], sentences: { not_available: t("chat.not_here") } });
  const people = colleagues(store.users.all(), store.me.value.id);
  const members = chosen.filter((id) => people.some((each) => each.id === id));
  const isGroup = members.length > 1;
  const submit = async (event) => {
    event.preventDefault();
    if (!members.length) return;
    const given = { member_ids: members, ...(isGroup ? { title: new FormData(event.currentTarget).get("title") } : {}) };
    const start = async () => {
      const chat = await api.post("/api/chats", given);
      store.upsertConversation(chat);
      onClose();
      goToConversation(chat.id);
    };
    await send(start);
  };
  return html`<${Dialog} title=${t("chat.new")} onClose=${onClose} testid="new-chat-dialog">
    <form class="form" noValidate ref=${form} onSubmit=${submit} aria-busy=${busy}>
      <${Notice} text=${notice} />
      ${people.length
        ? html`<${PeoplePicker} label=${t("chat.with")} people=${people} chosen=${members} onChoose=${setChosen} several testid="chat" />`
        : html`<p>${t("chat.alone")}</p>`}
      ${isGroup ? html`<${TitleField} problem=${problems.title} />` : null}
      <p class="hint">${t("chat.private")}</p>
      <div class="dialog-actions">
        <button type="button" class="button" onClick=${onClose}>${t("action.cancel")}</button>
        <button type="submit" class="button button-primary" disabled=${!members.length} aria-disabled=${busy} data-testid="new-chat-submit">
          ${t(isGroup ? "chat.start_group" : "chat.start")}
        </button>
      </div>
    </form>
  <//>`;
}
