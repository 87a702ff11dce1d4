/** Teams: named lines of people, into which conversations are passed. */
import { changesOf } from "../changes.js";
import { t } from "../i18n.js";
import { html, useApp, useRef, useState } from "../lib.js";
import { byName, colleagues } from "../people.js";
import { Avatar } from "./avatar.js";
import { Confirm, Dialog } from "./dialog.js";
import { Field, Notice, useRequest } from "./form.js";
import { useKeptFocus } from "./kept_focus.js";
import { PeoplePicker } from "./picker.js";
import { useQuickRequest } from "./quick_request.js";

export function TeamsPage() {
  const { store } = useApp();
  const [dialog, setDialog] = useState(null);
  const close = () => setDialog(null);
  const teams = byName(store.teams.all());
  const chosen = teams.find(({ id }) => id === dialog?.id);
  return html`<div class="page-sections" ref=${useKeptFocus()}>
    <section class="page-section" aria-labelledby="teams-title">
      <header class="section-head">
        <h2 id="teams-title" tabindex="-1">${t("teams.title")}</h2>
        <button type="button" class="button button-primary" data-testid="team-new" onClick=${() => setDialog({ name: "new" })}>
          ${t("teams.new")}
        </button>
      </header>
      <p class="hint">${t("teams.text")}</p>
      ${teams.length
        ? html`<ul class="entries">
            ${teams.map((each) => html`<${Team} key=${each.id} team=${each} onDialog=${(name) => setDialog({ name, id: each.id })} />`)}
          </ul>`
        : html`<p class="page-note" data-testid="teams-none">${t("teams.none")}</p>`}
    </section>
    ${dialog?.name === "new" ? html`<${TeamDialog} onClose=${close} />` : null}
    ${chosen && dialog.name === "edit" ? html`<${TeamDialog} key=${chosen.id} team=${chosen} onClose=${close} />` : null}
    ${chosen && dialog.name === "remove" ? html`<${Remove} team=${chosen} onClose=${close} />` : null}
  </div>`;
}

function Team({ team: { id, name, member_ids: members }, onDialog }) {
  const { store } = useApp();
  const names = byName(members.map((each) => store.users.get(each)).filter(Boolean)).map((each) => each.name);
  return html`<li class="entry" data-testid="team" data-id=${id}>
    <${Avatar} id=${id} name=${name} small />
    <div class="entry-words">
      <p class="entry-name" dir="auto">${name}</p>
      <p class="entry-more">${names.length ? names.join(", ") : t("teams.nobody")}</p>
    </div>
    <div class="entry-buttons">
      <button type="button" class="button button-small" aria-label=${t("teams.edit_of", { name })} data-testid="team-edit"
        onClick=${() => onDialog("edit")}>${t("action.edit")}</button>
      <button type="button" class="button button-small" aria-label=${t("teams.remove_of", { name })} data-testid="team-remove"
        onClick=${() => onDialog("remove")}>${t("teams.remove")}</button>
    </div>
  </li>`;
}

/** A new team, or one that there is. */
function TeamDialog({ team = null, onClose }) {
  const { api, store, sync } = useApp();
  const before = useRef(team).current;
  const [members, setMembers] = useState(team?.member_ids ?? []);
  const { busy, notice, problems, send, form } = useRequest({ fields: ["name"], sentences: { not_found: t("teams.gone") } });
  const people = colleagues(store.users.all());
  // Who is deactivated meanwhile is in no team any more.
  const chosen = members.filter((id) => people.some((each) => each.id === id));
  const submit = async (event) => {
    event.preventDefault();
    const given = { name: new FormData(event.currentTarget).get("name"), member_ids: chosen };
    const ask = () => (team ? api.request("PATCH", `/api/teams/${team.id}`, changesOf(before, given)) : api.post("/api/teams", given));
    if (await send(async () => sync.takeTeam(await ask()))) onClose();
  };
  return html`<${Dialog} title=${t(team ? "teams.edit.title" : "teams.new.title")} onClose=${onClose} testid="team-dialog">
    <form class="form" noValidate ref=${form} onSubmit=${submit} aria-busy=${busy}>
      <${Notice} text=${notice} />
      <${Field} label=${t("teams.name")} name="name" problem=${problems.name} defaultValue=${team?.name ?? ""} autofocus
        autocomplete="off" maxlength="80" placeholder=${t("teams.name_example")} testid="team-name" />
      <${PeoplePicker} label=${t("teams.members")} people=${people} chosen=${chosen} onChoose=${setMembers} several autofocus=${false}
        testid="team-member" />
      <div class="dialog-actions">
        <button type="button" class="button" onClick=${onClose}>${t("action.cancel")}</button>
        <button type="submit" class="button button-primary" aria-disabled=${busy} data-testid="team-save">${t("action.save")}</button>
      </div>
    </form>
  <//>`;
}

function Remove({ team, onClose }) {
  const { api, sync } = useApp();
  const { run } = useQuickRequest();
  const remove = () => {
    onClose();
    run(async () => sync.takeTeam(await api.request("DELETE", `/api/teams/${team.id}`)));
  };
  return html`<${Confirm} title=${t("teams.remove.title", { name: team.name })} text=${t("teams.remove.text")}
    confirm=${t("teams.remove")} onConfirm=${remove} onClose=${onClose} />`;
}
