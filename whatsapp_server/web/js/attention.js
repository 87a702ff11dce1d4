/** Whether somebody is looking: messages count as read only then. */
import { computed, signal } from "../vendor/signals-core.js";

/** The tab is on the screen. */
export const visible = signal(!document.hidden);
const focused = signal(document.hasFocus());

/** The tab is on the screen and the keyboard belongs to it. */
export const attentive = computed(() => visible.value && focused.value);

export function startAttention() {
  const look = () => {
    visible.value = !document.hidden;
    focused.value = document.hasFocus();
  };
  document.addEventListener("visibilitychange", look);
  addEventListener("focus", look);
  addEventListener("blur", look);
}
