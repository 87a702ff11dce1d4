/** How the inbox works here: every setting with what it means, saved together. */
import { changesOf } from "../changes.js";
import { t } from "../i18n.js";
import { html, useApp } from "../lib.js";
import { showToast } from "../toasts.js";
import { Choice } from "./choice.js";
import { Below, Notice, describedBy, useRequest } from "./form.js";
import { WorkingHours } from "./working_hours.js";

const CHOICES = {
  name_prefix: ["forced", "optional", "off"],
  new_visibility: ["public", "private"],
  assign_without_acceptance: ["admins", "everyone"],
  reopen_to: ["holder", "nobody"],
};
const FIELDS = [
  ...Object.keys(CHOICES),
  "reopen_hours",
  "offer_minutes",
  "auto_finish_days",
  "auto_release_hours",
  ...["timezone", "days", "from", "to"].map((each) => `working_hours.${each}`),
];

/** `changes` are what was chosen and is not saved yet; all else follows what other admins save. */
export function SettingsForm({ changes, onChanges }) {
  const { api, store } = useApp();
  const { busy, notice, problems, send, form } = useRequest({ fields: FIELDS });
  const saved = store.settings.value;
  const shown = { ...saved, ...changes };
  const set = (name, value) => onChanges(changesOf(saved, { ...changes, [name]: value }));
  const submit = async (event) => {
    event.preventDefault();
    if (!Object.keys(changes).length) return;
    const save = async () => store.takeSettings(await api.request("PATCH", "/api/settings", changes));
    if (!(await send(save))) return;
    onChanges({});
    showToast(t("settings.saved"));
  };
  const parts = { shown, set, problems };
  return html`<form class="settings" noValidate ref=${form} onSubmit=${submit} aria-busy=${busy} data-testid="settings-form">
    <section class="page-section" aria-labelledby="settings-new">
      <h2 id="settings-new">${t("settings.group.replies")}</h2>
      <${Chosen} name="name_prefix" ...${parts} />
      <${Chosen} name="new_visibility" ...${parts} />
    </section>
    <section class="page-section" aria-labelledby="settings-pass">
      <h2 id="settings-pass">${t("settings.group.passing")}</h2>
      <${Chosen} name="assign_without_acceptance" ...${parts} />
      <${Amount} name="offer_minutes" ...${parts} />
      <${WorkingHours} value=${shown.working_hours} problems=${problems} onChange=${(hours) => set("working_hours", hours)} />
    </section>
    <section class="page-section" aria-labelledby="settings-end">
      <h2 id="settings-end">${t("settings.group.ending")}</h2>
      <${Chosen} name="reopen_to" ...${parts} />
      ${shown.reopen_to === "holder" || problems.reopen_hours ? html`<${Amount} name="reopen_hours" ...${parts} />` : null}
      <${Optional} name="auto_finish_days" first=${7} ...${parts} />
      <${Optional} name="auto_release_hours" first=${8} ...${parts} />
    </section>
    <${SaveBar} busy=${busy} notice=${notice ?? (Object.keys(problems).length ? t("settings.look") : null)}
      changed=${Object.keys(changes).length > 0} onUndo=${() => onChanges({})} />
  </form>`;
}

function Chosen({ name, shown, set }) {
  return html`<${Choice} label=${t(`settings.${name}`)} name=${name} value=${shown[name]} hint=${t(`settings.${name}.${shown[name]}.text`)}
    options=${CHOICES[name].map((each) => [each, t(`settings.${name}.${each}`)])} onChoose=${(value) => set(name, value)}
    testid=${`setting-${name}`} />`;
}

/** A number with its unit after it. What is no number goes to the server as it is, which says what is wrong. */
function Amount({ name, shown, set, problems }) {
  const id = `setting-${name}`;
  const problem = problems[name];
  const take = ({ currentTarget: { value } }) => set(name, value === "" ? 0 : Number(value));
  return html`<div class="field setting-amount">
    <label for=${id}>${t(`settings.${name}`)}</label>
    <div class="amount">
      <input id=${id} name=${name} type="number" min="1" step="1" inputmode="numeric" value=${String(shown[name] || "")} data-testid=${id}
        onInput=${take} ...${describedBy(id, t(`settings.${name}.text`), problem)} />
      <span>${t(`settings.${name}.unit`)}</span>
    </div>
    <${Below} id=${id} hint=${t(`settings.${name}.text`)} problem=${problem} />
  </div>`;
}

/** Something that happens by itself after so long, or never (null). */
function Optional({ name, first, shown, set, problems }) {
  const on = shown[name] !== null;
  return html`<div class="setting-optional">
    <label class="check">
      <input type="checkbox" checked=${on} data-testid=${`setting-${name}-on`}
        onChange=${(event) => set(name, event.currentTarget.checked ? first : null)} />
      <span>${t(`settings.${name}.on`)}</span>
    </label>
    ${on
      ? html`<${Amount} name=${name} shown=${shown} set=${set} problems=${problems} />`
      : html`<p class="hint">${t(`settings.${name}.off`)}</p>`}
  </div>`;
}

/** Always in sight while something is not saved. */
function SaveBar({ busy, notice, changed, onUndo }) {
  return html`<div class=${changed || notice ? "save-bar" : "save-bar save-bar-idle"}>
    <${Notice} text=${notice} />
    ${notice ? null : html`<p role="status" class="save-state">${changed ? t("settings.unsaved") : ""}</p>`}
    <div class="dialog-actions">
      <button type="button" class="button" aria-disabled=${!changed || busy} data-testid="settings-undo" onClick=${onUndo}>
        ${t("settings.undo")}
      </button>
      <button type="submit" class="button button-primary" aria-disabled=${!changed || busy} data-testid="settings-save">
        ${t("action.save")}
      </button>
    </div>
  </div>`;
}
