import assert from "node:assert/strict";
import test, { mock } from "node:test";
import { followWaking } from "../../whatsapp_server/web/js/waking.js";

function setUp(context) {
  context.after(() => mock.timers.reset());
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  const world = { wakes: 0, page: new EventTarget(), shown: new EventTarget() };
  globalThis.document = Object.assign(world.shown, { hidden: false });
  globalThis.addEventListener = world.page.addEventListener.bind(world.page);
  globalThis.removeEventListener = world.page.removeEventListener.bind(world.page);
  world.stop = followWaking(() => (world.wakes += 1));
  context.after(world.stop);
  return world;
}

/** Time passes as it does for a tab that is awake: the clock and the timers together. */
function pass(seconds) {
  for (let second = 0; second < seconds; second += 1) mock.timers.tick(1000);
}

/** The clock goes on, and no timer fires: as with the lid closed. */
function sleep(ms) {
  mock.timers.setTime(Date.now() + ms);
}

test("a tab that is shown again wakes, one that is hidden does not", (context) => {
  const world = setUp(context);
  document.hidden = true;
  document.dispatchEvent(new Event("visibilitychange"));
  mock.timers.tick(0);
  assert.equal(world.wakes, 0);
  document.hidden = false;
  document.dispatchEvent(new Event("visibilitychange"));
  mock.timers.tick(0);
  assert.equal(world.wakes, 1);
});

test("a page that comes back from the browser's memory wakes, with all its signs once", (context) => {
  const world = setUp(context);
  world.page.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: false }));
  mock.timers.tick(0);
  assert.equal(world.wakes, 0);
  world.page.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
  document.dispatchEvent(new Event("visibilitychange"));
  mock.timers.tick(0);
  assert.equal(world.wakes, 1);
});

test("timers that stood still are noticed, late ones of hidden tabs are not", (context) => {
  const world = setUp(context);
  pass(60);
  assert.equal(world.wakes, 0);
  sleep(8 * 3_600_000);
  pass(10);
  assert.equal(world.wakes, 1);
  document.hidden = true;
  sleep(60_000);
  pass(10);
  assert.equal(world.wakes, 1);
});

test("nothing wakes after signing out", (context) => {
  const world = setUp(context);
  document.dispatchEvent(new Event("visibilitychange"));
  world.stop();
  document.dispatchEvent(new Event("visibilitychange"));
  mock.timers.tick(60_000);
  assert.equal(world.wakes, 0);
});
