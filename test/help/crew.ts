// Workers for stress tests: one worker a job, each answers one message. Worker entries lie in test/stress/.
import { parentPort, workerData, Worker } from "node:worker_threads";
import type { Engine } from "../../src/engine.js";
import { describeThreads } from "./engine.js";

/** Runs a worker for each job; rejects with the first error, or, after `seconds`, with what each thread was doing. */
export async function runCrew<Job, Answer>(entry: string, jobs: Job[], engine: Engine, seconds: number): Promise<Answer[]> {
  const workers = jobs.map((job) => new Worker(`./build/test/stress/${entry}.js`, { workerData: job }));
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${entry}: not done after ${seconds} s\n${describeThreads(engine)}`)), seconds * 1000);
  });
  try {
    return await Promise.race([late, Promise.all(workers.map((worker) => new Promise<Answer>((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
      worker.once("exit", (code) => reject(new Error(`a worker of ${entry} ended with code ${code} and no answer`)));
    })))]);
  } finally {
    clearTimeout(timer);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** In a worker entry: does the job and answers. */
export function answer<Job, Answer>(work: (job: Job) => Answer): void {
  parentPort!.postMessage(work(workerData as Job));
}
