/** Times, phone numbers and names, as people read them. Pure: the current time and the locale are arguments. */

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const formatters = new Map();

/** Formatters are slow to make: one for each locale and set of options is kept. */
function formatter(locale, options) {
  const key = locale + JSON.stringify(options);
  if (!formatters.has(key)) formatters.set(key, new Intl.DateTimeFormat(locale, options));
  return formatters.get(key);
}

/** 14:05 */
export function clockTime(iso, locale) {
  return formatter(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(iso));
}

/** 23/11/2026, 14:05 */
export function fullTime(iso, locale) {
  const options = { day: "2-digit", month: "2-digit", year: "numeric" };
  return `${formatter(locale, options).format(new Date(iso))}, ${clockTime(iso, locale)}`;
}

/** 3/12 */
export function shortDate(iso, locale) {
  return formatter(locale, { day: "numeric", month: "numeric" }).format(new Date(iso));
}

/** 14:05 today, 23/11 14:05 on another day: for a moment in the middle of a sentence. */
export function momentTime(iso, nowMs, locale) {
  if (daysAgo(iso, nowMs) === 0) return clockTime(iso, locale);
  return `${formatter(locale, { day: "2-digit", month: "2-digit" }).format(new Date(iso))} ${clockTime(iso, locale)}`;
}

/** Whole calendar days between a moment and now, in the reader's time zone: 0 today, 1 yesterday. */
export function daysAgo(iso, nowMs) {
  return Math.round((startOfDay(nowMs) - startOfDay(new Date(iso).getTime())) / DAY_MS);
}

function startOfDay(ms) {
  const date = new Date(ms);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/** For the list: the time today, `yesterday` as given, the date before that, with its year when it is another. */
export function listTime(iso, nowMs, locale, yesterday) {
  const days = daysAgo(iso, nowMs);
  if (days <= 0) return clockTime(iso, locale);
  if (days === 1) return yesterday;
  const sameYear = new Date(iso).getFullYear() === new Date(nowMs).getFullYear();
  const options = { day: "2-digit", month: "2-digit", ...(sameYear ? {} : { year: "2-digit" }) };
  return formatter(locale, options).format(new Date(iso));
}

/** For the divider between two days; `words` are {today, yesterday}. */
export function dayName(iso, nowMs, locale, words) {
  const days = daysAgo(iso, nowMs);
  if (days === 0) return words.today;
  if (days === 1) return words.yesterday;
  const sameYear = new Date(iso).getFullYear() === new Date(nowMs).getFullYear();
  const options = { weekday: "long", day: "numeric", month: "long", ...(sameYear ? {} : { year: "numeric" }) };
  return formatter(locale, options).format(new Date(iso));
}

/** A calendar day as a key: equal for moments of the same day. */
export function dayKey(iso) {
  return startOfDay(new Date(iso).getTime());
}

/** {hours, minutes, ms} until a moment; null for no moment and for one that is past. */
export function timeLeft(iso, nowMs) {
  if (!iso) return null;
  const ms = new Date(iso).getTime() - nowMs;
  if (ms <= 0) return null;
  const minutes = Math.floor(ms / MINUTE_MS);
  return { hours: Math.floor(minutes / 60), minutes: minutes % 60, ms };
}

/** How long ago a moment was, in its largest unit: {unit: "moments" | "minutes" | "hours" | "days", amount}. */
export function timeSince(iso, nowMs) {
  const minutes = Math.max(0, Math.floor((nowMs - new Date(iso).getTime()) / MINUTE_MS));
  if (minutes === 0) return { unit: "moments", amount: 0 };
  if (minutes < 60) return { unit: "minutes", amount: minutes };
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? { unit: "hours", amount: hours } : { unit: "days", amount: Math.floor(hours / 24) };
}

/** +5511987654321 as +55 11 98765-4321; other countries' numbers in groups; what is no number stays as it is. */
export function phoneNumber(number) {
  const digits = /^\+(\d{6,15})$/.exec(number ?? "")?.[1];
  if (!digits) return number ?? "";
  const brazilian = /^55(\d{2})(\d{4,5})(\d{4})$/.exec(digits);
  if (brazilian) return `+55 ${brazilian[1]} ${brazilian[2]}-${brazilian[3]}`;
  const northAmerican = /^1(\d{3})(\d{3})(\d{4})$/.exec(digits);
  if (northAmerican) return `+1 ${northAmerican.slice(1).join(" ")}`;
  return `+${digits.replace(/\B(?=(\d{3})+$)/g, " ")}`;
}

/** What to call a contact: the name, else the number, else the end of the address. */
export function contactName(contact) {
  if (contact.name) return contact.name;
  if (contact.number) return phoneNumber(contact.number);
  return contact.address.replace(/^whatsapp:/, "");
}

export function firstName(name) {
  return name.trim().split(/\s+/)[0] ?? "";
}

/** One or two letters for a round picture; empty for names without a letter, such as numbers. */
export function initials(name) {
  const words = name.split(/\s+/).map((word) => /\p{L}/u.exec(word)?.[0]).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.join("").toUpperCase();
}

/**
 * One of `count` colours for an id, the same in every tab. Ids made one after the other differ by one at their end,
 * and in the time at their beginning, which says nothing; the golden ratio's multiple spreads them over the whole range.
 */
export function toneOf(id, count = 8) {
  let sum = 0;
  for (const character of id.slice(-6)) sum = (Math.imul(sum, 31) + character.codePointAt(0)) | 0;
  return Math.floor(((Math.imul(sum, 0x9e3779b1) >>> 0) / 2 ** 32) * count);
}

/** Characters as the server counts them: code points. */
export function characterCount(text) {
  return [...text].length;
}
