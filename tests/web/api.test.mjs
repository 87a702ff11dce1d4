import assert from "node:assert/strict";
import test, { mock } from "node:test";
import { Api, ApiError, NetworkError } from "../../whatsapp_server/web/js/api.js";

function setUp(answer) {
  const calls = [];
  const ended = [];
  const api = new Api({
    fetch: async (path, init) => {
      calls.push({ path, ...init });
      return answer(path, init);
    },
    language: () => "pt",
    onSessionEnded: (code) => ended.push(code),
  });
  return { api, calls, ended };
}

const json = (status, body) => new Response(JSON.stringify(body), { status });
const signedIn = { access_token: "new", expires_in: 600, user: { id: "u1" } };

test("requests carry the language and the token", async () => {
  const { api, calls } = setUp(() => json(200, { items: [] }));
  api.adoptToken("t1");
  await api.get("/api/users");
  assert.equal(calls[0].headers.Authorization, "Bearer t1");
  assert.equal(calls[0].headers["Accept-Language"], "pt");
});

test("a 401 refreshes once and repeats the request with the new token", async () => {
  const { api, calls } = setUp((path, init) => {
    if (path === "/api/auth/refresh") return json(200, signedIn);
    return init.headers.Authorization === "Bearer new" ? json(200, { ok: true }) : json(401, { code: "token_expired" });
  });
  api.adoptToken("old");
  assert.deepEqual(await api.get("/api/users"), { ok: true });
  assert.deepEqual(calls.map((each) => each.path), ["/api/users", "/api/auth/refresh", "/api/users"]);
});

test("many requests that meet a 401 together share one refresh", async () => {
  const { api, calls } = setUp((path, init) => {
    if (path === "/api/auth/refresh") return json(200, signedIn);
    return init.headers.Authorization === "Bearer new" ? json(200, {}) : json(401, { code: "token_expired" });
  });
  api.adoptToken("old");
  await Promise.all([api.get("/a"), api.get("/b"), api.get("/c")]);
  assert.equal(calls.filter((each) => each.path === "/api/auth/refresh").length, 1);
});

test("a token that another tab brought meanwhile saves the refresh", async () => {
  const { api, calls } = setUp(() => json(200, signedIn));
  api.adoptToken("theirs");
  await api.refresh("old");
  assert.equal(calls.length, 0);
});

test("the held token is over after as many seconds as the answer said, and a new one begins anew", async (context) => {
  context.after(() => mock.timers.reset());
  mock.timers.enable({ apis: ["Date"] });
  const { api } = setUp(() => json(200, signedIn));
  assert.equal(api.expired, false);
  await api.signIn("a@b.c", "a password");
  mock.timers.tick(599_000);
  assert.equal(api.expired, false);
  mock.timers.tick(1_000);
  assert.equal(api.expired, true);
  await api.refresh();
  assert.equal(api.expired, false);
  mock.timers.tick(600_000);
  api.adoptToken(null);
  assert.equal(api.expired, false);
});

test("a token whose time is over is renewed before anything is asked with it", async (context) => {
  context.after(() => mock.timers.reset());
  mock.timers.enable({ apis: ["Date"] });
  const { api, calls } = setUp((path) => json(200, path.includes("refresh") ? { ...signedIn, access_token: "new" } : {}));
  api.adoptToken("old", 600);
  mock.timers.tick(600_000);
  await api.get("/api/sync");
  assert.deepEqual(calls.map((each) => [each.path, each.headers.Authorization]).at(-1), ["/api/sync", "Bearer new"]);
  assert.equal(calls.length, 2);
});

test("a refused refresh ends the session and the request fails with it", async () => {
  const { api, ended } = setUp((path) => json(401, { code: path.includes("refresh") ? "session_ended" : "token_expired" }));
  api.adoptToken("old");
  await assert.rejects(api.get("/api/users"), { code: "session_ended", status: 401 });
  assert.deepEqual(ended, ["session_ended"]);
  assert.equal(api.token, null);
});

test("a second 401 is final", async () => {
  const { api, calls } = setUp((path) => (path.includes("refresh") ? json(200, signedIn) : json(401, { code: "token_invalid" })));
  await assert.rejects(api.get("/api/users"), { code: "token_invalid" });
  assert.equal(calls.length, 3);
});

test("problem documents become errors with code, sentence and fields", async () => {
  const { api } = setUp(() => json(422, { code: "invalid", detail: "Corrija.", errors: { number: ["Curto."] } }));
  await assert.rejects(api.post("/api/conversations"), (error) => {
    assert.ok(error instanceof ApiError);
    assert.deepEqual([error.code, error.detail, error.errors.number], ["invalid", "Corrija.", ["Curto."]]);
    return true;
  });
});

test("a proxy's error page and no answer at all are told apart", async () => {
  const html = setUp(() => new Response("<h1>Bad Gateway</h1>", { status: 502 }));
  await assert.rejects(html.api.get("/x"), (error) => error instanceof ApiError && error.status === 502);
  const offline = setUp(() => Promise.reject(new TypeError("Failed to fetch")));
  await assert.rejects(offline.api.get("/x"), NetworkError);
});

test("a wrong password is no reason to refresh", async () => {
  const { api, calls } = setUp(() => json(401, { code: "bad_credentials", detail: "E-mail ou senha incorretos." }));
  await assert.rejects(api.signIn("a@b.c", "no"), { code: "bad_credentials" });
  assert.equal(calls.length, 1);
});
