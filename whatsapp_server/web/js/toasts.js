/** Short notices that leave by themselves. */
import { signal } from "../vendor/signals-core.js";

const SHOWN_MS = 7000;

let lastId = 0;

/** [{id, text, open}], oldest first; `open` leads to what the sentence is about, or is null. */
export const toasts = signal([]);

/** Shows a sentence; the same one is not shown twice at a time. */
export function showToast(text, { open = null } = {}) {
  if (toasts.peek().some((each) => each.text === text)) return;
  const id = (lastId += 1);
  toasts.value = [...toasts.peek(), { id, text, open }];
  setTimeout(() => dismissToast(id), SHOWN_MS);
}

export function dismissToast(id) {
  toasts.value = toasts.peek().filter((each) => each.id !== id);
}
