import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import test from "node:test";
import { signal } from "../../whatsapp_server/web/vendor/signals-core.js";
import en from "../../whatsapp_server/web/i18n/en.js";
import pt from "../../whatsapp_server/web/i18n/pt.js";
import { followLanguage, maybe, t } from "../../whatsapp_server/web/js/i18n.js";
import { preferredLanguage } from "../../whatsapp_server/web/js/prefs.js";

const JS = new URL("../../whatsapp_server/web/js/", import.meta.url);
const places = (sentence) => [...sentence.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

async function sources() {
  const names = (await readdir(JS, { recursive: true })).filter((each) => each.endsWith(".js"));
  return (await Promise.all(names.map((each) => readFile(new URL(each, JS), "utf8")))).join("\n");
}

test("both languages say the same things", () => {
  assert.deepEqual(Object.keys(pt), Object.keys(en));
});

test("both languages fill in the same places, and nothing is empty", () => {
  for (const key of Object.keys(en)) {
    assert.ok(pt[key].trim() && en[key].trim(), key);
    // "1 mensagem" needs no {count}.
    if (!key.endsWith(".one")) assert.deepEqual(places(pt[key]), places(en[key]), key);
  }
});

test("every key that the code names exists, and every sentence is used", async () => {
  const code = await sources();
  const named = [...code.matchAll(/["'`]([a-z_]+(?:\.[a-z0-9_]+)+)["'`]/g)].map(([, key]) => key);
  const prefixes = [...code.matchAll(/`([a-z_]+\.(?:[a-z_]+\.)*)\$\{/g)].map(([, prefix]) => prefix);
  const called = [...code.matchAll(/\bt\(\s*"([^"]+)"/g)].map(([, key]) => key);
  for (const key of called) assert.ok(en[key] ?? en[`${key}.other`], `missing: ${key}`);
  const used = (key) => {
    const plain = key.replace(/\.(one|other)$/, "");
    return named.includes(key) || named.includes(plain) || prefixes.some((each) => key.startsWith(each));
  };
  assert.deepEqual(Object.keys(en).filter((key) => !used(key)), []);
});

test("sentences are filled in and have plurals; unknown keys are noticed", () => {
  const language = signal("en");
  followLanguage(language);
  assert.equal(t("list.unread", { count: 1 }), "1 unread message");
  assert.equal(t("list.unread", { count: 3 }), "3 unread messages");
  language.value = "pt";
  assert.equal(t("list.unread", { count: 3 }), "3 mensagens não lidas");
  assert.equal(maybe("kind.hologram"), null);
  assert.throws(() => t("no.such.key"));
});

test("what a person wrote is never taken for a place to fill in", () => {
  followLanguage(signal("en"));
  assert.equal(t("list.none.text", { query: "{query} $& $1" }).includes("{query} $& $1"), true);
});

test("Portuguese for browsers that prefer it, else English", () => {
  assert.equal(preferredLanguage(["pt-BR", "en"]), "pt");
  assert.equal(preferredLanguage(["pt"]), "pt");
  assert.equal(preferredLanguage(["es", "pt"]), "en");
  assert.equal(preferredLanguage([]), "en");
});
