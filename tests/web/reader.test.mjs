import assert from "node:assert/strict";
import test from "node:test";
import { Reader } from "../../whatsapp_server/web/js/reader.js";
import { Store } from "../../whatsapp_server/web/js/store.js";
import { ME, conversation, deferred, settled } from "./support/fixtures.mjs";

function setUp() {
  const world = { posts: [], fail: false, delays: [], version: 1 };
  world.store = new Store();
  world.store.me.value = ME;
  const api = {
    post: async (path, body) => {
      world.posts.push([path, body]);
      if (world.fail) throw new Error("no line");
      if (path.endsWith("/delivered")) return null;
      world.version += 1;
      return { read: { seq: body?.seq ?? 0, inbound_count: 0, version: world.version } };
    },
  };
  const delay = () => {
    const waiting = deferred();
    world.delays.push(waiting);
    return waiting.promise;
  };
  world.reader = new Reader({ api, store: world.store, report: () => {}, delay });
  return world;
}

const chat = (seq, delivered, changes = {}) =>
  conversation("k1", { kind: "internal", last_seq: seq, version: seq, member_marks: { [ME.id]: { delivered, read: 0 } }, ...changes });

test("what was left unread stays so, whatever is still on the screen, until it is opened again", async () => {
  const { reader, posts } = setUp();
  reader.seen("c1", 3);
  await settled();
  await reader.leaveUnread("c1");
  reader.seen("c1", 4);
  await settled();
  assert.deepEqual(posts.map(([path]) => path), ["/api/conversations/c1/read", "/api/conversations/c1/unread"]);
  reader.opened("c1");
  reader.seen("c1", 4);
  await settled();
  assert.equal(posts.length, 3);
});

test("when it cannot be left unread, reading goes on", async () => {
  const world = setUp();
  world.fail = true;
  await assert.rejects(world.reader.leaveUnread("c1"));
  world.fail = false;
  world.reader.seen("c1", 2);
  await settled();
  assert.equal(world.posts.at(-1)[0], "/api/conversations/c1/read");
});

test("what reaches this tab of a chat is reported once, several messages together", async () => {
  const { store, posts, delays } = setUp();
  store.upsertConversation(chat(1, 0));
  store.upsertConversation(chat(2, 0));
  store.upsertConversation(chat(3, 0));
  delays.forEach((each) => each.resolve());
  await settled();
  assert.deepEqual(posts, [["/api/chats/k1/delivered", { seq: 3 }]]);
  store.upsertConversation(chat(3, 3, { version: 4 }));
  delays.forEach((each) => each.resolve());
  await settled();
  assert.equal(posts.length, 1);
});

test("a report that failed is made again with the next news; customers' conversations have none", async () => {
  const world = setUp();
  world.fail = true;
  world.store.upsertConversation(chat(1, 0));
  world.delays[0].resolve();
  await settled();
  world.fail = false;
  world.store.upsertConversation(conversation("c1", { kind: "customer", version: 2 }));
  world.delays[1].resolve();
  await settled();
  assert.deepEqual(world.posts.map(([path]) => path), ["/api/chats/k1/delivered", "/api/chats/k1/delivered"]);
});
