// A worker of `pagemirror stress`: plays the rounds that it is told to, and buries those who died. It may be terminated anywhere.
import { parentPort, workerData } from "node:worker_threads";
import { bury } from "../bury.js";
import { Engine, type EngineHandle } from "../engine.js";
import type { TableHandle } from "../table.js";
import { Thread } from "../thread.js";
import { Board } from "./board.js";
import { generator, seedOf } from "../generator.js";
import { Log } from "./log.js";
import { planOf, spacePlanOf, type TableMix } from "./plan.js";
import { SpaceActor, type SpaceScene } from "./space-actor.js";
import { TableActor } from "./table-actor.js";

export interface WorkerJob {
  engine: EngineHandle; board: Board["buffer"];
  seat: number;
  /** How many sat there before. */
  generation: number;
  workers: number;
  seed: number;
  scene: { kind: "tables"; mix: TableMix; tables: TableHandle[] } | { kind: "space" } & SpaceScene;
}
/** What a worker noticed in a round, beside what is in its log. */
export interface Noticed { violations: string[]; evictions: number }
export type WorkerMessage = { kind: "ready" } | { kind: "arrived" } & Noticed | { kind: "failed"; message: string };

/** How long a worker waits for the others to begin the same stretch. */
const MEET_LOOKS = 2000;
/** Items that a record may need: a log that has no room for so many ends the round early. */
const ITEMS_MAX = 256;

const job = workerData as WorkerJob, port = parentPort!;
const board = new Board(job.board), thread = Thread.register(Engine.attach(job.engine)), log = new Log(board, job.seat);
const say = (message: WorkerMessage): void => port.postMessage(message);

try {
  const play = job.scene.kind === "tables" ? onTables(job.scene) : inSpace(job.scene);
  let played = board.round(job.seat);
  board.setSlot(job.seat, thread.index);
  say({ kind: "ready" });
  while (!board.stopped) {
    const rung = board.rung, round = board.round(job.seat);
    buryOthers();
    if (round !== played) {
      log.rewind();
      say({ kind: "arrived", ...play(round) });
      played = round;
    } else board.waitForBell(rung);
  }
  thread.unregister();
} catch (error) { say({ kind: "failed", message: (error as Error).stack ?? String(error) }); }

/** Between two operations, or while waiting for a round. */
function buryOthers(): void {
  if (board.burialsWanted <= 0) return;
  for (let seat = 0; seat < job.workers; seat++) {
    if (seat === job.seat || !board.takeBurial(seat, job.seat)) continue;
    bury(thread, board.slot(seat));
    board.burialDone(seat);
  }
}

function onTables({ mix, tables }: { mix: TableMix; tables: TableHandle[] }): (round: number) => Noticed {
  const actor = new TableActor(thread, tables, board, log);
  return (round) => {
    const plan = planOf(mix, job.seed, round, job.workers), random = generator(seedOf(job.seed, round, job.seat, job.generation));
    for (const [number, stretch] of plan.entries()) {
      board.meet(job.seat, job.workers, round * plan.length + number, MEET_LOOKS);
      for (let i = 0; i < stretch.operations && log.hasRoom(ITEMS_MAX); i++) {
        actor.operate(stretch, random);
        buryOthers();
      }
    }
    return { violations: [], evictions: 0 };
  };
}

function inSpace(scene: SpaceScene): (round: number) => Noticed {
  const actor = new SpaceActor(thread, scene, job.seat, seedOf(job.seed, job.generation), { begin: (call) => log.begin(call), end: (status, value) => log.end(status, value) });
  let isFirst = true, evicted = 0;
  return (round) => {
    if (isFirst) actor.takeOver(); // in a round: between them nobody may act
    isFirst = false;
    const plan = spacePlanOf(job.seed, round);
    for (const [number, range] of plan.entries()) {
      board.meet(job.seat, job.workers, round * plan.length + number, MEET_LOOKS);
      for (let i = 0; i < range.operations && !actor.isDone && log.hasRoom(ITEMS_MAX); i++) {
        actor.operate(range);
        buryOthers();
      }
    }
    const lost = thread.lostWakeUps ? [`thread ${job.seat}: ${thread.lostWakeUps} wake-ups lost`] : [];
    const evictions = (actor.operations.evict ?? 0) - evicted;
    evicted += evictions;
    return { violations: [...actor.violations, ...lost], evictions };
  };
}
