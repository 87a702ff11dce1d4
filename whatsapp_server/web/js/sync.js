/**
 * Keeps the store like the server: takes live events and answers into it, with all that follows from them, and catches up
 * with what was missed.
 */
import { batch } from "../vendor/signals-core.js";
import { isIn } from "./belonging.js";
import { CatchUp } from "./catch_up.js";
import { Company } from "./company.js";
import { Opening } from "./opening.js";
import { UnreadMarks } from "./unread_marks.js";

export class Sync {
  #handlers = {
    "message.created": (payload) => this.#hear(payload),
    "message.updated": (payload) => this.#takeConversation(payload),
    "conversation.updated": (payload) => this.#takeConversation(payload),
    "conversation.removed": ({ id, version }) => this.#lose(id, version),
    "conversation.read": (mark) => this.#takeMark(mark),
    "view.read": ({ view }) => this.#rereadView(view),
    "channel.updated": ({ channel }) => this.store.channels.upsert(channel),
    "team.updated": ({ team }) => this.takeTeam(team),
    "settings.updated": ({ settings }) => this.store.takeSettings(settings),
    "user.updated": ({ user }) => this.takeUser(user),
    "sync.required": () => this.#catchUp.soon(),
  };
  #opening;
  #company;
  #marks;
  #catchUp;

  /**
   * @param options.report   takes what a background load raised
   * @param options.notices  hears of live events alone
   * @param options.forget   (conversation id) => void: one may no longer read it, nor go on writing in it
   * @param options.answered (answer) => void: hears each answer of catching up
   */
  constructor({ api, store, list, counts, outbox, notices, report, forget, answered }) {
    Object.assign(this, { store, counts, outbox, notices, forget });
    const take = (answer) => this.#take(answer);
    const arrived = (messages) => messages.forEach((each) => this.#settle(each));
    this.#opening = new Opening({ api, store, report, arrived, lose: (id, version) => this.#lose(id, version) });
    this.#company = new Company({ api, store, take: (document) => this.#takeOfCompany(document) });
    this.#marks = new UnreadMarks({ api, store, report, take });
    const parts = { opening: this.#opening, company: this.#company, marks: this.#marks };
    this.#catchUp = new CatchUp({ api, store, list, counts, report, take, answered, ...parts });
  }

  /** Id of the open conversation, null for none. */
  get openId() {
    return this.#opening.id;
  }

  /** null | not_found | failed: why the open conversation cannot be shown. */
  get openProblem() {
    return this.#opening.problem;
  }

  /** {behind, checkedAt} */
  get status() {
    return this.#catchUp.status;
  }

  /** Catches up about once a minute from now on. */
  start() {
    this.#catchUp.start();
  }

  /** The connection is back. */
  connected() {
    this.#catchUp.begin();
  }

  /** Something may have been missed, as by a tab that slept. */
  now() {
    this.#catchUp.now();
  }

  close() {
    this.#catchUp.close();
    this.#marks.close();
    this.#opening.close();
  }

  /** Who works here, the teams and the settings. Raises what one of the requests raises. */
  reloadCompany() {
    return this.#company.loadPeople();
  }

  /** Opens a conversation (null closes) and loads what is missing of it. */
  open(conversationId) {
    return this.#opening.open(conversationId);
  }

  /** Loads the open conversation and its newest messages anew. */
  reloadOpen() {
    return this.#opening.reload();
  }

  /** Fetches the page before the oldest message held. Raises what the request raises. */
  loadOlder(thread) {
    return this.#opening.loadOlder(thread);
  }

  /** Applies live events [[name, payload], ...], all in one change. What nobody here listens to changes nothing. */
  apply(events) {
    this.counts.together(() => {
      batch(() => {
        for (const [name, payload] of events) this.#handlers[name]?.(payload);
      });
    });
    this.#opening.watchHoles();
  }

  /** Takes one message of an answer or an event; if it is ours, it is no longer pending. */
  takeMessage(message) {
    this.store.upsertMessage(message);
    this.#settle(message);
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

  /** Takes all documents of an answer: those that are held as they are, or newer, change nothing. */
  #take({ me, conversations = [], messages = [], reads = [], removed = [], users = [], teams = [], channels = [], settings }) {
    this.counts.together(() => {
      batch(() => {
        if (me) this.#takeMe(me);
        this.#takeOfCompany({ settings });
        for (const user of users) this.#takeOfCompany({ user });
        for (const team of teams) this.#takeOfCompany({ team });
        for (const channel of channels) this.#takeOfCompany({ channel });
        conversations.forEach((each) => this.#takeAnswered(each));
        reads.forEach((each) => this.#takeMark(each));
        messages.forEach((each) => this.takeMessage(each));
        for (const { id, version } of removed) this.#lose(id, version);
      });
    });
  }

  #takeOfCompany({ channel, user, team, settings }) {
    if (channel) this.store.channels.upsert(channel);
    if (user) this.takeUser(user);
    if (team) this.takeTeam(team);
    if (settings) this.store.takeSettings(settings);
  }

  /** Oneself, with what is nobody else's affair: of that no event tells, so it counts at the same version too. */
  #takeMe(me) {
    this.takeUser(me);
    const held = this.store.me.peek();
    if (held.id !== me.id || held.version > me.version) return;
    const { notifications, team_seen_at } = me;
    // The team's dot went out in another tab.
    if (held.team_seen_at !== team_seen_at) this.counts.refresh();
    else if (held.notifications?.chats === notifications?.chats) return;
    this.store.me.value = { ...held, notifications, team_seen_at };
  }

  #takeAnswered(conversation) {
    const isNews = this.store.upsertConversation(conversation);
    // It changed since the last time, also where a list has loaded it meanwhile: no event may have told of it.
    this.counts.heard(conversation.id);
    if (isNews) this.#reopen(conversation.id);
  }

  #hear(payload) {
    this.#takeConversation(payload);
    // As it stands by now: an event that was overtaken tells of nothing that one may no longer see.
    const held = this.store.conversations.get(payload.conversation.id);
    if (held) this.notices.heard(payload.message, held);
  }

  #takeConversation({ conversation, message }) {
    const { id } = conversation;
    this.store.upsertConversation(conversation);
    this.counts.heard(id);
    if (message) this.takeMessage(message);
    const held = this.store.conversations.get(id);
    if (!held) return;
    this.#reopen(id);
    this.#marks.want(held);
  }

  #takeMark({ conversation_id: id, read }) {
    this.store.markRead(id, read);
    this.counts.heard(id);
  }

  /** The open conversation, which was not to be found, is there. */
  #reopen(id) {
    const found = id === this.openId.peek() && this.store.conversations.get(id);
    if (found && this.openProblem.peek() === "not_found") this.reloadOpen();
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

  /** The server holds this message: if it is ours, it is no longer pending. */
  #settle(message) {
    if (message.client_id && message.author?.id === this.store.me.peek()?.id) this.outbox.settle(message.client_id);
  }

  /** All of a view counts as read, here or in another tab: where the marks stand now is the server's to say. */
  #rereadView(view) {
    this.counts.refresh();
    const me = this.store.me.peek();
    if (this.store.conversations.all().some((each) => isIn(view, each, me) && this.store.unreadOf(each))) this.now();
  }

  /** What one may read is another as a whole: nothing of what is held is known to be right. */
  #startOver() {
    this.store.forgetConversations();
    this.#catchUp.startOver();
  }
}
