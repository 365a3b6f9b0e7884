// A worker's log: one record for each call, begun before the verb and ended after it, in shared memory. Whoever reads it after
// the worker was terminated finds the last call begun and not ended.
import { Status } from "../../assembly/layout/status.js";
import { VERBS, type Item, type Operation, type Verb } from "./history.js";
import type { Board } from "./board.js";

/** Numbers of a record; `ITEMS` says how many items follow, of ITEM numbers each. */
const enum At { VERB = 0, TABLE = 1, PAGE = 2, COUNT = 3, FRAME = 4, FLAGS = 5, BEGIN = 6, END = 7, STATUS = 8, MAPPED = 9, ITEMS = 10, HEAD = 11 }
const ITEM = 3;
const NUMBER = new Map<Verb, number>(VERBS.map((verb, i) => [verb, i]));

export interface Call { verb: Verb; table?: number; page: number; count?: number; frame?: number; flags?: number }

export class Log {
  readonly #numbers: Float64Array;
  #at = 0;
  #end = 0;

  constructor(readonly board: Board, readonly seat: number) { this.#numbers = board.log(seat); }

  /** Begins a round: its log is empty. */
  rewind(): void { this.#end = 0; }
  /** Whether another record with so many items fits. */
  hasRoom(items: number): boolean { return this.#end + At.HEAD + items * ITEM <= this.#numbers.length; }

  /** Before the verb. `items`: what a batch is given. */
  begin({ verb, table = 0, page, count = 1, frame = 0, flags = 0 }: Call, items: readonly Item[] = []): void {
    const numbers = this.#numbers, at = this.#end;
    numbers[at + At.VERB] = NUMBER.get(verb)!;
    numbers[at + At.TABLE] = table;
    numbers[at + At.PAGE] = page;
    numbers[at + At.COUNT] = count;
    numbers[at + At.FRAME] = frame;
    numbers[at + At.FLAGS] = flags;
    numbers[at + At.END] = 0;
    numbers[at + At.STATUS] = Status.OK;
    numbers[at + At.MAPPED] = 0;
    numbers[at + At.ITEMS] = 0;
    this.#at = at;
    this.#end = at + At.HEAD;
    for (const item of items) this.item(item.page, item.frame, item.flags);
    numbers[at + At.BEGIN] = this.board.stamp();
    this.board.setUsed(this.seat, this.#end); // what is read as begun is written whole
  }
  /** What a batch found at its i-th page. The page stays: of an unfinished batch it is all that is known. */
  setItem(i: number, frame: number, flags: number): void {
    const at = this.#at + At.HEAD + i * ITEM;
    this.#numbers[at + 1] = frame;
    this.#numbers[at + 2] = flags;
  }
  item(page: number, frame: number, flags: number): void {
    const numbers = this.#numbers, at = this.#end;
    numbers[at] = page;
    numbers[at + 1] = frame;
    numbers[at + 2] = flags;
    numbers[this.#at + At.ITEMS]!++;
    this.#end = at + ITEM;
  }
  /** After the verb, and after its items. */
  end(status: Status, mapped = 0): void {
    this.#numbers[this.#at + At.STATUS] = status;
    this.#numbers[this.#at + At.MAPPED] = mapped;
    this.#numbers[this.#at + At.END] = this.board.stamp();
    this.board.setUsed(this.seat, this.#end);
  }
}

/** The operations of a seat in this round. `now`: the stamp that ends what its worker left unfinished. */
export function readLog(board: Board, seat: number, now: number): Operation[] {
  const used = board.used(seat), numbers = board.log(seat).slice(0, used), operations: Operation[] = [];
  for (let at = 0; at < used;) {
    const of = (field: At): number => numbers[at + field]!;
    const count = Math.min(of(At.ITEMS), (used - at - At.HEAD) / ITEM); // those of an unfinished range may lie behind what is used
    const items = Array.from({ length: count }, (_, i): Item => {
      const item = at + At.HEAD + i * ITEM;
      return { page: numbers[item]!, frame: numbers[item + 1]!, flags: numbers[item + 2]! };
    });
    operations.push({
      thread: seat, verb: VERBS[of(At.VERB)]!, table: of(At.TABLE), page: of(At.PAGE), count: of(At.COUNT), frame: of(At.FRAME), flags: of(At.FLAGS),
      begin: of(At.BEGIN), end: of(At.END) || now, finished: of(At.END) !== 0, status: of(At.STATUS), mapped: of(At.MAPPED), items,
    });
    at += At.HEAD + items.length * ITEM;
  }
  return operations;
}
