/** The left pane: who I am, search, the views and the conversations of the one that is shown. */
import { t } from "../i18n.js";
import { html, useApp, useEffect, useRef, useState } from "../lib.js";
import { ConversationRows } from "./conversation_rows.js";
import { Help } from "./help.js";
import { Icon, Mark } from "./icons.js";
import { LineStatus } from "./line_status.js";
import { ListTools } from "./list_tools.js";
import { Menu } from "./menu.js";
import { NewConversation } from "./new_conversation.js";
import { ViewTabs } from "./view_tabs.js";

const SEARCH_DELAY_MS = 200;

export function Sidebar() {
  const { list } = useApp();
  const [text, setText] = useState("");
  const searching = list.query.value !== "";
  const panel = searching ? t("views.searching") : t(`views.${list.view.value}`);
  const choose = (view) => {
    setText("");
    list.show(view);
  };
  return html`<section class="pane-list" aria-label=${t("list.label")}>
    <${Head} />
    <${LineStatus} />
    <${SearchBox} text=${text} onText=${setText} />
    <${ViewTabs} searching=${searching} onChoose=${choose} />
    <div class="list-panel" role="tabpanel" id="list-panel" aria-label=${panel}>
      ${searching ? html`<p class="list-caption" data-testid="searching">${panel}</p>` : html`<${ListTools} />`}
      <${ConversationRows} />
    </div>
  </section>`;
}

function Head() {
  const [dialog, setDialog] = useState(null);
  const close = () => setDialog(null);
  return html`<header class="sidebar-head">
    <${Mark} />
    <p class="sidebar-name" aria-hidden="true">${t("app.name")}</p>
    <button type="button" class="icon-button" data-testid="help" title=${t("help.open")} aria-label=${t("help.open")}
      onClick=${() => setDialog("help")}>
      <${Icon} name="help" />
    </button>
    <button type="button" class="icon-button icon-button-accent" data-testid="new-conversation"
      title=${t("new.title")} aria-label=${t("new.title")} onClick=${() => setDialog("new")}>
      <${Icon} name="plus" />
    </button>
    <${Menu} />
    ${dialog === "new" ? html`<${NewConversation} onClose=${close} />` : null}
    ${dialog === "help" ? html`<${Help} onClose=${close} />` : null}
  </header>`;
}

function SearchBox({ text, onText }) {
  const { list } = useApp();
  const input = useRef(null);
  useEffect(() => {
    const timer = setTimeout(() => list.search(text.trim()), text.trim() ? SEARCH_DELAY_MS : 0);
    return () => clearTimeout(timer);
  }, [text]);
  const clear = () => {
    onText("");
    input.current.focus();
  };
  return html`<search class="search-box">
    <${Icon} name="search" size=${18} />
    <input ref=${input} type="search" class="search-input" value=${text} aria-label=${t("list.search")} maxlength="80"
      placeholder=${t("list.search")} data-testid="conversation-search" autocomplete="off"
      onInput=${(event) => onText(event.currentTarget.value)}
      onKeyDown=${(event) => event.key === "Escape" && clear()} />
    ${text
      ? html`<button type="button" class="icon-button" aria-label=${t("list.clear_search")} onClick=${clear}>
          <${Icon} name="close" size=${16} />
        </button>`
      : null}
  </search>`;
}
