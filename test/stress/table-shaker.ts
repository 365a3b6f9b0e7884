// Dumps beside changes: shakers fill, empty, cut and merge around pages that stay mapped; a reader takes dumps, statistics and checkpoints
// meanwhile.
// What stands all the while must be in each, once, and whatever else is in one must be an entry that somebody made.
import { dump, type DirectoryDump } from "../../src/dump.js";
import { Engine, type EngineHandle } from "../../src/engine.js";
import { isRun, type Run } from "../../src/runs.js";
import { statistics } from "../../src/statistics.js";
import { checkpointTable, restoreTable } from "../../src/table-checkpoint.js";
import { Thread } from "../../src/thread.js";
import { answer } from "../help/crew.js";
import { outcome } from "../help/model.js";
import { LARGE, LARGE_PAGES, LEAVES, STANDING, frameOf } from "../help/standing.js";
import { Member, SHARED_AT, type Job } from "./table-rounds.js";

export interface ShakerJob extends Job { role: "reader" | "shaker"; copies: EngineHandle }
export interface ShakerAnswer { dumps: number; others: number; large: number }

/** Leaves that come and go. */
const FLEETING = [2 ** 19, 2 ** 28, 2 ** 33];
/** So many changes are made at least while a reader reads, however the threads come to run. */
const CHANGES = 1000;

const runsIn = (directory: DirectoryDump): Run[] => directory.items.flatMap((item) => isRun(item) ? [item] : runsIn(item));

class Actor extends Member {
  /** How many readers run, and how many changes were made. */
  readonly #shared: Int32Array;
  /** Another arena, for the tables that are restored. */
  readonly #copies: Thread;
  readonly tally: ShakerAnswer = { dumps: 0, others: 0, large: 0 };
  constructor(job: ShakerJob) {
    super(job);
    this.#copies = Thread.register(Engine.attach(job.copies));
    this.#shared = new Int32Array(job.words, SHARED_AT, 2);
    if (job.role === "reader") Atomics.add(this.#shared, 0, 1);
  }
  get readersRun(): boolean { return Atomics.load(this.#shared, 0) > 0; }
  get hasSeenEnough(): boolean { return Atomics.load(this.#shared, 1) >= CHANGES; }
  finish(): void { Atomics.sub(this.#shared, 0, 1); }

  shake(): void {
    const leaf = [...LEAVES, ...FLEETING][this.random(LEAVES.length + FLEETING.length)]!, isMap = this.random(2) === 0;
    for (let i = 20; i < 26; i++) if (isMap) this.map(leaf + i, frameOf(leaf + i)); else this.table.unmap(leaf + i);
    const change = this.random(2) ? () => { this.table.cut(LARGE + this.random(LARGE_PAGES), 1); } : () => { this.table.merge(LARGE, LARGE_PAGES); };
    const status = outcome(change); // ENOMEM: the reader's pin holds frames back
    if (!["OK", "EAGAIN", "ENOMEM"].includes(status)) throw new Error(`cut or merge: ${status}`);
    Atomics.add(this.#shared, 1, 1);
  }
  read(): void {
    const tree = dump(this.table), counted = statistics(this.table);
    this.check(runsIn(tree.root), "a dump");
    const copy = restoreTable(this.#copies, checkpointTable(this.table));
    this.check(runsIn(dump(copy).root), "a checkpoint");
    copy.destroy();
    const standing = LEAVES.length * STANDING.length + LARGE_PAGES;
    if (counted.pages < standing || counted.levels.length !== 4 || counted.leaves > counted.pages) throw new Error(`statistics: ${JSON.stringify(counted)}`);
    this.tally.dumps++;
  }
  /** Rising, each page once, each on its frame; and what stands is there. */
  check(runs: Run[], what: string): void {
    const refuse = (run: Run): never => { throw new Error(`${what} of seed ${this.job.seed}: ${JSON.stringify(run)}`); };
    const seen = new Set<number>();
    let end = 0;
    for (const run of runs) {
      if (run.page < end || run.frame !== frameOf(run.page)) refuse(run);
      end = run.page + run.count * run.pages;
      for (let page = run.page; page < end; page++) seen.add(page);
      if (run.pages > 1) this.tally.large++;
    }
    for (const leaf of LEAVES) for (const each of STANDING) if (!seen.delete(leaf + each)) throw new Error(`${what}: page ${leaf + each} is missing`);
    for (let i = 0; i < LARGE_PAGES; i++) if (!seen.delete(LARGE + i)) throw new Error(`${what}: page ${LARGE + i} is missing`);
    this.tally.others += seen.size;
  }
}

answer((job: ShakerJob): ShakerAnswer => {
  const actor = new Actor(job);
  actor.meet();
  if (job.role === "shaker") while (actor.readersRun) actor.shake();
  else try { while (actor.tally.dumps < job.rounds || !actor.hasSeenEnough) actor.read(); } finally { actor.finish(); }
  actor.thread.unregister();
  return actor.tally;
});
