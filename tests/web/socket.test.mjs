import assert from "node:assert/strict";
import test, { mock } from "node:test";
import { ApiError, NetworkError } from "../../whatsapp_server/web/js/api.js";
import { Live } from "../../whatsapp_server/web/js/socket.js";
import { deferred, settled } from "./support/fixtures.mjs";

/** What socket.io-client does, as far as Live relies on it. */
class FakeSocket {
  handlers = new Map();
  connected = false;
  active = true;
  connects = 0;
  questions = [];

  on(name, handler) {
    this.handlers.set(name, handler);
  }

  fire(name, payload) {
    return this.handlers.get(name)(payload);
  }

  connect() {
    this.connects += 1;
    return this;
  }

  disconnect() {
    if (this.connected) {
      this.connected = false;
      this.active = false;
      this.fire("disconnect", "io client disconnect");
    }
    return this;
  }

  timeout(ms) {
    return { emit: (name, payload, answered) => this.questions.push({ ms, name, payload, answered }) };
  }

  close() {}
}

function setUp({ refresh = async () => null } = {}) {
  globalThis.document = { hidden: true };
  const world = { socket: new FakeSocket(), ended: [], events: [], moments: [], connections: 0, refreshes: [] };
  world.api = {
    token: "t1",
    expired: false,
    refresh: (used) => {
      world.refreshes.push(used);
      return refresh();
    },
  };
  world.live = new Live({
    io: (options) => {
      world.options = options;
      return world.socket;
    },
    api: world.api,
    onEvents: (events) => world.events.push(events),
    onConnect: () => (world.connections += 1),
    onSessionEnded: (code) => world.ended.push(code),
    random: () => 0.5,
    ofTheMoment: { "typing.changed": (payload) => world.moments.push(payload) },
  });
  world.live.open();
  world.options.auth(() => {});
  return world;
}

function refuse(world, code) {
  world.socket.active = false;
  return world.socket.fire("connect_error", Object.assign(new Error(code), { data: { code } }));
}

test("it connects by websocket alone, with the token of the moment", () => {
  const { options } = setUp();
  assert.deepEqual(options.transports, ["websocket"]);
  let sent = null;
  options.auth((auth) => (sent = auth));
  assert.deepEqual(sent, { token: "t1" });
});

test("many tabs that lost their line at once come back spread over some seconds", () => {
  const { options } = setUp();
  const { reconnectionDelay: first, reconnectionDelayMax: most, randomizationFactor: chance } = options;
  assert.ok(first * chance * 2 >= 2000, "the first tries");
  assert.ok(most <= 2500, "and nobody waits for longer once the server is back");
});

test("a tab that wakes asks for a sign of life; with one nothing changes", () => {
  const { live, socket } = setUp();
  socket.connected = true;
  socket.fire("connect");
  live.wake();
  socket.questions[0].answered(null, {});
  assert.deepEqual([socket.connects, live.status.value.state], [0, "online"]);
  live.close();
});

test("a line that is dead without knowing is made anew at once", (context) => {
  context.after(() => mock.timers.reset());
  mock.timers.enable({ apis: ["setTimeout"] });
  const { live, socket } = setUp();
  socket.connected = true;
  socket.fire("connect");
  live.wake();
  socket.questions[0].answered(new Error("operation has timed out"));
  assert.deepEqual([socket.connects, live.status.value.state], [1, "offline"]);
  mock.timers.tick(60_000);
  assert.equal(socket.connects, 1, "once");
});

test("without a line waking tries at once; after signing out it does nothing", () => {
  const { live, socket } = setUp();
  live.wake();
  assert.deepEqual([socket.connects, socket.questions.length], [1, 0]);
  live.close();
  live.wake();
  assert.equal(socket.connects, 1);
});

test("a token whose time is over is renewed before it is shown", async () => {
  const world = setUp({ refresh: async () => Object.assign(world.api, { token: "t2", expired: false }) });
  world.api.expired = true;
  const sent = [];
  world.options.auth((auth) => sent.push(auth.token));
  assert.deepEqual(sent, []);
  await settled();
  assert.deepEqual(sent, ["t2"]);
  assert.equal(world.refreshes.length, 1);
});

test("without a new token the old one is shown, and the server says what it thinks of it", async () => {
  const world = setUp({ refresh: () => Promise.reject(new NetworkError(new TypeError("offline"))) });
  world.api.expired = true;
  const sent = [];
  world.options.auth((auth) => sent.push(auth.token));
  await settled();
  assert.deepEqual(sent, ["t1"]);
});

test("of two connections only the later one is told who we are, and none after the end", async () => {
  const slow = deferred();
  const world = setUp({ refresh: () => slow.promise });
  world.api.expired = true;
  const sent = [];
  world.options.auth(() => sent.push("first"));
  world.options.auth(() => sent.push("second"));
  slow.resolve();
  await settled();
  assert.deepEqual(sent, ["second"]);
  world.options.auth(() => sent.push("third"));
  world.live.close();
  await settled();
  assert.deepEqual(sent, ["second"]);
});

test("every connect is told, so that what was missed is loaded", () => {
  const { socket, live, connections } = setUp();
  assert.equal(connections, 0);
  socket.fire("connect");
  assert.equal(live.status.value.state, "online");
});

test("an expired token is renewed, once, and the connection tried at once", async () => {
  const world = setUp();
  await refuse(world, "token_expired");
  assert.deepEqual(world.refreshes, ["t1"]);
  assert.equal(world.socket.connects, 1);
  world.live.close();
});

test("a token that is refused again and again is not hammered", async (context) => {
  context.after(() => mock.timers.reset());
  mock.timers.enable({ apis: ["setTimeout"] });
  const world = setUp();
  await refuse(world, "token_invalid");
  await refuse(world, "token_invalid");
  await settled();
  assert.equal(world.socket.connects, 1);
  mock.timers.tick(1000);
  assert.equal(world.socket.connects, 2);
});

test("an ended session is passed on and not tried again", async () => {
  const world = setUp();
  await refuse(world, "session_ended");
  assert.deepEqual(world.ended, ["session_ended"]);
  assert.deepEqual(world.refreshes, []);
  world.socket.fire("session.ended", { code: "session_ended" });
  assert.equal(world.ended.length, 2);
  world.live.close();
});

test("a refresh that fails with the session leaves the socket alone", async () => {
  const world = setUp({ refresh: () => Promise.reject(new ApiError(401, { code: "session_ended" })) });
  await refuse(world, "token_expired");
  assert.equal(world.socket.connects, 0);
  world.live.close();
});

test("after the server's goodbye we come back by ourselves; the time of the loss stays", (context) => {
  context.after(() => mock.timers.reset());
  mock.timers.enable({ apis: ["setTimeout"] });
  const { live, socket } = setUp();
  socket.fire("connect");
  socket.active = false;
  socket.fire("disconnect", "io server disconnect");
  const { state, since } = live.status.value;
  assert.equal(state, "offline");
  mock.timers.tick(500);
  assert.equal(socket.connects, 1);
  socket.fire("connect_error", new Error("websocket error"));
  assert.equal(live.status.value.since, since);
});

test("events that come together are applied together, in order", (context) => {
  context.after(() => mock.timers.reset());
  mock.timers.enable({ apis: ["setTimeout"] });
  const { socket, events } = setUp();
  socket.fire("message.created", 1);
  socket.fire("conversation.read", 2);
  socket.fire("message.updated", 3);
  assert.equal(events.length, 0);
  mock.timers.tick(100);
  assert.deepEqual(events, [[["message.created", 1], ["conversation.read", 2], ["message.updated", 3]]]);
});

test("what carries no version is taken at once, in its order on the line", () => {
  const { socket, events, moments } = setUp();
  socket.fire("typing.changed", 1);
  assert.deepEqual([moments, events], [[1], []]);
});

test("an answer to what is asked comes back; without a line, or in time, it is null", async () => {
  const { live, socket } = setUp();
  assert.equal(await live.ask("conversation.open", { id: "c1" }), null);
  assert.deepEqual(socket.questions, []);
  socket.connected = true;
  for (const [error, expected] of [[null, { viewers: [] }], [new Error("timed out"), null]]) {
    const answer = live.ask("conversation.open", { id: "c1" });
    const { name, payload, answered } = socket.questions.at(-1);
    assert.deepEqual([name, payload], ["conversation.open", { id: "c1" }]);
    answered(error, { viewers: [] });
    assert.deepEqual(await answer, expected);
  }
});
