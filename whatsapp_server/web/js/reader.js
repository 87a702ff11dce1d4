/** Tells the server how far the open conversation has been read, one request at a time. */
export class Reader {
  #wanted = new Map();
  #busy = false;

  constructor({ api, store, report }) {
    Object.assign(this, { api, store, report });
  }

  /** Everything up to `seq` has been on the screen. */
  seen(conversationId, seq) {
    const known = Math.max(this.store.readOf(conversationId)?.seq ?? 0, this.#wanted.get(conversationId) ?? 0);
    if (seq <= known) return;
    this.#wanted.set(conversationId, seq);
    this.#run();
  }

  async #run() {
    if (this.#busy) return;
    this.#busy = true;
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
      this.#busy = false;
    }
  }
}
