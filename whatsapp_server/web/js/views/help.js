/** All there is to know about whose conversation it is. */
import { t } from "../i18n.js";
import { html } from "../lib.js";
import { Dialog } from "./dialog.js";

const SENTENCES = [1, 2, 3, 4, 5];

export function Help({ onClose }) {
  return html`<${Dialog} title=${t("help.title")} onClose=${onClose} testid="help-dialog">
    <ol class="help">${SENTENCES.map((each) => html`<li key=${each}>${t(`help.${each}`)}</li>`)}</ol>
    <div class="dialog-actions">
      <button type="button" class="button button-primary" data-testid="help-close" onClick=${onClose}>
        ${t("action.close")}
      </button>
    </div>
  <//>`;
}
