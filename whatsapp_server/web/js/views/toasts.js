/** The corner where short notices appear. */
import { t } from "../i18n.js";
import { html } from "../lib.js";
import { dismissToast, toasts } from "../toasts.js";
import { Icon } from "./icons.js";

export function Toasts() {
  return html`<div class="toasts" role="status" aria-live="polite">
    ${toasts.value.map(
      ({ id, text }) => html`<div class="toast" key=${id}>
        <span>${text}</span>
        <button type="button" class="icon-button" aria-label=${t("toast.dismiss")} onClick=${() => dismissToast(id)}>
          <${Icon} name="close" size=${16} />
        </button>
      </div>`,
    )}
  </div>`;
}
