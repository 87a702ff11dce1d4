import assert from "node:assert/strict";
import test from "node:test";
import { ApiError } from "../../whatsapp_server/web/js/api.js";
import { Reader } from "../../whatsapp_server/web/js/reader.js";
import { Store } from "../../whatsapp_server/web/js/store.js";
import { Sync } from "../../whatsapp_server/web/js/sync.js";
import { ME, conversation, deferred, message, settled } from "./support/fixtures.mjs";

/** A server that holds `count` messages of c1, pages of `size`, and the given conversations; and what else a Sync needs. */
function setUp({ count = 0, size = 50, conversations = [conversation("c1")] } = {}) {
  const world = { count, gets: [], settledIds: [], conversations, heard: [], lost: [], forgotten: [], reloads: 0, refreshes: 0, counted: [] };
  const store = new Store();
  store.me.value = ME;
  const api = {
    get: async (path) => {
      world.gets.push(path);
      const url = new URL(path, "http://host");
      const cursor = Number(url.searchParams.get("cursor") ?? 0);
      if (url.pathname === "/api/settings") return { name_prefix: "off", version: 1 };
      if (["/api/users", "/api/teams", "/api/channels"].includes(url.pathname)) return { items: world[url.pathname.slice(5)] ?? [], next: null };
      const found = world.conversations.find((each) => url.pathname.includes(each.id));
      if (!found) throw new ApiError(404, { code: "not_found" });
      if (url.pathname.endsWith("/messages")) return messagePage(world.count, size, cursor || world.count + 1);
      return { ...found, read: { seq: 0, inbound_count: 0, version: 1 }, unread: found.inbound_count };
    },
  };
  const parts = {
    list: { reload: async () => Boolean((world.reloads += 1)) },
    counts: {
      refresh: () => (world.refreshes += 1),
      heard: (id) => world.counted.push(id),
    },
    outbox: { settle: (id) => world.settledIds.push(id) },
    notices: {
      heard: (said, about) => world.heard.push([said.id, about.id]),
      lost: (before, version) => world.lost.push([before.id, version]),
    },
    forget: (id) => world.forgotten.push(id),
    report: assert.ifError,
  };
  return Object.assign(world, { store, api, sync: new Sync({ api, store, ...parts }) });
}

function messagePage(count, size, before) {
  const items = [];
  for (let seq = Math.min(before - 1, count); seq > 0 && items.length < size; seq -= 1) items.push(message(seq));
  const oldest = items.at(-1)?.seq ?? 0;
  return { items, next: oldest > 1 ? String(oldest) : null };
}

const seqs = (thread) => thread.messages().map((each) => each.seq);
const updated = (changes, id = "c1") => ["conversation.updated", { conversation: conversation(id, changes) }];
const removed = (version, id = "c1") => ["conversation.removed", { id, version }];

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

test("losing access takes everything of a conversation away at once, and says so where it is open", async () => {
  const world = setUp({ count: 3 });
  const { store, sync } = world;
  await sync.open("c1");
  sync.apply([removed(2)]);
  assert.equal(store.conversations.get("c1"), null);
  assert.equal(store.heldThread("c1"), null);
  assert.equal(sync.openProblem.value, "not_found");
  assert.deepEqual(world.forgotten, ["c1"]);
  assert.deepEqual(world.lost, [["c1", 2]]);
});

test("what is older than the loss is ignored when it comes late; what is newer brings the conversation back", async () => {
  const world = setUp({ conversations: [conversation("c1", { version: 9 })], count: 1 });
  const { store, sync } = world;
  sync.apply([updated({ version: 4 })]);
  sync.openId.value = "c1";
  sync.apply([removed(8), updated({ version: 7 }), removed(8)]);
  assert.equal(store.conversations.get("c1"), null);
  assert.deepEqual(world.forgotten, ["c1"], "a doubled loss is none");
  sync.apply([updated({ version: 9 })]);
  await settled();
  assert.equal(store.conversations.get("c1").version, 9);
  assert.equal(sync.openProblem.value, null, "the open one is shown again");
});

test("a loss that arrives after what came later changes nothing", () => {
  const world = setUp();
  world.sync.apply([updated({ version: 9 }), removed(8)]);
  assert.equal(world.store.conversations.get("c1").version, 9);
  assert.deepEqual([world.forgotten, world.lost], [[], []]);
});

test("a message of a conversation that was taken away is held nowhere", () => {
  const { store, sync } = setUp();
  store.thread("c1").addPage({ items: [], next: null });
  sync.apply([removed(5)]);
  sync.apply([["message.created", { message: message(1), conversation: conversation("c1", { version: 4 }) }]]);
  assert.equal(store.conversations.get("c1"), null);
  assert.equal(store.heldThread("c1"), null);
});

test("a 404 is a loss too, unless something newer came while it was asked", async () => {
  const world = setUp();
  const { store, sync } = world;
  sync.apply([updated({ version: 3 })]);
  world.conversations = [];
  await sync.open("c1");
  assert.equal(store.conversations.get("c1"), null);
  assert.equal(sync.openProblem.value, "not_found");

  const slow = deferred();
  world.api.get = () => slow.promise;
  sync.apply([updated({ version: 5 })]);
  const asking = sync.fetchConversation("c1").catch(() => {});
  sync.apply([updated({ version: 6 })]);
  slow.resolve(Promise.reject(new ApiError(404, { code: "not_found" })));
  await asking;
  assert.equal(store.conversations.get("c1").version, 6);
});

test("an answer that was asked before the loss does not bring the conversation back", async () => {
  const world = setUp();
  const slow = deferred();
  const { get } = world.api;
  world.api.get = (path) => (path.endsWith("/c1") ? slow.promise : get(path));
  const opening = world.sync.open("c1");
  world.sync.apply([removed(2)]);
  slow.resolve({ ...conversation("c1"), read: { seq: 0, inbound_count: 0, version: 1 }, unread: 1 });
  await opening;
  assert.equal(world.store.conversations.get("c1"), null);
  assert.equal(world.sync.openProblem.value, "not_found");
});

test("another role of mine starts everything over; a colleague's or the same role does not", async () => {
  const world = setUp();
  const { store, sync } = world;
  sync.apply([updated({ version: 3 }), removed(7, "c2")]);
  sync.apply([["user.updated", { user: { ...ME, name: "Ana S.", version: 2 } }]]);
  sync.apply([["user.updated", { user: { ...ME, id: "u2", role: "admin", version: 2 } }]]);
  assert.equal(world.reloads, 0);
  assert.equal(store.me.value.name, "Ana S.");
  sync.apply([["user.updated", { user: { ...ME, role: "admin", version: 3 } }]]);
  assert.equal(world.reloads, 1);
  assert.equal(store.conversations.get("c1"), null);
  sync.apply([updated({ version: 3 }, "c2")]);
  assert.equal(store.conversations.get("c2").version, 3, "what was taken from an agent is an admin's to read");
  await settled();
  assert.ok(world.gets.some((path) => path.startsWith("/api/users")));
});

test("an older document of mine changes nothing", () => {
  const world = setUp();
  world.store.me.value = { ...ME, version: 5 };
  world.sync.apply([["user.updated", { user: { ...ME, role: "admin", version: 4 } }]]);
  assert.deepEqual([world.store.me.value.role, world.reloads], ["agent", 0]);
});

test("a view that was read elsewhere is asked for anew, if it holds something unread here", async () => {
  const world = setUp();
  await world.sync.fetchConversation("c1");
  world.sync.apply([["view.read", { view: "team" }]]);
  assert.deepEqual([world.reloads, world.refreshes], [0, 1]);
  world.sync.apply([["view.read", { view: "unassigned" }]]);
  assert.deepEqual([world.reloads, world.refreshes], [1, 2]);
});

test("after a broken line, what the server no longer speaks of is let go; what is open stays", async () => {
  const world = setUp({ conversations: [conversation("open")] });
  world.sync.apply([updated({}, "open"), updated({}, "gone"), updated({}, "there")]);
  await world.sync.open("open");
  const { list } = world.sync;
  list.reload = async () => {
    world.store.upsertConversation(conversation("there"));
    return true;
  };
  await world.sync.reloadAll();
  assert.deepEqual(world.store.conversations.all().map((each) => each.id).sort(), ["open", "there"]);
  list.reload = async () => false;
  await world.sync.reloadAll();
  assert.equal(world.store.conversations.all().length, 2, "nothing is let go while the server is away");
});

test("teams and settings are kept as the newest say", async () => {
  const { store, sync } = setUp();
  await sync.reloadAll();
  assert.equal(store.settings.value.name_prefix, "off");
  sync.apply([
    ["settings.updated", { settings: { name_prefix: "forced", version: 3 } }],
    ["settings.updated", { settings: { name_prefix: "optional", version: 2 } }],
    ["team.updated", { team: { id: "t1", name: "Vendas", member_ids: [], active: true, version: 1 } }],
  ]);
  assert.equal(store.settings.value.name_prefix, "forced");
  assert.equal(store.teams.get("t1").name, "Vendas");
});

test("only live events of new messages make notices", async () => {
  const world = setUp({ count: 2 });
  await world.sync.open("c1");
  assert.deepEqual(world.heard, []);
  const entry = message(3, { kind: "event", direction: "internal" });
  world.sync.apply([["message.created", { message: entry, conversation: conversation("c1", { version: 2 }) }]]);
  world.sync.apply([["message.updated", { message: entry, conversation: conversation("c1", { version: 3 }) }]]);
  assert.deepEqual(world.heard, [["m3", "c1"]]);
});

test("whatever a live event tells of is brought before the numbers, what is loaded is not", async () => {
  const world = setUp();
  await world.sync.open("c1");
  assert.deepEqual(world.counted, []);
  world.sync.apply([updated({ version: 2 }), removed(4), removed(9, "c7")]);
  assert.deepEqual(world.counted, ["c1", "c1", "c7"]);
});

test("a team that was removed, and a role that changed, while the line was broken are noticed", async () => {
  const world = setUp();
  const { sync, store } = world;
  world.teams = [{ id: "t1", name: "Sales", active: true, version: 1 }, { id: "t2", name: "Finance", active: true, version: 1 }];
  world.users = [ME];
  await sync.reloadAll();
  assert.deepEqual(store.teams.all().map((each) => each.id), ["t1", "t2"]);
  world.teams = [world.teams[1]];
  world.users = [{ ...ME, role: "admin", version: 2 }];
  await sync.reloadAll();
  assert.deepEqual(store.teams.all().map((each) => each.id), ["t2"]);
  assert.equal(store.me.value.role, "admin");
});

test("a team that is removed goes, and what is older does not bring it back", () => {
  const { sync, store } = setUp();
  const team = (version, active) => ["team.updated", { team: { id: "t1", name: "Sales", member_ids: [], active, version } }];
  sync.apply([team(1, true), team(3, false), team(2, true)]);
  assert.equal(store.teams.get("t1"), null);
});
