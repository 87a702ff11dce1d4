/** Who works here: roles, absences, invitations, leaving and coming back. */
import { t } from "../i18n.js";
import { html, useApp, useState } from "../lib.js";
import { byName } from "../people.js";
import { absenceOf } from "./absence.js";
import { Avatar } from "./avatar.js";
import { DeactivateDialog } from "./deactivate_dialog.js";
import { Icon } from "./icons.js";
import { InviteDialog } from "./invite_dialog.js";
import { Invites, useInvites } from "./invites.js";
import { useKeptFocus } from "./kept_focus.js";
import { PersonDialog } from "./person_dialog.js";
import { PersonAvatar, PresenceText } from "./presence.js";
import { useQuickRequest } from "./quick_request.js";

export function PeoplePage() {
  const { store } = useApp();
  const [dialog, setDialog] = useState(null);
  const invites = useInvites();
  const close = () => setDialog(null);
  const people = byName(store.users.all());
  const active = people.filter((each) => each.active);
  const gone = people.filter((each) => !each.active);
  return html`<div class="page-sections" ref=${useKeptFocus()}>
    <section class="page-section" aria-labelledby="people-title">
      <header class="section-head">
        <h2 id="people-title" tabindex="-1">${t("people.title", { count: active.length })}</h2>
        <button type="button" class="button button-primary" data-testid="invite" onClick=${() => setDialog({ name: "invite" })}>
          ${t("invite.open")}
        </button>
      </header>
      <ul class="entries">
        ${active.map((each) => html`<${Person} key=${each.id} person=${each} onDialog=${(name) => setDialog({ name, id: each.id })} />`)}
      </ul>
    </section>
    <${Invites} invites=${invites} />
    ${gone.length
      ? html`<section class="page-section" aria-labelledby="gone-title">
          <h2 id="gone-title">${t("people.gone")}</h2>
          <ul class="entries">${gone.map((each) => html`<${Gone} key=${each.id} person=${each} />`)}</ul>
        </section>`
      : null}
    <${PeopleDialog} dialog=${dialog} invites=${invites} onClose=${close} />
  </div>`;
}

function PeopleDialog({ dialog, invites, onClose }) {
  const { store } = useApp();
  if (dialog?.name === "invite") return html`<${InviteDialog} onMade=${invites.load} onClose=${onClose} />`;
  const person = store.users.get(dialog?.id);
  // Somebody else may have been faster.
  if (!person?.active) return null;
  if (dialog.name === "edit") return html`<${PersonDialog} key=${person.id} person=${person} onClose=${onClose} />`;
  return html`<${DeactivateDialog} key=${person.id} person=${person} onClose=${onClose} />`;
}

function Person({ person, onDialog }) {
  const { store } = useApp();
  const { id, name, email, role } = person;
  const me = id === store.me.value.id;
  const absence = absenceOf(person);
  return html`<li class="entry" data-testid="person" data-id=${id}>
    <${PersonAvatar} id=${id} name=${name} small said />
    <div class="entry-words">
      <p class="entry-name"><span dir="auto">${me ? t("readers.you", { name }) : name}</span></p>
      <p class="entry-more">${email}</p>
      <p class="entry-facts">
        <span class=${role === "admin" ? "tag tag-accent" : "tag"}>${t(`menu.role.${role}`)}</span>
        ${absence ? html`<span class="tag tag-warn" data-testid="person-absent">${absence}</span>` : null}
        <${PresenceText} id=${id} />
      </p>
    </div>
    <div class="entry-buttons">
      <button type="button" class="button button-small" aria-label=${t("people.edit_of", { name })} data-testid="person-edit"
        onClick=${() => onDialog("edit")}>${t("action.edit")}</button>
      ${me
        ? null
        : html`<button type="button" class="button button-small" aria-label=${t("people.deactivate_of", { name })}
            data-testid="person-deactivate" onClick=${() => onDialog("deactivate")}>${t("people.deactivate")}</button>`}
    </div>
  </li>`;
}

/** Somebody who may come back, with the password they had. */
function Gone({ person: { id, name, email } }) {
  const { api, store } = useApp();
  const { busy, run } = useQuickRequest();
  const reactivate = () => run(async () => store.users.upsert(await api.post(`/api/users/${id}/reactivate`)));
  return html`<li class="entry entry-off" data-testid="person-gone" data-id=${id}>
    <${Avatar} id=${id} name=${name} small />
    <div class="entry-words">
      <p class="entry-name" dir="auto">${name}</p>
      <p class="entry-more">${email}</p>
    </div>
    <div class="entry-buttons">
      <button type="button" class="button button-small" aria-label=${t("people.reactivate_of", { name })} aria-disabled=${busy}
        data-testid="person-reactivate" onClick=${reactivate}>${t("people.reactivate")}</button>
    </div>
  </li>`;
}
