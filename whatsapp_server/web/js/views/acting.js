/** Doing something with the open conversation: one verb after another, its refusal kept until it is dismissed. */
import { currentTime } from "../clock.js";
import { t } from "../i18n.js";
import { html, useApp, useEffect, useRef, useState } from "../lib.js";
import { perform, possibleVerbs } from "../verbs.js";
import { Icon } from "./icons.js";

/** Within this time a refused person's page has learnt what came before them. */
const NEWS_MS = 3000;

/**
 * {verbs, busy, refusal, run, finish, dismiss, missed}: the possible verbs, the one under way, the last refusal, and
 * `missed`, {after: seq}, when the customer's newer messages are to be looked at first.
 */
export function useActing(conversation) {
  const app = useApp();
  const [busy, setBusy] = useState(null);
  const [refusal, setRefusal] = useState(null);
  const [missed, setMissed] = useState(null);
  /** What is under way or waits for that, by the verb and its body: its promise. */
  const chosen = useRef(new Map());
  const { id, assignee_id: holder, state } = conversation;

  // What it was refused for comes right after it; any later change makes it old news.
  useEffect(() => {
    setRefusal((said) => (said && currentTime() - said.since < NEWS_MS ? said : null));
  }, [holder, state]);

  /**
   * Null when it was done, else the refusal, which is shown above the messages unless `quiet`. It is done after what was chosen
   * before, once however often it is chosen meanwhile, and not at all if `may` resolves to false.
   */
  const run = (verb, body, { quiet = false, may = async () => true } = {}) => {
    const key = JSON.stringify([verb, body]);
    const others = chosen.current;
    if (others.has(key)) return others.get(key);
    const turn = Promise.allSettled(others.values())
      .then(() => act(verb, body, { quiet, may }))
      .finally(() => others.delete(key));
    others.set(key, turn);
    return turn;
  };

  const act = async (verb, body, { quiet, may }) => {
    setBusy(verb);
    setRefusal(null);
    try {
      const refused = (await may()) ? await perform(app, conversation, verb, body) : null;
      if (refused && !quiet) setRefusal({ ...refused, since: currentTime() });
      return refused;
    } finally {
      setBusy(null);
    }
  };

  /** Finishes what has been seen, once one's own last words are with the server. */
  const finish = async () => {
    const seen = app.store.thread(id).seenSeq;
    const refused = await run("finish", { last_seen_seq: seen }, { may: () => app.outbox.settled(id) });
    if (refused?.code === "new_message") setMissed({ after: seen });
  };

  return {
    verbs: possibleVerbs(conversation, app.store.me.value, app.store.settings.value),
    busy,
    refusal,
    run,
    finish,
    dismiss: () => setRefusal(null),
    missed,
  };
}

/**
 * A button that does a verb: it says that it is busy and takes no second press, but keeps the focus. One that only
 * `asks` first may be pressed at any time.
 */
export function VerbButton({ verb, acting, label, looks = "", asks = false, testid, onClick }) {
  const waits = acting.busy !== null && !asks;
  return html`<button type="button" class=${`button verb-button ${looks}`} aria-busy=${acting.busy === verb}
    aria-disabled=${waits} data-testid=${testid} onClick=${() => waits || onClick()}>
    ${label}
  </button>`;
}

/** What was refused and what can be done next, over the first messages: it moves nothing. */
export function Refusal({ acting }) {
  return html`<div class="refusal-place" role="alert">
    ${acting.refusal
      ? html`<div class="refusal" data-testid="refusal">
          <${Icon} name="alert" size=${18} /><p>${acting.refusal.text}</p>
          <button type="button" class="icon-button" aria-label=${t("toast.dismiss")} onClick=${acting.dismiss}>
            <${Icon} name="close" size=${16} />
          </button>
        </div>`
      : null}
  </div>`;
}
