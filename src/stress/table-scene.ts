// The tables of a run, as the main thread sees them between rounds: what is mapped, what the logs say, whether that fits.
import { Entry } from "../../assembly/layout/entry.js";
import { Engine, type AuditResult } from "../engine.js";
import { Table, type Mapping } from "../table.js";
import { Thread } from "../thread.js";
import { readLog } from "./log.js";
import type { Board } from "./board.js";
import { generator, seedOf } from "./generator.js";
import { stepsOf, wordOf, type Operation, type Step, type Word } from "./history.js";
import { isLinearizable } from "./linear.js";
import { ROUNDS_A_WINDOW, SHAPES, planOf, shapeName, type Plan, type TableMix } from "./plan.js";
import type { Audited, Scene } from "./scene.js";
import { pageHistory, plainHistory, type Violation } from "./violation.js";
import type { WorkerJob } from "./worker.js";

/** Frames beside the roots: all that is needed and more, or so few that directories are used again at once and ENOMEM is common. */
const FRAMES_LEFT = [8, 14, 30, 200];
const SYSTEM_FRAMES = 256;
const FLAG_BITS = { write: Entry.WRITE, execute: Entry.EXECUTE, user: Entry.USER, accessed: Entry.ACCESSED, dirty: Entry.DIRTY } as const;
/** A stamp after all others of a round. */
const AFTERWARDS = 2 ** 40;

interface Round { plan: Plan; operations: Operation[]; initial: Map<number, Word>; final: Map<number, Word> }

export class TableScene implements Scene {
  readonly mayWait = false;
  undecided = 0;
  readonly #tables: Table[];
  readonly #ballast: Table;
  readonly #available: number;
  #known = new Map<number, Word>();

  private constructor(readonly engine: Engine, readonly thread: Thread, readonly board: Board, readonly mix: TableMix, readonly seed: number, readonly workers: number) {
    this.#available = available(thread.audit());
    this.#tables = SHAPES.map((shape) => Table.create(thread, shape));
    this.#ballast = Table.create(thread);
    const left = FRAMES_LEFT[generator(seedOf(seed, 1))(FRAMES_LEFT.length)]!;
    for (let i = 0; available(thread.audit()) > left + 3; i++) this.#ballast.map(i * 2 ** 27, 1); // each takes three directories
  }
  static async create(wasm: WebAssembly.Module, board: Board, mix: TableMix, seed: number, workers: number): Promise<TableScene> {
    const engine = await Engine.create({ wasm, systemFrames: SYSTEM_FRAMES, threads: workers + 1, tables: SHAPES.length + 1 });
    return new TableScene(engine, Thread.register(engine), board, mix, seed, workers);
  }

  get jobScene(): WorkerJob["scene"] { return { kind: "tables", mix: this.mix, tables: this.#tables.map(({ handle }) => handle) }; }

  /** A new window begins with nothing mapped: what was mapped is unmapped here, and was what the rounds left. */
  prepare(round: number, allBuried: boolean): Violation | undefined {
    if (round % ROUNDS_A_WINDOW || round === 0) return undefined;
    const plan = this.#plan(round - 1), table = this.#tables[plan.table]!;
    const pairs = (mappings: Mapping[]): [number, Word][] => mappings.map((mapping) => [mapping.page, wordIn(mapping)]);
    const known = [...this.#known].filter(([, word]) => word).sort(([a], [b]) => a - b), listed = pairs(table.list()), taken = pairs(table.unmapRange(0, table.pages));
    this.#known = new Map();
    if (JSON.stringify([listed, taken]) !== JSON.stringify([known, known]))
      return { message: `${shapeName(SHAPES[plan.table]!)}: lookups found ${JSON.stringify(known)}, a list ${JSON.stringify(listed)}, unmapRange ${JSON.stringify(taken)}` };
    return allBuried ? this.#bare() : undefined;
  }
  /** Nothing is mapped: the tables have their roots left. */
  #bare(): Violation | undefined {
    const left = this.#tables.findIndex((table) => table.list().length > 0);
    if (left >= 0) return { message: `${shapeName(SHAPES[left]!)}: pages are mapped that no round has mapped` };
    const ballast = this.#ballast.list().length, audit = this.thread.audit(), expected = SHAPES.length + 1 + 3 * ballast;
    return audit.directories === expected ? undefined
      : { message: `all is unmapped, and ${audit.directories} directories are left: expected ${expected}; ${JSON.stringify(audit)}` };
  }

  collect(round: number, seats: readonly number[], died: (seat: number) => number): Round {
    const plan = this.#plan(round), table = this.#tables[plan.table]!, initial = this.#known, final = new Map<number, Word>();
    const operations = seats.flatMap((seat) => readLog(this.board, seat, died(seat)));
    for (const page of plan.pages) {
      const found = table.entry(page);
      final.set(page, found ? wordIn(found) : 0);
    }
    this.#known = final;
    return { plan, operations, initial, final };
  }

  check({ plan, operations, initial, final }: Round): Violation | undefined {
    const steps = new Map<number, Step[]>(plan.pages.map((page) => [page, []])), shape = SHAPES[plan.table]!;
    for (const operation of operations) for (const [page, step] of stepsOf(operation, plan.pages)) steps.get(page)?.push(step);
    const stranger = operations.find(({ verb, finished, items }) => finished && verb !== "mapBatch" && items.some(({ page }) => !steps.has(page)));
    if (stranger) return { message: `${shapeName(shape)}: ${stranger.verb} at page 0x${stranger.page.toString(16)} finds what nobody maps: ${JSON.stringify(stranger.items)}` };
    for (const [page, history] of steps) {
      const [before, after] = [initial.get(page) ?? 0, final.get(page)!];
      history.push(lookupAfterwards(page, after));
      const fits = isLinearizable(before, history);
      if (fits === undefined) this.undecided++;
      if (fits !== false) continue;
      const told = pageHistory(shape, page, before, after, history);
      return { message: `${shapeName(shape)}, page 0x${page.toString(16)}: ${history.length - 1} operations fit no order`, history: told };
    }
    return undefined;
  }

  /** Every frame is accounted for. Only while nobody is dead and not buried, and no verb runs. */
  audit(): Audited {
    const audit = this.thread.audit(), total = available(audit) + audit.transit + audit.directories;
    if (audit.clean && total === this.#available) return { audit, violation: undefined };
    return { audit, violation: { message: `the audit is not clean, or ${total} frames are not the ${this.#available} that were there: ${JSON.stringify(audit)}` } };
  }

  /** Everything goes; every frame must be back. */
  end(): Audited {
    for (const table of [...this.#tables, this.#ballast]) table.destroy();
    const audit = this.thread.audit();
    if (audit.clean && audit.directories === 0 && available(audit) === this.#available) return { audit, violation: undefined };
    return { audit, violation: { message: `all tables are destroyed, and ${this.#available} frames were free before: ${JSON.stringify(audit)}` } };
  }

  explain(message: string, operations: readonly Operation[]): Violation {
    const last = operations.at(-1);
    if (!last) return { message };
    const touches = ({ table, page, count, items }: Operation): boolean =>
      table === last.table && ((page <= last.page && last.page < page + count) || items.some((item) => item.page === last.page));
    return { message, history: plainHistory(SHAPES[last.table]!, last.page, operations.filter(touches)) };
  }

  #plan(round: number): Plan { return planOf(this.mix, this.seed, round, this.workers); }
}

function available({ free, retired }: AuditResult): number { return free + retired; }
function wordIn(mapping: Mapping): Word {
  let flags: number = mapping.kind;
  for (const name of Object.keys(FLAG_BITS) as (keyof typeof FLAG_BITS)[]) if (mapping[name]) flags |= 1 << FLAG_BITS[name];
  return wordOf(mapping.frame, flags);
}
function lookupAfterwards(page: number, word: Word): Step {
  const operation: Operation = {
    thread: -1, verb: "lookup", table: 0, page, count: 1, frame: 0, flags: 0, begin: AFTERWARDS, end: AFTERWARDS + 1, finished: true, status: 0, mapped: 0, items: [],
  };
  return { effect: "see", word: 0, result: word, begin: AFTERWARDS, end: AFTERWARDS + 1, finished: true, operation };
}
