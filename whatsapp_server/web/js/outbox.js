/**
 * What this person wrote and the server has not confirmed yet. An entry is stored before the first attempt, so a
 * reload loses nothing, and repeated with the same client_id until the server answers, so nothing is sent twice.
 * Entries of one conversation leave in the order they were written.
 */
import { batch, effect, signal } from "../vendor/signals-core.js";
import { ApiError } from "./api.js";
import { sentencesOf } from "./problems.js";

const RETRY_FIRST_MS = 1000;
const RETRY_MAX_MS = 15_000;
/** Answers that say nothing about the message itself: the request is repeated. */
const PASSING_STATUS = new Set([408, 425, 429, 500, 502, 503, 504]);
/** A reply that waited longer for the connection asks its author before it leaves. */
const OVERDUE_MS = 10 * 60_000;
/** What an entry tells the server besides its text; `delayed` is the outbox's own to say. */
const SAID = ["kind", "mentions", "last_seen_seq", "take_over_from", "with_name"];
const TOLD = [...SAID, "delayed"];
/** What may still be decided about a refused entry. Its kind is not among them: a note stays one. */
const DECIDABLE = ["last_seen_seq", "take_over_from"];

/**
 * An entry is {client_id, conversation_id, body, created_at, since, state, error, refusal} and what it tells the server
 * (TOLD); state is `pending` (on its way), `waiting` (no connection, will be repeated) or `failed` (refused: `error`
 * is the server's sentence, `refusal` its {code, by, at, ...}; `waited` is a refusal of our own). `since` is when its author
 * last said that it may leave.
 *
 * @param options.post       (conversationId, {client_id, body, ...}) => Promise<Message>
 * @param options.onMessage  takes the message that the server answered with
 * @param options.onRefused  takes an entry that was refused
 * @param options.storage    localStorage or a stand-in
 * @param options.locks      navigator.locks or null: two tabs then take turns
 * @param options.newId      makes a client_id
 * @param options.now        milliseconds since 1970
 * @param options.delay      (ms) => Promise, for tests
 */
export class Outbox {
  #entries = new Map();
  #sending = new Set();
  #prefix = null;
  #wakes = new Set();
  #lastTime = 0;

  /** Moves with every change. */
  revision = signal(0);

  constructor({ post, onMessage, onRefused = () => {}, storage, locks = null, newId, now, delay }) {
    Object.assign(this, { post, onMessage, onRefused, storage, locks, newId, now, delay });
  }

  /** Takes up what this person left unsent, in this tab or another, and goes on with it. */
  open(userId) {
    this.#prefix = `outbox:${userId}:`;
    for (const key of this.#storedKeys()) {
      const entry = JSON.parse(this.storage.getItem(key));
      // Nobody knows for how long it has been lying there.
      this.#adopt(entry.state === "failed" ? entry : waiting(entry));
    }
    this.#changed();
    for (const entry of this.#entries.values()) this.#drain(entry.conversation_id);
  }

  /** Forgets the entries in memory; with `erase` also the stored ones. */
  close({ erase = false } = {}) {
    if (erase) for (const key of this.#storedKeys()) this.storage.removeItem(key);
    this.#entries.clear();
    this.#prefix = null;
    this.#changed();
  }

  /** Shows the text at once and sends it with what `said` holds (some of SAID); returns its client_id. */
  send(conversationId, body, said = {}) {
    const time = new Date(this.#nextTime()).toISOString();
    const entry = {
      ...only(SAID, said),
      client_id: this.newId(),
      conversation_id: conversationId,
      body,
      created_at: time,
      since: time,
    };
    this.#leave(entry);
    return entry.client_id;
  }

  /** Sends a refused entry once more, with what the person has `decided` meanwhile (some of DECIDABLE). */
  retry(clientId, decided = {}) {
    const entry = this.#entries.get(clientId);
    if (entry?.state !== "failed") return;
    const since = new Date(this.now()).toISOString();
    this.#leave({ ...entry, ...only(DECIDABLE, decided), since, delayed: undefined });
  }

  /** Waits until what is on its way in a conversation now has got there; false when something of it was refused. */
  settled(conversationId) {
    const underWay = () => this.#underWay(conversationId);
    const awaited = new Set(underWay().map((each) => each.client_id));
    return new Promise((resolve) => {
      const stop = effect(() => {
        if (underWay().some((each) => awaited.has(each.client_id))) return;
        resolve(this.entriesOf(conversationId).every((each) => !awaited.has(each.client_id)));
        queueMicrotask(() => stop());
      });
    });
  }

  /** Drops an entry and returns its text. */
  discard(clientId) {
    const body = this.#entries.get(clientId)?.body ?? "";
    this.settle(clientId);
    return body;
  }

  /** The server holds this message, as an answer, an event or another tab says: it is no longer pending. */
  settle(clientId) {
    if (!this.#entries.delete(clientId)) return;
    this.storage.removeItem(this.#prefix + clientId);
    this.#changed();
  }

  /** Another tab stored, changed or removed an entry (a `storage` event). */
  hearStorage(key, value) {
    if (!this.#prefix || !key?.startsWith(this.#prefix)) return;
    if (value === null) this.#entries.delete(key.slice(this.#prefix.length));
    else this.#adopt(JSON.parse(value));
    this.#changed();
  }

  /** The connection is back: what waits is tried at once. */
  resume() {
    for (const wake of this.#wakes) wake();
    for (const id of new Set([...this.#entries.values()].map((each) => each.conversation_id))) this.#drain(id);
  }

  /** Entries of a conversation, oldest first. */
  entriesOf(conversationId) {
    this.revision.value;
    return [...this.#entries.values()]
      .filter((each) => each.conversation_id === conversationId)
      .sort(byTime);
  }

  /** How many are not with the server yet. */
  get size() {
    this.revision.value;
    return this.#entries.size;
  }

  /** How many leave by themselves once the connection is back. */
  get waitingCount() {
    this.revision.value;
    return [...this.#entries.values()].filter((each) => each.state === "waiting").length;
  }

  /** Those that wait for their author's word, oldest first. */
  get refused() {
    this.revision.value;
    return [...this.#entries.values()].filter((each) => each.state === "failed").sort(byTime);
  }

  /** An entry sets out; behind one that waits for the connection, it waits too. */
  #leave(entry) {
    const sent = { ...entry, state: "pending", error: null, refusal: null };
    const blocked = this.#underWay(entry.conversation_id).some((each) => each.state === "waiting");
    this.#save(blocked ? waiting(sent) : sent);
    this.#drain(entry.conversation_id);
  }

  async #drain(conversationId) {
    if (this.#sending.has(conversationId)) return;
    this.#sending.add(conversationId);
    try {
      const lock = `${this.#prefix}${conversationId}`;
      if (this.locks) await this.locks.request(lock, () => this.#sendAll(conversationId));
      else await this.#sendAll(conversationId);
    } finally {
      this.#sending.delete(conversationId);
    }
  }

  async #sendAll(conversationId) {
    let waitMs = RETRY_FIRST_MS;
    for (let entry = this.#nextOf(conversationId); entry; entry = this.#nextOf(conversationId)) {
      if (this.#isOverdue(entry)) {
        this.#refuse(entry, { error: null, refusal: { code: "waited", at: entry.since ?? entry.created_at } });
      } else if (await this.#attempt(entry)) {
        waitMs = RETRY_FIRST_MS;
      } else {
        await this.#pause(waitMs);
        waitMs = Math.min(waitMs * 2, RETRY_MAX_MS);
      }
    }
  }

  /** One request. False when it has to be repeated. */
  async #attempt(entry) {
    try {
      const message = await this.post(entry.conversation_id, only(["client_id", "body", ...TOLD], entry));
      batch(() => {
        this.onMessage(message);
        this.settle(entry.client_id);
      });
      return true;
    } catch (error) {
      const refused = error instanceof ApiError && error.status !== 401 && !PASSING_STATUS.has(error.status);
      if (!refused) this.#wait(entry.conversation_id);
      else if (this.#entries.has(entry.client_id)) this.#refuse(entry, refusalOf(error));
      return refused;
    }
  }

  /** What is under way in a conversation waits for the connection, and says so when it leaves. */
  #wait(conversationId) {
    for (const each of this.#underWay(conversationId)) if (each.state !== "waiting") this.#save(waiting(each));
  }

  #refuse(entry, why) {
    const refused = { ...entry, ...why, state: "failed" };
    this.#save(refused);
    this.onRefused(refused);
  }

  /**
   * Whether its author is asked first: a reply that waited for long, or behind one that did. Notes and words to colleagues
   * hold at any time.
   */
  #isOverdue(entry) {
    if (!isReply(entry)) return false;
    const waitedMs = this.now() - new Date(entry.since ?? entry.created_at).getTime();
    const before = this.entriesOf(entry.conversation_id).filter((each) => byTime(each, entry) < 0);
    return waitedMs > OVERDUE_MS || (entry.delayed && before.some((each) => each.refusal?.code === "waited"));
  }

  /** Times order the entries, so no two are equal, however fast somebody writes. */
  #nextTime() {
    this.#lastTime = Math.max(this.now(), this.#lastTime + 1);
    return this.#lastTime;
  }

  #nextOf(conversationId) {
    return this.#underWay(conversationId)[0];
  }

  #underWay(conversationId) {
    return this.entriesOf(conversationId).filter((each) => each.state !== "failed");
  }

  async #pause(ms) {
    let wake;
    const woken = new Promise((resolve) => {
      wake = resolve;
    });
    this.#wakes.add(wake);
    await Promise.race([this.delay(ms), woken]);
    this.#wakes.delete(wake);
  }

  #adopt(entry) {
    this.#entries.set(entry.client_id, entry);
  }

  #save(entry) {
    this.#adopt(entry);
    try {
      this.storage.setItem(this.#prefix + entry.client_id, JSON.stringify(entry));
    } catch {
      // The browser has no room left. It leaves all the same, and only a reload before that would lose it.
    }
    this.#changed();
  }

  #storedKeys() {
    const keys = Array.from({ length: this.storage.length }, (_unused, index) => this.storage.key(index));
    return keys.filter((key) => key.startsWith(this.#prefix));
  }

  #changed() {
    this.revision.value += 1;
  }
}

/** Only a reply to a customer says how much its author had seen. */
function isReply(entry) {
  return entry.kind !== "note" && entry.last_seen_seq !== undefined;
}

function waiting(entry) {
  return { ...entry, state: "waiting", error: null, refusal: null, ...(isReply(entry) ? { delayed: true } : {}) };
}

function byTime(one, other) {
  return one.created_at < other.created_at ? -1 : 1;
}

/** The members of `source` that are called so and are there. */
function only(names, source) {
  return Object.fromEntries(names.filter((name) => source[name] !== undefined).map((name) => [name, source[name]]));
}

function refusalOf(error) {
  return { error: sentencesOf(error).notice, refusal: only(["code", "by", "at", "body", "seq"], error.problem) };
}
