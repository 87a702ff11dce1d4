/** What is true of the company as a whole: its numbers, who works here, the teams and the settings. */
import { batch } from "../vendor/signals-core.js";

const PAGE = 100;

export class Company {
  /** @param options.take  takes one {channel}, {user}, {team} or {settings} */
  constructor({ api, store, take }) {
    Object.assign(this, { api, store, take });
  }

  /** Everything. Raises what one of the requests raises. */
  async load() {
    await Promise.all([this.#loadAll("/api/channels", (channel) => this.take({ channel })), this.loadPeople()]);
  }

  /** Who works here, the teams and the settings. Raises what one of the requests raises. */
  async loadPeople() {
    const users = this.#loadAll("/api/users", (user) => this.take({ user }));
    await Promise.all([users, this.#loadTeams(), this.#loadSettings()]);
  }

  /** A team that was removed meanwhile is in no list. */
  async #loadTeams() {
    const moment = this.store.teams.now();
    await this.#loadAll("/api/teams", (team) => this.take({ team }));
    this.store.teams.forgetUnconfirmed(moment, null);
  }

  async #loadSettings() {
    this.take({ settings: await this.api.get("/api/settings") });
  }

  async #loadAll(path, take) {
    let cursor = null;
    do {
      const page = await this.api.get(`${path}?${new URLSearchParams({ limit: PAGE, ...(cursor ? { cursor } : {}) })}`);
      batch(() => page.items.forEach(take));
      cursor = page.next;
    } while (cursor);
  }
}
