/** What a person chose on this device: colours, language, sounds, notices outside the page, replies that bear their name. */
import { effect, signal } from "../vendor/signals-core.js";

export const THEMES = ["system", "light", "dark"];
export const LANGUAGES = ["pt", "en"];
export const DESKTOP = ["on", "off"];
const SWITCH = ["true", "false"];

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
  const sound = signal(storage.getItem("sound") !== "false");
  const unassigned = signal(storage.getItem("unassigned") !== "false");
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
    sound,
    unassigned,
    setTheme: (value) => choose(theme, "theme", value),
    setLanguage: (value) => choose(language, "language", value),
    setWithName: (value) => choose(withName, "with_name", value),
    setDesktop: (value) => choose(desktop, "desktop", value),
    setSound: (value) => choose(sound, "sound", value),
    setUnassigned: (value) => choose(unassigned, "unassigned", value),
    hearStorage,
  };

  /** Another tab stored a choice (a `storage` event): it is this one's too. */
  function hearStorage(key, value) {
    const chosen = { theme: [theme, THEMES], language: [language, LANGUAGES], desktop: [desktop, DESKTOP] }[key];
    if (chosen?.[1].includes(value)) chosen[0].value = value;
    const switched = { with_name: withName, sound, unassigned }[key];
    if (switched && SWITCH.includes(value)) switched.value = value === "true";
  }

  function choose(target, key, value) {
    storage.setItem(key, value);
    target.value = value;
  }
}
