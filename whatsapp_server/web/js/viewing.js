/**
 * Who else has the open conversation before them and who writes in it; and telling the others the same of this tab. Of
 * the moment: nothing of it is kept, and without a line nothing is known.
 */
import { batch, effect, signal, untracked } from "../vendor/signals-core.js";

/** While somebody writes it is said again this often; the server forgets it after twice the time. */
const AGAIN_MS = 3000;
/** Whoever touches no key for so long has stopped. */
const QUIET_MS = 6000;
const RETRY_MS = 3000;

/** Where one is: a conversation, and who may read it just now. Another epoch is another place. */
export function placeOf({ id, access_epoch: epoch = 0 }) {
  return `${id}:${epoch}`;
}

/** Of the ids in `viewers` and `typing` those to tell `me` of; whoever writes need not be said to look on. */
export function othersHere({ viewers, typing }, me) {
  const writing = typing.filter((id) => id !== me);
  return { typing: writing, viewing: viewers.filter((id) => id !== me && !writing.includes(id)) };
}

export class Viewing {
  /** Where the server was told that this tab is. */
  #place = null;
  /** Whether it has answered. */
  #opened = false;
  #retry = null;
  /** Runs while keys are being touched. */
  #quiet = null;
  #toldAt = null;

  /** Ids of who has the open conversation before them, and of who writes in it; oneself included. */
  viewers = signal([]);
  typing = signal([]);

  /** What the server tells of it, by the events' names. */
  events = {
    "viewers.changed": (payload) => this.#hear(this.viewers, payload),
    "typing.changed": (payload) => this.#hear(this.typing, payload),
  };

  /** @param options.ask (name, payload) => Promise of the server's answer, null when there is none */
  constructor({ ask, now = Date.now }) {
    Object.assign(this, { ask, now });
  }

  /** Tells the server where this tab is, as the signal `place` says: a placeOf, or null for nowhere. Returns how to stop. */
  follow(place) {
    const stop = effect(() => {
      const next = place.value;
      untracked(() => this.#go(next));
    });
    return () => {
      stop();
      this.#go(null);
    };
  }

  /** The person has changed the text they write in the open conversation. */
  typed(text) {
    if (!text.trim()) return this.stopped();
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.stopped(), QUIET_MS);
    if (this.#toldAt === null || this.now() - this.#toldAt >= AGAIN_MS) this.#tellTyping();
    return undefined;
  }

  /** What they wrote has been sent or taken back, or they have stopped. */
  stopped() {
    const told = this.#toldAt !== null;
    this.#rest();
    if (told) this.ask("typing.set", { typing: false });
  }

  #go(place) {
    if (place === this.#place) return;
    const stays = idOf(place) === idOf(this.#place);
    this.#place = place;
    this.#opened = false;
    clearTimeout(this.#retry);
    // The server forgets, with every opening, that this tab was writing.
    if (stays) this.#toldAt = null;
    else this.#leave();
    if (place === null) this.ask("conversation.close", {});
    else this.#open(place);
  }

  async #open(place) {
    const answer = await this.ask("conversation.open", { id: idOf(place) });
    if (place !== this.#place) return;
    if (answer?.viewers) this.#arrive(answer);
    else if (answer?.code === "not_found") this.#leave();
    else this.#retry = setTimeout(() => this.#open(place), RETRY_MS);
  }

  #arrive({ viewers, typing }) {
    this.#opened = true;
    batch(() => {
      this.viewers.value = viewers;
      this.typing.value = typing;
    });
    if (this.#quiet !== null) this.#tellTyping();
  }

  /** Nothing is known of where one is now, and nothing is written there. */
  #leave() {
    this.#rest();
    batch(() => {
      this.viewers.value = [];
      this.typing.value = [];
    });
  }

  #rest() {
    clearTimeout(this.#quiet);
    this.#quiet = null;
    this.#toldAt = null;
  }

  /** Before the place has been opened the server would not know where; then it is said once it has been. */
  #tellTyping() {
    if (!this.#opened) return;
    this.#toldAt = this.now();
    this.ask("typing.set", { typing: true });
  }

  #hear(list, { conversation_id: id, user_ids: ids }) {
    if (this.#place !== null && id === idOf(this.#place)) list.value = ids;
  }
}

function idOf(place) {
  return place?.split(":")[0] ?? null;
}
