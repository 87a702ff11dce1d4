/** How far a colleague's chat has come, from the marks that each member has left. Pure. */

/** sent | delivered | read: what is true of all other members. */
export function chatStatus({ seq }, conversation, myId) {
  const marks = othersOf(conversation, myId).map((id) => conversation.member_marks[id]);
  const all = (step) => marks.length > 0 && marks.every((mark) => (mark?.[step] ?? 0) >= seq);
  if (all("read")) return "read";
  return all("delivered") ? "delivered" : "sent";
}

/** Ids of the other members who have read the message. */
export function readersOf({ seq }, conversation, myId) {
  return othersOf(conversation, myId).filter((id) => (conversation.member_marks[id]?.read ?? 0) >= seq);
}

export function othersOf({ member_ids: memberIds }, myId) {
  return memberIds.filter((id) => id !== myId);
}
