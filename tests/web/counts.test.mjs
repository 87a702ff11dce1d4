import assert from "node:assert/strict";
import test, { mock } from "node:test";
import { Counts } from "../../whatsapp_server/web/js/counts.js";
import { Store } from "../../whatsapp_server/web/js/store.js";
import { ME, conversation, deferred, settled } from "./support/fixtures.mjs";

const NUMBERS = { mine: 2, offers: 1, mentions: 1, unassigned: 7, internal: 3, team: false };
const MINE = { assignee_id: ME.id };
const THEIRS = { assignee_id: "u2" };

function setUp(context) {
  context.after(() => mock.timers.reset());
  mock.timers.enable({ apis: ["setTimeout"] });
  const world = { asked: 0, posts: [], numbers: NUMBERS, reported: [] };
  const store = new Store();
  store.me.value = ME;
  const api = {
    get: async () => {
      world.asked += 1;
      return world.numbers;
    },
    post: async (path) => world.posts.push(path),
  };
  const counts = new Counts({ api, store, report: (error) => world.reported.push(error.message) });
  return Object.assign(world, { store, api, counts });
}

/** How often the server is asked once c1, held when it was last asked, has gone from `before` to `after`. */
async function askedFor(context, before, after, { read = 0, readAfter = read, numbers = NUMBERS } = {}) {
  const world = setUp(context);
  const mark = (inboundCount, version) => ({ seq: inboundCount, inbound_count: inboundCount, version });
  world.store.upsertConversation({ ...conversation("c1", { inbound_count: 1, ...before }), read: mark(read, 1) });
  await ask(world, numbers);
  const changed = { ...conversation("c1", { inbound_count: 1, ...before, ...after, version: 2 }), read: mark(readAfter, 2) };
  world.store.upsertConversation(changed);
  world.counts.heard("c1");
  await settled();
  mock.timers.reset();
  return world.asked - 1;
}

/** Asks for the numbers and lets the pause after it pass. */
async function ask(world, numbers = NUMBERS) {
  world.numbers = numbers;
  world.counts.refresh();
  await settled();
  mock.timers.tick(1000);
}

const offer = { offer: { id: "o", from: { id: "u2", name: "B" }, to: { id: ME.id, name: "A" }, note: "" } };
const TABLE = [
  ["nothing", MINE, {}, {}, 0],
  ["a further unread message in mine", { ...MINE, inbound_count: 3 }, { inbound_count: 4 }, {}, 0],
  ["the first unread one in mine", MINE, { inbound_count: 2 }, { read: 1, readAfter: 1 }, 1],
  ["mine has been read", MINE, {}, { read: 0, readAfter: 1 }, 1],
  ["a colleague's has been read", THEIRS, {}, { read: 0, readAfter: 1 }, 0],
  ["somebody claims it", {}, THEIRS, {}, 1],
  ["a further message in a line", { waiting_since: "x" }, { inbound_count: 2, last_inbound_seq: 2 }, {}, 0],
  ["it is offered to me", THEIRS, offer, {}, 1],
  ["I am named", THEIRS, { mentioned: [{ user_id: ME.id, seq: 2 }] }, {}, 1],
  ["another is named", THEIRS, { mentioned: [{ user_id: "u3", seq: 2 }] }, {}, 0],
  ["the team's news while the dot is off", THEIRS, { last_inbound_seq: 2 }, {}, 1],
  ["the team's news while it is on", THEIRS, { last_inbound_seq: 2 }, { numbers: { ...NUMBERS, team: true } }, 0],
  ["a tick", { ...MINE, last_seq: 3 }, { changed_at: "x" }, {}, 0],
];

for (const [what, before, after, options, expected] of TABLE) {
  test(`${what}: asked ${expected} times`, async (context) => {
    assert.equal(await askedFor(context, before, after, options), expected);
  });
}

test("what is loaded for the first time changes no number, unless a live event tells of it", async (context) => {
  const world = setUp(context);
  await ask(world);
  world.store.upsertConversation(conversation("c1"));
  assert.equal(world.asked, 1);
  world.counts.heard("c1");
  assert.equal(world.asked, 2);
  await settled();
  mock.timers.tick(1000);
  world.counts.heard("c1");
  assert.equal(world.asked, 2, "it has been counted since");
});

test("what was read or taken away after it was counted is counted anew", async (context) => {
  const world = setUp(context);
  for (const id of ["c1", "c2"]) world.store.upsertConversation(conversation(id, MINE));
  await ask(world);
  world.store.markRead("c1", { seq: 1, inbound_count: 1, version: 1 });
  assert.equal(world.asked, 2);
  await settled();
  mock.timers.tick(1000);
  world.store.removeConversation("c2", 2);
  assert.equal(world.asked, 3);
});

test("a change while the answer is on its way is asked for after it", async (context) => {
  const world = setUp(context);
  world.store.upsertConversation(conversation("c1"));
  world.counts.refresh();
  world.store.upsertConversation(conversation("c1", { ...THEIRS, version: 2 }));
  await settled();
  mock.timers.tick(1000);
  assert.equal(world.asked, 2);
});

test("many changes are one question at once and one a second later", async (context) => {
  const world = setUp(context);
  for (let change = 0; change < 50; change += 1) world.counts.refresh();
  assert.equal(world.asked, 1);
  await settled();
  for (let change = 0; change < 50; change += 1) world.counts.refresh();
  assert.equal(world.asked, 1);
  mock.timers.tick(1000);
  assert.equal(world.asked, 2);
  await settled();
  mock.timers.tick(5000);
  assert.equal(world.asked, 2);
  world.counts.refresh();
  assert.equal(world.asked, 3);
});

test("what is one change as a whole is one question after it", async (context) => {
  const world = setUp(context);
  for (const id of ["c1", "c2"]) world.store.upsertConversation(conversation(id));
  await ask(world);
  world.counts.together(() => {
    for (const id of ["c1", "c2"]) world.store.upsertConversation(conversation(id, { ...THEIRS, version: 2 }));
    world.counts.heard("c3");
    assert.equal(world.asked, 1);
  });
  assert.equal(world.asked, 2);
  await settled();
  mock.timers.tick(5000);
  world.counts.together(() => {});
  assert.equal(world.asked, 2);
});

test("a question that fails is reported and asked again with the next change", async (context) => {
  const world = setUp(context);
  world.store.upsertConversation(conversation("c1"));
  world.api.get = () => Promise.reject(new Error("down"));
  world.counts.refresh();
  await settled();
  assert.deepEqual(world.reported, ["down"]);
  assert.equal(world.counts.isKnown, false);
  world.api.get = async () => NUMBERS;
  mock.timers.tick(1000);
  world.counts.heard("c1");
  await settled();
  assert.equal(world.counts.value.value, NUMBERS);
  assert.equal(world.counts.isKnown, true);
});

test("nothing is asked after signing out", async (context) => {
  const world = setUp(context);
  const slow = deferred();
  world.api.get = () => {
    world.asked += 1;
    return slow.promise;
  };
  world.counts.refresh();
  world.counts.refresh();
  world.counts.close();
  slow.resolve(NUMBERS);
  await settled();
  mock.timers.tick(5000);
  assert.equal(world.asked, 1);
});

test("the numbers at the views, and all of them together", (context) => {
  const { counts } = setUp(context);
  assert.deepEqual([counts.ofViews.value, counts.total.value], [{ mine: 0, unassigned: 0, internal: 0 }, 0]);
  counts.value.value = NUMBERS;
  assert.deepEqual([counts.ofViews.value, counts.total.value], [{ mine: 4, unassigned: 7, internal: 3 }, 14]);
});

test("looking at the team's puts its dot out", async (context) => {
  const world = setUp(context);
  world.counts.value.value = { ...NUMBERS, team: true };
  await world.counts.seeTeam();
  assert.deepEqual(world.posts, ["/api/views/team/seen"]);
  assert.deepEqual(world.counts.value.value, NUMBERS);
});
