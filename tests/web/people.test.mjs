import assert from "node:assert/strict";
import test from "node:test";
import { changesOf } from "../../whatsapp_server/web/js/changes.js";
import { beginOf, colleagues, dayAfter, dayOf, isAhead, openInvites } from "../../whatsapp_server/web/js/people.js";

const NOW = Date.parse("2026-11-24T12:00:00Z");
const person = (id, name, active = true) => ({ id, name, active });

test("colleagues are the active others, by name", () => {
  const users = [person("u1", "Zoe"), person("u2", "Ágata"), person("u3", "Bruno", false), person("u4", "Ana"), person("u5", "Me")];
  assert.deepEqual(colleagues(users, "u5").map((each) => each.id), ["u2", "u4", "u1"]);
  assert.deepEqual(users[0].id, "u1", "the list given stays as it was");
});

test("an absence that is over is none", () => {
  assert.equal(isAhead("2026-11-24T12:00:00.001Z", NOW), true);
  assert.equal(isAhead("2026-11-24T12:00:00Z", NOW), false);
  assert.equal(isAhead(null, NOW), false);
});

test("open invitations are neither used nor expired", () => {
  const later = "2026-12-01T00:00:00Z";
  const invites = [
    { id: "open", used_at: null, expires_at: later },
    { id: "used", used_at: "2026-11-24T11:00:00Z", expires_at: later },
    { id: "expired", used_at: null, expires_at: "2026-11-24T11:59:59Z" },
  ];
  assert.deepEqual(openInvites(invites, NOW).map((each) => each.id), ["open"]);
});

test("a day begins at midnight where the reader is, and comes back as the same day", () => {
  const begin = beginOf("2026-12-03");
  const date = new Date(begin);
  assert.deepEqual([date.getDate(), date.getHours(), date.getMinutes()], [3, 0, 0]);
  assert.equal(dayOf(begin), "2026-12-03");
});

test("the day after crosses months and years", () => {
  assert.equal(dayAfter(new Date(2026, 11, 31, 23, 59)), "2027-01-01");
  assert.equal(dayAfter(new Date(2028, 1, 28)), "2028-02-29");
});

test("what is no day is none", () => {
  for (const each of ["", null, undefined, "tomorrow", "2026-13-45", "2026-1-1"]) assert.equal(beginOf(each), null, String(each));
});

test("a PATCH holds what is another, also in depth, and nothing else", () => {
  const saved = { name: "Ana", hours: { days: [0, 1], from: "09:00" }, amount: null, members: ["u1"] };
  assert.deepEqual(changesOf(saved, { ...saved, hours: { days: [0, 1], from: "09:00" } }), {});
  assert.deepEqual(changesOf(saved, { name: "Bia", amount: 0, members: [] }), { name: "Bia", amount: 0, members: [] });
});
