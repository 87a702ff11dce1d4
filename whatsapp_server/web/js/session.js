/** Who is signed in, in this tab and in the others of this browser. */
import { signal } from "../vendor/signals-core.js";
import { ApiError, NetworkError } from "./api.js";

/** Kept while the server has not heard yet that somebody signed out: until then the cookie would let them in again. */
const LEAVING = "leaving";
/**
 * Kept while somebody is signed in here. The refresh cookie is hidden from scripts: without this mark every first visit
 * would ask the server in vain, and browsers log the refusal as an error.
 */
const SIGNED_IN = "signed_in";

export class Session {
  /** restoring | unreachable | signed_out | signed_in */
  state = signal("restoring");
  user = signal(null);
  /** Code of why a session ended by itself, shown above the sign-in form. */
  endedBy = signal(null);

  /**
   * @param options.api      the Api; its onToken and onSessionEnded are taken over here
   * @param options.channel  a BroadcastChannel between this browser's tabs, or null
   * @param options.storage  localStorage or a stand-in
   * @param options.reload   loads the page anew: another person has signed in
   */
  constructor({ api, channel, storage, reload }) {
    Object.assign(this, { api, channel, storage, reload });
    api.onToken = (answer) => this.#accept(answer);
    api.onSessionEnded = (code) => this.end(code);
    if (channel) channel.onmessage = ({ data }) => this.#hear(data);
  }

  /** Continues the session of the refresh cookie, if there is one. */
  async restore() {
    try {
      if (this.#isLeaving()) await this.#leave();
      else if (this.storage.getItem(SIGNED_IN) === null) this.state.value = "signed_out";
      else await this.api.refresh();
    } catch (error) {
      if (this.state.peek().startsWith("signed")) return;
      const refused = error instanceof ApiError && error.status < 500;
      this.state.value = refused ? "signed_out" : "unreachable";
    }
  }

  signIn(email, password) {
    this.storage.removeItem(LEAVING);
    return this.api.signIn(email, password);
  }

  /** Goes on as whoever has just joined; `answer` is what joining brought, the same as signing in. */
  enter(answer) {
    this.storage.removeItem(LEAVING);
    this.api.enter(answer);
  }

  /** Signs out in all tabs, at once; without a connection the server hears of it when the page is opened next. */
  async signOut() {
    this.storage.setItem(LEAVING, "1");
    this.#close(null);
    this.#tell({ type: "signed_out" });
    try {
      await this.#leave();
    } catch (error) {
      if (error instanceof ApiError || error instanceof NetworkError) return;
      throw error;
    }
  }

  /** The server ended the session. While restoring there was none, which needs no explanation. */
  end(code) {
    const wasIn = this.state.peek() === "signed_in";
    this.api.adoptToken(null);
    this.#close(wasIn ? code : null);
    if (wasIn) this.#tell({ type: "signed_out", code });
  }

  #isLeaving() {
    return this.storage.getItem(LEAVING) !== null;
  }

  async #leave() {
    await this.api.signOut();
    this.storage.removeItem(LEAVING);
    this.#close(null);
  }

  #accept({ access_token: token, expires_in: expiresIn, user }) {
    // A refresh that was under way when the person signed out.
    if (this.#isLeaving()) {
      this.api.adoptToken(null);
      return;
    }
    const before = this.user.peek();
    if (before && before.id !== user.id) this.reload();
    this.#enter(user);
    this.#tell({ type: "token", token, expiresIn, user });
  }

  #enter(user) {
    this.storage.setItem(SIGNED_IN, "1");
    this.user.value = user;
    this.endedBy.value = null;
    this.state.value = "signed_in";
  }

  #close(code) {
    this.storage.removeItem(SIGNED_IN);
    this.user.value = null;
    this.endedBy.value = code;
    this.state.value = "signed_out";
  }

  #hear({ type, token, expiresIn, user, code }) {
    const here = this.user.peek();
    if (type === "signed_out") {
      this.api.adoptToken(null);
      if (here) this.#close(code ?? null);
    } else if (here && here.id !== user.id) {
      this.reload();
    } else {
      this.api.adoptToken(token, expiresIn);
      this.#enter(user);
    }
  }

  #tell(message) {
    this.channel?.postMessage(message);
  }
}
