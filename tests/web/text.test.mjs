import assert from "node:assert/strict";
import test from "node:test";
import { parseRichText, plainText } from "../../whatsapp_server/web/js/richtext.js";

const text = (value) => ({ type: "text", text: value });

test("marks become nodes", () => {
  assert.deepEqual(parseRichText("a *b* _c_ ~d~ `e`"), [
    text("a "),
    { type: "bold", children: [text("b")] },
    text(" "),
    { type: "italic", children: [text("c")] },
    text(" "),
    { type: "strike", children: [text("d")] },
    text(" "),
    { type: "code", text: "e" },
  ]);
});

test("marks nest in one another, not in themselves", () => {
  assert.deepEqual(parseRichText("*_x_*"), [
    { type: "bold", children: [{ type: "italic", children: [text("x")] }] },
  ]);
});

test("what is no mark stays as it was written", () => {
  for (const plain of ["2*3*4", "snake_case_name", "* a *", "a * b", "*open", "~", "**", "* *", "_a\nb_", "é_x_é"]) {
    assert.deepEqual(parseRichText(plain), [text(plain)], plain);
  }
});

test("a block keeps its lines and its marks", () => {
  assert.deepEqual(parseRichText("see\n```\na *b*\nc\n```!"), [text("see\n"), { type: "block", text: "a *b*\nc" }, text("!")]);
});

test("links are found, with their underscores, without the sentence's end", () => {
  assert.deepEqual(parseRichText("(see https://a.example/x_y_z?q=1)."), [
    text("(see "),
    { type: "link", href: "https://a.example/x_y_z?q=1", text: "https://a.example/x_y_z?q=1" },
    text(")."),
  ]);
  assert.equal(parseRichText("www.loja.example")[0].href, "https://www.loja.example");
  assert.deepEqual(parseRichText("*https://a.example*")[0].children[0].href, "https://a.example");
});

test("nothing but http becomes a link, and markup stays text", () => {
  for (const value of ["javascript:alert(1)", "data:text/html,x", "<b>x</b>", '<img src=x onerror="y">', "https://"]) {
    assert.deepEqual(parseRichText(value), [text(value)], value);
  }
});

test("long hostile texts are parsed in reasonable time", () => {
  const started = performance.now();
  parseRichText("*a ".repeat(1400));
  parseRichText("_*~`".repeat(1000));
  parseRichText("```".repeat(1300));
  assert.ok(performance.now() - started < 1000);
});

test("plain text drops the marks", () => {
  assert.equal(plainText("oi *Ana*, veja _isto_: `x` https://a.example"), "oi Ana, veja isto: x https://a.example");
});
