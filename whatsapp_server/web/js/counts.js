/**
 * The numbers beside the views. The server counts, as it alone sees everything; this asks it again when something
 * that counts may have changed, at once and then at most once a second.
 */
import { computed, signal } from "../vendor/signals-core.js";
import { isIn, isOfferedTo, mentions } from "./belonging.js";

const PAUSE_MS = 1000;
const NOTHING = Object.freeze({ mine: 0, offers: 0, mentions: 0, unassigned: 0, internal: 0, team: false });

function numbersOf({ mine, offers, mentions: named, unassigned, internal }) {
  return { mine: mine + offers + named, unassigned, internal };
}

export class Counts {
  #asking = false;
  #again = false;
  #timer = null;
  /** While something is done that is one change as a whole: whether the numbers are to be asked for after it. */
  #together = null;
  /** What each conversation that was held added to the numbers when they were last asked for. */
  #counted = new Map();
  #isKnown = false;

  /** {mine, offers, mentions, unassigned, internal, team} of the server, null before the first answer. */
  value = signal(null);
  /** The number at each view that has one: {mine, unassigned, internal}. */
  ofViews = computed(() => numbersOf(this.value.value ?? NOTHING));
  total = computed(() => Object.values(this.ofViews.value).reduce((sum, each) => sum + each, 0));

  constructor({ api, store, report }) {
    Object.assign(this, { api, store, report });
    store.watch = (id, change) => this.#compare(id, change);
  }

  /** True when nothing is known to be missing in them. */
  get isKnown() {
    return this.#isKnown;
  }

  /** Asks for the numbers. */
  refresh() {
    if (this.#together) this.#together.wanted = true;
    else if (this.#asking || this.#timer !== null) this.#again = true;
    else this.#ask();
  }

  /** Does `work`: however many conversations change by it, the numbers are asked for once. */
  together(work) {
    const together = { wanted: false };
    this.#together = together;
    try {
      work();
    } finally {
      this.#together = null;
    }
    if (together.wanted) this.refresh();
  }

  /** Somebody told of a conversation: if it was not held when the numbers were asked for, they may have moved. */
  heard(conversationId) {
    if (!this.#counted.has(conversationId)) this.refresh();
  }

  /** The team's dot goes out until there is news. */
  async seeTeam() {
    await this.api.post("/api/views/team/seen");
    if (this.value.peek()) this.value.value = { ...this.value.peek(), team: false };
  }

  close() {
    clearTimeout(this.#timer);
    this.#again = false;
  }

  async #ask() {
    this.#asking = true;
    this.#again = false;
    this.#counted = new Map(this.store.conversations.all().map((each) => [each.id, this.#standing(each)]));
    try {
      this.value.value = await this.api.get("/api/counts");
      this.#isKnown = true;
    } catch (error) {
      this.#isKnown = false;
      this.#counted.clear();
      this.report(error);
    } finally {
      this.#asking = false;
      this.#timer = setTimeout(() => this.#rested(), PAUSE_MS);
    }
  }

  #rested() {
    this.#timer = null;
    if (this.#again) this.#ask();
  }

  /** Does `change` to what is held of a conversation, and asks for the numbers if that may have moved one of them. */
  #compare(id, change) {
    change();
    const counted = this.#counted.get(id);
    if (counted && this.#moved(counted, this.#standing(this.store.conversations.get(id)))) this.refresh();
  }

  #moved(before, after) {
    const dotIsOff = this.value.peek()?.team === false;
    return before.numbers !== after.numbers || (dotIsOff && before.news !== after.news);
  }

  /** What a conversation (null: one that may not be read) adds to the numbers, and to the team's news. */
  #standing(one) {
    const me = this.store.me.peek();
    if (!one) return { numbers: "", news: null };
    const unread = this.store.unreadOf(one) > 0;
    const facts = {
      offered: isOfferedTo(one, me.id),
      named: mentions(one, me.id),
      mine: unread && isIn("mine", one, me),
      internal: unread && isIn("internal", one, me),
      unassigned: isIn("unassigned", one, me),
      team: isIn("team", one, me),
    };
    const numbers = Object.keys(facts).filter((each) => facts[each]).join();
    return { numbers, news: facts.team ? one.last_inbound_seq : null };
  }
}
