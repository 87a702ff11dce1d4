/** While a conversation waits for somebody's word: for whom it is offered, who offered it, and everybody else. */
import { now } from "../clock.js";
import { firstName, momentTime } from "../format.js";
import { locale, t } from "../i18n.js";
import { html, useApp, useState } from "../lib.js";
import { VerbButton } from "./acting.js";
import { Dialog } from "./dialog.js";
import { Icon } from "./icons.js";

export function OfferBanner({ conversation, acting }) {
  const { store } = useApp();
  const [declining, setDeclining] = useState(false);
  const { offer } = conversation;
  if (!offer || conversation.state !== "open") return null;
  const me = store.me.value.id;
  const who = { [offer.to.id]: "to_me", [offer.from.id]: "from_me" }[me] ?? "others";
  const words = {
    from: firstName(offer.from.name),
    to: firstName(offer.to.name),
    until: momentTime(offer.expires_at, now.peek(), locale()),
  };
  return html`<section class=${`offer offer-${who}`} aria-label=${t("offer.label")} data-testid="offer-banner">
    <${Icon} name="pass" size=${18} />
    <div class="offer-words">
      <p>${t(`offer.${who}`, words)}</p>
      ${offer.note && who !== "others" ? html`<p class="offer-note" dir="auto">${t("offer.note", { note: offer.note })}</p>` : null}
    </div>
    ${who === "others"
      ? null
      : html`<div class="offer-buttons">
          <${OfferButtons} who=${who} offer=${offer} acting=${acting} onDecline=${() => setDeclining(true)} />
        </div>`}
    ${declining
      ? html`<${DeclineDialog} offer=${offer} acting=${acting} onClose=${() => setDeclining(false)} />`
      : null}
  </section>`;
}

function OfferButtons({ who, offer, acting, onDecline }) {
  const body = { offer_id: offer.id };
  if (who === "from_me") {
    return html`<${VerbButton} verb="withdraw" acting=${acting} label=${t("offer.withdraw")} testid="offer-withdraw"
      onClick=${() => acting.run("withdraw", body)} />`;
  }
  return html`
    <${VerbButton} verb="accept" acting=${acting} label=${t("offer.accept")} looks="button-primary" testid="offer-accept"
      onClick=${() => acting.run("accept", body)} />
    <${VerbButton} verb="decline" acting=${acting} label=${t("offer.decline")} testid="offer-decline" asks
      onClick=${onDecline} />
  `;
}

function DeclineDialog({ offer, acting, onClose }) {
  const submit = (event) => {
    event.preventDefault();
    const note = new FormData(event.currentTarget).get("note").trim();
    onClose();
    acting.run("decline", { offer_id: offer.id, ...(note ? { note } : {}) });
  };
  const name = firstName(offer.from.name);
  return html`<${Dialog} title=${t("offer.decline.title", { name })} onClose=${onClose} testid="decline-dialog">
    <form class="form" onSubmit=${submit}>
      <label class="field">
        <span>${t("offer.decline.note", { name })}</span>
        <input name="note" maxlength="500" autocomplete="off" data-testid="decline-note" />
      </label>
      <div class="dialog-actions">
        <button type="button" class="button" onClick=${onClose}>${t("action.cancel")}</button>
        <button type="submit" class="button button-primary" data-testid="decline-submit">${t("offer.decline")}</button>
      </div>
    </form>
  <//>`;
}
