/** Who can see a conversation, and why. */
import { t } from "../i18n.js";
import { html, useApp, useEffect, useState } from "../lib.js";
import { Dialog } from "./dialog.js";
import { Avatar } from "./avatar.js";

/**
 * {visibility, items: [{id, name, why}]} as the server says, null while it is on its way, or "failed". Asked anew when
 * it may have changed, and not at all unless `wanted`.
 */
export function useReaders(conversation, wanted = true) {
  const { api } = useApp();
  const [readers, setReaders] = useState(null);
  const { id, visibility, assignee_id: holder, offer, member_ids: members } = conversation;
  const facts = wanted && [id, visibility, holder, offer?.id, ...(members ?? [])].join();
  useEffect(() => {
    if (!facts) return undefined;
    let current = true;
    const take = (found) => current && setReaders(found);
    api.get(`/api/conversations/${id}/readers`).then(take, () => take("failed"));
    return () => {
      current = false;
    };
  }, [facts]);
  return readers;
}

export function Readers({ conversation }) {
  const { store } = useApp();
  const readers = useReaders(conversation);
  if (readers === null) return html`<p class="readers-text quiet-at-first">${t("readers.loading")}</p>`;
  if (readers === "failed") return html`<p class="readers-text">${t("verb.no_answer")}</p>`;
  const { visibility, items } = readers;
  const me = store.me.value.id;
  return html`<div class="readers" data-testid="readers">
    <p class="readers-text">${t(`readers.${visibility}`)}</p>
    ${items.length
      ? html`<ul class="readers-list">
          ${items.map(
            ({ id, name, why }) => html`<li key=${id} class="reader">
              <${Avatar} id=${id} name=${name} small />
              <span><span dir="auto">${id === me ? t("readers.you", { name }) : name}</span>
              <span class="reader-why">${t(`readers.why.${why}`)}</span></span>
            </li>`,
          )}
        </ul>`
      : null}
  </div>`;
}

export function ReadersDialog({ conversation, onClose }) {
  return html`<${Dialog} title=${t("readers.title")} onClose=${onClose} testid="readers-dialog">
    <${Readers} conversation=${conversation} />
    <div class="dialog-actions">
      <button type="button" class="button" onClick=${onClose}>${t("action.close")}</button>
    </div>
  <//>`;
}
