/** How a person is told of what happens: short notices in the page, a sound, and notices outside it. */
import { effect, untracked } from "../vendor/signals-core.js";
import { Alerts } from "./alerts.js";
import { attentive } from "./attention.js";
import { Chime } from "./chime.js";
import { showOnDesktop } from "./desktop.js";
import { t } from "./i18n.js";
import { LISTED, Notices, SOUNDING } from "./notices.js";
import { goToConversation, routeId } from "./route.js";
import { titleOf } from "./titles.js";
import { showToast } from "./toasts.js";
import { Turn } from "./turn.js";

/** {notices, follow, erase}: what hears of events, what ties it to the line, and how to forget what has sounded. */
export function openAlerting({ store, prefs }) {
  const chime = new Chime();
  const line = { live: null };
  const alerts = openAlerts({ store, prefs, chime, claim: (key) => claim(line.live, key) });
  return {
    notices: openNotices({ store, prefs, alerts }),
    follow: (live) => follow({ live: (line.live = live), alerts, chime }),
    erase: () => alerts.erase(),
  };
}

function openNotices({ store, prefs, alerts }) {
  return new Notices({
    store,
    nameOf: (conversation) => titleOf(conversation, store).name,
    isSeen: (conversationId) => attentive.peek() && routeId.peek() === conversationId,
    tell: ({ key, seq, kind, who, name }, conversationId) => {
      if (kind === "unassigned" && !prefs.unassigned.peek()) return;
      const text = t(`notice.${kind}`, { who, name });
      if (!LISTED.has(kind)) showToast(text, { open: kind === "lost" ? null : () => goToConversation(conversationId) });
      // Of a customer's words the newest notice outside the page stands for those before it.
      const tag = LISTED.has(kind) ? conversationId : key;
      alerts.raise({ key, seq, text, tag, sounds: SOUNDING.has(kind) }, conversationId);
    },
  });
}

/** Without an answer every browser alerts: rather twice than not at all. */
async function claim(live, key) {
  const answer = await live?.ask("alert.claim", { key });
  return answer?.granted !== false;
}

/** Whoever is busy is alerted by nothing; what happens stands in the page all the same. */
function openAlerts({ store, prefs, chime, claim }) {
  const me = store.me.peek().id;
  const locks = navigator.locks ?? null;
  return new Alerts({
    channel: new BroadcastChannel(`alerts:${me}`),
    storage: localStorage,
    userId: me,
    voice: new Turn({ locks, name: `voice:${me}` }),
    desk: new Turn({ locks, name: `desk:${me}` }),
    wants: () => {
      const free = !store.me.peek().busy;
      return { sound: free && prefs.sound.peek(), desktop: free && prefs.desktop.peek() === "on" };
    },
    shows: () => (attentive.peek() ? { conversation: routeId.peek() } : null),
    readSeq: (conversationId) => store.readOf(conversationId)?.seq ?? 0,
    play: () => chime.play(),
    show: ({ text, tag }, conversationId) =>
      showOnDesktop({ title: t("app.name"), text, key: tag, onClick: () => goToConversation(conversationId) }),
    claim,
    delay: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  });
}

/** A tab that hears nothing leaves the alerts to one that does; one that may not sound leaves the sounds to one that may. */
function follow({ live, alerts, chime }) {
  const deaf = chime.listen();
  const stop = effect(() => {
    const online = live.status.value.state === "online";
    const voiced = online && chime.ready.value;
    untracked(() => {
      alerts.desk.want(online);
      alerts.voice.want(voiced);
    });
  });
  return () => {
    stop();
    alerts.close();
    deaf();
  };
}
