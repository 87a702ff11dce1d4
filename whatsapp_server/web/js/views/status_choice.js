/** One's own status, as colleagues see it: free, or busy and alerted by nothing. */
import { t } from "../i18n.js";
import { html, useApp, useState } from "../lib.js";
import { Choice } from "./choice.js";
import { useQuickRequest } from "./quick_request.js";

const STATUSES = ["free", "busy"];

export function StatusChoice() {
  const { api, store, sync } = useApp();
  const [asked, setAsked] = useState(null);
  const { run } = useQuickRequest();
  const status = asked ?? (store.me.value.busy ? "busy" : "free");
  const choose = async (next) => {
    if (asked) return;
    setAsked(next);
    await run(async () => sync.takeUser(await api.request("PUT", "/api/me/busy", { busy: next === "busy" })));
    setAsked(null);
  };
  return html`<${Choice} label=${t("status.label")} name="status" value=${status} onChoose=${choose} testid="status-choice"
    options=${STATUSES.map((each) => [each, t(`status.${each}`)])} hint=${status === "busy" ? t("status.busy.hint") : null} />`;
}
