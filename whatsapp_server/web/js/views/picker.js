/** Choosing one or several of what may be many: people, teams. */
import { t } from "../i18n.js";
import { html, useApp, useState } from "../lib.js";
import { peopleLike } from "../mentions.js";
import { absenceOf } from "./absence.js";
import { Avatar } from "./avatar.js";
import { PersonAvatar } from "./presence.js";

/**
 * People found by their names. `chosen` is an id, or with `several` a list of ids; `onChoose` takes what is chosen next.
 * `autofocus` for what stands first in a dialog.
 */
export function PeoplePicker({ label, people, chosen, onChoose, several = false, autofocus = true, testid }) {
  const { store } = useApp();
  const [query, setQuery] = useState("");
  const found = peopleLike(people, query.trim());
  return html`<div class="picker">
    <label class="field">
      <span>${label}</span>
      <input type="search" value=${query} autocomplete="off" autofocus=${autofocus} placeholder=${t("people.search")}
        data-testid=${`${testid}-search`} onInput=${(event) => setQuery(event.currentTarget.value)} onKeyDown=${keepOpen} />
    </label>
    <${Options} label=${label} chosen=${chosen} onChoose=${onChoose} several=${several} testid=${`${testid}-option`}
      picture=${PersonAvatar} empty=${t("people.none_found")} options=${found.map((each) => [each.id, each.name, absenceOf(each)])} />
    ${several
      ? html`<p class="hint" role="status">
          ${chosen.length ? t("people.chosen", { names: chosen.map((id) => store.nameOf(id)).join(", ") }) : null}
        </p>`
      : null}
  </div>`;
}

/** [id, name, further words or null] each, moved through with the arrow keys or, of several, with Tab. */
export function Options({ label, options, chosen, onChoose, several = false, picture = Avatar, empty, testid }) {
  const isChosen = (id) => (several ? chosen.includes(id) : chosen === id);
  const choose = (id) => {
    if (!several) onChoose(id);
    else onChoose(chosen.includes(id) ? chosen.filter((each) => each !== id) : [...chosen, id]);
  };
  return html`<div class="options" role=${several ? "group" : "radiogroup"} aria-label=${label}>
    ${options.map(
      ([id, text, more]) => html`<label key=${id} class="option" data-testid=${testid}>
        <input type=${several ? "checkbox" : "radio"} name=${testid} value=${id} checked=${isChosen(id)}
          onChange=${() => choose(id)} />
        <${picture} id=${id} name=${text} small said=${Boolean(more)} />
        <span class="option-name" dir="auto">${text}</span>
        ${more ? html`<span class="option-more">${more}</span>` : null}
      </label>`,
    )}
    ${options.length ? null : html`<p class="hint">${empty}</p>`}
  </div>`;
}

/** Enter in the search chooses nothing by itself, and must not send the form. */
function keepOpen(event) {
  if (event.key === "Enter") event.preventDefault();
}
