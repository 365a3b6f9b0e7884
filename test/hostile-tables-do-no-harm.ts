// Tables full of nonsense, and real ones with flipped bits: whatever they hold, a walk ends within the level count, reads items of supplied
// pages only and as they are there, and changes no byte but its own answer. `npm run long` walks a million times in each format.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Verdict } from "../assembly/layout/hardware.js";
import { FORMATS, type FormatName } from "../src/formats.js";
import { Machine } from "../src/machine.js";
import { SEED, makeEngine } from "./help/engine.js";
import { ROOT, TREES, fixtureSet, mutated, nonsense, ownSet, type Verdicts } from "./help/hostile.js";
import { fixturesIn } from "./help/truth.js";

const WALKS = 20_000, MUTATIONS = 5_000, FOLDER = "test/fixtures/truth", test = suite("hostile tables do no harm");

function expectVerdicts(seen: Verdicts, ...all: (keyof typeof Verdict)[]): void {
  for (const verdict of all) assert.ok(seen[verdict]! > 0, `no walk ends with ${verdict}`);
}
for (const [name, { vaBits }] of Object.entries(TREES)) test(`${name}: ${WALKS} walks (seed ${SEED})`, async () => {
  expectVerdicts(await nonsense(name, WALKS), "LEAF", "NOT_PRESENT", "ABSENT", ...vaBits < 64 ? ["NON_CANONICAL"] as const : []);
});
for (const name of fixturesIn(FOLDER)) test(`${name}: ${MUTATIONS} walks where bits are flipped (seed ${SEED})`, async () => {
  expectVerdicts(await mutated(fixtureSet(FOLDER, name), MUTATIONS), "LEAF", "NOT_PRESENT", "ABSENT");
});
for (const name of Object.keys(FORMATS) as FormatName[]) test(`${name}, as the engine builds it: ${MUTATIONS} walks where bits are flipped (seed ${SEED})`, async () => {
  expectVerdicts(await mutated(await ownSet(name), MUTATIONS), "LEAF", "NOT_PRESENT");
});

test("a root that is not aligned is refused", async () => {
  const { thread } = await makeEngine({ systemFrames: 64, threads: 1, workspaceBytes: Machine.bytes(16) }), machine = Machine.create(thread, 16);
  for (const tree of Object.values(TREES)) assert.is(machine.walk({ ...tree, root: ROOT + 8n }, 0n).verdict, Verdict.ROOT);
});
test.run();
