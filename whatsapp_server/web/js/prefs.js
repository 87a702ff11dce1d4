/** What a person chose on this device: colours, language, notices outside the page, replies that bear their name. */
import { effect, signal } from "../vendor/signals-core.js";

export const THEMES = ["system", "light", "dark"];
export const LANGUAGES = ["pt", "en"];
export const DESKTOP = ["on", "off"];

/** Portuguese when the browser prefers it, English otherwise. */
export function preferredLanguage(browserLanguages) {
  return browserLanguages[0]?.toLowerCase().startsWith("pt") ? "pt" : "en";
}

export function openPrefs({ storage, root, browserLanguages }) {
  const stored = (key, allowed) => (allowed.includes(storage.getItem(key)) ? storage.getItem(key) : null);
  const theme = signal(stored("theme", THEMES) ?? "system");
  const language = signal(stored("language", LANGUAGES) ?? preferredLanguage(browserLanguages));
  const desktop = signal(stored("desktop", DESKTOP) ?? "off");
  const withName = signal(storage.getItem("with_name") === "true");
  effect(() => {
    root.dataset.theme = theme.value;
  });
  effect(() => {
    root.lang = language.value === "pt" ? "pt-BR" : "en";
  });
  return {
    theme,
    language,
    desktop,
    withName,
    setTheme: (value) => choose(theme, "theme", value),
    setLanguage: (value) => choose(language, "language", value),
    setWithName: (value) => choose(withName, "with_name", value),
    setDesktop: (value) => choose(desktop, "desktop", value),
  };

  function choose(target, key, value) {
    storage.setItem(key, value);
    target.value = value;
  }
}
