/** The list of colleagues that opens while an @ is being typed in a note. The keyboard stays in the text. */
import { t } from "../i18n.js";
import { html, useApp, useState } from "../lib.js";
import { begunName, peopleLike, withName } from "../mentions.js";
import { PersonAvatar } from "./presence.js";
import { useReaders } from "./readers.js";

const SHOWN = 6;
const STEPS = { ArrowDown: 1, ArrowUp: -1 };
const LIST_ID = "mention-list";

/**
 * Follows what is typed into `input`: {onInput, onKeyDown, attributes, list}. `onKeyDown` says whether it has used the
 * key; `onName(text, caret, person)` takes the text with the chosen name in it.
 */
export function useMentions({ conversation, input, onName }) {
  const [begun, setBegun] = useState(null);
  const [at, setAt] = useState(0);
  const people = useNameable(conversation, begun !== null);
  const found = begun ? peopleLike(people, begun.query).slice(0, SHOWN) : [];
  const active = found[Math.min(at, found.length - 1)];
  const look = () => {
    const { value, selectionStart, selectionEnd } = input.current;
    setBegun(selectionStart === selectionEnd ? begunName(value, selectionStart) : null);
    setAt(0);
  };
  const choose = (person) => {
    const { value, selectionStart } = input.current;
    const { text, caret } = withName(value, selectionStart, begun, person);
    setBegun(null);
    onName(text, caret, person);
  };
  const onKeyDown = (event) => {
    if (!active || event.isComposing) return false;
    if (event.key in STEPS) setAt((found.indexOf(active) + STEPS[event.key] + found.length) % found.length);
    else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey) choose(active);
    else if (event.key === "Escape") setBegun(null);
    else return false;
    event.preventDefault();
    return true;
  };
  const open = found.length > 0;
  return {
    look,
    close: () => setBegun(null),
    onKeyDown,
    attributes: {
      "aria-autocomplete": "list",
      "aria-controls": open ? LIST_ID : undefined,
      "aria-activedescendant": active ? optionId(active) : undefined,
    },
    list: html`<${MentionList} people=${found} active=${active} onChoose=${choose} />`,
  };
}

/** Whom a note may name: who may read the conversation, but not oneself. */
function useNameable(conversation, wanted) {
  const { store } = useApp();
  const readers = useReaders(conversation, wanted);
  if (!readers?.items) return [];
  const everybody = readers.visibility === "public" ? store.users.all().filter((each) => each.active) : readers.items;
  return everybody.filter((each) => each.id !== store.me.value.id);
}

function MentionList({ people, active, onChoose }) {
  // The count is said aloud, as a list that opens beside the keyboard is not noticed otherwise.
  return html`<div class="mention-place">
    <p class="visually-hidden" role="status">${people.length ? t("note.people", { count: people.length }) : ""}</p>
    ${people.length
      ? html`<ul class="mention-list" id=${LIST_ID} role="listbox" aria-label=${t("note.mention")} data-testid="mention-list">
          ${people.map(
            (each) => html`<li key=${each.id} id=${optionId(each)} class="mention-option" role="option"
              aria-selected=${each === active} data-testid="mention-option"
              onMouseDown=${(event) => (event.preventDefault(), onChoose(each))}>
              <${PersonAvatar} id=${each.id} name=${each.name} small /><span dir="auto">${each.name}</span>
            </li>`,
          )}
        </ul>`
      : null}
  </div>`;
}

function optionId({ id }) {
  return `mention-${id}`;
}
