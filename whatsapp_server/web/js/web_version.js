/**
 * A tab that is older than the server: it loads itself anew when nobody is in the middle of something, else it is offered to
 * them.
 */
import { signal } from "../vendor/signals-core.js";

/** What this tab was loaded for last, and when: kept over the reload. */
const KEY = "reloaded_for";
const PAUSE_MS = 60_000;
/** All tabs learn of a new version at the same moment. */
const WITHIN_MS = 8000;

export class WebVersion {
  #timer = null;

  /** True while the server ships another client than this one, and loading it is the person's to decide. */
  offered = signal(false);

  /**
   * @param options.own      names the client that runs here; null when the page does not say
   * @param options.storage  sessionStorage or a stand-in
   * @param options.isBusy   () => whether a reload would disturb somebody now
   * @param options.reload   loads the page anew
   * @param options.random   Math.random, for tests
   */
  constructor({ own, storage, isBusy, reload, random = Math.random }) {
    Object.assign(this, { own, storage, isBusy, reload, random });
  }

  /** The server ships this version now. */
  hear(version) {
    if (!this.own || !version || version === this.own) {
      this.#calm();
    } else if (!this.offered.peek()) {
      this.#timer ??= setTimeout(() => this.#decide(version), this.random() * WITHIN_MS);
    } else if (this.#mayReload(version)) {
      this.#reloadFor(version);
    }
  }

  close() {
    this.#calm();
  }

  #calm() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.offered.value = false;
  }

  #decide(version) {
    this.#timer = null;
    if (this.#mayReload(version)) this.#reloadFor(version);
    else this.offered.value = true;
  }

  /** Not twice for one version: what was loaded then was no other, and would not be now. */
  #mayReload(version) {
    const last = JSON.parse(this.storage.getItem(KEY) ?? "null");
    return !this.isBusy() && (last === null || (last.version !== version && Date.now() - last.at >= PAUSE_MS));
  }

  #reloadFor(version) {
    this.storage.setItem(KEY, JSON.stringify({ version, at: Date.now() }));
    this.reload();
  }
}

/** The client that the page says it is, or null. */
export function ownVersion() {
  return document.querySelector('meta[name="web-version"]')?.content || null;
}
