/** Beside reply and note: who will see what is written, and under which name. */
import { firstName } from "../format.js";
import { t } from "../i18n.js";
import { html, useApp } from "../lib.js";
import { takenByAnswering } from "../verbs.js";
import { Icon } from "./icons.js";
import { useNamePrefix } from "./name_prefix.js";

export function ComposerHint({ conversation, mode, open }) {
  if (mode === "note") {
    return html`<p class="composer-hint composer-hint-note"><${Icon} name="lock" size=${14} />${t("note.only_team")}</p>`;
  }
  if (!open) return null;
  return html`<${Effect} conversation=${conversation} /><${NamePrefix} />`;
}

/** What answering does to whose conversation it is. */
function Effect({ conversation }) {
  const { store } = useApp();
  const loser = takenByAnswering(conversation, store.me.value);
  if (loser) return html`<p class="composer-hint composer-effect">${t("composer.takes", { name: firstName(store.nameOf(loser)) })}</p>`;
  if (conversation.state === "finished") return html`<p class="composer-hint composer-effect">${t("composer.reopens")}</p>`;
  return html`<span class="composer-effect"></span>`;
}

function NamePrefix() {
  const { prefs } = useApp();
  const { choice, name } = useNamePrefix();
  if (choice === "forced") {
    return html`<p class="composer-hint" data-testid="name-prefix">${t("composer.prefix", { name })}</p>`;
  }
  if (choice !== "optional") return null;
  return html`<label class="composer-hint composer-with-name">
    <input type="checkbox" checked=${prefs.withName.value} data-testid="with-name"
      onChange=${(event) => prefs.setWithName(event.currentTarget.checked)} />
    <span>${t("composer.with_name", { name })}</span>
  </label>`;
}
