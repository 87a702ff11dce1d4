import assert from "node:assert/strict";
import test from "node:test";
import { parseHash, parseInvitation, parseSettings } from "../../whatsapp_server/web/js/route.js";

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

test("the address names a tab of the company's page, the first one when there is no such tab", () => {
  assert.equal(parseSettings("#/settings"), "people");
  assert.equal(parseSettings("#/settings/teams"), "teams");
  assert.equal(parseSettings("#/settings/constructor"), "people");
  for (const hash of ["#/", "#/settingsx", "#/settings/teams/..", "#/c/settings"]) assert.equal(parseSettings(hash), null, hash);
});

test("the address names an invitation by its token", () => {
  assert.equal(parseInvitation("#/join/43P96-bD_qt"), "43P96-bD_qt");
  for (const hash of ["#/join/", "#/join", "#/join/a/b", "#/c/join"]) assert.equal(parseInvitation(hash), null, hash);
});
