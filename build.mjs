// Builds what is missing or old: packages (npm ci), the wasm (asc), the bundles (esbuild). Runs with nothing installed.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

process.chdir(import.meta.dirname ?? new URL(".", import.meta.url).pathname);
const wanted = new Set(process.argv.slice(2));

const newest = (paths) => Math.max(0, ...paths.flatMap((path) => existsSync(path) ? [statSync(path).isDirectory()
  ? newest(readdirSync(path).map((name) => join(path, name))) : statSync(path).mtimeMs] : []));
/** Runs `make` when an output is missing, or one of `sources` is newer than the mark that the last such run left. */
async function step(name, outputs, sources, make) {
  const mark = `build/.${name}`;
  if (existsSync(mark) && outputs.every(existsSync) && newest([mark]) >= newest(sources)) return;
  const began = Date.now();
  await make();
  mkdirSync("build", { recursive: true });
  writeFileSync(mark, "");
  console.error(`build: ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
}

await step("packages", ["node_modules/esbuild"], ["package.json", "package-lock.json"], () => {
  execFileSync(process.platform === "win32" ? "npm.cmd" : "npm", ["ci", "--no-audit", "--no-fund"], { stdio: ["ignore", "ignore", "inherit"] });
});

/** What the comment above each exported function of a file of assembly/ says, by the function's name. */
function commentsIn(file) {
  const functions = readFileSync(`assembly/${file}.ts`, "utf8").matchAll(/(?:^\/\*\*((?:(?!\*\/)[^])*)\*\/\n)?^(?:@inline )?export function (\w+)/gm);
  return new Map([...functions].flatMap(([, comment, name]) => comment ? [[name, comment.replace(/\s*\n \*\s*/g, " ").trim()]] : []));
}
/** The compiler's declaration of the exports, each with the comment above it in index.ts, or else above the function that it calls. */
function describeExports() {
  const index = readFileSync("assembly/index.ts", "utf8"), comments = new Map(), own = commentsIn("index");
  for (const [, all, some, file] of index.matchAll(/^import (?:\* as (\w+)|\{ ([^}]*) \}) from "\.\/(\w+)"/gm)) {
    const names = new Map((some ?? "").split(", ").map((name) => name.split(" as ")).map(([from, to = from]) => [from, to]));
    for (const [name, comment] of commentsIn(file)) if (all || names.has(name)) comments.set(all ? `${all}.${name}` : names.get(name), comment);
  }
  for (const [, name, call] of index.matchAll(/^export function (\w+)\([^]*?\{\s*(?:return )?(?:<\w+>)?([\w.]+)\(/gm)) if (!own.has(name)) own.set(name, comments.get(call));
  const verbs = readFileSync("build/pagemirror.d.ts", "utf8").split("\n").slice(1).join("\n").split("\n}\n")[0]
    .replace(/assembly\/index\/(\w+)/g, (_, name) => own.get(name) ?? name).replace(/export (?:function|const) /g, "");
  return `// What pagemirror.wasm and pagemirror-unshared.wasm export; both import \`env.memory\`. An address (\`usize\`) is answered as a signed number:
// \`>>> 0\`. Pages, frames and physical page numbers are whole numbers in an f64. Capital names are numbers of the package's assembly/layout/:
// statuses of status.ts; of arena.ts, where a verb leaves more than it answers (Slot, from \`me\` on) or takes batches from (Staging).
export interface Verbs {\n${verbs}\n}\n`;
}

const wasmFiles = ["dist/pagemirror.wasm", "dist/engine.d.ts", "dist/pagemirror-unshared.wasm", "dist/pagemirror.functions", "build/pagemirror.d.ts", "build/pagemirror.wasm.map"];
await step("wasm", wasmFiles, ["assembly", "asconfig.json", "build/.packages", "build.mjs"], () => {
  mkdirSync("dist", { recursive: true });
  for (const target of ["release", "unshared"]) execFileSync(process.execPath, ["node_modules/assemblyscript/bin/asc.js", "--target", target], { stdio: "inherit" });
  copyFileSync("build/pagemirror-unshared.wasm", "dist/pagemirror-unshared.wasm");
  // The source map stays here. With the sources in it, it says what each instruction is; the wasm does not name it, and is as without.
  const map = JSON.parse(readFileSync("build/pagemirror.wasm.map", "utf8")), wasm = readFileSync("build/pagemirror.wasm");
  map.sourcesContent = map.sources.map((file) => existsSync(file) ? readFileSync(file, "utf8") : null);
  writeFileSync("build/pagemirror.wasm.map", JSON.stringify(map));
  writeFileSync("build/pagemirror.wasm", wasm.subarray(0, wasm.lastIndexOf("sourceMappingURL") - 3));
  copyFileSync("build/pagemirror.wasm", "dist/pagemirror.wasm");
  writeFileSync("dist/engine.d.ts", describeExports());
  // The names of its functions, in order, for those who explore it: the wasm has none.
  const names = readFileSync("build/pagemirror.wat", "utf8").match(/^ ?\(func \$(?:"[^"]*"|[^\s()]+)/gm);
  writeFileSync("dist/pagemirror.functions", names.map((name) => `${name.trim()})\n`).join(""));
});

const shared = { bundle: true, format: "esm", platform: "node", target: "node20", logLevel: "warning" };
const bundle = async (options) => (await import("esbuild")).build({ ...shared, ...options });
// Bundled CommonJS packages ask for `require`.
const banner = { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' };

const made = ["cli", "worker", "explore-worker", "stress-director", "stress-worker", "index", "report-page"].map((name) => `dist/${name}.js`);
await step("dist", made, ["src", "assembly/layout", "build/.packages", "build.mjs"], async () => {
  await bundle({ entryPoints: ["src/index.ts"], outdir: "dist", platform: "neutral", mainFields: ["module", "main"], external: ["@assemblyscript/loader", "node:*"] });
  const stress = { "stress-director": "src/stress/director.ts", "stress-worker": "src/stress/worker.ts" };
  const entryPoints = { cli: "src/cli.ts", worker: "src/replay/worker.ts", "explore-worker": "src/explore/worker.ts", ...stress };
  await bundle({ entryPoints, outdir: "dist", external: ["@assemblyscript/loader", "binaryen", "assemblyscript/*"], banner,
    define: { PAGEMIRROR_VERSION: JSON.stringify(JSON.parse(readFileSync("package.json", "utf8")).version) } });
  await bundle({ entryPoints: { "report-page": "src/report/page.ts" }, outdir: "dist", platform: "browser", format: "iife", minify: true, target: "es2022" });
});

// Declarations for those who import the package; the wasm's verbs are described by the compiler.
if (wanted.has("--types")) await step("types", ["dist/types/src/index.d.ts"], ["src", "assembly/layout", "build/.wasm"], () => {
  execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "src/tsconfig.json"], { stdio: "inherit" });
  mkdirSync("dist/types/build", { recursive: true });
  copyFileSync("build/pagemirror.d.ts", "dist/types/build/pagemirror.d.ts");
});

if (wanted.has("--tests")) await step("tests", ["build/test/run.js"], ["src", "test", "assembly/layout", "build/.packages", "build.mjs"], async () => {
  rmSync("build/test", { recursive: true, force: true });
  const folders = ["test", "test/stress", "test/plants", "test/truth", "test/embed", "test/long"];
  const entryPoints = folders.flatMap((folder) => readdirSync(folder).filter((name) => name.endsWith(".ts")).map((name) => `${folder}/${name}`));
  await bundle({ entryPoints, outdir: "build/test", outbase: "test", packages: "external" });
});
if (wanted.has("--bench")) await step("bench", ["build/bench/run.js"], ["src", "bench", "assembly/layout", "build/.packages", "build.mjs"], () => {
  const entryPoints = ["run", "side", "second"].map((name) => `bench/${name}.ts`);
  return bundle({ entryPoints, outdir: "build/bench", packages: "external" });
});
