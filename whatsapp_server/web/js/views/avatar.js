/** A round stand-in for a picture: initials on a colour of one's own. */
import { initials, toneOf } from "../format.js";
import { html } from "../lib.js";
import { Icon } from "./icons.js";

export function Avatar({ id, name, small = false }) {
  const letters = initials(name);
  return html`<span class=${`avatar tone-${toneOf(id)}${small ? " avatar-small" : ""}`} aria-hidden="true">
    ${letters || html`<${Icon} name="contact" size=${small ? 16 : 22} />`}
  </span>`;
}
