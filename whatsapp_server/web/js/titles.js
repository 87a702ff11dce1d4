/** What an open conversation is called: by its customer, by its group's title, or by the other person in it. */
import { othersOf } from "./chat_ticks.js";
import { contactName, firstName } from "./format.js";

/** Whether it is called by a colleague, whose id titleOf gives. */
export function isPerson({ kind, group, member_ids: members }) {
  return kind === "internal" && !group && members.length === 2;
}

/** {id, name}: the id is for the colour of its round picture. */
export function titleOf(conversation, store) {
  const { id, kind, contact, title, group } = conversation;
  if (kind !== "internal") return { id: contact.id, name: contactName(contact) };
  const others = othersOf(conversation, store.me.value.id);
  if (!group && others.length === 1) return { id: others[0], name: store.nameOf(others[0]) };
  return { id, name: title || others.map((each) => firstName(store.nameOf(each))).join(", ") };
}
