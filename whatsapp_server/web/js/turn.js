/** What one tab of the browser does for all of them: whoever has the turn does it, and gives it back by closing. */
export class Turn {
  #wish = null;
  /** Whether it is this tab's. */
  held = false;

  /**
   * @param options.locks navigator.locks, or null where it is missing: then every tab that wants has the turn
   * @param options.name  of what is done by turns
   */
  constructor({ locks, name }) {
    Object.assign(this, { locks, name });
  }

  /** Takes the turn as soon as no other tab has it, or lets another one have it. */
  want(wanted) {
    if (wanted && !this.#wish) this.#take();
    else if (!wanted) this.#leave();
  }

  #take() {
    this.#wish = new AbortController();
    if (this.locks) this.#wait(this.#wish.signal);
    else this.held = true;
  }

  #leave() {
    this.held = false;
    this.#wish?.abort();
    this.#wish = null;
  }

  async #wait(signal) {
    try {
      await this.locks.request(this.name, { signal }, () => this.#have(signal));
    } catch (error) {
      // The wish was given up before its turn came.
      if (!signal.aborted) throw error;
    }
  }

  /** The lock is kept until this promise is settled. */
  #have(signal) {
    if (signal.aborted) return undefined;
    this.held = true;
    return new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  }
}
