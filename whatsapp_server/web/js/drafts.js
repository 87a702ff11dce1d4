/**
 * Unfinished texts, kept in the browser for the person who wrote them. Each conversation has two, a reply to the
 * customer and a note to colleagues, and remembers which of them is being written: neither ever turns into the other.
 * The tabs of a person share them; what is being typed in one of them is never taken from under its keys.
 *
 * Each stored draft carries a stamp, and of two the one with the later stamp counts, in every tab. The order in which
 * `storage` events arrive says nothing: two tabs that store at the same moment hear of each other after that, and each
 * would end with the other's text.
 */
import { signal } from "../vendor/signals-core.js";

const NOTHING = Object.freeze({ mode: "reply", reply: "", note: "", mentions: Object.freeze([]) });
/** A text is being typed until its keys have rested for so long. */
const TYPING_MS = 3000;

/** Of what was never stored: before every other. */
const FIRST = Object.freeze({ stamp: Object.freeze([0, ""]), byKeys: false });

/** A draft is {mode: "reply" | "note", reply, note, mentions: [{id, name}] (whom the note names)}. */
export class Drafts {
  #prefix;
  #signals = new Map();
  /** By conversation, when and how what its signal holds was written: {stamp: [milliseconds, the tab's name], byKeys}. */
  #origins = new Map();
  /** When each conversation's text was last typed in here. */
  #typed = new Map();
  /** By conversation, until its keys rest: what is typed here is to be stored over what another tab stored meanwhile. */
  #disputes = new Map();

  /**
   * @param options.hasKeyboard () => whether what is typed now goes into this tab's composer
   * @param options.tab a name that no other tab of this browser has
   */
  constructor(storage, userId, { hasKeyboard = () => false, now = Date.now, tab = crypto.randomUUID() } = {}) {
    Object.assign(this, { storage, hasKeyboard, now, tab });
    this.#prefix = `draft:${userId}:`;
  }

  /** The signal with a conversation's draft. */
  of(conversationId) {
    const held = this.#signals.get(conversationId);
    if (held) return held;
    const { draft, origin } = parse(this.storage.getItem(this.#prefix + conversationId));
    const made = signal(draft);
    this.#signals.set(conversationId, made);
    this.#origins.set(conversationId, origin ?? FIRST);
    return made;
  }

  /** Changes the reply or the note, as `mode` says. */
  write(conversationId, mode, text) {
    this.#typed.set(conversationId, this.now());
    this.#change(conversationId, { [mode]: text }, { byKeys: this.hasKeyboard() });
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
    for (const id of [...this.#disputes.keys()]) this.#win(id);
  }

  /**
   * Another tab stored or removed a draft (a `storage` event; `before` is what it replaced): this one follows, unless
   * what it holds is later. Only what is being typed here stays, and is stored again once its keys rest, unless the
   * other tab has sent just that, or is where the keys are by now.
   */
  hearStorage(key, value, before) {
    if (!key?.startsWith(this.#prefix)) return;
    const id = key.slice(this.#prefix.length);
    const held = this.#signals.get(id);
    if (!held) return;
    const replaced = parse(before);
    const { draft: theirs, origin } = value === null ? removal(replaced) : parse(value);
    if (origin && isLater(this.#origins.get(id), origin)) return this.#keep(id);
    if (origin) this.#origins.set(id, origin);
    const mine = held.peek();
    const { mode } = mine;
    const sent = theirs[mode] === "" && replaced.draft[mode] === mine[mode];
    // What came by keys there was typed after this: the person has turned to the other tab.
    const stays = !sent && !origin?.byKeys && mine[mode] !== theirs[mode] && this.#restIn(id) > 0 && this.hasKeyboard();
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
    this.#disputes.set(conversationId, setTimeout(() => this.#win(conversationId), this.#restIn(conversationId)));
  }

  /** What was typed here is stored over what another tab stored meanwhile. */
  #win(conversationId) {
    this.#change(conversationId, {}, { byKeys: true });
  }

  #settle(conversationId) {
    clearTimeout(this.#disputes.get(conversationId));
    this.#disputes.delete(conversationId);
  }

  /** Whatever is stored from here ends a dispute: the last writer wins. `byKeys`: it is typed, where the keyboard is. */
  #change(conversationId, change, { byKeys = false } = {}) {
    this.#settle(conversationId);
    const held = this.of(conversationId);
    const draft = { ...held.peek(), ...change };
    held.value = isEmpty(draft) ? NOTHING : draft;
    // Later than whatever is known here, also when the computer's clock was put back.
    const [latest] = this.#origins.get(conversationId).stamp;
    this.#origins.set(conversationId, { stamp: [Math.max(this.now(), latest + 1), this.tab], byKeys });
    this.#store(conversationId);
  }

  /** Another tab stored something earlier than what is held here: if that overwrote it, it is stored again. */
  #keep(conversationId) {
    if (this.#disputes.has(conversationId)) return;
    const stored = parse(this.storage.getItem(this.#prefix + conversationId));
    const isGone = isEmpty(this.#signals.get(conversationId).peek()) && isEmpty(stored.draft);
    if (!isGone && isLater(this.#origins.get(conversationId), stored.origin ?? FIRST)) this.#store(conversationId);
  }

  /** As it is held here. What is empty is stored for a moment only, so that the other tabs hear of it with its stamp. */
  #store(conversationId) {
    const key = this.#prefix + conversationId;
    const draft = this.#signals.get(conversationId).peek();
    try {
      this.storage.setItem(key, JSON.stringify({ ...draft, ...this.#origins.get(conversationId) }));
    } catch {
      // The browser has no room left: only this tab has the text, and loses it when it is loaded anew.
    }
    if (isEmpty(draft)) this.storage.removeItem(key);
  }
}

function isEmpty({ mode, reply, note }) {
  return mode === NOTHING.mode && !reply && !note;
}

/** Whether one was written after the other; the tabs' names decide between those of the same millisecond. */
function isLater({ stamp: [milliseconds, tab] }, { stamp: [otherMilliseconds, otherTab] }) {
  return milliseconds === otherMilliseconds ? tab > otherTab : milliseconds > otherMilliseconds;
}

function joined(mentions, others) {
  return [...mentions, ...others.filter((one) => mentions.every((each) => each.id !== one.id))];
}

/** What is stored, as {draft, origin}. What is not one of ours is a text from when there were only replies; it has no origin. */
function parse(stored) {
  if (stored === null) return { draft: NOTHING, origin: null };
  try {
    const { stamp, byKeys, ...draft } = JSON.parse(stored);
    if (draft.mode) return { draft: { ...NOTHING, ...draft }, origin: stamp ? { stamp, byKeys } : null };
  } catch {
    // Not JSON, or not an object: the text itself.
  }
  return { draft: { ...NOTHING, reply: stored }, origin: null };
}

/** A draft that was emptied was stored empty first, with its origin. Others are removed all together, which always counts. */
function removal(replaced) {
  return { draft: NOTHING, origin: isEmpty(replaced.draft) ? replaced.origin : null };
}
