/** What makes a note unmistakable, in words: the customer does not see it. */
import { t } from "../i18n.js";
import { html } from "../lib.js";
import { Icon } from "./icons.js";

export function NoteHead() {
  return html`<p class="note-head">
    <${Icon} name="lock" size=${13} /><strong>${t("note.title")}</strong><span>${t("note.only_team")}</span>
  </p>`;
}
