/** The list at the left: which conversations it shows, page by page, of a view with its filters or of a search. */
import { batch, computed, signal } from "../vendor/signals-core.js";
import { FILTERS_OF, comparePlaces, isIn, passes, placeIn } from "./belonging.js";

const PAGE = 40;
/** Pages that a reload fetches at most to cover what was shown before. */
const MAX_RELOAD_PAGES = 5;

/**
 * How much of a list is here: everything that stands no lower than `floor` (null: all of it), or of a search just
 * the `ids` that the server found.
 */
const NOTHING = Object.freeze({ loaded: false, ids: null, floor: null, next: null });

export class ConversationList {
  #run = 0;
  /** Of the views without filters, what has been loaded since the last reload. */
  #kept = new Map();
  #shown;

  /** loading | ready | failed */
  state = signal("loading");
  loadingMore = signal(false);
  view = computed(() => this.#shown.value.view);
  query = computed(() => this.#shown.value.query);
  /** {name: value} of the filters chosen that mean something in the view. */
  filters = computed(() => filtersIn(this.#shown.value));
  hasMore = computed(() => this.#shown.value.next !== null);
  items = computed(() => this.#select(this.#shown.value));

  constructor({ api, store, report, view }) {
    Object.assign(this, { api, store, report });
    this.#shown = signal({ view, chosen: {}, query: "", ...NOTHING });
  }

  /**
   * Fetches the first page anew, and as many more as were shown. Of what lies below, and of the other views, nothing
   * is known to be current, so it is fetched when somebody looks there. False when it failed.
   */
  reload() {
    const { loaded, ids, floor } = this.#shown.peek();
    this.#kept.clear();
    const covers = (reached) => {
      if (reached.ids) return reached.ids.size >= (ids?.size ?? 0);
      return floor !== null && comparePlaces(reached.floor, floor) >= 0;
    };
    return this.#load((reached) => !loaded || covers(reached));
  }

  /** Shows nothing until the next reload: nothing of what is here is known to be right. */
  forget() {
    this.#run += 1;
    this.#kept.clear();
    batch(() => {
      this.#shown.value = { ...this.#shown.peek(), ...NOTHING };
      this.state.value = "loading";
    });
  }

  /** Shows another view, at once if it has been loaded. Ends a search. */
  show(view) {
    return this.#turnTo({ ...this.#shown.peek(), view, query: "" });
  }

  /** Narrows the views to a filter's value; null lets everything through again. */
  filter(name, value) {
    const { [name]: _before, ...others } = this.#shown.peek().chosen;
    return this.#turnTo({ ...this.#shown.peek(), chosen: value === null ? others : { ...others, [name]: value } });
  }

  /** Shows what matches, of all conversations; an empty query shows the view again, at once. */
  search(query) {
    const shown = this.#shown.peek();
    if (query === shown.query) return true;
    if (!query || !shown.loaded) return this.#turnTo({ ...shown, query });
    // What was found before stays on the screen until the answer is here.
    this.#shown.value = { ...shown, query };
    return this.#load();
  }

  /** Fetches the next page, if there is one and nothing is on its way. Raises what the request raises. */
  async loadMore() {
    const shown = this.#shown.peek();
    if (!shown.next || this.loadingMore.peek() || this.state.peek() !== "ready") return;
    const run = this.#run;
    this.loadingMore.value = true;
    try {
      const page = await this.#fetch(shown, shown.next);
      if (run === this.#run) this.#show(this.#withPage(this.#shown.peek(), page));
    } finally {
      this.loadingMore.value = false;
    }
  }

  /** Turns to another view, other filters or another search, with as much as is here already. */
  #turnTo(scope) {
    const kept = scope.query ? null : this.#kept.get(scope.view);
    const here = kept ?? NOTHING;
    this.#run += 1;
    batch(() => {
      this.#shown.value = { ...scope, ...here };
      this.state.value = here.loaded ? "ready" : "loading";
    });
    return kept && !isFiltered(scope) ? true : this.#load();
  }

  /** Fetches the first page of what is shown, and further ones until it is `enough`. False when it failed. */
  async #load(enough = () => true) {
    const run = (this.#run += 1);
    const { view, chosen, query } = this.#shown.peek();
    this.state.value = "loading";
    try {
      let shown = { view, chosen, query, ...NOTHING };
      for (let pages = 0; pages < MAX_RELOAD_PAGES; pages += 1) {
        shown = this.#withPage(shown, await this.#fetch(shown, shown.next));
        if (!shown.next || enough(shown)) break;
      }
      if (run === this.#run) this.#show(shown);
      return true;
    } catch (error) {
      if (run === this.#run) this.state.value = "failed";
      // An empty list says itself that it could not be loaded.
      if (this.items.peek().length) this.report(error);
      return false;
    }
  }

  async #fetch(shown, cursor) {
    const { era } = this.store;
    const page = await this.api.get(`/api/conversations?${paramsOf(shown, cursor)}`);
    // What was asked before all was doubted would bring back what has been let go of since.
    if (era === this.store.era) batch(() => page.items.forEach((each) => this.store.upsertConversation(each)));
    return page;
  }

  /** What is shown, reaching one page further. */
  #withPage(shown, { items, next }) {
    if (shown.query) return { ...shown, loaded: true, next, ids: new Set([...(shown.ids ?? []), ...idsOf(items)]) };
    const floor = next && items.length ? placeIn(shown.view, items.at(-1), this.store.me.peek()) : null;
    return { ...shown, loaded: true, next, floor };
  }

  #show(shown) {
    const { view, query, loaded, ids, floor, next } = shown;
    batch(() => {
      if (!query && !isFiltered(shown)) this.#kept.set(view, { loaded, ids, floor, next });
      this.#shown.value = shown;
      this.state.value = "ready";
    });
  }

  #select({ view, chosen, loaded, ids, floor }) {
    const me = this.store.me.value;
    if (!loaded) return [];
    if (ids) return this.#placed("all", (each) => ids.has(each.id), null);
    const filters = filtersIn({ view, chosen });
    return this.#placed(view, (each) => isIn(view, each, me) && passes(filters, each), floor);
  }

  #placed(view, wanted, floor) {
    const me = this.store.me.value;
    return this.store.conversations
      .all()
      .filter(wanted)
      .map((each) => [placeIn(view, each, me), each])
      .filter(([place]) => !floor || comparePlaces(place, floor) <= 0)
      .sort(([one], [other]) => comparePlaces(one, other))
      .map(([, each]) => each);
  }
}

const idsOf = (items) => items.map((each) => each.id);

function filtersIn({ view, chosen }) {
  return Object.fromEntries(Object.entries(chosen).filter(([name]) => FILTERS_OF[view].includes(name)));
}

function isFiltered(scope) {
  return Object.keys(filtersIn(scope)).length > 0;
}

/** A search goes through everything, whatever is filtered. */
function paramsOf(shown, cursor) {
  const what = shown.query ? { view: "all", q: shown.query } : { view: shown.view, ...filtersIn(shown) };
  return new URLSearchParams({ limit: PAGE, ...what, ...(cursor ? { cursor } : {}) });
}
