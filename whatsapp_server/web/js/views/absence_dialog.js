/** Being away until a day, and what becomes of one's conversations meanwhile; or being back. */
import { now } from "../clock.js";
import { t } from "../i18n.js";
import { html, useApp, useState } from "../lib.js";
import { beginOf, dayAfter, dayOf, isAhead } from "../people.js";
import { absenceOf } from "./absence.js";
import { Choice } from "./choice.js";
import { useWork } from "./deactivate_dialog.js";
import { Dialog } from "./dialog.js";
import { Field, Notice, useRequest } from "./form.js";

export function AbsenceDialog({ onClose }) {
  const { api, store, sync } = useApp();
  const me = store.me.value;
  const away = isAhead(me.absent_until, now.peek());
  const { work, problem, look } = useWork(me.id);
  const [release, setRelease] = useState("keep");
  const { busy, notice, problems, send, form } = useRequest({ fields: ["until"] });
  const put = async (until, released) => {
    const answer = await api.request("PUT", "/api/me/absence", { until, release: released });
    sync.takeUser(answer);
  };
  const save = async (until, released = false) => {
    if (await send(() => put(until, released))) onClose();
  };
  const submit = (event) => {
    event.preventDefault();
    const day = new FormData(event.currentTarget).get("until");
    // What is no day goes as it is, for the server to refuse.
    save(beginOf(day) ?? day, work?.held > 0 && release === "release");
  };
  return html`<${Dialog} title=${t("absence.title")} onClose=${onClose} testid="absence-dialog">
    <form class="form" noValidate ref=${form} onSubmit=${submit} aria-busy=${busy}>
      <${Notice} text=${notice ?? problem} />
      ${away
        ? html`<p class="absence-now">
            ${t("absence.away", { absence: absenceOf(me) })}
            <button type="button" class="button button-small" aria-disabled=${busy} data-testid="absence-end" onClick=${() => save(null)}>
              ${t("absence.end")}
            </button>
          </p>`
        : html`<p>${t("absence.text")}</p>`}
      <${Field} label=${t("absence.until")} name="until" type="date" min=${dayAfter(now.peek())} autofocus
        defaultValue=${away ? dayOf(me.absent_until) : ""} hint=${t("absence.hint")}
        problem=${problems.until && t("absence.bad_day")} testid="absence-until" />
      ${problem ? html`<button type="button" class="button" onClick=${look}>${t("action.retry")}</button>` : null}
      ${work || problem ? null : html`<p class="hint quiet-at-first" role="status">${t("people.work.loading")}</p>`}
      ${work?.held
        ? html`<${Choice} label=${t("absence.work", { count: work.held })} name="release" value=${release} onChoose=${setRelease}
            hint=${t(`absence.${release}.hint`)} options=${["keep", "release"].map((each) => [each, t(`absence.${each}`)])} />`
        : null}
      <div class="dialog-actions">
        <button type="button" class="button" onClick=${onClose}>${t("action.cancel")}</button>
        <button type="submit" class="button button-primary" disabled=${!work} aria-disabled=${busy} data-testid="absence-save">
          ${t("action.save")}
        </button>
      </div>
    </form>
  <//>`;
}
