/** The only file that holds a socket: connects with the current token, comes back by itself, hands events on. */
import { signal } from "../vendor/signals-core.js";
import { ApiError, NetworkError } from "./api.js";
import { currentTime } from "./clock.js";

export const EVENTS = [
  "message.created",
  "message.updated",
  "conversation.updated",
  "conversation.removed",
  "conversation.read",
  "view.read",
  "channel.updated",
  "team.updated",
  "settings.updated",
  "user.updated",
  "sync.required",
];

const TOKEN_CODES = new Set(["token_missing", "token_invalid", "token_expired"]);
const BACK_OFF_MS = [500, 1000, 2000, 5000, 10_000];
/** After a deployment everybody comes back: spread over two and a half seconds, and no later than that once the server is there. */
const RECONNECTING = { reconnectionDelay: 1300, reconnectionDelayMax: 2500, randomizationFactor: 0.9 };
/** A line that is silent for so long after a question is dead. */
const SIGN_OF_LIFE_MS = 4000;
/** Events are applied together once a frame; hidden tabs get no frames and gather them for this long. */
const HIDDEN_FLUSH_MS = 100;
/** Whoever asks over the socket waits no longer for an answer. */
const ANSWER_MS = 5000;

export class Live {
  #socket = null;
  #refusals = 0;
  #timer = null;
  #queue = [];
  #usedToken = null;
  #connection = 0;

  /** {state: connecting | online | offline, since: milliseconds since 1970} */
  status = signal({ state: "connecting", since: currentTime() });

  /**
   * @param options.io              socket.io-client's io
   * @param options.api             for the token and its refresh
   * @param options.onEvents        takes [[name, payload], ...] in order of arrival
   * @param options.onConnect       called on every connect
   * @param options.onSessionEnded  called with the code
   * @param options.ofTheMoment     {event name: takes its payload}: what carries no version is taken at once, in order
   * @param options.random          Math.random, for tests
   */
  constructor({ io, api, onEvents, onConnect, onSessionEnded, ofTheMoment = {}, random = Math.random }) {
    Object.assign(this, { io, api, onEvents, onConnect, onSessionEnded, ofTheMoment, random });
  }

  open() {
    if (this.#socket) return;
    const socket = this.io({
      transports: ["websocket"],
      auth: (callback) => this.#introduce(callback),
      ...RECONNECTING,
      timeout: 10_000,
    });
    this.#socket = socket;
    socket.on("connect", () => this.#connected());
    socket.on("disconnect", () => this.#lost());
    socket.on("connect_error", (error) => this.#refused(error));
    socket.on("session.ended", ({ code }) => this.onSessionEnded(code));
    for (const name of EVENTS) socket.on(name, (payload) => this.#enqueue(name, payload));
    for (const [name, take] of Object.entries(this.ofTheMoment)) socket.on(name, take);
  }

  close() {
    clearTimeout(this.#timer);
    this.#socket?.close();
    this.#socket = null;
    this.#queue = [];
    this.status.value = { state: "connecting", since: currentTime() };
  }

  /** The tab may have slept, and its line have died unnoticed: without a sign of life it is made anew. */
  wake() {
    const socket = this.#socket;
    if (!socket?.connected) {
      this.hurry();
      return;
    }
    // A question that changes nothing: nobody who comes back is writing yet.
    socket.timeout(SIGN_OF_LIFE_MS).emit("typing.set", { typing: false }, (silence) => {
      if (!silence || socket !== this.#socket) return;
      socket.disconnect();
      this.hurry();
    });
  }

  /** Tries at once instead of at the next turn: the network is back, or the tab is looked at again. */
  hurry() {
    if (!this.#socket || this.#socket.connected) return;
    clearTimeout(this.#timer);
    this.#socket.disconnect().connect();
  }

  /** Says who we are. A token whose time is over would only be refused, and browsers log that as an error. */
  async #introduce(callback) {
    const connection = (this.#connection += 1);
    if (this.api.expired) await this.#refreshInTime();
    // Meanwhile the line may have broken: then the next one says it.
    if (this.#socket && connection === this.#connection) callback({ token: (this.#usedToken = this.api.token) });
  }

  async #refreshInTime() {
    try {
      await this.api.refresh();
    } catch (error) {
      // A 401 has ended the session already; without an answer the server is asked with what we have, and refuses it.
      if (!(error instanceof ApiError || error instanceof NetworkError)) throw error;
    }
  }

  /** Tells the server something; a promise of its answer, or of null when there is no line or no answer. */
  ask(name, payload) {
    if (!this.#socket?.connected) return Promise.resolve(null);
    return new Promise((resolve) => {
      this.#socket.timeout(ANSWER_MS).emit(name, payload, (error, answer) => resolve(error ? null : answer));
    });
  }

  #connected() {
    this.#refusals = 0;
    this.status.value = { state: "online", since: currentTime() };
    this.onConnect();
  }

  /** Also decides who comes back: socket.io does after a broken line, we do after the server's goodbye. */
  #lost() {
    if (this.status.peek().state !== "offline") this.status.value = { state: "offline", since: currentTime() };
    if (this.#socket && !this.#socket.active) this.#comeBackLater();
  }

  async #refused(error) {
    const code = error.data?.code ?? error.message;
    this.#lost();
    if (code === "session_ended") this.onSessionEnded(code);
    else if (TOKEN_CODES.has(code)) await this.#renewToken();
  }

  async #renewToken() {
    try {
      await this.api.refresh(this.#usedToken);
    } catch (error) {
      // A 401 has ended the session already; anything else is tried again with the next attempt.
      if (error instanceof ApiError && error.status === 401) return;
    }
    if (!this.#socket || this.#socket.connected || this.#refusals > 1) return;
    clearTimeout(this.#timer);
    this.#socket.connect();
  }

  #comeBackLater() {
    const wait = BACK_OFF_MS[Math.min(this.#refusals, BACK_OFF_MS.length - 1)] * (0.5 + this.random());
    this.#refusals += 1;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#socket?.connect(), wait);
  }

  #enqueue(name, payload) {
    this.#queue.push([name, payload]);
    if (this.#queue.length > 1) return;
    if (document.hidden) setTimeout(() => this.#flush(), HIDDEN_FLUSH_MS);
    else requestAnimationFrame(() => this.#flush());
  }

  #flush() {
    const events = this.#queue;
    this.#queue = [];
    if (events.length) this.onEvents(events);
  }
}
