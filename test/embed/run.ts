// npm run embed: the package, installed into an empty project, and the README's programs in every runtime that is there.
import { spawn, spawnSync } from "node:child_process";
import { createServer, type Server } from "node:http";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import process from "node:process";
import { build } from "esbuild";
import { PRINTED, installPackage } from "../help/package.js";

/** What the README says that a page needs for shared memory. */
const ISOLATED = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };
const TYPES: { [extension: string]: string } = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };
const PATIENCE_MS = 60_000;

interface Runtime { name: string; programs: string[]; arguments: string[] }
const RUNTIMES: Runtime[] = [
  { name: "Node", programs: [process.execPath], arguments: [] },
  { name: "Deno", programs: [process.env["DENO"] ?? "deno"], arguments: ["run", "--allow-read", "--no-lock"] },
  { name: "Bun", programs: [process.env["BUN"] ?? "bun"], arguments: ["run"] },
];
const BROWSERS = process.env["CHROMIUM"] ? [process.env["CHROMIUM"]] : ["chromium", "chromium-browser", "google-chrome"];

const { folder, remove } = installPackage();
let failed = 0;
function report(name: string, program: string, expected: string, found: string): void {
  const isGood = found === expected;
  if (!isGood) failed++;
  console.log(`${isGood ? "ok  " : "FAIL"} ${name}: ${program} says ${JSON.stringify(found)}${isGood ? "" : `, expected ${JSON.stringify(expected)}`}`);
}
/** The first of these programs that runs, with the version that it tells. */
function present(programs: string[]): { program: string; version: string } | undefined {
  for (const program of programs) {
    const { status, stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
    if (status === 0) return { program, version: stdout.split("\n")[0]!.trim() };
  }
  return undefined;
}
function absent(name: string, programs: string[]): void {
  console.log(`none ${name}: ${programs.join(", ")} cannot be run; install it, or name the program in ${name.toUpperCase()}`);
}

for (const { name, programs, arguments: words } of RUNTIMES) {
  const found = present(programs);
  if (!found) { absent(name, programs); continue; }
  for (const [program, expected] of Object.entries(PRINTED)) {
    const { stdout, stderr } = spawnSync(found.program, [...words, program], { cwd: folder, encoding: "utf8", timeout: PATIENCE_MS });
    report(`${name} ${/\d[\w.]*/.exec(found.version)?.[0]}`, program, expected, stdout.trim() || stderr.trim());
  }
}
const browser = present(BROWSERS);
if (browser) {
  await build({ entryPoints: [join(folder, "worker.mjs")], outfile: join(folder, "worker.js"), bundle: true, format: "esm", target: "es2022", logLevel: "warning" });
  report(browser.version, "index.html, two workers", "20000", await browse(browser.program));
} else absent("Chromium", BROWSERS);
remove();
process.exitCode = failed ? 1 : 0;

/** Serves the project, and opens its page in a browser without a window; answers the page's title, or what went wrong there. */
async function browse(program: string): Promise<string> {
  const profile = mkdtempSync(join(tmpdir(), "pagemirror-browser-"));
  let resolve!: (said: string) => void;
  const promise = new Promise<string>((settle) => { resolve = settle; }), server = serve(resolve);
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const child = spawn(program, ["--headless", "--no-sandbox", "--disable-gpu", `--user-data-dir=${profile}`, url], { stdio: "ignore" });
  const ended = new Promise((done) => child.on("close", done)), timer = setTimeout(() => resolve("nothing within a minute"), PATIENCE_MS);
  const said = await promise;
  clearTimeout(timer);
  child.kill();
  await ended;
  server.closeAllConnections();
  server.close();
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  return said;
}
/** The page comes with a few lines more, which send its title, or an error, back. */
function serve(said: (what: string) => void): Server {
  const tell = `<script>
    const tell = (what) => fetch("/said", { method: "POST", body: what });
    addEventListener("error", ({ message }) => tell(message)), addEventListener("unhandledrejection", ({ reason }) => tell(String(reason)));
    new MutationObserver(() => document.title && tell(document.title)).observe(document.head, { subtree: true, childList: true });
  </script>`;
  return createServer((request, response) => {
    if (request.method === "POST") {
      let text = "";
      request.setEncoding("utf8").on("data", (part: string) => { text += part; }).on("end", () => { said(text); response.end(); });
      return;
    }
    const path = normalize(request.url === "/" ? "/index.html" : request.url!);
    try {
      const body = readFileSync(join(folder, path));
      response.writeHead(200, { ...ISOLATED, "Content-Type": TYPES[extname(path)] ?? "application/octet-stream" });
      response.end(path === "/index.html" ? tell + body.toString() : body);
    } catch { response.writeHead(404).end(); }
  });
}
