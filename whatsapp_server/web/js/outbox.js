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
/** What an entry tells the server besides its text. */
const TOLD = ["kind", "mentions", "last_seen_seq", "take_over_from", "with_name"];
/** What may still be decided about a refused entry. Its kind is not among them: a note stays one. */
const DECIDABLE = ["last_seen_seq", "take_over_from"];

/**
 * An entry is {client_id, conversation_id, body, created_at, state, error, refusal} and what it tells the server
 * (TOLD); state is `pending` (on its way), `waiting` (no connection, will be repeated) or `failed` (refused: `error`
 * is the server's sentence, `refusal` its {code, by, at, ...}).
 *
 * @param options.post       (conversationId, {client_id, body, ...}) => Promise<Message>
 * @param options.onMessage  takes the message that the server answered with
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

  constructor({ post, onMessage, storage, locks = null, newId, now, delay }) {
    Object.assign(this, { post, onMessage, storage, locks, newId, now, delay });
  }

  /** Takes up what this person left unsent, in this tab or another, and goes on with it. */
  open(userId) {
    this.#prefix = `outbox:${userId}:`;
    for (const key of this.#storedKeys()) this.#adopt(JSON.parse(this.storage.getItem(key)));
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

  /** Shows the text at once and sends it with what `told` holds (some of TOLD); returns its client_id. */
  send(conversationId, body, told = {}) {
    const entry = {
      ...only(TOLD, told),
      client_id: this.newId(),
      conversation_id: conversationId,
      body,
      created_at: new Date(this.#nextTime()).toISOString(),
      state: "pending",
      error: null,
      refusal: null,
    };
    this.#save(entry);
    this.#drain(conversationId);
    return entry.client_id;
  }

  /** Sends a refused entry once more, with what the person has `decided` meanwhile (some of DECIDABLE). */
  retry(clientId, decided = {}) {
    const entry = this.#entries.get(clientId);
    if (entry?.state !== "failed") return;
    this.#save({ ...entry, ...only(DECIDABLE, decided), state: "pending", error: null, refusal: null });
    this.#drain(entry.conversation_id);
  }

  /** Waits until what is on its way in a conversation now has got there; false when something of it was refused. */
  settled(conversationId) {
    const underWay = () => this.entriesOf(conversationId).filter((each) => each.state !== "failed");
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
      .sort((one, other) => (one.created_at < other.created_at ? -1 : 1));
  }

  /** How many are not with the server yet. */
  get size() {
    this.revision.value;
    return this.#entries.size;
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
      if (await this.#attempt(entry)) {
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
      const refused = error instanceof ApiError && !PASSING_STATUS.has(error.status);
      const ended = error instanceof ApiError && error.status === 401;
      const state = refused && !ended ? "failed" : "waiting";
      if (this.#entries.has(entry.client_id)) {
        this.#save({ ...entry, state, ...(state === "failed" ? refusalOf(error) : { error: null, refusal: null }) });
      }
      return state === "failed";
    }
  }

  /** Times order the entries, so no two are equal, however fast somebody writes. */
  #nextTime() {
    this.#lastTime = Math.max(this.now(), this.#lastTime + 1);
    return this.#lastTime;
  }

  #nextOf(conversationId) {
    return this.entriesOf(conversationId).find((each) => each.state !== "failed");
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
    this.storage.setItem(this.#prefix + entry.client_id, JSON.stringify(entry));
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

/** The members of `source` that are called so and are there. */
function only(names, source) {
  return Object.fromEntries(names.filter((name) => source[name] !== undefined).map((name) => [name, source[name]]));
}

function refusalOf(error) {
  return { error: sentencesOf(error).notice, refusal: only(["code", "by", "at", "body", "seq"], error.problem) };
}
