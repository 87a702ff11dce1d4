import assert from "node:assert/strict";
import test from "node:test";
import { signal } from "../../whatsapp_server/web/vendor/signals-core.js";
import { ApiError, NetworkError } from "../../whatsapp_server/web/js/api.js";
import { followLanguage } from "../../whatsapp_server/web/js/i18n.js";
import { Store } from "../../whatsapp_server/web/js/store.js";
import { mayDiscard, maySendAgain, perform, possibleVerbs, refusalText, takenByAnswering } from "../../whatsapp_server/web/js/verbs.js";
import { conversation, message } from "./support/fixtures.mjs";

const ME = { id: "me", role: "agent", name: "Ana" };
const ADMIN = { ...ME, role: "admin" };
const OFFER = { id: "o1", from: { id: "u2", name: "Bruno" }, to: { id: "me", name: "Ana" }, note: "", expires_at: "2026-11-23T15:00:00Z" };

const held = (changes) => conversation("c1", changes);
const possible = (changes, me = ME, settings = { assign_without_acceptance: "admins" }) =>
  [...possibleVerbs(held(changes), me, settings)].sort();

test("what can be done follows from who holds it", () => {
  assert.deepEqual(possible({}), ["claim", "finish", "offer", "pass"]);
  assert.deepEqual(possible({ assignee_id: "me" }), ["finish", "offer", "pass", "set_visibility"]);
  assert.deepEqual(possible({ assignee_id: "u2" }), ["take_over"]);
  assert.deepEqual(possible({ state: "finished", assignee_id: "u2" }), ["reopen"]);
  assert.deepEqual(possible({ assignee_id: "me", visibility: "private" }), ["finish", "offer", "set_visibility"]);
});

test("an admin may do more with a colleague's, also a private one", () => {
  const all = ["assign", "finish", "offer", "pass", "set_visibility", "take_over"];
  assert.deepEqual(possible({ assignee_id: "u2" }, ADMIN), all);
  assert.deepEqual(possible({ assignee_id: "u2", visibility: "private" }, ADMIN), all.filter((each) => each !== "pass"));
});

test("assigning is everybody's where the company says so, but only of what one may pass on", () => {
  const everyone = { assign_without_acceptance: "everyone" };
  assert.ok(possible({ assignee_id: "me" }, ME, everyone).includes("assign"));
  assert.ok(!possible({ assignee_id: "u2" }, ME, everyone).includes("assign"));
  assert.ok(!possible({ assignee_id: "me" }, ME, null).includes("assign"));
});

test("what is offered can be accepted by one and withdrawn by the other", () => {
  assert.deepEqual(possible({ assignee_id: "u2", offer: OFFER }), ["accept", "decline", "take_over"]);
  assert.deepEqual(possible({ assignee_id: "u2", visibility: "private", offer: OFFER }), ["accept", "decline"]);
  const mine = { ...OFFER, from: OFFER.to, to: OFFER.from };
  assert.deepEqual(possible({ assignee_id: "me", offer: mine }), ["finish", "pass", "set_visibility", "withdraw"]);
});

test("in a chat of colleagues there is nothing to take or finish", () => {
  assert.deepEqual(possible({ kind: "internal", visibility: "internal" }, ADMIN), []);
});

test("answering takes from a colleague only where a colleague holds it and did not offer it to me", () => {
  assert.equal(takenByAnswering(held({ assignee_id: "u2" }), ME), "u2");
  assert.equal(takenByAnswering(held({ assignee_id: "u2", visibility: "private" }), ADMIN), "u2");
  for (const free of [{}, { assignee_id: "me" }, { assignee_id: "u2", offer: OFFER }, { assignee_id: "u2", state: "finished" }]) {
    assert.equal(takenByAnswering(held(free), ME), null, JSON.stringify(free));
  }
});

function world(answer) {
  const store = new Store();
  store.me.value = ME;
  const asked = [];
  const api = { post: async (path, body) => (asked.push([path, body]), answer()) };
  const reloads = [];
  return { app: { api, store, sync: { reloadOpen: () => reloads.push(1) } }, asked, reloads };
}

test("the answer's document is shown at once", async () => {
  const after = held({ assignee_id: "me", version: 9 });
  const { app, asked, reloads } = world(async () => after);
  app.store.upsertConversation(held({}));
  assert.equal(await perform(app, held({}), "claim"), null);
  assert.deepEqual(asked, [["/api/conversations/c1/claim", {}]]);
  assert.equal(app.store.conversations.get("c1").assignee_id, "me");
  assert.equal(reloads.length, 0);
});

test("a refusal says who and when, and what is shown is loaded anew", async () => {
  followLanguage(signal("en"));
  const problem = { code: "already_held", by: { id: "u2", name: "Bruno" }, at: new Date().toISOString(), detail: "taken" };
  const { app, reloads } = world(() => Promise.reject(new ApiError(409, problem)));
  const { code, text } = await perform(app, held({}), "claim");
  assert.equal(code, "already_held");
  assert.match(text, /^Bruno was faster \(\d\d:\d\d\)\. To reply, use Take\.$/);
  assert.equal(reloads.length, 1);
});

test("every refusal has words, whoever was faster", () => {
  followLanguage(signal("en"));
  const codes = ["already_held", "not_holder", "not_allowed", "offer_pending", "offer_gone", "not_available",
    "private_needs_person", "new_message", "already_finished", "not_finished", "conflict"];
  for (const code of codes) {
    for (const by of [null, { id: "u2", name: "Bruno" }, { id: "me", name: "Ana" }]) {
      const text = refusalText(new ApiError(409, { code, by, at: null, detail: "The server's words." }), ME);
      assert.ok(text && !/undefined|null|\{/.test(text), `${code}: ${text}`);
    }
  }
  assert.match(refusalText(new NetworkError(), ME), /does not answer/);
});

test("a reply that failed is sent again by whoever may answer, and taken back by its author or whoever decides there", () => {
  const bruno = { id: "u2", role: "agent" };
  const [nobodys, mine, theirs] = [held({ assignee_id: null }), held({ assignee_id: ME.id }), held({ assignee_id: bruno.id })];
  const by = (author) => message(2, { direction: "outbound", status: "failed", author });
  assert.deepEqual([nobodys, mine, theirs].map((each) => maySendAgain(each, ME)), [true, true, false]);
  assert.deepEqual([nobodys, mine, theirs].map((each) => mayDiscard(by(bruno), each, ME)), [true, true, false]);
  assert.ok(mayDiscard(by({ id: ME.id }), theirs, ME));
  assert.ok(mayDiscard(by(bruno), theirs, { ...ME, role: "admin" }));
});
