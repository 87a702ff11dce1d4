import assert from "node:assert/strict";
import test from "node:test";
import { Chime } from "../../whatsapp_server/web/js/chime.js";
import { deferred, settled } from "./support/fixtures.mjs";

function setUp({ active, resume = async () => {}, state = "running" } = {}) {
  const world = { time: 0, tones: [], contexts: 0, suspended: 0, closed: 0, heard: new Map() };
  class FakeContext {
    currentTime = 1;
    destination = {};
    state = state;

    constructor() {
      world.contexts += 1;
    }

    createOscillator() {
      const start = (at) => world.tones.push([tone.frequency.value, at]);
      const tone = { frequency: {}, connect: () => {}, start, stop: () => {} };
      world.ends = () => tone.onended();
      return tone;
    }

    createGain() {
      return { gain: { setValueAtTime: () => {}, exponentialRampToValueAtTime: () => {} }, connect: () => {} };
    }

    resume = resume;
    suspend = async () => (world.suspended += 1);
    close = async () => (world.closed += 1);
  }
  world.page = {
    navigator: active === undefined ? {} : { userActivation: { hasBeenActive: active } },
    addEventListener: (name, handler) => world.heard.set(name, handler),
    removeEventListener: (name) => world.heard.delete(name),
  };
  world.chime = new Chime({ AudioContext: FakeContext, now: () => world.time });
  world.stop = world.chime.listen(world.page);
  world.press = (name = "click") => world.heard.get(name)();
  return world;
}

test("it is silent until somebody has pressed something, and asks the browser for nothing before", async () => {
  const world = setUp();
  await world.chime.play();
  assert.deepEqual([world.contexts, world.tones.length, world.chime.ready.value], [0, 0, false]);
  world.press();
  assert.equal(world.chime.ready.value, true);
  await world.chime.play();
  assert.equal(world.contexts, 1);
  assert.equal(world.tones.length, 2);
  assert.ok(world.tones[1][1] > world.tones[0][1]);
  assert.equal(world.heard.size, 0);
});

test("a key that does not count for the browser does not for us; whoever has pressed before need not again", () => {
  const world = setUp({ active: false });
  world.press("keydown");
  assert.equal(world.chime.ready.value, false);
  assert.equal(setUp({ active: true }).chime.ready.value, true);
});

test("a refusal by the browser is silence", async () => {
  const world = setUp({ active: true, state: "suspended", resume: () => Promise.reject(new Error("not allowed")) });
  await world.chime.play();
  assert.equal(world.tones.length, 0);
});

test("what the browser held back for long is not sounded late", async () => {
  const waiting = deferred();
  const world = setUp({ active: true, resume: () => waiting.promise });
  const played = world.chime.play();
  world.time = 60_000;
  waiting.resolve();
  await played;
  assert.equal(world.tones.length, 0);
});

test("the loudspeaker rests between sounds, not within them", async () => {
  const world = setUp({ active: true });
  await settled();
  assert.equal(world.suspended, 1);
  await world.chime.play();
  world.ends();
  assert.equal(world.suspended, 1);
  world.ends();
  assert.equal(world.suspended, 2);
});

test("signing out closes it; a browser without sound has none", async () => {
  const world = setUp({ active: true });
  world.stop();
  assert.deepEqual([world.closed, world.chime.ready.value], [1, false]);
  await world.chime.play();
  assert.equal(world.tones.length, 0);
  const deaf = new Chime({ AudioContext: undefined });
  deaf.listen(world.page)();
  await deaf.play();
  assert.equal(world.heard.size, 0);
});
