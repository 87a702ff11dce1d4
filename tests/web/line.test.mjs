import assert from "node:assert/strict";
import test from "node:test";
import { lineOf } from "../../whatsapp_server/web/js/line.js";

const NOW = 1_700_000_000_000;
const online = { state: "online", since: NOW - 900_000 };
const checked = { behind: false, checkedAt: NOW - 30_000 };
const state = (live, status) => lineOf(live, status, NOW).state;

test("all is well while the line stands and was checked lately", () => {
  assert.equal(state(online, checked), "current");
});

test("a broken line says since when, once the gap is worth it", () => {
  const offline = { state: "offline", since: NOW - 1500 };
  assert.deepEqual(lineOf(offline, checked, NOW), { state: "offline", since: NOW - 1500 });
  assert.equal(state({ ...offline, since: NOW - 1000 }, checked), "current");
  assert.equal(state({ state: "connecting", since: NOW - 2000 }, { behind: true, checkedAt: null }), "connecting");
});

test("until it has caught up it is behind", () => {
  assert.equal(state(online, { ...checked, behind: true }), "behind");
  assert.equal(state(online, { behind: false, checkedAt: null }), "behind");
});

test("a tab that slept is behind, whatever it was when it fell asleep", () => {
  assert.equal(state(online, { behind: false, checkedAt: NOW - 151_000 }), "behind");
});
