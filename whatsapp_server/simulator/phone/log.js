// The list of what was handed to the server.

import { element, refill } from "./dom.js";
import { clockTime, nameOf } from "./format.js";
import { t } from "./i18n.js";
import { state } from "./store.js";

const SHOWN = 100;

export function drawLog(panel) {
  const newest = [...state.deliveries.values()].sort((a, b) => b.id - a.id).slice(0, SHOWN);
  refill(
    panel,
    element("p", { class: "intro" }, t("log_intro")),
    newest.length
      ? element("ul", { class: "rows" }, ...newest.map(row))
      : element("p", { class: "intro" }, t("no_log")),
  );
}

function row(delivery) {
  const message = state.messages.get(delivery.message_sid);
  const customer = state.customers.find((one) => one.address === message?.customer);
  const more = delivery.attempts.length > 1 ? ` · ${t("attempts", { n: delivery.attempts.length })}` : "";
  const about = [customer && nameOf(customer), message?.body].filter(Boolean).join(": ");
  return element(
    "li",
    { class: "delivery", title: delivery.url, "data-testid": "delivery" },
    element("span", { class: `outcome ${delivery.state}` }, outcome(delivery)),
    element(
      "span",
      {},
      element("strong", {}, `${t(`kind_${delivery.kind}`)} ${delivery.event}`),
      element("small", {}, about + more),
    ),
    element("time", {}, clockTime(delivery.created_at)),
  );
}

function outcome(delivery) {
  if (delivery.error) return t(delivery.error === "ct" ? "no_connection" : "no_answer");
  return delivery.status_code ? String(delivery.status_code) : t("waiting");
}
