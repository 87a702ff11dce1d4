/** All that belongs to one signed-in person: made at signing in, closed and forgotten at signing out. */
import { effect } from "../vendor/signals-core.js";
import { io } from "../vendor/socket.io-client.js";
import { NetworkError, ApiError } from "./api.js";
import { currentTime } from "./clock.js";
import { ConversationList } from "./conversation_list.js";
import { Drafts } from "./drafts.js";
import { t } from "./i18n.js";
import { Outbox } from "./outbox.js";
import { Reader } from "./reader.js";
import { routeId } from "./route.js";
import { Live } from "./socket.js";
import { Store } from "./store.js";
import { Sync } from "./sync.js";
import { showToast } from "./toasts.js";

/** Background loads that failed: without a connection the banner says so; the rest is worth a notice. */
function report(error) {
  if (error instanceof NetworkError) return;
  if (error instanceof ApiError && error.status === 401) return;
  showToast(t("toast.load_failed"));
}

export function openWorkspace({ api, session, user }) {
  const store = new Store();
  store.me.value = user;
  const drafts = new Drafts(localStorage, user.id);
  const outbox = openOutbox(api, (message) => sync.takeMessage(message));
  const list = new ConversationList({ api, store });
  const sync = new Sync({ api, store, list, outbox, report });
  const reader = new Reader({ api, store, report });
  const live = openLive({ api, session, sync, outbox });
  outbox.open(user.id);
  live.open();
  const stop = [effect(followRoute(sync)), effect(countUnread(store)), onPage({ live, outbox })];
  return { user, store, drafts, outbox, list, sync, reader, live, close };

  /** With `erase` also what this browser keeps of the person's unsent and unfinished texts. */
  function close({ erase = false } = {}) {
    stop.forEach((each) => each());
    live.close();
    outbox.close({ erase });
    if (erase) drafts.erase();
    document.title = t("app.name");
  }
}

function openOutbox(api, onMessage) {
  return new Outbox({
    post: (conversationId, body) => api.post(`/api/conversations/${conversationId}/messages`, body),
    onMessage,
    storage: localStorage,
    locks: navigator.locks ?? null,
    newId: () => crypto.randomUUID(),
    now: currentTime,
    delay: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  });
}

function openLive({ api, session, sync, outbox }) {
  return new Live({
    io,
    api,
    onEvents: (events) => sync.apply(events),
    onConnect: () => {
      sync.reloadAll();
      outbox.resume();
    },
    onSessionEnded: (code) => session.end(code),
  });
}

const followRoute = (sync) => () => {
  sync.open(routeId.value);
};

const countUnread = (store) => () => {
  const total = store.totalUnread.value;
  document.title = total ? `(${total}) ${t("app.name")}` : t("app.name");
};

/** Listens to the network, the other tabs' storage and the tab being looked at again; returns how to stop. */
function onPage({ live, outbox }) {
  const back = () => {
    live.hurry();
    outbox.resume();
  };
  const shown = () => document.hidden || live.hurry();
  const stored = ({ key, newValue }) => outbox.hearStorage(key, newValue);
  addEventListener("online", back);
  addEventListener("storage", stored);
  document.addEventListener("visibilitychange", shown);
  return () => {
    removeEventListener("online", back);
    removeEventListener("storage", stored);
    document.removeEventListener("visibilitychange", shown);
  };
}
