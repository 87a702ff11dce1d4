// One message as the customer sees it.

import { element, icon } from "./dom.js";
import { clockTime } from "./format.js";
import { t } from "./i18n.js";
import { webhookOf } from "./store.js";

const ONE_TICK = "M5 12.500l4.500 4.500L19 7";
const TWO_TICKS = "M2 12.500l4.500 4.500L16 7M11.500 16l1 1L22 7";
const WARNING = "M12 4v10M12 18.500v.5";
const PIN =
  "M12 21s-6.500-6-6.500-11a6.500 6.500 0 0 1 13 0c0 5-6.500 11-6.500 11zM12 12.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z";
const CLIP =
  "M20 11.500l-8 8a5 5 0 0 1-7-7l8.500-8.500a3.300 3.300 0 0 1 4.700 4.700L9.800 17a1.700 1.700 0 0 1-2.400-2.400l7.500-7.500";

/** The bubble of `message`, and what it was drawn from: it is drawn again only when that changes. */
export function bubble(message) {
  const own = message.direction === "inbound";
  const foot = element(
    "span",
    { class: "foot" },
    element("time", { datetime: message.created_at }, clockTime(message.created_at)),
  );
  if (own) foot.append(tick(message.sid));
  return element(
    "li",
    {
      class: `bubble ${own ? "own" : "theirs"}`,
      "data-testid": "message",
      "data-sid": message.sid,
      "data-status": message.status,
    },
    ...message.media.map(attachment),
    message.params.Latitude ? place(message.params) : null,
    message.params.ContentSid
      ? element("span", { class: "kind" }, t("template", { sid: message.params.ContentSid }))
      : null,
    message.body ? element("span", { class: "text", dir: "auto" }, message.body) : null,
    foot,
  );
}

/** Everything that `bubble` shows, as one string. */
export const bubbleKey = (message, language) =>
  [
    language,
    message.updated_at,
    message.status,
    message.direction === "inbound" ? JSON.stringify(webhookOf(message.sid)) : "",
  ].join("|");

function tick(sid) {
  const { state, code } = webhookOf(sid);
  const label = t(`tick_${state}`, { code });
  const shape = { pending: ONE_TICK, delivered: TWO_TICKS, given_up: WARNING }[state];
  return element(
    "span",
    { class: `tick ${state}`, title: label, "data-testid": "tick", "data-state": state },
    icon(shape, label),
  );
}

function attachment(media) {
  const kind = (media.content_type ?? "").split("/")[0];
  const name = t(["image", "video", "audio"].includes(kind) ? `media_${kind}` : "media_other");
  return element(
    "span",
    { class: "attachment" },
    icon(CLIP),
    element("span", {}, name, element("small", {}, media.content_type || media.url)),
  );
}

function place(params) {
  const where = params.Label || params.Address || `${params.Latitude}, ${params.Longitude}`;
  return element(
    "span",
    { class: "attachment" },
    icon(PIN),
    element("span", {}, t("location"), element("small", {}, where)),
  );
}
