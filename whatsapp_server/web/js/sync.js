/** Keeps the store like the server: applies live events, and loads anew what a lost connection may have missed. */
import { batch, signal } from "../vendor/signals-core.js";
import { ApiError } from "./api.js";
import { isIn } from "./belonging.js";

const PAGE = 50;
/** Pages that catching up fetches at most before it starts again from the newest. */
const MAX_CATCH_UP_PAGES = 8;
/** Reordered events close a hole by themselves within this time. */
const HOLE_PATIENCE_MS = 400;

export class Sync {
  #fetching = new Set();
  #holeTimer = null;
  #handlers = {
    "message.created": (payload) => this.#hear(payload),
    "message.updated": (payload) => this.#takeConversation(payload),
    "conversation.updated": (payload) => this.#takeConversation(payload),
    "conversation.removed": ({ id, version }) => this.#lose(id, version),
    "conversation.read": ({ conversation_id: id, read }) => this.store.markRead(id, read),
    "view.read": ({ view }) => this.#rereadView(view),
    "channel.updated": ({ channel }) => this.store.channels.upsert(channel),
    "team.updated": ({ team }) => this.takeTeam(team),
    "settings.updated": ({ settings }) => this.store.takeSettings(settings),
    "user.updated": ({ user }) => this.takeUser(user),
  };

  /** Id of the open conversation, null for none. */
  openId = signal(null);
  /** null | not_found | failed: why the open conversation cannot be shown. */
  openProblem = signal(null);

  /**
   * @param options.report  takes what a background load raised
   * @param options.notices hears of live events alone
   * @param options.forget  (conversation id) => void: one may no longer read it, nor go on writing in it
   */
  constructor({ api, store, list, counts, outbox, notices, report, forget }) {
    Object.assign(this, { api, store, list, counts, outbox, notices, report, forget });
  }

  /** After every connect: the list, the numbers, everything about the company, and the open conversation. */
  async reloadAll() {
    this.counts.refresh();
    const channels = this.#loadAll("/api/channels", (channel) => this.store.channels.upsert(channel));
    const results = await Promise.allSettled([this.#reloadList(), channels, this.reloadOpen(), this.reloadCompany()]);
    const failed = results.find((each) => each.status === "rejected");
    if (failed) this.report(failed.reason);
  }

  /** Who works here, the teams and the settings. Raises what one of the requests raises. */
  async reloadCompany() {
    const users = this.#loadAll("/api/users", (user) => this.takeUser(user));
    await Promise.all([users, this.#reloadTeams(), this.#loadSettings()]);
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
      if (this.openId.peek() === id) this.openProblem.value = this.store.conversations.get(id) ? null : "not_found";
    } catch (error) {
      if (this.openId.peek() !== id) return;
      if (isMissing(error)) this.openProblem.value = "not_found";
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
      this.store.upsertConversation(await this.#getOf(id, `/api/conversations/${id}`));
    } finally {
      this.#fetching.delete(id);
    }
  }

  /** Applies live events [[name, payload], ...], all in one change. */
  apply(events) {
    batch(() => {
      for (const [name, payload] of events) this.#handlers[name](payload);
    });
    this.#repairHoles();
  }

  /** Takes one message of an answer or an event; if it is ours, it is no longer pending. */
  takeMessage(message) {
    this.store.upsertMessage(message);
    if (message.client_id && message.author?.id === this.store.me.peek()?.id) this.outbox.settle(message.client_id);
  }

  #hear(payload) {
    this.#takeConversation(payload);
    this.notices.heard(payload.message, payload.conversation);
  }

  #takeConversation({ conversation, message }) {
    const { id } = conversation;
    this.store.upsertConversation(conversation);
    this.counts.heard(id);
    if (message) this.takeMessage(message);
    const held = this.store.conversations.get(id);
    if (!held) return;
    if (id === this.openId.peek() && this.openProblem.peek() === "not_found") this.reloadOpen();
    // The first message ever of a customer cannot have been read; of anything older only the server knows.
    if (!this.store.isReadUnknown(held)) return;
    if (held.inbound_count > 1 || held.kind === "internal") this.fetchConversation(id).catch(this.report);
  }

  /** One may no longer read it: everything of it goes at once. */
  #lose(id, version) {
    const before = this.store.conversations.get(id);
    if (!this.store.removeConversation(id, version)) return;
    this.counts.heard(id);
    if (id === this.openId.peek()) this.openProblem.value = "not_found";
    this.forget(id);
    if (before) this.notices.lost(before, version);
  }

  /** All of a view counts as read, here or in another tab: where the marks stand now is the server's to say. */
  #rereadView(view) {
    this.counts.refresh();
    const me = this.store.me.peek();
    const changed = this.store.conversations.all().filter((each) => isIn(view, each, me) && this.store.unreadOf(each));
    if (!changed.length) return;
    this.list.reload();
    const open = changed.find((each) => each.id === this.openId.peek());
    if (open) this.fetchConversation(open.id).catch(this.report);
  }

  /** Takes a person of an answer or an event; it may be oneself. */
  takeUser(user) {
    this.store.users.upsert(user);
    const me = this.store.me.peek();
    if (me?.id !== user.id || me.version >= user.version) return;
    this.store.me.value = { ...me, ...user };
    if (me.role !== user.role) this.#startOver();
  }

  /** Takes a team of an answer or an event. One that was removed goes, also from the conversations that name it. */
  takeTeam(team) {
    if (team.active) this.store.teams.upsert(team);
    else this.store.teams.remove(team.id, team.version);
  }

  /** What one may read is another as a whole: nothing of what is held is known to be right. */
  #startOver() {
    this.store.forgetConversations();
    this.reloadAll();
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
    return this.#getOf(conversationId, `/api/conversations/${conversationId}/messages?${pageParams(PAGE, cursor)}`);
  }

  /** A GET about one conversation. A 404 says that what was held when it was asked may no longer be read. */
  async #getOf(conversationId, path) {
    const asked = this.store.conversations.get(conversationId)?.version ?? 0;
    try {
      return await this.api.get(path);
    } catch (error) {
      if (isMissing(error)) this.#lose(conversationId, asked + 1);
      throw error;
    }
  }

  /** What a broken line may have hidden: whatever the new pages do not speak of is let go. */
  async #reloadList() {
    const moment = this.store.conversations.now();
    if (await this.list.reload()) this.store.conversations.forgetUnconfirmed(moment, this.openId.peek());
  }

  /** A team that was removed meanwhile is in no list. */
  async #reloadTeams() {
    const moment = this.store.teams.now();
    await this.#loadAll("/api/teams", (team) => this.takeTeam(team));
    this.store.teams.forgetUnconfirmed(moment, null);
  }

  async #loadSettings() {
    this.store.takeSettings(await this.api.get("/api/settings"));
  }

  async #loadAll(path, take) {
    let cursor = null;
    do {
      const page = await this.api.get(`${path}?${pageParams(100, cursor)}`);
      batch(() => page.items.forEach(take));
      cursor = page.next;
    } while (cursor);
  }
}

function isMissing(error) {
  return error instanceof ApiError && error.status === 404;
}

function pageParams(limit, cursor) {
  return new URLSearchParams(cursor ? { limit, cursor } : { limit });
}
