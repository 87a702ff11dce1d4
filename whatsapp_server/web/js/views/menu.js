/** One's own corner: status, language, colours, alerts, absence; for admins the company's page; signing out. */
import { askForDesktop, desktopPermission } from "../desktop.js";
import { t } from "../i18n.js";
import { html, useApp, useLayoutEffect, useRef, useState } from "../lib.js";
import { DESKTOP, LANGUAGES, THEMES } from "../prefs.js";
import { goToSettings } from "../route.js";
import { absenceOf } from "./absence.js";
import { AbsenceDialog } from "./absence_dialog.js";
import { AlertChoices } from "./alert_choices.js";
import { ChatNotices } from "./chat_notices.js";
import { Choice } from "./choice.js";
import { Confirm } from "./dialog.js";
import { PersonAvatar, usePresence } from "./presence.js";
import { StatusChoice } from "./status_choice.js";

const LANGUAGE_NAMES = { pt: "Português", en: "English" };

export function Menu() {
  const { store } = useApp();
  const [open, setOpen] = useState(false);
  const [absenceOpen, setAbsenceOpen] = useState(false);
  const place = useRef(null);
  const button = useRef(null);
  const me = store.me.value;
  const presence = usePresence(me.id);
  const label = presence ? t("menu.open_as", { name: me.name, status: presence.text }) : t("menu.open", { name: me.name });
  const close = () => {
    setOpen(false);
    button.current.focus();
  };
  useClosing(open, place, close, () => setOpen(false));
  return html`<div class="menu-place" ref=${place}>
    <button type="button" class="avatar-button" ref=${button} data-testid="menu" aria-expanded=${open}
      aria-label=${label} onClick=${() => setOpen(!open)}>
      <${PersonAvatar} id=${me.id} name=${me.name} small said />
    </button>
    ${open ? html`<${MenuPanel} me=${me} onAbsence=${() => (close(), setAbsenceOpen(true))} />` : null}
    ${absenceOpen ? html`<${AbsenceDialog} onClose=${() => setAbsenceOpen(false)} />` : null}
  </div>`;
}

/** Closes on Esc, giving the focus back, and on a press anywhere else, which keeps the focus it brings. */
export function useClosing(open, place, onEscape, onOutside) {
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

function MenuPanel({ me, onAbsence }) {
  const { prefs, outbox, signOut } = useApp();
  const [asking, setAsking] = useState(false);
  const languages = LANGUAGES.map((each) => [each, LANGUAGE_NAMES[each]]);
  const themes = THEMES.map((each) => [each, t(`menu.theme.${each}`)]);
  return html`<div class="menu">
    <div class="menu-who">
      <strong>${me.name}</strong><span>${me.email}</span><span>${t(`menu.role.${me.role}`)}</span>
    </div>
    <${StatusChoice} />
    <${Choice} label=${t("menu.language")} name="language" options=${languages} value=${prefs.language.value}
      onChoose=${prefs.setLanguage} />
    <${Choice} label=${t("menu.theme")} name="theme" options=${themes} value=${prefs.theme.value}
      onChoose=${prefs.setTheme} />
    <${AlertChoices} />
    <${DesktopChoice} />
    <${ChatNotices} />
    <ul class="menu-entries">
      <li><button type="button" class="menu-item" data-testid="menu-absence" onClick=${onAbsence}>
        ${t("absence.open")}<span class="hint">${absenceOf(me)}</span>
      </button></li>
      ${me.role === "admin"
        ? html`<li><button type="button" class="menu-item" data-testid="menu-settings" onClick=${() => goToSettings()}>
            ${t("settings.title")}
          </button></li>`
        : null}
    </ul>
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

/** Notices outside the page: the browser asks once, when somebody wants them. */
function DesktopChoice() {
  const { prefs } = useApp();
  const [permission, setPermission] = useState(desktopPermission);
  if (permission === "unsupported") return null;
  const choose = async (value) => {
    prefs.setDesktop(value);
    if (value === "on") setPermission(await askForDesktop());
  };
  const wanted = prefs.desktop.value === "on" && permission !== "default";
  const options = DESKTOP.map((each) => [each, t(`notice.desktop.${each}`)]);
  return html`<div>
    <${Choice} label=${t("notice.desktop")} name="desktop" options=${options} value=${wanted ? "on" : "off"} onChoose=${choose} />
    ${wanted && permission === "denied" ? html`<p class="hint" role="status">${t("notice.desktop.blocked")}</p>` : null}
  </div>`;
}
