// H3 for mmap against munmap: workers map memory wherever there is room, often where another is just unmapping. What mmap gives is
// zero, and what is stored there stays.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Space } from "../src/space.js";
import { runCrew } from "./help/crew.js";
import { SEED, makeEngine } from "./help/engine.js";
import type { FreshMemoryAnswer, FreshMemoryJob } from "./stress/fresh-memory.js";

const WORKERS = 3;
const fresh = suite("fresh memory");

fresh(`mmap and munmap race for the same gaps (seed ${SEED})`, async () => {
  const { engine, thread } = await makeEngine({ systemFrames: 1024, threads: WORKERS + 1 });
  const space = Space.create(thread);
  const jobs = Array.from({ length: WORKERS }, (_, worker): FreshMemoryJob => ({ handle: engine.handle, space: space.handle, worker, seed: SEED, rounds: 4000 }));
  const answers = await runCrew<FreshMemoryJob, FreshMemoryAnswer>("fresh-memory", jobs, engine, 90);
  assert.equal(answers.flatMap(({ violations }) => violations), [], `seed ${SEED}`);
  space.destroy();
  const audit = engine.audit(thread.me);
  assert.ok(audit.clean && audit.pages === 0 && audit.records === 0, JSON.stringify(audit));
});

fresh.run();
