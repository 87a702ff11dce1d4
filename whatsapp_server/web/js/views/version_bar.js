/** The strip that offers the server's newer client to whoever was in the middle of something. */
import { t } from "../i18n.js";
import { html, useApp } from "../lib.js";
import { Icon } from "./icons.js";

export function VersionBar() {
  const { version } = useApp();
  return html`<div role="status">
    ${version.offered.value
      ? html`<div class="banner version-bar" data-testid="version-bar">
          <${Icon} name="info" size=${18} /><p>${t("version.offered")}</p>
          <button type="button" class="link-button" data-testid="version-reload" onClick=${() => version.reload()}>
            ${t("version.reload")}
          </button>
        </div>`
      : null}
  </div>`;
}
