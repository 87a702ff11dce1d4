/** Above the conversations of a view: what they are narrowed to, and reading them all at once. */
import { FILTERS_OF } from "../belonging.js";
import { phoneNumber } from "../format.js";
import { t } from "../i18n.js";
import { html, useApp, useState } from "../lib.js";
import { Icon } from "./icons.js";
import { NewChatButton } from "./new_chat.js";

export function ListTools() {
  const { list } = useApp();
  const [open, setOpen] = useState(false);
  const fields = useFields();
  const chosen = list.filters.value;
  return html`<div class="list-tools">
      ${list.view.value === "internal" ? html`<${NewChatButton} />` : null}
      ${fields.length
        ? html`<button type="button" class="tool" aria-expanded=${open} aria-controls="filters" data-testid="filter-open"
            onClick=${() => setOpen(!open)}>
            <${Icon} name="filter" size=${17} />${t("filter.open")}
          </button>`
        : null}
      ${fields
        .filter(({ name }) => chosen[name])
        .map((each) => html`<${Chip} key=${each.name} field=${each} value=${chosen[each.name]} />`)}
      <${ReadAll} />
    </div>
    ${open && fields.length
      ? html`<div class="filters" id="filters">
          ${fields.map((each) => html`<${Field} key=${each.name} field=${each} value=${chosen[each.name]} />`)}
        </div>`
      : null}`;
}

/** [{name, options: [{value, text}]}] of the filters that make a difference in this view, and of the chosen ones. */
function useFields() {
  const { list, store } = useApp();
  const people = holders(list.view.value, store).map(({ id, name }) => ({ value: id, text: name }));
  const teams = store.teams.all().map(({ id, name }) => ({ value: id, text: name }));
  const channels = store.channels.all().map((each) => ({ value: each.id, text: channelText(each) }));
  const options = {
    waiting: [{ value: "true", text: t("filter.waiting") }],
    assignee: people,
    team: teams,
    channel: channels.length > 1 ? channels : [],
  };
  return FILTERS_OF[list.view.value]
    .map((name) => ({ name, options: options[name].sort((one, other) => one.text.localeCompare(other.text)) }))
    .filter((each) => each.options.length || list.filters.value[each.name]);
}

/** Who may hold something of a view: what is finished may have been anybody's. */
function holders(view, store) {
  const me = store.me.value.id;
  return store.users.all().filter(({ id, active }) => view !== "team" || (active && id !== me));
}

function channelText({ name, number }) {
  return name && name !== number ? name : phoneNumber(number);
}

/** What is chosen, taken away by one press. */
function Chip({ field, value }) {
  const { list } = useApp();
  const text = field.options.find((each) => each.value === value)?.text ?? t(`filter.${field.name}`);
  const label = t("filter.clear", { name: text });
  return html`<button type="button" class="chip" aria-label=${label} data-testid=${`chip-${field.name}`}
    onClick=${() => list.filter(field.name, null)}>
    <span class="chip-text" dir="auto">${text}</span><${Icon} name="close" size=${14} />
  </button>`;
}

function Field({ field: { name, options }, value }) {
  const { list } = useApp();
  const choose = (chosen) => list.filter(name, chosen || null);
  if (name === "waiting") {
    return html`<label class="filter-check">
      <input type="checkbox" checked=${Boolean(value)} data-testid="filter-waiting"
        onChange=${(event) => choose(event.currentTarget.checked && "true")} />
      <span>${t("filter.waiting")}</span>
    </label>`;
  }
  return html`<label class="filter-field">
    <span>${t(`filter.${name}`)}</span>
    <select value=${value ?? ""} data-testid=${`filter-${name}`} onChange=${(event) => choose(event.currentTarget.value)}>
      <option value="">${t("filter.any")}</option>
      ${options.map((each) => html`<option key=${each.value} value=${each.value}>${each.text}</option>`)}
    </select>
  </label>`;
}

/** For the view as a whole, whatever it is narrowed to: so it is there only when it is not. */
function ReadAll() {
  const { api, list, report } = useApp();
  const view = list.view.value;
  if (!list.items.value.length || Object.keys(list.filters.value).length) return null;
  const label = t("views.read_all", { view: t(`views.${view}`) });
  const read = () => api.post(`/api/views/${view}/read`).catch(report);
  return html`<button type="button" class="icon-button read-all" title=${label} aria-label=${label} data-testid="read-all"
    onClick=${read}>
    <${Icon} name="check_all" />
  </button>`;
}
