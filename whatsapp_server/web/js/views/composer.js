/** Where a reply is written. Closed with a sentence while WhatsApp does not let us write. */
import { now } from "../clock.js";
import { characterCount, contactName, timeLeft } from "../format.js";
import { t } from "../i18n.js";
import { html, useApp, useComputed, useEffect, useLayoutEffect, useRef } from "../lib.js";
import { Icon } from "./icons.js";

/** Twilio refuses longer ones. */
const MAX_CHARACTERS = 1600;
const COUNT_FROM = 1400;
const MAX_LINES = 6;
const WIDE = "(min-width: 760px)";

export function Composer({ conversation, onSent }) {
  const { store } = useApp();
  const { id } = conversation;
  const open = useComputed(() => timeLeft(store.conversations.get(id)?.window_closes_at, now.value) !== null);
  if (open.value) return html`<${OpenComposer} conversation=${conversation} onSent=${onSent} />`;
  const sentence = conversation.inbound_count ? "composer.closed" : "composer.never_open";
  return html`<div class="composer composer-closed" data-testid="composer-closed" role="status">
    <${Icon} name="lock" /><p>${t(sentence)}</p>
  </div>`;
}

function OpenComposer({ conversation, onSent }) {
  const { drafts, outbox } = useApp();
  const { id, contact } = conversation;
  const input = useRef(null);
  const draft = drafts.of(id);
  const text = draft.value;
  const count = characterCount(text);
  const ready = text.trim() !== "" && count <= MAX_CHARACTERS;
  useAutosize(input, text);
  useEffect(() => {
    if (matchMedia(WIDE).matches) input.current.focus();
  }, []);
  const send = () => {
    if (!ready) return;
    outbox.send(id, text.trim());
    drafts.set(id, "");
    onSent();
    input.current.focus();
  };
  const onKeyDown = (event) => {
    // isComposing: the Enter that picks a word of an input method must not send.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  };
  return html`<form class="composer" onSubmit=${(event) => (event.preventDefault(), send())}>
    <textarea id="composer" ref=${input} rows="1" value=${text} data-testid="composer-input" title=${t("composer.hint")}
      aria-label=${t("composer.label", { name: contactName(contact) })} placeholder=${t("composer.placeholder")}
      aria-describedby="composer-count" onInput=${(event) => drafts.set(id, event.currentTarget.value)}
      onKeyDown=${onKeyDown} />
    <button type="submit" class="send-button" disabled=${!ready} aria-label=${t("action.send")}
      title=${t("action.send")} data-testid="composer-send">
      <${Icon} name="send" />
    </button>
    <${Counter} count=${count} />
  </form>`;
}

function Counter({ count }) {
  const left = MAX_CHARACTERS - count;
  const shown = count >= COUNT_FROM;
  const text = left >= 0 ? t("composer.left", { count: left }) : t("composer.over", { count: -left });
  return html`<p id="composer-count" class=${`composer-count${left < 0 ? " composer-over" : ""}`} aria-live="polite">
    ${shown ? text : ""}
  </p>`;
}

/** As high as its text, up to six lines. */
function useAutosize(input, text) {
  useLayoutEffect(() => {
    const { style } = input.current;
    const { lineHeight, paddingTop, paddingBottom } = getComputedStyle(input.current);
    const most = parseFloat(lineHeight) * MAX_LINES + parseFloat(paddingTop) + parseFloat(paddingBottom);
    style.height = "auto";
    const wanted = input.current.scrollHeight;
    style.height = `${Math.min(wanted, most)}px`;
    style.overflowY = wanted > most ? "auto" : "hidden";
  }, [text]);
}
