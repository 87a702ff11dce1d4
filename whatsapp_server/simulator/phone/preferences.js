// What this browser remembers: language, theme, whose phone it is, who has read receipts on.

const PREFIX = "customer-phone.";

export function remembered(name, fallback) {
  try {
    return localStorage.getItem(PREFIX + name) ?? fallback;
  } catch {
    return fallback; // Storage is switched off in this browser: the page works, it only forgets.
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    return; // As above.
  }
}

export const receiptsOn = (address) => remembered(`receipts.${address}`, "on") === "on";
export const setReceipts = (address, on) => remember(`receipts.${address}`, on ? "on" : "off");

export const systemTheme = () => (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
