// A run: scenes of some seconds each, one after the other, each with an arena of its own; in each, rounds with all workers. The
// first violation ends it.
import type { AuditResult, EngineHandle } from "../engine.js";
import { Status } from "../../assembly/layout/status.js";
import { Board } from "./board.js";
import { Crew, CrewError } from "./crew.js";
import { generator, seedOf } from "../generator.js";
import type { Operation, Verb } from "./history.js";
import { readLog } from "./log.js";
import { MIXES, type Mix } from "./plan.js";
import type { Scene } from "./scene.js";
import { SpaceScene } from "./space-scene.js";
import { TableScene } from "./table-scene.js";
import type { Violation } from "./violation.js";

export interface StressOptions {
  seconds: number; workers: number; mix: Mix; seed: number; kills: boolean;
  wasm: WebAssembly.Module;
  /** An arena that workers act on from now on. */
  onScene?: (engine: EngineHandle) => void;
  onProgress?: (result: StressResult) => void;
}
export interface StressResult {
  seconds: number; workers: number; mix: Mix; seed: number;
  operations: Partial<Record<Verb, number>>;
  perSecond: number;
  rounds: number;
  kills: number; buried: number;
  /** Burials that other workers did; the main thread did the rest. */
  buriedByWorkers: number;
  /** Calls that found no frame. */
  failedAllocations: number;
  /** Pages of a round whose history was too long to decide. */
  undecided: number;
  violations: (Violation & { mix: Mix; scene: number; round: number })[];
  /** The last audit of the run. */
  audit: AuditResult | undefined;
}

/** A scene lasts so long, at most; each mix has one scene in a short run. */
const SCENE_SECONDS = 4;
/** After each burial, and at least this often, every frame is counted. */
const AUDIT_ROUNDS = 4;
/** From one kill to the next, at most. */
const KILL_MS = 800;

/** Runs until the time is over or something is wrong. A hang throws `Hang`, with what each thread was doing. */
export async function stress(options: StressOptions): Promise<StressResult> {
  const { seconds, workers, mix, seed } = options, began = performance.now();
  const result: StressResult = {
    seconds: 0, workers, mix, seed, operations: {}, perSecond: 0, rounds: 0, kills: 0, buried: 0, buriedByWorkers: 0, failedAllocations: 0, undecided: 0,
    violations: [], audit: undefined,
  };
  const mixes = mix === "all" ? MIXES.filter((each) => each !== "all") : [mix], each = Math.min(SCENE_SECONDS, seconds / mixes.length);
  const sum = (): number => Object.values(result.operations).reduce((all, n) => all + n, 0);
  const measure = (): void => {
    result.seconds = (performance.now() - began) / 1000;
    result.perSecond = Math.round(sum() / result.seconds);
    result.seconds = Number(result.seconds.toFixed(3));
  };
  for (let scene = 0; scene === 0 || (performance.now() - began < seconds * 1000 && !result.violations.length); scene++) {
    const until = Math.min(began + seconds * 1000, performance.now() + each * 1000);
    await playScene(options, mixes[scene % mixes.length]!, scene, until, result, () => { measure(); options.onProgress?.(result); });
  }
  measure();
  return result;
}

async function playScene(options: StressOptions, mix: Mix, number: number, until: number, result: StressResult, progress: () => void): Promise<void> {
  const { wasm, workers, kills } = options, seed = seedOf(options.seed, number), board = Board.create(workers), random = generator(seedOf(seed, 2));
  const scene: Scene = mix === "space" ? await SpaceScene.create(wasm, board, seed, workers) : await TableScene.create(wasm, board, mix as "hot" | "wide", seed, workers);
  options.onScene?.(scene.engine.handle);
  const crew = new Crew(scene.thread, board, random, scene.mayWait, workers, (seat, generation) => ({
    engine: scene.engine.handle, board: board.buffer, seat, generation, workers, seed, scene: scene.jobScene,
  }));
  let round = 1, audited = 0, last: { operations: Operation[] } | undefined, nextKill = performance.now() + random(KILL_MS);
  const report = (violation: Violation | undefined): void => { if (violation) result.violations.push({ ...violation, mix, scene: number, round }); };
  const audit = (audited: { audit: AuditResult; violation: Violation | undefined }): void => {
    result.audit = audited.audit;
    report(audited.violation);
  };
  try {
    await crew.ready(true);
    for (; performance.now() < until && !result.violations.length; round++) {
      await crew.ready();
      report(scene.prepare(round, crew.allBuried));
      const playing = crew.play(round);
      if (kills && performance.now() > nextKill && crew.strike()) nextKill = performance.now() + random(KILL_MS);
      if (last) report(scene.check(last)); // while the workers play
      const seats = await playing;
      last = scene.collect(round, seats, (seat) => crew.died(seat));
      count(result, last.operations);
      if (crew.allBuried && (round % AUDIT_ROUNDS === 0 || crew.buried > audited)) {
        audit(scene.audit());
        audited = crew.buried;
      }
      result.rounds++;
      progress();
    }
    if (last) report(scene.check(last));
    await crew.end();
    if (!result.violations.length) audit(scene.audit());
    if (!result.violations.length) audit(scene.end());
  } catch (error) {
    if (!(error instanceof CrewError)) throw error;
    await crew.abandon();
    const operations = Array.from({ length: workers }, (_, seat) => seat).flatMap((seat) => readLog(board, seat, Infinity));
    const [own, others] = [operations.filter(({ thread }) => thread === error.seat), operations.filter(({ thread }) => thread !== error.seat)];
    report(scene.explain(error.message, [...others, ...own]));
  } finally {
    await crew.abandon();
    result.kills += crew.kills;
    result.buried += crew.buried;
    result.buriedByWorkers += crew.buriedByWorkers;
    result.undecided += scene.undecided;
    if (crew.evictions) result.operations.evict = (result.operations.evict ?? 0) + crew.evictions;
    progress();
  }
}

function count(result: StressResult, operations: readonly Operation[]): void {
  for (const { verb, status } of operations) {
    result.operations[verb] = (result.operations[verb] ?? 0) + 1;
    if (status === Status.NOMEM) result.failedAllocations++;
  }
}

