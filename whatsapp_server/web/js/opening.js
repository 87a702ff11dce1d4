/** The conversation that is open, and the messages of those that were: loads them, and mends what is missing in between. */
import { batch, signal } from "../vendor/signals-core.js";
import { ApiError } from "./api.js";

const PAGE = 50;
/** Pages that are fetched at most to meet what is held, before it starts again from the newest. */
const MAX_PAGES = 8;
/** Reordered events close a hole by themselves within this time. */
const HOLE_PATIENCE_MS = 400;

export class Opening {
  #holeTimer = null;

  /** Id of the open conversation, null for none. */
  id = signal(null);
  /** null | not_found | failed: why the open conversation cannot be shown. */
  problem = signal(null);

  /**
   * @param options.report  takes what a background load raised
   * @param options.arrived (messages) => void: of a page, which the thread has taken
   * @param options.lose    (conversation id, version) => void: one may no longer read it
   */
  constructor({ api, store, report, arrived, lose }) {
    Object.assign(this, { api, store, report, arrived, lose });
  }

  /** Opens a conversation (null closes) and loads what is missing of it. */
  async open(conversationId) {
    batch(() => {
      this.id.value = conversationId;
      this.problem.value = null;
    });
    await this.reload();
  }

  /** Loads the open conversation anew. What went wrong is said in its place, or reported when it can be shown all the same. */
  async reload() {
    try {
      await this.load();
    } catch (error) {
      if (this.problem.peek() === null) this.report(error);
    }
  }

  /** Loads the open conversation and its newest messages, merging them into what is held. Raises what a request raises, but for 404. */
  async load() {
    const id = this.id.peek();
    if (!id) return;
    try {
      await Promise.all([this.#loadConversation(id), this.#catchUp(this.store.thread(id))]);
      if (this.id.peek() === id) this.problem.value = this.store.conversations.get(id) ? null : "not_found";
    } catch (error) {
      if (this.id.peek() !== id) return;
      if (isMissing(error)) this.problem.value = "not_found";
      else if (this.store.thread(id).state.peek() !== "ready") this.problem.value = "failed";
      if (!isMissing(error)) throw error;
    }
  }

  /** Takes one REST conversation into the store, with the read mark. */
  async #loadConversation(id) {
    const { era } = this.store;
    const conversation = await this.#getOf(id, `/api/conversations/${id}`);
    // What was asked before everything was doubted confirms nothing, except that the open one is there.
    if (era === this.store.era || id === this.id.peek()) this.store.upsertConversation(conversation);
  }

  /** Fetches the page before the oldest message held. Raises what the request raises. */
  async loadOlder(thread) {
    if (!thread.next || thread.loadingOlder.peek()) return;
    thread.loadingOlder.value = true;
    try {
      const page = await this.#fetchPage(thread.conversationId, thread.next);
      batch(() => {
        this.#addPages(thread, [page]);
        thread.loadingOlder.value = false;
      });
    } finally {
      thread.loadingOlder.value = false;
    }
  }

  /** Events came: a hole that they left in the open conversation, and do not close, is fetched. */
  watchHoles() {
    clearTimeout(this.#holeTimer);
    this.#holeTimer = setTimeout(() => {
      const thread = this.store.heldThread(this.id.peek());
      if (thread && this.#hasHole(thread)) this.#catchUp(thread).catch(this.report);
    }, HOLE_PATIENCE_MS);
  }

  /**
   * Fetches what is missing of the open conversation. Others with a hole are let go: they are loaded when they are opened.
   * Raises what a request raises.
   */
  async mend() {
    const id = this.id.peek();
    for (const thread of this.store.heldThreads()) {
      if (thread.conversationId !== id && this.#hasHole(thread)) this.store.letGoOf(thread.conversationId);
    }
    if (!id || this.problem.peek() === "not_found") return;
    const thread = this.store.thread(id);
    if (thread.state.peek() !== "ready" || this.problem.peek() === "failed") await this.load();
    else if (this.#hasHole(thread)) await this.#catchUp(thread);
  }

  close() {
    clearTimeout(this.#holeTimer);
  }

  #hasHole(thread) {
    const lastSeq = this.store.conversations.get(thread.conversationId)?.last_seq ?? 0;
    return thread.state.peek() === "ready" && thread.hasHole(lastSeq);
  }

  /** Fetches newest pages until they meet what was held, so that no number is missing and every tick is current. */
  async #catchUp(thread) {
    const downTo = thread.state.peek() === "ready" ? thread.oldestSeq : Infinity;
    const pages = [await this.#fetchPage(thread.conversationId, null)];
    for (let last = pages[0]; last.next && last.items.at(-1).seq > downTo; pages.push(last)) {
      if (pages.length === MAX_PAGES) return this.#addPages(thread, [pages[0]], { anew: true });
      last = await this.#fetchPage(thread.conversationId, last.next);
    }
    return this.#addPages(thread, pages);
  }

  #addPages(thread, pages, { anew = false } = {}) {
    batch(() => {
      for (const page of pages) {
        if (anew) thread.reset(page);
        else thread.addPage(page);
        this.arrived(page.items);
      }
    });
  }

  #fetchPage(conversationId, cursor) {
    const params = new URLSearchParams({ limit: PAGE, ...(cursor ? { cursor } : {}) });
    return this.#getOf(conversationId, `/api/conversations/${conversationId}/messages?${params}`);
  }

  /** A GET about one conversation. A 404 says that what was held when it was asked may no longer be read. */
  async #getOf(conversationId, path) {
    const asked = this.store.conversations.get(conversationId)?.version ?? 0;
    try {
      return await this.api.get(path);
    } catch (error) {
      if (isMissing(error)) this.lose(conversationId, asked + 1);
      throw error;
    }
  }
}

function isMissing(error) {
  return error instanceof ApiError && error.status === 404;
}
