/** The part of the address after #: `#/c/<id>` is an open conversation, anything else the list alone. */
import { signal } from "../vendor/signals-core.js";

/** Nothing but an id: it becomes part of the API's paths, where `..\` would lead elsewhere. */
const CONVERSATION = /^#\/c\/([\w-]+)$/;

/** Id of the conversation that the address names, or null. */
export const routeId = signal(null);

/** The id in a hash, or null. */
export function parseHash(hash) {
  return CONVERSATION.exec(hash)?.[1] ?? null;
}

export function startRouting() {
  addEventListener("hashchange", follow);
  addEventListener("popstate", follow);
  follow();
}

/**
 * Opens a conversation. From one to the next the history entry is replaced, so that Back always leads to the list;
 * the entry remembers whether the list is right behind it.
 */
export function goToConversation(id) {
  const url = `#/c/${id}`;
  if (routeId.peek() === null) history.pushState({ listBehind: true }, "", url);
  else history.replaceState(history.state, "", url);
  follow();
}

export function goToList() {
  if (history.state?.listBehind) {
    history.back();
  } else {
    history.replaceState(null, "", "#/");
    follow();
  }
}

function follow() {
  routeId.value = parseHash(location.hash);
}
