import assert from "node:assert/strict";
import test from "node:test";
import { Alerts } from "../../whatsapp_server/web/js/alerts.js";
import { FakeStorage, settled } from "./support/fixtures.mjs";

const said = (changes = {}) => ({ key: "m1", seq: 1, sounds: true, text: "Maria wrote.", ...changes });

/**
 * Tabs of one person in one browser. Of each: `speaks` and `outside`, whether its turns are held, and `shows`, what
 * somebody looks at in it (undefined: nobody).
 */
function browser(...tabs) {
  return browserOf({ taken: new Set(), claims: [] }, tabs);
}

/** The same, and `granted` is what the server remembers of all browsers of the person: {taken, claims}. */
function browserOf(granted, tabs) {
  const world = { granted, mine: new Set(), storage: new FakeStorage(), read: {}, sounds: [], shown: [], ends: [] };
  world.wants = { sound: true, desktop: true };
  const channels = [];
  world.tabs = tabs.map(({ speaks = false, outside = false, shows }, index) => {
    const channel = {
      postMessage: (data) => channels.filter((each) => each !== channel).forEach((each) => each.onmessage({ data })),
      close: () => channels.splice(channels.indexOf(channel), 1),
    };
    channels.push(channel);
    const turn = (held) => ({ held, want: (wanted) => world.ends.push(wanted) });
    return new Alerts({
      channel,
      storage: world.storage,
      userId: "u1",
      voice: turn(speaks),
      desk: turn(outside),
      wants: () => world.wants,
      shows: () => (shows === undefined ? null : { conversation: shows }),
      readSeq: (id) => world.read[id] ?? 0,
      play: () => world.sounds.push(index),
      show: ({ text }, id) => world.shown.push([index, text, id]),
      claim: async (what) => {
        granted.claims.push(what);
        if (granted.taken.has(what) && !world.mine.has(what)) return false;
        granted.taken.add(what);
        world.mine.add(what);
        return true;
      },
      delay: settled,
    });
  });
  /** Every tab hears of the event. */
  world.happens = (alert, id = "c1") => Promise.all(world.tabs.map((each) => each.raise(alert, id)));
  return world;
}

test("of three tabs one sounds and one shows a notice outside", async () => {
  const world = browser({ speaks: true }, { outside: true }, {});
  await world.happens(said());
  assert.deepEqual(world.sounds, [0]);
  assert.deepEqual(world.shown, [[1, "Maria wrote.", "c1"]]);
});

test("what somebody looks at in any tab alerts in none", async () => {
  const world = browser({ speaks: true, outside: true }, { shows: "c1" });
  await world.happens(said());
  assert.deepEqual([world.sounds, world.shown], [[], []]);
  const own = browser({ speaks: true, outside: true, shows: "c1" });
  await own.happens(said());
  assert.deepEqual([own.sounds, own.shown], [[], []]);
});

test("whoever looks at something else here hears it, and needs no notice outside", async () => {
  for (const shows of ["c2", null]) {
    const world = browser({ speaks: true, outside: true }, { shows });
    await world.happens(said());
    assert.deepEqual([world.sounds, world.shown], [[0], []]);
  }
});

test("a conversation sounds once until it is read, also after a reload; others sound meanwhile", async () => {
  const world = browser({ speaks: true });
  await world.happens(said());
  await world.happens(said({ key: "m2", seq: 2 }));
  await world.happens(said({ key: "m7", seq: 7 }), "c2");
  assert.equal(world.sounds.length, 2);
  const reloaded = browser({ speaks: true });
  reloaded.storage.setItem(world.tabs[0].key, world.storage.getItem(world.tabs[0].key));
  await reloaded.happens(said({ key: "m3", seq: 3 }));
  assert.equal(reloaded.sounds.length, 0);
  world.read.c1 = 3;
  await world.happens(said({ key: "m4", seq: 4 }));
  await world.happens(said({ key: "m8", seq: 8 }), "c2");
  assert.equal(world.sounds.length, 3);
});

test("messages that come together sound once", async () => {
  const world = browser({ speaks: true });
  await Promise.all([1, 2, 3].map((seq) => world.happens(said({ key: `m${seq}`, seq }))));
  assert.equal(world.sounds.length, 1);
});

test("what was not heard, as nobody wanted it, sounds when it is wanted again", async () => {
  const world = browser({ speaks: true, outside: true });
  world.wants = { sound: false, desktop: false };
  await world.happens(said());
  world.wants = { sound: true, desktop: false };
  await world.happens(said({ key: "m2", seq: 2 }));
  assert.deepEqual([world.sounds, world.shown], [[0], []]);
});

test("what one wanted counts when it happens, not when it would sound", async () => {
  const world = browser({ speaks: true, outside: true }, {});
  world.wants = { sound: false, desktop: false };
  const happened = world.happens(said());
  world.wants = { sound: true, desktop: true };
  await happened;
  assert.deepEqual([world.sounds, world.shown], [[], []]);
});

test("what needs no sound is shown all the same", async () => {
  const world = browser({ speaks: true, outside: true });
  await world.happens(said({ sounds: false, seq: null }));
  assert.deepEqual(world.sounds, []);
  assert.equal(world.shown.length, 1);
});

test("little is remembered, and nothing after signing out", async () => {
  const world = browser({ speaks: true });
  for (let number = 0; number < 150; number += 1) await world.happens(said({ key: `m${number}` }), `c${number}`);
  assert.equal(Object.keys(JSON.parse(world.storage.getItem("sounded:u1"))).length, 100);
  world.tabs[0].erase();
  assert.equal(world.storage.length, 0);
});

test("when the tab whose turn it was closes at that moment, the next one alerts, once", async () => {
  const world = browser({ speaks: true, outside: true }, {});
  const [closing, next] = world.tabs;
  const happened = world.happens(said());
  closing.voice.held = closing.desk.held = false;
  next.voice.held = next.desk.held = true;
  await happened;
  assert.deepEqual(world.sounds, [1]);
  assert.equal(world.shown.length, 1);
});

test("a tab that closes gives its turns back and answers no more", async () => {
  const world = browser({ speaks: true }, { shows: "c1" });
  world.tabs[1].close();
  assert.deepEqual(world.ends, [false, false]);
  await world.tabs[0].raise(said(), "c1");
  assert.deepEqual(world.sounds, [0]);
});

test("of two browsers the one that was granted it alerts, and the other counts it as sounded", async () => {
  const granted = { taken: new Set(), claims: [] };
  const [office, home] = [1, 2].map(() => browserOf(granted, [{ speaks: true, outside: true }]));
  await Promise.all([office.happens(said()), home.happens(said())]);
  assert.deepEqual([office.sounds.length + home.sounds.length, office.shown.length + home.shown.length], [1, 1]);
  const asked = granted.claims.length;
  await Promise.all([office.happens(said({ key: "m2", seq: 2 })), home.happens(said({ key: "m2", seq: 2 }))]);
  assert.equal(office.sounds.length + home.sounds.length, 1);
  assert.deepEqual(granted.claims.slice(asked), ["outside:m2", "outside:m2"]);
  office.read.c1 = home.read.c1 = 2;
  await Promise.all([office.happens(said({ key: "m3", seq: 3 })), home.happens(said({ key: "m3", seq: 3 }))]);
  assert.equal(office.sounds.length + home.sounds.length, 2);
});

test("the browser at which somebody looks goes first, and no other one shows a notice outside", async () => {
  const granted = { taken: new Set(), claims: [] };
  const away = browserOf(granted, [{ speaks: true, outside: true }]);
  const here = browserOf(granted, [{ speaks: true, outside: true, shows: "c2" }]);
  await Promise.all([away.happens(said()), here.happens(said())]);
  assert.deepEqual([away.sounds, away.shown, here.sounds, here.shown], [[], [], [0], []]);
});

test("what has been read meanwhile, in whatever browser, alerts no more", async () => {
  const world = browser({ speaks: true, outside: true });
  const happened = world.happens(said());
  world.read.c1 = 1;
  await happened;
  assert.deepEqual([world.sounds, world.shown, world.granted.claims], [[], [], []]);
});
