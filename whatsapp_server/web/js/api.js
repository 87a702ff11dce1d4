/**
 * The only file that fetches. The access token lives in memory; the refresh cookie brings a new one after a 401,
 * once per request, and one tab at a time refreshes for all of them.
 */
import { learnServerDate } from "./clock.js";

const REFRESH_LOCK = "whatsapp-server:refresh";
const TIMEOUT_MS = 20_000;

/** An answer that is not 2xx: the server's problem document. */
export class ApiError extends Error {
  constructor(status, problem) {
    super(problem.detail || problem.title || `HTTP ${status}`);
    this.name = "ApiError";
    this.status = status;
    this.code = problem.code ?? "unknown";
    this.detail = problem.detail ?? "";
    this.errors = problem.errors ?? {};
    this.retryAfterS = problem.retryAfterS ?? null;
    // Whole, for what only some codes tell: of a refusal, who was faster (`by`) and when (`at`).
    this.problem = problem;
  }
}

/** No answer at all: offline, the server is away, or it took longer than 20 s. */
export class NetworkError extends Error {
  constructor(cause) {
    super("no answer from the server", { cause });
    this.name = "NetworkError";
  }
}

/**
 * @param options.fetch     window.fetch or a stand-in
 * @param options.language  () => "pt" | "en", sent as Accept-Language
 * @param options.locks     navigator.locks, or null where it is missing
 * @param options.onToken   called with each {access_token, expires_in, user} that a sign-in or a refresh brings
 * @param options.onSessionEnded  called with the code when the session is over
 */
export class Api {
  #token = null;
  /** When the token's time is over, in milliseconds since 1970 by this computer's clock, which also goes on while it sleeps. */
  #expiresAt = Infinity;
  #refreshing = null;

  constructor({ fetch, language, locks = null, onToken = () => {}, onSessionEnded = () => {} }) {
    this.fetch = fetch;
    this.language = language;
    this.locks = locks;
    this.onToken = onToken;
    this.onSessionEnded = onSessionEnded;
  }

  get token() {
    return this.#token;
  }

  /** Whether the server would only refuse the token that is held: its time is over. */
  get expired() {
    return this.#token !== null && Date.now() >= this.#expiresAt;
  }

  /** Takes a token that another tab fetched just now, good for `expiresIn` seconds, or null when the session is over. */
  adoptToken(token, expiresIn = Infinity) {
    this.#token = token;
    this.#expiresAt = Date.now() + expiresIn * 1000;
  }

  get(path) {
    return this.request("GET", path);
  }

  post(path, body = {}) {
    return this.request("POST", path, body);
  }

  /** The JSON of an answer; raises ApiError or NetworkError. A 401 is tried again after one refresh. */
  async request(method, path, body) {
    // It would only be refused, and browsers log that as an error.
    if (this.expired) await this.refresh();
    const used = this.#token;
    try {
      return await this.#send(method, path, body);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      await this.refresh(used);
      return this.#send(method, path, body);
    }
  }

  /** Signs in; raises ApiError `bad_credentials` or `too_many_attempts`. */
  async signIn(email, password) {
    const answer = await this.#send("POST", "/api/auth/login", { email, password });
    this.#keep(answer);
    return answer.user;
  }

  /** Goes on as whoever has just joined, which answers like a sign-in. */
  enter(answer) {
    this.#keep(answer);
  }

  /** Ends the session on the server: the cookie alone names it, so an expired token needs no refresh first. */
  async signOut() {
    const leaving = this.#send("POST", "/api/auth/logout", {});
    this.#token = null;
    await leaving;
  }

  /**
   * Gets a new access token by the cookie. `used` is the token that was refused: when it has been replaced
   * meanwhile, by this tab or another, nothing is asked. Raises ApiError after telling onSessionEnded.
   */
  refresh(used = this.#token) {
    this.#refreshing ??= this.#locked(async () => {
      if (this.#token !== used && this.#token !== null) return null;
      return this.#refreshNow();
    }).finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #refreshNow() {
    try {
      const answer = await this.#send("POST", "/api/auth/refresh", {});
      this.#keep(answer);
      return answer.user;
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        this.#token = null;
        this.onSessionEnded(error.code);
      }
      throw error;
    }
  }

  #locked(work) {
    return this.locks ? this.locks.request(REFRESH_LOCK, work) : work();
  }

  #keep(answer) {
    this.adoptToken(answer.access_token, answer.expires_in);
    this.onToken(answer);
  }

  async #send(method, path, body) {
    const response = await this.#reach(path, {
      method,
      headers: this.#headers(body),
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    learnServerDate(response.headers.get("Date"));
    if (!response.ok) throw new ApiError(response.status, await problemOf(response));
    if (response.status === 204) return null;
    return this.#readBody(response);
  }

  async #reach(path, init) {
    try {
      return await this.fetch(path, init);
    } catch (error) {
      throw new NetworkError(error);
    }
  }

  async #readBody(response) {
    try {
      return await response.json();
    } catch (error) {
      throw new NetworkError(error);
    }
  }

  #headers(body) {
    const headers = { Accept: "application/json", "Accept-Language": this.language() };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (this.#token) headers.Authorization = `Bearer ${this.#token}`;
    return headers;
  }
}

/** The problem document of an answer; a proxy's error page has none and counts as an empty one. */
async function problemOf(response) {
  const seconds = Number(response.headers.get("Retry-After"));
  const retryAfterS = Number.isFinite(seconds) && seconds > 0 ? seconds : null;
  try {
    return { ...(await response.json()), retryAfterS };
  } catch {
    return { retryAfterS };
  }
}
