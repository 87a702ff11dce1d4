import assert from "node:assert/strict";
import test from "node:test";
import { Turn } from "../../whatsapp_server/web/js/turn.js";
import { settled } from "./support/fixtures.mjs";

/** What navigator.locks does, as far as Turn relies on it: one at a time, in the order of asking. */
class FakeLocks {
  #last = Promise.resolve();

  async request(_name, { signal }, work) {
    const before = this.#last;
    let release;
    this.#last = new Promise((resolve) => (release = resolve));
    try {
      await Promise.race([before, aborted(signal)]);
      await work();
    } finally {
      before.then(release);
    }
  }
}

const aborted = (signal) =>
  new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new DOMException("given up", "AbortError"))));

function tabs(count) {
  const locks = new FakeLocks();
  return Array.from({ length: count }, () => new Turn({ locks, name: "voice" }));
}

const held = (all) => all.map((each) => each.held);

test("of several tabs one has the turn, and the next one when that goes", async () => {
  const all = tabs(3);
  all.forEach((each) => each.want(true));
  await settled();
  assert.deepEqual(held(all), [true, false, false]);
  all[0].want(false);
  assert.equal(all[0].held, false);
  await settled();
  assert.deepEqual(held(all), [false, true, false]);
});

test("whoever gives up waiting is passed over, and may come back behind the others", async () => {
  const all = tabs(3);
  all.forEach((each) => each.want(true));
  await settled();
  all[1].want(false);
  all[1].want(true);
  all[0].want(false);
  await settled();
  assert.deepEqual(held(all), [false, false, true]);
  all[2].want(false);
  await settled();
  assert.deepEqual(held(all), [false, true, false]);
});

test("wanting twice asks once", async () => {
  const all = tabs(2);
  all[0].want(true);
  all[0].want(true);
  await settled();
  all[0].want(false);
  all[1].want(true);
  await settled();
  assert.deepEqual(held(all), [false, true]);
});

test("where there are no locks every tab that wants has the turn", () => {
  const turn = new Turn({ locks: null, name: "voice" });
  turn.want(true);
  assert.equal(turn.held, true);
  turn.want(false);
  assert.equal(turn.held, false);
});
