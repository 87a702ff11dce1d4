/**
 * Where one writes: a reply to the customer, or a note that only colleagues see. The two are never mistaken for each
 * other: each has its own text, its own field and its own look.
 */
import { now } from "../clock.js";
import { timeLeft } from "../format.js";
import { t } from "../i18n.js";
import { html, useApp, useComputed, useEffect, useRef } from "../lib.js";
import { Icon } from "./icons.js";
import { ComposerHint } from "./composer_hint.js";
import { ChatWriter, NoteWriter, ReplyWriter } from "./writer.js";

export function Composer({ conversation, onSent }) {
  if (conversation.kind === "internal") {
    return html`<div class="composer"><${ChatWriter} conversation=${conversation} onSent=${onSent} /></div>`;
  }
  return html`<${CustomerComposer} conversation=${conversation} onSent=${onSent} />`;
}

function CustomerComposer({ conversation, onSent }) {
  const { drafts, store } = useApp();
  const { id } = conversation;
  const { mode } = drafts.of(id).value;
  const open = useComputed(() => timeLeft(store.conversations.get(id)?.window_closes_at, now.value) !== null);
  const switched = useRef(false);
  const choose = (next) => {
    switched.current = true;
    drafts.setMode(id, next);
  };
  useEffect(() => onSwitchKey(() => choose(drafts.of(id).peek().mode === "note" ? "reply" : "note")), [id]);
  const writing = { conversation, onSent, focus: switched.current };
  return html`<div class=${`composer composer-${mode}`} data-mode=${mode} data-testid="composer">
    <div class="composer-bar">
      <${ModeSwitch} mode=${mode} onChoose=${choose} />
      <${ComposerHint} conversation=${conversation} mode=${mode} open=${open.value} />
    </div>
    ${mode === "note"
      ? html`<${NoteWriter} key="note" ...${writing} />`
      : open.value
        ? html`<${ReplyWriter} key="reply" ...${writing} />`
        : html`<${Closed} conversation=${conversation} />`}
  </div>`;
}

function Closed({ conversation }) {
  return html`<div class="composer-closed" data-testid="composer-closed" role="status">
    <${Icon} name="lock" /><p>${t(conversation.inbound_count ? "composer.closed" : "composer.never_open")}</p>
  </div>`;
}

function ModeSwitch({ mode, onChoose }) {
  return html`<div class="composer-modes" role="group" aria-label=${t("composer.modes")} title=${t("note.shortcut")}>
    ${["reply", "note"].map(
      (each) => html`<button key=${each} type="button" class=${`composer-mode composer-mode-${each}`}
        aria-pressed=${mode === each} data-testid=${`composer-mode-${each}`} onClick=${() => onChoose(each)}>
        ${t(`composer.mode.${each}`)}
      </button>`,
    )}
  </div>`;
}

/** Ctrl+I (⌘I) goes from reply to note and back, from anywhere in the page but a dialog; returns how to stop. */
function onSwitchKey(onSwitch) {
  const heard = (event) => {
    const wanted = event.key.toLowerCase() === "i" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    if (!wanted || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    onSwitch();
  };
  document.addEventListener("keydown", heard);
  return () => document.removeEventListener("keydown", heard);
}
