// A worker's part in a round on tables: seeded calls of every verb on the round's pages, each logged with what it answered.
import { Staging } from "../../assembly/layout/arena.js";
import { Entry, EntryKind } from "../../assembly/layout/entry.js";
import { Status } from "../../assembly/layout/status.js";
import type { Seen } from "../cursor.js";
import { PageMirrorError } from "../error.js";
import { Pin } from "../pin.js";
import { Table, type TableHandle } from "../table.js";
import type { Thread } from "../thread.js";
import { NUMBERS_A_BLOCK, type Board } from "./board.js";
import type { Random } from "../generator.js";
import { RIGHTS, bitsOf, namesOf, type Item, type Verb } from "./history.js";
import type { Log } from "./log.js";
import type { Stretch, TableVerb } from "./plan.js";

/** Pages of a range that is mapped, and of a batch, at most: 16 at most (see `#frames`). */
const RANGE_MAX = 12;
/** Once in so many calls the thread may take no frame, or only a few. */
const POOR_ONCE_IN = 12;
const LINGER_ONCE_IN = 6;

export class TableActor {
  #number = 0;
  #numbersLeft = 0;

  readonly #tables: readonly Table[];
  /** Of each table: the flags that its items cannot say, and those of them that each mapping has. */
  readonly #fixed: readonly { all: number; set: number }[];

  constructor(readonly thread: Thread, tables: readonly TableHandle[], readonly board: Board, readonly log: Log) {
    this.#tables = tables.map((handle) => Table.attach(thread, handle));
    this.#fixed = this.#tables.map(({ fixed }) => ({ all: bitsOf(Object.fromEntries(Object.keys(fixed).map((name) => [name, true]))), set: bitsOf(fixed) }));
  }

  /** One call, any of them. */
  operate(stretch: Stretch, random: Random): void {
    this.#random = random;
    if (stretch.linger && random(LINGER_ONCE_IN) === 0) this.board.linger(random(stretch.linger));
    const isPoor = random(POOR_ONCE_IN) === 0;
    if (isPoor) this.thread.quota = random(4);
    this.#call(stretch, stretch.verbs[random(stretch.verbs.length)]!);
    if (isPoor) this.thread.quota = Infinity;
  }
  #random: Random = () => 0;

  #call(stretch: Stretch, verb: TableVerb): void {
    switch (verb) {
      case "lookup": case "walk": case "walk for write": return this.#look(stretch, verb);
      case "map": case "replace": return this.#map(stretch, verb);
      case "unmap": return this.#unmap(stretch);
      case "mapRange": return this.#mapRange(stretch);
      case "unmapRange": case "protect": case "readAndClear": case "list": return this.#visit(stretch, verb);
      case "writeProtect": return this.#writeProtect(stretch);
      case "pinned walk": return this.#pinned(stretch);
      default: return this.#batch(stretch, verb);
    }
  }

  #look(stretch: Stretch, verb: "lookup" | "walk" | "walk for write"): void {
    const { thread } = this, { wasm } = thread.engine, page = this.#page(stretch), table = this.#table(stretch);
    this.log.begin({ verb, table: stretch.table, page });
    if (verb === "lookup") wasm.tableLookup(thread.me, table, page);
    else wasm.tableWalk(thread.me, table, page, verb === "walk for write");
    if (thread.flags) this.log.item(page, thread.frame, thread.flags);
    this.log.end(Status.OK);
  }

  #map(stretch: Stretch, verb: "map" | "replace"): void {
    const { thread } = this, page = this.#page(stretch), frame = this.#frames(), flags = this.#flags(stretch);
    this.log.begin({ verb, table: stretch.table, page, frame, flags });
    const status = thread.engine.wasm.tableMap(thread.me, this.#table(stretch), page, frame, flags, verb === "replace");
    if (verb === "replace" && status === Status.OK) this.log.item(page, thread.frame, thread.flags);
    this.#ended(verb, status, [Status.OK, Status.NOMEM, ...verb === "map" ? [Status.EXIST] : []]);
  }

  #unmap(stretch: Stretch): void {
    const { thread } = this, page = this.#page(stretch);
    this.log.begin({ verb: "unmap", table: stretch.table, page });
    const status = thread.engine.wasm.tableUnmap(thread.me, this.#table(stretch), page);
    if (status === Status.OK) this.log.item(page, thread.frame, thread.flags);
    this.#ended("unmap", status, [Status.OK, Status.NONE]);
  }

  /** Successive pages only: nothing else is ever mapped. */
  #mapRange(stretch: Stretch): void {
    const { thread } = this, first = this.#random(stretch.pages.length), page = stretch.pages[first]!, most = 1 + this.#random(RANGE_MAX);
    let count = 1;
    while (count < most && stretch.pages[first + count] === page + count) count++;
    const frame = this.#frames(), flags = this.#flags(stretch);
    this.log.begin({ verb: "mapRange", table: stretch.table, page, count, frame, flags });
    const status = thread.engine.wasm.tableMapRange(thread.me, this.#table(stretch), page, page + count, frame, flags, false), mapped = thread.count;
    if (status === Status.NOMEM && mapped) throw new Error(`violation: mapRange answers NOMEM and has mapped ${mapped} pages`);
    this.#ended("mapRange", status, [Status.OK, Status.EXIST, Status.NOMEM], mapped);
  }

  /** A range from one page of the plan to another, whatever lies between. */
  #range({ pages }: Stretch): [page: number, end: number] {
    const first = this.#random(pages.length), last = this.#random(3) ? Math.min(pages.length - 1, first + this.#random(3)) : first + this.#random(pages.length - first);
    return [pages[first]!, pages[last]! + 1];
  }
  #visit(stretch: Stretch, verb: "unmapRange" | "protect" | "readAndClear" | "list"): void {
    const { thread } = this, { wasm } = thread.engine, table = this.#table(stretch), [page, end] = this.#range(stretch);
    const flags = verb === "protect" ? this.#flags(stretch) & RIGHTS : verb === "readAndClear" ? 1 + this.#random(3) << Entry.ACCESSED : 0;
    this.log.begin({ verb, table: stretch.table, page, count: end - page, flags });
    const status = verb === "unmapRange" ? wasm.tableUnmapRange(thread.me, table, page, end)
      : verb === "readAndClear" ? wasm.tableReadAndClear(thread.me, table, page, end, flags)
      : verb === "list" ? wasm.tableList(thread.me, table, page, end) : wasm.tableProtectRange(thread.me, table, page, end, flags);
    if (verb !== "protect") for (let i = 0, count = thread.count; i < count; i++) {
      const item = this.#staged(i);
      this.log.item(item.page, item.frame, item.flags);
    }
    this.#ended(verb, status, [Status.OK]); // as many pages as a plan has fit into one answer
  }

  /** What a clone does to its source: some pages after one that is mapped, as if they followed it. */
  #writeProtect(stretch: Stretch): void {
    const { thread } = this, table = this.#tables[stretch.table]!, [page, end] = this.#range(stretch), first = table.lookup(page), count = Math.min(end - page, RANGE_MAX);
    const frame = Math.min(Math.max(first, 0), table.frames - count);
    this.log.begin({ verb: "writeProtect", table: stretch.table, page, count, frame });
    const status = thread.engine.wasm.tableWriteProtect(thread.me, table.handle.table, page, page + count, frame);
    for (let i = 0, found = thread.count; i < found; i++) {
      const item = this.#staged(i);
      this.log.item(item.page, item.frame, item.flags);
    }
    this.#ended("writeProtect", status, [Status.OK]);
  }

  /** Under a pin: a walk, and an entry that it met is changed from what was seen. */
  #pinned(stretch: Stretch): void {
    const [page, end] = this.#range(stretch), met: Seen[] = [], pin = Pin.take(this.thread);
    this.log.begin({ verb: "pinned walk", table: stretch.table, page, count: end - page });
    pin.walk(this.#tables[stretch.table]!, { leaf: (seen) => { met.push(seen); this.log.item(seen.page, seen.frame, bitsOf(seen)); } }, page, end - page);
    this.#ended("pinned walk", Status.OK, [Status.OK]);
    const seen = met[this.#random(met.length + 1)];
    if (seen) this.#update(stretch, pin, seen);
    pin.drop();
  }
  #update(stretch: Stretch, pin: Pin, seen: Seen): void {
    const isChange = this.#random(2) === 1, verb = isChange ? "update" : "update to nothing", frame = isChange ? this.#frames() : 0, flags = isChange ? this.#flags(stretch) : 0;
    this.log.begin({ verb, table: stretch.table, page: seen.page, frame, flags });
    this.log.item(seen.page, seen.frame, bitsOf(seen));
    let status = Status.OK;
    try { pin.update(seen, isChange ? { frame, ...namesOf(flags) } : undefined); } catch (error) {
      if (!(error instanceof PageMirrorError && error.code === "EAGAIN")) throw error;
      status = Status.AGAIN;
    }
    this.#ended(verb, status, [Status.OK, Status.AGAIN]);
  }

  #batch(stretch: Stretch, verb: "lookupBatch" | "mapBatch" | "unmapBatch"): void {
    const { thread } = this, { engine, staging } = thread, { wasm } = engine, table = this.#table(stretch);
    const first = this.#random(stretch.pages.length), stride = 1 + this.#random(2), flags = this.#flags(stretch);
    const pages = stretch.pages.filter((_, i) => i >= first && (i - first) % stride === 0).slice(0, 1 + this.#random(RANGE_MAX)), count = pages.length;
    if (this.#random(2)) pages.reverse();
    const frame = verb === "mapBatch" ? this.#frames() : 0;
    for (const [i, page] of pages.entries()) {
      engine.setF64(staging + Staging.PAGES + 8 * i, page);
      engine.setF64(staging + Staging.FRAMES + 8 * i, frame + i);
      engine.setU32(staging + Staging.FLAGS + 4 * i, flags);
    }
    this.log.begin({ verb, table: stretch.table, page: pages[0]!, count, frame, flags }, pages.map((page, i): Item => ({ page, frame: frame + i, flags })));
    let status: Status = Status.OK;
    if (verb === "lookupBatch") wasm.tableLookupBatch(thread.me, table, count);
    else if (verb === "unmapBatch") wasm.tableUnmapBatch(thread.me, table, count);
    else status = wasm.tableMapBatch(thread.me, table, count);
    const mapped = thread.count;
    if (verb !== "mapBatch") for (let i = 0; i < count; i++) {
      const { frame, flags: left } = this.#staged(i);
      this.log.setItem(i, frame, verb === "unmapBatch" ? left : frame < 0 ? 0 : EntryKind.PRESENT); // a lookup tells no flags
    }
    this.#ended(verb, status, [Status.OK, Status.EXIST, Status.NOMEM], mapped);
  }

  #ended(verb: Verb, status: Status, allowed: readonly Status[], mapped = 0): void {
    this.log.end(status, mapped);
    if (!allowed.includes(status)) throw new Error(`violation: ${verb} answers ${Status[status] ?? status}`);
  }
  #table(stretch: Stretch): number { return this.#tables[stretch.table]!.handle.table; }
  #page({ pages }: Stretch): number { return pages[this.#random(pages.length)]!; }
  /** Flags that a mapping of the table can have. */
  #flags({ table }: Stretch): number {
    const { all, set } = this.#fixed[table]!;
    return this.#random(32) << Entry.WRITE & ~all | set;
  }
  /** The first of RANGE_MAX frame numbers that nobody has used. Both halves of an entry differ from call to call: a torn one shows. */
  #frames(): number {
    if (this.#numbersLeft === 0) {
      this.#number = this.board.numbers();
      this.#numbersLeft = NUMBERS_A_BLOCK;
    }
    this.#numbersLeft--;
    const number = this.#number++, low = number % 2 ** 16, above = Math.floor(number / 2 ** 20);
    return number % 2 ** 20 * 2 ** 20 + (low ^ above) * 16;
  }
  #staged(i: number): Item {
    const { engine, staging } = this.thread;
    return { page: engine.f64(staging + Staging.PAGES + 8 * i), frame: engine.f64(staging + Staging.FRAMES + 8 * i), flags: engine.u32(staging + Staging.FLAGS + 4 * i) };
  }
}
