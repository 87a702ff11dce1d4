/** Modal dialogs on the browser's own <dialog>, which keeps the focus inside and closes on Esc. */
import { t } from "../i18n.js";
import { html, useLayoutEffect, useRef } from "../lib.js";

export function Dialog({ title, onClose, children, testid }) {
  const ref = useRef(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    ref.current.showModal();
    // Afterwards: as long as the dialog stands, nothing behind it takes the focus.
    return () => queueMicrotask(() => before?.focus?.());
  }, []);
  const onBackdrop = (event) => {
    if (event.target === ref.current) onClose();
  };
  return html`<dialog ref=${ref} class="dialog" aria-labelledby="dialog-title" data-testid=${testid}
    onClose=${onClose} onMouseDown=${onBackdrop}>
    <div class="dialog-body">
      <h2 id="dialog-title">${title}</h2>
      ${children}
    </div>
  </dialog>`;
}

/** A question with one way forward and one back; forward looks dangerous unless told otherwise. */
export function Confirm({ title, text, confirm, onConfirm, onClose, looks = "button-danger" }) {
  return html`<${Dialog} title=${title} onClose=${onClose} testid="confirm">
    <p>${text}</p>
    <div class="dialog-actions">
      <button type="button" class="button" data-testid="confirm-cancel" onClick=${onClose}>
        ${t("action.cancel")}
      </button>
      <button type="button" class=${`button ${looks}`} data-testid="confirm-yes" onClick=${onConfirm}>
        ${confirm}
      </button>
    </div>
  <//>`;
}
