import assert from "node:assert/strict";
import test, { mock } from "node:test";
import { ApiError, NetworkError } from "../../whatsapp_server/web/js/api.js";
import { deferred, settled } from "./support/fixtures.mjs";
import { ModelServer } from "./support/model_server.mjs";
import { asked, caughtUp, connected, openTab, quiet } from "./support/tab.mjs";

const at = (minute) => `2026-11-23T12:${String(minute).padStart(2, "0")}:00.000Z`;
const named = (name) => ({ contact: { id: name, name, number: null, address: "x" } });
const ids = (list) => list.items.value.map((each) => each.id);
const queries = ({ server }, path) => server.asked.filter(([, each]) => each.split("?")[0] === path).map(([, each]) => new URL(each, "http://host").searchParams);

/** A server with these conversations, which moved at minute 1, 2, ..., each with one message of the customer. */
function serverWith(count, options) {
  const server = new ModelServer(options);
  for (let number = 1; number <= count; number += 1) {
    server.write(`c${number}`, { last_message_at: at(number), ...named(`Customer ${number}`) });
    server.say(`c${number}`, { at: at(number) });
  }
  return server;
}

test("the first time everything is loaded; after that only what changed is asked for", async (context) => {
  const tab = openTab(context, { server: serverWith(3) });
  assert.equal(tab.sync.status.value.behind, true);
  await connected(tab);
  assert.equal(queries(tab, "/api/sync")[0].get("since"), null);
  assert.deepEqual(ids(tab.list), ["c3", "c2", "c1"]);
  assert.equal(tab.sync.status.value.behind, false);
  assert.ok(tab.sync.status.value.checkedAt > 0);
  const from = tab.server.asked.length;
  await caughtUp(tab);
  assert.deepEqual(asked(tab, from), ["GET /api/sync", "POST /api/sync/check"]);
  assert.notEqual(queries(tab, "/api/sync")[1].get("since"), null);
});

test("what was missed is there after the next time, in the list and in the open conversation", async (context) => {
  const tab = openTab(context, { server: serverWith(3) });
  const { server, list, store, sync } = tab;
  await sync.open("c1");
  await connected(tab);
  server.say("c1", { at: at(20), direction: "outbound", author: { id: "u2", name: "Bruno" }, status: "queued" });
  server.tick("c1m2", "read");
  server.write("c3", { assignee_id: "u2" });
  server.write("new", { last_message_at: at(30) });
  server.read("c2");
  await caughtUp(tab);
  assert.deepEqual(ids(list), ["new", "c1", "c2"]);
  assert.deepEqual(store.thread("c1").messages().map((each) => [each.seq, each.status]), [[1, "received"], [2, "read"]]);
  assert.equal(store.unreadOf(store.conversations.get("c2")), 0);
  assert.deepEqual(queries(tab, "/api/sync").at(-1).getAll("conversation"), ["c1"]);
});

test("what one may no longer read goes, also where it is open", async (context) => {
  const tab = openTab(context, { server: serverWith(2) });
  await tab.sync.open("c1");
  await connected(tab);
  tab.server.write("c1", { visibility: "private", assignee_id: "u2" });
  await caughtUp(tab);
  assert.deepEqual(ids(tab.list), ["c2"]);
  assert.equal(tab.sync.openProblem.value, "not_found");
  assert.deepEqual(tab.forgotten, ["c1"]);
  tab.server.write("c1", { visibility: "public" });
  await caughtUp(tab);
  assert.equal(tab.sync.openProblem.value, null, "and is there again when one may");
  assert.deepEqual(tab.forgotten, ["c1"], "answers that overlap take nothing away twice");
});

test("people, teams, settings and one's own choices come too", async (context) => {
  const tab = openTab(context, { server: serverWith(0) });
  const { server, store } = tab;
  const team = { id: "t1", name: "Sales", member_ids: [], active: true, version: 1 };
  server.change("team", team);
  await connected(tab);
  server.change("team", { ...store.teams.get("t1"), active: false });
  server.change("user", { ...server.users[0], name: "Ana S." });
  server.change("settings", { ...server.settings, name_prefix: "forced" });
  await caughtUp(tab);
  assert.equal(store.teams.get("t1"), null);
  assert.deepEqual([store.users.get("u1").name, store.me.value.name], ["Ana S.", "Ana S."]);
  assert.equal(store.settings.value.name_prefix, "forced");
  server.me = { ...server.me, notifications: { chats: "none" } };
  await caughtUp(tab);
  assert.equal(store.me.value.notifications.chats, "none", "of which no event tells");
});

test("whoever listens hears each answer: the client's version, who is there", async (context) => {
  const tab = openTab(context);
  await connected(tab);
  assert.deepEqual(tab.answers.map((each) => [each.web_version, each.present]), [["1", ["u1"]]]);
});

test("the numbers are asked for when something moved, not because time passed", async (context) => {
  const tab = openTab(context, { server: serverWith(2) });
  const counted = () => asked(tab).filter((each) => each === "GET /api/counts").length;
  await connected(tab);
  assert.equal(counted(), 1);
  await caughtUp(tab);
  assert.equal(counted(), 1, "answers that overlap are no news");
  for (const id of ["c1", "c2"]) tab.server.write(id, { assignee_id: "u2" });
  tab.server.write("c9");
  await caughtUp(tab);
  assert.equal(counted(), 1, "not twice within a second");
  await new Promise((resolve) => setTimeout(resolve, 1050));
  assert.equal(counted(), 2);
});

test("numbers that could not be had are asked for the next time", async (context) => {
  const reported = [];
  const tab = openTab(context, { report: (error) => reported.push(error.message) });
  const { get } = tab.server.api;
  tab.server.api.get = (path) => (path === "/api/counts" ? Promise.reject(new ApiError(500, {})) : get(path));
  await connected(tab);
  assert.deepEqual(reported, ["HTTP 500"]);
  tab.server.api.get = get;
  await new Promise((resolve) => setTimeout(resolve, 1050));
  await caughtUp(tab);
  assert.equal(tab.counts.isKnown, true);
});

test("a reset loads everything anew and lets go of what nobody speaks of any more", async (context) => {
  const tab = openTab(context, { server: serverWith(3) });
  const { server, store, sync } = tab;
  await sync.open("c1");
  await connected(tab);
  await sync.open("c2");
  server.conversations.delete("c3");
  server.resets = true;
  await caughtUp(tab);
  assert.deepEqual(store.conversations.all().map((each) => each.id).sort(), ["c1", "c2"]);
  assert.deepEqual(store.heldThreads().map((each) => each.conversationId), ["c2"], "other threads are loaded when they are opened");
});

test("a reset that fails is tried as a reset again", async (context) => {
  const tab = openTab(context, { server: serverWith(2), report: () => {} });
  const { get } = tab.server.api;
  tab.server.api.get = (path) => (path.startsWith("/api/users") ? Promise.reject(new ApiError(503, {})) : get(path));
  await connected(tab);
  assert.equal(tab.sync.status.value.behind, true);
  tab.server.api.get = get;
  await caughtUp(tab);
  assert.deepEqual(queries(tab, "/api/sync").map((each) => each.get("since")), [null, null]);
  assert.equal(tab.sync.status.value.behind, false);
});

test("what changes while everything is loaded comes the next time", async (context) => {
  const tab = openTab(context, { server: serverWith(2) });
  const { get } = tab.server.api;
  const slow = deferred();
  tab.server.api.get = async (path) => {
    const answer = await get(path);
    if (path.startsWith("/api/conversations?")) await slow.promise;
    return answer;
  };
  tab.sync.connected();
  await quiet();
  tab.server.write("c1", { assignee_id: "u2" });
  slow.resolve();
  await quiet();
  assert.deepEqual(ids(tab.list), ["c2", "c1"], "its page was read before");
  await caughtUp(tab);
  assert.deepEqual(ids(tab.list), ["c2"]);
});

test("events that come while an answer is on its way apply as they come, and stay", async (context) => {
  const tab = openTab(context, { server: serverWith(1) });
  const { server, store, sync } = tab;
  await connected(tab);
  const { get } = server.api;
  const slow = deferred();
  server.api.get = async (path) => {
    const answer = await get(path);
    await slow.promise;
    return answer;
  };
  server.write("c1", { assignee_id: "u2" });
  sync.now();
  await quiet();
  server.write("c1", { assignee_id: "u3" });
  sync.apply(server.events.slice(-1));
  slow.resolve();
  await quiet();
  assert.equal(store.conversations.get("c1").assignee_id, "u3");
});

test("one at a time: what asks meanwhile is one more time after it", async (context) => {
  const tab = openTab(context);
  const syncs = () => asked(tab).filter((each) => each === "GET /api/sync").length;
  tab.sync.connected();
  for (let reason = 0; reason < 9; reason += 1) tab.sync.now();
  assert.equal(syncs(), 1);
  await quiet();
  assert.equal(syncs(), 2);
});

test("the server may ask for it: soon, and not all tabs at the same moment", (context) => {
  context.after(() => mock.timers.reset());
  mock.timers.enable({ apis: ["setTimeout"] });
  const tab = openTab(context);
  tab.sync.apply([["sync.required", {}], ["sync.required", {}]]);
  assert.equal(tab.server.asked.length, 0);
  mock.timers.tick(2000);
  assert.deepEqual(asked(tab), ["GET /api/sync"]);
});

test("what a tab shows is compared, newest messages first, and what differs is taken", async (context) => {
  const tab = openTab(context, { server: serverWith(1) });
  const { server, store, sync } = tab;
  for (let said = 0; said < 230; said += 1) server.say("c1", { at: at(1) });
  await sync.open("c1");
  await connected(tab);
  const thread = store.thread("c1");
  while (thread.next) await sync.loadOlder(thread);
  // As if nobody had stamped it: no answer since a cursor tells of it.
  server.messages[220] = { ...server.messages[220], status: "read", version: 9 };
  server.conversations.set("c1", { ...server.conversations.get("c1"), team_id: "t1", version: 999 });
  await caughtUp(tab);
  const [, , body] = server.asked.findLast(([, path]) => path === "/api/sync/check");
  assert.deepEqual([Object.keys(body.messages).length, "c1m231" in body.messages, "c1m1" in body.messages], [200, true, false]);
  assert.equal(thread.messages()[220].status, "read");
  assert.equal(store.conversations.get("c1").team_id, "t1");
});

test("a hole in the open conversation is mended; a thread that is not shown is let go", async (context) => {
  const tab = openTab(context, { server: serverWith(2) });
  const { server, store, sync } = tab;
  for (const id of ["c1", "c2"]) await sync.open(id);
  await connected(tab);
  await sync.open("c1");
  await sync.open("c2");
  // Numbers that no answer speaks of.
  for (const id of ["c1", "c2"]) {
    server.messages.push({ ...server.messages[0], id: `${id}x`, conversation_id: id, seq: 2 });
    server.conversations.set(id, { ...server.conversations.get(id), last_seq: 2, version: 99 });
    store.upsertConversation(server.conversations.get(id));
  }
  await caughtUp(tab);
  assert.deepEqual(store.thread("c2").messages().map((each) => each.seq), [1, 2]);
  assert.equal(store.heldThread("c1"), null);
});

test("a conversation that could not be opened is opened the next time", async (context) => {
  const tab = openTab(context, { server: serverWith(1), report: () => {} });
  await connected(tab);
  tab.server.down = new NetworkError();
  await tab.sync.open("c1");
  assert.equal(tab.sync.openProblem.value, "failed");
  tab.server.down = null;
  await caughtUp(tab);
  assert.equal(tab.sync.openProblem.value, null);
  assert.equal(tab.store.thread("c1").newestSeq, 1);
});

test("a search is made again, as far as it was shown: no tab can tell what belongs to it", async (context) => {
  const tab = openTab(context, { server: serverWith(5, { pageSize: 2 }) });
  const { server, list } = tab;
  await connected(tab);
  await list.search("Customer");
  await list.loadMore();
  assert.deepEqual(ids(list), ["c5", "c4", "c3", "c2"]);
  server.write("c4", { ...named("Maria") });
  server.write("c9", { ...named("Customer 9"), last_message_at: at(40), state: "finished" });
  await caughtUp(tab);
  assert.deepEqual(ids(list), ["c9", "c5", "c3", "c2"]);
});

test("a list that could not be loaded is loaded the next time", async (context) => {
  const tab = openTab(context, { server: serverWith(1), report: () => {} });
  await connected(tab);
  tab.server.down = new NetworkError();
  await tab.list.show("team");
  assert.equal(tab.list.state.value, "failed");
  tab.server.down = null;
  await caughtUp(tab);
  assert.equal(tab.list.state.value, "ready");
});

test("a failure is reported once, and tried again ever more seldom until it goes well", async (context) => {
  context.after(() => mock.timers.reset());
  mock.timers.enable({ apis: ["setTimeout"] });
  const reported = [];
  const tab = openTab(context, { report: (error) => reported.push(error) });
  const syncs = () => asked(tab).filter((each) => each === "GET /api/sync").length;
  tab.server.down = new ApiError(500, {});
  await connected(tab);
  const pauses = [2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000];
  for (const [index, pause] of pauses.entries()) {
    mock.timers.tick(pause * 0.74);
    assert.equal(syncs(), index + 1);
    mock.timers.tick(pause * 0.52);
    await quiet();
    assert.equal(syncs(), index + 2);
  }
  assert.equal(reported.length, 1);
  tab.server.down = null;
  mock.timers.tick(76_000);
  await quiet();
  assert.equal(tab.sync.status.value.behind, false);
});

test("a cursor that the server does not take is given up", async (context) => {
  const tab = openTab(context, { report: () => {} });
  await connected(tab);
  tab.server.down = new ApiError(422, { code: "invalid" });
  await caughtUp(tab);
  tab.server.down = null;
  await caughtUp(tab);
  assert.deepEqual(queries(tab, "/api/sync").map((each) => each.get("since") === null), [true, false, true]);
});

test("another role starts everything over, and what was asked before it counts no more", async (context) => {
  const tab = openTab(context, { server: serverWith(1) });
  const { server, store, sync, list } = tab;
  server.change("user", { ...server.me, role: "admin" });
  store.me.value = { ...server.me };
  server.write("secret", { visibility: "private", assignee_id: "u2", last_message_at: at(9) });
  await connected(tab);
  assert.deepEqual(ids(list), ["c1"]);
  await list.show("team");
  assert.deepEqual(ids(list), ["secret"]);
  const { get } = server.api;
  const slow = deferred();
  server.write("secret", { team_id: "t1" });
  server.api.get = async (path) => {
    const answer = await get(path);
    if (path.startsWith("/api/sync")) await slow.promise;
    return answer;
  };
  sync.now();
  await quiet();
  const demoted = server.change("user", { ...server.me, role: "agent" });
  sync.apply([["user.updated", { user: demoted }]]);
  assert.deepEqual([ids(list), list.state.value], [[], "loading"]);
  slow.resolve();
  await quiet();
  assert.deepEqual([store.conversations.get("secret"), list.state.value], [null, "ready"]);
  await list.show("unassigned");
  assert.deepEqual(ids(list), ["c1"]);
});

test("one that hangs on a dead line is not waited for", async (context) => {
  context.after(() => mock.timers.reset());
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const tab = openTab(context, { server: serverWith(1) });
  const { get } = tab.server.api;
  tab.server.api.get = () => new Promise(() => {});
  await connected(tab);
  tab.server.api.get = get;
  tab.sync.now();
  await quiet();
  assert.equal(tab.sync.status.value.behind, true, "it may still come");
  mock.timers.tick(9000);
  await caughtUp(tab);
  assert.equal(tab.sync.status.value.behind, false);
  assert.deepEqual(ids(tab.list), ["c1"]);
});

test("nothing is asked or taken after signing out", async (context) => {
  context.after(() => mock.timers.reset());
  mock.timers.enable({ apis: ["setTimeout"] });
  const tab = openTab(context, { server: serverWith(1) });
  const { get } = tab.server.api;
  const slow = deferred();
  tab.server.api.get = async (path) => {
    await slow.promise;
    return get(path);
  };
  tab.sync.connected();
  tab.sync.close();
  slow.resolve();
  await quiet();
  mock.timers.tick(600_000);
  await quiet();
  assert.equal(tab.server.asked.length, 1);
  assert.deepEqual(tab.store.conversations.all(), []);
});

test("without a connection it begins all the same", async (context) => {
  context.after(() => mock.timers.reset());
  mock.timers.enable({ apis: ["setTimeout"] });
  const tab = openTab(context, { server: serverWith(1) });
  tab.sync.start();
  mock.timers.tick(10_000);
  await quiet();
  assert.deepEqual(ids(tab.list), ["c1"]);
});

test("a page that was asked for before everything was doubted brings nothing back", async (context) => {
  const tab = openTab(context, { server: serverWith(4, { pageSize: 2 }) });
  const { server, list, store } = tab;
  await connected(tab);
  const { get } = server.api;
  const slow = deferred();
  server.api.get = async (path) => {
    const answer = await get(path);
    if (path.includes("cursor=")) await slow.promise;
    return answer;
  };
  const more = list.loadMore();
  await settled();
  server.write("c2", { state: "finished" });
  server.api.get = get;
  server.resets = true;
  await caughtUp(tab);
  slow.resolve();
  await more;
  assert.equal(store.conversations.get("c2"), null);
  await list.loadMore();
  assert.deepEqual(ids(list), ["c4", "c3", "c1"]);
});

test("a read mark that moved while everything was loaded anew is asked for", async (context) => {
  const tab = openTab(context, { server: serverWith(2) });
  const { server, store, sync } = tab;
  server.say("c2", { at: at(2) });
  await connected(tab);
  server.read("c2");
  server.write("c2", { state: "finished" });
  server.resets = true;
  const { get } = server.api;
  server.api.get = async (path) => {
    const answer = await get(path);
    // Only an event, which tells no mark, speaks of it while the pages are fetched.
    if (path.startsWith("/api/conversations?")) sync.apply([["conversation.updated", { conversation: server.conversations.get("c2") }]]);
    return answer;
  };
  await caughtUp(tab);
  server.api.get = get;
  await new Promise((resolve) => setTimeout(resolve, 450));
  await quiet();
  assert.equal(store.unreadOf(store.conversations.get("c2")), 0);
});

test("of an empty inbox one answer is enough", async (context) => {
  const tab = openTab(context);
  await connected(tab);
  const from = tab.server.asked.length;
  await caughtUp(tab);
  assert.deepEqual(asked(tab, from), ["GET /api/sync"], "nothing is shown that could be compared");
});
