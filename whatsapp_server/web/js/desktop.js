/** Notices outside the page, shown by the browser; the person allows them by a click of theirs. */

const supported = () => "Notification" in globalThis;

/** unsupported | default (not asked yet) | granted | denied */
export function desktopPermission() {
  return supported() ? Notification.permission : "unsupported";
}

/** Asks the person, through the browser; what they answered. Only in answer to a click. */
export async function askForDesktop() {
  return supported() ? Notification.requestPermission() : "unsupported";
}

/** Shows a notice if that is allowed; of several with the same `key`, from whatever tabs, the browser keeps one. */
export function showOnDesktop({ title, text, key, onClick }) {
  if (desktopPermission() !== "granted") return;
  const icon = document.querySelector("link[rel=icon]").href;
  const shown = new Notification(title, { body: text, tag: key, icon });
  shown.onclick = () => {
    window.focus();
    shown.close();
    onClick();
  };
}
