import assert from "node:assert/strict";
import test from "node:test";
import { LISTED, Notices, SOUNDING, noticeOf, noticeOfChat, noticeOfCustomer, noticeOfLoss } from "../../whatsapp_server/web/js/notices.js";
import { Store } from "../../whatsapp_server/web/js/store.js";
import { ME, conversation, message } from "./support/fixtures.mjs";

const BRUNO = { id: "u2", name: "Bruno" };
const entry = (event, details, author = BRUNO) =>
  message(2, { direction: "internal", kind: "event", author, details: { event, ...details } });
const note = (mentions, author = BRUNO) => message(2, { direction: "internal", kind: "note", author, mentions });
const MY = ME.id;

const TABLE = [
  ["offered to me", entry("offered", { to_id: MY }), { kind: "offered", who: "Bruno" }],
  ["offered to another", entry("offered", { to_id: "u3" }), null],
  ["offered by me", entry("offered", { to_id: "u2" }, ME), null],
  ["given to me", entry("assigned", { to_id: MY }), { kind: "assigned", who: "Bruno" }],
  ["my offer accepted", entry("accepted", { from_id: MY }), { kind: "accepted", who: "Bruno" }],
  ["another's offer accepted", entry("accepted", { from_id: "u3" }), null],
  ["my offer declined", entry("declined", { from_id: MY }), { kind: "declined", who: "Bruno" }],
  ["my offer expired", entry("expired", { from_id: MY, to_name: "Carla" }, null), { kind: "expired", who: "Carla" }],
  ["an offer to me expired", entry("expired", { from_id: "u3", to_id: MY, to_name: "Ana" }, null), null],
  ["mine taken over", entry("taken_over", { from_id: MY }), { kind: "taken_over", who: "Bruno" }],
  ["a note that names me", note(["u3", MY]), { kind: "mentioned", who: "Bruno" }],
  ["a note of mine that names me", note([MY], ME), null],
  ["a note that names another", note(["u3"]), null],
  ["finished", entry("finished", {}), null],
  ["a customer's message", message(2), null],
  ["a colleague's reply", message(2, { direction: "outbound", author: BRUNO }), null],
];

for (const [what, said, expected] of TABLE) {
  test(`${what}: ${expected ? "told" : "not told"}`, () => {
    assert.deepEqual(noticeOf(said, "Maria", ME), expected && { ...expected, name: "Maria" });
  });
}

test("what was mine and is gone has somebody else now; what was not mine needs no word", () => {
  const mine = conversation("c1", { assignee_id: MY, visibility: "private" });
  const offer = { id: "o1", from: ME, to: BRUNO };
  assert.deepEqual(noticeOfLoss({ ...mine, offer }, "Maria", ME), { kind: "accepted", who: "Bruno", name: "Maria" });
  assert.deepEqual(noticeOfLoss(mine, "Maria", ME), { kind: "lost", who: "", name: "Maria" });
  assert.equal(noticeOfLoss({ ...mine, assignee_id: "u2", offer: { ...offer, to: ME } }, "Maria", ME), null);
});

test("a doubled event is told once", () => {
  const store = new Store();
  store.me.value = ME;
  const told = [];
  const notices = new Notices({ store, nameOf: ({ contact }) => contact.name, tell: (notice, id) => told.push([notice.kind, notice.name, id]) });
  const taken = entry("taken_over", { from_id: MY });
  notices.heard(taken, conversation("c1"));
  notices.heard(taken, conversation("c1"));
  notices.heard({ ...taken, id: "m9" }, conversation("c1"));
  notices.lost(conversation("c2", { assignee_id: MY }), 5);
  notices.lost(conversation("c2", { assignee_id: MY }), 5);
  assert.deepEqual(told, [["taken_over", "Maria", "c1"], ["taken_over", "Maria", "c1"], ["lost", "Maria", "c2"]]);
});

const chat = (changes = {}) => conversation("c3", { kind: "internal", group: true, contact: null, title: "Plantão", ...changes });
const said = (body, changes = {}) => message(2, { direction: "internal", kind: "text", author: BRUNO, body, ...changes });
const wanting = (chats) => ({ ...ME, notifications: { chats } });

test("a colleague's words in a chat are told to whoever wants them", () => {
  const group = { kind: "group_chat", who: "Bruno", name: "Plantão" };
  assert.deepEqual(noticeOfChat(said("Oi"), chat(), "Plantão", wanting("all")), group);
  assert.deepEqual(noticeOfChat(said("Oi"), chat({ group: false }), "Bruno", wanting("all")), { kind: "chat", who: "Bruno", name: "Bruno" });
  assert.equal(noticeOfChat(said("@Ana"), chat(), "Plantão", wanting("none")), null);
  assert.equal(noticeOfChat(said("Oi Ana"), chat(), "Plantão", wanting("mentions")), null);
  for (const body of ["Oi @Ana!", "@ana souza, veja", "(@ANA)"]) {
    assert.deepEqual(noticeOfChat(said(body), chat(), "Plantão", wanting("mentions")), group, body);
  }
  assert.equal(noticeOfChat(said("Oi @Anabela"), chat(), "Plantão", wanting("mentions")), null);
});

test("one's own words, the timeline and customers are no chat", () => {
  const all = wanting("all");
  assert.equal(noticeOfChat(said("Oi", { author: ME }), chat(), "Plantão", all), null);
  assert.equal(noticeOfChat(entry("member_left", {}), chat(), "Plantão", all), null);
  assert.equal(noticeOfChat(message(2), conversation("c1"), "Maria", all), null);
});

test("what somebody is looking at just now needs no word", () => {
  const store = new Store();
  store.me.value = wanting("all");
  const told = [];
  let seen = "c3";
  const tell = (notice, id) => told.push([notice.kind, id]);
  const notices = new Notices({ store, nameOf: () => "Plantão", isSeen: (id) => id === seen, tell });
  notices.heard(said("Oi"), chat());
  seen = "c4";
  notices.heard(said("Oi", { id: "m9" }), chat());
  assert.deepEqual(told, [["group_chat", "c3"]]);
});

const OFFERED = { offer: { id: "o1", from: BRUNO, to: ME } };
const CUSTOMERS = [
  ["of mine", {}, { assignee_id: MY }, "customer"],
  ["of a private one of mine", {}, { assignee_id: MY, visibility: "private" }, "customer"],
  ["of one that is offered to me", {}, { assignee_id: "u2", ...OFFERED }, "customer"],
  ["of one that mentions me", {}, { assignee_id: "u2", mentioned: [{ user_id: MY, seq: 1 }] }, "customer"],
  ["of nobody's", {}, {}, "unassigned"],
  ["of a colleague's", {}, { assignee_id: "u2" }, null],
  ["of a finished one, which comes back right after it", {}, { state: "finished" }, null],
  ["that brought one back to me", { direction: "internal", kind: "event", details: { event: "reopened_by_customer" } }, { assignee_id: MY }, "customer"],
  ["that brought one back", { direction: "internal", kind: "event", details: { event: "reopened_by_customer" } }, {}, "unassigned"],
  ["as a colleague answers them", { direction: "outbound", author: BRUNO }, { assignee_id: MY }, null],
];

for (const [what, words, changes, expected] of CUSTOMERS) {
  test(`a customer's words ${what}: ${expected ?? "not told"}`, () => {
    const notice = noticeOfCustomer(message(2, words), conversation("c1", changes), "Maria", ME);
    assert.deepEqual(notice, expected && { kind: expected, who: "", name: "Maria" });
  });
}

test("the number of the message goes with the notice, for what is read to end it", () => {
  const store = new Store();
  store.me.value = ME;
  const told = [];
  const notices = new Notices({ store, nameOf: () => "Maria", tell: ({ kind, key, seq }) => told.push([kind, key, seq]) });
  notices.heard(message(4), conversation("c1"));
  notices.lost(conversation("c2", { assignee_id: MY }), 5);
  assert.deepEqual(told, [["unassigned", "m4", 4], ["lost", "c2:5", null]]);
});

test("what the list shows by itself sounds; what others did to mine is read in time", () => {
  assert.deepEqual([...LISTED].filter((each) => !SOUNDING.has(each)), []);
  for (const kind of ["accepted", "declined", "expired", "taken_over", "lost"]) assert.equal(SOUNDING.has(kind), false, kind);
});
