/** Naming colleagues in a note: what is being typed, who fits, and which words of a text are names. Pure. */

/** An @ that begins a word, and the letters after it up to where one is writing. */
const BEGUN = /(?:^|[\s(])@([^\s@]{0,30})$/u;

/** {from, query} of the name that is being typed just before `caret`, or null. `from` is where its @ stands. */
export function begunName(text, caret) {
  const found = BEGUN.exec(text.slice(0, caret));
  return found && { from: caret - found[1].length - 1, query: found[1] };
}

/** Those of `people` whose names have words that begin like those of `query`, in the order of their names. */
export function peopleLike(people, query) {
  const wanted = folded(query).trim().split(/\s+/);
  const fits = ({ name }) => wanted.every((part) => folded(name).split(/\s+/).some((word) => word.startsWith(part)));
  return people.filter(fits).sort((one, other) => one.name.localeCompare(other.name));
}

/** The text with the begun name replaced by `person`'s, and where to go on writing: {text, caret}. */
export function withName(text, caret, { from }, person) {
  const name = `@${person.name} `;
  return { text: text.slice(0, from) + name + text.slice(caret).replace(/^ /, ""), caret: from + name.length };
}

/** Those of `people` whose @name still stands in `text`. */
export function namedIn(text, people) {
  const named = new Set(splitAtNames(text, people).map((piece) => piece.person?.id));
  return people.filter(({ id }) => named.has(id));
}

/** Whether an @ in `text` calls a person, by their whole name or by its first word alone. */
export function isNamed(text, { name }) {
  const [first] = folded(name).split(/\s+/);
  const called = folded(text).split("@").slice(1);
  return called.some((each) => each.startsWith(first) && !/^[\p{L}\p{N}]/u.test(each.slice(first.length)));
}

/** The text in pieces, {text} or {text, person}: of two names that begin alike the longer one counts. */
export function splitAtNames(text, people) {
  const longestFirst = [...people].sort((one, other) => other.name.length - one.name.length);
  const pieces = [];
  let plainFrom = 0;
  for (let at = text.indexOf("@"); at !== -1; at = text.indexOf("@", Math.max(at + 1, plainFrom))) {
    const person = longestFirst.find(({ name }) => text.startsWith(name, at + 1));
    if (!person) continue;
    if (at > plainFrom) pieces.push({ text: text.slice(plainFrom, at) });
    plainFrom = at + 1 + person.name.length;
    pieces.push({ text: text.slice(at, plainFrom), person });
  }
  if (plainFrom < text.length) pieces.push({ text: text.slice(plainFrom) });
  return pieces;
}

function folded(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
