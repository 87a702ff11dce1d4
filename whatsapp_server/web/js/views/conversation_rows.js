/** The rows of the list, moved through with the arrow keys; further pages come while scrolling. */
import { t } from "../i18n.js";
import { html, useApp, useEffect, useLayoutEffect, useRef, useState } from "../lib.js";
import { ConversationRow } from "./conversation_row.js";
import { Icon } from "./icons.js";

const STEPS = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8, Home: -Infinity, End: Infinity };

export function ConversationRows() {
  const { list, sync } = useApp();
  const [focusId, setFocusId] = useState(null);
  const rows = useRef(null);
  const items = list.items.value;
  useKeptFocus(rows);
  if (!items.length) return html`<${NoRows} />`;
  const openId = sync.openId.value;
  const tabbable = [focusId, openId].find((id) => items.some((each) => each.id === id)) ?? items[0].id;
  const onKeyDown = (event) => {
    if (!(event.key in STEPS)) return;
    event.preventDefault();
    moveFocus(rows.current, STEPS[event.key]);
  };
  return html`<ul class="rows" ref=${rows} data-testid="conversation-list" onKeyDown=${onKeyDown}
    aria-busy=${list.state.value === "loading"}>
    ${items.map(
      (each) => html`<${ConversationRow} key=${each.id} conversation=${each} open=${each.id === openId}
        tabbable=${each.id === tabbable} onFocus=${setFocusId} />`,
    )}
    <${MoreRows} />
  </ul>`;
}

/** When the row with the focus goes to another view, the focus stays at its place in the list. */
function useKeptFocus(rows) {
  // While rendering: the rows are still those of before.
  const at = rows.current ? [...rows.current.querySelectorAll(".row")].indexOf(document.activeElement) : -1;
  useLayoutEffect(() => {
    if (at === -1 || document.activeElement !== document.body) return;
    const links = rows.current?.querySelectorAll(".row") ?? [];
    links[Math.min(at, links.length - 1)]?.focus();
  });
}

/** Puts the focus `step` rows further, stopping at both ends. */
function moveFocus(rows, step) {
  const links = [...rows.querySelectorAll(".row")];
  const at = links.indexOf(document.activeElement);
  links[Math.max(0, Math.min(links.length - 1, at + step))]?.focus();
}

/** Stands below the last row: fetches the next page when it comes near the screen. */
function MoreRows() {
  const { list } = useApp();
  const place = useRef(null);
  const more = list.hasMore.value;
  const count = list.items.value.length;
  const [failed, setFailed] = useState(false);
  const load = () => {
    setFailed(false);
    list.loadMore().catch(() => setFailed(true));
  };
  useEffect(() => {
    if (!more) return undefined;
    const observer = new IntersectionObserver(([entry]) => entry.isIntersecting && load(), { rootMargin: "600px" });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [more, count]);
  if (!more) return null;
  return html`<li ref=${place} class="rows-more">
    ${failed
      ? html`<button type="button" class="button" onClick=${load}>${t("action.retry")}</button>`
      : html`<${Skeleton} count=${2} />`}
  </li>`;
}

/** Instead of rows: no connection, still loading, failed, nothing found, nothing there. */
function NoRows() {
  const { list, live } = useApp();
  const state = list.state.value;
  if (state !== "ready" && live.status.value.state === "offline") {
    return html`<div class="rows rows-note" role="status" data-testid="conversation-list">
      <${Icon} name="offline" size=${28} /><p>${t("list.offline")}</p>
    </div>`;
  }
  if (state === "loading") {
    return html`<div class="rows" data-testid="conversation-list" aria-busy="true">
      <p class="visually-hidden" role="status">${t("list.loading")}</p><${Skeleton} count=${8} />
    </div>`;
  }
  if (state === "failed") {
    return html`<div class="rows rows-note" role="alert" data-testid="conversation-list">
      <${Icon} name="alert" size=${28} /><p>${t("list.failed")}</p>
      <button type="button" class="button" onClick=${() => list.reload()}>${t("action.retry")}</button>
    </div>`;
  }
  return html`<div class="rows rows-note" data-testid="conversation-list"><${NothingHere} /></div>`;
}

function NothingHere() {
  const { list } = useApp();
  const query = list.query.value;
  const filters = Object.keys(list.filters.value);
  if (query) {
    return html`
      <${Icon} name="search" size=${28} />
      <h2>${t("list.none.title")}</h2><p>${t("list.none.text", { query })}</p>
    `;
  }
  const kind = filters.length ? "filtered" : list.view.value;
  return html`
    <${Icon} name=${filters.length ? "filter" : "chat"} size=${28} />
    <h2>${t(`views.empty.${kind}.title`)}</h2><p>${t(`views.empty.${kind}.text`)}</p>
    ${filters.length
      ? html`<button type="button" class="button" data-testid="filter-clear-all"
          onClick=${() => filters.forEach((each) => list.filter(each, null))}>${t("filter.clear_all")}</button>`
      : null}
  `;
}

function Skeleton({ count }) {
  return Array.from({ length: count }, (_unused, index) => html`<div class="row-skeleton" key=${index} aria-hidden="true">
    <span class="avatar"></span><span class="row-skeleton-lines"><span></span><span></span></span>
  </div>`);
}
