// The thread that directs a run: it sends workers into rounds, kills, buries and checks, and tells the command's own thread how
// far it is. It may wait inside a verb, as when it buries; so it has a thread of its own, and the command's can tell a hang.
import { parentPort, workerData } from "node:worker_threads";
import type { EngineHandle } from "../engine.js";
import { PageMirrorError, type ErrorCode } from "../error.js";
import { stress, type StressOptions, type StressResult } from "./stress.js";

export type DirectorJob = Omit<StressOptions, "onScene" | "onProgress">;
export type DirectorMessage =
  | { kind: "scene"; engine: EngineHandle }
  | { kind: "progress"; result: StressResult }
  | { kind: "result"; result: StressResult }
  | { kind: "failed"; code: ErrorCode | undefined; message: string; stack: string | undefined };

/** News are sent this often, at most. */
const PROGRESS_MS = 200;

const port = parentPort!, say = (message: DirectorMessage): void => port.postMessage(message);
let said = 0;
try {
  const result = await stress({
    ...workerData as DirectorJob,
    onScene: (engine) => say({ kind: "scene", engine }),
    onProgress(news) {
      if (performance.now() - said < PROGRESS_MS) return;
      said = performance.now();
      say({ kind: "progress", result: news });
    },
  });
  say({ kind: "result", result });
} catch (error) {
  const { message, stack } = error as Error;
  say({ kind: "failed", code: error instanceof PageMirrorError ? error.code : undefined, message, stack });
}
