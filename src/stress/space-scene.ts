// The address space of a run, as the main thread sees it between rounds. What loads may see is checked by the workers, against
// the ledger; here every frame is accounted for, and no dirty bit may be lost.
import { Engine } from "../engine.js";
import { Migrator } from "../migrate.js";
import { Mirror } from "../mirror.js";
import { Right, Space } from "../space.js";
import { Thread } from "../thread.js";
import type { Board } from "./board.js";
import { generator, seedOf } from "../generator.js";
import type { Operation } from "./history.js";
import { Ledger, PAGES } from "./ledger.js";
import { readLog } from "./log.js";
import type { Audited, Scene } from "./scene.js";
import { SpaceActor, type SpaceScene as Shared } from "./space-actor.js";
import { plainHistory, type Violation } from "./violation.js";
import type { WorkerJob } from "./worker.js";

/** Fewer device frames than pages, if not always: evictions are common. */
const DEVICE_FRAMES = [4, 16, 32, 64];
const SYSTEM_FRAMES = 512;
/** Each worker, and its successors, take a piece that is never given back. */
const WORKSPACE_BYTES = 64 << 20;

export class SpaceScene implements Scene {
  readonly mayWait = true;
  readonly undecided = 0;
  readonly #space: Space;
  readonly #mirror: Mirror;
  readonly #shared: Shared;
  readonly #actor: SpaceActor;

  private constructor(readonly engine: Engine, readonly thread: Thread, readonly board: Board, seed: number, workers: number) {
    this.#space = Space.create(thread);
    this.#mirror = Mirror.create(this.#space, new Migrator(thread), { place: () => "remote" }, seed % 2 ? "riscv-sv48" : "x86-64");
    const base = Number(this.#space.mmap(PAGES * 4096, Right.READ | Right.WRITE));
    this.#shared = { space: this.#space.handle, mirror: this.#mirror.handle, ledger: Ledger.create(), writers: workers, basePage: base / 4096 };
    this.#actor = new SpaceActor(thread, this.#shared, workers, seed);
  }
  static async create(wasm: WebAssembly.Module, board: Board, seed: number, workers: number): Promise<SpaceScene> {
    const deviceFrames = DEVICE_FRAMES[generator(seedOf(seed, 5))(DEVICE_FRAMES.length)]!;
    const engine = await Engine.create({ wasm, systemFrames: SYSTEM_FRAMES, deviceFrames, threads: workers + 1, workspaceBytes: WORKSPACE_BYTES });
    return new SpaceScene(engine, Thread.register(engine), board, seed, workers);
  }

  get jobScene(): WorkerJob["scene"] { return { kind: "space", ...this.#shared }; }
  prepare(): undefined { return undefined; }
  collect(_: number, seats: readonly number[], died: (seat: number) => number): { operations: Operation[] } {
    return { operations: seats.flatMap((seat) => readLog(this.board, seat, died(seat))) };
  }
  check(): undefined { return undefined; }

  audit(): Audited {
    this.#actor.lookAround();
    const [message] = this.#actor.violations;
    return { audit: this.thread.audit(), violation: message === undefined ? undefined : { message } };
  }
  end(): Audited {
    this.#mirror.destroy();
    this.#space.destroy();
    const audit = this.thread.audit(), isEmpty = audit.directories === 0 && audit.pages === 0 && audit.records === 0;
    return { audit, violation: audit.clean && isEmpty ? undefined : { message: `the space is destroyed, and not all came back: ${JSON.stringify(audit)}` } };
  }

  explain(message: string, operations: readonly Operation[]): Violation {
    const named = /page (\d+)/.exec(message), page = Number(named?.[1] ?? operations.at(-1)?.page ?? 0);
    return { message, history: plainHistory("space", page, operations.filter((each) => each.page <= page && page < each.page + each.count)) };
  }
}
