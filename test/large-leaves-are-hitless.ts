// Cutting and merging disturb nobody (R1, H3): real workers look up and write while another changes the sizes of the leaves under them.
// STRESS_SECONDS=10 runs it longer, and says what happened.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { FormatName } from "../src/formats.js";
import { Table } from "../src/table.js";
import { runCrew } from "./help/crew.js";
import { SEED, makeEngine } from "./help/engine.js";
import type { ResizingAnswer, ResizingJob } from "./stress/table-resizing.js";
import { WORDS_BYTES } from "./stress/table-rounds.js";

const SECONDS = Number(process.env["STRESS_SECONDS"] ?? 1), WORKERS = 3;
const hitless = suite("large leaves");

for (const format of ["x86-64", "riscv-sv48"] as FormatName[]) hitless(`cut and merged under readers and writers (${format}, seed ${SEED})`, async () => {
  const { engine, thread } = await makeEngine(), table = Table.create(thread, format), { free, retired } = engine.audit(thread.me);
  const words = new SharedArrayBuffer(WORDS_BYTES);
  const jobs = Array.from({ length: WORKERS }, (_, worker): ResizingJob =>
    ({ engine: engine.handle, table: table.handle, words, worker, workers: WORKERS, rounds: 0, seed: SEED, seconds: SECONDS }));
  const answers = await runCrew<ResizingJob, ResizingAnswer>("table-resizing", jobs, engine, SECONDS * 3 + 60);
  const all = (name: keyof ResizingAnswer): number => answers.reduce((sum, answer) => sum + answer[name], 0);
  assert.ok(all("cuts") && all("merges") && all("lookups") && all("walks"), JSON.stringify(answers));
  if (process.env["STRESS_SECONDS"]) console.log(format, JSON.stringify(answers));
  const audit = engine.audit(thread.me);
  assert.ok(audit.clean && audit.directories === 1 && audit.free + audit.retired === free + retired, JSON.stringify(audit));
});

hitless.run();
