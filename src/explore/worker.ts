// A thread of the pool: finds workloads by name, explores them on the subject that it was given.
import { parentPort, workerData } from "node:worker_threads";
import { kindOf } from "./explore.js";
import type { Subject } from "./instrument.js";
import { Machine } from "./machine.js";
import { baselinesOf, findSurvivors, type Baseline } from "./mutation.js";
import type { Done, PoolData, Task } from "./pool.js";
import { exploreTask } from "./task.js";
import type { Workload } from "./workload.js";
import { WORKLOADS } from "./workloads.js";

const subjects = new Map((workerData as PoolData).subjects), byName = new Map(WORKLOADS.map((workload) => [workload.name, workload]));
const subjectFor = (workload: Workload): Subject => subjects.get(kindOf(workload))!;

/** The same for all tasks. */
let baselines: Promise<Baseline[]> | undefined;

async function answer(task: Task): Promise<Done> {
  if ("explore" in task) {
    const workload = byName.get(task.explore)!;
    return { workload: exploreTask(new Machine(subjectFor(workload), workload), task.options) };
  }
  baselines ??= baselinesOf(task.workloads.map((name) => byName.get(name)!), subjectFor, task.states);
  const known = await baselines, all = known[0]!.subject.mutants;
  const onProgress = (): void => { parentPort!.postMessage({ progress: "a mutant" } satisfies Done); };
  return { mutation: findSurvivors(task.mutants.map((id) => all[id]!), known, { ...task.options, onProgress }) };
}
parentPort!.on("message", (task: Task) => {
  answer(task).catch((error: unknown): Done => ({ error: { message: String((error as Error).message), code: (error as { code?: string }).code ?? "EIO" } }))
    .then((done) => { parentPort!.postMessage(done); }, () => { /* posting cannot fail */ });
});
