/** Unfinished texts, one for each conversation, kept in the browser for the person who wrote them. */
import { signal } from "../vendor/signals-core.js";

export class Drafts {
  #prefix;
  #signals = new Map();

  constructor(storage, userId) {
    this.storage = storage;
    this.#prefix = `draft:${userId}:`;
  }

  /** The signal with a conversation's draft, "" for none. */
  of(conversationId) {
    const held = this.#signals.get(conversationId);
    if (held) return held;
    const made = signal(this.storage.getItem(this.#prefix + conversationId) ?? "");
    this.#signals.set(conversationId, made);
    return made;
  }

  set(conversationId, text) {
    this.of(conversationId).value = text;
    if (text) this.storage.setItem(this.#prefix + conversationId, text);
    else this.storage.removeItem(this.#prefix + conversationId);
  }

  /** Puts a text back for editing, before what has been written since. */
  offer(conversationId, text) {
    const written = this.of(conversationId).peek();
    this.set(conversationId, written ? `${text}\n${written}` : text);
  }

  /** Removes all of this person's drafts, as at signing out. */
  erase() {
    const keys = Array.from({ length: this.storage.length }, (_unused, index) => this.storage.key(index));
    for (const key of keys) if (key.startsWith(this.#prefix)) this.storage.removeItem(key);
    for (const each of this.#signals.values()) each.value = "";
  }
}
