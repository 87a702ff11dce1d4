/** The signed-in page: banner, list, conversation and, when asked for, the contact's panel; or the company's own page. */
import { t } from "../i18n.js";
import { html, useApp, useEffect, useRef, useState } from "../lib.js";
import { settingsTab } from "../route.js";
import { Banner } from "./banner.js";
import { Conversation, NothingOpen } from "./conversation.js";
import { InfoPanel } from "./info_panel.js";
import { LineVoice } from "./line_status.js";
import { SettingsPage } from "./settings_page.js";
import { Sidebar } from "./sidebar.js";
import { VersionBar } from "./version_bar.js";

export function Layout() {
  const tab = settingsTab.value;
  useReturnedFocus(tab);
  if (!tab) return html`<${Inbox} />`;
  return html`<div class="app"><${Strips} /><${SettingsPage} tab=${tab} /></div>`;
}

/** What stands above everything. */
function Strips() {
  return html`<div><${Banner} /><${VersionBar} /><${LineVoice} /></div>`;
}

/** Whoever comes back from the company's page is where they left for it. */
function useReturnedFocus(tab) {
  const before = useRef(tab);
  useEffect(() => {
    if (before.current && !tab) document.querySelector('[data-testid="menu"]')?.focus();
    before.current = tab;
  }, [tab]);
}

function Inbox() {
  const { sync, store } = useApp();
  const [infoShown, setInfoShown] = useState(false);
  const openId = sync.openId.value;
  // On a phone it would lie over the next conversation.
  useEffect(() => {
    if (!openId) setInfoShown(false);
  }, [openId]);
  const conversation = openId && store.conversations.get(openId);
  return html`<div class=${`app${openId ? " has-open" : ""}`}>
    <a class="skip-link" href="#open-conversation" onClick=${skip}>${t("app.skip")}</a>
    <${Strips} />
    <main class="panes">
      <h1 class="visually-hidden">${t("app.name")}</h1>
      <${Sidebar} />
      <div class="pane-conversation" id="open-conversation" tabindex="-1">
        ${openId
          ? html`<${Conversation} key=${openId} id=${openId} infoShown=${infoShown}
              onToggleInfo=${() => setInfoShown(!infoShown)} />`
          : html`<${NothingOpen} />`}
      </div>
      ${conversation && infoShown
        ? html`<${InfoPanel} conversation=${conversation} onClose=${() => setInfoShown(false)} />`
        : null}
    </main>
  </div>`;
}

/** Moves the focus alone: the address keeps its #/c/... */
function skip(event) {
  event.preventDefault();
  document.getElementById("open-conversation").focus();
}
