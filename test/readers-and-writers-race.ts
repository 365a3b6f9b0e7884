// R1, R2, R3, W1, W2, W3 and W4 with real workers on one table: two that run side by side, and four on whatever cores there
// are, so that each is interrupted in the middle of things. What each scenario does and checks is in its worker, test/stress/.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Arena, Slot, Staging } from "../assembly/layout/arena.js";
import type { Engine } from "../src/engine.js";
import type { Thread } from "../src/thread.js";
import type { FormatName } from "../src/formats.js";
import { Table } from "../src/table.js";
import { runCrew } from "./help/crew.js";
import { SEED, generator, makeEngine } from "./help/engine.js";
import type { DirectoriesJob } from "./stress/table-directories.js";
import type { EmptyingAnswer, EmptyingJob } from "./stress/table-emptying.js";
import type { FlowAnswer, FlowJob } from "./stress/table-flow.js";
import type { LedgerAnswer, LedgerJob } from "./stress/table-ledger.js";
import type { LookupsAnswer, LookupsJob } from "./stress/table-lookups.js";
import { WORDS_BYTES, type Job } from "./stress/table-rounds.js";
import type { SamePagesAnswer, SamePagesJob } from "./stress/table-same-pages.js";

/** A worker that does not answer in this time hangs; rounds are counted, so a slow machine only takes longer. */
const PATIENCE_SECONDS = 60;

interface Stage { engine: Engine; thread: Thread; table: Table; available: number; jobs: Job[] }

async function stage(format: FormatName, workers: number, rounds: number, wordsBytes = WORDS_BYTES): Promise<Stage> {
  const { engine, thread } = await makeEngine(), table = Table.create(thread, format), { free, retired } = engine.audit(thread.me);
  const all = { engine: engine.handle, table: table.handle, words: new SharedArrayBuffer(wordsBytes), workers, rounds, seed: SEED };
  const jobs = Array.from({ length: workers }, (_, worker): Job => ({ ...all, worker }));
  return { engine, thread, table, available: free + retired, jobs };
}

/** All is unmapped: nothing is left of the run but the root. */
function expectEmpty({ engine, thread, table, available }: Stage): void {
  const audit = engine.audit(thread.me);
  assert.ok(audit.clean, JSON.stringify(audit));
  assert.equal([audit.directories, audit.free + audit.retired], [1, available]);
  assert.equal(table.list(), []);
}
function sum<Answer>(answers: Answer[], what: (answer: Answer) => number): number { return answers.reduce((all, answer) => all + what(answer), 0); }

const suiteOfRaces = suite("readers and writers race");
let lost: string | undefined;
/** A scenario. When one has failed the others are not run: an engine that is broken hangs as likely as it answers wrongly. */
function race(name: string, play: () => Promise<void>): void {
  suiteOfRaces(name, async () => {
    if (lost) throw `not run, for "${lost}" failed`;
    try { await play(); } catch (error) { lost = name; throw error; }
  });
}

/** Uses up frames until only `left` are free: each page of another table far from the others takes three. */
function fillPool({ engine, thread }: Stage, left: number): Table {
  const ballast = Table.create(thread);
  const available = (): number => { const { free, retired } = engine.audit(thread.me); return free + retired; };
  for (let i = 0; available() >= left + 3; i++) ballast.map(i * 2 ** 27, 1);
  for (let i = 1; available() > left; i++) ballast.map(i * 512, 1);
  assert.is(available(), left);
  return ballast;
}

/** Frames beside the root: all that the table can need and more; or so few that directories are used again at once and ENOMEM is common. */
const LEDGERS: [FormatName, number, number, number, number][] = [
  ["x86-64", 1, 1, 60000, 200], ["riscv-sv48", 1, 3, 100000, 12], ["x86-64", 3, 1, 36000, 9],
];
for (const [format, owners, readers, rounds, left] of LEDGERS) {
  race(`R1, R2: ${readers} readers, ${owners} owners, ${left} frames (${format}, seed ${SEED})`, async () => {
    const scene = await stage(format, owners + readers, rounds), ballast = fillPool(scene, left);
    const jobs = scene.jobs.map((job, i): LedgerJob => ({ ...job, owners, role: i < owners ? "owner" : "reader" }));
    const answers = await runCrew<LedgerJob, LedgerAnswer>("table-ledger", jobs, scene.engine, PATIENCE_SECONDS);
    assert.ok(sum(answers, ({ mapped }) => mapped) > rounds, "owners mapped");
    assert.ok(sum(answers, ({ seen }) => seen) > 1000, "readers saw mappings");
    assert.ok(sum(answers, ({ missed }) => missed) > 1000, "and saw none");
    if (left < 20) assert.ok(sum(answers, ({ refused }) => refused) > 0, "the pool was used up now and then");
    ballast.destroy();
    expectEmpty(scene);
  });
}

for (const [format, workers, rounds] of [["x86-64", 2, 9000], ["riscv-sv48", 4, 2000]] as [FormatName, number, number][]) {
  race(`W1: ${workers} workers need the same directories (${format}, seed ${SEED})`, async () => {
    const scene = await stage(format, workers, rounds);
    const jobs = scene.jobs.map((job) => ({ ...job, available: scene.available }));
    const looked = await runCrew<DirectoriesJob, number>("table-directories", jobs, scene.engine, PATIENCE_SECONDS);
    for (const each of looked) assert.is(each, looked[0]);
    assert.ok(looked[0]! >= rounds * workers);
    expectEmpty(scene);
  });
}

for (const [format, workers, rounds] of [["riscv-sv48", 2, 3000], ["x86-64", 4, 800]] as [FormatName, number, number][]) {
  race(`W2, W3: ${workers} workers map, replace and unmap the same pages (${format}, seed ${SEED})`, async () => {
    const scene = await stage(format, workers, rounds);
    const jobs = scene.jobs.map((job) => ({ ...job, available: scene.available }));
    const answers = await runCrew<SamePagesJob, SamePagesAnswer>("table-same-pages", jobs, scene.engine, PATIENCE_SECONDS);
    assert.is(sum(answers, ({ won }) => won), sum(answers, ({ returned }) => returned), "what was mapped was returned");
    expectEmpty(scene);
  });
}

/** Short scripts in many regions; long ones in one leaf; long ones of workers that are interrupted. */
const EMPTYINGS: [FormatName, number, number, Pick<EmptyingJob, "steps" | "regions" | "anchored">][] = [
  ["x86-64", 2, 4000, { steps: 3, regions: 16, anchored: false }],
  ["riscv-sv48", 2, 40, { steps: 7000, regions: 1, anchored: true }],
  ["riscv-sv48", 4, 40, { steps: 1000, regions: 1, anchored: false }],
];
for (const [format, workers, rounds, shape] of EMPTYINGS) {
  const what = shape.anchored ? "a leaf" : "the directories";
  race(`W4: ${workers} workers empty ${what} that they fill, ${shape.steps} times in a script (${format}, seed ${SEED})`, async () => {
    const scene = await stage(format, workers, rounds);
    const jobs = scene.jobs.map((job) => ({ ...job, ...shape, available: scene.available }));
    const answers = await runCrew<EmptyingJob, EmptyingAnswer>("table-emptying", jobs, scene.engine, PATIENCE_SECONDS);
    assert.ok(sum(answers, ({ mapped }) => mapped) > rounds, "most rounds do something");
    assert.ok(sum(answers, ({ refused }) => refused) > 0, "a worker without frames is refused now and then");
    expectEmpty(scene);
  });
}

/** Every call marks its frame numbers in shared bytes. */
async function flow(
  format: FormatName, workers: number, rounds: number, left: number, part: (worker: number) => FlowJob["part"],
): Promise<(call: string) => number> {
  const scene = await stage(format, workers, rounds, WORDS_BYTES + workers * rounds * 48), ballast = fillPool(scene, left);
  const jobs = scene.jobs.map((job) => ({ ...job, part: part(job.worker) }));
  const answers = await runCrew<FlowJob, FlowAnswer>("table-flow", jobs, scene.engine, PATIENCE_SECONDS);
  assert.is(sum(answers, ({ mapped }) => mapped), sum(answers, ({ returned }) => returned), "what was mapped was returned");
  ballast.destroy();
  expectEmpty(scene);
  return (call) => sum(answers, ({ calls }) => calls[call] ?? 0);
}

for (const [format, workers, rounds, left] of [["riscv-sv48", 2, 400000, 200], ["x86-64", 4, 200000, 20]] as [FormatName, number, number, number][]) {
  race(`W2, W3: ${workers} workers do everything to the same pages, ${left} frames (${format}, seed ${SEED})`, async () => {
    const called = await flow(format, workers, rounds, left, () => "all");
    const all = ["map OK", "map EXIST", "replace OK", "mapRange OK", "mapRange EXIST", "mapBatch OK", "mapBatch EXIST"];
    for (const name of all) assert.ok(called(name) > 0, name);
  });
}

race(`M1, W4: a range is mapped while two workers empty its directories (seed ${SEED})`, async () => {
  const called = await flow("x86-64", 3, 240000, 60, (worker) => worker === 0 ? "map" : "unmap");
  assert.ok(called("mapRange OK") > 0);
});

race(`R3: three readers write nothing but their own slots and staging (seed ${SEED})`, async () => {
  const scene = await stage("x86-64", 3, 300), { engine, table } = scene, random = generator(SEED);
  const bases = [0, 2 ** 18, 2 ** 27, 2 ** 35], mapped = bases.flatMap((base) => Array.from({ length: 500 }, () => base + random(1500)));
  for (const page of mapped) if (table.lookup(page) === -1) table.map(page, random(2 ** 30), { accessed: true });
  for (const page of mapped.splice(0, 100)) table.unmap(page);
  const { arena } = engine.handle, length = engine.handle.memory.buffer.byteLength - arena;
  const before = engine.bytes(arena, length);
  const answers = await runCrew<LookupsJob, LookupsAnswer>("table-lookups", scene.jobs.map((job) => ({ ...job, mapped })), engine, PATIENCE_SECONDS);
  const after = engine.bytes(arena, length);
  for (const { index } of answers) for (const bytes of [before, after]) {
    const slot = Arena.SLOTS_AT + index * Slot.BYTES, staging = engine.u32(arena + slot + Slot.STAGING) - arena;
    bytes.fill(0, slot, slot + Slot.BYTES);
    bytes.fill(0, staging, staging + Staging.BYTES);
  }
  const at = before.findIndex((byte, i) => byte !== after[i]);
  assert.is(at, -1, `byte ${at} of the arena was ${before[at]} and is ${after[at]}`);
  assert.is(new Set(answers.map(({ index }) => index)).size, 3);
  assert.ok(sum(answers, ({ found }) => found) > 10000);
});

suiteOfRaces.run();
