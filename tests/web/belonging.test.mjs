import assert from "node:assert/strict";
import test from "node:test";
import { FILTERS_OF, VIEWS, comparePlaces, isIn, passes, placeIn } from "../../whatsapp_server/web/js/belonging.js";
import { conversation } from "./support/fixtures.mjs";

const AGENT = { id: "me", role: "agent" };
const ADMIN = { id: "me", role: "admin" };
const offered = (to) => ({ offer: { id: "o1", from: { id: "u2", name: "Bruno" }, to: { id: to, name: "x" }, note: "" } });
const viewsOf = (changes, me) => VIEWS.filter((view) => isIn(view, conversation("c1", changes), me));

// What a conversation is, in which views an agent has it, in which an admin.
const TABLE = [
  ["nobody's", {}, ["unassigned"]],
  ["nobody's, private", { visibility: "private" }, [], ["unassigned"]],
  ["nobody's, offered to me", offered("me"), ["mine", "unassigned"]],
  ["nobody's, offered to another", offered("u3"), ["unassigned"]],
  ["mine", { assignee_id: "me" }, ["mine"]],
  ["mine, private", { assignee_id: "me", visibility: "private" }, ["mine"]],
  ["mine, offered by me to another", { assignee_id: "me", ...offered("u3") }, ["mine"]],
  ["a colleague's", { assignee_id: "u2" }, ["team"]],
  ["a colleague's, private", { assignee_id: "u2", visibility: "private" }, [], ["team"]],
  ["a colleague's, offered to me", { assignee_id: "u2", ...offered("me") }, ["mine", "team"]],
  ["a colleague's, private, offered to me", { assignee_id: "u2", visibility: "private", ...offered("me") }, ["mine"], ["mine", "team"]],
  ["a colleague's, naming me", { assignee_id: "u2", mentioned: [{ user_id: "me", seq: 3 }] }, ["mine", "team"]],
  ["a colleague's, naming another", { assignee_id: "u2", mentioned: [{ user_id: "u3", seq: 3 }] }, ["team"]],
  ["finished, mine before", { state: "finished", assignee_id: "me" }, ["finished"]],
  ["finished, a colleague's before", { state: "finished", assignee_id: "u2" }, ["finished"]],
  ["finished, nobody's", { state: "finished" }, ["finished"]],
  ["finished, naming me", { state: "finished", mentioned: [{ user_id: "me", seq: 3 }] }, ["mine", "finished"]],
  ["colleagues among themselves", { kind: "internal", visibility: "internal", contact: null, channel: null }, ["internal"]],
];

for (const [what, changes, agents, admins = agents] of TABLE) {
  test(`${what}: in the right views`, () => {
    assert.deepEqual(viewsOf(changes, AGENT), agents, "agent");
    assert.deepEqual(viewsOf(changes, ADMIN), admins, "admin");
  });
}

test("every view is met by the table, and every view has its filters", () => {
  assert.deepEqual([...new Set(TABLE.flatMap(([, , agents]) => agents))].sort(), [...VIEWS].sort());
  assert.deepEqual(Object.keys(FILTERS_OF), VIEWS);
});

const at = (minute) => `2026-11-23T12:${String(minute).padStart(2, "0")}:00.000Z`;
const moved = (id, minute, changes = {}) => conversation(id, { last_message_at: at(minute), ...changes });

function ordered(view, conversations) {
  const places = conversations.map((each) => placeIn(view, each, AGENT));
  return places.sort(comparePlaces).map((each) => each.id);
}

test("mine: what is offered, what names me, what I hold; each the newest first", () => {
  const mine = { assignee_id: "me" };
  const named = { assignee_id: "u2", mentioned: [{ user_id: "me", seq: 1 }] };
  const list = [
    moved("held-old", 5, mine),
    moved("held-new", 50, mine),
    moved("named", 2, named),
    moved("offered-old", 1, { assignee_id: "u2", ...offered("me") }),
    moved("offered-and-named", 3, { ...named, ...offered("me") }),
  ];
  assert.deepEqual(ordered("mine", list), ["offered-and-named", "offered-old", "named", "held-new", "held-old"]);
});

test("unassigned: who waits longest first; who does not wait after them, the newest first", () => {
  const list = [
    moved("answered-old", 10),
    moved("answered-new", 40),
    moved("waiting-since-20", 50, { waiting_since: at(20) }),
    moved("waiting-since-3", 59, { waiting_since: at(3) }),
  ];
  assert.deepEqual(ordered("unassigned", list), ["waiting-since-3", "waiting-since-20", "answered-new", "answered-old"]);
});

test("everywhere else the newest first; who waits does not matter", () => {
  const list = [moved("old", 1, { waiting_since: at(1) }), moved("new", 30), moved("middle", 20)];
  for (const view of ["all", "team", "finished", "internal"]) assert.deepEqual(ordered(view, list), ["new", "middle", "old"], view);
});

test("equal times are settled by the id, in the direction of the order, as on the server", () => {
  assert.deepEqual(ordered("team", [moved("a", 1), moved("b", 1)]), ["b", "a"]);
  const waiting = { waiting_since: at(1) };
  assert.deepEqual(ordered("unassigned", [moved("b", 1, waiting), moved("a", 1, waiting)]), ["a", "b"]);
  assert.equal(comparePlaces(placeIn("team", moved("a", 1), AGENT), placeIn("team", moved("a", 1), AGENT)), 0);
});

test("a conversation without messages moved when it was started", () => {
  assert.equal(placeIn("all", conversation("c1", { last_message_at: null }), AGENT).at, "2026-11-01T12:00:00.000Z");
});

test("filters ask of a conversation what they ask of the server", () => {
  const one = conversation("c1", { assignee_id: "u2", team_id: "t1", waiting_since: at(1) });
  const none = conversation("c2");
  const chat = conversation("c3", { channel: null });
  for (const filters of [{}, { waiting: "true" }, { assignee: "u2" }, { team: "t1" }, { channel: "ch1" }, { assignee: "u2", team: "t1" }]) {
    assert.ok(passes(filters, one), JSON.stringify(filters));
  }
  for (const filters of [{ waiting: "true" }, { assignee: "u2" }, { team: "t1" }, { channel: "ch2" }, { channel: "ch1", team: "t1" }]) {
    assert.ok(!passes(filters, none), JSON.stringify(filters));
  }
  assert.ok(!passes({ channel: "ch1" }, chat));
});
