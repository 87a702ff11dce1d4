import assert from "node:assert/strict";
import test from "node:test";
import { Drafts } from "../../whatsapp_server/web/js/drafts.js";
import { FakeStorage } from "./support/fixtures.mjs";

const BRUNO = { id: "u2", name: "Bruno Lima" };

test("a reply and a note are two texts: going from one to the other changes neither", () => {
  const drafts = new Drafts(new FakeStorage(), "u1");
  drafts.write("c1", "reply", "Good morning");
  drafts.setMode("c1", "note");
  assert.equal(drafts.of("c1").value.note, "");
  drafts.write("c1", "note", "He is a difficult one");
  drafts.setMode("c1", "reply");
  const { mode, reply, note } = drafts.of("c1").value;
  assert.deepEqual([mode, reply, note], ["reply", "Good morning", "He is a difficult one"]);
});

test("a reload keeps both texts, whom the note names, and which of them was being written", () => {
  const storage = new FakeStorage();
  const before = new Drafts(storage, "u1");
  before.setMode("c1", "note");
  before.write("c1", "note", "@Bruno Lima see this");
  before.mention("c1", BRUNO);
  before.write("c1", "reply", "One moment");
  const after = new Drafts(storage, "u1").of("c1").value;
  assert.deepEqual(after, { mode: "note", reply: "One moment", note: "@Bruno Lima see this", mentions: [BRUNO] });
});

test("sending the one leaves the other, and stays in its mode", () => {
  const drafts = new Drafts(new FakeStorage(), "u1");
  drafts.write("c1", "reply", "to the customer");
  drafts.setMode("c1", "note");
  drafts.write("c1", "note", "to us");
  drafts.mention("c1", BRUNO);
  drafts.clear("c1", "note");
  assert.deepEqual(drafts.of("c1").value, { mode: "note", reply: "to the customer", note: "", mentions: [] });
});

test("a text put back for editing is what it was, before what has been written since", () => {
  const drafts = new Drafts(new FakeStorage(), "u1");
  drafts.write("c1", "reply", "half a reply");
  drafts.write("c1", "note", "half a note");
  drafts.offer("c1", "note", "refused note", [BRUNO]);
  const { mode, reply, note, mentions } = drafts.of("c1").value;
  assert.deepEqual([mode, reply, note, mentions], ["note", "half a reply", "refused note\nhalf a note", [BRUNO]]);
});

test("a text from when there were only replies is one", () => {
  for (const text of ["hello", "{not json", '{"a": 1}', "null", "12"]) {
    const storage = new FakeStorage();
    storage.setItem("draft:u1:c1", text);
    const { mode, reply, note } = new Drafts(storage, "u1").of("c1").value;
    assert.deepEqual([mode, reply, note], ["reply", text, ""], text);
  }
});

test("what is empty is not kept, and signing out leaves nothing", () => {
  const storage = new FakeStorage();
  const drafts = new Drafts(storage, "u1");
  drafts.write("c1", "reply", "x");
  drafts.write("c1", "reply", "");
  assert.equal(storage.length, 0);
  drafts.setMode("c1", "note");
  drafts.write("c1", "note", "of a conversation that one may no longer read");
  drafts.forget("c1");
  assert.equal(storage.length, 0);
  drafts.write("c1", "note", "secret");
  drafts.setMode("c2", "note");
  drafts.erase();
  assert.equal(storage.length, 0);
  assert.equal(drafts.of("c1").value.note, "");
});
