// A thread of the pool: finds workloads by name, explores them on the subject that it was given.
import { parentPort, workerData } from "node:worker_threads";
import { baselineOf } from "./baselines.js";
import { kindOf } from "./explore.js";
import type { Subject } from "./instrument.js";
import { Machine } from "./machine.js";
import { tryMutant } from "./mutation.js";
import type { Done, PoolData, Task } from "./pool.js";
import { exploreTask } from "./task.js";
import type { Workload } from "./workload.js";
import { WORKLOADS } from "./workloads.js";

const subjects = new Map((workerData as PoolData).subjects), byName = new Map(WORKLOADS.map((workload) => [workload.name, workload]));
function staged(name: string): { workload: Workload; subject: Subject } {
  const workload = byName.get(name)!;
  return { workload, subject: subjects.get(kindOf(workload))! };
}

function answer(task: Task): Done {
  if ("mutant" in task) return { verdict: tryMutant(task.mutant, task.with, staged, task.limits) };
  const { workload, subject } = staged("explore" in task ? task.explore : task.baseline);
  if ("baseline" in task) return { baseline: baselineOf(workload, subject, task.states) };
  return { workload: exploreTask(new Machine(subject, workload), task.options) };
}
parentPort!.on("message", (task: Task) => {
  let done: Done;
  try { done = answer(task); }
  catch (error) { done = { error: { message: String((error as Error).message), code: (error as { code?: string }).code ?? "EIO" } }; }
  parentPort!.postMessage(done);
});
