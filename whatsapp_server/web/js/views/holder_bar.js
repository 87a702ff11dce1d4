/** Below the head of a customer's conversation: whose it is, and what can be done with it. */
import { firstName } from "../format.js";
import { t } from "../i18n.js";
import { html, useApp, useEffect, useLayoutEffect, useRef, useState } from "../lib.js";
import { holding } from "../verbs.js";
import { absenceOf } from "./absence.js";
import { VerbButton } from "./acting.js";
import { ConversationMenu } from "./conversation_menu.js";
import { TakeOver } from "./take_over.js";
import { Icon } from "./icons.js";
import { PassDialog } from "./pass_dialog.js";
import { PresenceMark, PresenceText } from "./presence.js";

export function HolderBar({ conversation, acting }) {
  const { verbs } = acting;
  const [dialog, setDialog] = useState(null);
  const bar = useNextButton();
  const mayTakeOver = verbs.has("take_over");
  // Nobody would lose it any more: there is nothing left to ask.
  useEffect(() => {
    if (!mayTakeOver) setDialog((open) => (open === "take_over" ? null : open));
  }, [mayTakeOver]);
  // What is offered to me has its own buttons below.
  const taking = verbs.has("accept") ? null : ["claim", "take_over"].find((each) => verbs.has(each));
  const take = () => (taking === "claim" ? acting.run("claim") : setDialog("take_over"));
  // What an admin may do with a colleague's stands in the menu: three buttons are enough.
  const passes = verbs.has("offer") && taking !== "take_over";
  return html`<div class="holder-bar" ref=${bar} role="group" aria-label=${t("holder.label")} data-testid="holder-bar">
    <div class="holder-who">
      <${Holder} conversation=${conversation} />
      <${HolderPresence} conversation=${conversation} />
    </div>
    <div class="holder-buttons">
      ${verbs.has("reopen")
        ? html`<${VerbButton} verb="reopen" acting=${acting} label=${t("verb.reopen")} testid="verb-reopen"
            onClick=${() => acting.run("reopen")} />`
        : null}
      ${taking
        ? html`<${VerbButton} verb=${taking} acting=${acting} label=${t("verb.take")} testid="verb-take"
            asks=${taking === "take_over"} onClick=${take} />`
        : null}
      ${passes
        ? html`<${VerbButton} verb="offer" acting=${acting} label=${t("verb.pass")} testid="verb-pass" asks
            onClick=${() => setDialog("pass")} />`
        : null}
      ${verbs.has("finish") && taking !== "take_over"
        ? html`<${VerbButton} verb="finish" acting=${acting} label=${t("verb.finish")} testid="verb-finish"
            onClick=${acting.finish} />`
        : null}
      <${ConversationMenu} conversation=${conversation} acting=${acting} onDialog=${setDialog} />
    </div>
    <${BarDialog} name=${dialog} conversation=${conversation} acting=${acting} onClose=${() => setDialog(null)} />
  </div>`;
}

function BarDialog({ name, conversation, acting, onClose }) {
  if (name === "take_over") {
    const onConfirm = () => {
      onClose();
      acting.run("take_over", { from: conversation.assignee_id });
    };
    return html`<${TakeOver} conversation=${conversation} onConfirm=${onConfirm} onClose=${onClose} />`;
  }
  if (name !== "pass" && name !== "assign") return null;
  return html`<${PassDialog} conversation=${conversation} acting=${acting} assigning=${name === "assign"}
    onClose=${onClose} />`;
}

/** "Without a holder", "Yours", "Ana's"; with the lock of a private one, its team and whether it is finished. */
function Holder({ conversation }) {
  const { store } = useApp();
  const { state, visibility, team_id: teamId } = conversation;
  const team = store.teams.get(teamId);
  const absence = absenceOf(store.users.get(conversation.assignee_id));
  const secret = visibility === "private";
  return html`<p class="holder" role="status" data-testid="holder">
    <${Icon} name=${secret ? "lock" : "contact"} size=${16} />
    <span class="holder-text">
      <strong>${holderText(conversation, store)}</strong>
      <span class="holder-facts">
        ${secret ? html`<span class="holder-fact holder-private">${t("holder.private")}</span>` : null}
        ${state === "finished" ? html`<span class="holder-fact">${t("holder.finished")}</span>` : null}
        ${team ? html`<span class="holder-fact" dir="auto">${team.name}</span>` : null}
        ${absence ? html`<span class="holder-fact">${absence}</span>` : null}
      </span>
    </span>
  </p>`;
}

/** Whether they are here; outside of what is read aloud whenever it changes. */
function HolderPresence({ conversation }) {
  const { store } = useApp();
  if (holding(conversation, store.me.value) !== "other") return null;
  const { assignee_id: id } = conversation;
  return html`<span class="holder-presence" data-testid="holder-presence">
    <${PresenceMark} id=${id} said /><${PresenceText} id=${id} />
  </span>`;
}

export function holderText(conversation, store) {
  const held = holding(conversation, store.me.value);
  return held === "other" ? t("holder.other", { name: firstName(store.nameOf(conversation.assignee_id)) }) : t(`holder.${held}`);
}

/** A ref for the bar: when the button that was pressed is gone with what it did, the focus goes to what stands there now. */
function useNextButton() {
  const bar = useRef(null);
  // While rendering: the page is still as it was before.
  const had = bar.current?.contains(document.activeElement);
  useLayoutEffect(() => {
    if (had && document.activeElement === document.body) bar.current.querySelector(".holder-buttons button").focus();
  });
  return bar;
}
