/** Keeps the store like the server: applies live events, and loads anew what a lost connection may have missed. */
import { batch, signal } from "../vendor/signals-core.js";
import { ApiError } from "./api.js";

const PAGE = 50;
/** Pages that catching up fetches at most before it starts again from the newest. */
const MAX_CATCH_UP_PAGES = 8;
/** Reordered events close a hole by themselves within this time. */
const HOLE_PATIENCE_MS = 400;

export class Sync {
  #fetching = new Set();
  #holeTimer = null;

  /** Id of the open conversation, null for none. */
  openId = signal(null);
  /** null | not_found | failed: why the open conversation cannot be shown. */
  openProblem = signal(null);

  constructor({ api, store, list, outbox, report }) {
    Object.assign(this, { api, store, list, outbox, report });
  }

  /** After every connect: the list, channels, users and the open conversation. */
  async reloadAll() {
    const loads = [this.list.reload(), this.#loadAll("/api/channels", this.store.channels)];
    loads.push(this.#loadAll("/api/users", this.store.users), this.reloadOpen());
    const results = await Promise.allSettled(loads);
    const failed = results.find((each) => each.status === "rejected");
    if (failed) this.report(failed.reason);
  }

  /** Opens a conversation (null closes) and loads what is missing of it. */
  async open(conversationId) {
    batch(() => {
      this.openId.value = conversationId;
      this.openProblem.value = null;
    });
    await this.reloadOpen();
  }

  /** Loads the open conversation and its newest messages, merging them into what is held. */
  async reloadOpen() {
    const id = this.openId.peek();
    if (!id) return;
    try {
      await Promise.all([this.fetchConversation(id), this.#catchUp(this.store.thread(id))]);
      if (this.openId.peek() === id) this.openProblem.value = null;
    } catch (error) {
      if (this.openId.peek() !== id) return;
      const missing = error instanceof ApiError && error.status === 404;
      if (missing) this.openProblem.value = "not_found";
      else if (this.store.thread(id).state.peek() !== "ready") this.openProblem.value = "failed";
    }
  }

  /** Fetches the page before the oldest message held. Raises what the request raises. */
  async loadOlder(thread) {
    if (!thread.next || thread.loadingOlder.peek()) return;
    thread.loadingOlder.value = true;
    try {
      const page = await this.#fetchPage(thread.conversationId, thread.next);
      batch(() => {
        thread.addPage(page);
        thread.loadingOlder.value = false;
      });
    } finally {
      thread.loadingOlder.value = false;
    }
  }

  /** Takes one REST conversation into the store, with the read mark. */
  async fetchConversation(id) {
    if (this.#fetching.has(id)) return;
    this.#fetching.add(id);
    try {
      this.store.upsertConversation(await this.api.get(`/api/conversations/${id}`));
    } finally {
      this.#fetching.delete(id);
    }
  }

  /** Applies live events [[name, payload], ...], all in one change. */
  apply(events) {
    batch(() => {
      for (const [name, payload] of events) this.#applyOne(name, payload);
    });
    this.#repairHoles();
  }

  #applyOne(name, payload) {
    if (name === "conversation.read") this.store.markRead(payload.conversation_id, payload.read);
    else if (name === "channel.updated") this.store.channels.upsert(payload.channel);
    else if (name === "user.updated") this.#takeUser(payload.user);
    else this.#takeConversation(payload);
  }

  #takeUser(user) {
    this.store.users.upsert(user);
    if (this.store.me.peek()?.id === user.id) this.store.me.value = user;
  }

  #takeConversation({ conversation, message }) {
    this.store.upsertConversation(conversation);
    if (message) this.takeMessage(message);
    // The first message ever cannot have been read; of an older conversation only the server knows.
    if (!this.store.isReadUnknown(conversation)) return;
    if (conversation.inbound_count > 1) this.fetchConversation(conversation.id).catch(this.report);
  }

  /** Takes one message of an answer or an event; if it is ours, it is no longer pending. */
  takeMessage(message) {
    this.store.upsertMessage(message);
    if (message.client_id && message.author?.id === this.store.me.peek()?.id) this.outbox.settle(message.client_id);
  }

  #repairHoles() {
    clearTimeout(this.#holeTimer);
    this.#holeTimer = setTimeout(() => {
      const thread = this.store.heldThread(this.openId.peek());
      const lastSeq = this.store.conversations.get(this.openId.peek())?.last_seq ?? 0;
      if (thread?.state.peek() === "ready" && thread.hasHole(lastSeq)) this.#catchUp(thread).catch(this.report);
    }, HOLE_PATIENCE_MS);
  }

  /** Fetches newest pages until they meet what was held, so that no number is missing and every tick is current. */
  async #catchUp(thread) {
    const downTo = thread.state.peek() === "ready" ? thread.oldestSeq : Infinity;
    const first = await this.#fetchPage(thread.conversationId, null);
    const pages = [first];
    for (let last = first; last.next && last.items.at(-1).seq > downTo; pages.push(last)) {
      if (pages.length === MAX_CATCH_UP_PAGES) return thread.reset(first);
      last = await this.#fetchPage(thread.conversationId, last.next);
    }
    batch(() => pages.forEach((page) => thread.addPage(page)));
    return undefined;
  }

  #fetchPage(conversationId, cursor) {
    return this.api.get(`/api/conversations/${conversationId}/messages?${pageParams(PAGE, cursor)}`);
  }

  async #loadAll(path, collection) {
    let cursor = null;
    do {
      const page = await this.api.get(`${path}?${pageParams(100, cursor)}`);
      batch(() => page.items.forEach((each) => collection.upsert(each)));
      cursor = page.next;
    } while (cursor);
  }
}

function pageParams(limit, cursor) {
  return new URLSearchParams(cursor ? { limit, cursor } : { limit });
}
