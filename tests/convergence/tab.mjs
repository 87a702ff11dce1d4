/** A tab without a page: the client's own parts, put together as workspace.js does. */
import { LossyWebSocket, Network } from "./wire.mjs";

// What the client's parts expect of a page.
globalThis.WebSocket = LossyWebSocket;
globalThis.document = { hidden: false, addEventListener() {}, removeEventListener() {} };
globalThis.requestAnimationFrame = (callback) => setTimeout(callback, 16);

const { io } = await import("../../whatsapp_server/web/vendor/socket.io-client.js");
const [{ Api }, { ConversationList }, { Counts }, { Live }, { Outbox }, { Reader }, { Store }, { Sync }] = await Promise.all(
  ["api", "conversation_list", "counts", "socket", "outbox", "reader", "store", "sync"].map(
    (name) => import(`../../whatsapp_server/web/js/${name}.js`),
  ),
);

/** Like localStorage, of one browser alone. */
class Storage {
  #items = new Map();
  get length() {
    return this.#items.size;
  }
  key(index) {
    return [...this.#items.keys()][index] ?? null;
  }
  getItem(key) {
    return this.#items.get(key) ?? null;
  }
  setItem(key, value) {
    this.#items.set(key, String(value));
  }
  removeItem(key) {
    this.#items.delete(key);
  }
}

export class Tab {
  problems = [];
  #written = new Set();

  constructor(name, random) {
    this.random = random;
    this.network = new Network(name, random);
    this.url = `http://${name}.invalid`;
  }

  async open(email, password) {
    const report = (error) => this.problems.push(String(error));
    const notices = { heard() {}, lost() {} };
    const api = new Api({ fetch: (...request) => this.network.fetch(...request), language: () => "en" });
    const user = await api.signIn(email, password);
    const store = new Store();
    store.me.value = user;
    const outbox = new Outbox({
      post: (conversationId, body) => api.post(`/api/conversations/${conversationId}/messages`, body),
      onMessage: (message) => sync.takeMessage(message),
      storage: new Storage(),
      newId: () => crypto.randomUUID(),
      now: Date.now,
      delay: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    });
    const list = new ConversationList({ api, store, report, view: "unassigned" });
    const counts = new Counts({ api, store, report });
    const sync = new Sync({ api, store, list, counts, outbox, notices, report, forget() {}, answered() {} });
    const reader = new Reader({ api, store, report });
    const live = new Live({
      io: (options) => io(this.url, { ...options, forceNew: true }),
      api,
      onEvents: (events) => sync.apply(events),
      onConnect: () => {
        sync.connected();
        outbox.resume();
      },
      onSessionEnded: (code) => this.problems.push(`session ended: ${code}`),
    });
    Object.assign(this, { api, store, outbox, list, counts, sync, reader, live });
    outbox.open(user.id);
    live.open();
    sync.start();
  }

  // What a person does

  /** Shows a conversation that the list holds, chosen by chance; closes it when there is none. */
  show() {
    const items = this.list.items.peek();
    const chosen = items[Math.floor(this.random() * items.length)];
    this.sync.open(chosen?.id ?? null);
  }

  turnTo(view) {
    this.list.show(view);
  }

  write(body) {
    const id = this.sync.openId.peek();
    const conversation = id && this.store.conversations.get(id);
    if (!conversation) return;
    this.#written.add(id);
    const note = conversation.kind === "customer" && this.random() < 0.2;
    const thread = this.store.heldThread(id);
    this.outbox.send(id, body, note ? { kind: "note" } : { last_seen_seq: thread?.seenSeq ?? 0 });
  }

  read() {
    const thread = this.store.heldThread(this.sync.openId.peek());
    if (thread?.seenSeq) this.reader.seen(thread.conversationId, thread.seenSeq);
  }

  // After quiet

  /** The tab is looked at again; what was refused is given up. */
  wake() {
    for (const entry of this.#entries()) if (entry.state === "failed") this.outbox.discard(entry.client_id);
    this.live.wake();
    this.sync.now();
    this.outbox.resume();
  }

  /** What it says itself that is not right yet, or was not looked at since that moment. */
  unsettled(since) {
    const { behind, checkedAt } = this.sync.status.peek();
    const facts = {
      line: this.live.status.peek().state === "online",
      behind: !behind,
      checked: checkedAt >= since,
      // What was refused waits for its author, not for the server.
      outbox: this.#entries().every((each) => each.state === "failed"),
      list: this.list.state.peek() === "ready",
    };
    return Object.keys(facts).filter((each) => !facts[each]);
  }

  /** All that it would show. */
  state() {
    const { store, list, sync } = this;
    const open = sync.openId.peek();
    const held = store.conversations.all();
    return {
      view: list.view.peek(),
      whole: !list.hasMore.peek(),
      list: list.items.peek().map((each) => each.id),
      conversations: Object.fromEntries(held.map((each) => [each.id, [each.version, store.unreadOf(each)]])),
      open,
      problem: sync.openProblem.peek(),
      messages: (store.heldThread(open)?.messages() ?? []).map(({ id, seq, version }) => [id, seq, version]),
      counts: this.counts.value.peek(),
      people: versions(store.users),
      teams: versions(store.teams),
      channels: versions(store.channels),
      settings: store.settings.peek()?.version ?? null,
      problems: this.problems.slice(-5),
    };
  }

  #entries() {
    return [...this.#written].flatMap((id) => this.outbox.entriesOf(id));
  }
}

function versions(collection) {
  return Object.fromEntries(collection.all().map(({ id, version }) => [id, version]));
}
