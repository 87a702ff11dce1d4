// Behind the scenes: faults, what was delivered, the clock. Three tabs.

import { drawClock } from "./clock.js";
import { element, refill } from "./dom.js";
import { drawFaults } from "./faults.js";
import { t } from "./i18n.js";
import { drawLog } from "./log.js";
import { state, update } from "./store.js";

const TABS = { faults: drawFaults, log: drawLog, clock: drawClock };
const NEXT = { ArrowRight: 1, ArrowLeft: -1 };

const parts = {};
let tab = "faults";

export function buildBackstage(place, close) {
  parts.title = element("h2", {});
  parts.close = element("button", { type: "button", class: "quiet only-narrow", onclick: close });
  parts.tabs = element("div", { class: "tabs", role: "tablist", onkeydown: walk });
  parts.panel = element("div", {
    class: "panel",
    role: "tabpanel",
    id: "panel",
    "aria-labelledby": "tab-faults",
  });
  place.append(element("div", { class: "row between" }, parts.title, parts.close), parts.tabs, parts.panel);
}

export function drawBackstage() {
  parts.title.textContent = t("backstage");
  parts.close.textContent = t("close");
  refill(parts.tabs, ...Object.keys(TABS).map(tabButton));
  parts.panel.setAttribute("aria-labelledby", `tab-${tab}`);
  TABS[tab](parts.panel, isTyping());
}

/** Whether a redraw of a form would happen under somebody's fingers. */
const isTyping = () =>
  parts.panel.contains(document.activeElement) && document.activeElement.matches("input, select");

function tabButton(name) {
  const chosen = name === tab;
  const count =
    name === "faults" && state.faults.length > 0
      ? element("span", { class: "badge" }, String(state.faults.length))
      : null;
  const attributes = {
    type: "button",
    role: "tab",
    id: `tab-${name}`,
    "data-key": `tab-${name}`,
    "aria-selected": chosen ? "true" : "false",
    "aria-controls": "panel",
    tabindex: chosen ? 0 : -1,
    onclick: () => show(name),
  };
  return element("button", attributes, t(`tab_${name}`), count);
}

function show(name) {
  tab = name;
  parts.panel.replaceChildren();
  update({});
}

function walk(event) {
  if (!(event.key in NEXT)) return;
  const names = Object.keys(TABS);
  const name = names[(names.indexOf(tab) + NEXT[event.key] + names.length) % names.length];
  show(name);
  requestAnimationFrame(() => document.getElementById(`tab-${name}`)?.focus());
}
