import assert from "node:assert/strict";
import test from "node:test";
import { ApiError, NetworkError } from "../../whatsapp_server/web/js/api.js";
import { Outbox } from "../../whatsapp_server/web/js/outbox.js";
import { FakeStorage, deferred, message, settled } from "./support/fixtures.mjs";

const MINUTE_MS = 60_000;

function setUp({ storage = new FakeStorage(), answer = null, now = 1_700_000_000_000 } = {}) {
  const world = { storage, posts: [], answers: [], delays: [], messages: [], refused: [], answer, now };
  let ids = 0;
  world.outbox = new Outbox({
    post: (conversationId, body) => {
      world.posts.push({ conversationId, ...body });
      if (world.answer) return world.answer(body);
      const waiting = deferred();
      world.answers.push(waiting);
      return waiting.promise;
    },
    onMessage: (each) => world.messages.push(each),
    onRefused: ({ client_id: id, refusal }) => world.refused.push([id, refusal.code]),
    storage,
    newId: () => `id-${storage.length}-${(ids += 1)}`,
    now: () => world.now,
    delay: () => {
      const waiting = deferred();
      world.delays.push(waiting);
      return waiting.promise;
    },
  });
  world.outbox.open("u1");
  return world;
}

const states = (outbox) => outbox.entriesOf("c1").map((each) => each.state);
const bodies = (outbox) => outbox.entriesOf("c1").map((each) => each.body);

test("a text is shown at once and gone when the server has it", async () => {
  const { outbox, posts, answers, messages, storage } = setUp();
  outbox.send("c1", "hello");
  assert.deepEqual(states(outbox), ["pending"]);
  assert.equal(storage.length, 1);
  await settled();
  assert.equal(posts[0].body, "hello");
  answers[0].resolve(message(1, { client_id: posts[0].client_id }));
  await settled();
  assert.equal(outbox.size, 0);
  assert.equal(storage.length, 0);
  assert.equal(messages.length, 1);
});

test("texts of one conversation leave in order, one at a time; another conversation does not wait", async () => {
  const { outbox, posts, answers } = setUp();
  outbox.send("c1", "one");
  outbox.send("c1", "two");
  outbox.send("c2", "elsewhere");
  await settled();
  assert.deepEqual(posts.map((each) => each.body), ["one", "elsewhere"]);
  assert.deepEqual(bodies(outbox), ["one", "two"]);
  answers[0].resolve(message(1));
  await settled();
  assert.deepEqual(posts.map((each) => each.body), ["one", "elsewhere", "two"]);
});

test("without a connection it waits and is repeated with the same client_id", async () => {
  const { outbox, posts, answers, delays } = setUp();
  outbox.send("c1", "hello");
  await settled();
  answers[0].reject(new NetworkError());
  await settled();
  assert.deepEqual(states(outbox), ["waiting"]);
  delays[0].resolve();
  await settled();
  assert.equal(posts.length, 2);
  assert.equal(posts[1].client_id, posts[0].client_id);
  answers[1].resolve(message(1));
  await settled();
  assert.equal(outbox.size, 0);
});

test("a server that is busy or away says nothing about the message: it is repeated", async () => {
  for (const status of [429, 500, 502, 503]) {
    const { outbox, answers } = setUp();
    outbox.send("c1", "hello");
    await settled();
    answers[0].reject(new ApiError(status, {}));
    await settled();
    assert.deepEqual(states(outbox), ["waiting"], String(status));
  }
});

test("when the connection is back nobody waits for the timer", async () => {
  const { outbox, posts, answers } = setUp();
  outbox.send("c1", "hello");
  await settled();
  answers[0].reject(new NetworkError());
  await settled();
  outbox.resume();
  await settled();
  assert.equal(posts.length, 2);
});

test("a refusal is shown with the server's sentence, lets the next one go, and can be tried again", async () => {
  const { outbox, posts, answers } = setUp();
  const refused = outbox.send("c1", "late");
  outbox.send("c1", "next");
  await settled();
  answers[0].reject(new ApiError(409, { code: "window_closed", detail: "The window has closed." }));
  await settled();
  assert.deepEqual(states(outbox), ["failed", "pending"]);
  assert.equal(outbox.entriesOf("c1")[0].error, "The window has closed.");
  answers[1].resolve(message(1));
  await settled();
  outbox.retry(refused);
  await settled();
  assert.equal(posts.at(-1).client_id, refused);
});

test("discarding gives the text back and forgets it", async () => {
  const { outbox, answers, storage } = setUp();
  const id = outbox.send("c1", "late");
  await settled();
  answers[0].reject(new ApiError(409, { detail: "no" }));
  await settled();
  assert.equal(outbox.discard(id), "late");
  assert.equal(outbox.size, 0);
  assert.equal(storage.length, 0);
});

test("a reload loses nothing and keeps order and client_id", async () => {
  const before = setUp();
  const first = before.outbox.send("c1", "one");
  before.outbox.send("c1", "two");
  await settled();
  const after = setUp({ storage: before.storage });
  assert.deepEqual(bodies(after.outbox), ["one", "two"]);
  await settled();
  assert.equal(after.posts[0].client_id, first);
});

test("somebody else's unsent texts stay closed", () => {
  const before = setUp();
  before.outbox.send("c1", "mine");
  before.outbox.close();
  before.outbox.open("u2");
  assert.equal(before.outbox.size, 0);
  before.outbox.close();
  before.outbox.open("u1");
  assert.equal(before.outbox.size, 1);
});

test("an event that is faster than the answer settles the entry; the late answer changes nothing", async () => {
  const { outbox, answers } = setUp();
  const id = outbox.send("c1", "hello");
  await settled();
  outbox.settle(id);
  assert.equal(outbox.size, 0);
  answers[0].resolve(message(1, { client_id: id }));
  await settled();
  assert.equal(outbox.size, 0);
});

test("what another tab stored and settled is followed", () => {
  const { outbox } = setUp();
  const entry = { client_id: "x", conversation_id: "c1", body: "there", created_at: "2026-01-01", state: "pending" };
  outbox.hearStorage("outbox:u1:x", JSON.stringify(entry));
  assert.deepEqual(bodies(outbox), ["there"]);
  outbox.hearStorage("outbox:u1:x", null);
  assert.equal(outbox.size, 0);
});

test("what a text tells besides itself leaves with it, also after a reload, when it says that it waited", async () => {
  const before = setUp();
  before.outbox.send("c1", "@Bruno", { kind: "note", mentions: ["u2"] });
  before.outbox.send("c1", "yes", { last_seen_seq: 7, take_over_from: "u3", with_name: true, state: "failed", delayed: false });
  const { posts, answers } = setUp({ storage: before.storage });
  await settled();
  answers[0].resolve(message(1));
  await settled();
  const [note, reply] = posts.map(({ client_id: _id, ...rest }) => rest);
  assert.deepEqual(note, { conversationId: "c1", body: "@Bruno", kind: "note", mentions: ["u2"] });
  const told = { last_seen_seq: 7, take_over_from: "u3", with_name: true, delayed: true };
  assert.deepEqual(reply, { conversationId: "c1", body: "yes", ...told });
});

test("what leaves at once is never delayed, also behind another that is on its way", async () => {
  const { outbox, posts, answers } = setUp();
  outbox.send("c1", "one", { last_seen_seq: 1 });
  outbox.send("c1", "two", { last_seen_seq: 1 });
  await settled();
  answers[0].resolve(message(2));
  await settled();
  assert.deepEqual(posts.map((each) => each.delayed), [undefined, undefined]);
});

test("a reply that waited says so, with all that was written behind it; a note and a word to colleagues hold", async () => {
  const world = setUp({ answer: () => Promise.reject(new NetworkError()) });
  const { outbox, posts, delays } = world;
  outbox.send("c1", "one", { last_seen_seq: 4 });
  outbox.send("c1", "two", { last_seen_seq: 4 });
  await settled();
  outbox.send("c1", "three", { last_seen_seq: 4 });
  outbox.send("c1", "mind", { kind: "note", mentions: [], last_seen_seq: 4 });
  outbox.send("c2", "lunch?");
  await settled();
  assert.deepEqual(states(outbox), ["waiting", "waiting", "waiting", "waiting"]);
  assert.equal(outbox.waitingCount, 5);
  world.answer = async () => message(1);
  posts.length = 0;
  outbox.resume();
  await settled();
  assert.deepEqual(
    posts.map(({ body, delayed }) => [body, delayed]).sort(),
    [["lunch?", undefined], ["mind", undefined], ["one", true], ["three", true], ["two", true]],
  );
  assert.equal(outbox.size, 0);
  assert.equal(delays.length, 2);
});

test("one that was overtaken asks; what is decided leaves as if it were written now", async () => {
  const world = setUp();
  const { outbox, posts, answers, delays, refused } = world;
  const id = outbox.send("c1", "yes", { last_seen_seq: 4 });
  await settled();
  answers[0].reject(new NetworkError());
  await settled();
  delays[0].resolve();
  await settled();
  assert.equal(posts[1].delayed, true);
  const refusal = { code: "overtaken", by: null, at: "2026-11-23T12:00:00Z", body: "Forget it.", seq: 5 };
  answers[1].reject(new ApiError(409, { ...refusal, detail: "It has gone on." }));
  await settled();
  assert.deepEqual(outbox.entriesOf("c1")[0].refusal, refusal);
  assert.deepEqual(refused, [[id, "overtaken"]]);
  assert.deepEqual(outbox.refused.map((each) => each.client_id), [id]);
  outbox.retry(id, { last_seen_seq: 5 });
  await settled();
  assert.deepEqual([posts[2].delayed, posts[2].last_seen_seq, posts[2].client_id], [undefined, 5, id]);
});

test("a reply that waited for more than ten minutes asks before anything is sent, with what was written behind it", async () => {
  const world = setUp({ answer: () => Promise.reject(new NetworkError()) });
  const { outbox, posts, refused } = world;
  const first = outbox.send("c1", "old", { last_seen_seq: 4 });
  await settled();
  world.now += 4 * MINUTE_MS;
  const second = outbox.send("c1", "newer", { last_seen_seq: 4 });
  outbox.send("c1", "mind", { kind: "note" });
  world.now += 7 * MINUTE_MS;
  world.answer = async () => message(9);
  posts.length = 0;
  outbox.resume();
  await settled();
  assert.deepEqual(posts.map((each) => each.body), ["mind"]);
  assert.deepEqual(refused, [[first, "waited"], [second, "waited"]]);
  assert.deepEqual(states(outbox), ["failed", "failed"]);
  outbox.retry(first, { last_seen_seq: 6 });
  await settled();
  assert.deepEqual([posts[1].body, posts[1].last_seen_seq, posts[1].delayed], ["old", 6, undefined]);
});

test("one that is decided upon waits anew from then on", async () => {
  const world = setUp({ answer: () => Promise.reject(new NetworkError()) });
  const { outbox, posts } = world;
  const id = outbox.send("c1", "old", { last_seen_seq: 4 });
  await settled();
  world.now += 12 * MINUTE_MS;
  outbox.resume();
  await settled();
  outbox.retry(id, { last_seen_seq: 6 });
  await settled();
  assert.deepEqual(states(outbox), ["waiting"]);
  world.now += 9 * MINUTE_MS;
  world.answer = async () => message(9);
  outbox.resume();
  await settled();
  assert.equal(posts.at(-1).delayed, true);
  assert.equal(outbox.size, 0);
});

test("when the browser has no room left, a text leaves all the same, and once", async () => {
  const { outbox, posts, answers, storage } = setUp();
  storage.setItem = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  outbox.send("c1", "hello");
  await settled();
  assert.deepEqual(posts.map((each) => each.body), ["hello"]);
  answers[0].resolve(message(1));
  await settled();
  outbox.resume();
  await settled();
  assert.deepEqual([posts.length, outbox.size], [1, 0]);
});

test("what another tab left on its way long ago asks, too", async () => {
  const { outbox, posts, storage, now } = setUp();
  const other = { client_id: "x", conversation_id: "c1", body: "yes", state: "pending", error: null, refusal: null, last_seen_seq: 4 };
  const at = (ms) => new Date(now - ms).toISOString();
  const hears = (id, ms) => {
    const entry = { ...other, client_id: id, created_at: at(ms), since: at(ms) };
    storage.setItem(`outbox:u1:${id}`, JSON.stringify(entry));
    outbox.hearStorage(`outbox:u1:${id}`, JSON.stringify(entry));
  };
  hears("old", 11 * MINUTE_MS);
  hears("new", MINUTE_MS);
  outbox.resume();
  await settled();
  assert.deepEqual(outbox.refused.map((each) => [each.client_id, each.refusal.code]), [["old", "waited"]]);
  assert.deepEqual(posts.map((each) => each.client_id), ["new"]);
});

test("one that lay in the browser over night asks when the page is opened again", async () => {
  const before = setUp();
  before.outbox.send("c1", "good evening", { last_seen_seq: 4 });
  before.outbox.send("c1", "mind", { kind: "note" });
  const after = setUp({ storage: before.storage, now: before.now + 600 * MINUTE_MS });
  await settled();
  assert.deepEqual(after.posts.map((each) => each.body), ["mind"]);
  assert.equal(after.outbox.refused[0].refusal.code, "waited");
});

test("one that an earlier client stored, which says no time but that of its writing, is understood", async () => {
  const storage = new FakeStorage();
  const entry = { client_id: "x", conversation_id: "c1", body: "hi", created_at: "2023-11-14T22:00:00.000Z", state: "pending", error: null, refusal: null };
  storage.setItem("outbox:u1:x", JSON.stringify({ ...entry, last_seen_seq: 2 }));
  const { outbox } = setUp({ storage });
  await settled();
  assert.deepEqual(outbox.refused[0].refusal, { code: "waited", at: entry.created_at });
});

test("a note stays one, whatever is decided about it", async () => {
  const { outbox, posts, answers } = setUp();
  const id = outbox.send("c1", "secret", { kind: "note" });
  await settled();
  answers[0].reject(new ApiError(422, { errors: { mentions: ["Bruno may not read this."] }, detail: "Mend it." }));
  await settled();
  assert.equal(outbox.entriesOf("c1")[0].error, "Bruno may not read this.");
  outbox.retry(id, { kind: "text", body: "other", last_seen_seq: 3 });
  await settled();
  assert.equal(posts[1].kind, "note");
  assert.equal(posts[1].body, "secret");
});

test("a refusal keeps who, when and what; sending anyway tells what has been seen by then", async () => {
  const { outbox, posts, answers, storage } = setUp();
  const id = outbox.send("c1", "sure", { last_seen_seq: 4 });
  await settled();
  const refusal = { code: "stale_reply", by: { id: "u2", name: "Bruno" }, at: "2026-11-23T12:00:00Z", body: "No.", seq: 5 };
  answers[0].reject(new ApiError(409, { ...refusal, detail: "A colleague answered." }));
  await settled();
  assert.deepEqual(setUp({ storage }).outbox.entriesOf("c1")[0].refusal, refusal);
  outbox.retry(id, { last_seen_seq: 5 });
  assert.equal(outbox.entriesOf("c1")[0].refusal, null);
  await settled();
  assert.equal(posts[1].last_seen_seq, 5);
  assert.equal(posts[1].client_id, id);
});

test("sending again twice at once sends once", async () => {
  const { outbox, posts, answers } = setUp();
  const id = outbox.send("c1", "late");
  await settled();
  answers[0].reject(new ApiError(409, { detail: "no" }));
  await settled();
  outbox.retry(id);
  outbox.retry(id);
  await settled();
  assert.equal(posts.length, 2);
});

test("one can wait until what is on its way has got there", async () => {
  const { outbox, answers } = setUp();
  assert.equal(await outbox.settled("c1"), true);
  outbox.send("c1", "one");
  const got = outbox.settled("c1");
  await settled();
  answers[0].resolve(message(1));
  assert.equal(await got, true);
  outbox.send("c1", "two");
  const refused = outbox.settled("c1");
  await settled();
  answers[1].reject(new ApiError(409, {}));
  assert.equal(await refused, false);
  assert.equal(await outbox.settled("c1"), true, "what was refused before is not awaited");
});

test("signing out with erase leaves nothing in the browser", () => {
  const { outbox, storage } = setUp();
  outbox.send("c1", "secret");
  outbox.close({ erase: true });
  assert.equal(storage.length, 0);
});
