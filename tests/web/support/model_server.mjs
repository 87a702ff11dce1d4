/**
 * The server as far as one person's tab can tell: documents with versions, lists in pages, what changed since a cursor, and
 * what of that which is shown is another by now. Every write is an event too, for whoever wants to lose it.
 */
import { ApiError } from "../../../whatsapp_server/web/js/api.js";
import { comparePlaces, isIn, passes, placeIn } from "../../../whatsapp_server/web/js/belonging.js";
import { ME, conversation, message } from "./fixtures.mjs";

const NO_MARK = { seq: 0, inbound_count: 0, version: 0 };

export class ModelServer {
  #time = 1;
  #changed = new Map();
  #losses = [];

  conversations = new Map();
  messages = [];
  marks = new Map();
  users = [ME];
  teams = [];
  settings = { name_prefix: "off", version: 1 };
  counts = { mine: 0, offers: 0, mentions: 0, unassigned: 0, internal: 0, team: false };
  me = { ...ME, notifications: { chats: "all" } };
  webVersion = "1";
  present = [ME.id];
  resets = false;
  /** [[method, path, body], ...] of all that was asked. */
  asked = [];
  /** [[name, payload], ...] of all that happened. */
  events = [];
  /** While set, no request gets an answer. */
  down = null;

  /** One that does not compare says of whatever is shown that it is right. */
  constructor({ pageSize = 50, compares = true } = {}) {
    Object.assign(this, { pageSize, compares });
    this.api = {
      get: (path) => this.#answer("GET", path),
      post: (path, body) => this.#answer("POST", path, body),
    };
  }

  /** Adds or changes a conversation; the document as it is now. */
  write(id, changes = {}) {
    const before = this.conversations.get(id);
    const version = (before?.version ?? 0) + 1;
    const after = before ? { ...before, ...changes, version } : conversation(id, { last_seq: 0, inbound_count: 0, ...changes, version });
    this.conversations.set(id, after);
    this.#stamp(id);
    if (before && this.isReadable(before) && !this.isReadable(after)) {
      this.#losses.push({ id, at: this.#time });
      this.#happened("conversation.removed", { id, version });
    } else if (this.isReadable(after)) {
      this.#happened("conversation.updated", { conversation: after });
    }
    return after;
  }

  /** Adds a message to a conversation; `at` moves the conversation in the lists. */
  say(id, { at, ...changes } = {}) {
    const held = this.conversations.get(id);
    const inbound = (changes.direction ?? "inbound") === "inbound";
    const seq = held.last_seq + 1;
    const said = message(seq, { id: `${id}m${seq}`, conversation_id: id, inbound_count: held.inbound_count + (inbound ? 1 : 0), ...changes });
    this.messages.push(said);
    this.#stamp(said.id);
    const news = { last_seq: seq, inbound_count: said.inbound_count, ...(at ? { last_message_at: at } : {}) };
    const after = { ...held, ...news, version: held.version + 1 };
    this.conversations.set(id, after);
    this.#stamp(id);
    if (this.isReadable(after)) this.#happened("message.created", { message: said, conversation: after });
    return said;
  }

  /** A message moves on, as by a tick. */
  tick(messageId, status) {
    const index = this.messages.findIndex((each) => each.id === messageId);
    const after = { ...this.messages[index], status, version: this.messages[index].version + 1 };
    this.messages[index] = after;
    this.#stamp(messageId);
    const about = this.conversations.get(after.conversation_id);
    if (this.isReadable(about)) this.#happened("message.updated", { message: after, conversation: about });
  }

  /** The person reads a conversation, in another tab. */
  read(id) {
    const { last_seq: seq, inbound_count: inboundCount } = this.conversations.get(id);
    const mark = { seq, inbound_count: inboundCount, version: (this.marks.get(id)?.version ?? 0) + 1 };
    this.marks.set(id, mark);
    this.#stamp(`mark:${id}`);
    this.#happened("conversation.read", { conversation_id: id, read: mark });
  }

  /** Writes a person, a team or the settings anew; the document gets the next version. */
  change(kind, document) {
    const changed = { ...document, version: document.version + 1 };
    if (kind === "settings") this.settings = changed;
    else this[`${kind}s`] = [...this[`${kind}s`].filter((each) => each.id !== document.id), changed];
    this.#stamp(kind === "settings" ? "settings" : document.id);
    if (document.id === this.me.id) this.me = { ...this.me, ...changed };
    return changed;
  }

  isReadable({ visibility, assignee_id: holder, offer }) {
    return visibility === "public" || this.me.role === "admin" || holder === this.me.id || offer?.to.id === this.me.id;
  }

  /** What a view with its filters holds, in its order: what every tab is to show. */
  listed(view, filters = {}, q = "") {
    return [...this.conversations.values()]
      .filter((each) => this.isReadable(each) && isIn(view, each, this.me) && passes(filters, each))
      .filter((each) => !q || each.contact.name.includes(q))
      .sort((one, other) => comparePlaces(placeIn(view, one, this.me), placeIn(view, other, this.me)));
  }

  #stamp(id) {
    this.#changed.set(id, (this.#time += 1));
  }

  #happened(name, payload) {
    this.events.push([name, structuredClone(payload)]);
  }

  async #answer(method, path, body) {
    this.asked.push([method, path, body]);
    if (this.down) throw this.down;
    const url = new URL(path, "http://host");
    return structuredClone(this.#found(url, body));
  }

  #found({ pathname, searchParams: params }, body) {
    const [, , kind, id, part] = pathname.split("/");
    if (pathname === "/api/sync") return this.#since(params.get("since"), params.getAll("conversation"));
    if (pathname === "/api/sync/check") return this.#differing(this.compares ? body : { conversations: {}, messages: {} });
    if (pathname === "/api/conversations") return this.#page(Object.fromEntries(params));
    if (pathname === "/api/counts") return this.counts;
    if (pathname === "/api/settings") return this.settings;
    if (pathname === "/api/channels") return { items: [], next: null };
    if (kind === "users") return { items: this.users, next: null };
    if (kind === "teams") return { items: this.teams.filter((each) => each.active), next: null };
    const found = this.conversations.get(id);
    if (!found || !this.isReadable(found)) throw new ApiError(404, { code: "not_found" });
    return part === "messages" ? this.#messagePage(id, Number(params.get("cursor") ?? Infinity)) : this.#mine(found);
  }

  #since(cursor, threads) {
    const began = this.#time;
    const answer = { cursor: `at ${began}`, web_version: this.webVersion, me: this.me, present: this.present, settings: null };
    const lists = { conversations: [], messages: [], reads: [], removed: [], users: [], teams: [] };
    const reset = cursor === null || this.resets;
    this.resets = false;
    if (reset) return { ...answer, ...lists, channels: [], reset };
    // Answers overlap.
    const since = Number(cursor.slice(3)) - 3;
    const isNew = (stamp) => (this.#changed.get(stamp) ?? 0) >= since;
    const readable = [...this.conversations.values()].filter((each) => this.isReadable(each));
    const lost = this.#losses.filter(({ id, at }) => at >= since && !this.isReadable(this.conversations.get(id)));
    return {
      ...answer,
      conversations: readable.filter((each) => isNew(each.id)).map((each) => this.#mine(each)),
      messages: this.messages.filter((each) => threads.includes(each.conversation_id) && isNew(each.id)),
      reads: [...this.marks].filter(([id]) => isNew(`mark:${id}`)).map(([id, read]) => ({ conversation_id: id, read })),
      removed: lost.map(({ id }) => ({ id, version: this.conversations.get(id).version })),
      users: this.users.filter((each) => isNew(each.id)),
      teams: this.teams.filter((each) => isNew(each.id)),
      channels: [],
      settings: isNew("settings") ? this.settings : null,
      reset,
    };
  }

  #differing({ conversations, messages }) {
    const readable = Object.keys(conversations).filter((id) => this.isReadable(this.conversations.get(id)));
    const gone = Object.keys(conversations).filter((id) => !readable.includes(id));
    const differs = ({ id, version }, shown) => id in shown && shown[id] !== version;
    return {
      conversations: readable.map((id) => this.conversations.get(id)).filter((each) => differs(each, conversations)).map((each) => this.#mine(each)),
      messages: this.messages.filter((each) => differs(each, messages)),
      removed: gone.map((id) => ({ id, version: conversations[id] + 1 })),
    };
  }

  #page({ view, q = "", limit: _limit, cursor = "", ...filters }) {
    const found = this.listed(view, filters, q);
    const [at, id] = cursor.split("|");
    const after = cursor ? JSON.parse(at) : null;
    const rest = after ? found.filter((each) => comparePlaces(placeIn(view, each, this.me), { ...after, id }) > 0) : found;
    const items = rest.slice(0, this.pageSize);
    const last = items.at(-1);
    const next = rest.length > items.length ? `${JSON.stringify(placeIn(view, last, this.me))}|${last.id}` : null;
    return { items: items.map((each) => this.#mine(each)), next };
  }

  #messagePage(id, before) {
    const said = this.messages.filter((each) => each.conversation_id === id && each.seq < before).sort((one, other) => other.seq - one.seq);
    const items = said.slice(0, this.pageSize);
    return { items, next: said.length > items.length ? String(items.at(-1).seq) : null };
  }

  #mine(document) {
    const read = this.marks.get(document.id) ?? NO_MARK;
    return { ...document, read, unread: Math.max(0, document.inbound_count - read.inbound_count) };
  }
}
