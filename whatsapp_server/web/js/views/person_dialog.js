/** What somebody is called, and whether they administer. */
import { changesOf } from "../changes.js";
import { t } from "../i18n.js";
import { html, useApp, useState } from "../lib.js";
import { ROLES } from "../people.js";
import { Choice } from "./choice.js";
import { Dialog } from "./dialog.js";
import { Field, Notice, useRequest } from "./form.js";

export function PersonDialog({ person, onClose }) {
  const { api, store } = useApp();
  const [role, setRole] = useState(person.role);
  const { busy, notice, problems, send, form } = useRequest({ fields: ["name", "role"] });
  const submit = async (event) => {
    event.preventDefault();
    const news = changesOf(person, { name: new FormData(event.currentTarget).get("name"), role });
    const save = async () => store.users.upsert(await api.request("PATCH", `/api/users/${person.id}`, news));
    if (await send(save)) onClose();
  };
  const stepsDown = person.id === store.me.value.id && person.role === "admin" && role === "agent";
  return html`<${Dialog} title=${t("people.edit.title")} onClose=${onClose} testid="person-dialog">
    <form class="form" noValidate ref=${form} onSubmit=${submit} aria-busy=${busy}>
      <${Notice} text=${notice} />
      <${Field} label=${t("people.name")} name="name" problem=${problems.name} defaultValue=${person.name} autofocus autocomplete="off"
        maxlength="80" testid="person-name" />
      <${Choice} label=${t("people.role")} name="role" options=${ROLES.map((each) => [each, t(`menu.role.${each}`)])} value=${role}
        onChoose=${setRole} hint=${t(`people.role.${role}`)} />
      ${stepsDown ? html`<p class="caution" role="status">${t("people.steps_down")}</p>` : null}
      <div class="dialog-actions">
        <button type="button" class="button" onClick=${onClose}>${t("action.cancel")}</button>
        <button type="submit" class="button button-primary" aria-disabled=${busy} data-testid="person-save">${t("action.save")}</button>
      </div>
    </form>
  <//>`;
}
