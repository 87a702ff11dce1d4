/** All that belongs to one signed-in person: made at signing in, closed and forgotten at signing out. */
import { computed, effect, untracked } from "../vendor/signals-core.js";
import { io } from "../vendor/socket.io-client.js";
import { openAlerting } from "./alerting.js";
import { NetworkError, ApiError } from "./api.js";
import { around, attentive } from "./attention.js";
import { VIEWS } from "./belonging.js";
import { currentTime } from "./clock.js";
import { ConversationList } from "./conversation_list.js";
import { Counts } from "./counts.js";
import { Drafts } from "./drafts.js";
import { t } from "./i18n.js";
import { Outbox } from "./outbox.js";
import { Presence } from "./presence.js";
import { Reader } from "./reader.js";
import { goToConversation, routeId, settingsTab } from "./route.js";
import { Live } from "./socket.js";
import { Store } from "./store.js";
import { Sync } from "./sync.js";
import { followTeamDot } from "./team_dot.js";
import { showToast } from "./toasts.js";
import { Viewing, placeOf } from "./viewing.js";
import { followWaking } from "./waking.js";
import { WebVersion, ownVersion } from "./web_version.js";

/** For whoever never chose: there stands what nobody has answered. */
const FIRST_VIEW = "unassigned";
/** Here an open conversation covers the list, as in layout.css. */
const ONE_PANE = "(max-width: 759px)";
/** Characters of a text that a notice repeats. */
const QUOTED = 60;

/** Background loads that failed. Of a lost connection the banner speaks, and what is gone goes; the rest is worth a notice. */
function report(error) {
  if (error instanceof NetworkError) return;
  if (error instanceof ApiError && (error.status === 401 || error.status === 404)) return;
  showToast(t("toast.load_failed"));
}

export function openWorkspace({ api, session, prefs, user }) {
  const store = new Store();
  store.me.value = user;
  const presence = new Presence();
  const viewing = new Viewing({ ask: (...said) => live.ask(...said) });
  const drafts = new Drafts(localStorage, user.id, { hasKeyboard: isComposing });
  const outbox = openOutbox(api, {
    onMessage: (message) => sync.takeMessage(message),
    onRefused: (entry) => tellOfRefusal(entry),
  });
  const list = new ConversationList({ api, store, report, view: rememberedView(user) });
  const counts = new Counts({ api, store, report });
  const alerting = openAlerting({ store, prefs });
  const { notices } = alerting;
  const version = openVersion({ drafts, outbox });
  const answered = ({ present, web_version: served }) => {
    presence.take(present);
    version.hear(served);
    // Also what a tab left that was closed before it could send it.
    outbox.resume();
  };
  const sync = new Sync({ api, store, list, counts, outbox, notices, report, forget: (id) => drafts.forget(id), answered });
  const reader = new Reader({ api, store, report });
  const live = openLive({ api, session, sync, outbox, presence, viewing });
  outbox.open(user.id);
  live.open();
  sync.start();
  const stop = [
    effect(followRoute(sync)),
    effect(rememberView(list, user)),
    effect(showInTitle(counts)),
    followTeamDot({ counts, looking: computed(() => isLookingAtTeam(list)), report }),
    viewing.follow(computed(() => shownPlace({ live, sync, store }))),
    effect(() => live.status.value.state === "online" || presence.forget()),
    alerting.follow(live),
    onPage({ live, outbox, sync, drafts, prefs }),
  ];
  return { user, store, presence, viewing, drafts, outbox, list, counts, sync, reader, live, version, report, close };

  /** With `erase` also what this browser keeps of the person's unsent and unfinished texts. */
  function close({ erase = false } = {}) {
    stop.forEach((each) => each());
    live.close();
    sync.close();
    version.close();
    counts.close();
    outbox.close({ erase });
    drafts.close();
    if (erase) [drafts, alerting].forEach((each) => each.erase());
    document.title = t("app.name");
  }
}

function openOutbox(api, { onMessage, onRefused }) {
  return new Outbox({
    post: (conversationId, body) => api.post(`/api/conversations/${conversationId}/messages`, body),
    onMessage,
    onRefused,
    storage: localStorage,
    locks: navigator.locks ?? null,
    newId: () => crypto.randomUUID(),
    now: currentTime,
    delay: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  });
}

/** Where the conversation is open, the text itself says so. */
function tellOfRefusal({ conversation_id: id, body }) {
  if (routeId.peek() === id && settingsTab.peek() === null) return;
  showToast(t("unsent.notice", { text: body.slice(0, QUOTED) }), { open: () => goToConversation(id) });
}

/** Whoever writes, decides or has something to send is not interrupted by a reload. */
function openVersion({ drafts, outbox }) {
  const isWriting = () => {
    const draft = routeId.peek() && drafts.of(routeId.peek()).peek();
    return Boolean(draft && (draft.reply || draft.note)) || Boolean(document.activeElement?.value);
  };
  const isBusy = () =>
    isWriting() || settingsTab.peek() !== null || document.querySelector("dialog[open]") !== null || outbox.size > 0;
  return new WebVersion({ own: ownVersion(), storage: sessionStorage, isBusy, reload: () => location.reload() });
}

/** Where the server is told that this person is: what an online tab shows of which it is known who may read it. */
function shownPlace({ live, sync, store }) {
  const conversation = store.conversations.get(sync.openId.value);
  const shown = conversation && sync.openProblem.value !== "not_found" && around.value;
  return shown && live.status.value.state === "online" ? placeOf(conversation) : null;
}

/** What is typed now goes into this tab's composer. */
function isComposing() {
  return attentive.peek() && document.activeElement?.id === "composer";
}

function openLive({ api, session, sync, outbox, presence, viewing }) {
  return new Live({
    io,
    api,
    ofTheMoment: { "presence.changed": (payload) => presence.hear(payload), ...viewing.events },
    onEvents: (events) => sync.apply(events),
    onConnect: () => {
      sync.connected();
      outbox.resume();
    },
    onSessionEnded: (code) => session.end(code),
  });
}

const followRoute = (sync) => () => {
  const id = routeId.value;
  // Opening reads what is held: a change to that is no reason to open it again.
  untracked(() => sync.open(id));
};

const viewKey = (user) => `view:${user.id}`;

function rememberedView(user) {
  const view = localStorage.getItem(viewKey(user));
  return VIEWS.includes(view) ? view : FIRST_VIEW;
}

/** Where a person begins next time; one who never chose begins where everybody does. */
const rememberView = (list, user) => () => {
  if (list.view.value !== rememberedView(user)) localStorage.setItem(viewKey(user), list.view.value);
};

function isLookingAtTeam(list) {
  const covered = settingsTab.value !== null || (routeId.value !== null && matchMedia(ONE_PANE).matches);
  return attentive.value && !covered && list.view.value === "team" && !list.query.value;
}

/** What waits for this person, as the tab's title. */
const showInTitle = (counts) => () => {
  const waiting = counts.total.value;
  document.title = waiting ? `(${waiting}) ${t("app.name")}` : t("app.name");
};

/** Listens to the network, the other tabs' storage and the tab being looked at again; returns how to stop. */
function onPage({ live, outbox, sync, drafts, prefs }) {
  const back = () => {
    live.wake();
    sync.now();
    outbox.resume();
  };
  const stored = ({ key, newValue, oldValue }) => {
    outbox.hearStorage(key, newValue);
    drafts.hearStorage(key, newValue, oldValue);
    prefs.hearStorage(key, newValue);
  };
  addEventListener("online", back);
  addEventListener("storage", stored);
  const stopWaking = followWaking(back);
  return () => {
    removeEventListener("online", back);
    removeEventListener("storage", stored);
    stopWaking();
  };
}
