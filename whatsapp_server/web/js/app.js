/** Puts the parts together and shows them. */
import { Api } from "./api.js";
import { startAttention } from "./attention.js";
import { startClock } from "./clock.js";
import { followLanguage, t } from "./i18n.js";
import { AppContext, computed, effect, html, render, signal, untracked } from "./lib.js";
import { openPrefs } from "./prefs.js";
import { invitationToken, startRouting } from "./route.js";
import { Session } from "./session.js";
import { openWorkspace } from "./workspace.js";
import { Join, JoinedAlready } from "./views/join.js";
import { Layout } from "./views/layout.js";
import { Opening, SignIn } from "./views/sign_in.js";
import { Toasts } from "./views/toasts.js";

const RESTORE_AGAIN_MS = 3000;

const prefs = openPrefs({
  storage: localStorage,
  root: document.documentElement,
  browserLanguages: navigator.languages,
});
followLanguage(prefs.language);

const api = new Api({
  fetch: (...request) => fetch(...request),
  language: () => prefs.language.peek(),
  locks: navigator.locks ?? null,
});
const channel = new BroadcastChannel("whatsapp-server");
const session = new Session({ api, channel, storage: localStorage, reload: () => location.reload() });
/** What belongs to whoever is signed in, null for nobody: with what this tab knows, for those who compare it with others. */
export const workspace = signal(null);

/** A new token brings a new user document; only another person needs another workspace. */
const userId = computed(() => session.user.value?.id ?? null);

effect(() => {
  const id = userId.value;
  untracked(() => {
    workspace.peek()?.close();
    workspace.value = id ? openWorkspace({ api, session, prefs, user: session.user.peek() }) : null;
  });
});

effect(() => {
  if (session.state.value !== "unreachable") return undefined;
  const timer = setInterval(() => session.restore(), RESTORE_AGAIN_MS);
  return () => clearInterval(timer);
});

/** Leaves in all tabs, and takes unsent and unfinished texts off this browser, which others may use. */
async function signOut() {
  workspace.peek()?.close({ erase: true });
  await session.signOut();
}

function Root() {
  const open = workspace.value;
  const token = invitationToken.value;
  if (open && token) return html`<${JoinedAlready} user=${open.user} outbox=${open.outbox} prefs=${prefs} signOut=${signOut} />`;
  if (open) {
    const app = { api, session, prefs, signOut, ...open };
    return html`<${AppContext.Provider} value=${app}><${Layout} key=${open.user.id} /><${Toasts} /><//>`;
  }
  const out = session.state.value === "signed_out";
  if (out && token) return html`<${Join} key=${token} token=${token} api=${api} session=${session} prefs=${prefs} />`;
  if (out) return html`<${SignIn} session=${session} prefs=${prefs} />`;
  return html`<${Opening} unreachable=${session.state.value === "unreachable"} />`;
}

startClock();
startAttention();
startRouting();
document.title = t("app.name");
render(html`<${Root} />`, document.getElementById("app"));
session.restore();
