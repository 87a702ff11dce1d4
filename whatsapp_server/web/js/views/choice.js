/** One of a few, side by side. */
import { html } from "../lib.js";

/** `options` are [[value, text], ...]; `hint` says what the choice means. */
export function Choice({ label, name, options, value, onChoose, hint = null, testid }) {
  const hintId = hint ? `choice-${name}-hint` : undefined;
  return html`<fieldset class="choice" aria-describedby=${hintId} data-testid=${testid}>
    <legend>${label}</legend>
    <div class="choice-options">
      ${options.map(
        ([key, text]) => html`<label key=${key} class="choice-option">
          <input type="radio" name=${name} value=${key} checked=${value === key} onChange=${() => onChoose(key)} />
          <span>${text}</span>
        </label>`,
      )}
    </div>
    ${hint ? html`<p class="hint" id=${hintId}>${hint}</p>` : null}
  </fieldset>`;
}
