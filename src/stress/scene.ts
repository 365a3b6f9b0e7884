// What the workers of a run act on, as the main thread prepares, collects and checks it, round by round.
import type { AuditResult, Engine } from "../engine.js";
import type { Thread } from "../thread.js";
import type { Operation } from "./history.js";
import type { Violation } from "./violation.js";
import type { WorkerJob } from "./worker.js";

export interface Audited { audit: AuditResult; violation: Violation | undefined }

export interface Scene {
  readonly engine: Engine;
  /** The main thread's. */
  readonly thread: Thread;
  /** Verbs wait for other threads: one that died must be buried before the next dies. */
  readonly mayWait: boolean;
  readonly jobScene: WorkerJob["scene"];
  /** Pages whose history was too long to decide. */
  readonly undecided: number;
  /** Before a round, while nobody acts. */
  prepare(round: number, allBuried: boolean): Violation | undefined;
  /** After a round, while nobody acts: takes from the logs and the tables what `check` needs. */
  collect(round: number, seats: readonly number[], died: (seat: number) => number): { operations: Operation[] };
  /** May run while the next round does. */
  check(round: { operations: Operation[] }): Violation | undefined;
  /** While nobody acts and nobody is dead and not buried. */
  audit(): Audited;
  /** At the end, when no worker is left. */
  end(): Audited;
  /** What to tell about a page when a worker itself has seen that something is wrong. */
  explain(message: string, operations: readonly Operation[]): Violation;
}
