import assert from "node:assert/strict";
import test from "node:test";
import { Thread } from "../../whatsapp_server/web/js/thread.js";
import { message, page } from "./support/fixtures.mjs";

test("news of older messages that came before the first page leave no hole behind it", () => {
  const thread = new Thread("c1");
  thread.upsert(message(2, { version: 5 }));
  thread.upsert(message(9, { version: 5 }));
  thread.upsert(message(11));
  thread.addPage(page(6, 10, "before-6"));
  assert.deepEqual(thread.messages().map((each) => [each.seq, each.version]), [[6, 1], [7, 1], [8, 1], [9, 5], [10, 1], [11, 1]]);
  assert.deepEqual([thread.hasHole(11), thread.next], [false, "before-6"]);
});

test("starting again from a page keeps what came while it was fetched", () => {
  const thread = new Thread("c1");
  thread.addPage(page(1, 3));
  thread.upsert(message(60, { version: 4 }));
  thread.upsert(message(61));
  thread.reset(page(51, 60, "before-51"));
  assert.deepEqual([thread.oldestSeq, thread.newestSeq, thread.hasHole(61), thread.next], [51, 61, false, "before-51"]);
  assert.equal(thread.messages().find((each) => each.seq === 60).version, 4);
});

test("what has been seen ends where something is missing", () => {
  const thread = new Thread("c1");
  assert.equal(thread.seenSeq, 0);
  thread.addPage(page(4, 6, "before-4"));
  assert.equal(thread.seenSeq, 6);
  thread.upsert(message(8));
  assert.equal(thread.seenSeq, 6, "7 may be a colleague's answer");
  thread.upsert(message(7));
  assert.equal(thread.seenSeq, 8);
});
