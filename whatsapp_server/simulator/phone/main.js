// Puts the page together: loads, listens, draws.

import { get, listen } from "./api.js";
import { buildBackstage, drawBackstage } from "./backstage.js";
import { buildChat, drawChat } from "./chat.js";
import { language, t, useLanguage } from "./i18n.js";
import { drawPeople } from "./people.js";
import { remember, remembered, systemTheme } from "./preferences.js";
import {
  changed,
  forget,
  numbersKnown,
  putCustomer,
  putDeliveries,
  putMessages,
  state,
  subscribe,
  update,
} from "./store.js";

const LOADED = 1000;
const CLOCK_MS = 15_000;
const byId = (id) => document.getElementById(id);

const reactions = {
  message: (change) => {
    putMessages([change.message]);
    if (!state.customers.some((one) => one.address === change.message.customer)) loadCustomers();
  },
  delivery: (change) => putDeliveries([change.delivery]),
  customer: (change) => putCustomer(change.customer),
  faults: loadFaults,
  clock: (change) => update({ clock: change }),
  settings: (change) => update({ settings: change.settings }),
  reset: () => {
    forget();
    load();
  },
};

async function load() {
  const [settings, clock, messages, deliveries] = await Promise.all([
    get("/settings"),
    get("/clock"),
    get("/messages", { limit: LOADED }),
    get("/webhooks", { limit: 300 }),
    loadCustomers(),
    loadFaults(),
  ]);
  putMessages(messages.items);
  putDeliveries(deliveries.items);
  const number = numbersKnown().includes(state.number) ? state.number : settings.numbers[0];
  update({ settings, clock, number, online: true });
}

async function loadCustomers() {
  update({ customers: (await get("/customers")).items });
}

async function loadFaults() {
  const { items, kinds } = await get("/faults");
  update({ faults: items, kinds });
}

function choose(address) {
  remember("customer", address);
  update({ customer: address });
}

function draw() {
  document.title = t("title");
  document.querySelectorAll("[data-text]").forEach((node) => (node.textContent = t(node.dataset.text)));
  byId("language").textContent = t("other_language");
  byId("theme").textContent = t(
    document.documentElement.dataset.theme === "dark" ? "theme_light" : "theme_dark",
  );
  byId("offline").hidden = state.online;
  if (!byId("people").contains(document.activeElement) || !document.activeElement.matches("input"))
    drawPeople(byId("people"), choose);
  drawChat();
  drawBackstage();
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  changed();
}

function showBackstage(open) {
  byId("backstage").classList.toggle("open", open);
  byId("open-backstage").setAttribute("aria-expanded", String(open));
  (open ? byId("backstage").querySelector("button") : byId("open-backstage")).focus();
}

function wireTools() {
  byId("language").addEventListener("click", () => {
    useLanguage(language() === "pt" ? "en" : "pt");
    remember("language", language());
    changed();
  });
  byId("theme").addEventListener("click", () => {
    const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    remember("theme", next);
    setTheme(next);
  });
  byId("open-backstage").addEventListener("click", () => showBackstage(true));
  byId("backstage").addEventListener(
    "keydown",
    (event) => event.key === "Escape" && byId("backstage").classList.contains("open") && showBackstage(false),
  );
  document.addEventListener("visibilitychange", changed);
  setInterval(changed, CLOCK_MS);
}

function start() {
  const asked = new URLSearchParams(location.search);
  useLanguage(asked.get("lang") ?? remembered("language", "pt"));
  setTheme(remembered("theme", systemTheme()));
  state.customer = asked.get("customer") ?? remembered("customer", null);
  buildChat(byId("phone"));
  buildBackstage(byId("backstage"), () => showBackstage(false));
  wireTools();
  subscribe(draw);
  draw();
  listen({
    opened: load,
    changed: (change) => reactions[change.type]?.(change),
    closed: () => update({ online: false }),
  });
}

start();
