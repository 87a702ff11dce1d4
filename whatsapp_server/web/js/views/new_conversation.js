/** Starts a conversation by number, or opens the one that is there. */
import { ApiError } from "../api.js";
import { phoneNumber } from "../format.js";
import { t } from "../i18n.js";
import { html, useApp, useState } from "../lib.js";
import { goToConversation } from "../route.js";
import { Dialog } from "./dialog.js";

export function NewConversation({ onClose }) {
  const { api, store } = useApp();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);
  const channels = store.channels.all();
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    try {
      const conversation = await api.post("/api/conversations", valuesOf(event.currentTarget));
      store.upsertConversation({ read: { seq: 0, inbound_count: 0 }, ...conversation });
      onClose();
      goToConversation(conversation.id);
    } catch (error) {
      setProblem(sentenceOf(error));
      setBusy(false);
    }
  };
  return html`<${Dialog} title=${t("new.title")} onClose=${onClose} testid="new-conversation-dialog">
    <form class="form" onSubmit=${submit} aria-busy=${busy}>
      <p class=${problem ? "notice" : "notice notice-none"} role="alert">${problem}</p>
      <label class="field">
        <span>${t("new.number")}</span>
        <input name="number" type="tel" required autofocus autocomplete="off" maxlength="40" aria-describedby="new-hint"
          data-testid="new-conversation-number" />
        <small id="new-hint">${hintFor(channels)}</small>
      </label>
      <label class="field">
        <span>${t("new.name")}</span>
        <input name="name" maxlength="80" autocomplete="off" data-testid="new-conversation-name" />
      </label>
      <${ChannelField} channels=${channels} />
      <p class="hint">${t("new.note")}</p>
      <div class="dialog-actions">
        <button type="button" class="button" onClick=${onClose}>${t("action.cancel")}</button>
        <button type="submit" class="button button-primary" disabled=${busy} data-testid="new-conversation-submit">
          ${t("new.submit")}
        </button>
      </div>
    </form>
  <//>`;
}

function ChannelField({ channels }) {
  if (channels.length < 2) return null;
  return html`<label class="field">
    <span>${t("new.channel")}</span>
    <select name="channel_id">
      ${channels.map((each) => html`<option key=${each.id} value=${each.id}>${channelLabel(each)}</option>`)}
    </select>
  </label>`;
}

function channelLabel({ name, number }) {
  return name && name !== number ? `${name} (${phoneNumber(number)})` : phoneNumber(number);
}

/** What was filled in; empty fields are left out. */
function valuesOf(form) {
  const filled = [...new FormData(form)].map(([name, value]) => [name, value.trim()]).filter(([, value]) => value);
  return Object.fromEntries(filled);
}

/** The server takes a number without a country to be of the channel's country. */
function hintFor(channels) {
  const brazilian = channels.length > 0 && channels.every((each) => each.number.startsWith("+55"));
  return t(brazilian ? "new.number_hint_brazil" : "new.number_hint");
}

function sentenceOf(error) {
  if (!(error instanceof ApiError)) return t("sign_in.offline");
  if (error.errors.number) return t("new.bad_number");
  return error.detail || t("new.failed");
}
