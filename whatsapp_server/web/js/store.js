/**
 * What this tab knows. REST answers and live events go through the same upsert, which keeps the document with the
 * higher version, so doubled, late and reordered ones change nothing. Knows neither the page nor the network.
 */
import { batch, signal } from "../vendor/signals-core.js";
import { Thread } from "./thread.js";

/** Conversations whose messages stay in memory besides the open one. */
const KEPT_THREADS = 8;

/** Documents of one kind by id. `revision` moves with every change: reading it is how views follow. */
export class Collection {
  #documents = new Map();
  /** Ids of what was taken away, with the version that took it away. */
  #removed = new Map();
  /** When each document was last heard of, in steps of `#moment`. */
  #confirmed = new Map();
  #moment = 0;
  revision = signal(0);

  /**
   * Keeps the document unless a newer or equal version is held, or a newer one took it away. True when something
   * changed.
   */
  upsert(document) {
    const { id, version } = document;
    const held = this.#documents.get(id);
    if (version < Math.max(held?.version ?? 0, this.#removed.get(id) ?? 0)) return false;
    this.#confirmed.set(id, (this.#moment += 1));
    if (held?.version === version) return false;
    this.#documents.set(id, document);
    this.#removed.delete(id);
    this.revision.value += 1;
    return true;
  }

  /** Takes away what is older than `version`, also if it arrives later. False when something newer is held. */
  remove(id, version) {
    if (version <= Math.max(this.#documents.get(id)?.version ?? 0, this.#removed.get(id) ?? 0)) return false;
    this.#removed.set(id, version);
    if (this.#documents.delete(id)) this.revision.value += 1;
    return true;
  }

  /** A moment for `forgetUnconfirmed`. */
  now() {
    return this.#moment;
  }

  /** Lets go of what nobody has spoken of since `moment`, except for the document `keptId`. */
  forgetUnconfirmed(moment, keptId) {
    for (const id of [...this.#documents.keys()]) {
      if (id !== keptId && this.#confirmed.get(id) <= moment) this.#documents.delete(id);
    }
    this.revision.value += 1;
  }

  /** Forgets everything, also what was taken away. */
  clear() {
    this.#documents.clear();
    this.#removed.clear();
    this.revision.value += 1;
  }

  get(id) {
    this.revision.value;
    return this.#documents.get(id) ?? null;
  }

  all() {
    this.revision.value;
    return [...this.#documents.values()];
  }
}

export class Store {
  me = signal(null);
  users = new Collection();
  teams = new Collection();
  channels = new Collection();
  conversations = new Collection();
  /** How the company wants its inbox to work; null until it is known. */
  settings = signal(null);
  /** Called around every change to what is held of one conversation; whoever wants to compare puts themselves here. */
  watch = (_id, change) => change();
  #reads = new Map();
  #readsRevision = signal(0);
  /** Read marks that nobody has spoken of since everything was doubted. */
  #doubtedReads = new Set();
  #threads = new Map();
  /** Moves when all that is held is doubted: what was asked before confirms nothing. */
  era = 0;

  /** Takes one conversation, of a REST answer (with its `read`) or of an event (without). True when something changed. */
  upsertConversation({ read, unread: _derived, ...conversation }) {
    let news = false;
    batch(() => {
      this.watch(conversation.id, () => {
        news = this.conversations.upsert(conversation);
        if (read && this.#takeMark(conversation.id, read)) news = true;
      });
    });
    return news;
  }

  /** A conversation that one may no longer read: it goes, with its messages. False when something newer is held. */
  removeConversation(id, version) {
    let gone = false;
    this.watch(id, () => {
      gone = this.conversations.remove(id, version);
    });
    if (gone) this.#threads.delete(id);
    return gone;
  }

  /**
   * Anything of what is held may be another by now. The function that comes back lets go of the conversations that nobody has
   * spoken of since, except for `keptId`, of such read marks, and of the messages of all others.
   */
  doubtConversations() {
    this.era += 1;
    const moment = this.conversations.now();
    this.#doubtedReads = new Set(this.#reads.keys());
    return (keptId) => {
      batch(() => {
        this.conversations.forgetUnconfirmed(moment, keptId);
        for (const id of this.#doubtedReads) this.#reads.delete(id);
        this.#readsRevision.value += 1;
        for (const id of [...this.#threads.keys()]) if (id !== keptId) this.#threads.delete(id);
      });
    };
  }

  /** Forgets what one was allowed to read, for when that has changed as a whole. */
  forgetConversations() {
    this.era += 1;
    batch(() => {
      this.conversations.clear();
      this.#threads.clear();
      this.#reads.clear();
      this.#readsRevision.value += 1;
    });
  }

  /** Takes one message into its conversation's thread, if that is held. True when it is new there. */
  upsertMessage(message) {
    return this.#threads.get(message.conversation_id)?.upsert(message) ?? false;
  }

  /** Takes the settings unless newer ones are held. */
  takeSettings(settings) {
    const held = this.settings.peek();
    if (!held || held.version < settings.version) this.settings.value = settings;
  }

  /** Takes a read mark {seq, inbound_count, version}; the newer one counts, as a mark can be taken back. True when it does. */
  markRead(conversationId, read) {
    let news = false;
    this.watch(conversationId, () => {
      news = this.#takeMark(conversationId, read);
    });
    return news;
  }

  #takeMark(conversationId, read) {
    const held = this.#reads.get(conversationId);
    if (held && held.version > read.version) return false;
    this.#doubtedReads.delete(conversationId);
    if (held?.version === read.version) return false;
    this.#reads.set(conversationId, read);
    this.#readsRevision.value += 1;
    return true;
  }

  /** {seq, inbound_count, version} of a conversation, or null while it is not known. */
  readOf(conversationId) {
    this.#readsRevision.value;
    return this.#reads.get(conversationId) ?? null;
  }

  /**
   * Unread messages. An event about a conversation that was never loaded brings no read mark: until it has
   * been fetched (see `isReadUnknown`) one message counts, the one that the event told of.
   */
  unreadOf(conversation) {
    const read = this.readOf(conversation.id);
    if (read) return Math.max(0, conversation.inbound_count - read.inbound_count);
    const { last_message: last, kind } = conversation;
    if (kind === "customer") return last?.direction === "inbound" ? 1 : 0;
    return last?.kind === "text" && last.author?.id !== this.me.peek()?.id ? 1 : 0;
  }

  /** True when only a REST answer can tell how much of it has been read. */
  isReadUnknown(conversation) {
    return this.readOf(conversation.id) === null;
  }

  /** What a colleague is called; "" while that is not known. */
  nameOf(userId) {
    return this.users.get(userId)?.name ?? "";
  }

  /** The thread of a conversation, made on first use; the ones used longest ago are let go. */
  thread(conversationId) {
    const held = this.#threads.get(conversationId) ?? new Thread(conversationId);
    this.#threads.delete(conversationId);
    this.#threads.set(conversationId, held);
    const [oldest] = this.#threads.keys();
    if (this.#threads.size > KEPT_THREADS) this.#threads.delete(oldest);
    return held;
  }

  /** All threads that are held, the one used last at the end. */
  heldThreads() {
    return [...this.#threads.values()];
  }

  /** Lets go of a conversation's messages. */
  letGoOf(conversationId) {
    this.#threads.delete(conversationId);
  }

  /** The thread if it is held, without making one. */
  heldThread(conversationId) {
    return this.#threads.get(conversationId) ?? null;
  }
}
