/** Whether a colleague is here: a mark at their picture, told apart by its shape too, and the same in words. */
import { now } from "../clock.js";
import { t } from "../i18n.js";
import { html, useApp } from "../lib.js";
import { stateOf } from "../presence.js";
import { absenceOf } from "./absence.js";
import { Avatar } from "./avatar.js";

const DISC = "M6 1a5 5 0 1 0 0 10A5 5 0 0 0 6 1Z";
const SHAPES = {
  online: DISC,
  busy: `${DISC}M3.2 5h5.6v2H3.2Z`,
  absent: "M6 1a5 5 0 1 0 5 5H6Z",
  offline: `${DISC}M6 3.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6Z`,
};

/** {state, text} of somebody, or null while it is not known. */
export function usePresence(id) {
  const { presence, store } = useApp();
  const user = store.users.get(id);
  const state = stateOf(user, presence.isOnline(id), now.peek());
  return state && { state, text: state === "absent" ? absenceOf(user) : t(`presence.${state}`) };
}

/** Somebody's picture with the mark; `said` where words beside it say the same. */
export function PersonAvatar({ id, name, small = false, said = false }) {
  return html`<span class="person-avatar">
    <${Avatar} id=${id} name=${name} small=${small} /><${PresenceMark} id=${id} said=${said} />
  </span>`;
}

/** The mark alone. */
export function PresenceMark({ id, said }) {
  const found = usePresence(id);
  if (!found) return null;
  const { state, text } = found;
  const meaning = said ? { "aria-hidden": "true" } : { role: "img", "aria-label": text };
  return html`<span class=${`presence presence-${state}`} title=${text} data-testid="presence" data-state=${state} ...${meaning}>
    <svg viewBox="0 0 12 12" aria-hidden="true"><path d=${SHAPES[state]} /></svg>
  </span>`;
}

/** The words alone; an absence only where nothing else tells of it. */
export function PresenceText({ id, absence = false, looks = "" }) {
  const found = usePresence(id);
  if (!found || (found.state === "absent" && !absence)) return null;
  return html`<span class=${`presence-text ${looks}`} data-testid="presence-text">${found.text}</span>`;
}
