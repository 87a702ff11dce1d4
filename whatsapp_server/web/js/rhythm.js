/**
 * When to catch up: at once when there is a reason, else about once a minute; after a failure again, ever more seldom. One
 * turn at a time: reasons that come meanwhile are one more turn after it.
 */

const EVERY_MS = 60_000;
const RETRY_FIRST_MS = 2000;
/** No two tabs keep step: pauses are up to this much shorter or longer. */
const JITTER = 0.25;
/** A turn under way for so long may hang on a line that is dead: a new reason does not wait for it. */
const STUCK_MS = 8000;

export class Rhythm {
  #turn = 0;
  #begunAt = null;
  #again = false;
  #soon = false;
  #failures = 0;
  #timer = null;
  #closed = false;

  /**
   * @param options.work    () => Promise: one turn. A later turn may begin while one hangs, whose outcome then does not count
   * @param options.failed  (error, how many in a row) => void
   * @param options.random  Math.random, for tests
   */
  constructor({ work, failed, random = Math.random }) {
    Object.assign(this, { work, failed, random });
  }

  /** A turn at once, or one more after the one under way. */
  now() {
    if (this.#closed) return;
    if (this.#begunAt !== null && Date.now() - this.#begunAt < STUCK_MS) this.#again = true;
    else this.#run();
  }

  /** A turn within so many milliseconds: many tabs that hear the same do not come at the same moment. */
  soon(withinMs) {
    if (this.#closed || this.#soon) return;
    if (this.#begunAt !== null) {
      this.#again = true;
      return;
    }
    this.#soon = true;
    this.#schedule(this.random() * withinMs);
  }

  close() {
    this.#closed = true;
    this.#turn += 1;
    clearTimeout(this.#timer);
  }

  async #run() {
    clearTimeout(this.#timer);
    const turn = (this.#turn += 1);
    do {
      this.#again = false;
      this.#soon = false;
      this.#begunAt = Date.now();
      const error = await this.#outcome();
      if (turn !== this.#turn) return;
      this.#failures = error ? this.#failures + 1 : 0;
      if (error) this.failed(error, this.#failures);
    } while (this.#again);
    this.#begunAt = null;
    this.#schedule(this.#pause());
  }

  /** What the turn raised, or null. */
  async #outcome() {
    try {
      await this.work();
      return null;
    } catch (error) {
      return error;
    }
  }

  #pause() {
    const pause = this.#failures ? Math.min(RETRY_FIRST_MS * 2 ** (this.#failures - 1), EVERY_MS) : EVERY_MS;
    return pause * (1 + (this.random() * 2 - 1) * JITTER);
  }

  #schedule(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#run(), ms);
  }
}
