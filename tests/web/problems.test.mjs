import assert from "node:assert/strict";
import test from "node:test";
import { signal } from "../../whatsapp_server/web/vendor/signals-core.js";
import { ApiError, NetworkError } from "../../whatsapp_server/web/js/api.js";
import { followLanguage, t } from "../../whatsapp_server/web/js/i18n.js";
import { sentencesOf } from "../../whatsapp_server/web/js/problems.js";

followLanguage(signal("en"));
const refused = (status, problem) => new ApiError(status, problem);
const invalid = (errors) => refused(422, { code: "invalid", detail: "Some fields need mending.", errors });

test("a sentence goes to the field that it is about, however deep it is", () => {
  const error = invalid({ name: ["Too long.", "Too odd."], hours: { from: ["Too late."], days: { 0: ["No day."] } } });
  const found = sentencesOf(error, { fields: ["name", "hours.from", "hours.days"] });
  assert.deepEqual(found, { notice: null, problems: { name: "Too long.", "hours.from": "Too late.", "hours.days": "No day." } });
});

test("a field's name is not taken for the beginning of another's", () => {
  assert.deepEqual(sentencesOf(invalid({ names: ["No."] }), { fields: ["name"] }), { notice: "No.", problems: {} });
});

test("what is about a field that the form does not show stands above it", () => {
  const found = sentencesOf(invalid({ name: ["Too long."], role: ["No role."] }), { fields: ["name"] });
  assert.deepEqual(found, { notice: "No role.", problems: { name: "Too long." } });
});

test("else the form's own words for the code, or what the server says", () => {
  const gone = refused(404, { code: "not_found", detail: "Not found." });
  assert.equal(sentencesOf(gone, { sentences: { not_found: "It was withdrawn." } }).notice, "It was withdrawn.");
  assert.equal(sentencesOf(gone).notice, "Not found.");
  assert.equal(sentencesOf(refused(503, { code: "unavailable", detail: "No database." })).notice, "No database.");
  assert.equal(sentencesOf(refused(502, {})).notice, t("message.action_failed"), "a proxy's page says nothing");
});

test("no answer at all is said so, and a mistake of ours is not swallowed", () => {
  assert.equal(sentencesOf(new NetworkError(new TypeError("offline"))).notice, t("verb.no_answer"));
  assert.throws(() => sentencesOf(new TypeError("ours")), TypeError);
});
