/**
 * Which colleagues have the inbox open. Of the moment: taken whole from every answer that brings it, moved by live events
 * in between, and without a line not known.
 */
import { signal } from "../vendor/signals-core.js";
import { isAhead } from "./people.js";

/** An answer may have been on its way when an event said something newer: for so long the event counts. */
const RECENT_MS = 5000;

export class Presence {
  /** Ids of who is here; null while that is not known. */
  #online = signal(null);
  /** What events said: user id -> {online, at}. */
  #heard = new Map();

  constructor({ now = Date.now } = {}) {
    this.now = now;
  }

  /** Takes the ids of all who are here. */
  take(ids) {
    const online = new Set(ids);
    for (const [id, heard] of this.#heard) {
      if (this.now() - heard.at >= RECENT_MS) this.#heard.delete(id);
      else if (heard.online) online.add(id);
      else online.delete(id);
    }
    this.#online.value = online;
  }

  /** Somebody came or went, as a live event says. */
  hear({ user_id: id, online }) {
    this.#heard.set(id, { online, at: this.now() });
    const known = this.#online.peek();
    if (!known || known.has(id) === online) return;
    const moved = new Set(known);
    if (online) moved.add(id);
    else moved.delete(id);
    this.#online.value = moved;
  }

  /** The line is broken: nothing is known any more. */
  forget() {
    this.#heard.clear();
    this.#online.value = null;
  }

  /** true, false, or null while it is not known. */
  isOnline(id) {
    return this.#online.value?.has(id) ?? null;
  }
}

/** absent | offline | busy | online: the one that says most about `user`; null while it is not known, or of somebody who left. */
export function stateOf(user, online, nowMs) {
  if (!user?.active) return null;
  if (isAhead(user.absent_until, nowMs)) return "absent";
  if (online === null) return null;
  if (!online) return "offline";
  return user.busy ? "busy" : "online";
}
