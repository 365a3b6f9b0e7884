// A thread of the pool: finds workloads by name, explores them on the subject that it was given.
import { parentPort, workerData } from "node:worker_threads";
import { kindOf } from "./explore.js";
import type { Subject } from "./instrument.js";
import { Machine } from "./machine.js";
import { findSurvivors } from "./mutation.js";
import type { Done, PoolData, Task } from "./pool.js";
import { exploreTask } from "./task.js";
import type { Workload } from "./workload.js";
import { WORKLOADS } from "./workloads.js";

const subjects = new Map((workerData as PoolData).subjects), byName = new Map(WORKLOADS.map((workload) => [workload.name, workload]));
const subjectFor = (workload: Workload): Subject => subjects.get(kindOf(workload))!;

async function answer(task: Task): Promise<Done> {
  if ("explore" in task) {
    const workload = byName.get(task.explore)!;
    return { workload: exploreTask(new Machine(subjectFor(workload), workload), task.options) };
  }
  const workloads = task.workloads.map((name) => byName.get(name)!), all = subjectFor(workloads[0]!).mutants;
  let last = -1;
  const onProgress = ({ done, mutant }: { done: number; mutant?: unknown }): void => {
    if (done === last || !mutant) return;
    last = done;
    parentPort!.postMessage({ progress: "a mutant" } satisfies Done);
  };
  return { mutation: await findSurvivors(task.mutants.map((id) => all[id]!), workloads, subjectFor, { ...task.options, onProgress }) };
}
parentPort!.on("message", (task: Task) => {
  answer(task).catch((error: unknown): Done => ({ error: { message: String((error as Error).message), code: (error as { code?: string }).code ?? "EIO" } }))
    .then((done) => { parentPort!.postMessage(done); }, () => { /* posting cannot fail */ });
});
