// Explores many workloads on worker threads. The subject is instrumented once, here; a worker gets the compiled module and the names
// of workloads, one at a time.
import { Worker } from "node:worker_threads";
import { PageMirrorError } from "../error.js";
import type { ExploreOptions } from "./explore.js";
import type { Subject } from "./instrument.js";
import type { Mutant } from "./mutants.js";
import type { Attempts, Baseline } from "./baselines.js";
import type { MutationLimits, Verdict } from "./mutation.js";
import type { WorkloadResult } from "./task.js";

/**
 * What a worker is asked: to explore a workload by its name; to do so without a mutant, unless it has more states than that; or to try a
 * mutant with some workloads.
 */
export type Task = { explore: string; options: ExploreOptions } | { baseline: string; states: number } | { mutant: Mutant; with: Attempts; limits: MutationLimits };
export type Done = { workload: WorkloadResult } | { baseline: Baseline | undefined } | { verdict: Verdict } | { error: { message: string; code: string } };
export interface PoolData { subjects: [kind: string, subject: Subject][] }

export interface PoolOptions {
  workers: number;
  /** Called as results come, in whatever order. */
  onDone(done: Exclude<Done, { error: unknown }>): void;
}

/** Runs the tasks; rejects with the first error, all workers ended. */
export async function runTasks(tasks: Task[], subjects: PoolData["subjects"], { workers: count, onDone }: PoolOptions): Promise<void> {
  const waiting = [...tasks], workers: Worker[] = [];
  const live = (worker: Worker): Promise<void> => new Promise((resolve, reject) => {
    const next = (): void => {
      const task = waiting.shift();
      if (task) worker.postMessage(task);
      else resolve();
    };
    worker.on("message", (done: Done) => {
      if ("error" in done) { reject(new PageMirrorError(done.error.code as PageMirrorError["code"], done.error.message)); return; }
      onDone(done);
      next();
    });
    worker.once("error", reject);
    worker.once("exit", (code) => { reject(new PageMirrorError("EIO", `an exploring thread ended with code ${code}`)); });
    next();
  });
  try {
    for (let i = 0; i < Math.min(count, tasks.length); i++)
      workers.push(new Worker(new URL("./explore-worker.js", import.meta.url), { workerData: { subjects } satisfies PoolData }));
    await Promise.all(workers.map(live));
  } finally { await Promise.all(workers.map((worker) => worker.terminate())); }
}
