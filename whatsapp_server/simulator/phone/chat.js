// The phone: the chat with the company, and the composer.

import { post } from "./api.js";
import { bubble, bubbleKey } from "./bubbles.js";
import { element, icon, refill } from "./dom.js";
import { addressText, clockTime, dayName, nameOf } from "./format.js";
import { language, t } from "./i18n.js";
import { avatar } from "./people.js";
import { receiptsOn, setReceipts } from "./preferences.js";
import { SAMPLES } from "./samples.js";
import { chatOf, customerNow, numbersKnown, state, unreadOf, update } from "./store.js";

const PLANE = "M4 12l-1-8 19 8-19 8 1-8zm0 0h9";
const PLUS = "M12 5v14M5 12h14";
const SHOWN = 300;
const NEAR_END = 80;

const drawn = new Map();
const parts = {};
let reading = false;
let shownChat = "";

/** Build the phone into `place`, once; `drawChat` keeps it true. */
export function buildChat(place) {
  parts.status = element("div", { class: "phone-status" });
  parts.head = element("header", { class: "chat-head" });
  parts.list = element("ol", { class: "chat" });
  parts.hint = element("div", { class: "chat-empty" });
  parts.problem = element("p", { class: "problem", role: "alert", hidden: true });
  const live = { role: "log", "aria-live": "polite", tabindex: 0, "data-testid": "chat" };
  parts.scroll = element("div", { class: "chat-scroll", ...live }, parts.hint, parts.list);
  new ResizeObserver(() => parts.atEnd && toEnd()).observe(parts.scroll);
  parts.scroll.addEventListener("scroll", () => (parts.atEnd = isAtEnd()));
  place.append(parts.status, parts.head, parts.scroll, parts.problem, composer());
}

export function drawChat() {
  const customer = customerNow();
  if (!customer) return;
  drawStatus(customer);
  drawHead(customer);
  drawMessages(customer);
  drawWords();
  readIfOpen(customer);
}

/** Phone time follows the simulator's clock, which may have been moved. */
export const simulatorNow = () => new Date(Date.now() + state.clock.offset_seconds * 1000);

function drawStatus(customer) {
  refill(
    parts.status,
    element("time", {}, clockTime(simulatorNow().toISOString())),
    element("span", {}, nameOf(customer)),
  );
}

function drawHead(customer) {
  const number = state.number;
  const numbers = numbersKnown();
  const choose = (event) => update({ number: event.target.value });
  const title =
    numbers.length > 1
      ? element(
          "select",
          { "aria-label": t("company_number"), "data-key": "number", value: number, onchange: choose },
          ...numbers.map((one) =>
            element("option", { value: one, selected: one === number }, addressText(one)),
          ),
        )
      : element("strong", {}, addressText(number ?? ""));
  const receipts = element("input", {
    type: "checkbox",
    "data-key": `receipts-${customer.address}`,
    "data-testid": "receipts",
    checked: receiptsOn(customer.address),
    onchange: (event) => {
      setReceipts(customer.address, event.target.checked);
      update({});
    },
  });
  refill(
    parts.head,
    avatar({ address: number ?? "", name: "Empresa" }),
    element("div", { class: "chat-title" }, title, element("small", {}, t("business"))),
    element("label", { class: "switch" }, receipts, element("span", {}, t("receipts"))),
    unreadOf(customer.address) && !receiptsOn(customer.address) ? markReadButton(customer) : null,
  );
}

function markReadButton(customer) {
  const attributes = {
    type: "button",
    class: "on-green",
    "data-key": `mark-read-${customer.address}`,
    "data-testid": "mark-read",
    onclick: () => markRead(customer),
  };
  return element("button", attributes, t("mark_read"));
}

function drawMessages(customer) {
  const chat = chatOf(customer.address, state.number).slice(-SHOWN);
  const chatName = `${customer.address}|${state.number}`;
  const switched = chatName !== shownChat;
  const atEnd = switched || isAtEnd();
  shownChat = chatName;
  const rows = withDays(chat);
  if (!sameChildren(parts.list, rows)) parts.list.replaceChildren(...rows);
  drawHint(customer, chat.length === 0);
  if (atEnd) toEnd();
}

const isAtEnd = () =>
  parts.scroll.scrollHeight - parts.scroll.scrollTop - parts.scroll.clientHeight < NEAR_END;

function toEnd() {
  parts.scroll.scrollTop = parts.scroll.scrollHeight;
  parts.atEnd = true;
}

function withDays(chat) {
  const now = simulatorNow();
  const rows = [];
  let day = "";
  for (const message of chat) {
    const name = dayName(message.created_at, now);
    if (name !== day)
      rows.push(
        cached(`day-${name}`, name, () => element("li", { class: "day" }, element("span", {}, name))),
      );
    day = name;
    rows.push(cached(message.sid, bubbleKey(message, language()), () => bubble(message)));
  }
  return rows;
}

function cached(id, key, draw) {
  const known = drawn.get(id);
  if (known?.key === key) return known.node;
  const node = draw();
  drawn.set(id, { key, node });
  return node;
}

const sameChildren = (node, next) =>
  node.children.length === next.length && next.every((child, n) => node.children[n] === child);

function drawHint(customer, empty) {
  const phrases = ["phrase_1", "phrase_2", "phrase_3"].map((key) =>
    element(
      "button",
      { type: "button", class: "phrase", "data-key": key, onclick: () => send({ body: t(key) }) },
      t(key),
    ),
  );
  refill(
    parts.hint,
    element("p", { class: "chat-note" }, t("encryption")),
    ...(empty ? [element("p", {}, t("empty")), ...phrases] : []),
  );
}

function drawWords() {
  parts.input.disabled = state.number === null;
  parts.input.placeholder = t("message");
  parts.input.setAttribute("aria-label", t("message"));
  parts.send.setAttribute("aria-label", t("send"));
  parts.scroll.setAttribute("aria-label", t("new_messages"));
  refill(parts.attach, summary(), element("div", { class: "menu" }, ...Object.keys(SAMPLES).map(menuEntry)));
}

const summary = () =>
  element("summary", { "aria-label": t("attach"), title: t("attach"), "data-key": "attach" }, icon(PLUS));

function menuEntry(name) {
  const choose = () => {
    parts.attach.open = false;
    send(SAMPLES[name](state.settings.account_sid));
  };
  return element(
    "button",
    { type: "button", "data-key": `attach-${name}`, onclick: choose },
    t(`attach_${name}`),
  );
}

function composer() {
  parts.attach = element("details", {
    class: "attach",
    onkeydown: (event) => event.key === "Escape" && (parts.attach.open = false),
  });
  parts.input = element("textarea", {
    rows: 1,
    maxlength: 4096,
    id: "composer",
    disabled: true,
    "data-testid": "composer",
    oninput: grow,
    onkeydown: sendOnEnter,
  });
  parts.send = element("button", { type: "submit", class: "round", "data-testid": "send" }, icon(PLANE));
  return element("form", { class: "composer", onsubmit: submit }, parts.attach, parts.input, parts.send);
}

function grow() {
  parts.input.rows = Math.min(5, parts.input.value.split("\n").length);
}

function sendOnEnter(event) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  submit(event);
}

function submit(event) {
  event.preventDefault();
  const body = parts.input.value.trim();
  if (!body) return;
  parts.input.value = "";
  grow();
  send({ body });
}

async function send(letter) {
  const customer = customerNow();
  await attempt(() => post("/inbound", { from: customer.address, to: state.number, wait: false, ...letter }));
  toEnd();
}

const markRead = (customer) => attempt(() => post(`/customers/${encodeURIComponent(customer.address)}/read`));

/** Looking at the chat reads it, when this customer has receipts on. */
async function readIfOpen(customer) {
  const looking = document.visibilityState === "visible" && receiptsOn(customer.address);
  if (reading || !looking || unreadOf(customer.address) === 0) return;
  reading = true;
  await markRead(customer);
  reading = false;
}

async function attempt(action) {
  try {
    await action();
    parts.problem.hidden = true;
  } catch (error) {
    parts.problem.textContent = t("failed", { detail: error.message });
    parts.problem.hidden = false;
  }
}
