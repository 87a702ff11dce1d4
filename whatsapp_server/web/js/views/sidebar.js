/** The left pane: who I am, search, and the list of conversations. */
import { t } from "../i18n.js";
import { html, useApp, useEffect, useRef, useState } from "../lib.js";
import { ConversationRows } from "./conversation_rows.js";
import { Icon, Mark } from "./icons.js";
import { Menu } from "./menu.js";
import { NewConversation } from "./new_conversation.js";

const SEARCH_DELAY_MS = 200;

export function Sidebar() {
  const [starting, setStarting] = useState(false);
  return html`<section class="pane-list" aria-label=${t("list.label")}>
    <header class="sidebar-head">
      <${Mark} />
      <p class="sidebar-name" aria-hidden="true">${t("app.name")}</p>
      <button type="button" class="icon-button icon-button-accent" data-testid="new-conversation"
        title=${t("new.title")} aria-label=${t("new.title")} onClick=${() => setStarting(true)}>
        <${Icon} name="plus" />
      </button>
      <${Menu} />
    </header>
    <${SearchBox} />
    <${ConversationRows} />
    ${starting ? html`<${NewConversation} onClose=${() => setStarting(false)} />` : null}
  </section>`;
}

function SearchBox() {
  const { list } = useApp();
  const [text, setText] = useState("");
  const input = useRef(null);
  useEffect(() => {
    const timer = setTimeout(() => list.search(text.trim()), text.trim() ? SEARCH_DELAY_MS : 0);
    return () => clearTimeout(timer);
  }, [text]);
  const clear = () => {
    setText("");
    input.current.focus();
  };
  return html`<search class="search-box">
    <${Icon} name="search" size=${18} />
    <input ref=${input} type="search" class="search-input" value=${text} aria-label=${t("list.search")} maxlength="80"
      placeholder=${t("list.search")} data-testid="conversation-search" autocomplete="off"
      onInput=${(event) => setText(event.currentTarget.value)}
      onKeyDown=${(event) => event.key === "Escape" && clear()} />
    ${text
      ? html`<button type="button" class="icon-button" aria-label=${t("list.clear_search")} onClick=${clear}>
          <${Icon} name="close" size=${16} />
        </button>`
      : null}
  </search>`;
}
