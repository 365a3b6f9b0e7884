// Readers and writers beside one who cuts and merges: what `large-leaves-are-hitless` and the long runs have real workers do.
import * as assert from "uvu/assert";
import type { FormatName, GenericFormat } from "../../src/formats.js";
import { Table } from "../../src/table.js";
import type { ResizingAnswer, ResizingJob } from "../stress/table-resizing.js";
import { WORDS_BYTES } from "../stress/table-rounds.js";
import { runCrew } from "./crew.js";
import { SEED, makeEngine } from "./engine.js";

const WORKERS = 3;

/** What all of them did. Whatever one of them finds wrong is an error; at the end every frame is back but the root. */
export async function resizeFor(format: FormatName | GenericFormat, seconds: number): Promise<ResizingAnswer> {
  const { engine, thread } = await makeEngine(), table = Table.create(thread, format), { free, retired } = engine.audit(thread.me);
  const words = new SharedArrayBuffer(WORDS_BYTES);
  const jobs = Array.from({ length: WORKERS }, (_, worker): ResizingJob =>
    ({ engine: engine.handle, table: table.handle, words, worker, workers: WORKERS, rounds: 0, seed: SEED, seconds }));
  const answers = await runCrew<ResizingJob, ResizingAnswer>("table-resizing", jobs, engine, seconds * 3 + 60);
  const all = (name: keyof ResizingAnswer): number => answers.reduce((sum, answer) => sum + answer[name], 0);
  const audit = engine.audit(thread.me);
  assert.ok(audit.clean && audit.directories === 1 && audit.free + audit.retired === free + retired, JSON.stringify(audit));
  const done = {
    rounds: answers[0]!.rounds, cuts: all("cuts"), merges: all("merges"), refused: all("refused"), reads: all("reads"), writes: all("writes"), takes: all("takes"),
  };
  assert.ok(done.cuts && done.merges && done.reads && done.writes && done.takes, JSON.stringify(done));
  return done;
}
