/** Making a link by which one person may join. It is shown once, to be copied. */
import { fullTime } from "../format.js";
import { locale, t } from "../i18n.js";
import { html, useApp, useEffect, useRef, useState } from "../lib.js";
import { ROLES } from "../people.js";
import { Choice } from "./choice.js";
import { Dialog } from "./dialog.js";
import { Field, Notice, useRequest, valuesOf } from "./form.js";

export function InviteDialog({ onMade, onClose }) {
  const [made, setMade] = useState(null);
  const take = (invite) => {
    setMade(invite);
    onMade();
  };
  return html`<${Dialog} title=${t(made ? "invite.made.title" : "invite.title")} onClose=${onClose} testid="invite-dialog">
    ${made ? html`<${InviteLink} invite=${made} onClose=${onClose} />` : html`<${InviteForm} onMade=${take} onClose=${onClose} />`}
  <//>`;
}

function InviteForm({ onMade, onClose }) {
  const { api } = useApp();
  const [role, setRole] = useState(ROLES[0]);
  const { busy, notice, problems, send, form } = useRequest({ fields: ["name", "email", "role"] });
  const submit = (event) => {
    event.preventDefault();
    const { name, email } = valuesOf(event.currentTarget);
    send(async () => onMade(await api.post("/api/invites", { role, name, email })));
  };
  return html`<form class="form" noValidate ref=${form} onSubmit=${submit} aria-busy=${busy}>
    <${Notice} text=${notice} />
    <${Choice} label=${t("people.role")} name="role" options=${ROLES.map((each) => [each, t(`menu.role.${each}`)])} value=${role}
      onChoose=${setRole} hint=${t(`people.role.${role}`)} />
    <${Field} label=${t("invite.name")} name="name" problem=${problems.name} autocomplete="off" maxlength="80" autofocus
      testid="invite-name" />
    <${Field} label=${t("invite.email")} name="email" type="email" problem=${problems.email} hint=${t("invite.hint")} autocomplete="off"
      maxlength="254" testid="invite-email" />
    <div class="dialog-actions">
      <button type="button" class="button" onClick=${onClose}>${t("action.cancel")}</button>
      <button type="submit" class="button button-primary" aria-disabled=${busy} data-testid="invite-submit">${t("invite.submit")}</button>
    </div>
  </form>`;
}

function InviteLink({ invite, onClose }) {
  const input = useRef(null);
  const [copied, setCopied] = useState(null);
  const select = () => input.current.setSelectionRange(0, invite.url.length, "backward");
  useEffect(() => input.current.focus(), []);
  const copy = async () => setCopied((await copyText(invite.url, input.current)) ? "done" : "by_hand");
  return html`<div class="form">
    <p>${t("invite.made.text")}</p>
    <label class="field">
      <span>${t("invite.link")}</span>
      <input class="invite-link" ref=${input} readonly value=${invite.url} data-testid="invite-url" onFocus=${select} />
      <small>${t("invite.made.until", { time: fullTime(invite.expires_at, locale()) })}</small>
    </label>
    <p class="hint" role="status" data-testid="invite-copied">${copied ? t(`invite.copied.${copied}`) : null}</p>
    <div class="dialog-actions">
      <button type="button" class="button" data-testid="invite-close" onClick=${onClose}>${t("action.close")}</button>
      <button type="button" class="button button-primary" data-testid="invite-copy" onClick=${copy}>${t("invite.copy")}</button>
    </div>
  </div>`;
}

/** True when the text is in the clipboard. Browsers keep it from pages that came without encryption. */
async function copyText(text, input) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    input.focus();
    return false;
  }
}
