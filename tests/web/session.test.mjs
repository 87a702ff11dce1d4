import assert from "node:assert/strict";
import test, { mock } from "node:test";
import { Api } from "../../whatsapp_server/web/js/api.js";
import { Session } from "../../whatsapp_server/web/js/session.js";
import { FakeStorage, ME, deferred, settled } from "./support/fixtures.mjs";

const signedIn = (user = ME) => new Response(JSON.stringify({ access_token: "t", expires_in: 600, user }));
const problem = (status, code) => new Response(JSON.stringify({ code, detail: code }), { status });

/** The storage of a browser in which somebody is signed in. */
function remembering() {
  const storage = new FakeStorage();
  storage.setItem("signed_in", "1");
  return storage;
}

/** One tab; `answer` is the server, `tabs` what the others hear. */
function setUp(answer, storage = remembering()) {
  const world = { calls: [], told: [], reloads: 0, storage };
  const api = new Api({
    fetch: async (path) => {
      world.calls.push(path);
      return answer(path);
    },
    language: () => "en",
  });
  world.channel = { postMessage: (message) => world.told.push(message) };
  world.session = new Session({ api, channel: world.channel, storage, reload: () => (world.reloads += 1) });
  return Object.assign(world, { api });
}

test("a reload goes on with the session of the cookie, and other tabs hear of the token", async () => {
  const { session, told } = setUp(() => signedIn());
  await session.restore();
  assert.equal(session.state.value, "signed_in");
  assert.equal(session.user.value.name, ME.name);
  assert.deepEqual(told[0], { type: "token", token: "t", expiresIn: 600, user: ME });
});

test("a browser in which nobody is signed in asks nothing", async () => {
  const { session, calls } = setUp(() => signedIn(), new FakeStorage());
  await session.restore();
  assert.equal(session.state.value, "signed_out");
  assert.deepEqual(calls, []);
});

test("whoever signs in is remembered until the session ends", async () => {
  const { session, storage } = setUp(() => signedIn(), new FakeStorage());
  await session.signIn("ana@example.com", "a password");
  const reloaded = setUp(() => signedIn(), storage);
  await reloaded.session.restore();
  assert.equal(reloaded.session.state.value, "signed_in");
  reloaded.session.end("session_ended");
  assert.equal(storage.length, 0);
});

test("without a session there is the form and no explanation", async () => {
  const { session } = setUp(() => problem(401, "token_missing"));
  await session.restore();
  assert.equal(session.state.value, "signed_out");
  assert.equal(session.endedBy.value, null);
});

test("a server that is away signs nobody out", async () => {
  for (const answer of [() => Promise.reject(new TypeError("offline")), () => problem(503, "unavailable")]) {
    const { session } = setUp(answer);
    await session.restore();
    assert.equal(session.state.value, "unreachable");
  }
});

test("a session that ends by itself says so, here and in the other tabs", async () => {
  const { session, told } = setUp(() => signedIn());
  await session.restore();
  session.end("session_ended");
  assert.equal(session.endedBy.value, "session_ended");
  assert.deepEqual(told.at(-1), { type: "signed_out", code: "session_ended" });
});

test("signing out with an expired token asks for no new one", async () => {
  const { session, calls, storage } = setUp((path) => (path.endsWith("logout") ? new Response(null, { status: 204 }) : signedIn()));
  await session.restore();
  await session.signOut();
  assert.deepEqual(calls, ["/api/auth/refresh", "/api/auth/logout"]);
  assert.equal(session.state.value, "signed_out");
  assert.equal(storage.length, 0);
});

test("signing out offline stays signed out after a reload, and the server hears of it then", async () => {
  const offline = setUp((path) => (path.endsWith("refresh") ? signedIn() : Promise.reject(new TypeError("offline"))));
  await offline.session.restore();
  await offline.session.signOut();
  assert.equal(offline.session.state.value, "signed_out");
  const reloaded = setUp(() => new Response(null, { status: 204 }), offline.storage);
  await reloaded.session.restore();
  assert.deepEqual(reloaded.calls, ["/api/auth/logout"]);
  assert.equal(reloaded.session.state.value, "signed_out");
  assert.equal(offline.storage.length, 0);
});

test("a refresh that was under way when the person left lets nobody in", async () => {
  const slow = deferred();
  const world = setUp((path) => (path.endsWith("refresh") ? slow.promise : new Promise(() => {})));
  const refreshing = world.api.refresh();
  world.session.signOut();
  slow.resolve(signedIn());
  await refreshing;
  await settled();
  assert.equal(world.session.state.value, "signed_out");
  assert.equal(world.api.token, null);
});

test("a tab follows the others: their sign-in, their token, their sign-out", async () => {
  const { session, api, channel } = setUp(() => problem(401, "token_missing"));
  await session.restore();
  channel.onmessage({ data: { type: "token", token: "t2", user: ME } });
  assert.equal(session.state.value, "signed_in");
  assert.equal(api.token, "t2");
  channel.onmessage({ data: { type: "signed_out", code: null } });
  assert.equal(session.state.value, "signed_out");
  assert.equal(api.token, null);
});

test("a token that another tab brought is known to be over when its time is, and one of an older page never", async (context) => {
  context.after(() => mock.timers.reset());
  mock.timers.enable({ apis: ["Date"] });
  const { api, channel } = setUp(() => problem(401, "token_missing"));
  channel.onmessage({ data: { type: "token", token: "t2", expiresIn: 600, user: ME } });
  assert.equal(api.expired, false);
  mock.timers.tick(600_000);
  assert.equal(api.expired, true);
  channel.onmessage({ data: { type: "token", token: "t3", user: ME } });
  mock.timers.tick(600_000);
  assert.equal(api.expired, false);
});

test("another person's sign-in elsewhere loads this tab anew", async () => {
  const world = setUp(() => signedIn());
  await world.session.restore();
  world.channel.onmessage({ data: { type: "token", token: "t2", user: { ...ME, id: "u2" } } });
  assert.equal(world.reloads, 1);
});

test("whoever has just joined is in, and other tabs hear of it, whatever was left undone before", async () => {
  const storage = new FakeStorage();
  storage.setItem("leaving", "1");
  const { session, api, told } = setUp(() => signedIn(), storage);
  session.enter({ access_token: "joined", expires_in: 600, user: ME });
  assert.equal(session.state.value, "signed_in");
  assert.equal(api.token, "joined");
  assert.deepEqual(told, [{ type: "token", token: "joined", expiresIn: 600, user: ME }]);
  assert.equal(storage.getItem("leaving"), null);
  assert.equal(storage.getItem("signed_in"), "1");
});
