/** The five views as tabs, with the number of what waits in each; moved through with the arrow keys. */
import { VIEWS } from "../belonging.js";
import { t } from "../i18n.js";
import { html, useApp, useRef } from "../lib.js";
import { Icon } from "./icons.js";

const ICONS = { mine: "contact", unassigned: "inbox", team: "people", finished: "done", internal: "chat" };
const STEPS = { ArrowRight: 1, ArrowLeft: -1 };
const ENDS = { Home: 0, End: VIEWS.length - 1 };

export function ViewTabs({ searching, onChoose }) {
  const { list } = useApp();
  const place = useRef(null);
  const view = list.view.value;
  const onKeyDown = (event) => {
    const next = nextOf(view, event.key);
    if (next === null) return;
    event.preventDefault();
    onChoose(VIEWS[next]);
    place.current.children[next].focus();
  };
  return html`<div class="tabs" role="tablist" aria-label=${t("views.label")} ref=${place} onKeyDown=${onKeyDown}>
    ${VIEWS.map(
      (each) => html`<button key=${each} type="button" role="tab" class="tab" aria-selected=${each === view && !searching}
        aria-controls="list-panel" tabindex=${each === view ? 0 : -1} data-testid=${`view-${each}`}
        onClick=${() => onChoose(each)}>
        <${Icon} name=${ICONS[each]} />
        <span class="tab-name">${t(`views.${each}`)}</span>
        <${Attention} view=${each} />
      </button>`,
    )}
  </div>`;
}

/** Round the corner at both ends, as tabs do. */
function nextOf(view, key) {
  if (key in ENDS) return ENDS[key];
  if (!(key in STEPS)) return null;
  return (VIEWS.indexOf(view) + STEPS[key] + VIEWS.length) % VIEWS.length;
}

/** A number where each one waits for somebody; a dot where it is enough to know that there are news. */
function Attention({ view }) {
  const { counts } = useApp();
  if (view === "team") {
    return counts.value.value?.team
      ? html`<span class="tab-dot" data-testid="team-dot"><span class="visually-hidden">${t("views.news")}</span></span>`
      : null;
  }
  const count = counts.ofViews.value[view];
  if (!count) return null;
  return html`<span class="badge tab-count" data-testid=${`count-${view}`}>
    <span aria-hidden="true">${count > 99 ? "99+" : count}</span>
    <span class="visually-hidden">${t("views.count", { count })}</span>
  </span>`;
}
