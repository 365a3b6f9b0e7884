// Two threads on one table of ours: how much faster than one. native/two.h is its twin.
import { Worker } from "node:worker_threads";
import type { EngineHandle, TableHandle } from "../src/index.js";
import { Workload, wallNs, shuffled, sumOf, type Batches, type Case, type Sample, type WorkloadOptions } from "./workload.js";

type Ours = Workload<number, Float64Array>;
export interface Shared { engine: EngineHandle; table: TableHandle; options: WorkloadOptions }

/** What the threads tell each other: the number of the round that was announced, is ready, may go, is done, is summed up; its case, count, seed; the sum. */
enum Word { ANNOUNCED = 0, READY = 1, GO = 2, DONE = 3, SUMMED = 4, CASE = 5, COUNT = 6, SEED = 7, SUM = 8, WORDS = 9 }
const CASES: readonly Case[] = ["two-disjoint", "two-same"];

/** What one thread does in a round, once or twice. */
class Half {
  readonly #pages: Float64Array;
  constructor(readonly workload: Ours, half: number) {
    const { first, pages, seed } = workload.options;
    this.#pages = shuffled(first + half * (pages / 2), pages / 2, 1, seed);
  }
  /** Answers the work, which answers how many pages it passed through; and the sum of what it saw. */
  job(name: Case, count: number, seed: number): { pages: number; run: () => void; sum: () => number } {
    const { workload } = this, isDisjoint = name === "two-disjoint";
    const batches: Batches<Float64Array> = workload.batches(isDisjoint ? this.#pages : workload.drawn(count, seed));
    if (!isDisjoint) return { pages: count, run: () => workload.lookups(batches), sum: () => sumOf(batches.found) };
    const order = workload.order(this.#pages);
    let unmapped = 0;
    const run = (): void => {
      workload.maps(order);
      workload.lookups(batches);
      unmapped = (unmapped + workload.unmaps(order)) | 0;
    };
    return { pages: this.#pages.length, run, sum: () => (unmapped + sumOf(batches.found)) | 0 };
  }
}

/** The first thread. */
export class Two {
  readonly #half: Half;
  private constructor(readonly workload: Ours, readonly words: Int32Array) { this.#half = new Half(workload, 0); }

  static async start(workload: Ours, shared: Shared): Promise<Two> {
    const words = new Int32Array(new SharedArrayBuffer(4 * Word.WORDS));
    const worker = new Worker(new URL("./second.js", import.meta.url), { workerData: { ...shared, words } });
    worker.unref();
    await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
    return new Two(workload, words);
  }

  play(name: Case, count: number, seed: number): Sample {
    const { words, workload } = this, round = words[Word.ANNOUNCED]! + 1;
    if (name === "two-disjoint") workload.beEmpty();
    else workload.beFull();
    const { pages, run, sum } = this.#half.job(name, count, seed);
    let begin = wallNs();
    run();
    const alone = (wallNs() - begin) / pages;

    [words[Word.CASE], words[Word.COUNT], words[Word.SEED]] = [CASES.indexOf(name), count, seed];
    Atomics.store(words, Word.ANNOUNCED, round);
    Atomics.notify(words, Word.ANNOUNCED);
    meet(words, Word.READY, round);
    begin = wallNs();
    Atomics.store(words, Word.GO, round);
    run();
    meet(words, Word.DONE, round);
    const ns = (wallNs() - begin) / (2 * pages);
    meet(words, Word.SUMMED, round);
    return { ns, check: (sum() + Atomics.load(words, Word.SUM)) >>> 0, alone };
  }
}

/** Waits on the processor: a sleep would be measured too. */
function meet(words: Int32Array, word: Word, round: number): void {
  while (Atomics.load(words, word) !== round) { /* the other thread is on its way */ }
}

/** The second thread: plays the rounds that are announced, for ever. */
export function playSecond(words: Int32Array, workload: Ours): never {
  const half = new Half(workload, 1);
  for (let round = 1; ; round++) {
    Atomics.wait(words, Word.ANNOUNCED, round - 1);
    const { run, sum } = half.job(CASES[words[Word.CASE]!]!, words[Word.COUNT]!, words[Word.SEED]!);
    Atomics.store(words, Word.READY, round);
    meet(words, Word.GO, round);
    run();
    Atomics.store(words, Word.DONE, round);
    Atomics.store(words, Word.SUM, sum());
    Atomics.store(words, Word.SUMMED, round);
  }
}
