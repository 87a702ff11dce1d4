import assert from "node:assert/strict";
import test, { mock } from "node:test";
import { WebVersion } from "../../whatsapp_server/web/js/web_version.js";
import { FakeStorage } from "./support/fixtures.mjs";

function setUp(context, { own = "1", busy = false, storage = new FakeStorage() } = {}) {
  context.after(() => mock.timers.reset());
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_700_000_000_000 });
  const world = { busy, storage, reloads: 0 };
  world.load = (version) =>
    new WebVersion({ own: version, storage, isBusy: () => world.busy, reload: () => (world.reloads += 1), random: () => 0.5 });
  world.version = world.load(own);
  return world;
}

/** What a tab hears, and the moment that it takes. */
function hear(version, served) {
  version.hear(served);
  mock.timers.tick(4000);
}

test("a tab that is older than the server loads itself anew, a moment later", (context) => {
  const world = setUp(context);
  world.version.hear("1");
  world.version.hear("2");
  mock.timers.tick(3999);
  assert.equal(world.reloads, 0, "not all tabs at the same moment");
  world.version.hear("2");
  mock.timers.tick(1);
  assert.deepEqual([world.reloads, world.version.offered.value], [1, false]);
});

test("whoever is in the middle of something is offered it, until they are not", (context) => {
  const world = setUp(context, { busy: true });
  hear(world.version, "2");
  assert.deepEqual([world.reloads, world.version.offered.value], [0, true]);
  hear(world.version, "2");
  assert.equal(world.reloads, 0);
  world.busy = false;
  hear(world.version, "2");
  assert.equal(world.reloads, 1);
});

test("a reload that brought no other client is not made again, but offered", (context) => {
  const world = setUp(context);
  hear(world.version, "2");
  const again = world.load("1");
  mock.timers.tick(600_000);
  hear(again, "2");
  assert.deepEqual([world.reloads, again.offered.value], [1, true]);
});

test("never twice within a minute, whatever the server says", (context) => {
  const world = setUp(context);
  hear(world.version, "2");
  const newer = world.load("2");
  hear(newer, "3");
  assert.deepEqual([world.reloads, newer.offered.value], [1, true]);
  mock.timers.tick(60_000);
  hear(newer, "3");
  assert.equal(world.reloads, 2);
});

test("when the server is as old as the tab again, nothing is offered", (context) => {
  const world = setUp(context, { busy: true });
  hear(world.version, "2");
  hear(world.version, "1");
  assert.equal(world.version.offered.value, false);
  world.busy = false;
  world.version.hear("2");
  world.version.hear("1");
  mock.timers.tick(60_000);
  assert.equal(world.reloads, 0);
});

test("a page or a server that says nothing is left alone", (context) => {
  const world = setUp(context, { own: null });
  hear(world.version, "2");
  const said = world.load("1");
  hear(said, "");
  assert.deepEqual([world.reloads, world.version.offered.value, said.offered.value], [0, false, false]);
});

test("nothing is loaded anew after signing out", (context) => {
  const world = setUp(context);
  world.version.hear("2");
  world.version.close();
  mock.timers.tick(60_000);
  assert.equal(world.reloads, 0);
});
