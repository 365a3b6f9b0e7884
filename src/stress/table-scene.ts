// The tables of a run, as the main thread sees them between rounds: what is mapped, what the logs say, whether that fits.
import { Engine, type AuditResult } from "../engine.js";
import { hex } from "../error.js";
import type { Mapping } from "../mapping.js";
import { Table } from "../table.js";
import { Thread } from "../thread.js";
import { readLog } from "./log.js";
import type { Board } from "./board.js";
import { generator, seedOf } from "../generator.js";
import { bitsOf, stepsOf, wordOf, type Operation, type Step, type Word } from "./history.js";
import { isLinearizable } from "./linear.js";
import { ROUNDS_A_WINDOW, SHAPES, pagesByTable, planOf, shapeName, type TableMix } from "./plan.js";
import type { Audited, Scene } from "./scene.js";
import { pageHistory, plainHistory, type Violation } from "./violation.js";
import type { WorkerJob } from "./worker.js";

/** Frames of the arena, and how many of them tables may have beside their roots: few, so that directories are used again at once. */
const POOLS: [systemFrames: number, left: number][] = [[64, 12], [64, 20], [64, 30], [64, 64], [192, 192]];
/** A stamp after all others of a round. */
const AFTERWARDS = 2 ** 40;

/** What is mapped: by table, then by page. */
type Mapped = Map<number, Map<number, Word>>;
interface Round { pages: Map<number, number[]>; operations: Operation[]; initial: Mapped; final: Mapped }

export class TableScene implements Scene {
  readonly mayWait = false;
  undecided = 0;
  readonly #tables: Table[];
  readonly #ballast: Table;
  readonly #available: number;
  #known: Mapped = new Map();

  private constructor(
    readonly engine: Engine, readonly thread: Thread, readonly board: Board, readonly mix: TableMix, readonly seed: number, readonly workers: number, left: number,
  ) {
    this.#available = available(thread.audit());
    this.#tables = SHAPES.map((shape) => Table.create(thread, shape));
    this.#ballast = Table.create(thread);
    for (let i = 0; available(thread.audit()) > left + 3; i++) this.#ballast.map(i * 2 ** 27, 1); // each takes three directories
  }
  static async create(wasm: WebAssembly.Module, board: Board, mix: TableMix, seed: number, workers: number): Promise<TableScene> {
    const [systemFrames, left] = POOLS[generator(seedOf(seed, 1))(POOLS.length)]!;
    const engine = await Engine.create({ wasm, systemFrames, threads: workers + 1, tables: SHAPES.length + 1 });
    return new TableScene(engine, Thread.register(engine), board, mix, seed, workers, left);
  }

  get jobScene(): WorkerJob["scene"] { return { kind: "tables", mix: this.mix, tables: this.#tables.map(({ handle }) => handle) }; }

  /** A new window begins with nothing mapped: what was mapped is unmapped here, and was what the rounds left. */
  prepare(round: number, allBuried: boolean): Violation | undefined {
    if (round % ROUNDS_A_WINDOW || round === 0) return undefined;
    const pairs = (mappings: Mapping[]): [number, Word][] => mappings.map((mapping) => [mapping.page, wordIn(mapping)]);
    for (const [number, table] of this.#tables.entries()) {
      const known = [...this.#known.get(number) ?? []].filter(([, word]) => word).sort(([a], [b]) => a - b);
      const listed = pairs(table.list()), taken = pairs(table.unmapRange(0, table.pages));
      if (JSON.stringify([listed, taken]) === JSON.stringify([known, known])) continue;
      return { message: `${name(number)}: lookups found ${JSON.stringify(known)}, a list ${JSON.stringify(listed)}, unmapRange ${JSON.stringify(taken)}` };
    }
    this.#known = new Map();
    return allBuried ? this.#bare() : undefined;
  }
  /** Nothing is mapped: the tables have their roots left. */
  #bare(): Violation | undefined {
    const ballast = this.#ballast.list().length, audit = this.thread.audit(), expected = SHAPES.length + 1 + 3 * ballast;
    return audit.directories === expected ? undefined
      : { message: `all is unmapped, and ${audit.directories} directories are left: expected ${expected}; ${JSON.stringify(audit)}` };
  }

  collect(round: number, seats: readonly number[], died: (seat: number) => number): Round {
    const pages = pagesByTable(planOf(this.mix, this.seed, round, this.workers)), initial = this.#known;
    const operations = seats.flatMap((seat) => readLog(this.board, seat, died(seat)));
    this.#known = new Map([...pages].map(([number, list]) => [number, new Map(list.map((page) => {
      const found = this.#tables[number]!.entry(page);
      return [page, found ? wordIn(found) : 0];
    }))]));
    return { pages, operations, initial, final: this.#known };
  }

  check({ pages, operations, initial, final }: Round): Violation | undefined {
    const steps = new Map([...pages].map(([number, list]) => [number, new Map(list.map((page): [number, Step[]] => [page, []]))]));
    for (const operation of operations) {
      const { table, verb, finished, items } = operation, ofTable = steps.get(table)!;
      if (finished && verb !== "mapBatch" && items.some(({ page }) => !ofTable.has(page)))
        return { message: `${name(table)}: ${verb} at page ${hex(operation.page)} finds what nobody maps: ${JSON.stringify(items)}` };
      for (const [page, step] of stepsOf(operation, pages.get(table)!)) ofTable.get(page)!.push(step);
    }
    for (const [number, ofTable] of steps) for (const [page, history] of ofTable) {
      const before = initial.get(number)?.get(page) ?? 0, after = final.get(number)!.get(page)!;
      history.push(lookupAfterwards(page, after));
      const fits = isLinearizable(before, history);
      if (fits === undefined) this.undecided++;
      if (fits !== false) continue;
      const told = pageHistory(SHAPES[number]!, page, before, after, history);
      return { message: `${name(number)}, page ${hex(page)}: ${history.length - 1} operations fit no order`, history: told };
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
}

function name(table: number): string { return shapeName(SHAPES[table]!); }
function available({ free, retired }: AuditResult): number { return free + retired; }
function wordIn(mapping: Mapping): Word { return wordOf(mapping.frame, bitsOf(mapping)); }
function lookupAfterwards(page: number, word: Word): Step {
  const operation: Operation = {
    thread: -1, verb: "lookup", table: 0, page, count: 1, frame: 0, flags: 0, begin: AFTERWARDS, end: AFTERWARDS + 1, finished: true, status: 0, mapped: 0, items: [],
  };
  return { effect: "see", word: 0, result: word, begin: AFTERWARDS, end: AFTERWARDS + 1, finished: true, operation };
}
