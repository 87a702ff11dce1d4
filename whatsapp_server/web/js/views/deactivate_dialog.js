/** Shutting somebody out, once it is clear to whom their work goes. */
import { t } from "../i18n.js";
import { html, useApp, useEffect, useState } from "../lib.js";
import { colleagues } from "../people.js";
import { sentencesOf } from "../problems.js";
import { Choice } from "./choice.js";
import { Dialog } from "./dialog.js";
import { Notice, useRequest } from "./form.js";
import { PeoplePicker } from "./picker.js";

export function DeactivateDialog({ person, onClose }) {
  const { api, store } = useApp();
  const { work, problem, look } = useWork(person.id);
  const [way, setWay] = useState("nobody");
  const [heir, setHeir] = useState(null);
  const { busy, notice, send, form } = useRequest({ sentences: { not_available: t("people.heir_gone") } });
  const toPerson = work?.held > 0 && way === "person";
  const ready = work && !(toPerson && heir === null);
  const submit = async (event) => {
    event.preventDefault();
    if (!ready) return;
    const given = { hand_to: toPerson ? heir : null };
    if (await send(async () => store.users.upsert(await api.post(`/api/users/${person.id}/deactivate`, given)))) onClose();
  };
  return html`<${Dialog} title=${t("people.deactivate.title", { name: person.name })} onClose=${onClose} testid="deactivate-dialog">
    <form class="form" ref=${form} onSubmit=${submit} aria-busy=${busy}>
      <${Notice} text=${notice ?? problem} />
      <p>${t("people.deactivate.text")}</p>
      ${problem ? html`<button type="button" class="button" onClick=${look}>${t("action.retry")}</button>` : null}
      ${work || problem ? null : html`<p class="quiet-at-first" role="status">${t("people.work.loading")}</p>`}
      ${work ? html`<p data-testid="deactivate-work"><strong>${workText(work)}</strong></p>` : null}
      ${work?.held
        ? html`<${Choice} label=${t("people.heir")} name="way" value=${way} onChoose=${setWay} hint=${t(`people.heir.${way}.hint`)}
            options=${["nobody", "person"].map((each) => [each, t(`people.heir.${each}`)])} />`
        : null}
      ${toPerson
        ? html`<${PeoplePicker} label=${t("people.heir.who")} people=${colleagues(store.users.all(), person.id)} chosen=${heir}
            onChoose=${setHeir} testid="heir" />`
        : null}
      <div class="dialog-actions">
        <button type="button" class="button" onClick=${onClose}>${t("action.cancel")}</button>
        <button type="submit" class="button button-danger" disabled=${!ready} aria-disabled=${busy} data-testid="deactivate-submit">
          ${t("people.deactivate")}
        </button>
      </div>
    </form>
  <//>`;
}

/** {work, problem, look}: what somebody has in hand, {held, offered_to, offered_by}; null while it is asked for. */
export function useWork(userId) {
  const { api } = useApp();
  const [found, setFound] = useState({ work: null, problem: null });
  const look = async () => {
    setFound({ work: null, problem: null });
    try {
      setFound({ work: await api.get(`/api/users/${userId}/work`), problem: null });
    } catch (error) {
      setFound({ work: null, problem: sentencesOf(error).notice });
    }
  };
  useEffect(() => {
    look();
  }, [userId]);
  return { ...found, look };
}

function workText({ held, offered_to: offeredTo, offered_by: offeredBy }) {
  const offers = offeredTo + offeredBy;
  const holds = held ? t("people.work", { count: held }) : t("people.work.none");
  return offers ? `${holds} ${t("people.work.offers", { count: offers })}` : holds;
}
