import assert from "node:assert/strict";
import test from "node:test";
import { comparePlaces, isIn, passes, placeIn } from "../../whatsapp_server/web/js/belonging.js";
import { ConversationList } from "../../whatsapp_server/web/js/conversation_list.js";
import { Store } from "../../whatsapp_server/web/js/store.js";
import { ME, conversation, deferred, settled } from "./support/fixtures.mjs";

const PAGE = 2;
const at = (minute) => `2026-11-23T12:${String(minute).padStart(2, "0")}:00.000Z`;
const moved = (id, minute, changes = {}) => conversation(id, { last_message_at: at(minute), ...changes });
const named = (id, name, minute) => moved(id, minute, { contact: { id, name, number: null, address: "x" } });
const ids = (list) => list.items.value.map((each) => each.id);

/** A server with these conversations, two a page, that answers as the contract says. */
function setUp(conversations, view = "unassigned") {
  const world = { conversations, gets: [], reported: [], down: false };
  const store = new Store();
  store.me.value = ME;
  const api = {
    get: async (path) => {
      if (world.down) throw new Error("down");
      world.gets.push(path);
      return answer(world.conversations, new URL(path, "http://host").searchParams);
    },
  };
  const list = new ConversationList({ api, store, view, report: (error) => world.reported.push(error.message) });
  const tell = (...documents) => documents.forEach((each) => store.upsertConversation(each));
  return Object.assign(world, { store, api, list, tell });
}

function answer(all, params) {
  const { view, q, limit: _limit, cursor = "0", ...filters } = Object.fromEntries(params);
  const start = Number(cursor);
  const found = all
    .filter((each) => isIn(view, each, ME) && passes(filters, each) && (!q || each.contact.name.includes(q)))
    .sort((one, other) => comparePlaces(placeIn(view, one, ME), placeIn(view, other, ME)));
  const items = found.slice(start, start + PAGE).map((each) => ({ ...each, read: { seq: 0, inbound_count: 0, version: 1 } }));
  return { items, next: start + PAGE < found.length ? String(start + PAGE) : null };
}

test("a view shows down to the last page fetched and lets an older one in when it moves", async () => {
  const { list, tell } = setUp([9, 8, 7, 6].map((minute) => moved(`c${minute}`, minute)));
  await list.reload();
  assert.deepEqual(ids(list), ["c9", "c8"]);
  tell(moved("c1", 1));
  assert.deepEqual(ids(list), ["c9", "c8"], "its page has not been reached");
  tell(moved("c6", 30, { version: 2 }));
  assert.deepEqual(ids(list), ["c6", "c9", "c8"]);
  await list.loadMore();
  assert.equal(list.hasMore.value, false);
  assert.equal(list.items.value.length, 5);
});

test("a reload covers as many pages as were shown", async () => {
  const { list } = setUp([9, 8, 7, 6, 5].map((minute) => moved(`c${minute}`, minute)));
  await list.reload();
  await list.loadMore();
  await list.reload();
  assert.equal(list.items.value.length, 4);
  await list.loadMore();
  await list.reload();
  assert.equal(list.items.value.length, 5, "the end had been reached");
});

test("whoever waits longest stands first, page by page", async () => {
  const waiting = (id, minute) => moved(id, 40, { waiting_since: at(minute) });
  const { list, tell } = setUp([moved("quiet", 50), waiting("w3", 3), waiting("w20", 20), waiting("w9", 9)]);
  await list.reload();
  assert.deepEqual(ids(list), ["w3", "w9"]);
  tell(waiting("w5", 5), waiting("w30", 30));
  assert.deepEqual(ids(list), ["w3", "w5", "w9"], "who began to wait after the last one shown is further down");
  tell(moved("w3", 41, { version: 2 }));
  assert.deepEqual(ids(list), ["w5", "w9"], "answered: below all who wait");
});

test("an event moves a conversation to its new view at once", async () => {
  const { list, tell, gets } = setUp([moved("c1", 1)]);
  await list.reload();
  await list.show("mine");
  assert.deepEqual(ids(list), []);
  tell(moved("c1", 1, { assignee_id: ME.id, version: 2 }));
  assert.deepEqual(ids(list), ["c1"]);
  const asked = gets.length;
  await list.show("unassigned");
  assert.deepEqual(ids(list), []);
  assert.equal(gets.length, asked, "what has been loaded is shown without asking again");
});

test("what somebody may no longer read goes", async () => {
  const { list, store } = setUp([moved("c1", 1), moved("c2", 2)]);
  await list.reload();
  store.removeConversation("c1", 2);
  assert.deepEqual(ids(list), ["c2"]);
});

test("a view that was not loaded shows nothing until its first page is here", async () => {
  const world = setUp([moved("c1", 1), moved("c2", 2, { assignee_id: "u2" })]);
  await world.list.reload();
  const { get } = world.api;
  const slow = deferred();
  world.api.get = async (path) => {
    await slow.promise;
    return get(path);
  };
  const turning = world.list.show("team");
  assert.deepEqual([ids(world.list), world.list.state.value], [[], "loading"]);
  slow.resolve();
  await turning;
  assert.deepEqual([ids(world.list), world.list.state.value], [["c2"], "ready"]);
});

test("an answer about the view that was left does not overwrite the one that is shown", async () => {
  const world = setUp([moved("c1", 1), moved("c2", 2, { assignee_id: "u2" })]);
  const { get } = world.api;
  const slow = deferred();
  world.api.get = async (path) => {
    if (path.includes("view=team")) await slow.promise;
    return get(path);
  };
  const left = world.list.show("team");
  await world.list.show("unassigned");
  slow.resolve();
  await left;
  assert.equal(world.list.view.value, "unassigned");
  assert.deepEqual(ids(world.list), ["c1"]);
});

test("a reload forgets what is known of the other views", async () => {
  const world = setUp([moved("c1", 1)]);
  await world.list.reload();
  await world.list.show("finished");
  await world.list.reload();
  const asked = world.gets.length;
  await world.list.show("unassigned");
  assert.equal(world.gets.length, asked + 1);
});

test("turning to a view while a reload is under way asks for it, whatever was known of it before", async () => {
  const world = setUp([moved("c1", 1), moved("c2", 2, { assignee_id: "u2" })]);
  await world.list.reload();
  await world.list.show("team");
  await world.list.show("unassigned");
  const reloading = world.list.reload();
  const turning = world.list.show("team");
  await Promise.all([reloading, turning]);
  assert.match(world.gets.at(-1), /view=team/);
  assert.deepEqual([ids(world.list), world.list.view.value, world.list.state.value], [["c2"], "team", "ready"]);
});

test("filters are asked of the server and of what events bring; each is taken away alone", async () => {
  const sales = { team_id: "t1" };
  const world = setUp([moved("c1", 1, sales), moved("c2", 2), moved("c3", 3, { ...sales, waiting_since: at(3) }), moved("c4", 4)]);
  const { list } = world;
  await list.reload();
  await list.filter("team", "t1");
  assert.match(world.gets.at(-1), /view=unassigned&team=t1/);
  assert.deepEqual(ids(list), ["c3", "c1"]);
  world.tell(moved("c5", 5), moved("c6", 6, sales));
  assert.deepEqual(ids(list), ["c3", "c6", "c1"]);
  await list.filter("waiting", "true");
  assert.deepEqual([ids(list), list.filters.value], [["c3"], { team: "t1", waiting: "true" }]);
  await list.filter("team", null);
  await list.filter("waiting", null);
  assert.deepEqual([ids(list)[0], list.filters.value], ["c3", {}]);
});

test("a filter that means nothing in a view waits for one where it does", async () => {
  const { list, gets } = setUp([moved("c1", 1, { assignee_id: "u2" }), moved("c2", 2, { assignee_id: "u3" })], "team");
  await list.reload();
  await list.filter("assignee", "u2");
  assert.deepEqual(ids(list), ["c1"]);
  await list.show("unassigned");
  assert.deepEqual(list.filters.value, {});
  assert.doesNotMatch(gets.at(-1), /assignee/);
  await list.show("team");
  assert.deepEqual([ids(list), list.filters.value], [["c1"], { assignee: "u2" }]);
});

test("a search goes through everything, whatever is shown and filtered; an empty one shows the view again", async () => {
  const world = setUp([named("c1", "Maria", 3), { ...named("c2", "Rui", 2), state: "finished" }]);
  const { list } = world;
  await list.reload();
  await list.filter("waiting", "true");
  await list.search("Rui");
  assert.match(world.gets.at(-1), /view=all&q=Rui$/);
  assert.deepEqual(ids(list), ["c2"]);
  await list.search("nobody");
  assert.deepEqual([list.items.value.length, list.state.value], [0, "ready"]);
  await list.search("");
  assert.deepEqual([ids(list), list.filters.value], [[], { waiting: "true" }]);
});

test("a reload covers as much of a search as was shown, and waits for no floor where it was only begun", async () => {
  const world = setUp([1, 2, 3, 4, 5].map((minute) => named(`c${minute}`, "Maria", minute)));
  const { list } = world;
  await list.reload();
  const searching = list.search("Maria");
  assert.equal(await list.reload(), true);
  await searching;
  assert.equal(list.items.value.length, 2);
  await list.loadMore();
  await list.reload();
  assert.deepEqual(ids(list), ["c5", "c4", "c3", "c2"]);
});

test("what is forgotten is loaded with the next reload, also what was known of other views", async () => {
  const world = setUp([moved("c1", 1), moved("c2", 2, { assignee_id: "u2" })]);
  const { list } = world;
  await list.reload();
  await list.show("team");
  list.forget();
  assert.deepEqual([ids(list), list.state.value, list.view.value], [[], "loading", "team"]);
  await list.reload();
  assert.deepEqual([ids(list), list.state.value], [["c2"], "ready"]);
  const asked = world.gets.length;
  await list.show("unassigned");
  assert.equal(world.gets.length, asked + 1);
});

test("a page that was asked for before all was doubted is not taken", async () => {
  const world = setUp([moved("c1", 1)]);
  const slow = deferred();
  const { get } = world.api;
  world.api.get = async (path) => {
    const answer = await get(path);
    await slow.promise;
    return answer;
  };
  const loading = world.list.reload();
  await settled();
  world.store.doubtConversations();
  slow.resolve();
  await loading;
  assert.deepEqual(world.store.conversations.all(), []);
});

test("turning to a view ends the search", async () => {
  const { list } = setUp([named("c1", "Maria", 3)]);
  await list.reload();
  await list.search("nobody");
  await list.show("unassigned");
  assert.deepEqual([list.query.value, ids(list)], ["", ["c1"]]);
});

test("an answer to an earlier search does not overwrite a later one", async () => {
  const world = setUp([named("c1", "Maria", 3)]);
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

test("what was found before stays until the answer is here", async () => {
  const world = setUp([named("c1", "Maria", 3), named("c2", "Rui", 2)]);
  await world.list.reload();
  const slow = deferred();
  world.api.get = () => slow.promise;
  world.list.search("x");
  assert.deepEqual(ids(world.list), ["c1", "c2"]);
  slow.resolve({ items: [], next: null });
  await settled();
  assert.deepEqual(ids(world.list), []);
});

test("without an answer an empty list says so; what is shown stays and the rest is reported", async () => {
  const world = setUp([moved("c1", 1)]);
  world.down = true;
  assert.equal(await world.list.reload(), false);
  assert.deepEqual([world.list.state.value, world.reported], ["failed", []]);
  world.down = false;
  assert.equal(await world.list.reload(), true);
  world.down = true;
  await world.list.reload();
  assert.deepEqual([ids(world.list), world.reported], [["c1"], ["down"]]);
});
