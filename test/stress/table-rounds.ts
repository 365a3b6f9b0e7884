// What the workers of a table's stress share: how they begin, where they meet, what they say when something is wrong.
// Rounds go: all meet, all do, all meet, somebody looks while the others wait.
import type { EntryKind } from "../../assembly/layout/entry.js";
import { Status } from "../../assembly/layout/status.js";
import { Engine, type EngineHandle } from "../../src/engine.js";
import { Table, type TableHandle } from "../../src/table.js";
import { Thread } from "../../src/thread.js";
import { generator } from "../help/engine.js";

export interface Job {
  engine: EngineHandle; table: TableHandle;
  /** The meeting's words; what a scenario shares beside them begins at SHARED_AT. */
  words: SharedArrayBuffer;
  worker: number; workers: number; rounds: number; seed: number;
}

export const SHARED_AT = 64;
export const WORDS_BYTES = 65536;
const enum Meeting { ARRIVED = 0, PASSED = 1 }
/** How often a worker looks before it sleeps: others are late by less than this when each has a core. */
const LOOKS = 5000;
const PRESENT: EntryKind.PRESENT = 1;

export class Member {
  readonly thread: Thread;
  readonly table: Table;
  /** Seeded by the job and the worker: no two workers draw the same. */
  readonly random: (n: number) => number;
  readonly #meeting: Int32Array;
  round = 0;

  constructor(readonly job: Job) {
    this.thread = Thread.register(Engine.attach(job.engine));
    this.table = Table.attach(this.thread, job.table);
    this.random = generator(job.seed * 7919 + job.worker + 1);
    this.#meeting = new Int32Array(job.words, 0, 2);
  }

  /** Waits until all workers are here. */
  meet(): void {
    const passed = Atomics.load(this.#meeting, Meeting.PASSED);
    if (Atomics.add(this.#meeting, Meeting.ARRIVED, 1) + 1 === this.job.workers) {
      Atomics.store(this.#meeting, Meeting.ARRIVED, 0);
      Atomics.add(this.#meeting, Meeting.PASSED, 1);
      Atomics.notify(this.#meeting, Meeting.PASSED);
      return;
    }
    for (let looks = 0; looks < LOOKS; looks++) if (Atomics.load(this.#meeting, Meeting.PASSED) !== passed) return;
    while (Atomics.load(this.#meeting, Meeting.PASSED) === passed) Atomics.wait(this.#meeting, Meeting.PASSED, passed);
  }

  /** Lets some time go by: so many looks at a word. */
  linger(looks: number): void { for (let i = 0; i < looks; i++) Atomics.load(this.#meeting, Meeting.PASSED); }

  /** A generator that gives all workers the same numbers in the same round. */
  common(): (n: number) => number {
    const random = generator(this.job.seed * 104729 + this.round * 31 + 7);
    random(1); // its first number is close to the seed
    return random;
  }

  /** The verb's own status: an exception for each lost race would take longer than the race. */
  map(page: number, frame: number, replace = false): Status {
    return this.thread.engine.wasm.tableMap(this.thread.me, this.table.handle.table, page, frame, PRESENT, replace);
  }

  /** Maps what nobody else maps: it must succeed, if not at once. ENOMEM is allowed while others hold retired frames back, or reserves. */
  insist(map: () => Status): void {
    let status = map();
    while (status === Status.NOMEM) status = map();
    if (status !== Status.OK) this.fail(`an own page is not mapped: map answers ${Status[status]}`);
  }

  /** Worker 0, between two meetings, when all is unmapped: every directory is back but the root. */
  expectEmpty(available: number): void {
    const audit = this.thread.engine.audit(this.thread.me);
    if (!audit.clean || audit.directories !== 1 || audit.free + audit.retired !== available)
      this.fail(`all is unmapped, and ${available} frames were there: ${JSON.stringify(audit)}`);
  }

  fail(what: string): never {
    throw new Error(`violation: ${what} (worker ${this.job.worker}, round ${this.round}, SEED=${this.job.seed})`);
  }
}
