import assert from "node:assert/strict";
import test from "node:test";
import { Presence, stateOf } from "../../whatsapp_server/web/js/presence.js";
import { ME } from "./support/fixtures.mjs";

const NOW = Date.parse("2026-11-23T12:00:00Z");

function setUp() {
  const world = { time: NOW };
  world.presence = new Presence({ now: () => world.time });
  return world;
}

const online = (presence, ...ids) => ids.map((id) => presence.isOnline(id));

test("before the first answer, and without a line, nobody is said to be here or away", () => {
  const { presence } = setUp();
  assert.equal(presence.isOnline("u2"), null);
  presence.take(["u2"]);
  assert.deepEqual(online(presence, "u2", "u3"), [true, false]);
  presence.forget();
  assert.equal(presence.isOnline("u2"), null);
});

test("events move it", () => {
  const { presence } = setUp();
  presence.take(["u1"]);
  presence.hear({ user_id: "u2", online: true });
  presence.hear({ user_id: "u1", online: false });
  assert.deepEqual(online(presence, "u1", "u2"), [false, true]);
});

test("an answer that was on its way does not undo what an event has said meanwhile", () => {
  const { presence } = setUp();
  presence.hear({ user_id: "u2", online: true });
  presence.hear({ user_id: "u3", online: false });
  presence.take(["u1", "u3"]);
  assert.deepEqual(online(presence, "u1", "u2", "u3"), [true, true, false]);
});

test("a later answer counts, whatever events said long before", () => {
  const world = setUp();
  world.presence.hear({ user_id: "u2", online: true });
  world.time += 5000;
  world.presence.take(["u3"]);
  assert.deepEqual(online(world.presence, "u2", "u3"), [false, true]);
});

test("what was heard before the line broke says nothing afterwards", () => {
  const { presence } = setUp();
  presence.take([]);
  presence.hear({ user_id: "u2", online: true });
  presence.forget();
  presence.take([]);
  assert.equal(presence.isOnline("u2"), false);
});

const AWAY = { absent_until: "2026-11-30T03:00:00Z" };
const STATES = [
  ["here", {}, true, "online"],
  ["here and busy", { busy: true }, true, "busy"],
  ["busy but gone", { busy: true }, false, "offline"],
  ["gone", {}, false, "offline"],
  ["absent, even if they look in", { ...AWAY, busy: true }, true, "absent"],
  ["absent, known without a line", AWAY, null, "absent"],
  ["back from an absence", { absent_until: "2026-11-22T03:00:00Z" }, true, "online"],
  ["not known", {}, null, null],
  ["no longer with us", { active: false }, false, null],
];

for (const [what, changes, isOnline, expected] of STATES) {
  test(`${what}: ${expected}`, () => assert.equal(stateOf({ ...ME, ...changes }, isOnline, NOW), expected));
}

test("of somebody unknown nothing is said", () => {
  assert.equal(stateOf(null, true, NOW), null);
});
