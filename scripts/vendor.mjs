/**
 * Copies the browser libraries out of node_modules into whatsapp_server/web/vendor, so that pages are served
 * without a build step. Run `npm ci && npm run vendor` after changing a version in package.json.
 *
 * Bare imports become relative paths: an import map would have to be inline, which the content security policy
 * forbids. MANIFEST.json records package, version, licence and SHA-256 of each file; a test compares them.
 */
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const MODULES = join(ROOT, "node_modules");
const VENDOR = join(ROOT, "whatsapp_server", "web", "vendor");

/** What is copied: [package, file inside it, file inside vendor/]. */
const FILES = [
  ["preact", "dist/preact.mjs", "preact.js"],
  ["preact", "hooks/dist/hooks.mjs", "preact-hooks.js"],
  ["@preact/signals-core", "dist/signals-core.mjs", "signals-core.js"],
  ["@preact/signals", "dist/signals.mjs", "signals.js"],
  ["htm", "dist/htm.mjs", "htm.js"],
  ["socket.io-client", "dist/socket.io.esm.min.js", "socket.io-client.js"],
  ["swagger-ui-dist", "swagger-ui.css", "swagger-ui/swagger-ui.css"],
  ["swagger-ui-dist", "swagger-ui-bundle.js", "swagger-ui/swagger-ui-bundle.js"],
];

/** Bare specifiers and the vendored file that each stands for. */
const SPECIFIERS = {
  preact: "./preact.js",
  "preact/hooks": "./preact-hooks.js",
  "@preact/signals-core": "./signals-core.js",
};

const LICENCE_FILES = ["LICENSE", "LICENSE.md", "NOTICE"];

/** Rewrites bare imports and drops the pointer to a source map, which is not vendored. */
function adapt(source, name) {
  const text = source
    .replace(/(\bfrom\s*|\bimport\s*)(["'])([^"'./][^"']*)\2/g, (whole, keyword, quote, specifier) => {
      const target = SPECIFIERS[specifier];
      return target ? `${keyword}${quote}${target}${quote}` : whole;
    })
    .replace(/\n?(\/\/[#@] sourceMappingURL=\S+|\/\*# sourceMappingURL=\S+ ?\*\/)\s*$/, "\n");
  const left = name.includes("/") ? null : text.match(/\bfrom\s*["']([^"'./][^"']*)["']/);
  if (left) throw new Error(`${name}: no vendored file for the import "${left[1]}"`);
  return text;
}

async function packageOf(name) {
  return JSON.parse(await readFile(join(MODULES, name, "package.json"), "utf8"));
}

/** Writes the licence texts of a package next to its files and returns where. */
async function copyLicences(name) {
  const copied = [];
  for (const file of LICENCE_FILES) {
    const text = await readFile(join(MODULES, name, file), "utf8").catch(absent);
    if (text === null) continue;
    const target = `licences/${name.replace("@", "").replace("/", "-")}-${file.replace(/\..*/, "")}.txt`;
    await put(target, text);
    copied.push(target);
  }
  return copied;
}

function absent(error) {
  if (error.code === "ENOENT") return null;
  throw error;
}

async function put(name, text) {
  const path = join(VENDOR, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

async function main() {
  await rm(VENDOR, { recursive: true, force: true });
  const manifest = { packages: {}, files: {} };
  for (const [name, from, to] of FILES) {
    if (!manifest.packages[name]) {
      const { version, license } = await packageOf(name);
      manifest.packages[name] = { version, licence: license, licence_files: await copyLicences(name) };
    }
    const text = adapt(await readFile(join(MODULES, name, from), "utf8"), to);
    await put(to, text);
    const sha256 = createHash("sha256").update(text).digest("hex");
    manifest.files[to] = { package: name, source: from, bytes: Buffer.byteLength(text), sha256 };
  }
  await put("MANIFEST.json", `${JSON.stringify(manifest, null, 2)}\n`);
}

await main();
