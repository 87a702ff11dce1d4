/** Following an invitation: who one will be here, a password of one's own, and in. */
import { fullTime } from "../format.js";
import { locale, t } from "../i18n.js";
import { html, useEffect, useState } from "../lib.js";
import { sentencesOf } from "../problems.js";
import { forgetAddress } from "../route.js";
import { Field, Notice, useRequest } from "./form.js";
import { Door, PasswordField } from "./sign_in.js";

const FIELDS = ["name", "email", "password"];

export function Join({ token, api, session, prefs }) {
  const { invitation, problem, look } = useInvitation(api, token);
  return html`<${Door} prefs=${prefs}>
    ${invitation ? html`<${JoinForm} invitation=${invitation} token=${token} api=${api} session=${session} />` : null}
    ${problem ? html`<${NoInvitation} problem=${problem} onRetry=${look} />` : null}
    ${invitation || problem ? null : html`<p class="quiet-at-first" role="status">${t("join.loading")}</p>`}
  <//>`;
}

/** {invitation, problem, look}: what the link leads to, or what the server says instead, {gone, text}. */
function useInvitation(api, token) {
  const [found, setFound] = useState({ invitation: null, problem: null });
  const look = async () => {
    setFound({ invitation: null, problem: null });
    try {
      setFound({ invitation: await api.post("/api/invitations/look", { token }), problem: null });
    } catch (error) {
      setFound({ invitation: null, problem: { gone: error.status === 404, text: sentencesOf(error).notice } });
    }
  };
  useEffect(() => {
    look();
  }, []);
  return { ...found, look };
}

/** A link that is used, expired or withdrawn cannot be told from one that never was. */
function NoInvitation({ problem: { gone, text }, onRetry }) {
  return html`<div class="form">
    <p class="notice" role="alert" data-testid="join-problem">${gone ? t("join.gone") : text}</p>
    ${gone
      ? html`<button type="button" class="button" data-testid="join-sign-in" onClick=${forgetAddress}>${t("join.to_sign_in")}</button>`
      : html`<button type="button" class="button" onClick=${onRetry}>${t("action.retry")}</button>`}
  </div>`;
}

function JoinForm({ invitation, token, api, session }) {
  const { busy, notice, problems, send, form } = useRequest({ fields: FIELDS, sentences: { not_found: t("join.gone") } });
  const submit = (event) => {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(event.currentTarget));
    send(async () => {
      const answer = await api.post("/api/invitations/accept", { token, ...values, name: values.name.trim(), email: values.email.trim() });
      forgetAddress();
      session.enter(answer);
    });
  };
  return html`<form class="form" ref=${form} onSubmit=${submit} aria-busy=${busy} data-testid="join-form">
    <p>${t(`join.lead.${invitation.role}`)}</p>
    <${Notice} text=${notice} />
    <${Field} label=${t("join.name")} name="name" hint=${t("join.name_hint")} problem=${problems.name} required autofocus
      autocomplete="name" maxlength="80" defaultValue=${invitation.name ?? ""} testid="join-name" />
    <${Field} label=${t("sign_in.email")} name="email" type="email" hint=${t("join.email_hint")} problem=${problems.email} required
      autocomplete="username" maxlength="254" defaultValue=${invitation.email ?? ""} testid="join-email" />
    <${PasswordField} autocomplete="new-password" hint=${t("join.password_hint")} problem=${problems.password} testid="join-password" />
    <button type="submit" class="button button-primary" aria-disabled=${busy} data-testid="join-submit">
      ${busy ? t("sign_in.busy") : t("join.submit")}
    </button>
    <p class="hint">${t("join.until", { time: fullTime(invitation.expires_at, locale()) })}</p>
  </form>`;
}

/** Somebody followed an invitation where somebody is signed in: their own, or one that they wanted to try. */
export function JoinedAlready({ user, outbox, prefs, signOut }) {
  return html`<${Door} prefs=${prefs}>
    <div class="form" data-testid="join-signed-in">
      <p>${t("join.signed_in", { name: user.name })}</p>
      ${outbox.size ? html`<p class="notice">${t("menu.unsent", { count: outbox.size })}</p>` : null}
      <button type="button" class="button button-primary" onClick=${forgetAddress}>${t("join.stay")}</button>
      <button type="button" class="button" data-testid="join-sign-out" onClick=${signOut}>${t("join.sign_out")}</button>
    </div>
  <//>`;
}
