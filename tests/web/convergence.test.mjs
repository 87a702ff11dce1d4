import assert from "node:assert/strict";
import test from "node:test";
import { VIEWS } from "../../whatsapp_server/web/js/belonging.js";
import { ME } from "./support/fixtures.mjs";
import { ModelServer } from "./support/model_server.mjs";
import { caughtUp, connected, openTab, quiet } from "./support/tab.mjs";

const ROUNDS = 12;
const WRITES = 25;
const CONVERSATIONS = 24;
const PEOPLE = [ME.id, "u2", "u3"];

/** Reproducible chance: the same seed, the same run (mulberry32). */
function chance(seed) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { next, of: (choices) => choices[Math.floor(next() * choices.length)], maybe: (share) => next() < share };
}

const clock = () => {
  let minutes = 0;
  return () => new Date(Date.UTC(2026, 10, 23, 0, (minutes += 1))).toISOString();
};

/** Something that happens on the server. */
function happen(server, random, moment) {
  const id = `c${Math.floor(random.next() * CONVERSATIONS)}`;
  if (!server.conversations.has(id)) server.write(id, { contact: { id, name: `Customer ${id}`, number: null, address: "x" }, last_message_at: moment() });
  const holder = random.of([null, ...PEOPLE]);
  const offer = { id: "o", from: { id: "u2", name: "B" }, to: { id: random.of(PEOPLE), name: "A" }, note: "" };
  const events = [
    () => server.say(id, { at: moment() }),
    () => server.say(id, { at: moment(), direction: "outbound", author: { id: "u2", name: "B" }, status: "queued" }),
    () => server.write(id, { waiting_since: random.maybe(0.5) ? moment() : null }),
    () => server.write(id, { assignee_id: holder, offer: null }),
    () => server.write(id, { offer: random.maybe(0.5) ? offer : null }),
    () => server.write(id, { state: random.of(["open", "finished"]) }),
    () => server.write(id, { visibility: random.of(["public", "public", "private"]) }),
    () => server.write(id, { mentioned: random.maybe(0.5) ? [{ user_id: random.of(PEOPLE), seq: 1 }] : [] }),
    () => server.write(id, { team_id: random.of([null, "t1"]) }),
    () => server.isReadable(server.conversations.get(id)) && server.read(id),
    () => server.messages.length && server.tick(random.of(server.messages).id, random.of(["sent", "delivered", "read"])),
  ];
  random.of(events)();
}

/** Of what happened some is lost, some comes twice, and nothing in order. */
function delivered(events, random) {
  const kept = events.flatMap((each) => (random.maybe(0.4) ? [] : random.maybe(0.2) ? [each, each] : [each]));
  return kept.map((each) => [random.next(), each]).sort(([one], [other]) => one - other).map(([, each]) => each);
}

/** What a person does meanwhile. */
async function act({ list, sync, store }, random) {
  const deeds = [
    () => list.show(random.of(VIEWS)),
    () => list.loadMore(),
    () => list.filter("team", random.of([null, "t1"])),
    () => list.search(random.of(["", "", "Customer c1"])),
    () => sync.open(`c${Math.floor(random.next() * CONVERSATIONS)}`),
    () => store.heldThread(sync.openId.peek()) && sync.loadOlder(store.heldThread(sync.openId.peek())),
  ];
  await random.of(deeds)();
}

function assertExact(tab, where) {
  const { server, list, store, sync } = tab;
  const shown = list.items.value;
  const view = list.query.value ? "all" : list.view.value;
  const expected = server.listed(view, list.query.value ? {} : list.filters.value, list.query.value);
  const all = list.hasMore.value ? expected.slice(0, shown.length) : expected;
  const facts = ({ id, version }) => `${id} v${version}`;
  assert.deepEqual(shown.map(facts), all.map(facts), `${where}: the list of ${view}`);
  for (const each of shown) {
    const read = server.marks.get(each.id)?.inbound_count ?? 0;
    assert.equal(store.unreadOf(each), each.inbound_count - read, `${where}: unread in ${each.id}`);
  }
  const openId = sync.openId.value;
  const open = server.conversations.get(openId);
  if (!openId || !open || !server.isReadable(open)) {
    if (openId) assert.equal(sync.openProblem.value, "not_found", where);
    return;
  }
  const thread = store.heldThread(openId);
  const said = server.messages.filter((each) => each.conversation_id === openId && each.seq >= thread.oldestSeq);
  assert.deepEqual(thread.messages().map(facts), said.map(facts), `${where}: the messages of ${openId}`);
}

for (let seed = 1; seed <= 40; seed += 1) {
  test(`whatever is lost, doubled or late, a tab ends in the server's state: ${seed}`, async (context) => {
    const random = chance(seed);
    const moment = clock();
    // For every other seed what changed since the cursor has to be enough.
    const server = new ModelServer({ pageSize: 4, compares: seed % 2 === 0 });
    for (let write = 0; write < WRITES; write += 1) happen(server, random, moment);
    const tab = openTab(context, { server, view: random.of(VIEWS), report: () => {} });
    await connected(tab);
    assertExact(tab, "at first");
    for (let round = 1; round <= ROUNDS; round += 1) {
      const from = server.events.length;
      for (let write = 0; write < WRITES; write += 1) {
        happen(server, random, moment);
        if (random.maybe(0.15)) await act(tab, random);
      }
      if (random.maybe(0.1)) server.resets = true;
      // Before, while and after the answer is on its way.
      const events = delivered(server.events.slice(from), random);
      const cuts = [random.next(), random.next()].map((each) => Math.floor(each * events.length)).sort((one, other) => one - other);
      tab.sync.apply(events.slice(0, cuts[0]));
      tab.sync.now();
      tab.sync.apply(events.slice(cuts[0], cuts[1]));
      await quiet();
      tab.sync.apply(events.slice(cuts[1]));
      await caughtUp(tab);
      assertExact(tab, `after round ${round}`);
    }
    while (tab.list.hasMore.value) await tab.list.loadMore();
    assertExact(tab, "to its end");
  });
}
