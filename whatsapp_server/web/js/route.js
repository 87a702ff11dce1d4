/**
 * The part of the address after #: `#/c/<id>` is an open conversation, `#/settings/<tab>` the company's own page,
 * `#/join/<token>` an invitation, anything else the list alone.
 */
import { batch, signal } from "../vendor/signals-core.js";

/** Nothing but an id: it becomes part of the API's paths, where `..\` would lead elsewhere. */
const CONVERSATION = /^#\/c\/([\w-]+)$/;
const SETTINGS = /^#\/settings(?:\/(\w*))?$/;
const INVITATION = /^#\/join\/([\w-]+)$/;

export const SETTINGS_TABS = ["people", "teams", "workspace"];

/** Id of the conversation that the address names, or null. */
export const routeId = signal(null);
/** Which of SETTINGS_TABS is shown, or null. */
export const settingsTab = signal(null);
/** The token of the invitation that somebody followed, or null. */
export const invitationToken = signal(null);

/** The id in a hash, or null. */
export function parseHash(hash) {
  return CONVERSATION.exec(hash)?.[1] ?? null;
}

/** The tab in a hash, the first one when it names none that there is, or null. */
export function parseSettings(hash) {
  const found = SETTINGS.exec(hash);
  if (!found) return null;
  return SETTINGS_TABS.includes(found[1]) ? found[1] : SETTINGS_TABS[0];
}

/** The token in a hash, or null. */
export function parseInvitation(hash) {
  return INVITATION.exec(hash)?.[1] ?? null;
}

export function startRouting() {
  addEventListener("hashchange", follow);
  addEventListener("popstate", follow);
  follow();
}

/**
 * Opens a conversation. From one to the next the history entry is replaced, so that Back always leads to the list;
 * the entry remembers whether a page of ours is right behind it.
 */
export function goToConversation(id) {
  const fromList = routeId.peek() === null && settingsTab.peek() === null;
  go(`#/c/${id}`, fromList);
}

/** Opens the company's page; from one of its tabs to the next the history entry is replaced. */
export function goToSettings(tab = SETTINGS_TABS[0]) {
  go(`#/settings/${tab}`, settingsTab.peek() === null);
}

/** Back to the list; from the company's page, to what was shown before it. */
export function goToList() {
  if (history.state?.oursBehind) history.back();
  else forgetAddress();
}

/** The list, with nothing of the present address left in the history: whoever has joined needs their link no more. */
export function forgetAddress() {
  history.replaceState(null, "", "#/");
  follow();
}

function go(url, asNew) {
  if (asNew) history.pushState({ oursBehind: true }, "", url);
  else history.replaceState(history.state, "", url);
  follow();
}

function follow() {
  batch(() => {
    routeId.value = parseHash(location.hash);
    settingsTab.value = parseSettings(location.hash);
    invitationToken.value = parseInvitation(location.hash);
  });
}
