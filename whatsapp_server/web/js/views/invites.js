/** Invitations that nobody has used yet. */
import { now } from "../clock.js";
import { fullTime } from "../format.js";
import { locale, t } from "../i18n.js";
import { html, useApp, useEffect, useState } from "../lib.js";
import { openInvites } from "../people.js";
import { sentencesOf } from "../problems.js";
import { Confirm } from "./dialog.js";
import { useQuickRequest } from "./quick_request.js";

const PAGE = 100;

/**
 * {items, problem, load}: the invitations, null until they are there. No event tells of them: they are asked for anew when
 * somebody joins, and when the connection is back.
 */
export function useInvites() {
  const { api, store, live } = useApp();
  const [found, setFound] = useState({ items: null, problem: null });
  const load = async () => {
    try {
      setFound({ items: await allInvites(api), problem: null });
    } catch (error) {
      setFound((before) => ({ items: before.items, problem: sentencesOf(error).notice }));
    }
  };
  const people = store.users.all().length;
  const online = live.status.value.state === "online";
  useEffect(() => {
    load();
  }, [people, online]);
  return { ...found, load };
}

async function allInvites(api) {
  const found = [];
  let cursor = null;
  do {
    const page = await api.get(`/api/invites?${new URLSearchParams({ limit: PAGE, ...(cursor ? { cursor } : {}) })}`);
    found.push(...page.items);
    cursor = page.next;
  } while (cursor);
  return found;
}

export function Invites({ invites: { items, problem, load } }) {
  const [revoking, setRevoking] = useState(null);
  const open = openInvites(items ?? [], now.peek());
  return html`<section class="page-section" aria-labelledby="invites-title" data-testid="invites">
    <h2 id="invites-title">${t("invite.open_ones")}</h2>
    ${problem
      ? html`<p class="section-problem" role="alert">
          <span>${problem}</span><button type="button" class="link-button" onClick=${load}>${t("action.retry")}</button>
        </p>`
      : null}
    ${items === null && !problem ? html`<p class="hint quiet-at-first" role="status">${t("invite.loading")}</p>` : null}
    ${items && !open.length ? html`<p class="hint">${t("invite.none")}</p>` : null}
    ${open.length
      ? html`<ul class="entries">
          ${open.map((each) => html`<${Invite} key=${each.id} invite=${each} onRevoke=${() => setRevoking(each)} />`)}
        </ul>`
      : null}
    ${revoking ? html`<${Revoke} invite=${revoking} onDone=${load} onClose=${() => setRevoking(null)} />` : null}
  </section>`;
}

function Invite({ invite, onRevoke }) {
  const { role, name, email, expires_at: expiresAt } = invite;
  const label = labelOf(invite);
  return html`<li class="entry" data-testid="invite-entry">
    <div class="entry-words">
      <p class="entry-name" dir="auto">${label}</p>
      ${name && email ? html`<p class="entry-more">${email}</p>` : null}
      <p class="entry-facts">
        <span class="tag">${t(`menu.role.${role}`)}</span>
        <span class="hint">${t("invite.until", { time: fullTime(expiresAt, locale()) })}</span>
      </p>
    </div>
    <div class="entry-buttons">
      <button type="button" class="button button-small" aria-label=${t("invite.revoke_of", { name: label })} data-testid="invite-revoke"
        onClick=${onRevoke}>${t("invite.revoke")}</button>
    </div>
  </li>`;
}

function Revoke({ invite, onDone, onClose }) {
  const { api } = useApp();
  const { run } = useQuickRequest({ sentences: { not_found: t("invite.revoke.gone") } });
  const revoke = () => {
    onClose();
    run(async () => {
      try {
        await api.request("DELETE", `/api/invites/${invite.id}`);
      } finally {
        onDone(); // one that is gone already goes from the list as well
      }
    });
  };
  return html`<${Confirm} title=${t("invite.revoke.title")} text=${t("invite.revoke.text", { name: labelOf(invite) })}
    confirm=${t("invite.revoke")} onConfirm=${revoke} onClose=${onClose} />`;
}

function labelOf({ name, email }) {
  return name ?? email ?? t("invite.unnamed");
}
