// Runs every test file in a process of its own and prints the sum: `N passed, N failed`.
//   node build/test/run.js [PATTERN]      only files whose name holds PATTERN
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

const folder = import.meta.dirname, pattern = process.argv[2] ?? "";
const files = readdirSync(folder).filter((name) => name.endsWith(".js") && name !== "run.js" && name.includes(pattern)).sort();
let passed = 0, failed = 0;

// Whose threads are to meet, or who looks at a clock, has the machine to itself; all else runs two files at a time, the long ones first.
const ALONE = /^(dead-threads|fresh-memory|large-leaves|one-space|pins-keep|readers-and-writers|stress-finds|wasm-is-small)/;
const LONG = /^(explore-|bad-input|replay-|builds-|unshared)/;
const rank = (file: string): number => (LONG.test(file) ? 0 : 1), shared = files.filter((file) => !ALONE.test(file)).sort((a, b) => rank(a) - rank(b));
const lane = async (): Promise<void> => { for (let file = shared.shift(); file !== undefined; file = shared.shift()) await test(file); };
await Promise.all([lane(), lane()]);
for (const file of files.filter((each) => ALONE.test(each))) await test(file);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;

async function test(file: string): Promise<void> {
  const began = performance.now();
  const { code, output } = await run(join(folder, file));
  const total = Number(/Total:\s+(\d+)/.exec(output)?.[1] ?? 0), good = Number(/Passed:\s+(\d+)/.exec(output)?.[1] ?? 0);
  passed += good;
  // A file that died, or ran nothing, is a failure of its own.
  const bad = total - good || (code !== 0 || total === 0 ? 1 : 0);
  failed += bad;
  console.log(`${bad ? "FAIL" : "ok  "} ${file.replace(/\.js$/, "")}: ${good} of ${total} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
  if (bad) console.log(output);
}
function run(file: string): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [file], { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, FORCE_COLOR: "0" } });
    let output = "";
    child.stdout.on("data", (data: Buffer) => { output += data; });
    child.stderr.on("data", (data: Buffer) => { output += data; });
    child.on("close", (code) => resolve({ code, output }));
  });
}
