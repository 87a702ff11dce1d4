import assert from "node:assert/strict";
import test from "node:test";
import { signal } from "../../whatsapp_server/web/vendor/signals-core.js";
import { chatStatus, readersOf } from "../../whatsapp_server/web/js/chat_ticks.js";
import { followLanguage } from "../../whatsapp_server/web/js/i18n.js";
import { Store } from "../../whatsapp_server/web/js/store.js";
import { titleOf } from "../../whatsapp_server/web/js/titles.js";
import { eventText } from "../../whatsapp_server/web/js/views/timeline_entry.js";
import { ME, conversation, message } from "./support/fixtures.mjs";

const chat = (marks, changes = {}) =>
  conversation("k1", { kind: "internal", contact: null, channel: null, title: null, group: false,
    member_ids: Object.keys(marks), member_marks: marks, ...changes });
const mark = (delivered, read) => ({ delivered, read });

test("ticks tell what is true of all the others", () => {
  const status = (marks) => chatStatus(message(5), chat({ u1: mark(9, 9), ...marks }), "u1");
  assert.equal(status({ u2: mark(4, 4) }), "sent");
  assert.equal(status({ u2: mark(5, 4) }), "delivered");
  assert.equal(status({ u2: mark(5, 5) }), "read");
  assert.equal(status({ u2: mark(9, 9), u3: mark(5, 0) }), "delivered");
  assert.equal(status({ u2: mark(9, 9), u3: undefined }), "sent");
  assert.equal(status({}), "sent", "everybody else has left");
});

test("who has seen it, oneself left out", () => {
  const group = chat({ u1: mark(9, 9), u2: mark(9, 5), u3: mark(9, 4) });
  assert.deepEqual(readersOf(message(5), group, "u1"), ["u2"]);
});

test("a chat is called by the other person, a group by its title or its people", () => {
  const store = new Store();
  store.me.value = ME;
  store.users.upsert({ id: "u2", name: "Bruno Lima", version: 1 });
  store.users.upsert({ id: "u3", name: "Carla Dias", version: 1 });
  const marks = { u1: mark(0, 0), u2: mark(0, 0), u3: mark(0, 0) };
  assert.deepEqual(titleOf(chat({ u1: mark(0, 0), u2: mark(0, 0) }), store), { id: "u2", name: "Bruno Lima" });
  assert.equal(titleOf(chat(marks, { group: true, title: "Stock" }), store).name, "Stock");
  assert.equal(titleOf(chat(marks, { group: true }), store).name, "Bruno, Carla");
  assert.equal(titleOf(conversation("c1", { kind: "customer" }), store).name, "Maria");
});

test("entries speak of me as you, of the system without an actor, and of the unknown neutrally", () => {
  const language = signal("en");
  followLanguage(language);
  const ana = { id: "u1", name: "Ana Souza" };
  const says = (author, details) => eventText({ author, details }, "u1");
  assert.equal(says(ana, { event: "claimed" }), "You took the conversation");
  assert.equal(says({ id: "u2", name: "Bruno" }, { event: "taken_over", from_id: "u1", from_name: "Ana Souza" }),
    "Bruno took the conversation over from you");
  assert.equal(says(null, { event: "finished" }), "The conversation was finished automatically");
  assert.equal(says(null, { event: "reopened_by_customer" }), "The customer wrote: the conversation came back, with no holder");
  assert.equal(says(null, { event: "reopened_by_customer", to_id: "u1", to_name: "Ana" }),
    "The customer wrote: the conversation came back to you");
  assert.equal(says(null, { event: "withdrawn" }), "The system withdrew the offer");
  assert.equal(says(ana, { event: "hologram" }), "Something changed in this conversation");
  assert.equal(says(ana, {}), "Something changed in this conversation");
  language.value = "pt";
  assert.equal(says(ana, { event: "passed", team_id: "t1", team_name: "Vendas" }), "Você passou a conversa para a equipe Vendas");
});

test("every entry that the server writes has its sentence, complete", () => {
  const language = signal("pt");
  followLanguage(language);
  const details = { from_id: "u2", from_name: "Bruno", to_id: "u3", to_name: "Carla", team_id: "t", team_name: "Vendas", title: "T" };
  const events = ["claimed", "taken_over", "offered", "accepted", "declined", "withdrawn", "expired", "assigned", "passed",
    "released", "finished", "reopened", "reopened_by_customer", "made_private", "made_public", "group_created",
    "member_added", "member_removed", "member_left", "renamed"];
  for (language.value of ["pt", "en"]) {
    for (const event of events) {
      for (const author of [null, { id: "u4", name: "Davi" }]) {
        const text = eventText({ author, details: { ...details, event } }, "u1");
        assert.doesNotMatch(text, /undefined|Something changed|Algo mudou/, event);
      }
    }
  }
});
