/** A tab without a page: its store, its list, its numbers and what keeps them like the server. */
import assert from "node:assert/strict";
import { ConversationList } from "../../../whatsapp_server/web/js/conversation_list.js";
import { Counts } from "../../../whatsapp_server/web/js/counts.js";
import { Store } from "../../../whatsapp_server/web/js/store.js";
import { Sync } from "../../../whatsapp_server/web/js/sync.js";
import { ModelServer } from "./model_server.mjs";
import { settled } from "./fixtures.mjs";

/** {server, store, list, counts, sync, ...what was told to whom}; closed when the test `context` ends. */
export function openTab(context, { server = new ModelServer(), view = "unassigned", report = assert.ifError } = {}) {
  const told = { settled: [], heard: [], lost: [], forgotten: [], answers: [] };
  const { api } = server;
  const store = new Store();
  store.me.value = { ...server.me };
  const list = new ConversationList({ api, store, report, view });
  const counts = new Counts({ api, store, report });
  const outbox = { settle: (id) => told.settled.push(id) };
  const notices = {
    heard: (said, about) => told.heard.push([said.id, about.id]),
    lost: (before, version) => told.lost.push([before.id, version]),
  };
  const forget = (id) => told.forgotten.push(id);
  const answered = (answer) => told.answers.push(answer);
  const sync = new Sync({ api, store, list, counts, outbox, notices, report, forget, answered });
  context.after(() => {
    sync.close();
    counts.close();
  });
  return { server, store, list, counts, sync, ...told };
}

/** Opens the connection, and waits until all is loaded. */
export async function connected(tab) {
  tab.sync.connected();
  await quiet();
}

/** Catches up, and waits until nothing is on its way. */
export async function caughtUp(tab) {
  tab.sync.now();
  await quiet();
}

export async function quiet() {
  for (let turn = 0; turn < 60; turn += 1) await settled();
}

/** What was asked since `from`, as "GET /api/sync" or with what it asked for. */
export function asked({ server }, from = 0) {
  return server.asked.slice(from).map(([method, path]) => `${method} ${path.split("?")[0]}`);
}
