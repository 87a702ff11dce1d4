/**
 * Tells the server how far the open conversation has been read, and how far the colleagues' own chats have reached
 * this tab: one request at a time each.
 */
import { effect } from "../vendor/signals-core.js";

/** Messages that come together are reported together. */
const DELIVERY_PATIENCE_MS = 400;

export class Reader {
  #wanted = new Map();
  #running = null;
  /** Conversations that were marked as unread: they stay so until they are opened again. */
  #leftUnread = new Set();
  /** How far each chat's delivery has been reported. */
  #delivered = new Map();

  constructor({ api, store, report, delay = (ms) => new Promise((resolve) => setTimeout(resolve, ms)) }) {
    Object.assign(this, { api, store, report, delay });
    effect(() => this.#reportDelivery(store.conversations.all()));
  }

  /** A conversation is being opened: from now on what is seen of it counts as read. */
  opened(conversationId) {
    this.#leftUnread.delete(conversationId);
  }

  /** Everything up to `seq` has been on the screen. */
  seen(conversationId, seq) {
    if (this.#leftUnread.has(conversationId)) return;
    const known = Math.max(this.store.readOf(conversationId)?.seq ?? 0, this.#wanted.get(conversationId) ?? 0);
    if (seq <= known) return;
    this.#wanted.set(conversationId, seq);
    this.#running ??= this.#run();
  }

  /** Makes the last news of a conversation unread again. Raises what the request raises. */
  async leaveUnread(conversationId) {
    this.#leftUnread.add(conversationId);
    this.#wanted.delete(conversationId);
    // What was read a moment ago must not arrive after it.
    await this.#running;
    try {
      const answer = await this.api.post(`/api/conversations/${conversationId}/unread`);
      this.store.markRead(conversationId, answer.read);
    } catch (error) {
      this.#leftUnread.delete(conversationId);
      throw error;
    }
  }

  async #run() {
    try {
      for (const [id, seq] of this.#wanted) {
        this.#wanted.delete(id);
        const answer = await this.api.post(`/api/conversations/${id}/read`, { seq });
        this.store.markRead(id, answer.read);
      }
    } catch (error) {
      // Not lost: the mark is sent again with the next message or when the conversation is looked at again.
      this.report(error);
    } finally {
      this.#running = null;
    }
  }

  #reportDelivery(conversations) {
    const me = this.store.me.peek()?.id;
    for (const { id, kind, last_seq: seq, member_marks: marks } of conversations) {
      if (kind !== "internal") continue;
      const known = Math.max(marks[me]?.delivered ?? 0, this.#delivered.get(id) ?? 0);
      if (seq <= known) continue;
      this.#delivered.set(id, seq);
      this.#sendDelivery(id, seq);
    }
  }

  async #sendDelivery(id, seq) {
    await this.delay(DELIVERY_PATIENCE_MS);
    if (this.#delivered.get(id) !== seq) return;
    try {
      await this.api.post(`/api/chats/${id}/delivered`, { seq });
    } catch {
      // The colleague sees one tick less until the next message or the next connection, which tries again.
      this.#delivered.delete(id);
    }
  }
}
