/**
 * The messages of one conversation that this tab holds. Their numbers (seq) have no holes on the server, so a hole
 * here always means that something was missed.
 */
import { signal } from "../vendor/signals-core.js";

export class Thread {
  #messages = new Map();
  #sorted = [];

  /** Moves with every change. */
  revision = signal(0);
  /** Cursor of the page before the oldest message held; null: the beginning is here. */
  next = null;
  /** "empty" before the first page, then "ready"; "failed" when the first page did not come. */
  state = signal("empty");
  /** True while an older page is on its way. */
  loadingOlder = signal(false);

  constructor(conversationId) {
    this.conversationId = conversationId;
  }

  /**
   * Keeps the newer version. News about a message older than what is held are dropped, as its page will bring
   * them. True when the message was not held before.
   */
  upsert(message) {
    const held = this.#messages.get(message.id);
    if (held) {
      if (message.version > held.version) this.#put(message);
      return false;
    }
    if (this.state.peek() === "ready" && message.seq < this.oldestSeq) return false;
    this.#put(message);
    return true;
  }

  /** Merges one REST page. `next` counts only when the page reaches further back than what was held. */
  addPage({ items, next }) {
    // News of older messages that came before the first page: between them and the page something would be missing.
    if (this.state.peek() !== "ready") this.#dropBelow(items.at(-1)?.seq ?? 0);
    const reachedFurther = !this.#sorted.length || items.some((each) => each.seq < this.oldestSeq) || next === null;
    for (const message of items) {
      const held = this.#messages.get(message.id);
      if (!held || message.version > held.version) this.#messages.set(message.id, message);
    }
    if (reachedFurther) this.next = next;
    this.state.value = "ready";
    this.#changed();
  }

  /** Starts again from one page: what was held before it is too far from it. */
  reset(page) {
    this.#dropBelow(page.items.at(-1)?.seq ?? 0);
    this.addPage(page);
    this.next = page.next;
  }

  /** Held messages, oldest first. */
  messages() {
    this.revision.value;
    return this.#sorted;
  }

  get oldestSeq() {
    return this.#sorted[0]?.seq ?? 0;
  }

  get newestSeq() {
    return this.#sorted.at(-1)?.seq ?? 0;
  }

  /** Up to where nothing is missing: the newest number that whoever looks at this tab has seen, with all before it. */
  get seenSeq() {
    const oldest = this.oldestSeq;
    const hole = this.#sorted.findIndex((each, index) => each.seq !== oldest + index);
    return hole === -1 ? this.newestSeq : this.#sorted[hole - 1].seq;
  }

  /** True when a number is missing between the oldest and the newest held, or up to `lastSeq`. */
  hasHole(lastSeq = this.newestSeq) {
    if (!this.#sorted.length) return lastSeq > 0;
    return Math.max(lastSeq, this.newestSeq) - this.oldestSeq + 1 !== this.#sorted.length;
  }

  #dropBelow(seq) {
    for (const [id, message] of this.#messages) if (message.seq < seq) this.#messages.delete(id);
    this.#sorted = this.#sorted.filter((each) => each.seq >= seq);
  }

  #put(message) {
    this.#messages.set(message.id, message);
    this.#changed();
  }

  #changed() {
    this.#sorted = [...this.#messages.values()].sort((one, other) => one.seq - other.seq);
    this.revision.value += 1;
  }
}
