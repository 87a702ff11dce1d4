/** What was done with a conversation, as a quiet line between its messages. */
import { clockTime, fullTime } from "../format.js";
import { locale, maybe, t } from "../i18n.js";
import { html, useApp } from "../lib.js";

export function TimelineEntry({ message }) {
  const { store } = useApp();
  const { id, seq, details, created_at: createdAt } = message;
  return html`<div class="event" data-anchor data-testid="event" data-id=${id} data-seq=${seq} data-event=${details.event}>
    <p>
      <span dir="auto">${eventText(message, store.me.value.id)}</span>${" "}
      <time dateTime=${createdAt} title=${fullTime(createdAt, locale())}>${clockTime(createdAt, locale())}</time>
    </p>
    ${details.note ? html`<p class="event-note" dir="auto">${t("offer.note", { note: details.note })}</p>` : null}
  </div>`;
}

/** The sentence of an entry, as the person `myId` reads it; a neutral one for what this page does not know. */
export function eventText({ author, details }, myId) {
  const { event, from_id: fromId, to_id: toId } = details;
  const key = keyOf(event, author, details);
  if (!key) return t("event.unknown");
  return t(key, {
    actor: author ? named(author.id, author.name, myId, "event.you") : t("event.system"),
    from: named(fromId, details.from_name, myId, "event.to_you"),
    to: named(toId, details.to_name, myId, "event.to_you"),
    team: details.team_name,
    title: details.title,
  });
}

/** The most fitting sentence there is: of what nobody did, of what names nobody, of the event as such. */
function keyOf(event, author, { to_id: toId }) {
  const fitting = [!author && `event.${event}.auto`, !toId && `event.${event}.bare`, `event.${event}`];
  return fitting.find((key) => key && maybe(key) !== null);
}

function named(id, name, myId, you) {
  return id === myId ? t(you) : name;
}
