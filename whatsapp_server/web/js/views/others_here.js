/** Above the composer: which colleagues have the conversation before them, and who is writing in it. */
import { firstName } from "../format.js";
import { t } from "../i18n.js";
import { html, useApp } from "../lib.js";
import { othersHere } from "../viewing.js";
import { Icon } from "./icons.js";

/** A line of its own that is always there, so that nothing moves when somebody comes. */
export function OthersHere({ conversation }) {
  const { store, viewing } = useApp();
  const { typing, viewing: looking } = othersHere(
    { viewers: viewing.viewers.value, typing: viewing.typing.value },
    store.me.value.id,
  );
  // Among colleagues the ticks say who has read.
  const shown = { typing: namesOf(typing, store), viewing: conversation.kind === "customer" ? namesOf(looking, store) : [] };
  return html`<p class="others-here" role="status" data-testid="others-here">
    <${Doing} what="typing" icon="chat" names=${shown.typing} />
    <${Doing} what="viewing" icon="eye" names=${shown.viewing} />
  </p>`;
}

function Doing({ what, icon, names }) {
  if (!names.length) return null;
  const params = { count: names.length, names: inShort(names.map(firstName)) };
  return html`<span class=${`others-${what}`} title=${names.join(", ")} data-testid=${`others-${what}`}>
    <${Icon} name=${icon} size=${14} />${what === "typing" ? t("here.typing", params) : t("here.viewing", params)}
  </span>`;
}

function namesOf(ids, store) {
  return ids.map((id) => store.nameOf(id)).filter(Boolean);
}

/** "Ana", "Ana and Bruno", "Ana, Bruno +2". */
function inShort([one, other, ...more]) {
  if (!other) return one;
  return more.length ? t("here.more", { one, other, more: more.length }) : t("here.two", { one, other });
}
