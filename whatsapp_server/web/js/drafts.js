/**
 * Unfinished texts, kept in the browser for the person who wrote them. Each conversation has two, a reply to the
 * customer and a note to colleagues, and remembers which of them is being written: neither ever turns into the other.
 * The tabs of a person share them; what is being typed in one of them is never taken from under its keys.
 */
import { signal } from "../vendor/signals-core.js";

const NOTHING = Object.freeze({ mode: "reply", reply: "", note: "", mentions: Object.freeze([]) });
/** A text is being typed until its keys have rested for so long. */
const TYPING_MS = 3000;

/** A draft is {mode: "reply" | "note", reply, note, mentions: [{id, name}] (whom the note names)}. */
export class Drafts {
  #prefix;
  #signals = new Map();
  /** When each conversation's text was last typed in here. */
  #typed = new Map();
  /** By conversation, until its keys rest: what is typed here is to be stored over what another tab stored meanwhile. */
  #disputes = new Map();

  /** @param options.hasKeyboard () => whether what is typed now goes into this tab's composer */
  constructor(storage, userId, { hasKeyboard = () => false, now = Date.now } = {}) {
    Object.assign(this, { storage, hasKeyboard, now });
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
    this.#typed.set(conversationId, this.now());
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
    this.#typed.delete(conversationId);
    this.#change(conversationId, mode === "note" ? { note: "", mentions: [] } : { reply: "" });
  }

  /** Puts a text back for editing as what it was, before what has been written since. */
  offer(conversationId, mode, text, mentions = []) {
    const held = this.of(conversationId).peek();
    const merged = held[mode] ? `${text}\n${held[mode]}` : text;
    this.#change(conversationId, { mode, [mode]: merged, mentions: joined(mentions, held.mentions) });
  }

  /** Removes both texts of a conversation that the person may no longer write in. */
  forget(conversationId) {
    this.#typed.delete(conversationId);
    this.#change(conversationId, NOTHING);
  }

  /** Removes all of this person's drafts, as at signing out. */
  erase() {
    for (const id of [...this.#disputes.keys()]) this.#settle(id);
    const keys = Array.from({ length: this.storage.length }, (_unused, index) => this.storage.key(index));
    for (const key of keys) if (key.startsWith(this.#prefix)) this.storage.removeItem(key);
    for (const each of this.#signals.values()) each.value = NOTHING;
  }

  /** Stores what was to be stored later. */
  close() {
    for (const id of [...this.#disputes.keys()]) this.#change(id, {});
  }

  /**
   * Another tab stored or removed a draft (a `storage` event; `before` is what it replaced): this one follows. Only what
   * is being typed here stays, and is stored again once its keys rest, unless the other tab has sent just that.
   */
  hearStorage(key, value, before) {
    if (!key?.startsWith(this.#prefix)) return;
    const id = key.slice(this.#prefix.length);
    const held = this.#signals.get(id);
    if (!held) return;
    const [mine, theirs] = [held.peek(), parse(value)];
    const { mode } = mine;
    const sent = theirs[mode] === "" && parse(before)[mode] === mine[mode];
    const stays = !sent && mine[mode] !== theirs[mode] && this.#restIn(id) > 0 && this.hasKeyboard();
    if (stays) this.#dispute(id);
    else this.#settle(id);
    held.value = stays ? { ...theirs, mode, [mode]: mine[mode], mentions: joined(mine.mentions, theirs.mentions) } : theirs;
  }

  /** How long its keys have to rest from now on; below zero when nobody is typing. */
  #restIn(conversationId) {
    return (this.#typed.get(conversationId) ?? -Infinity) + TYPING_MS - this.now();
  }

  #dispute(conversationId) {
    this.#settle(conversationId);
    this.#disputes.set(conversationId, setTimeout(() => this.#change(conversationId, {}), this.#restIn(conversationId)));
  }

  #settle(conversationId) {
    clearTimeout(this.#disputes.get(conversationId));
    this.#disputes.delete(conversationId);
  }

  /** Whatever is stored from here ends a dispute: the last writer wins. */
  #change(conversationId, change) {
    this.#settle(conversationId);
    const draft = { ...this.of(conversationId).peek(), ...change };
    const empty = draft.mode === NOTHING.mode && !draft.reply && !draft.note;
    this.of(conversationId).value = empty ? NOTHING : draft;
    const key = this.#prefix + conversationId;
    if (empty) this.storage.removeItem(key);
    else this.storage.setItem(key, JSON.stringify(draft));
  }
}

function joined(mentions, others) {
  return [...mentions, ...others.filter((one) => mentions.every((each) => each.id !== one.id))];
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
