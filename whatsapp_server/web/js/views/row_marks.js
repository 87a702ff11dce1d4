/** At the right of a row: time or waiting, team, who holds it, that one is named in it, how much is unread. */
import { mentions, movedAt } from "../belonging.js";
import { now, today } from "../clock.js";
import { listTime, timeSince } from "../format.js";
import { locale, t } from "../i18n.js";
import { html, useApp, useComputed } from "../lib.js";
import { Avatar } from "./avatar.js";
import { Icon } from "./icons.js";

/** Until here waiting is no reason to hurry. */
const PATIENCE_MS = 5 * 60_000;

/** When it last moved; while the customer waits for us, for how long. */
export function RowTime({ conversation }) {
  const { waiting_since: waitingSince, state } = conversation;
  if (waitingSince) return html`<${Waiting} key=${waitingSince} since=${waitingSince} />`;
  return html`<span class="row-time">
    ${state === "finished"
      ? html`<${Icon} name="check" size=${14} /><span class="visually-hidden">${t("list.finished")}</span>`
      : null}
    <time>${listTime(movedAt(conversation), today.value, locale(), t("time.yesterday"))}</time>
  </span>`;
}

function Waiting({ since }) {
  // Strings, so that the row changes with the minute and not with every tick of the clock.
  const time = useComputed(() => {
    const { unit, amount } = timeSince(since, now.value);
    return t(`list.since.${unit}`, { amount });
  });
  const looks = useComputed(() => (now.value - new Date(since).getTime() < PATIENCE_MS ? "" : " row-waiting-long"));
  const sentence = t("list.waiting", { time: time.value });
  return html`<span class=${`row-time row-waiting${looks.value}`} title=${sentence} data-testid="row-waiting">
    <${Icon} name="clock" size=${14} /><span aria-hidden="true">${time.value}</span>
    <span class="visually-hidden">${sentence}</span>
  </span>`;
}

export function RowMarks({ conversation, unread }) {
  const { store } = useApp();
  const team = store.teams.get(conversation.team_id);
  return html`<span class="row-marks">
    ${team
      ? html`<span class="row-team" title=${t("list.line", { name: team.name })} data-testid="row-team">
          <span class="row-team-name" dir="auto" aria-hidden="true">${team.name}</span>
          <span class="visually-hidden">${t("list.line", { name: team.name })}</span>
        </span>`
      : null}
    <${Holder} conversation=${conversation} />
    ${mentions(conversation, store.me.value.id)
      ? html`<span class="badge row-mention" title=${t("list.mention")} data-testid="row-mention">
          <span aria-hidden="true">@</span><span class="visually-hidden">${t("list.mention")}</span>
        </span>`
      : null}
    ${unread
      ? html`<span class="badge" data-testid="unread-badge">
          <span aria-hidden="true">${unread > 99 ? "99+" : unread}</span>
          <span class="visually-hidden">${t("list.unread", { count: unread })}</span>
        </span>`
      : null}
  </span>`;
}

/** Whose it is, where that is not what the view says already. */
function Holder({ conversation }) {
  const { list, store } = useApp();
  const { assignee_id: id } = conversation;
  const mine = id === store.me.value.id;
  if (!id || (mine && list.view.value === "mine" && !list.query.value)) return null;
  const name = store.nameOf(id);
  const sentence = mine ? t("list.held_by_me") : t("list.held_by", { name });
  return html`<span class="row-holder" title=${sentence} data-testid="row-holder">
    <${Avatar} id=${id} name=${name} small />
    <span class="visually-hidden">${sentence}</span>
  </span>`;
}
