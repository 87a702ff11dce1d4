/** The corner where short notices appear. */
import { t } from "../i18n.js";
import { html } from "../lib.js";
import { dismissToast, toasts } from "../toasts.js";
import { Icon } from "./icons.js";

export function Toasts() {
  return html`<div class="toasts" role="status" aria-live="polite">
    ${toasts.value.map(
      ({ id, text, open }) => html`<div class="toast" key=${id} data-testid="toast">
        <span class="toast-text" dir="auto">${text}</span>
        ${open ? html`<button type="button" class="link-button" onClick=${() => follow(id, open)}>${t("notice.open")}</button>` : null}
        <button type="button" class="icon-button" aria-label=${t("toast.dismiss")} onClick=${() => dismissToast(id)}>
          <${Icon} name="close" size=${16} />
        </button>
      </div>`,
    )}
  </div>`;
}

function follow(id, open) {
  dismissToast(id);
  open();
}
