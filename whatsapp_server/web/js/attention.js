/** Whether somebody is looking: messages count as read only then. */
import { computed, signal } from "../vendor/signals-core.js";

/** The tab is on the screen. */
export const visible = signal(!document.hidden);
const focused = signal(document.hasFocus());

/** The tab is on the screen and the keyboard belongs to it. */
export const attentive = computed(() => visible.value && focused.value);
/** The tab is on the screen, or was until a moment ago: whoever looks something up in another one is still here. */
export const around = signal(!document.hidden);

const GONE_MS = 30_000;
let going = null;

export function startAttention() {
  const look = () => {
    visible.value = !document.hidden;
    focused.value = document.hasFocus();
    followAround(visible.value);
  };
  document.addEventListener("visibilitychange", look);
  addEventListener("focus", look);
  addEventListener("blur", look);
}

function followAround(isVisible) {
  if (!isVisible) {
    going ??= setTimeout(() => (around.value = false), GONE_MS);
    return;
  }
  clearTimeout(going);
  going = null;
  around.value = true;
}
