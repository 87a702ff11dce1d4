/** What screens about people share: their order, and the days between which somebody is away. Pure. */

export const ROLES = ["agent", "admin"];

const DAY = /^\d{4,6}-\d\d-\d\d$/;

export function byName(documents) {
  return [...documents].sort((one, other) => one.name.localeCompare(other.name));
}

/** Active ones by their names, without those whose ids are given. */
export function colleagues(users, ...without) {
  return byName(users.filter(({ id, active }) => active && !without.includes(id)));
}

/** Whether a moment, of `absent_until` or `expires_at`, lies ahead. */
export function isAhead(iso, nowMs) {
  return Boolean(iso) && new Date(iso).getTime() > nowMs;
}

/** Invitations by which somebody may still join. */
export function openInvites(invites, nowMs) {
  return invites.filter(({ used_at: usedAt, expires_at: expiresAt }) => usedAt === null && isAhead(expiresAt, nowMs));
}

/** A moment's day where the reader is, as date fields hold it: 2026-11-24. */
export function dayOf(moment) {
  const date = new Date(moment);
  const parts = [date.getFullYear(), date.getMonth() + 1, date.getDate()];
  return parts.map((each) => String(each).padStart(2, "0")).join("-");
}

/** The day after a moment's. */
export function dayAfter(moment) {
  const date = new Date(moment);
  return dayOf(new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1));
}

/** When a day of a date field begins where the reader is, in ISO; null for what is no day. */
export function beginOf(day) {
  if (!DAY.test(day ?? "")) return null;
  const moment = new Date(`${day}T00:00`);
  return Number.isNaN(moment.getTime()) ? null : moment.toISOString();
}
