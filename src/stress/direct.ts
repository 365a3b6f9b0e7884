// Starts a run's director and listens to it. Nothing here ever waits inside a verb: when no news come, the run hangs.
import { Worker } from "node:worker_threads";
import { Engine, type EngineHandle } from "../engine.js";
import { PageMirrorError } from "../error.js";
import { describeThreads } from "./describe.js";
import type { DirectorJob, DirectorMessage } from "./director.js";
import type { StressResult } from "./stress.js";

const DIRECTOR = new URL("./stress-director.js", import.meta.url);
/** News come with each round, and rounds take milliseconds. */
const PATIENCE_MS = 60_000;

/** Nothing moves any more; the message says what each thread was doing. */
export class Hang extends Error { }

/** Runs to the end, or to a hang: then threads are left that do not end by themselves. */
export async function direct(job: DirectorJob, onProgress: (result: StressResult) => void): Promise<StressResult> {
  const worker = new Worker(DIRECTOR, { workerData: job });
  let timer: NodeJS.Timeout | undefined, scene: EngineHandle | undefined;
  try {
    return await new Promise<StressResult>((resolve, reject) => {
      const hang = (): void => reject(new Hang(`nothing has moved for ${PATIENCE_MS / 1000} s${scene ? `\n${describeThreads(Engine.attach(scene))}` : ""}`));
      timer = setTimeout(hang, PATIENCE_MS);
      worker.on("message", (message: DirectorMessage) => {
        timer!.refresh();
        if (message.kind === "scene") scene = message.engine;
        else if (message.kind === "progress") onProgress(message.result);
        else if (message.kind === "result") resolve(message.result);
        else reject(message.code ? new PageMirrorError(message.code, message.message) : Object.assign(new Error(message.message), { stack: message.stack }));
      });
      worker.on("error", reject);
      worker.on("exit", (code) => reject(new Error(`the director ended with code ${code} and no result`)));
    });
  } finally { clearTimeout(timer); }
}
