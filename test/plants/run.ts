// Plants each bug in a copy of the sources, compiles it, and sees who notices: the test that must, the explorer, or both. A test
// that cannot fail proves nothing.
//   npm run plants [-- PATTERN]      only bugs whose name holds PATTERN
import { spawnSync } from "node:child_process";
import { compilePlant, type Plant } from "../help/plant.js";
import { EXPLORED_PLANTS } from "../help/plants-explored.js";
import { HMM_PLANTS } from "../help/plants-hmm.js";
import { PIN_PLANTS } from "../help/plants-pins.js";
import { TABLE_PLANTS } from "../help/plants-table.js";
import { find } from "./find.js";

const pattern = process.argv[2] ?? "", folder = "build/plants";
let noticed = 0, missed = 0;

for (const plant of [...TABLE_PLANTS, ...PIN_PLANTS, ...HMM_PLANTS, ...EXPLORED_PLANTS].filter(({ name }) => name.includes(pattern))) {
  const byTest = plant.test !== undefined && await look(plant, plant.test, () => runTest(plant, plant.test!));
  const byExplorer = plant.explored !== undefined && await look(plant, `explore "${plant.explored.workload}"`, async () => (await find(plant)).failure?.message);
  // Stress needs luck for some of those that the explorer always finds; the explorer may not miss any of its own.
  if (plant.explored ? byExplorer : byTest) noticed++; else missed++;
}
console.log(`${noticed} noticed, ${missed} missed`);
process.exitCode = missed ? 1 : 0;

/** Whether `notice` answers what was wrong. */
async function look({ name }: Plant, by: string, notice: () => string | undefined | Promise<string | undefined>): Promise<boolean> {
  const began = performance.now(), told = await notice(), seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${told === undefined ? "MISSED " : "noticed"} ${name} (${by}, ${seconds} s)${told === undefined ? "" : `: ${told}`}`);
  return told !== undefined;
}

function runTest(plant: Plant, test: string): string | undefined {
  const wasm = compilePlant(plant, folder);
  const run = spawnSync(process.execPath, [`build/test/${test}.js`], { env: { ...process.env, PAGEMIRROR_WASM: wasm }, encoding: "utf8", timeout: 90_000 });
  return run.status === 0 ? undefined : reason(run.stdout + run.stderr);
}

/** The line that says what was noticed. */
function reason(output: string): string {
  const lines = output.split("\n").map((line) => line.trim()).filter(Boolean);
  const telling = lines.find((line) => /thread[ ·]\d|mismatch|violation|RuntimeError|not done after|Error/.test(line)) ?? lines.at(-1) ?? "";
  return telling.replaceAll("·", " ").slice(0, 150);
}
