/** The company's own page, for admins: who works here, their teams, how the inbox works. */
import { t } from "../i18n.js";
import { html, useApp, useEffect, useRef, useState } from "../lib.js";
import { SETTINGS_TABS, goToList, goToSettings } from "../route.js";
import { Confirm } from "./dialog.js";
import { Icon } from "./icons.js";
import { PeoplePage } from "./people_page.js";
import { SettingsForm } from "./settings_form.js";
import { TeamsPage } from "./teams_page.js";

const PAGES = { people: PeoplePage, teams: TeamsPage, workspace: SettingsForm };

export function SettingsPage({ tab }) {
  const { store } = useApp();
  // Here, so that they outlast a look at another tab.
  const [changes, setChanges] = useState({});
  const [leaving, setLeaving] = useState(false);
  const leave = () => (Object.keys(changes).length ? setLeaving(true) : goToList());
  const allowed = store.me.value.role === "admin";
  return html`<main class="page" aria-labelledby="page-title" data-testid="settings-page">
    <${Head} onLeave=${leave} />
    ${allowed
      ? html`<${Tabs} tab=${tab} />
          <${Known}><${PAGES[tab]} changes=${changes} onChanges=${setChanges} /><//>`
      : html`<p class="page-note" role="alert" data-testid="settings-refused">${t("settings.admins_only")}</p>`}
    ${leaving
      ? html`<${Confirm} title=${t("settings.leave.title")} text=${t("settings.leave.text")} confirm=${t("settings.leave.confirm")}
          onConfirm=${goToList} onClose=${() => setLeaving(false)} />`
      : null}
  </main>`;
}

function Head({ onLeave }) {
  const heading = useRef(null);
  useEffect(() => heading.current.focus(), []);
  return html`<header class="page-head">
    <button type="button" class="icon-button" aria-label=${t("settings.back")} title=${t("settings.back")} data-testid="settings-back"
      onClick=${onLeave}>
      <${Icon} name="back" />
    </button>
    <h1 id="page-title" tabindex="-1" ref=${heading}>${t("settings.title")}</h1>
  </header>`;
}

function Tabs({ tab }) {
  const go = (event, each) => {
    event.preventDefault();
    goToSettings(each);
  };
  return html`<nav class="page-tabs" aria-label=${t("settings.title")}>
    ${SETTINGS_TABS.map(
      (each) => html`<a key=${each} class="page-tab" href=${`#/settings/${each}`} aria-current=${each === tab ? "page" : undefined}
        data-testid=${`settings-tab-${each}`} onClick=${(event) => go(event, each)}>${t(`settings.tab.${each}`)}</a>`,
    )}
  </nav>`;
}

/** Shows its children once people, teams and settings are there: after a sign-in they are on their way. */
function Known({ children }) {
  const { store, sync } = useApp();
  const [failed, setFailed] = useState(false);
  const known = store.settings.value !== null && store.users.all().length > 0;
  const load = () => {
    setFailed(false);
    sync.reloadCompany().catch(() => setFailed(true));
  };
  useEffect(() => {
    if (!known) load();
  }, []);
  if (known) return html`<div class="page-body">${children}</div>`;
  if (!failed) return html`<p class="page-note quiet-at-first" role="status">${t("settings.loading")}</p>`;
  return html`<div class="page-note" role="alert" data-testid="settings-failed">
    <${Icon} name="alert" size=${28} /><p>${t("settings.failed")}</p>
    <button type="button" class="button" onClick=${load}>${t("action.retry")}</button>
  </div>`;
}
