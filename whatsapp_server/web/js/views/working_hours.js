/** When the company works, which is how long offers stand; or round the clock. */
import { locale, t } from "../i18n.js";
import { html } from "../lib.js";
import { Choice } from "./choice.js";
import { Below, describedBy } from "./form.js";

/** Monday is 0. */
const DAYS = [0, 1, 2, 3, 4, 5, 6];
const A_MONDAY = Date.UTC(2024, 0, 1);
const DAY_MS = 24 * 60 * 60 * 1000;

/** `value` is {timezone, days, from, to}, or null; `problems` are by working_hours.<name>. */
export function WorkingHours({ value, problems, onChange }) {
  const way = value ? "hours" : "always";
  const choose = (next) => onChange(next === "always" ? null : usualHours());
  const set = (name, part) => onChange({ ...value, [name]: part });
  return html`<div class="working-hours">
    <${Choice} label=${t("settings.working_hours")} name="working_hours" value=${way} onChoose=${choose} testid="setting-working_hours"
      hint=${t(`settings.working_hours.${way}.text`)}
      options=${["always", "hours"].map((each) => [each, t(`settings.working_hours.${each}`)])} />
    ${value
      ? html`<${Days} days=${value.days} problem=${problems["working_hours.days"]} onChange=${(days) => set("days", days)} />
          <div class="hours">
            <${Time} name="from" value=${value.from} problem=${problems["working_hours.from"]} onChange=${(time) => set("from", time)} />
            <${Time} name="to" value=${value.to} problem=${problems["working_hours.to"]} onChange=${(time) => set("to", time)} />
          </div>
          <${Timezone} value=${value.timezone} problem=${problems["working_hours.timezone"]} onChange=${(zone) => set("timezone", zone)} />`
      : null}
  </div>`;
}

function usualHours() {
  return { timezone: Intl.DateTimeFormat().resolvedOptions().timeZone, days: [0, 1, 2, 3, 4], from: "09:00", to: "18:00" };
}

function Days({ days, problem, onChange }) {
  const toggle = (day) => onChange(days.includes(day) ? days.filter((each) => each !== day) : [...days, day].sort());
  return html`<fieldset class="choice" aria-describedby=${problem ? "hours-days-problem" : undefined}>
    <legend>${t("settings.working_hours.days")}</legend>
    <div class="choice-options days">
      ${DAYS.map(
        (day) => html`<label key=${day} class="choice-option">
          <input type="checkbox" checked=${days.includes(day)} aria-label=${dayWord(day, "long")} data-testid=${`day-${day}`}
            aria-invalid=${problem ? "true" : undefined} onChange=${() => toggle(day)} />
          <span aria-hidden="true">${dayWord(day, "short")}</span>
        </label>`,
      )}
    </div>
    <div class="field"><${Below} id="hours-days" problem=${problem && t("settings.working_hours.no_day")} /></div>
  </fieldset>`;
}

function dayWord(day, weekday) {
  return new Intl.DateTimeFormat(locale(), { weekday, timeZone: "UTC" }).format(new Date(A_MONDAY + day * DAY_MS)).replace(".", "");
}

function Time({ name, value, problem, onChange }) {
  const id = `hours-${name}`;
  return html`<div class="field">
    <label for=${id}>${t(`settings.working_hours.${name}`)}</label>
    <input id=${id} type="time" value=${value} data-testid=${id} ...${describedBy(id, null, problem)}
      onInput=${(event) => onChange(event.currentTarget.value)} />
    <${Below} id=${id} problem=${problem} />
  </div>`;
}

function Timezone({ value, problem, onChange }) {
  const names = Intl.supportedValuesOf("timeZone");
  const all = names.includes(value) ? names : [value, ...names];
  return html`<div class="field">
    <label for="hours-timezone">${t("settings.working_hours.timezone")}</label>
    <select id="hours-timezone" value=${value} data-testid="hours-timezone" ...${describedBy("hours-timezone", null, problem)}
      onChange=${(event) => onChange(event.currentTarget.value)}>
      ${all.map((each) => html`<option key=${each} value=${each}>${each.replaceAll("_", " ")}</option>`)}
    </select>
    <${Below} id="hours-timezone" problem=${problem} />
  </div>`;
}
