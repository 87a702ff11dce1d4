import assert from "node:assert/strict";
import test from "node:test";
import { begunName, namedIn, peopleLike, splitAtNames, withName } from "../../whatsapp_server/web/js/mentions.js";

const ANA = { id: "u1", name: "Ana Souza" };
const ANA_MARIA = { id: "u2", name: "Ana Souza Lima" };
const BRUNO = { id: "u3", name: "Bruno Lima" };
const INES = { id: "u4", name: "Inês Prado" };

test("an @ at the beginning of a word begins a name", () => {
  assert.deepEqual(begunName("hi @bru", 7), { from: 3, query: "bru" });
  assert.deepEqual(begunName("@", 1), { from: 0, query: "" });
  assert.deepEqual(begunName("see\n(@i", 7), { from: 5, query: "i" });
  assert.deepEqual(begunName("@bru no", 4), { from: 0, query: "bru" }, "before the caret only");
  for (const text of ["mail@example", "no name", "@bruno is", ""]) assert.equal(begunName(text, text.length), null, text);
});

test("people are found by the beginning of any of their names, without accents", () => {
  const people = [INES, BRUNO, ANA];
  assert.deepEqual(peopleLike(people, "").map((each) => each.id), ["u1", "u3", "u4"]);
  assert.deepEqual(peopleLike(people, "LIM"), [BRUNO]);
  assert.deepEqual(peopleLike(people, "ines"), [INES]);
  assert.deepEqual(peopleLike(people, "lima bru"), [BRUNO]);
  assert.deepEqual(peopleLike(people, "lima ana"), []);
  assert.deepEqual(peopleLike(people, "x"), []);
});

test("a chosen name replaces what was typed of it, and one goes on behind it", () => {
  assert.deepEqual(withName("hi @bru and", 7, { from: 3 }, BRUNO), { text: "hi @Bruno Lima and", caret: 15 });
});

test("only those are named whose name still stands there", () => {
  assert.deepEqual(namedIn("ask @Bruno Lima", [BRUNO, INES]), [BRUNO]);
  assert.deepEqual(namedIn("ask Bruno Lima", [BRUNO]), []);
  assert.deepEqual(namedIn("ask @Ana Souza Lima", [ANA, ANA_MARIA]), [ANA_MARIA]);
});

test("names are pieces of their own; of two that begin alike the longer one counts", () => {
  assert.deepEqual(splitAtNames("a @Ana Souza Lima, @Ana Souza!", [ANA, ANA_MARIA]), [
    { text: "a " },
    { text: "@Ana Souza Lima", person: ANA_MARIA },
    { text: ", " },
    { text: "@Ana Souza", person: ANA },
    { text: "!" },
  ]);
  assert.deepEqual(splitAtNames("@nobody @", [ANA]), [{ text: "@nobody @" }]);
  assert.deepEqual(splitAtNames("", [ANA]), []);
});
