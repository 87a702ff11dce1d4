import assert from "node:assert/strict";
import test from "node:test";
import { ApiError } from "../../whatsapp_server/web/js/api.js";
import { Reader } from "../../whatsapp_server/web/js/reader.js";
import { Store } from "../../whatsapp_server/web/js/store.js";
import { ME, conversation, deferred, message, settled } from "./support/fixtures.mjs";
import { ModelServer } from "./support/model_server.mjs";
import { asked, caughtUp, connected, openTab, quiet } from "./support/tab.mjs";

/** A tab of a server that holds c1 with `count` messages of the customer, pages of `size`. */
function setUp(context, { count = 1, size = 50 } = {}) {
  const server = new ModelServer({ pageSize: size });
  server.write("c1");
  say(server, count);
  return openTab(context, { server });
}

function say(server, count) {
  for (let said = 0; said < count; said += 1) server.say("c1");
}

const seqs = (thread) => thread.messages().map((each) => each.seq);
const updated = (changes, id = "c1") => ["conversation.updated", { conversation: conversation(id, changes) }];
const removed = (version, id = "c1") => ["conversation.removed", { id, version }];

test("opening loads the conversation and its newest page; scrolling back the one before", async (context) => {
  const { sync, store } = setUp(context, { count: 70 });
  await sync.open("c1");
  const thread = store.thread("c1");
  assert.deepEqual([thread.oldestSeq, thread.newestSeq], [21, 70]);
  await sync.loadOlder(thread);
  assert.deepEqual([thread.oldestSeq, thread.next], [1, null]);
  assert.equal(thread.hasHole(70), false);
});

test("opening again fetches all that was missed, page by page, until it meets what was held", async (context) => {
  const { server, sync, store } = setUp(context, { count: 10 });
  await sync.open("c1");
  say(server, 120);
  await sync.reloadOpen();
  const thread = store.thread("c1");
  assert.equal(thread.hasHole(130), false);
  assert.deepEqual([thread.oldestSeq, thread.newestSeq], [1, 130]);
});

test("when too much was missed it starts again from the newest page", async (context) => {
  const { server, sync, store } = setUp(context, { count: 10 });
  await sync.open("c1");
  say(server, 500);
  await sync.reloadOpen();
  const thread = store.thread("c1");
  assert.equal(thread.hasHole(510), false);
  assert.deepEqual([thread.oldestSeq, thread.newestSeq, thread.next], [461, 510, "461"]);
});

test("a message of mine settles its pending entry, a colleague's does not", (context) => {
  const { sync, settled: settledIds } = setUp(context);
  const mine = message(2, { direction: "outbound", author: { id: ME.id, name: ME.name }, client_id: "x" });
  sync.apply([["message.created", { message: mine, conversation: conversation("c1", { version: 2 }) }]]);
  const theirs = { ...mine, id: "m3", seq: 3, author: { id: "u2", name: "Bruno" }, client_id: "y" };
  sync.apply([["message.created", { message: theirs, conversation: conversation("c1", { version: 3 }) }]]);
  assert.deepEqual(settledIds, ["x"]);
});

test("a message of mine that a page brings settles its entry too: its answer may have got lost", async (context) => {
  const { server, sync, settled: settledIds } = setUp(context);
  server.say("c1", { direction: "outbound", author: { id: ME.id, name: ME.name }, client_id: "x" });
  await sync.open("c1");
  assert.deepEqual(settledIds, ["x"]);
});

test("read marks of conversations that only events told of are asked for together", async (context) => {
  const tab = setUp(context);
  const { server, sync, store } = tab;
  for (const id of ["c8", "c9"]) {
    server.write(id);
    for (let said = 0; said < 3; said += 1) server.say(id);
    server.read(id);
    server.say(id);
  }
  const from = server.asked.length;
  sync.apply(server.events.filter(([name]) => name === "message.created"));
  await new Promise((resolve) => setTimeout(resolve, 450));
  await quiet();
  assert.deepEqual(asked(tab, from).filter((each) => each !== "GET /api/counts"), ["POST /api/sync/check"]);
  assert.deepEqual(["c8", "c9"].map((id) => store.unreadOf(store.conversations.get(id))), [1, 1]);
});

test("one that may no longer be read by the time its mark is asked for goes", async (context) => {
  const { server, sync, store } = setUp(context, { count: 3 });
  const before = server.conversations.get("c1");
  server.write("c1", { visibility: "private", assignee_id: "u2" });
  sync.apply([["conversation.updated", { conversation: before }]]);
  assert.equal(store.conversations.get("c1").version, before.version);
  await new Promise((resolve) => setTimeout(resolve, 450));
  await quiet();
  assert.equal(store.conversations.get("c1"), null);
});

test("events that nobody here listens to, and messages of unknown conversations, change nothing", (context) => {
  const { sync, store } = setUp(context);
  sync.apply([["weather.changed", { rain: true }], ["conversation.read", { conversation_id: "c77", read: { seq: 1, inbound_count: 1, version: 1 } }]]);
  sync.takeMessage(message(5, { conversation_id: "c77" }));
  assert.deepEqual([store.conversations.all(), store.heldThread("c77")], [[], null]);
});

test("what may not be seen is said, not retried", async (context) => {
  const { sync } = setUp(context);
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
        answers.push(() => waiting.resolve({ read: { seq, inbound_count: seq, version: seq } }));
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

test("messages stay in order when their events come mixed with pages", async (context) => {
  const { server, sync, store } = setUp(context, { count: 3 });
  await sync.open("c1");
  say(server, 2);
  const [fourth, fifth] = server.events.slice(-2);
  sync.apply([fifth, fourth, fourth]);
  assert.deepEqual(seqs(store.thread("c1")), [1, 2, 3, 4, 5]);
});

test("a hole that events leave, and do not close, is fetched", async (context) => {
  const { server, sync, store } = setUp(context, { count: 3 });
  await sync.open("c1");
  say(server, 2);
  sync.apply(server.events.slice(-1));
  assert.deepEqual(seqs(store.thread("c1")), [1, 2, 3, 5]);
  await new Promise((resolve) => setTimeout(resolve, 450));
  await quiet();
  assert.deepEqual(seqs(store.thread("c1")), [1, 2, 3, 4, 5]);
});

test("losing access takes everything of a conversation away at once, and says so where it is open", async (context) => {
  const { sync, store, forgotten, lost } = setUp(context);
  await sync.open("c1");
  const { version } = store.conversations.get("c1");
  sync.apply([removed(version + 1)]);
  assert.equal(store.conversations.get("c1"), null);
  assert.equal(store.heldThread("c1"), null);
  assert.equal(sync.openProblem.value, "not_found");
  assert.deepEqual(forgotten, ["c1"]);
  assert.deepEqual(lost, [["c1", version + 1]]);
});

test("what is older than the loss is ignored when it comes late; what is newer brings the conversation back", async (context) => {
  const { server, sync, store, forgotten } = setUp(context);
  sync.apply([updated({ version: 4 })]);
  sync.openId.value = "c1";
  sync.apply([removed(8), updated({ version: 7 }), removed(8)]);
  assert.equal(store.conversations.get("c1"), null);
  assert.deepEqual(forgotten, ["c1"], "a doubled loss is none");
  server.conversations.set("c1", conversation("c1", { version: 9 }));
  sync.apply([updated({ version: 9 })]);
  await quiet();
  assert.equal(store.conversations.get("c1").version, 9);
  assert.equal(sync.openProblem.value, null, "the open one is shown again");
});

test("a loss that arrives after what came later changes nothing", (context) => {
  const { sync, store, forgotten, lost } = setUp(context);
  sync.apply([updated({ version: 9 }), removed(8)]);
  assert.equal(store.conversations.get("c1").version, 9);
  assert.deepEqual([forgotten, lost], [[], []]);
});

test("a message of a conversation that was taken away is held nowhere", (context) => {
  const { store, sync } = setUp(context);
  store.thread("c1").addPage({ items: [], next: null });
  sync.apply([removed(5)]);
  sync.apply([["message.created", { message: message(1), conversation: conversation("c1", { version: 4 }) }]]);
  assert.equal(store.conversations.get("c1"), null);
  assert.equal(store.heldThread("c1"), null);
});

test("a 404 is a loss too, unless something newer came while it was asked", async (context) => {
  const { server, sync, store } = setUp(context);
  sync.apply([updated({ version: 3 })]);
  server.conversations.clear();
  await sync.open("c1");
  assert.equal(store.conversations.get("c1"), null);
  assert.equal(sync.openProblem.value, "not_found");

  const slow = deferred();
  server.api.get = () => slow.promise;
  sync.openProblem.value = null;
  sync.apply([updated({ version: 5 })]);
  const asking = sync.reloadOpen();
  sync.apply([updated({ version: 6 })]);
  slow.resolve(Promise.reject(new ApiError(404, { code: "not_found" })));
  await asking;
  assert.equal(store.conversations.get("c1").version, 6);
});

test("an answer that was asked before the loss does not bring the conversation back", async (context) => {
  const { server, sync, store } = setUp(context);
  const slow = deferred();
  const { get } = server.api;
  server.api.get = async (path) => {
    const answer = await get(path);
    if (path.endsWith("/c1")) await slow.promise;
    return answer;
  };
  const opening = sync.open("c1");
  sync.apply([removed(9)]);
  slow.resolve();
  await opening;
  assert.equal(store.conversations.get("c1"), null);
  assert.equal(sync.openProblem.value, "not_found");
});

test("another role of mine starts everything over; a colleague's or the same role does not", async (context) => {
  const tab = setUp(context);
  const { server, sync, store } = tab;
  await connected(tab);
  sync.apply([removed(7, "c2")]);
  const from = server.asked.length;
  sync.apply([["user.updated", { user: { ...ME, name: "Ana S.", version: 2 } }]]);
  sync.apply([["user.updated", { user: { ...ME, id: "u2", role: "admin", version: 2 } }]]);
  await quiet();
  assert.deepEqual(asked(tab, from), []);
  assert.equal(store.me.value.name, "Ana S.");
  server.me = { ...server.me, role: "admin", version: 3 };
  sync.apply([["user.updated", { user: { ...ME, role: "admin", version: 3 } }]]);
  assert.equal(store.conversations.get("c1"), null);
  await quiet();
  assert.equal(store.conversations.get("c1").id, "c1");
  assert.ok(asked(tab, from).includes("GET /api/users"));
  sync.apply([updated({ version: 3 }, "c2")]);
  assert.equal(store.conversations.get("c2").version, 3, "what was taken from an agent is an admin's to read");
});

test("an older document of mine changes nothing", (context) => {
  const { server, sync, store } = setUp(context);
  store.me.value = { ...ME, version: 5 };
  sync.apply([["user.updated", { user: { ...ME, role: "admin", version: 4 } }]]);
  assert.deepEqual([store.me.value.role, server.asked], ["agent", []]);
});

test("a view that was read elsewhere is asked after, if it holds something unread here", async (context) => {
  const tab = setUp(context);
  const { server, sync, store } = tab;
  await connected(tab);
  const from = server.asked.length;
  sync.apply([["view.read", { view: "team" }]]);
  await quiet();
  assert.deepEqual(asked(tab, from), [], "the numbers are asked for, a second after the last time");
  server.read("c1");
  sync.apply([["view.read", { view: "unassigned" }]]);
  await quiet();
  assert.equal(store.unreadOf(store.conversations.get("c1")), 0);
});

test("settings are kept as the newest say", async (context) => {
  const tab = setUp(context);
  const { sync, store } = tab;
  await connected(tab);
  assert.equal(store.settings.value.name_prefix, "off");
  sync.apply([
    ["settings.updated", { settings: { name_prefix: "forced", version: 3 } }],
    ["settings.updated", { settings: { name_prefix: "optional", version: 2 } }],
  ]);
  assert.equal(store.settings.value.name_prefix, "forced");
});

test("only live events of new messages make notices", async (context) => {
  const tab = setUp(context);
  const { server, sync, heard } = tab;
  await sync.open("c1");
  await connected(tab);
  const entry = server.say("c1", { kind: "event", direction: "internal" });
  await caughtUp(tab);
  assert.deepEqual(heard, []);
  const about = server.conversations.get("c1");
  sync.apply([["message.created", { message: entry, conversation: about }]]);
  sync.apply([["message.updated", { message: entry, conversation: about }]]);
  assert.deepEqual(heard, [[entry.id, "c1"]]);
});

test("an event that was overtaken by the loss of its conversation makes no notice", (context) => {
  const { sync, heard } = setUp(context);
  sync.apply([removed(1015)]);
  sync.apply([["message.created", { message: message(1), conversation: conversation("c1", { version: 20 }) }]]);
  assert.deepEqual(heard, []);
});

test("whatever a live event tells of is brought before the numbers, what is loaded is not", async (context) => {
  const { server, sync, counts } = setUp(context);
  const told = [];
  counts.heard = (id) => told.push(id);
  await sync.open("c1");
  assert.deepEqual(told, []);
  server.read("c1");
  sync.apply([updated({ version: 12 }), removed(14), removed(9, "c7"), ...server.events.slice(-1)]);
  assert.deepEqual(told, ["c1", "c1", "c7", "c1"]);
});

test("what a list brought after its event got lost is brought before the numbers by the next sync", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const tab = setUp(context);
  const { server, list, store } = tab;
  await connected(tab);
  context.mock.timers.tick(1000);
  server.write("c2");
  server.say("c2");
  await list.reload();
  assert.ok(store.conversations.get("c2"));
  const from = server.asked.length;
  await caughtUp(tab);
  assert.ok(asked(tab, from).includes("GET /api/counts"));
  context.mock.timers.tick(1000);
  const since = server.asked.length;
  await caughtUp(tab);
  assert.ok(!asked(tab, since).includes("GET /api/counts"), "it has been counted since");
});

test("a team that is removed goes, and what is older does not bring it back; one that is in no list goes with a reset", async (context) => {
  const tab = setUp(context);
  const { server, sync, store } = tab;
  const team = (id, version, active) => ({ id, name: id, member_ids: [], active, version });
  const told = (...of) => ["team.updated", { team: team(...of) }];
  sync.apply([told("t1", 1, true), told("t1", 3, false), told("t1", 2, true)]);
  assert.equal(store.teams.get("t1"), null);
  sync.apply([told("t2", 1, true), told("t3", 1, true)]);
  server.teams = [team("t3", 1, true)];
  await connected(tab);
  assert.deepEqual(store.teams.all().map((each) => each.id), ["t3"]);
});

test("that I looked at the team in another tab, while this one heard nothing, asks for the numbers anew", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const tab = setUp(context);
  await connected(tab);
  context.mock.timers.tick(1000);
  const from = tab.server.asked.length;
  await caughtUp(tab);
  assert.ok(!asked(tab, from).includes("GET /api/counts"));
  tab.server.me = { ...tab.server.me, team_seen_at: "2026-11-23T12:00:00.000Z" };
  await caughtUp(tab);
  assert.ok(asked(tab, from).includes("GET /api/counts"));
});
