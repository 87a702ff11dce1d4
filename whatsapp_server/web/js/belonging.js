/**
 * In which views a conversation stands for a person, and where in them. The same rules as the server's lists, so that
 * a tab can move a conversation within the event that changes it. Pure: documents in, answers out.
 */

export const VIEWS = ["mine", "unassigned", "team", "finished", "internal"];

/** What each filter asks of a conversation, by the name of its query parameter. */
const FILTERS = {
  waiting: (conversation) => Boolean(conversation.waiting_since),
  assignee: (conversation, id) => conversation.assignee_id === id,
  team: (conversation, id) => conversation.team_id === id,
  channel: (conversation, id) => conversation.channel?.id === id,
};

/** Filters that can tell conversations of a view apart. */
export const FILTERS_OF = {
  mine: ["waiting", "team", "channel"],
  unassigned: ["waiting", "team", "channel"],
  team: ["waiting", "assignee", "team", "channel"],
  finished: ["assignee", "team", "channel"],
  internal: [],
};

export function isOfferedTo({ offer }, personId) {
  return offer?.to.id === personId;
}

/** True while a note that names the person has not been read by them. */
export function mentions({ mentioned }, personId) {
  return mentioned.some((each) => each.user_id === personId);
}

const isOpen = ({ kind, state }) => kind === "customer" && state === "open";

/** A private one stands in the open lists for admins alone: whoever else may read it finds it under their own. */
const isListedFor = ({ visibility }, { role }) => visibility === "public" || role === "admin";

const MEMBERS = {
  all: ({ kind }) => kind === "customer",
  mine: (one, me) => one.kind === "customer" && rankInMine(one, me) !== null,
  unassigned: (one, me) => isOpen(one) && one.assignee_id === null && isListedFor(one, me),
  team: (one, me) => isOpen(one) && one.assignee_id !== null && one.assignee_id !== me.id && isListedFor(one, me),
  finished: ({ kind, state }) => kind === "customer" && state === "finished",
  internal: ({ kind }) => kind === "internal",
};

/** Offers first, then mentions, then what one holds; null for what is none of these. */
function rankInMine(one, me) {
  if (isOfferedTo(one, me.id)) return 0;
  if (mentions(one, me.id)) return 1;
  return isOpen(one) && one.assignee_id === me.id ? 2 : null;
}

/** Whether `view` (one of VIEWS, or "all") shows it to `me` ({id, role}). */
export function isIn(view, conversation, me) {
  return MEMBERS[view](conversation, me);
}

/** Whether all `filters` ({name: value}) let it through. */
export function passes(filters, conversation) {
  return Object.entries(filters).every(([name, value]) => FILTERS[name](conversation, value));
}

/** When it last moved: what most lists are ordered by. */
export function movedAt(conversation) {
  return conversation.last_message_at ?? conversation.created_at;
}

/** Where it stands in `view`: {rank, at, rising, id}, to be compared by `comparePlaces`. */
export function placeIn(view, conversation, me) {
  const newest = { rank: 0, at: movedAt(conversation), rising: false, id: conversation.id };
  if (view === "mine") return { ...newest, rank: rankInMine(conversation, me) ?? 2 };
  if (view !== "unassigned") return newest;
  const { waiting_since: waitingSince } = conversation;
  return waitingSince ? { ...newest, at: waitingSince, rising: true } : { ...newest, rank: 1 };
}

/** Below zero when `one` stands above `other`. The id settles equal times, as on the server. */
export function comparePlaces(one, other) {
  if (one.rank !== other.rank) return one.rank - other.rank;
  const direction = one.rising ? 1 : -1;
  if (one.at !== other.at) return one.at < other.at ? -direction : direction;
  if (one.id === other.id) return 0;
  return one.id < other.id ? -direction : direction;
}
