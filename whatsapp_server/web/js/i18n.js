/** Sentences in the chosen language. Both files hold the same keys; a test compares them. */
import { signal } from "../vendor/signals-core.js";
import pt from "../i18n/pt.js";
import en from "../i18n/en.js";

const CATALOGS = { pt, en };

/** The signal with the language in use; app.js puts the person's preference here. */
let language = signal("en");

export function followLanguage(source) {
  language = source;
}

/** The language tag for dates and numbers. */
export function locale() {
  return language.value === "pt" ? "pt-BR" : "en-GB";
}

/**
 * The sentence of `key` with its {names} filled in. With a `count` the plural form is chosen: `key.one` or
 * `key.other`. A key that does not exist raises, so that it cannot go unnoticed.
 */
export function t(key, params = {}) {
  const catalog = CATALOGS[language.value];
  const form = "count" in params ? `${key}.${pluralForm(params.count)}` : key;
  const sentence = catalog[form];
  if (sentence === undefined) throw new Error(`no sentence for "${form}"`);
  return sentence.replace(/\{(\w+)\}/g, (_whole, name) => String(params[name]));
}

/** The sentence of `key`, or null when there is none: for codes that others invent. */
export function maybe(key) {
  return CATALOGS[language.value][key] ?? null;
}

function pluralForm(count) {
  return count === 1 ? "one" : "other";
}
