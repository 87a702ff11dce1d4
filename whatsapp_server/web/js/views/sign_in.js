/** What is shown before somebody is in: the sign-in form, or that the session is being restored. */
import { ApiError } from "../api.js";
import { t } from "../i18n.js";
import { html, useState } from "../lib.js";
import { LANGUAGES } from "../prefs.js";
import { Field, describedBy } from "./form.js";
import { Icon, Mark } from "./icons.js";

const LANGUAGE_NAMES = { pt: "Português", en: "English" };

export function Opening({ unreachable }) {
  return html`<main class="opening" role="status">
    <${Mark} size=${48} />
    <p>${unreachable ? t("app.unreachable") : html`<span class="quiet-at-first">${t("app.restoring")}</span>`}</p>
  </main>`;
}

export function SignIn({ session, prefs }) {
  return html`<${Door} prefs=${prefs}><${SignInForm} session=${session} /><//>`;
}

/** The page before the inbox: the product's name above what there is to do, the languages below. */
export function Door({ prefs, children }) {
  return html`<main class="sign-in">
    <div class="sign-in-card">
      <header class="sign-in-brand">
        <${Mark} size=${44} />
        <div><h1>${t("app.name")}</h1><p>${t("sign_in.lead")}</p></div>
      </header>
      ${children}
    </div>
    <${LanguageChoice} prefs=${prefs} />
  </main>`;
}

function SignInForm({ session }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);
  const notice = problem ?? (session.endedBy.value ? t("sign_in.ended") : null);
  const submit = async (event) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    setBusy(true);
    setProblem(null);
    try {
      await session.signIn(fields.get("email").trim(), fields.get("password"));
    } catch (error) {
      setProblem(error instanceof ApiError && error.detail ? error.detail : t("sign_in.offline"));
      setBusy(false);
    }
  };
  return html`<form class="form" onSubmit=${submit} aria-busy=${busy}>
    <p class=${notice ? "notice" : "notice notice-none"} role="alert" data-testid="sign-in-error">${notice}</p>
    <label class="field">
      <span>${t("sign_in.email")}</span>
      <input name="email" type="email" autocomplete="username" required autofocus data-testid="sign-in-email" />
    </label>
    <${PasswordField} autocomplete="current-password" testid="sign-in-password" />
    <button type="submit" class="button button-primary" disabled=${busy} data-testid="sign-in-submit">
      ${busy ? t("sign_in.busy") : t("sign_in.submit")}
    </button>
  </form>`;
}

export function PasswordField({ autocomplete, testid, hint = null, problem = null }) {
  const [shown, setShown] = useState(false);
  const label = shown ? t("sign_in.hide_password") : t("sign_in.show_password");
  return html`<${Field} label=${t("sign_in.password")} name="password" hint=${hint} problem=${problem}>
    <div class="field-with-button">
      <input id="field-password" name="password" type=${shown ? "text" : "password"} autocomplete=${autocomplete} required
        data-testid=${testid} ...${describedBy("field-password", hint, problem)} />
      <button type="button" class="icon-button" aria-label=${label} title=${label} aria-pressed=${shown}
        onClick=${() => setShown(!shown)}>
        <${Icon} name="eye" />
      </button>
    </div>
  <//>`;
}

function LanguageChoice({ prefs }) {
  return html`<div class="language-choice" role="group" aria-label=${t("menu.language")}>
    ${LANGUAGES.map(
      (each) => html`<button type="button" class="link-button" lang=${each} key=${each}
        aria-pressed=${prefs.language.value === each} onClick=${() => prefs.setLanguage(each)}>
        ${LANGUAGE_NAMES[each]}
      </button>`,
    )}
  </div>`;
}
