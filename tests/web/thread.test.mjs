import assert from "node:assert/strict";
import test from "node:test";
import { Thread } from "../../whatsapp_server/web/js/thread.js";
import { message, page } from "./support/fixtures.mjs";

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
