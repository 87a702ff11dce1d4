/** Whether the page shows how things stand, and what of one's own is not with the server yet. */
import { now } from "../clock.js";
import { clockTime, momentTime } from "../format.js";
import { locale, t } from "../i18n.js";
import { lineOf } from "../line.js";
import { html, useApp, useComputed, useEffect, useRef, useState } from "../lib.js";
import { UnsentDialog } from "./unsent_dialog.js";

/** Only what lasts is said. */
const SPOKEN_AFTER_MS = 5000;

/** One quiet line that is always there, so nothing moves with it. */
export function LineStatus() {
  const { outbox } = useApp();
  const { state, text, checked } = useLine();
  const [open, setOpen] = useState(false);
  const [waiting, refused] = [outbox.waitingCount, outbox.refused.length];
  return html`
    <div class="line" data-testid="line" data-state=${state}>
      <p class="line-state" title=${checked}>
        <span class="line-dot" aria-hidden="true"></span>
        <span class="line-text" data-testid="line-text">${text}</span><span class="visually-hidden">. ${checked}</span>
      </p>
      ${waiting ? html`<p data-testid="line-to-send">${t("line.to_send", { count: waiting })}</p>` : null}
      ${refused
        ? html`<button type="button" class="link-button line-refused" data-testid="line-refused" onClick=${() => setOpen(true)}>
            ${t("line.refused", { count: refused })}
          </button>`
        : null}
    </div>
    ${open ? html`<${UnsentDialog} onClose=${() => setOpen(false)} />` : null}
  `;
}

/** Says aloud that the line is broken, and that all is well again: once each, and not what heals by itself. */
export function LineVoice() {
  const { state, text } = useLine();
  const [said, setSaid] = useState("");
  const broken = useRef(false);
  useEffect(() => {
    if (state !== "offline" && !(state === "current" && broken.current)) return undefined;
    const timer = setTimeout(() => {
      broken.current = state === "offline";
      setSaid(text);
    }, broken.current ? 0 : SPOKEN_AFTER_MS);
    return () => clearTimeout(timer);
  }, [state]);
  return html`<p class="visually-hidden" role="status" aria-live="polite" data-testid="line-voice">${said}</p>`;
}

/** {state, text, checked}: strings, so that a view changes with them and not with every tick of the clock. */
function useLine() {
  const { live, sync } = useApp();
  const line = useComputed(() => {
    const { state, since } = lineOf(live.status.value, sync.status.value, now.value);
    return `${state} ${since ?? ""}`;
  });
  const [state, since] = line.value.split(" ");
  const { checkedAt } = sync.status.value;
  const checked = checkedAt ? t("line.checked", { time: clockTime(checkedAt, locale()) }) : t("line.unchecked");
  return { state, text: sentenceOf(state, Number(since)), checked };
}

function sentenceOf(state, since) {
  if (state !== "offline") return t(`line.${state}`);
  return t("line.offline", { time: momentTime(new Date(since).toISOString(), now.peek(), locale()) });
}
