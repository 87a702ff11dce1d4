import assert from "node:assert/strict";
import test from "node:test";
import { parseHash } from "../../whatsapp_server/web/js/route.js";

test("the address names a conversation by its id", () => {
  assert.equal(parseHash("#/c/6b04b866000ef49e8bf3c39c"), "6b04b866000ef49e8bf3c39c");
  assert.equal(parseHash("#/"), null);
  assert.equal(parseHash(""), null);
});

test("what is no id does not reach the API's paths", () => {
  for (const id of ["..", "%2e%2e", "..\\messages\\6b04b866000ef49e8bf3c39c\\discard?", "a/b", "a?b", "a#b", ""]) {
    assert.equal(parseHash(`#/c/${id}`), null, id);
  }
});
