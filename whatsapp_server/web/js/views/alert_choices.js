/** By what one is alerted in this browser. */
import { t } from "../i18n.js";
import { html, useApp } from "../lib.js";

export function AlertChoices() {
  const { prefs } = useApp();
  return html`<div class="switches" role="group" aria-label=${t("alert.label")} data-testid="alert-choices">
    <${Switch} text=${t("alert.sound")} checked=${prefs.sound.value} onChange=${prefs.setSound} testid="alert-sound" />
    <${Switch} text=${t("alert.unassigned")} checked=${prefs.unassigned.value} onChange=${prefs.setUnassigned}
      testid="alert-unassigned" />
  </div>`;
}

function Switch({ text, checked, onChange, testid }) {
  return html`<label class="switch">
    <input type="checkbox" checked=${checked} data-testid=${testid} onChange=${(event) => onChange(event.currentTarget.checked)} />
    <span>${text}</span>
  </label>`;
}
