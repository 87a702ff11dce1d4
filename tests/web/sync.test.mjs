import assert from "node:assert/strict";
import test from "node:test";
import { ApiError } from "../../whatsapp_server/web/js/api.js";
import { ConversationList } from "../../whatsapp_server/web/js/conversation_list.js";
import { Reader } from "../../whatsapp_server/web/js/reader.js";
import { Store } from "../../whatsapp_server/web/js/store.js";
import { Sync } from "../../whatsapp_server/web/js/sync.js";
import { ME, conversation, deferred, message, settled } from "./support/fixtures.mjs";

/** A server that holds `count` messages of c1, pages of `size`, and the given conversations. */
function setUp({ count = 0, size = 50, conversations = [conversation("c1")] } = {}) {
  const world = { count, gets: [], settledIds: [], conversations };
  const store = new Store();
  store.me.value = ME;
  const api = {
    get: async (path) => {
      world.gets.push(path);
      const url = new URL(path, "http://host");
      const cursor = Number(url.searchParams.get("cursor") ?? 0);
      if (url.pathname.endsWith("/messages")) return messagePage(world.count, size, cursor || world.count + 1);
      if (url.pathname === "/api/conversations") return listPage(world.conversations, 2, cursor, url.searchParams.get("q"));
      const found = world.conversations.find((each) => url.pathname.endsWith(each.id));
      if (!found) throw new ApiError(404, { code: "not_found" });
      return { ...found, read: { seq: 0, inbound_count: 0 }, unread: found.inbound_count };
    },
  };
  const list = new ConversationList({ api, store });
  const sync = new Sync({ api, store, list, outbox: { settle: (id) => world.settledIds.push(id) }, report: assert.ifError });
  return Object.assign(world, { store, api, list, sync });
}

function messagePage(count, size, before) {
  const items = [];
  for (let seq = Math.min(before - 1, count); seq > 0 && items.length < size; seq -= 1) items.push(message(seq));
  const oldest = items.at(-1)?.seq ?? 0;
  return { items, next: oldest > 1 ? String(oldest) : null };
}

function listPage(all, size, start, query) {
  const found = query ? all.filter((each) => each.contact.name.includes(query)) : all;
  const items = found.slice(start, start + size).map((each) => ({ ...each, read: { seq: 0, inbound_count: 0 } }));
  return { items, next: start + size < found.length ? String(start + size) : null };
}

const seqs = (thread) => thread.messages().map((each) => each.seq);
const at = (minute) => `2026-11-23T12:${String(minute).padStart(2, "0")}:00.000Z`;

test("opening loads the conversation and its newest page; scrolling back the one before", async () => {
  const { sync, store } = setUp({ count: 70 });
  await sync.open("c1");
  const thread = store.thread("c1");
  assert.deepEqual([thread.oldestSeq, thread.newestSeq], [21, 70]);
  await sync.loadOlder(thread);
  assert.deepEqual([thread.oldestSeq, thread.next], [1, null]);
  assert.equal(thread.hasHole(70), false);
});

test("after a reconnect all that was missed is fetched, page by page, until it meets what was held", async () => {
  const world = setUp({ count: 10 });
  await world.sync.open("c1");
  world.count = 130;
  await world.sync.reloadOpen();
  const thread = world.store.thread("c1");
  assert.equal(thread.hasHole(130), false);
  assert.deepEqual([thread.oldestSeq, thread.newestSeq], [1, 130]);
});

test("when too much was missed it starts again from the newest page", async () => {
  const world = setUp({ count: 10 });
  await world.sync.open("c1");
  world.count = 2000;
  await world.sync.reloadOpen();
  const thread = world.store.thread("c1");
  assert.equal(thread.hasHole(2000), false);
  assert.deepEqual([thread.oldestSeq, thread.newestSeq], [1951, 2000]);
  assert.equal(thread.next, "1951");
});

test("a message of mine settles its pending entry, a colleague's does not", () => {
  const { sync, settledIds } = setUp();
  const mine = message(2, { direction: "outbound", author: { id: ME.id, name: ME.name }, client_id: "x" });
  sync.apply([["message.created", { message: mine, conversation: conversation("c1", { version: 2 }) }]]);
  const theirs = { ...mine, id: "m3", seq: 3, author: { id: "u2", name: "Bruno" }, client_id: "y" };
  sync.apply([["message.created", { message: theirs, conversation: conversation("c1", { version: 3 }) }]]);
  assert.deepEqual(settledIds, ["x"]);
});

test("the read mark of a conversation first heard of by an event is fetched", async () => {
  const world = setUp({ conversations: [conversation("c9", { inbound_count: 40 })] });
  world.sync.apply([["conversation.updated", { conversation: conversation("c9", { inbound_count: 41, version: 2 }) }]]);
  await settled();
  assert.ok(world.gets.includes("/api/conversations/c9"));
  assert.equal(world.store.unreadOf(world.store.conversations.get("c9")), 41);
});

test("what may not be seen is said, not retried", async () => {
  const { sync } = setUp();
  await sync.open("c404");
  assert.equal(sync.openProblem.value, "not_found");
});

test("the list shows down to the last page fetched and lets an older one in when it moves", async () => {
  const all = [9, 8, 7, 6].map((minute) => conversation(`c${minute}`, { last_message_at: at(minute) }));
  const { list, sync } = setUp({ conversations: all });
  await list.reload();
  assert.deepEqual(list.items.value.map((each) => each.id), ["c9", "c8"]);
  sync.apply([["conversation.updated", { conversation: conversation("c1", { last_message_at: at(1) }) }]]);
  assert.deepEqual(list.items.value.map((each) => each.id), ["c9", "c8"], "its page has not been reached");
  sync.apply([["conversation.updated", { conversation: conversation("c6", { last_message_at: at(30), version: 2 }) }]]);
  assert.deepEqual(list.items.value.map((each) => each.id), ["c6", "c9", "c8"]);
  await list.loadMore();
  assert.equal(list.hasMore.value, false);
  assert.equal(list.items.value.length, 5);
});

test("a reload covers as many pages as were shown", async () => {
  const all = [9, 8, 7, 6, 5].map((minute) => conversation(`c${minute}`, { last_message_at: at(minute) }));
  const { list } = setUp({ conversations: all });
  await list.reload();
  await list.loadMore();
  await list.reload();
  assert.equal(list.items.value.length, 4);
  await list.loadMore();
  await list.reload();
  assert.equal(list.items.value.length, 5, "the end had been reached");
});

test("a search shows what the server finds; an empty one shows all again", async () => {
  const named = (id, name, minute) => conversation(id, { contact: { id, name, number: null, address: "x" }, last_message_at: at(minute) });
  const { list } = setUp({ conversations: [named("c1", "Maria", 3), named("c2", "Rui", 2)] });
  await list.reload();
  await list.search("Rui");
  assert.deepEqual(list.items.value.map((each) => each.id), ["c2"]);
  await list.search("nobody");
  assert.deepEqual([list.items.value.length, list.state.value], [0, "ready"]);
  await list.search("");
  assert.equal(list.items.value.length, 2);
});

test("an answer to an earlier search does not overwrite a later one", async () => {
  const world = setUp({ conversations: [conversation("c1")] });
  const slow = deferred();
  const { get } = world.api;
  world.api.get = (path) => (path.includes("q=slow") ? slow.promise : get(path));
  const first = world.list.search("slow");
  await world.list.search("Maria");
  slow.resolve({ items: [], next: null });
  await first;
  assert.equal(world.list.query.value, "Maria");
  assert.equal(world.list.items.value.length, 1);
});

test("read marks are sent one at a time, the newest of what came meanwhile", async () => {
  const store = new Store();
  const posts = [];
  const answers = [];
  const reader = new Reader({
    store,
    report: assert.ifError,
    api: {
      post: (path, { seq }) => {
        posts.push(seq);
        const waiting = deferred();
        answers.push(() => waiting.resolve({ read: { seq, inbound_count: seq } }));
        return waiting.promise;
      },
    },
  });
  for (const seq of [3, 4, 5, 5]) reader.seen("c1", seq);
  assert.deepEqual(posts, [3]);
  answers[0]();
  await settled();
  assert.deepEqual(posts, [3, 5]);
  answers[1]();
  await settled();
  reader.seen("c1", 5);
  assert.deepEqual(posts, [3, 5]);
  assert.equal(store.readOf("c1").seq, 5);
});

test("messages stay in order when their events come mixed with pages", async () => {
  const world = setUp({ count: 3 });
  await world.sync.open("c1");
  const events = [5, 4, 4].map((seq) => ["message.created", { message: message(seq), conversation: conversation("c1", { version: seq, last_seq: 5 }) }]);
  world.sync.apply(events);
  assert.deepEqual(seqs(world.store.thread("c1")), [1, 2, 3, 4, 5]);
});
