// The simulator's clock, the 24-hour window, the speed, and the way back to a fresh start.

import { post } from "./api.js";
import { element, refill } from "./dom.js";
import { dayAndTime } from "./format.js";
import { t } from "./i18n.js";
import { customerNow, state, update } from "./store.js";

const WINDOW_MS = 24 * 60 * 60 * 1000;
const SPEEDS = { normal: 1, fast: 0, slow: 5 };

let sure = false;

export function drawClock(panel) {
  const now = Date.now() + state.clock.offset_seconds * 1000;
  refill(
    panel,
    element("p", { class: "intro" }, t("clock_intro")),
    element(
      "div",
      { class: "card" },
      element("p", { class: "meaning" }, t("clock_now")),
      element("p", { class: "big" }, dayAndTime(now)),
      element(
        "div",
        { class: "row" },
        forward("plus_hour", 3600),
        forward("plus_day", 25 * 3600),
        move("real_time", () => 0),
      ),
      element("p", { class: "meaning" }, windowText(now)),
    ),
    element("h3", {}, t("speed")),
    element(
      "div",
      { class: "row" },
      ...Object.entries(SPEEDS).map(([name, speed]) => speedButton(name, speed)),
    ),
    element("h3", {}, t("danger")),
    resetButton(panel),
  );
}

const forward = (key, seconds) => move(key, () => state.clock.offset_seconds + seconds);

function move(key, offset) {
  const act = async () => update({ clock: await post("/clock", { offset_seconds: offset() }) });
  return element(
    "button",
    { type: "button", class: "quiet", "data-key": key, "data-testid": key, onclick: act },
    t(key),
  );
}

function windowText(now) {
  const own = [...state.messages.values()].filter(
    (one) =>
      one.direction === "inbound" && one.customer === customerNow()?.address && one.number === state.number,
  );
  if (own.length === 0) return t("window_never");
  const closes = Math.max(...own.map((one) => Date.parse(one.created_at))) + WINDOW_MS;
  return closes > now ? `${t("window")} ${dayAndTime(closes)}.` : t("window_closed");
}

function speedButton(name, speed) {
  const act = async () => update({ settings: await post("/settings", { speed }) });
  const attributes = {
    type: "button",
    class: "quiet",
    "data-key": `speed-${name}`,
    "aria-pressed": state.settings.speed === speed ? "true" : "false",
  };
  return element("button", { ...attributes, onclick: act }, t(`speed_${name}`));
}

function resetButton(panel) {
  const act = async () => {
    if (sure) await post("/reset");
    sure = !sure;
    drawClock(panel);
  };
  return element(
    "button",
    { type: "button", class: "danger", "data-key": "reset", onclick: act },
    t(sure ? "reset_sure" : "reset"),
  );
}
