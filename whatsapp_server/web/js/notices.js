/**
 * What happens to my conversations through others, and is worth telling me at once: derived from live events alone,
 * never from what is loaded, and each told once.
 */
import { isIn } from "./belonging.js";
import { isNamed } from "./mentions.js";

/** Of which of the colleagues' own chats one may want to be told. */
export const CHAT_NOTICES = ["all", "mentions", "none"];

/** What a list shows by itself: of these the page says nothing else. */
export const LISTED = new Set(["customer", "unassigned"]);
/** What somebody waits for: of the rest it is enough to read. */
export const SOUNDING = new Set([...LISTED, "offered", "assigned", "mentioned", "chat", "group_chat"]);

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

/**
 * What a customer's words mean to `me`: theirs in a conversation that stands among mine, or in one that is nobody's. Those
 * that bring a finished conversation back are told by the entry that says so, which knows whose it is now.
 */
export function noticeOfCustomer({ direction, kind, details }, conversation, name, me) {
  const comesBack = kind === "event" && details.event === "reopened_by_customer";
  if (direction !== "inbound" && !comesBack) return null;
  if (isIn("mine", conversation, me)) return { kind: "customer", who: "", name };
  return isIn("unassigned", conversation, me) ? { kind: "unassigned", who: "", name } : null;
}

export class Notices {
  #told = new Set();

  /**
   * @param options.store  for who I am
   * @param options.nameOf (conversation) => what it is called
   * @param options.isSeen (conversation id) => whether somebody is looking at it just now
   * @param options.tell   ({kind, who, name, key, seq}, conversation id) => void; seq is null where no message tells it
   */
  constructor({ store, nameOf, isSeen, tell }) {
    Object.assign(this, { store, nameOf, isSeen, tell });
  }

  /** A message was added, as a live event says. */
  heard(message, conversation) {
    const [name, me] = [this.nameOf(conversation), this.store.me.peek()];
    const chat = noticeOfChat(message, conversation, name, me);
    if (chat && this.isSeen(conversation.id)) return;
    const notice = chat ?? noticeOfCustomer(message, conversation, name, me) ?? noticeOf(message, name, me);
    this.#once({ key: message.id, seq: message.seq }, notice, conversation.id);
  }

  /** A conversation may no longer be read; `before` is what was held of it. */
  lost(before, version) {
    const notice = noticeOfLoss(before, this.nameOf(before), this.store.me.peek());
    this.#once({ key: `${before.id}:${version}`, seq: null }, notice, before.id);
  }

  #once(event, notice, conversationId) {
    const { key } = event;
    if (!notice || this.#told.has(key)) return;
    this.#told.add(key);
    if (this.#told.size > REMEMBERED) this.#told.delete(this.#told.values().next().value);
    this.tell({ ...notice, ...event }, conversationId);
  }
}
