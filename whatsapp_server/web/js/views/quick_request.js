/** What one press does: a request at a time, and a short notice when it did not go through. */
import { useState } from "../lib.js";
import { sentencesOf } from "../problems.js";
import { showToast } from "../toasts.js";

/** {busy, run}; `options` are those of sentencesOf. */
export function useQuickRequest(options = {}) {
  const [busy, setBusy] = useState(false);
  const run = async (work) => {
    if (busy) return;
    setBusy(true);
    try {
      await work();
    } catch (error) {
      showToast(sentencesOf(error, options).notice);
    } finally {
      setBusy(false);
    }
  };
  return { busy, run };
}
