import assert from "node:assert/strict";
import test from "node:test";
import { Store, byNewest } from "../../whatsapp_server/web/js/store.js";
import { conversation, message, page } from "./support/fixtures.mjs";

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
  store.upsertConversation({ ...conversation("c1", { inbound_count: 7 }), read: { seq: 4, inbound_count: 3 }, unread: 99 });
  assert.equal(store.unreadOf(store.conversations.get("c1")), 4);
  assert.equal(store.totalUnread.value, 4);
  store.markRead("c1", { seq: 20, inbound_count: 12 });
  assert.equal(store.unreadOf(store.conversations.get("c1")), 0);
  assert.equal(store.totalUnread.value, 0);
});

test("a read mark never goes back", () => {
  const store = new Store();
  store.markRead("c1", { seq: 10, inbound_count: 6 });
  store.markRead("c1", { seq: 4, inbound_count: 2 });
  assert.deepEqual(store.readOf("c1"), { seq: 10, inbound_count: 6 });
});

test("an event keeps the read mark that a REST answer brought", () => {
  const store = new Store();
  store.upsertConversation({ ...conversation("c1", { inbound_count: 5 }), read: { seq: 5, inbound_count: 5 } });
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

test("the newest comes first and the id settles equal times", () => {
  const list = [
    conversation("a", { last_message_at: "2026-11-23T10:00:00.000Z" }),
    conversation("b", { last_message_at: "2026-11-23T11:00:00.000Z" }),
    conversation("c", { last_message_at: "2026-11-23T10:00:00.000Z" }),
  ];
  assert.deepEqual(list.sort(byNewest).map((each) => each.id), ["b", "c", "a"]);
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
