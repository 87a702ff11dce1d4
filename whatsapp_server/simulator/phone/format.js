// Times and numbers as people read them.

import { locale, t } from "./i18n.js";

export const clockTime = (iso) =>
  new Date(iso).toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit" });

export const dayAndTime = (iso) =>
  new Date(iso).toLocaleString(locale(), {
    weekday: "short",
    day: "2-digit",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
  });

/** Today, yesterday or the date of `iso`, as seen from `now`. */
export function dayName(iso, now) {
  const day = new Date(iso).toDateString();
  if (day === now.toDateString()) return t("today");
  if (day === new Date(now.getTime() - 86_400_000).toDateString()) return t("yesterday");
  return new Date(iso).toLocaleDateString(locale(), { day: "numeric", month: "long", year: "numeric" });
}

/** A channel address as people write it: Brazilian and US numbers grouped, an id as it is. */
export function addressText(address) {
  const bare = address.replace(/^whatsapp:/, "");
  const brazil = /^\+55(\d{2})(\d{4,5})(\d{4})$/.exec(bare);
  if (brazil) return `+55 ${brazil[1]} ${brazil[2]}-${brazil[3]}`;
  const america = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(bare);
  return america ? `+1 ${america[1]} ${america[2]}-${america[3]}` : bare;
}

export const nameOf = (customer) => customer.name || addressText(customer.address);

export const initials = (name) =>
  name
    .split(/\s+/)
    .filter((word) => /^\p{L}/u.test(word))
    .map((word) => word[0].toUpperCase())
    .slice(0, 2)
    .join("") || "#";

/** One of eight colours, always the same for the same address. */
export const hue = (address) =>
  [...address].reduce((sum, character) => (sum * 31 + character.codePointAt(0)) % 10_007, 7) % 8;
