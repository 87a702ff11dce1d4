import assert from "node:assert/strict";
import test from "node:test";
import { openPrefs } from "../../whatsapp_server/web/js/prefs.js";
import { FakeStorage } from "./support/fixtures.mjs";

const open = (storage = new FakeStorage()) => openPrefs({ storage, root: { dataset: {} }, browserLanguages: ["pt-BR"] });

test("sounds, also of what is nobody's, are on until somebody switches them off; the choice is kept", () => {
  const storage = new FakeStorage();
  const prefs = open(storage);
  assert.deepEqual([prefs.sound.value, prefs.unassigned.value, prefs.desktop.value], [true, true, "off"]);
  prefs.setSound(false);
  prefs.setUnassigned(false);
  const after = open(storage);
  assert.deepEqual([after.sound.value, after.unassigned.value], [false, false]);
});

test("what is chosen in one tab holds in the others, whatever else they store", () => {
  const prefs = open();
  prefs.hearStorage("sound", "false");
  prefs.hearStorage("with_name", "true");
  prefs.hearStorage("theme", "dark");
  prefs.hearStorage("language", "en");
  const others = [["theme", "pink"], ["sound", null], ["draft:u1:c1", "false"], [null, null]];
  for (const [key, value] of others) prefs.hearStorage(key, value);
  const { sound, withName, theme, language } = prefs;
  assert.deepEqual([sound.value, withName.value, theme.value, language.value], [false, true, "dark", "en"]);
});
