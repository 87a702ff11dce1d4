/**
 * Brings this tab into the server's state, whatever events it missed: asks what changed since the last time, loads everything
 * anew when the server says so, and lets it compare what is on the screen.
 */
import { signal } from "../vendor/signals-core.js";
import { ApiError } from "./api.js";
import { currentTime } from "./clock.js";
import { Rhythm } from "./rhythm.js";

/** As many as one request may name. */
const MOST_THREADS = 20;
const MOST_COMPARED = 200;
/** When the socket does not come, the first time is not waited for longer. */
const FIRST_WITHIN_MS = 10_000;
/** All tabs are told to catch up at the same moment. */
const TOLD_WITHIN_MS = 2000;

export class CatchUp {
  /** What the last answer said to ask with the next time; null: everything is to be loaded. */
  #cursor = null;
  /** Of two turns the later one counts. */
  #turn = 0;
  #rhythm;

  /** {behind: something may have been missed, checkedAt: when all was known to be right (milliseconds since 1970), or null} */
  status = signal({ behind: true, checkedAt: null });

  /**
   * @param options.opening  the Opening
   * @param options.company  the Company
   * @param options.marks    the UnreadMarks
   * @param options.take     (answer) => void: takes an answer's documents
   * @param options.answered (answer) => void: hears each answer, after its documents were taken
   * @param options.report   takes what a turn raised, the first time in a row
   */
  constructor({ api, store, list, counts, opening, company, marks, take, answered, report }) {
    Object.assign(this, { api, store, list, counts, opening, company, marks, take, answered });
    this.#rhythm = new Rhythm({ work: () => this.#catchUp(), failed: (error, count) => this.#failed(error, count, report) });
  }

  start() {
    this.#rhythm.soon(FIRST_WITHIN_MS);
  }

  /** The line was broken: nobody knows what was missed. */
  begin() {
    this.status.value = { ...this.status.peek(), behind: true };
    this.#rhythm.now();
  }

  /** Something may have been missed. */
  now() {
    this.#rhythm.now();
  }

  /** The server says so, to everybody. */
  soon() {
    this.#rhythm.soon(TOLD_WITHIN_MS);
  }

  /** What one may read is another as a whole: nothing that was asked before counts. */
  startOver() {
    this.#turn += 1;
    this.#cursor = null;
    this.list.forget();
    this.begin();
  }

  close() {
    this.#turn += 1;
    this.#rhythm.close();
  }

  async #catchUp() {
    const turn = (this.#turn += 1);
    const isOver = () => turn !== this.#turn;
    const answer = await this.api.get(`/api/sync?${this.#question()}`);
    if (isOver()) return;
    this.take(answer);
    if (isOver()) return;
    this.answered(answer);
    await (answer.reset ? this.#loadAll(answer, isOver) : this.#goOn(answer, isOver));
    if (isOver()) return;
    this.status.value = { behind: false, checkedAt: currentTime() };
  }

  #question() {
    const threads = this.store.heldThreads().slice(-MOST_THREADS);
    const since = this.#cursor === null ? [] : [["since", this.#cursor]];
    return new URLSearchParams([...since, ...threads.map((each) => ["conversation", each.conversationId])]);
  }

  /**
   * All that is shown, as it is now. The answer's cursor was taken before, so what changes meanwhile comes the next time; it
   * is kept once all has been loaded.
   */
  async #loadAll({ cursor }, isOver) {
    this.#cursor = null;
    const letGo = this.store.doubtConversations();
    await allOf([this.#reloadList(), this.company.load(), this.opening.load()]);
    if (isOver()) return;
    letGo(this.opening.id.peek());
    this.store.conversations.all().forEach((each) => this.marks.want(each));
    this.#cursor = cursor;
    this.counts.refresh();
  }

  /**
   * What changed has been taken. So every conversation that stands in the list is held as it is now: one that is not held has
   * not changed since its page was fetched, when it stood further down. Only of a search no tab can tell what belongs to it.
   */
  async #goOn({ cursor }, isOver) {
    this.#cursor = cursor;
    const searched = this.list.query.peek() !== "";
    const list = searched || this.list.state.peek() === "failed" ? this.#reloadList() : null;
    if (!this.counts.isKnown) this.counts.refresh();
    await allOf([list, this.opening.mend()]);
    if (!isOver()) await this.#compare(isOver);
  }

  async #reloadList() {
    if (!(await this.list.reload())) throw new NotLoaded();
  }

  /** Without clocks and cursors: the server says what of that which is on the screen is another by now. */
  async #compare(isOver) {
    const shown = this.#shown();
    if (!Object.values(shown).some((each) => Object.keys(each).length)) return;
    const answer = await this.api.post("/api/sync/check", shown);
    if (!isOver()) this.take(answer);
  }

  #shown() {
    const id = this.opening.id.peek();
    const open = id && this.store.conversations.get(id);
    const listed = this.list.items.peek();
    const messages = this.store.heldThread(id)?.messages() ?? [];
    return {
      conversations: versionsOf([...(open ? [open] : []), ...listed].slice(0, MOST_COMPARED)),
      messages: versionsOf(messages.slice(-MOST_COMPARED)),
    };
  }

  #failed(error, count, report) {
    // The cursor is none for this server: it is asked without.
    if (error instanceof ApiError && error.status === 422) this.#cursor = null;
    this.status.value = { ...this.status.peek(), behind: true };
    if (count === 1 && !(error instanceof NotLoaded)) report(error);
  }
}

/** The list could not be loaded, which it has said itself. */
class NotLoaded extends Error {
  name = "NotLoaded";
}

/** Waits for all, then raises what the first of those that failed raised: nothing goes on unseen behind a failure. */
async function allOf(promises) {
  const results = await Promise.allSettled(promises);
  const failed = results.find((each) => each.status === "rejected");
  if (failed) throw failed.reason;
}

function versionsOf(documents) {
  return Object.fromEntries(documents.map(({ id, version }) => [id, version]));
}
