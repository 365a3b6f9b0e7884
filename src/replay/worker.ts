// A worker of a replay: plays its processes batch by batch from the ring. When it has played, it waits until all have, since
// another worker may still evict its pages; then it reports.
import { parentPort, workerData } from "node:worker_threads";
import { Status } from "../../assembly/layout/status.js";
import { Ring } from "../../assembly/layout/trace.js";
import { Engine, address as unsigned, type EngineHandle } from "../engine.js";
import { PageMirrorError, type ErrorCode } from "../error.js";
import { Direction, Migrator } from "../migrate.js";
import { Thread } from "../thread.js";
import { ReplayProcess, WITNESS_BYTES, type ProcessReport } from "./process.js";
import { Lane, type LaneData } from "./timeline.js";
import type { Directions } from "./result.js";

export interface WorkerJob {
  handle: EngineHandle;
  ring: number;
  reader: number;
  processes: number[];
  seed: number;
  policy: "migrate" | "remote";
  verify: boolean;
  report: boolean;
  /** Where the pages on the device are counted, when there is a report. */
  resident: number;
}
/** Moves and evictions of one space's pages that a worker made, whosever space it is. */
export interface SpaceMoves extends Directions { space: number; evictions: number }
export interface WorkerReport { processes: ProcessReport[]; moves: SpaceMoves[]; lane: LaneData | undefined }
export type WorkerMessage =
  | { kind: "played" }
  | { kind: "report"; report: WorkerReport }
  | { kind: "failed"; code: ErrorCode | undefined; message: string; stack: string | undefined };

const port = parentPort!;
const job = workerData as WorkerJob;

try {
  const crew = play();
  port.once("message", () => { // all workers have played
    try { port.postMessage({ kind: "report", report: crew() } satisfies WorkerMessage); }
    catch (error) { fail(error); }
    finally { port.close(); }
  });
  port.postMessage({ kind: "played" } satisfies WorkerMessage);
} catch (error) { fail(error); }

/** Plays the whole trace; answers how to report on it. */
function play(): () => WorkerReport {
  const engine = Engine.attach(job.handle), thread = Thread.register(engine), lane = job.report ? new Lane() : undefined;
  const moves = new Map<number, SpaceMoves>();
  const movesOf = (space: number): SpaceMoves => {
    const found = moves.get(space) ?? { space, to_device: 0, to_system: 0, evictions: 0 };
    moves.set(space, found);
    return found;
  };
  const migrator = new Migrator(thread, {
    moved(space, page, direction) {
      const to = direction === Direction.TO_DEVICE ? "to_device" : "to_system";
      movesOf(space)[to]++;
      lane?.moved(page, to, engine.addU32(job.resident, direction === Direction.TO_DEVICE ? 1 : -1));
    },
    evicted(space) { movesOf(space).evictions++; },
  });
  const witness = job.verify ? unsigned(engine.wasm.workspaceTake(thread.me, WITNESS_BYTES)) : 0;
  const processes = job.processes.map((number) => new ReplayProcess(migrator, { ...job, number }, witness, lane));
  for (let batch = 0; ; batch++) {
    const status = thread.settle(() => engine.wasm.ringTake(thread.me, job.ring, job.reader), Infinity); // as long as the trace's writer takes
    if (status === Status.END) break;
    const at = thread.waitAddress, count = thread.count;
    for (const process of processes) process.play(at, count, batch * Ring.RECORDS);
    engine.wasm.ringDone(job.ring, job.reader);
  }
  return () => ({ processes: processes.map((process) => process.report()), moves: [...moves.values()], lane: lane?.data });
}

function fail(error: unknown): void {
  const known = error instanceof PageMirrorError;
  port.postMessage({ kind: "failed", code: known ? error.code : undefined, message: (error as Error).message, stack: (error as Error).stack } satisfies WorkerMessage);
  port.close();
}
