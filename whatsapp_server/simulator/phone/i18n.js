// Words in Portuguese and English.

import en from "./words/en.js";
import pt from "./words/pt.js";

const WORDS = { pt, en };

let chosen = "pt";

/** Use "pt" or "en"; anything else means Portuguese. */
export function useLanguage(language) {
  chosen = language in WORDS ? language : "pt";
  document.documentElement.lang = locale();
}

export const language = () => chosen;

/** The BCP 47 name, for dates and numbers. */
export const locale = () => (chosen === "pt" ? "pt-BR" : "en-GB");

/** The words for `key`, with {names} filled in; `fallback` when there are none. */
export function t(key, values = {}, fallback = key) {
  const words = WORDS[chosen][key] ?? fallback;
  return words.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** The keys of each language, for the test that they are the same. */
export const keys = () =>
  Object.fromEntries(Object.entries(WORDS).map(([name, words]) => [name, Object.keys(words)]));
