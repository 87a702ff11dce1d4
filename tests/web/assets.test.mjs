import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import test from "node:test";

const ROOT = new URL("../../", import.meta.url);
const WEB = new URL("whatsapp_server/web/", ROOT);
const read = (name) => readFile(new URL(name, WEB), "utf8");

async function filesOf(folder, ending) {
  const names = await readdir(new URL(folder, WEB), { recursive: true });
  return names.filter((each) => each.endsWith(ending)).map((each) => folder + each);
}

test("vendored files are the ones that the manifest records, and no others", async () => {
  const manifest = JSON.parse(await read("vendor/MANIFEST.json"));
  const present = (await readdir(new URL("vendor/", WEB), { recursive: true })).filter((each) => /\.(js|css)$/.test(each));
  assert.deepEqual(present.sort(), Object.keys(manifest.files).sort());
  for (const [name, { sha256, package: from }] of Object.entries(manifest.files)) {
    const text = await read(`vendor/${name}`);
    assert.equal(createHash("sha256").update(text).digest("hex"), sha256, name);
    assert.ok(manifest.packages[from].licence, name);
    assert.ok(manifest.packages[from].licence_files.length, name);
  }
});

test("the manifest's versions are the pinned ones, and the lock names no registry", async () => {
  const { packages } = JSON.parse(await read("vendor/MANIFEST.json"));
  const { devDependencies } = JSON.parse(await readFile(new URL("package.json", ROOT), "utf8"));
  const versions = Object.fromEntries(Object.entries(packages).map(([name, { version }]) => [name, version]));
  assert.deepEqual(versions, devDependencies);
  const lock = await readFile(new URL("package-lock.json", ROOT), "utf8");
  assert.doesNotMatch(lock, /"resolved"/);
});

test("no module imports by a bare name: there is no import map", async () => {
  for (const name of [...(await filesOf("js/", ".js")), ...(await filesOf("vendor/", ".js"))]) {
    if (name.includes("swagger-ui")) continue;
    const specifiers = [...(await read(name)).matchAll(/(?<!["'.])\b(?:from|import)\s*["']([^"']+)["']/g)].map(([, each]) => each);
    assert.deepEqual(specifiers.filter((each) => !each.startsWith(".")), [], name);
  }
});

test("every vendored module is preloaded and every file that the page names exists", async () => {
  const page = await read("index.html");
  const named = [...page.matchAll(/(?:href|src)="\/assets\/([^"]+)"/g)].map(([, name]) => name);
  for (const name of named) await read(name);
  // The rest of them is inside app.js (api/bundle.py); swagger-ui belongs to the page of the API's documentation.
  const missing = (await filesOf("vendor/", ".js")).filter((each) => !each.includes("swagger-ui") && !named.includes(each));
  assert.deepEqual(missing, []);
});

test("the page holds nothing that the content security policy forbids", async () => {
  const page = await read("index.html");
  assert.doesNotMatch(page, /<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
});

test("text is only ever set as text, one file fetches, one holds the socket, none logs", async () => {
  for (const name of await filesOf("js/", ".js")) {
    const source = await read(name);
    assert.doesNotMatch(source, /innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|\beval\(/, name);
    assert.doesNotMatch(source, /console\.|debugger|alert\(/, name);
    assert.doesNotMatch(source, /\sstyle="/, name);
    if (name !== "js/api.js" && name !== "js/app.js") assert.doesNotMatch(source, /(?<!#)\bfetch\(/, name);
    if (name !== "js/workspace.js") assert.doesNotMatch(source, /from "[^"]*socket\.io-client/, name);
  }
});
