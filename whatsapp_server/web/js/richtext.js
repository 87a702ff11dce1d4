/**
 * WhatsApp's way of marking text (*bold*, _italic_, ~struck~, `code`, ```block```) and links, as a tree. Views make
 * text nodes of it; nothing in a message ever becomes markup.
 */

const MARKS = { "*": "bold", _: "italic", "~": "strike", "`": "code" };
const LINK = /(?:https?:\/\/|www\.)[^\s<>"]+/iy;
/** What may end a sentence around a link rather than the link itself. */
const TRAILING = /[.,;:!?'"*_~\])}»…]+$/;
const WORD = /[\p{L}\p{N}]/u;

/**
 * The nodes of a message: {type: "text", text}, {type: "link", href, text}, {type: "code" | "block", text} and
 * {type: "bold" | "italic" | "strike", children}.
 */
export function parseRichText(text) {
  const nodes = [];
  let start = 0;
  for (const match of text.matchAll(/```([\s\S]+?)```/g)) {
    nodes.push(...parseInline(text.slice(start, match.index), ""));
    nodes.push({ type: "block", text: match[1].replace(/^\n|\n$/g, "") });
    start = match.index + match[0].length;
  }
  return [...nodes, ...parseInline(text.slice(start), "")];
}

/** What a message says without its marks, for where there is one line of plain text. */
export function plainText(text) {
  return textOf(parseRichText(text));
}

function textOf(nodes) {
  return nodes.map((node) => node.text ?? textOf(node.children)).join("");
}

/** `open` holds the marks that this text is inside of: a mark does not nest in itself. */
function parseInline(text, open) {
  const nodes = [];
  let plainFrom = 0;
  let at = 0;
  const take = (node, end) => {
    if (at > plainFrom) nodes.push({ type: "text", text: text.slice(plainFrom, at) });
    nodes.push(node);
    at = end;
    plainFrom = end;
  };
  while (at < text.length) {
    const link = linkAt(text, at);
    const end = link ? -1 : closingOf(text, at, open);
    if (link) take({ type: "link", ...link }, at + link.text.length);
    else if (end > 0) take(marked(text[at], text.slice(at + 1, end), open), end + 1);
    else at += 1;
  }
  if (plainFrom < text.length) nodes.push({ type: "text", text: text.slice(plainFrom) });
  return nodes;
}

function marked(mark, inner, open) {
  if (mark === "`") return { type: "code", text: inner };
  return { type: MARKS[mark], children: parseInline(inner, open + mark) };
}

/** Index of the mark that closes the one at `at`, or -1: marks hug their words and stay on one line. */
function closingOf(text, at, open) {
  const mark = text[at];
  if (!MARKS[mark] || open.includes(mark) || isWord(text[at - 1]) || isBlank(text[at + 1])) return -1;
  for (let end = at + 2; end < text.length && text[end] !== "\n"; end += 1) {
    if (text[end] === mark && !isBlank(text[end - 1]) && !isWord(text[end + 1])) return end;
  }
  return -1;
}

function linkAt(text, at) {
  if (isWord(text[at - 1])) return null;
  LINK.lastIndex = at;
  const found = LINK.exec(text)?.[0].replace(TRAILING, "");
  if (!found) return null;
  const href = /^www\./i.test(found) ? `https://${found}` : found;
  return URL.canParse(href) ? { href, text: found } : null;
}

function isWord(character) {
  return character !== undefined && WORD.test(character);
}

function isBlank(character) {
  return character === undefined || /\s/.test(character);
}
