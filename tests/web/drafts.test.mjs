import assert from "node:assert/strict";
import test, { mock } from "node:test";
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

test("in a browser that has no room left one writes on, and what is sent is gone", () => {
  const storage = new FakeStorage();
  const drafts = new Drafts(storage, "u1");
  drafts.write("c1", "reply", "one");
  storage.setItem = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  drafts.write("c1", "reply", "one and two");
  assert.equal(drafts.of("c1").value.reply, "one and two");
  drafts.clear("c1", "reply");
  assert.equal(drafts.of("c1").value.reply, "");
  assert.equal(storage.length, 0);
});

/** Two tabs of one browser: each hears what the other stores. `keyboard` names the tab that has it. */
function twoTabs(context) {
  context.after(() => mock.timers.reset());
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const world = { keyboard: null, stored: new FakeStorage() };
  const tab = (name, other) => ({
    getItem: (key) => world.stored.getItem(key),
    setItem: (key, value) => told(other, key, value),
    removeItem: (key) => told(other, key, null),
    key: (index) => world.stored.key(index),
    get length() {
      return world.stored.length;
    },
    drafts: () => (world[name] ??= new Drafts(tab(name, other), "u1", { hasKeyboard: () => world.keyboard === name })),
  });
  const told = (other, key, value) => {
    const before = world.stored.getItem(key);
    if (value === null) world.stored.removeItem(key);
    else world.stored.setItem(key, value);
    world[other].hearStorage(key, value, before);
  };
  tab("one", "other").drafts();
  tab("other", "one").drafts();
  for (const each of [world.one, world.other]) each.of("c1");
  world.texts = () => [world.one, world.other].map((each) => each.of("c1").value.reply);
  return world;
}

test("the other tab follows what is written, in what, and whom it names", (context) => {
  const { one, other } = twoTabs(context);
  one.write("c1", "reply", "Good morning");
  one.setMode("c1", "note");
  one.write("c1", "note", "@Bruno Lima look");
  one.mention("c1", BRUNO);
  assert.deepEqual(other.of("c1").value, { mode: "note", reply: "Good morning", note: "@Bruno Lima look", mentions: [BRUNO] });
  one.forget("c1");
  assert.deepEqual(other.of("c1").value, { mode: "reply", reply: "", note: "", mentions: [] });
});

test("a conversation that the other tab has not opened is read when it is", (context) => {
  const { one, other } = twoTabs(context);
  one.write("c2", "reply", "Later");
  assert.equal(other.of("c2").value.reply, "Later");
  other.hearStorage(null, null, null);
  other.hearStorage("draft:u2:c2", "theirs", null);
  assert.equal(other.of("c2").value.reply, "Later");
});

test("sending in one tab empties the field in the other, also right after it was typed there", (context) => {
  const world = twoTabs(context);
  world.keyboard = "other";
  world.other.write("c1", "reply", "On my way");
  world.one.clear("c1", "reply");
  assert.deepEqual(world.texts(), ["", ""]);
});

test("what is being typed is not taken away; once its keys rest, it is what all tabs have", (context) => {
  const world = twoTabs(context);
  world.keyboard = "other";
  world.other.write("c1", "reply", "I am writ");
  mock.timers.tick(1000);
  world.one.write("c1", "reply", "something else");
  world.one.write("c1", "note", "a note");
  assert.deepEqual(world.texts(), ["something else", "I am writ"]);
  assert.equal(world.other.of("c1").value.note, "a note");
  mock.timers.tick(2000);
  assert.deepEqual(world.texts(), ["I am writ", "I am writ"]);
  assert.equal(world.one.of("c1").value.note, "a note");
});

test("going on typing settles it at once", (context) => {
  const world = twoTabs(context);
  world.keyboard = "other";
  world.other.write("c1", "reply", "I am writ");
  world.one.write("c1", "reply", "something else");
  world.other.write("c1", "reply", "I am writing");
  assert.deepEqual(world.texts(), ["I am writing", "I am writing"]);
  world.keyboard = "one";
  world.one.write("c1", "reply", "No, I am");
  mock.timers.tick(10_000);
  assert.deepEqual(world.texts(), ["No, I am", "No, I am"]);
});

test("a field without the keyboard, or whose keys have rested, follows", (context) => {
  const world = twoTabs(context);
  world.other.write("c1", "reply", "typed a moment ago");
  world.one.write("c1", "reply", "but the keyboard is here now");
  assert.deepEqual(world.texts(), ["but the keyboard is here now", "but the keyboard is here now"]);
  world.keyboard = "other";
  world.other.write("c1", "reply", "typed");
  mock.timers.tick(3000);
  world.one.write("c1", "reply", "written later");
  assert.deepEqual(world.texts(), ["written later", "written later"]);
});

/**
 * Tabs that hear of each other late, as they do in a browser: what one stores waits for each of the others until it `hears`.
 * `stored` is what the browser holds: the last that was written.
 */
function lateTabs(names, now = () => 0) {
  const stored = new FakeStorage();
  const waiting = new Map(names.map((name) => [name, []]));
  const tell = (from, key, value) => {
    const before = stored.getItem(key);
    if (value === null) stored.removeItem(key);
    else stored.setItem(key, value);
    if (before !== value) for (const [name, events] of waiting) if (name !== from) events.push([key, value, before]);
  };
  const tabs = names.map((name) => {
    const storage = {
      getItem: (key) => stored.getItem(key),
      setItem: (key, value) => tell(name, key, value),
      removeItem: (key) => tell(name, key, null),
    };
    const drafts = new Drafts(storage, "u1", { now, tab: name });
    drafts.of("c1");
    return drafts;
  });
  const hears = (name) => {
    const event = waiting.get(name).shift();
    if (event) tabs[names.indexOf(name)].hearStorage(...event);
    return Boolean(event);
  };
  const settle = () => {
    while (names.some(hears));
  };
  const texts = () => tabs.map((each) => each.of("c1").value.reply);
  return { tabs, stored, hears, settle, texts };
}

test("of two that store at the same moment both tabs take the same one, and it is what stays", () => {
  for (const order of [["a", "b"], ["b", "a"]]) {
    const { tabs, stored, settle, texts } = lateTabs(["a", "b"]);
    for (const name of order) tabs["ab".indexOf(name)].write("c1", "reply", `of ${name}`);
    settle();
    assert.deepEqual(texts(), ["of b", "of b"], order);
    assert.equal(JSON.parse(stored.getItem("draft:u1:c1")).reply, "of b");
  }
});

test("what was written later wins, whatever is heard first", () => {
  let present = 1000;
  const { tabs, settle, texts } = lateTabs(["a", "b"], () => present);
  tabs[1].write("c1", "reply", "earlier");
  present = 2000;
  tabs[0].write("c1", "reply", "later");
  settle();
  assert.deepEqual(texts(), ["later", "later"]);
  // Also when the computer's clock is put back.
  present = 500;
  tabs[1].write("c1", "reply", "last");
  settle();
  assert.deepEqual(texts(), ["last", "last"]);
});

test("what is sent in one tab while another one writes is in both what came later", () => {
  for (const [sent, written] of [[2000, 3000], [3000, 2000]]) {
    let present = 1000;
    const { tabs, stored, settle, texts } = lateTabs(["a", "b"], () => present);
    tabs[0].write("c1", "reply", "on my way");
    settle();
    const acts = [
      [sent, () => tabs[0].clear("c1", "reply")],
      [written, () => tabs[1].write("c1", "reply", "on my way home")],
    ];
    for (const [moment, act] of acts) {
      present = moment;
      act();
    }
    settle();
    const text = written > sent ? "on my way home" : "";
    assert.deepEqual(texts(), [text, text]);
    assert.equal(stored.length, text ? 1 : 0);
  }
});

test("however three tabs write, send and hear of each other, they end alike, and so does what is stored", () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const chance = chances(seed);
    let present = 1000;
    const names = ["a", "b", "c"];
    const { tabs, stored, hears, settle, texts } = lateTabs(names, () => present);
    for (let step = 0; step < 30; step += 1) {
      present += chance(2);
      const tab = tabs[chance(3)];
      const acts = [() => tab.write("c1", "reply", `${seed}.${step}`), () => tab.clear("c1", "reply"), () => hears(names[chance(3)])];
      acts[chance(3)]();
    }
    settle();
    const [text] = texts();
    assert.deepEqual(texts(), [text, text, text], `seed ${seed}`);
    const kept = stored.getItem("draft:u1:c1");
    assert.equal(kept === null ? "" : JSON.parse(kept).reply, text, `seed ${seed}`);
  }
});

/** chance(n): a whole number below n, the same ones in the same order for the same seed (a linear congruence). */
function chances(seed) {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
}

test("a tab of the client before stamps is followed, and all that it removes", () => {
  const { tabs, texts } = lateTabs(["a"], () => 1000);
  tabs[0].write("c1", "reply", "here");
  tabs[0].hearStorage("draft:u1:c1", JSON.stringify({ mode: "reply", reply: "there", note: "", mentions: [] }), null);
  assert.deepEqual(texts(), ["there"]);
  tabs[0].hearStorage("draft:u1:c1", null, JSON.stringify({ mode: "reply", reply: "there", note: "", mentions: [], stamp: [1, "z"] }));
  assert.deepEqual(texts(), [""]);
});

test("where two tabs take the keyboard to be theirs, both have what was typed last", (context) => {
  const world = twoTabs(context);
  world.keyboard = "other";
  world.other.write("c1", "reply", "I am writing");
  mock.timers.tick(5);
  world.keyboard = "one";
  world.one.write("c1", "reply", "Here too");
  world.keyboard = "other";
  mock.timers.tick(10_000);
  assert.deepEqual(world.texts(), ["Here too", "Here too"]);
});

test("a tab that closes while its text is in dispute leaves the text; signing out leaves none", (context) => {
  const world = twoTabs(context);
  world.keyboard = "other";
  for (const leaves of [true, false]) {
    world.other.write("c1", "reply", "mine");
    world.one.write("c1", "reply", "another");
    if (leaves) world.other.close();
    else world.other.erase();
    mock.timers.tick(10_000);
    assert.equal(world.one.of("c1").value.reply, leaves ? "mine" : "");
  }
  assert.equal(world.stored.length, 0);
});
