// What `npm test` does in small, for as long as it takes. Ends at the first that fails, with exit code 1.
//   npm run long [-- PATTERN]      only runs whose name holds PATTERN
// OPERATIONS a format, SECONDS and WALKS say how much of each, SEED what is drawn.
import process from "node:process";
import { SHAPES } from "../help/agreement.js";
import { SEED } from "../help/engine.js";
import { resizeFor } from "../help/resizing.js";
import { agreesFor } from "./model.js";

const amount = (name: string, usual: number): number => Number(process.env[name] ?? usual);
const OPERATIONS = amount("OPERATIONS", 10_000_000), SECONDS = amount("SECONDS", 10), pattern = process.argv[2] ?? "";

/** One of each class of formats that has large leaves, and of the run-time format. */
const RESIZED = ["x86-64", "x86-64-la57", "aarch64-4k", "riscv-sv48", "riscv-sv32", "vtd-second-stage-48", "amd-v1-4", "five levels of 3 bits, leaves on three"];

async function resized(name: string): Promise<string> {
  const done = await resizeFor(SHAPES[name]!, SECONDS);
  return `${Object.entries(done).map(([what, count]) => `${count.toLocaleString("en-US")} ${what}`).join(", ")}, 0 faults, 0 lost`;
}

/** Each run by its name; it answers what it did, or throws what is wrong. */
const RUNS: [name: string, run: () => Promise<string>][] = [
  ...Object.entries(SHAPES).map(([name, format]) => [`model, ${name}`, () => agreesFor(format, OPERATIONS)] as [string, () => Promise<string>]),
  ...RESIZED.map((name) => [`hitless, ${name}`, () => resized(name)] as [string, () => Promise<string>]),
];

Error.stackTraceLimit = 0; // many verbs are refused, and each refusal is an error
for (const [name, run] of RUNS.filter(([each]) => each.includes(pattern))) {
  const began = performance.now(), seconds = (): string => `${((performance.now() - began) / 1000).toFixed(1)} s, seed ${SEED}`;
  try { console.log(`ok   ${name}: ${await run()} (${seconds()})`); } catch (error) {
    console.log(`FAIL ${name} (${seconds()}): ${(error as Error).message}`);
    process.exit(1);
  }
}
