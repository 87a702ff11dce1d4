/** The author's name before what the customer reads: never, as the author likes, or always, as the company has set. */
import { characterCount, firstName } from "../format.js";
import { useApp } from "../lib.js";

/** What stands around the name: "*Ana:*" and the end of its line. */
const AROUND_NAME = 4;

/** {choice, name, told, room}: the setting, the name, what a reply tells the server, and the characters it takes. */
export function useNamePrefix() {
  const { prefs, store } = useApp();
  const choice = store.settings.value?.name_prefix ?? "off";
  const name = firstName(store.me.value.name);
  const chosen = choice === "optional" && prefs.withName.value;
  const room = chosen || choice === "forced" ? characterCount(name) + AROUND_NAME : 0;
  return { choice, name, told: chosen ? { with_name: true } : {}, room };
}
