/** The list at the left: which conversations it shows, page by page, of all or of a search. */
import { batch, computed, signal } from "../vendor/signals-core.js";
import { byNewest, movedAt } from "./store.js";

const PAGE = 40;
/** Pages that a reload fetches at most to cover what was shown before. */
const MAX_RELOAD_PAGES = 5;

/**
 * What was found: `ids` of a search, or null without one: then everything that moved since `floor`, which is ""
 * when the end has been reached and null before the first page.
 */
const NOTHING = Object.freeze({ query: "", ids: null, floor: null, next: null });

export class ConversationList {
  #run = 0;
  #all = NOTHING;
  #shown = signal(NOTHING);

  /** loading | ready | failed */
  state = signal("loading");
  loadingMore = signal(false);
  query = computed(() => this.#shown.value.query);
  hasMore = computed(() => this.#shown.value.next !== null);
  items = computed(() => this.#select(this.#shown.value));

  constructor({ api, store }) {
    Object.assign(this, { api, store });
  }

  /**
   * Fetches the first page anew, and as many more as were shown. Of what lies below, nothing is known to be
   * current, so it is hidden until it is scrolled to.
   */
  async reload() {
    const { query, floor } = this.#shown.peek();
    await this.#load(query, floor);
  }

  /** Shows what matches; an empty query shows all again, at once. */
  async search(query) {
    if (query === this.#shown.peek().query) return;
    // What was found before stays on the screen until the answer is here.
    this.#shown.value = query ? { ...this.#shown.peek(), query } : this.#all;
    await this.#load(query, query ? null : this.#all.floor);
  }

  /** Fetches the next page, if there is one and nothing is on its way. */
  async loadMore() {
    const shown = this.#shown.peek();
    if (!shown.next || this.loadingMore.peek() || this.state.peek() !== "ready") return;
    const run = this.#run;
    this.loadingMore.value = true;
    try {
      const page = await this.#fetch(shown.query, shown.next);
      if (run === this.#run) this.#show(withPage(this.#shown.peek(), page));
    } finally {
      this.loadingMore.value = false;
    }
  }

  /** Fetches the first page, and further ones until `downTo` (null: only the first). */
  async #load(query, downTo) {
    const run = (this.#run += 1);
    this.state.value = "loading";
    try {
      let view = { ...NOTHING, query, ids: query ? new Set() : null };
      for (let pages = 0; pages < MAX_RELOAD_PAGES; pages += 1) {
        view = withPage(view, await this.#fetch(query, view.next));
        if (!view.next || downTo === null || view.floor <= downTo) break;
      }
      if (run === this.#run) this.#show(view);
    } catch (error) {
      if (run === this.#run) this.state.value = "failed";
      // An empty list says itself that it could not be loaded.
      if (this.items.peek().length) throw error;
    }
  }

  async #fetch(query, cursor) {
    const params = new URLSearchParams({ limit: PAGE });
    if (query) params.set("q", query);
    if (cursor) params.set("cursor", cursor);
    const page = await this.api.get(`/api/conversations?${params}`);
    batch(() => page.items.forEach((each) => this.store.upsertConversation(each)));
    return page;
  }

  #show(view) {
    batch(() => {
      if (!view.query) this.#all = view;
      this.#shown.value = view;
      this.state.value = "ready";
    });
  }

  #select({ ids, floor }) {
    const wanted = ids ? (each) => ids.has(each.id) : (each) => movedAt(each) >= (floor ?? "");
    return this.store.conversations.all().filter(wanted).sort(byNewest);
  }
}

/** A view that reaches one page further. */
function withPage(view, { items, next }) {
  const ids = view.ids && new Set([...view.ids, ...items.map((each) => each.id)]);
  const floor = next && items.length ? movedAt(items.at(-1)) : "";
  return { ...view, ids, floor, next };
}
