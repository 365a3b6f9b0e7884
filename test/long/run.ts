// What `npm test` does in small, for as long as it takes. Ends at the first that fails, with exit code 1.
//   npm run long [-- PATTERN]      only runs whose name holds PATTERN
// OPERATIONS, SECONDS and WALKS say how much a format, SEED what is drawn.
import process from "node:process";
import { FORMATS, type FormatName } from "../../src/formats.js";
import { SHAPES } from "../help/agreement.js";
import { SEED } from "../help/engine.js";
import { TREES, fixtureSet, mutated, nonsense, ownSet, type Verdicts } from "../help/hostile.js";
import { MARKING, markingWalks } from "../help/marking.js";
import { resizeFor } from "../help/resizing.js";
import { fixturesIn } from "../help/truth.js";
import { agreesFor } from "./model.js";

const amount = (name: string, usual: number): number => Number(process.env[name] ?? usual);
const OPERATIONS = amount("OPERATIONS", 10_000_000), SECONDS = amount("SECONDS", 10), WALKS = amount("WALKS", 1_000_000), pattern = process.argv[2] ?? "";

/** One of each class of formats that has large leaves, and of the run-time format. */
const RESIZED = [
  "x86-64", "x86-64-la57", "aarch64-4k", "aarch64-16k-contiguous", "riscv-sv48", "riscv-sv48-svnapot", "riscv-sv32", "vtd-second-stage-48", "amd-v1-4",
  "five levels of 3 bits, leaves on three",
];
const FIXTURES = "test/fixtures/truth";

const counts = (all: { [what: string]: number }): string => Object.entries(all).map(([what, count]) => `${count.toLocaleString("en-US")} ${what}`).join(", ");
const walked = (verdicts: Verdicts): string => `nothing read or written outside; ${counts(verdicts)}`;

/** A run answers what it did, or throws what is wrong. */
type Run = () => Promise<string>;
function rows(part: string, names: readonly string[], run: (name: string) => Promise<string>): [name: string, run: Run][] {
  return names.map((name) => [`${part}, ${name}`, () => run(name)]);
}
const RUNS: [name: string, run: Run][] = [
  ...rows("model", Object.keys(SHAPES), (name) => agreesFor(SHAPES[name]!, OPERATIONS)),
  ...rows("hitless", RESIZED, async (name) => `${counts({ ...await resizeFor(SHAPES[name]!, SECONDS) })}, 0 faults, 0 lost`),
  ...rows("nonsense", Object.keys(TREES), async (name) => walked(await nonsense(name, WALKS))),
  ...rows("flipped bits", fixturesIn(FIXTURES), async (name) => walked(await mutated(fixtureSet(FIXTURES, name), WALKS))),
  ...rows("flipped bits", Object.keys(FORMATS), async (name) => walked(await mutated(await ownSet(name as FormatName), WALKS))),
  ...rows("marking", Object.keys(MARKING), async (name) => `nothing read or written outside; ${counts({ marks: await markingWalks(name, WALKS) })}`),
];

Error.stackTraceLimit = 0; // many verbs are refused, and each refusal is an error
for (const [name, run] of RUNS.filter(([each]) => each.includes(pattern))) {
  const began = performance.now(), seconds = (): string => `${((performance.now() - began) / 1000).toFixed(1)} s, seed ${SEED}`;
  try { console.log(`ok   ${name}: ${await run()} (${seconds()})`); } catch (error) {
    console.log(`FAIL ${name} (${seconds()}): ${(error as Error).message}`);
    process.exit(1);
  }
}
