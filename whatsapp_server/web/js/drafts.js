/**
 * Unfinished texts, kept in the browser for the person who wrote them. Each conversation has two, a reply to the
 * customer and a note to colleagues, and remembers which of them is being written: neither ever turns into the other.
 */
import { signal } from "../vendor/signals-core.js";

const NOTHING = Object.freeze({ mode: "reply", reply: "", note: "", mentions: Object.freeze([]) });

/** A draft is {mode: "reply" | "note", reply, note, mentions: [{id, name}] (whom the note names)}. */
export class Drafts {
  #prefix;
  #signals = new Map();

  constructor(storage, userId) {
    this.storage = storage;
    this.#prefix = `draft:${userId}:`;
  }

  /** The signal with a conversation's draft. */
  of(conversationId) {
    const held = this.#signals.get(conversationId);
    if (held) return held;
    const made = signal(parse(this.storage.getItem(this.#prefix + conversationId)));
    this.#signals.set(conversationId, made);
    return made;
  }

  /** Changes the reply or the note, as `mode` says. */
  write(conversationId, mode, text) {
    this.#change(conversationId, { [mode]: text });
  }

  /** Goes on with the other text. */
  setMode(conversationId, mode) {
    this.#change(conversationId, { mode });
  }

  /** Remembers that the note names somebody. */
  mention(conversationId, { id, name }) {
    const { mentions } = this.of(conversationId).peek();
    if (!mentions.some((each) => each.id === id)) this.#change(conversationId, { mentions: [...mentions, { id, name }] });
  }

  /** The reply or the note has been sent: it starts anew. */
  clear(conversationId, mode) {
    this.#change(conversationId, mode === "note" ? { note: "", mentions: [] } : { reply: "" });
  }

  /** Puts a text back for editing as what it was, before what has been written since. */
  offer(conversationId, mode, text, mentions = []) {
    const held = this.of(conversationId).peek();
    const others = held.mentions.filter((one) => mentions.every((each) => each.id !== one.id));
    const merged = held[mode] ? `${text}\n${held[mode]}` : text;
    this.#change(conversationId, { mode, [mode]: merged, mentions: [...mentions, ...others] });
  }

  /** Removes both texts of a conversation that the person may no longer write in. */
  forget(conversationId) {
    this.#change(conversationId, NOTHING);
  }

  /** Removes all of this person's drafts, as at signing out. */
  erase() {
    const keys = Array.from({ length: this.storage.length }, (_unused, index) => this.storage.key(index));
    for (const key of keys) if (key.startsWith(this.#prefix)) this.storage.removeItem(key);
    for (const each of this.#signals.values()) each.value = NOTHING;
  }

  #change(conversationId, change) {
    const draft = { ...this.of(conversationId).peek(), ...change };
    const empty = draft.mode === NOTHING.mode && !draft.reply && !draft.note;
    this.of(conversationId).value = empty ? NOTHING : draft;
    const key = this.#prefix + conversationId;
    if (empty) this.storage.removeItem(key);
    else this.storage.setItem(key, JSON.stringify(draft));
  }
}

/** A stored draft. What is not one of ours is a text from when there were only replies. */
function parse(stored) {
  if (stored === null) return NOTHING;
  try {
    const draft = JSON.parse(stored);
    if (draft?.mode) return { ...NOTHING, ...draft };
  } catch {
    // Not JSON: the text itself.
  }
  return { ...NOTHING, reply: stored };
}
