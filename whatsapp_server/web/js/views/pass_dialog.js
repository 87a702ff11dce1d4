/** Passing a conversation on: to a person, who is asked; to a team's line; to nobody. Or giving it to somebody unasked. */
import { t } from "../i18n.js";
import { html, useApp, useState } from "../lib.js";
import { byName, colleagues } from "../people.js";
import { absenceOf } from "./absence.js";
import { Dialog } from "./dialog.js";
import { Notice } from "./form.js";
import { Options, PeoplePicker } from "./picker.js";

const NOTE_CHARACTERS = 500;

export function PassDialog({ conversation, acting, assigning, onClose }) {
  const [way, setWay] = useState("person");
  const [chosen, setChosen] = useState(null);
  const [problem, setProblem] = useState(null);
  const ready = way === "nobody" || chosen !== null;
  const choose = (next) => {
    setWay(next);
    setChosen(null);
  };
  const submit = async (event) => {
    event.preventDefault();
    if (!ready) return;
    const note = new FormData(event.currentTarget).get("note")?.trim() ?? "";
    const refused = await acting.run(...requestOf(way, chosen, note, assigning), { quiet: true });
    if (refused) setProblem(refused.text);
    else onClose();
  };
  const title = t(assigning ? "pass.assign.title" : "pass.title");
  return html`<${Dialog} title=${title} onClose=${onClose} testid="pass-dialog">
    <form class="form" onSubmit=${submit} aria-busy=${acting.busy !== null}>
      <${Notice} text=${problem} />
      ${assigning ? null : html`<${Ways} conversation=${conversation} way=${way} onChoose=${choose} />`}
      ${way === "person"
        ? html`<${People} conversation=${conversation} chosen=${chosen} onChoose=${setChosen} />`
        : null}
      ${way === "team" ? html`<${Teams} chosen=${chosen} onChoose=${setChosen} />` : null}
      <p class="hint">${t(assigning ? "pass.assign.hint" : `pass.hint.${way}`)}</p>
      ${assigning ? null : html`<${NoteField} />`}
      <div class="dialog-actions">
        <button type="button" class="button" onClick=${onClose}>${t("action.cancel")}</button>
        <button type="submit" class="button button-primary" disabled=${!ready} data-testid="pass-submit">
          ${t(assigning ? "pass.assign.submit" : "verb.pass")}
        </button>
      </div>
    </form>
  <//>`;
}

/** The verb and its body. */
function requestOf(way, chosen, note, assigning) {
  if (assigning) return ["assign", { to: chosen }];
  if (way === "person") return ["offer", { to: chosen, note }];
  return ["pass", { team_id: way === "team" ? chosen : null, note }];
}

/** To whom: a private conversation only to a person, as a line is everybody's. */
function Ways({ conversation, way, onChoose }) {
  const { store } = useApp();
  const { visibility, assignee_id: holder, team_id: teamId } = conversation;
  const personOnly = visibility === "private";
  const nobodys = holder === null && teamId === null;
  const closed = { person: false, team: personOnly || !store.teams.all().length, nobody: personOnly || nobodys };
  return html`<fieldset class="choice">
    <legend>${t("pass.to")}</legend>
    <div class="choice-options">
      ${Object.keys(closed).map(
        (each) => html`<label key=${each} class="choice-option">
          <input type="radio" name="way" value=${each} checked=${way === each} disabled=${closed[each]}
            data-testid=${`pass-way-${each}`} onChange=${() => onChoose(each)} />
          <span>${t(`pass.way.${each}`)}</span>
        </label>`,
      )}
    </div>
    ${personOnly ? html`<p class="hint">${t("pass.private")}</p>` : null}
  </fieldset>`;
}

function People({ conversation, chosen, onChoose }) {
  const { store } = useApp();
  const people = colleagues(store.users.all(), store.me.value.id, conversation.assignee_id);
  const absence = absenceOf(store.users.get(chosen));
  return html`
    <${PeoplePicker} label=${t("pass.person")} people=${people} chosen=${chosen} onChoose=${onChoose} testid="pass" />
    <p class="pass-warning" role="status">${absence ? t("pass.absent_warning", { absence }) : null}</p>
  `;
}

function Teams({ chosen, onChoose }) {
  const { store } = useApp();
  const options = byName(store.teams.all()).map(({ id, name, member_ids: members }) => [
    id,
    name,
    t("pass.members", { count: members.length }),
  ]);
  return html`<${Options} label=${t("pass.team")} options=${options} chosen=${chosen} onChoose=${onChoose} testid="pass-option" />`;
}

function NoteField() {
  return html`<label class="field">
    <span>${t("pass.note")}</span>
    <textarea name="note" rows="2" maxlength=${NOTE_CHARACTERS} data-testid="pass-note"></textarea>
  </label>`;
}
