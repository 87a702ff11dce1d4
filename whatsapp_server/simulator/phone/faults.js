// The panel where faults are switched on and off.

import { post, remove } from "./api.js";
import { element, refill } from "./dom.js";
import { addressText, nameOf } from "./format.js";
import { t } from "./i18n.js";
import { customerNow, state, update } from "./store.js";

const draft = { kind: "rate_limited", count: 1, forever: false, onlyThis: false, body: "", options: {} };
let problem = "";

const kindNow = () => state.kinds.find((one) => one.kind === draft.kind) ?? state.kinds[0];
const label = (kind) => t(`fault.${kind}`, {}, kind);

/** Draw into `panel`; while somebody is `typing` only the list below the form. */
export function drawFaults(panel, typing = false) {
  if (!kindNow() || !customerNow()) return;
  if (typing) panel.querySelector(".waiting")?.replaceWith(waiting());
  else refill(panel, element("p", { class: "intro" }, t("faults_intro")), form(panel), waiting());
}

function form(panel) {
  const submit = async (event) => {
    event.preventDefault();
    document.activeElement?.blur();
    await attempt(() => post("/faults", request()));
  };
  return element(
    "form",
    { class: "card", onsubmit: submit },
    element("label", { for: "fault-kind" }, t("fault")),
    kindSelect(panel),
    element("p", { class: "meaning" }, t(`meaning.${kindNow().kind}`, {}, kindNow().meaning)),
    ...Object.entries(kindNow().options).map(([name, value]) => option(name, value)),
    countField(),
    onlyThisField(),
    bodyField(),
    problem ? element("p", { class: "problem", role: "alert" }, problem) : null,
    element(
      "button",
      { type: "submit", class: "primary", "data-key": "add-fault", "data-testid": "add-fault" },
      t("add_fault"),
    ),
  );
}

function kindSelect(panel) {
  const stages = [...new Set(state.kinds.map((kind) => kind.stage))];
  const choose = (event) => {
    draft.kind = event.target.value;
    draft.options = {};
    drawFaults(panel);
  };
  const groups = stages.map((stage) =>
    element(
      "optgroup",
      { label: t(`stage_${stage}`) },
      ...state.kinds
        .filter((kind) => kind.stage === stage)
        .map((kind) =>
          element("option", { value: kind.kind, selected: kind.kind === draft.kind }, label(kind.kind)),
        ),
    ),
  );
  return element(
    "select",
    { id: "fault-kind", "data-key": "fault-kind", "data-testid": "fault-kind", onchange: choose },
    ...groups,
  );
}

function option(name, fallback) {
  const value = draft.options[name] ?? fallback;
  const id = `fault-${name}`;
  if (typeof fallback === "boolean") {
    const keep = (event) => (draft.options[name] = event.target.checked);
    return element(
      "label",
      { class: "check" },
      element("input", { type: "checkbox", checked: value, "data-key": id, onchange: keep }),
      t(`option_${name}`),
    );
  }
  const numeric = typeof fallback !== "string";
  const keep = (event) => {
    if (event.target.value === "") delete draft.options[name];
    else draft.options[name] = numeric ? Number(event.target.value) : event.target.value;
  };
  return element(
    "div",
    { class: "field" },
    element("label", { for: id }, t(`option_${name}`)),
    element("input", {
      id,
      "data-key": id,
      type: numeric ? "number" : "text",
      step: "any",
      value: value ?? "",
      oninput: keep,
    }),
  );
}

function countField() {
  const keep = (event) => (draft.count = Math.max(1, Number(event.target.value) || 1));
  const toggle = (event) => {
    draft.forever = event.target.checked;
    event.target.form.elements["fault-count"].disabled = draft.forever;
  };
  return element(
    "div",
    { class: "field" },
    element("label", { for: "fault-count" }, t("times")),
    element("input", {
      id: "fault-count",
      name: "fault-count",
      type: "number",
      min: 1,
      value: draft.count,
      disabled: draft.forever,
      "data-key": "fault-count",
      oninput: keep,
    }),
    element(
      "label",
      { class: "check" },
      element("input", {
        type: "checkbox",
        checked: draft.forever,
        "data-key": "fault-forever",
        onchange: toggle,
      }),
      t("until_removed"),
    ),
  );
}

function onlyThisField() {
  const keep = (event) => (draft.onlyThis = event.target.checked);
  const box = element("input", {
    type: "checkbox",
    checked: draft.onlyThis,
    "data-key": "fault-only",
    onchange: keep,
  });
  return element("label", { class: "check" }, box, t("only_this_customer", { name: nameOf(customerNow()) }));
}

function bodyField() {
  const keep = (event) => (draft.body = event.target.value);
  return element(
    "div",
    { class: "field" },
    element("label", { for: "fault-body" }, t("body_contains")),
    element("input", {
      id: "fault-body",
      "data-key": "fault-body",
      value: draft.body,
      autocomplete: "off",
      oninput: keep,
    }),
  );
}

function request() {
  const match = {};
  if (draft.onlyThis) match[kindNow().stage === "webhook" ? "from" : "to"] = customerNow().address;
  if (draft.body) match.body = draft.body;
  return { kind: draft.kind, count: draft.forever ? null : draft.count, match, options: draft.options };
}

function waiting() {
  const rows = state.faults.map((fault) => {
    const left = fault.remaining === null ? t("remaining_forever") : t("remaining", { n: fault.remaining });
    const facts = [
      left,
      ...Object.values(fault.match).map(addressText),
      ...Object.entries(fault.options).map(
        ([name, value]) => value !== null && `${t(`option_${name}`)}: ${value}`,
      ),
    ];
    const drop = () => attempt(() => remove(`/faults/${fault.id}`));
    return element(
      "li",
      { class: "fault", "data-testid": "fault" },
      element(
        "span",
        {},
        element("strong", {}, label(fault.kind)),
        element("small", {}, facts.filter(Boolean).join(" · ")),
      ),
      element(
        "button",
        { type: "button", class: "quiet", "data-key": `drop-${fault.id}`, onclick: drop },
        t("remove"),
      ),
    );
  });
  const clear = () => attempt(() => remove("/faults"));
  return element(
    "section",
    { class: "waiting" },
    element("h3", {}, t("waiting_faults")),
    rows.length
      ? element("ul", { class: "rows" }, ...rows)
      : element("p", { class: "intro" }, t("no_faults")),
    rows.length > 1
      ? element("button", { type: "button", class: "quiet wide", onclick: clear }, t("remove_all"))
      : null,
  );
}

async function attempt(action) {
  try {
    await action();
    problem = "";
  } catch (error) {
    problem = t("failed", { detail: error.message });
  }
  update({});
}
