import assert from "node:assert/strict";
import test from "node:test";
import { Store } from "../../whatsapp_server/web/js/store.js";
import { ME, conversation, message, page } from "./support/fixtures.mjs";

test("the document with the higher version stays, whatever the order of arrival", () => {
  const store = new Store();
  store.upsertConversation(conversation("c1", { version: 3, last_seq: 9 }));
  store.upsertConversation(conversation("c1", { version: 2, last_seq: 8 }));
  assert.equal(store.conversations.get("c1").last_seq, 9);
  assert.equal(store.conversations.upsert(conversation("c1", { version: 3 })), false, "doubled");
  assert.equal(store.conversations.all().length, 1);
});

test("unread is derived from the running count and never negative", () => {
  const store = new Store();
  const read = { seq: 4, inbound_count: 3, version: 1 };
  store.upsertConversation({ ...conversation("c1", { inbound_count: 7 }), read, unread: 99 });
  assert.equal(store.unreadOf(store.conversations.get("c1")), 4);
  store.markRead("c1", { seq: 20, inbound_count: 12, version: 2 });
  assert.equal(store.unreadOf(store.conversations.get("c1")), 0);
});

test("the newest read mark counts, also one that was taken back", () => {
  const store = new Store();
  store.markRead("c1", { seq: 10, inbound_count: 6, version: 3 });
  store.markRead("c1", { seq: 12, inbound_count: 7, version: 2 });
  assert.equal(store.readOf("c1").seq, 10, "late");
  store.markRead("c1", { seq: 9, inbound_count: 5, version: 4 });
  assert.equal(store.readOf("c1").seq, 9, "marked as unread");
});

test("an event keeps the read mark that a REST answer brought", () => {
  const store = new Store();
  store.upsertConversation({ ...conversation("c1", { inbound_count: 5 }), read: { seq: 5, inbound_count: 5, version: 1 } });
  store.upsertConversation(conversation("c1", { inbound_count: 6, version: 2 }));
  assert.equal(store.unreadOf(store.conversations.get("c1")), 1);
});

test("while the read mark is unknown, only the message that was told of counts", () => {
  const store = new Store();
  store.upsertConversation(conversation("c1", { inbound_count: 41 }));
  const held = store.conversations.get("c1");
  assert.ok(store.isReadUnknown(held));
  assert.equal(store.unreadOf(held), 1);
});

test("of a colleague's chat that was never loaded, their word counts and one's own does not", () => {
  const store = new Store();
  store.me.value = ME;
  const chat = (author, kind = "text") =>
    conversation("c1", { kind: "internal", last_message: { direction: "internal", kind, author: { id: author, name: "x" } } });
  assert.equal(store.unreadOf(chat("u2")), 1);
  assert.equal(store.unreadOf(chat(ME.id)), 0);
  assert.equal(store.unreadOf(chat("u2", "event")), 0);
});

test("taking something says whether it was news", () => {
  const store = new Store();
  const read = { seq: 1, inbound_count: 1, version: 1 };
  assert.equal(store.upsertConversation({ ...conversation("c1"), read }), true);
  assert.equal(store.upsertConversation({ ...conversation("c1"), read }), false);
  assert.equal(store.upsertConversation({ ...conversation("c1"), read: { ...read, version: 2 } }), true);
  assert.equal(store.upsertConversation(conversation("c1", { version: 2 })), true);
  assert.equal(store.markRead("c1", { ...read, version: 2 }), false);
  assert.equal(store.markRead("c1", { ...read, version: 3 }), true);
});

test("what was doubted and of which nobody spoke since goes, with its mark and its messages", () => {
  const store = new Store();
  const read = { seq: 1, inbound_count: 1, version: 1 };
  for (const id of ["again", "event", "silent", "open"]) store.upsertConversation({ ...conversation(id), read });
  for (const id of ["again", "open"]) store.thread(id);
  const { era } = store;
  const letGo = store.doubtConversations();
  assert.notEqual(store.era, era);
  store.upsertConversation({ ...conversation("again"), read });
  store.upsertConversation(conversation("event", { version: 2 }));
  letGo("open");
  assert.deepEqual(store.conversations.all().map((each) => each.id), ["again", "event", "open"]);
  assert.deepEqual(["again", "event", "silent"].map((id) => store.readOf(id) !== null), [true, false, false]);
  assert.deepEqual(store.heldThreads().map((each) => each.conversationId), ["open"]);
});

test("what was taken away stays away until something newer comes", () => {
  const { conversations } = new Store();
  conversations.upsert(conversation("c1", { version: 3 }));
  assert.equal(conversations.remove("c1", 3), false, "what is held is as new");
  assert.equal(conversations.remove("c1", 4), true);
  assert.equal(conversations.remove("c1", 4), false, "doubled");
  assert.equal(conversations.upsert(conversation("c1", { version: 3 })), false);
  assert.equal(conversations.get("c1"), null);
  assert.equal(conversations.upsert(conversation("c1", { version: 5 })), true);
  assert.equal(conversations.remove("c1", 4), false, "late");
  assert.equal(conversations.get("c1").version, 5);
});

test("what nobody spoke of since a moment can be let go; an equal version spoke of it, an older one did not", () => {
  const { conversations } = new Store();
  for (const id of ["same", "older", "silent", "kept"]) conversations.upsert(conversation(id, { version: 2 }));
  const moment = conversations.now();
  conversations.upsert(conversation("same", { version: 2 }));
  conversations.upsert(conversation("older", { version: 1 }));
  conversations.forgetUnconfirmed(moment, "kept");
  assert.deepEqual(conversations.all().map((each) => each.id), ["same", "kept"]);
});

test("messages stand in the order of their numbers, doubled and reordered events included", () => {
  const thread = new Store().thread("c1");
  thread.addPage(page(1, 3));
  for (const seq of [5, 4, 5, 6, 4]) thread.upsert(message(seq));
  assert.deepEqual(thread.messages().map((each) => each.seq), [1, 2, 3, 4, 5, 6]);
  assert.equal(thread.hasHole(), false);
});

test("ticks only move with the version", () => {
  const thread = new Store().thread("c1");
  thread.addPage(page(1, 1));
  thread.upsert(message(1, { version: 5, status: "read" }));
  thread.upsert(message(1, { version: 4, status: "delivered" }));
  assert.equal(thread.messages()[0].status, "read");
});

test("a missing number is noticed, inside and at the end", () => {
  const thread = new Store().thread("c1");
  thread.addPage(page(1, 3));
  assert.equal(thread.hasHole(3), false);
  assert.equal(thread.hasHole(5), true, "the conversation says that there are five");
  thread.upsert(message(5));
  assert.equal(thread.hasHole(5), true);
  thread.upsert(message(4));
  assert.equal(thread.hasHole(5), false);
});

test("news of a message older than what is held wait for its page", () => {
  const thread = new Store().thread("c1");
  thread.addPage(page(10, 12, "cursor"));
  assert.equal(thread.upsert(message(3, { version: 8 })), false);
  assert.equal(thread.messages().length, 3);
});

test("a refreshed newest page keeps the cursor of the oldest one", () => {
  const thread = new Store().thread("c1");
  thread.addPage(page(11, 20, "before-11"));
  thread.addPage(page(1 + 5, 10, "before-6"));
  thread.addPage(page(15, 24, "before-15"));
  assert.equal(thread.next, "before-6");
  assert.equal(thread.hasHole(24), false);
});

test("a message that arrives before its conversation's first page is not lost", () => {
  const thread = new Store().thread("c1");
  thread.upsert(message(4));
  thread.addPage(page(1, 3));
  assert.deepEqual(thread.messages().map((each) => each.seq), [1, 2, 3, 4]);
});

test("messages of conversations opened long ago are let go", () => {
  const store = new Store();
  for (let index = 0; index < 20; index += 1) store.thread(`c${index}`);
  assert.equal(store.heldThread("c0"), null);
  assert.ok(store.heldThread("c19"));
});
