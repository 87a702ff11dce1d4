/** The field that one writes in and its button, for each of the three things one can write. */
import { characterCount } from "../format.js";
import { t } from "../i18n.js";
import { html, useApp, useEffect, useLayoutEffect, useRef, useState } from "../lib.js";
import { namedIn } from "../mentions.js";
import { takenByAnswering } from "../verbs.js";
import { titleOf } from "../titles.js";
import { Icon } from "./icons.js";
import { useMentions } from "./mention_picker.js";
import { useNamePrefix } from "./name_prefix.js";
import { TakeOver } from "./take_over.js";

/** Twilio refuses longer ones. */
const MAX_CHARACTERS = 1600;
const COUNT_FROM = 1400;
const MAX_LINES = 6;
const WIDE = "(min-width: 760px)";
const REPLY_WORDS = {
  label: "composer.label",
  placeholder: "composer.placeholder",
  action: "action.send",
  over: "composer.over",
};
const CHAT_WORDS = { ...REPLY_WORDS, over: "composer.over_ours" };
const NOTE_WORDS = { label: "note.input", placeholder: "note.placeholder", action: "note.add", over: "composer.over_ours" };

/** A reply to the customer. Where a colleague would lose the conversation by it, that is asked once. */
export function ReplyWriter({ conversation, onSent, focus }) {
  const { drafts, outbox, store } = useApp();
  const [asked, setAsked] = useState(null);
  const prefix = useNamePrefix();
  const { id } = conversation;
  const loser = takenByAnswering(conversation, store.me.value);
  // Nobody loses it any more: there is nothing left to ask.
  useEffect(() => {
    if (!loser) setAsked(null);
  }, [loser]);
  const send = (text) => {
    const told = { last_seen_seq: store.thread(id).seenSeq, ...prefix.told };
    outbox.send(id, text, loser ? { ...told, take_over_from: loser } : told);
    drafts.clear(id, "reply");
    onSent();
  };
  const submit = (text) => {
    const taking = outbox.entriesOf(id).some((each) => each.state !== "failed" && each.take_over_from === loser);
    if (loser && !taking) setAsked(text);
    else send(text);
  };
  const confirm = () => {
    setAsked(null);
    send(asked);
  };
  return html`
    <${Writer} conversation=${conversation} onSubmit=${submit} room=${prefix.room} focus=${focus} />
    ${asked && loser
      ? html`<${TakeOver} conversation=${conversation} sending onConfirm=${confirm} onClose=${() => setAsked(null)} />`
      : null}
  `;
}

/** A note to colleagues. */
export function NoteWriter({ conversation, onSent, focus }) {
  const { drafts, outbox } = useApp();
  const { id } = conversation;
  const submit = (text) => {
    const mentions = namedIn(text, drafts.of(id).peek().mentions).map((each) => each.id);
    outbox.send(id, text, { kind: "note", mentions });
    drafts.clear(id, "note");
    onSent();
  };
  return html`<${Writer} conversation=${conversation} mode="note" words=${NOTE_WORDS} icon="note" onSubmit=${submit}
    focus=${focus} />`;
}

/** A word in the colleagues' own chat. */
export function ChatWriter({ conversation, onSent }) {
  const { drafts, outbox } = useApp();
  const submit = (text) => {
    outbox.send(conversation.id, text);
    drafts.clear(conversation.id, "reply");
    onSent();
  };
  return html`<${Writer} conversation=${conversation} words=${CHAT_WORDS} onSubmit=${submit} />`;
}

/** `room` is what else takes part of WhatsApp's limit. In a note an @ opens the list of colleagues. */
function Writer({ conversation, onSubmit, mode = "reply", words = REPLY_WORDS, icon = "send", room = 0, focus = false }) {
  const { drafts, store, viewing } = useApp();
  const { id } = conversation;
  const input = useRef(null);
  const text = drafts.of(id).value[mode];
  const naming = mode === "note";
  const count = characterCount(text) + room;
  const ready = text.trim() !== "" && count <= MAX_CHARACTERS;
  const mentions = useMentions({ conversation, input, onName: (...named) => insertName(drafts, id, input, ...named) });
  useAutosize(input, text);
  useFocus(input, focus);
  const send = () => {
    if (!ready) return;
    onSubmit(text.trim());
    viewing.stopped();
    input.current.focus();
  };
  const onKeyDown = (event) => {
    if (naming && mentions.onKeyDown(event)) return;
    // isComposing: the Enter that picks a word of an input method must not send.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  };
  const onInput = (event) => {
    drafts.write(id, mode, event.currentTarget.value);
    viewing.typed(event.currentTarget.value);
    if (naming) mentions.look();
  };
  const name = titleOf(conversation, store).name;
  return html`<form class="composer-row" onSubmit=${(event) => (event.preventDefault(), send())}>
    ${naming ? mentions.list : null}
    <textarea id="composer" ref=${input} rows="1" value=${text} data-testid="composer-input" title=${t("composer.hint")}
      aria-label=${t(words.label, { name })} placeholder=${t(words.placeholder)} aria-describedby="composer-count"
      ...${naming ? mentions.attributes : {}} onInput=${onInput} onKeyDown=${onKeyDown} onClick=${naming ? mentions.look : null}
      onBlur=${mentions.close} />
    <button type="submit" class="send-button" disabled=${!ready} aria-label=${t(words.action)} title=${t(words.action)}
      data-testid="composer-send">
      <${Icon} name=${icon} />
    </button>
    <${Counter} count=${count} over=${words.over} />
  </form>`;
}

/** Puts the text with a chosen name into the field, with the caret behind the name, and into the draft. */
function insertName(drafts, id, input, text, caret, person) {
  // At once, so that what is typed next goes on from there.
  input.current.value = text;
  input.current.setSelectionRange(caret, caret);
  drafts.mention(id, person);
  drafts.write(id, "note", text);
}

function Counter({ count, over }) {
  const left = MAX_CHARACTERS - count;
  const shown = count >= COUNT_FROM;
  const text = left >= 0 ? t("composer.left", { count: left }) : t(over, { count: -left });
  return html`<p id="composer-count" class=${`composer-count${left < 0 ? " composer-over" : ""}`} aria-live="polite">
    ${shown ? text : ""}
  </p>`;
}

/** On a desk one writes at once; on a phone the keyboard would cover what is to be read, unless it is `wanted`. */
function useFocus(input, wanted) {
  // Before anything else can be typed, which would be lost.
  useLayoutEffect(() => {
    if (wanted || matchMedia(WIDE).matches) input.current.focus();
  }, []);
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
