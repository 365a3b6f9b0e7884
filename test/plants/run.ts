// Plants each bug in a copy of the sources, compiles it, and runs the test that must notice. A test that cannot fail proves nothing.
//   npm run plants [-- PATTERN]      only bugs whose name holds PATTERN
import { spawnSync } from "node:child_process";
import { compilePlant } from "../help/plant.js";
import { HMM_PLANTS } from "../help/plants-hmm.js";
import { TABLE_PLANTS } from "../help/plants-table.js";

const pattern = process.argv[2] ?? "", folder = "build/plants";
let noticed = 0, missed = 0;

for (const plant of [...TABLE_PLANTS, ...HMM_PLANTS].filter(({ name }) => name.includes(pattern))) {
  const wasm = compilePlant(plant, folder), began = performance.now();
  const run = spawnSync(process.execPath, [`build/test/${plant.test}.js`], { env: { ...process.env, PAGEMIRROR_WASM: wasm }, encoding: "utf8", timeout: 90_000 });
  const seconds = ((performance.now() - began) / 1000).toFixed(1), found = run.status !== 0;
  if (found) noticed++; else missed++;
  console.log(`${found ? "noticed" : "MISSED "} ${plant.name} (${plant.test}, ${seconds} s)${found ? `: ${reason(run.stdout + run.stderr)}` : ""}`);
}
console.log(`${noticed} noticed, ${missed} missed`);
process.exitCode = missed ? 1 : 0;

/** The line that says what was noticed. */
function reason(output: string): string {
  const lines = output.split("\n").map((line) => line.trim()).filter(Boolean);
  const telling = lines.find((line) => /thread[ ·]\d|mismatch|violation|RuntimeError|not done after|Error/.test(line)) ?? lines.at(-1) ?? "";
  return telling.replaceAll("·", " ").slice(0, 150);
}
