// H1, H2, H3: two threads that act for the CPU and two that act for the device share one address space and 32 device frames.
// They read, write, munmap, mprotect and migrate at random; no store is lost, no load is stale, no dirty bit goes, no right
// outlives its mprotect, and every frame is accounted for between rounds. STRESS_SECONDS=60 runs it longer.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Migrator } from "../src/migrate.js";
import { Mirror } from "../src/mirror.js";
import { Right, Space } from "../src/space.js";
import { Ledger, PAGES } from "../src/stress/ledger.js";
import type { FormatName } from "../src/formats.js";
import { runCrew } from "./help/crew.js";
import { SEED, makeEngine } from "./help/engine.js";
import type { OneSpaceAnswer, OneSpaceJob } from "./stress/one-space.js";

const SECONDS = Number(process.env["STRESS_SECONDS"] ?? 6);
const WRITERS = 4;
const VERBS = ["load", "store", "munmap and mmap", "mprotect", "migrate to device", "migrate to system", "evict"];
const one = suite("one space, two sides");

for (const format of ["x86-64", "riscv-sv48"] as FormatName[]) one(`CPU and device threads agree (device table ${format}, seed ${SEED})`, async () => {
  const { engine, thread } = await makeEngine({ systemFrames: 512, deviceFrames: 32, threads: WRITERS + 1 });
  const space = Space.create(thread), mirror = Mirror.create(space, new Migrator(thread), { place: () => "remote" }, format);
  const base = Number(space.mmap(PAGES * 4096, Right.READ | Right.WRITE)), ledger = new SharedArrayBuffer(Ledger.BYTES);
  const jobs = Array.from({ length: WRITERS }, (_, writer): OneSpaceJob => ({
    handle: engine.handle, space: space.handle, mirror: mirror.handle, ledger, writer, writers: WRITERS, seed: SEED, seconds: SECONDS, basePage: base / 4096,
  }));
  const answers = await runCrew<OneSpaceJob, OneSpaceAnswer>("one-space", jobs, engine, SECONDS * 3 + 60);
  assert.equal(answers.flatMap(({ violations }) => violations), [], `seed ${SEED}`);
  const done = (name: string): number => answers.reduce((sum, { operations }) => sum + (operations[name] ?? 0), 0);
  for (const name of VERBS) assert.ok(done(name) > 0, `${name} happened`);
  if (process.env["STRESS_SECONDS"]) console.log(format, answers[0]!.rounds, "rounds", Object.fromEntries(VERBS.map((name) => [name, done(name)])));
  mirror.destroy();
  space.destroy();
  assert.ok(engine.audit(thread.me).clean);
  assert.is(engine.audit(thread.me).directories, 0, "everything was given back");
});

one.run();
