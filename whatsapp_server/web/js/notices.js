/**
 * What happens to my conversations through others, and is worth telling me at once: derived from live events alone,
 * never from what is loaded, and each told once.
 */
import { isNamed } from "./mentions.js";

/** Of which of the colleagues' own chats one may want to be told. */
export const CHAT_NOTICES = ["all", "mentions", "none"];

/** Ids of events that were told, of the newest so many: doubled ones come close to each other. */
const REMEMBERED = 200;

/**
 * What a timeline entry or a note means to `me`: {kind, ...params of its sentence}, or null. `name` is what the
 * conversation is called.
 */
export function noticeOf({ kind, author, details, mentions }, name, me) {
  if (author?.id === me.id) return null;
  const who = author?.name ?? "";
  if (kind === "note") return mentions.includes(me.id) ? { kind: "mentioned", who, name } : null;
  if (kind !== "event") return null;
  switch (details.event) {
    case "offered":
    case "assigned":
      return details.to_id === me.id ? { kind: details.event, who, name } : null;
    case "accepted":
    case "declined":
    case "taken_over":
      return details.from_id === me.id ? { kind: details.event, who, name } : null;
    case "expired":
      return details.from_id === me.id ? { kind: "expired", who: details.to_name, name } : null;
    default:
      return null;
  }
}

/** What it means that `me` lost sight of a conversation as it was before: it was mine, so somebody has it now. */
export function noticeOfLoss({ assignee_id: holder, offer }, name, me) {
  if (holder !== me.id) return null;
  return offer ? { kind: "accepted", who: offer.to.name, name } : { kind: "lost", who: "", name };
}

/** What a colleague's words in a chat mean to `me`, who chose of which to be told; null for all that are no such words. */
export function noticeOfChat({ kind, author, body }, conversation, name, me) {
  if (conversation.kind !== "internal" || kind !== "text" || author?.id === me.id) return null;
  const wanted = me.notifications.chats;
  if (wanted === "none" || (wanted === "mentions" && !isNamed(body, me))) return null;
  return { kind: conversation.group ? "group_chat" : "chat", who: author.name, name };
}

export class Notices {
  #told = new Set();

  /**
   * @param options.store  for who I am
   * @param options.nameOf (conversation) => what it is called
   * @param options.isSeen (conversation id) => whether somebody is looking at it just now
   * @param options.tell   ({kind, who, name, key}, conversation id) => void
   */
  constructor({ store, nameOf, isSeen, tell }) {
    Object.assign(this, { store, nameOf, isSeen, tell });
  }

  /** A message was added, as a live event says. */
  heard(message, conversation) {
    const [name, me] = [this.nameOf(conversation), this.store.me.peek()];
    const chat = noticeOfChat(message, conversation, name, me);
    if (chat && this.isSeen(conversation.id)) return;
    this.#once(message.id, chat ?? noticeOf(message, name, me), conversation.id);
  }

  /** A conversation may no longer be read; `before` is what was held of it. */
  lost(before, version) {
    this.#once(`${before.id}:${version}`, noticeOfLoss(before, this.nameOf(before), this.store.me.peek()), before.id);
  }

  #once(key, notice, conversationId) {
    if (!notice || this.#told.has(key)) return;
    this.#told.add(key);
    if (this.#told.size > REMEMBERED) this.#told.delete(this.#told.values().next().value);
    this.tell({ ...notice, key }, conversationId);
  }
}
