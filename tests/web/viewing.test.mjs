import assert from "node:assert/strict";
import test, { mock } from "node:test";
import { signal } from "../../whatsapp_server/web/vendor/signals-core.js";
import { Viewing, othersHere, placeOf } from "../../whatsapp_server/web/js/viewing.js";
import { deferred, settled } from "./support/fixtures.mjs";

const HERE = { viewers: ["u1", "u2"], typing: ["u2"] };

/** A tab whose server answers an opening with `answers` in turn, the last one ever again. */
function setUp(context, ...answers) {
  context.after(() => mock.timers.reset());
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const world = { said: [], place: signal(null) };
  world.viewing = new Viewing({
    ask: async (name, payload) => {
      world.said.push([name, ...Object.values(payload)]);
      if (name !== "conversation.open") return {};
      return answers.length > 1 ? answers.shift() : (answers[0] ?? HERE);
    },
  });
  world.stop = world.viewing.follow(world.place);
  world.go = async (place) => {
    world.place.value = place;
    await settled();
  };
  return world;
}

const shown = ({ viewing }) => [viewing.viewers.value, viewing.typing.value];

test("the open conversation is announced, and another after it without a goodbye", async (context) => {
  const world = setUp(context);
  assert.deepEqual(world.said, []);
  await world.go("c1:1");
  assert.deepEqual(shown(world), [["u1", "u2"], ["u2"]]);
  await world.go("c2:1");
  await world.go(null);
  assert.deepEqual(world.said, [["conversation.open", "c1"], ["conversation.open", "c2"], ["conversation.close"]]);
  assert.deepEqual(shown(world), [[], []]);
});

test("it is announced again when who may read it has changed, and what is shown stays until the answer", async (context) => {
  const world = setUp(context, HERE, { viewers: ["u1"], typing: [] });
  await world.go(placeOf({ id: "c1", access_epoch: 1 }));
  world.place.value = placeOf({ id: "c1", access_epoch: 2 });
  assert.deepEqual(shown(world), [["u1", "u2"], ["u2"]]);
  await settled();
  assert.deepEqual(shown(world), [["u1"], []]);
  assert.deepEqual(world.said, [["conversation.open", "c1"], ["conversation.open", "c1"]]);
});

test("closing the workspace says goodbye", async (context) => {
  const world = setUp(context);
  await world.go("c1:1");
  world.stop();
  assert.deepEqual(world.said.at(-1), ["conversation.close"]);
});

test("events about it are whole lists; those about another conversation are not for this tab", async (context) => {
  const world = setUp(context);
  const { events } = world.viewing;
  events["viewers.changed"]({ conversation_id: "c1", user_ids: ["u9"] });
  await world.go("c1:1");
  events["viewers.changed"]({ conversation_id: "c1", user_ids: ["u3"] });
  events["typing.changed"]({ conversation_id: "c1", user_ids: ["u3"] });
  events["typing.changed"]({ conversation_id: "c2", user_ids: ["u4"] });
  assert.deepEqual(shown(world), [["u3"], ["u3"]]);
});

test("an answer that comes after one has gone on is for nobody", async (context) => {
  const [first, second] = [deferred(), deferred()];
  const world = setUp(context, first.promise, second.promise);
  await world.go("c1:1");
  await world.go("c2:1");
  second.resolve({ viewers: ["u5"], typing: [] });
  first.resolve(HERE);
  await settled();
  assert.deepEqual(shown(world), [["u5"], []]);
});

test("without an answer it is tried again, also when the server is short of breath; not what may not be read", async (context) => {
  const world = setUp(context, null, { code: "unavailable" }, { code: "not_found" });
  await world.go("c1:1");
  for (let tries = 0; tries < 4; tries += 1) {
    mock.timers.tick(3000);
    await settled();
  }
  assert.equal(world.said.length, 3);
  assert.deepEqual(shown(world), [[], []]);
});

const typing = (world) => world.said.filter(([name]) => name === "typing.set").map(([, is]) => is);

test("typing is told at once, then every three seconds at most, and ends six seconds after the last key", async (context) => {
  const world = setUp(context);
  await world.go("c1:1");
  for (let seconds = 0; seconds <= 7; seconds += 1) {
    world.viewing.typed("o");
    mock.timers.tick(1000);
  }
  assert.deepEqual(typing(world), [true, true, true]);
  mock.timers.tick(4999);
  assert.deepEqual(typing(world), [true, true, true]);
  mock.timers.tick(1);
  assert.deepEqual(typing(world), [true, true, true, false]);
  mock.timers.tick(60_000);
  assert.equal(typing(world).length, 4);
});

test("sending and clearing end it, once, and the next key begins it anew", async (context) => {
  const world = setUp(context);
  await world.go("c1:1");
  world.viewing.typed("oi");
  world.viewing.stopped();
  world.viewing.stopped();
  world.viewing.typed("oi");
  world.viewing.typed("  ");
  assert.deepEqual(typing(world), [true, false, true, false]);
});

test("what is typed before the server knows where is told once it does", async (context) => {
  const answer = deferred();
  const world = setUp(context, answer.promise);
  await world.go("c1:1");
  world.viewing.typed("oi");
  assert.deepEqual(typing(world), []);
  answer.resolve(HERE);
  await settled();
  assert.deepEqual(typing(world), [true]);
});

test("a new epoch makes the server forget that one types: it is told again, but not in another conversation", async (context) => {
  const world = setUp(context);
  await world.go("c1:1");
  world.viewing.typed("oi");
  await world.go("c1:2");
  assert.deepEqual(typing(world), [true, true]);
  await world.go("c2:1");
  mock.timers.tick(60_000);
  assert.deepEqual(typing(world), [true, true]);
});

test("oneself is never named, and whoever types need not be said to look on", () => {
  const others = othersHere({ viewers: ["u1", "u2", "u3"], typing: ["u1", "u3"] }, "u1");
  assert.deepEqual(others, { typing: ["u3"], viewing: ["u2"] });
});
