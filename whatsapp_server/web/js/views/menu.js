/** One's own corner: language, colours, signing out. */
import { t } from "../i18n.js";
import { html, useApp, useLayoutEffect, useRef, useState } from "../lib.js";
import { LANGUAGES, THEMES } from "../prefs.js";
import { Avatar } from "./avatar.js";
import { Confirm } from "./dialog.js";

const LANGUAGE_NAMES = { pt: "Português", en: "English" };

export function Menu() {
  const { store } = useApp();
  const [open, setOpen] = useState(false);
  const place = useRef(null);
  const button = useRef(null);
  const me = store.me.value;
  const close = () => {
    setOpen(false);
    button.current.focus();
  };
  useClosing(open, place, close, () => setOpen(false));
  return html`<div class="menu-place" ref=${place}>
    <button type="button" class="avatar-button" ref=${button} data-testid="menu" aria-expanded=${open}
      aria-label=${t("menu.open", { name: me.name })} onClick=${() => setOpen(!open)}>
      <${Avatar} id=${me.id} name=${me.name} small />
    </button>
    ${open ? html`<${MenuPanel} me=${me} />` : null}
  </div>`;
}

/** Closes on Esc, giving the focus back, and on a press anywhere else, which keeps the focus it brings. */
function useClosing(open, place, onEscape, onOutside) {
  // Before it is seen: whoever presses Esc at once is heard.
  useLayoutEffect(() => {
    if (!open) return undefined;
    const key = (event) => event.key === "Escape" && onEscape();
    const press = (event) => {
      const inside = place.current.contains(event.target) || event.target.closest("dialog");
      if (!inside) onOutside();
    };
    document.addEventListener("keydown", key);
    document.addEventListener("pointerdown", press);
    return () => {
      document.removeEventListener("keydown", key);
      document.removeEventListener("pointerdown", press);
    };
  }, [open]);
}

function MenuPanel({ me }) {
  const { prefs, outbox, signOut } = useApp();
  const [asking, setAsking] = useState(false);
  const languages = LANGUAGES.map((each) => [each, LANGUAGE_NAMES[each]]);
  const themes = THEMES.map((each) => [each, t(`menu.theme.${each}`)]);
  return html`<div class="menu">
    <div class="menu-who">
      <strong>${me.name}</strong><span>${me.email}</span><span>${t(`menu.role.${me.role}`)}</span>
    </div>
    <${Choice} label=${t("menu.language")} name="language" options=${languages} value=${prefs.language.value}
      onChoose=${prefs.setLanguage} />
    <${Choice} label=${t("menu.theme")} name="theme" options=${themes} value=${prefs.theme.value}
      onChoose=${prefs.setTheme} />
    <button type="button" class="button" data-testid="sign-out"
      onClick=${() => (outbox.size ? setAsking(true) : signOut())}>
      ${t("menu.sign_out")}
    </button>
    ${asking
      ? html`<${Confirm} title=${t("menu.unsent.title")} text=${t("menu.unsent", { count: outbox.size })}
          confirm=${t("menu.sign_out")} onConfirm=${signOut} onClose=${() => setAsking(false)} />`
      : null}
  </div>`;
}

function Choice({ label, name, options, value, onChoose }) {
  return html`<fieldset class="choice">
    <legend>${label}</legend>
    <div class="choice-options">
      ${options.map(
        ([key, text]) => html`<label key=${key} class="choice-option">
          <input type="radio" name=${name} value=${key} checked=${value === key} onChange=${() => onChoose(key)} />
          <span>${text}</span>
        </label>`,
      )}
    </div>
  </fieldset>`;
}
