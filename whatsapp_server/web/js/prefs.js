/** What a person chose on this device: colours and language. */
import { effect, signal } from "../vendor/signals-core.js";

export const THEMES = ["system", "light", "dark"];
export const LANGUAGES = ["pt", "en"];

/** Portuguese when the browser prefers it, English otherwise. */
export function preferredLanguage(browserLanguages) {
  return browserLanguages[0]?.toLowerCase().startsWith("pt") ? "pt" : "en";
}

export function openPrefs({ storage, root, browserLanguages }) {
  const stored = (key, allowed) => (allowed.includes(storage.getItem(key)) ? storage.getItem(key) : null);
  const theme = signal(stored("theme", THEMES) ?? "system");
  const language = signal(stored("language", LANGUAGES) ?? preferredLanguage(browserLanguages));
  effect(() => {
    root.dataset.theme = theme.value;
  });
  effect(() => {
    root.lang = language.value === "pt" ? "pt-BR" : "en";
  });
  return {
    theme,
    language,
    setTheme: (value) => choose(theme, "theme", value),
    setLanguage: (value) => choose(language, "language", value),
  };

  function choose(target, key, value) {
    storage.setItem(key, value);
    target.value = value;
  }
}
