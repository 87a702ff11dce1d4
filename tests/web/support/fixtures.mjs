/** Documents as the server sends them, and a stand-in for localStorage. */

export const ME = { id: "u1", name: "Ana Souza", email: "ana@example.com", role: "agent", active: true, version: 1 };

export function message(seq, changes = {}) {
  return {
    id: `m${seq}`,
    sid: null,
    conversation_id: "c1",
    seq,
    direction: "inbound",
    kind: "text",
    author: null,
    body: `message ${seq}`,
    mentions: [],
    media: [],
    details: {},
    status: "received",
    status_times: {},
    error: null,
    attempt: 1,
    client_id: null,
    inbound_count: seq,
    created_at: "2026-11-23T12:00:00.000Z",
    version: 1,
    ...changes,
  };
}

export function conversation(id, changes = {}) {
  return {
    id,
    kind: "customer",
    contact: { id: `k${id}`, name: "Maria", number: "+5511987654321", address: "whatsapp:+5511987654321" },
    channel: { id: "ch1", name: "Shop", number: "+551140040001" },
    state: "open",
    finished_at: null,
    visibility: "public",
    assignee_id: null,
    team_id: null,
    offer: null,
    waiting_since: null,
    first_reply_at: null,
    mentioned: [],
    title: null,
    group: false,
    member_ids: [],
    member_marks: {},
    last_seq: 1,
    last_inbound_seq: 1,
    inbound_count: 1,
    last_message: { id: "m1", seq: 1, direction: "inbound", kind: "text", body: "hi", author: null, status: "received" },
    last_message_at: "2026-11-23T12:00:00.000Z",
    window_closes_at: "2026-11-24T12:00:00.000Z",
    created_at: "2026-11-01T12:00:00.000Z",
    version: 1,
    ...changes,
  };
}

/** Messages from..to as a REST page, newest first. */
export function page(from, to, next = null) {
  const items = [];
  for (let seq = to; seq >= from; seq -= 1) items.push(message(seq));
  return { items, next };
}

export class FakeStorage {
  #values = new Map();

  get length() {
    return this.#values.size;
  }

  key(index) {
    return [...this.#values.keys()][index] ?? null;
  }

  getItem(key) {
    return this.#values.get(key) ?? null;
  }

  setItem(key, value) {
    this.#values.set(key, String(value));
  }

  removeItem(key) {
    this.#values.delete(key);
  }
}

/** Lets everything that waits for settled promises go on. */
export function settled() {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A promise with its resolve and reject. */
export function deferred() {
  const handles = {};
  handles.promise = new Promise((resolve, reject) => Object.assign(handles, { resolve, reject }));
  return handles;
}
