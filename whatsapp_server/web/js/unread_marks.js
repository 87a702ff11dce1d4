/**
 * Of a conversation that only a live event told of, nobody here knows how far it has been read. The server is asked for several
 * at once, as the check of what is on the screen tells it: a version that nobody has differs from any other.
 */

/** Events of many conversations come together. */
const PATIENCE_MS = 400;
const MOST = 200;
const NO_VERSION = 0;

export class UnreadMarks {
  /** The version that is held of each conversation whose mark is asked for, by its id. */
  #wanted = new Map();
  #timer = null;

  /**
   * @param options.take    takes an answer's documents
   * @param options.report  takes what the request raised
   */
  constructor({ api, store, take, report }) {
    Object.assign(this, { api, store, take, report });
  }

  /** Asks for the mark of a conversation, soon, if only the server knows it. */
  want(conversation) {
    const { id, kind, version, inbound_count: inboundCount } = conversation;
    // The first message ever of a customer cannot have been read.
    const isNew = kind === "customer" && inboundCount <= 1;
    if (isNew || !this.store.isReadUnknown(conversation)) return;
    this.#wanted.set(id, version);
    this.#timer ??= setTimeout(() => this.#ask(), PATIENCE_MS);
  }

  close() {
    clearTimeout(this.#timer);
  }

  async #ask() {
    const asked = new Map([...this.#wanted].slice(0, MOST));
    for (const id of asked.keys()) this.#wanted.delete(id);
    this.#timer = this.#wanted.size ? setTimeout(() => this.#ask(), PATIENCE_MS) : null;
    const conversations = Object.fromEntries([...asked.keys()].map((id) => [id, NO_VERSION]));
    try {
      const { conversations: found, removed } = await this.api.post("/api/sync/check", { conversations, messages: {} });
      // It answers by the version that it was told; what goes is what was held when it was asked.
      this.take({ conversations: found, removed: removed.map(({ id }) => ({ id, version: asked.get(id) + 1 })) });
    } catch (error) {
      // Whoever catches up is told of them anyway.
      this.report(error);
    }
  }
}
