/** Changing a group: its name, and who is in it. */
import { t } from "../i18n.js";
import { html, useApp, useState } from "../lib.js";
import { colleagues } from "../people.js";
import { Dialog } from "./dialog.js";
import { Field, Notice, useRequest } from "./form.js";
import { PeoplePicker } from "./picker.js";

export function TitleField({ problem, title = "", autofocus = false }) {
  return html`<${Field} label=${t("chat.title")} name="title" problem=${problem} defaultValue=${title} autofocus=${autofocus}
    autocomplete="off" maxlength="80" placeholder=${t("chat.title_example")} testid="chat-title" />`;
}

export function RenameGroup({ conversation, onClose }) {
  const { api, store } = useApp();
  const { busy, notice, problems, send, form } = useRequest({ fields: ["title"] });
  const submit = async (event) => {
    event.preventDefault();
    const title = new FormData(event.currentTarget).get("title");
    const rename = async () => store.upsertConversation(await api.request("PATCH", `/api/chats/${conversation.id}`, { title }));
    if (await send(rename)) onClose();
  };
  return html`<${Dialog} title=${t("chat.rename")} onClose=${onClose} testid="rename-group-dialog">
    <form class="form" noValidate ref=${form} onSubmit=${submit} aria-busy=${busy}>
      <${Notice} text=${notice} />
      <${TitleField} problem=${problems.title} title=${conversation.title} autofocus />
      <div class="dialog-actions">
        <button type="button" class="button" onClick=${onClose}>${t("action.cancel")}</button>
        <button type="submit" class="button button-primary" aria-disabled=${busy} data-testid="rename-group-submit">
          ${t("action.save")}
        </button>
      </div>
    </form>
  <//>`;
}

export function AddMembers({ conversation, onClose }) {
  const { api, store } = useApp();
  const [chosen, setChosen] = useState([]);
  const { busy, notice, send, form } = useRequest({ sentences: { not_available: t("chat.not_here") } });
  const people = colleagues(store.users.all(), ...conversation.member_ids);
  const added = chosen.filter((id) => people.some((each) => each.id === id));
  const submit = async (event) => {
    event.preventDefault();
    if (!added.length) return;
    const add = async () => store.upsertConversation(await api.post(`/api/chats/${conversation.id}/members`, { add: added }));
    if (await send(add)) onClose();
  };
  return html`<${Dialog} title=${t("chat.add")} onClose=${onClose} testid="add-members-dialog">
    <form class="form" ref=${form} onSubmit=${submit} aria-busy=${busy}>
      <${Notice} text=${notice} />
      ${people.length
        ? html`<${PeoplePicker} label=${t("chat.whom")} people=${people} chosen=${added} onChoose=${setChosen} several
            testid="chat" />`
        : html`<p>${t("chat.all_in")}</p>`}
      <p class="hint">${t("chat.add.hint")}</p>
      <div class="dialog-actions">
        <button type="button" class="button" onClick=${onClose}>${t("action.cancel")}</button>
        <button type="submit" class="button button-primary" disabled=${!added.length} aria-disabled=${busy}
          data-testid="add-members-submit">
          ${t("chat.add.submit")}
        </button>
      </div>
    </form>
  <//>`;
}
