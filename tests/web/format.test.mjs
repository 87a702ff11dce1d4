import assert from "node:assert/strict";
import test from "node:test";
import * as format from "../../whatsapp_server/web/js/format.js";

process.env.TZ = "America/Sao_Paulo";
const NOW = new Date("2026-11-23T18:00:00-03:00").getTime();
const words = { today: "Hoje", yesterday: "Ontem" };

test("the list shows a time, yesterday or a date", () => {
  assert.equal(format.listTime("2026-11-23T09:05:00-03:00", NOW, "pt-BR", "Ontem"), "09:05");
  assert.equal(format.listTime("2026-11-22T23:59:00-03:00", NOW, "pt-BR", "Ontem"), "Ontem");
  assert.equal(format.listTime("2026-11-21T10:00:00-03:00", NOW, "pt-BR", "Ontem"), "21/11");
  assert.equal(format.listTime("2025-11-21T10:00:00-03:00", NOW, "pt-BR", "Ontem"), "21/11/25");
});

test("midnight is 00, and a clock slightly ahead of ours is still today", () => {
  assert.equal(format.clockTime("2026-11-23T00:07:00-03:00", "en-GB"), "00:07");
  assert.equal(format.listTime("2026-11-23T18:00:03-03:00", NOW, "pt-BR", "Ontem"), "18:00");
});

test("days have names", () => {
  assert.equal(format.dayName("2026-11-23T00:00:00-03:00", NOW, "pt-BR", words), "Hoje");
  assert.equal(format.dayName("2026-11-22T00:00:00-03:00", NOW, "pt-BR", words), "Ontem");
  assert.equal(format.dayName("2026-11-20T12:00:00-03:00", NOW, "pt-BR", words), "sexta-feira, 20 de novembro");
});

test("a window has hours and minutes left, or is closed", () => {
  assert.deepEqual(format.timeLeft("2026-11-23T21:12:30-03:00", NOW), { hours: 3, minutes: 12, ms: 11_550_000 });
  assert.equal(format.timeLeft("2026-11-23T18:00:00-03:00", NOW), null);
  assert.equal(format.timeLeft(null, NOW), null);
});

test("numbers are grouped the way people read them", () => {
  assert.equal(format.phoneNumber("+5511987654321"), "+55 11 98765-4321");
  assert.equal(format.phoneNumber("+551140040001"), "+55 11 4004-0001");
  assert.equal(format.phoneNumber("+14155550123"), "+1 415 555 0123");
  assert.equal(format.phoneNumber("+351912345678"), "+351 912 345 678");
  assert.equal(format.phoneNumber(null), "");
  assert.equal(format.phoneNumber("BR.448123"), "BR.448123");
});

test("a contact is called by name, number or address", () => {
  const contact = { name: "", number: null, address: "whatsapp:BR.448123" };
  assert.equal(format.contactName(contact), "BR.448123");
  assert.equal(format.contactName({ ...contact, number: "+5511987654321" }), "+55 11 98765-4321");
  assert.equal(format.contactName({ ...contact, name: "Maria" }), "Maria");
});

test("initials skip what is no letter", () => {
  assert.equal(format.initials("Maria Clara Andrade"), "MA");
  assert.equal(format.initials("🌸 Flor (loja)"), "FL");
  assert.equal(format.initials("+55 11 98765-4321"), "");
  assert.equal(format.initials("Zé"), "Z");
});

test("characters count as the server counts them", () => {
  assert.equal(format.characterCount("olá 👍🏽"), 6);
});

test("colours are stable and within range", () => {
  const tones = Array.from({ length: 100 }, (_unused, index) => format.toneOf(`id-${index}`));
  assert.deepEqual(tones, Array.from({ length: 100 }, (_unused, index) => format.toneOf(`id-${index}`)));
  for (const step of [1, 2, 4, 8, 16]) {
    const ids = Array.from({ length: 16 }, (_unused, index) => `6a1f3c2b9d8e7f0012${(0x3a0000 + index * step).toString(16)}`);
    assert.ok(new Set(ids.map((id) => format.toneOf(id))).size >= 5, `neighbours ${step} apart look alike`);
  }
  const aSecondApart = ["6b0579662f6d44efede8cf6b", "6b0579672f6d44efede8cf6c", "6b0579682f6d44efede8cf6d"];
  assert.equal(new Set(aSecondApart.map((id) => format.toneOf(id))).size, 3);
  assert.ok(tones.every((each) => each >= 0 && each < 8));
  assert.equal(new Set(tones).size, 8);
});

test("how long ago, in the largest unit that is full", () => {
  const since = (iso) => format.timeSince(iso, NOW);
  assert.deepEqual(since("2026-11-23T17:59:01-03:00"), { unit: "moments", amount: 0 });
  assert.deepEqual(since("2026-11-23T17:59:00-03:00"), { unit: "minutes", amount: 1 });
  assert.deepEqual(since("2026-11-23T17:00:01-03:00"), { unit: "minutes", amount: 59 });
  assert.deepEqual(since("2026-11-23T17:00:00-03:00"), { unit: "hours", amount: 1 });
  assert.deepEqual(since("2026-11-23T15:01:00-03:00"), { unit: "hours", amount: 2 });
  assert.deepEqual(since("2026-11-21T17:00:00-03:00"), { unit: "days", amount: 2 });
  assert.deepEqual(since("2026-11-23T18:00:09-03:00"), { unit: "moments", amount: 0 }, "their clock is ahead of ours");
});
