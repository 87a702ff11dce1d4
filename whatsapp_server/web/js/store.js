/**
 * What this tab knows. REST answers and live events go through the same upsert, which keeps the document with the
 * higher version, so doubled, late and reordered ones change nothing. Knows neither the page nor the network.
 */
import { batch, computed, signal } from "../vendor/signals-core.js";
import { Thread } from "./thread.js";

/** Conversations whose messages stay in memory besides the open one. */
const KEPT_THREADS = 8;

/** Documents of one kind by id. `revision` moves with every change: reading it is how views follow. */
export class Collection {
  #documents = new Map();
  revision = signal(0);

  /** Keeps the document unless a newer or equal version is held. True when something changed. */
  upsert(document) {
    const held = this.#documents.get(document.id);
    if (held && held.version >= document.version) return false;
    this.#documents.set(document.id, document);
    this.revision.value += 1;
    return true;
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
  channels = new Collection();
  conversations = new Collection();
  #reads = new Map();
  #readsRevision = signal(0);
  #threads = new Map();

  /** Takes one conversation, of a REST answer (with its `read`) or of an event (without). */
  upsertConversation({ read, unread: _derived, ...conversation }) {
    batch(() => {
      this.conversations.upsert(conversation);
      if (read) this.markRead(conversation.id, read);
    });
  }

  /** Takes one message into its conversation's thread, if that is held. True when it is new there. */
  upsertMessage(message) {
    return this.#threads.get(message.conversation_id)?.upsert(message) ?? false;
  }

  /** Moves a read mark; marks only go forward. */
  markRead(conversationId, { seq, inbound_count: inboundCount }) {
    const held = this.#reads.get(conversationId);
    if (held && held.seq >= seq && held.inbound_count >= inboundCount) return;
    this.#reads.set(conversationId, {
      seq: Math.max(seq, held?.seq ?? 0),
      inbound_count: Math.max(inboundCount, held?.inbound_count ?? 0),
    });
    this.#readsRevision.value += 1;
  }

  /** {seq, inbound_count} of a conversation, or null while it is not known. */
  readOf(conversationId) {
    this.#readsRevision.value;
    return this.#reads.get(conversationId) ?? null;
  }

  /**
   * Unread inbound messages. An event about a conversation that was never loaded brings no read mark: until it has
   * been fetched (see `isReadUnknown`) one message counts, the one that the event told of.
   */
  unreadOf(conversation) {
    const read = this.readOf(conversation.id);
    if (read) return Math.max(0, conversation.inbound_count - read.inbound_count);
    return conversation.last_message?.direction === "inbound" ? 1 : 0;
  }

  /** True when only a REST answer can tell how much of it has been read. */
  isReadUnknown(conversation) {
    return this.readOf(conversation.id) === null;
  }

  totalUnread = computed(() => this.conversations.all().reduce((sum, each) => sum + this.unreadOf(each), 0));

  /** The thread of a conversation, made on first use; the ones used longest ago are let go. */
  thread(conversationId) {
    const held = this.#threads.get(conversationId) ?? new Thread(conversationId);
    this.#threads.delete(conversationId);
    this.#threads.set(conversationId, held);
    const [oldest] = this.#threads.keys();
    if (this.#threads.size > KEPT_THREADS) this.#threads.delete(oldest);
    return held;
  }

  /** The thread if it is held, without making one. */
  heldThread(conversationId) {
    return this.#threads.get(conversationId) ?? null;
  }
}

/** When a conversation last moved: what the list is ordered by. */
export function movedAt(conversation) {
  return conversation.last_message_at ?? conversation.created_at;
}

/** Newest first; the id settles equal times, as on the server. */
export function byNewest(one, other) {
  const [a, b] = [movedAt(one), movedAt(other)];
  if (a !== b) return a < b ? 1 : -1;
  return one.id < other.id ? 1 : -1;
}
