/** The messages of the open conversation: days, what is unread, what is still on its way, scrolling back. */
import { attentive, visible } from "../attention.js";
import { today } from "../clock.js";
import { dayKey, dayName } from "../format.js";
import { locale, t } from "../i18n.js";
import { html, useApp, useEffect, useLayoutEffect, useRef, useState } from "../lib.js";
import { plainText } from "../richtext.js";
import { titleOf } from "../titles.js";
import { useAnchoredScroll } from "./anchored_scroll.js";
import { Icon } from "./icons.js";
import { kindName } from "./kinds.js";
import { Message } from "./message.js";
import { PendingMessage } from "./pending_message.js";
import { TimelineEntry } from "./timeline_entry.js";

/** Distance from the top at which the page before is fetched. */
const OLDER_PX = 600;

/** `sent` moves with every text sent from here; `missed`, {after: seq}, asks for the customer's first message after that. */
export function MessageLog({ conversation, thread, sent, missed }) {
  const { outbox, store } = useApp();
  const me = store.me.value.id;
  const messages = thread.messages();
  const pending = outbox.entriesOf(conversation.id);
  const older = useOlder(thread);
  const scroll = useAnchoredScroll({ onScroll: older.check });
  const divider = useDivider(conversation, scroll.atBottom, sent);
  const below = useBelow(messages, scroll.atBottom, me);
  useOpening(thread, scroll, divider);
  useMarkRead(conversation.id, messages, scroll.atBottom);
  useMissed(missed, messages, scroll);
  useEffect(() => {
    if (sent) scroll.toBottom();
  }, [sent]);
  useEffect(() => older.check(scroll.ref.current), [messages.length]);
  return html`<div class="log-place">
    <div class="log" ref=${scroll.ref} tabindex="0" role="region" aria-label=${t("conversation.log")}>
      <div class="log-content">
        <${Beginning} thread=${thread} failed=${older.failed} onRetry=${older.load} empty=${!messages.length} />
        ${withDividers(messages, { conversation, divider: divider ?? null, me })}
        ${pending.map((each) => html`<${PendingMessage} key=${each.client_id} entry=${each} conversation=${conversation} />`)}
      </div>
    </div>
    ${scroll.atBottom ? null : html`<${ToBottom} count=${below} onClick=${scroll.toBottom} />`}
    <${Announcer} conversation=${conversation} messages=${messages} />
  </div>`;
}

/** What counts as unread: the customer's words, and in a chat of colleagues theirs. */
function isNews({ direction, kind, author }, me) {
  return direction === "inbound" || (direction === "internal" && kind === "text" && author?.id !== me);
}

/** Messages and what was done between them, with a divider before each new day and before the first unread one. */
function withDividers(messages, { conversation, divider, me }) {
  const nodes = [];
  let day = null;
  let marked = divider === null;
  const seenShown = lastOfMine(messages, conversation, me);
  for (const message of messages) {
    const key = dayKey(message.created_at);
    if (key !== day) nodes.push(html`<${DayDivider} key=${`day-${key}`} iso=${message.created_at} />`);
    if (!marked && isNews(message, me) && message.inbound_count > divider) {
      nodes.push(html`<p class="unread-divider" key="unread"><span>${t("conversation.unread_divider")}</span></p>`);
      marked = true;
    }
    nodes.push(
      message.kind === "event"
        ? html`<${TimelineEntry} key=${message.id} message=${message} />`
        : html`<${Message} key=${message.id} message=${message} conversation=${conversation} last=${message === seenShown} />`,
    );
    day = key;
  }
  return nodes;
}

/** In a group one's own newest message says who has seen it. */
function lastOfMine(messages, { group }, me) {
  return group ? messages.findLast((each) => each.kind === "text" && each.author?.id === me) : undefined;
}

function DayDivider({ iso }) {
  const words = { today: t("time.today"), yesterday: t("time.yesterday") };
  return html`<h3 class="day-divider"><span>${dayName(iso, today.value, locale(), words)}</span></h3>`;
}

/** What stands above the oldest message held. The height is the same in each case, so nothing jumps. */
function Beginning({ thread, failed, onRetry, empty }) {
  if (thread.state.value !== "ready") {
    return html`<p class="log-beginning quiet-at-first" role="status">${t("conversation.loading")}</p>`;
  }
  if (failed) {
    return html`<p class="log-beginning">
      <button type="button" class="button" onClick=${onRetry}>${t("action.retry")}</button>
    </p>`;
  }
  if (thread.next) return html`<p class="log-beginning">${t("conversation.loading_older")}</p>`;
  return html`<p class="log-beginning">${t(empty ? "conversation.empty" : "conversation.beginning")}</p>`;
}

function ToBottom({ count, onClick }) {
  const label = count ? t("conversation.new_below", { count }) : t("conversation.to_bottom");
  return html`<button type="button" class="to-bottom" data-testid="to-bottom" aria-label=${label} onClick=${onClick}>
    <${Icon} name="down" size=${18} />${count ? html`<span>${label}</span>` : null}
  </button>`;
}

/** Says each new message of the others to screen readers, once; what was there at opening stays silent. */
function Announcer({ conversation, messages }) {
  const { store } = useApp();
  const spoken = useRef(null);
  const newest = messages.at(-1);
  const fresh = newest && spoken.current !== null && newest.seq > spoken.current && isNews(newest, store.me.value.id);
  const text = useRef("");
  if (fresh) {
    const name = newest.author?.name ?? titleOf(conversation, store).name;
    text.current = t("live.new_message", { name, text: plainText(newest.body) || kindName(newest) });
  }
  if (newest) spoken.current = Math.max(newest.seq, spoken.current ?? 0);
  return html`<p class="visually-hidden" aria-live="polite">${text.current}</p>`;
}

/** Fetching older pages while the top is near; after a failure only when asked. */
function useOlder(thread) {
  const { sync } = useApp();
  const [failed, setFailed] = useState(false);
  const load = () => {
    setFailed(false);
    sync.loadOlder(thread).catch(() => setFailed(true));
  };
  const check = (box) => {
    if (!failed && thread.state.peek() === "ready" && box.scrollTop < OLDER_PX) load();
  };
  return { failed, load, check };
}

/**
 * The inbound_count after which messages are marked as unread, null for no mark, undefined until the read mark is
 * known. Set once for what was unread at opening, again when messages come while nobody looks, and taken away by
 * answering.
 */
function useDivider(conversation, atBottom, sent) {
  const { store } = useApp();
  const [divider, setDivider] = useState(undefined);
  const opened = useRef(false);
  const read = store.readOf(conversation.id);
  useLayoutEffect(() => {
    if (!read) return;
    const looking = attentive.peek() && atBottom && opened.current;
    opened.current = true;
    const fresh = conversation.inbound_count > read.inbound_count && !looking;
    setDivider((held) => (fresh ? Math.max(held ?? 0, read.inbound_count) : (held ?? null)));
  }, [read === null, conversation.inbound_count]);
  useEffect(() => {
    if (sent) setDivider(null);
  }, [sent]);
  return divider;
}

/** Shows what is unread first, once the messages are here and it is known which of them are. */
function useOpening(thread, scroll, divider) {
  const done = useRef(false);
  const ready = thread.state.value === "ready" && divider !== undefined;
  useLayoutEffect(() => {
    if (!ready || done.current) return;
    done.current = true;
    const line = divider !== null && scroll.ref.current.querySelector(".unread-divider");
    if (line) scroll.toElement(line);
  }, [ready, divider]);
}

/** Marks as read: what there is at opening in a visible tab, then what comes while somebody looks at the end. */
function useMarkRead(id, messages, atBottom) {
  const { reader, store } = useApp();
  const opened = useRef(false);
  useLayoutEffect(() => reader.opened(id), [id]);
  const newest = messages.at(-1)?.seq ?? 0;
  const known = store.readOf(id) !== null;
  const looking = opened.current ? attentive.value && atBottom : visible.value;
  useEffect(() => {
    if (!newest || !known || !looking) return;
    opened.current = true;
    reader.seen(id, newest);
  }, [newest, known, looking]);
}

/** How many messages of the others came below what was last seen at the bottom. */
function useBelow(messages, atBottom, me) {
  const seen = useRef(0);
  const newest = messages.at(-1)?.seq ?? 0;
  if (atBottom) seen.current = newest;
  return messages.filter((each) => each.seq > seen.current && isNews(each, me)).length;
}

/** Shows what the customer wrote meanwhile, once it is here. */
function useMissed(missed, messages, scroll) {
  const shown = useRef(missed);
  const first = missed && messages.find((each) => each.seq > missed.after && each.direction === "inbound");
  useLayoutEffect(() => {
    if (!first || shown.current === missed) return;
    shown.current = missed;
    scroll.toElement(scroll.ref.current.querySelector(`[data-seq="${first.seq}"]`));
  }, [missed, first?.id]);
}
