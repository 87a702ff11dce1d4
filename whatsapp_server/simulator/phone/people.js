// Whose phone this is: the customers, and a form for a new one.

import { post } from "./api.js";
import { element, refill } from "./dom.js";
import { addressText, hue, initials, nameOf } from "./format.js";
import { t } from "./i18n.js";
import { customerNow, putCustomer, state, unreadOf, update } from "./store.js";

let adding = false;

/** Draw the list into `place`; `choose` opens a customer's phone. */
export function drawPeople(place, choose) {
  refill(
    place,
    element("h2", {}, t("customers")),
    element("ul", { class: "people-list" }, ...state.customers.map((customer) => row(customer, choose))),
    adding ? form(choose) : opener(),
  );
}

function row(customer, choose) {
  const current = customer.address === customerNow()?.address;
  const unread = unreadOf(customer.address);
  const badge =
    unread > 0
      ? element("span", { class: "badge", title: t("unread", { n: unread }) }, String(unread))
      : null;
  const texts = element(
    "span",
    { class: "person-text" },
    element("strong", {}, nameOf(customer)),
    element("small", {}, addressText(customer.address)),
  );
  const button = element(
    "button",
    {
      type: "button",
      class: "person",
      "data-key": `person-${customer.address}`,
      "data-testid": "customer",
      "data-address": customer.address,
      "aria-current": current ? "true" : null,
      onclick: () => choose(customer.address),
    },
    avatar(customer),
    texts,
    badge,
  );
  return element("li", {}, button);
}

/** A round picture with the initials. */
export function avatar(customer) {
  return element(
    "span",
    { class: `avatar hue-${hue(customer.address)}`, "aria-hidden": "true" },
    initials(nameOf(customer)),
  );
}

function opener() {
  const open = () => {
    adding = true;
    update({});
    requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById("new-name")?.focus()));
  };
  return element(
    "button",
    {
      type: "button",
      class: "quiet wide",
      "aria-label": t("add_customer"),
      "data-key": "add-customer",
      onclick: open,
    },
    "+ ",
    element("span", {}, t("add_customer")),
  );
}

function form(choose) {
  const name = element("input", {
    id: "new-name",
    "data-key": "new-name",
    autocomplete: "off",
    maxlength: 60,
  });
  const number = element("input", {
    id: "new-number",
    "data-key": "new-number",
    required: true,
    placeholder: t("number_hint"),
    inputmode: "tel",
  });
  const problem = element("p", { class: "problem", role: "alert", hidden: true });
  const submit = async (event) => {
    event.preventDefault();
    try {
      const customer = await post("/customers", { name: name.value, address: number.value });
      putCustomer(customer);
      close();
      choose(customer.address);
      document.getElementById("composer").focus();
    } catch (error) {
      problem.textContent = t("failed", { detail: error.message });
      problem.hidden = false;
    }
  };
  return element(
    "form",
    { class: "card", onsubmit: submit, onkeydown: (event) => event.key === "Escape" && close() },
    element("label", { for: "new-name" }, t("name")),
    name,
    element("label", { for: "new-number" }, t("number")),
    number,
    problem,
    element(
      "div",
      { class: "row" },
      element("button", { type: "submit", class: "primary" }, t("add")),
      element("button", { type: "button", class: "quiet", onclick: close }, t("cancel")),
    ),
  );
}

function close() {
  adding = false;
  document.activeElement?.blur();
  update({});
}
