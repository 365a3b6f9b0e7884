// A worker's part in a round on tables: seeded calls of every verb on the round's pages, each logged with what it answered.
import { Staging } from "../../assembly/layout/arena.js";
import { Entry, EntryKind } from "../../assembly/layout/entry.js";
import { Status } from "../../assembly/layout/status.js";
import type { TableHandle } from "../table.js";
import type { Thread } from "../thread.js";
import { FRAMES_A_BLOCK, type Board } from "./board.js";
import type { Random } from "./generator.js";
import type { Item, Verb } from "./history.js";
import type { Log } from "./log.js";
import type { Plan } from "./plan.js";

/** Pages of a range that is mapped, and of a batch, at most. */
const RANGE_MAX = 12;
/** Once in so many calls the thread may take no frame, or only a few. */
const POOR_ONCE_IN = 12;
const LINGER_ONCE_IN = 6;
const LINGER_LOOKS = 200;

type Draw = (actor: TableActor, plan: Plan) => void;
/** How often each verb is called, of the sum. */
const VERBS: [weight: number, draw: Draw][] = [
  [14, (actor, plan) => actor.look(plan, "lookup")],
  [6, (actor, plan) => actor.look(plan, "walk")],
  [6, (actor, plan) => actor.look(plan, "walk for write")],
  [16, (actor, plan) => actor.map(plan, "map")],
  [9, (actor, plan) => actor.map(plan, "replace")],
  [16, (actor, plan) => actor.unmap(plan)],
  [6, (actor, plan) => actor.mapRange(plan)],
  [6, (actor, plan) => actor.visit(plan, "unmapRange")],
  [5, (actor, plan) => actor.visit(plan, "protect")],
  [4, (actor, plan) => actor.visit(plan, "list")],
  [4, (actor, plan) => actor.batch(plan, "lookupBatch")],
  [4, (actor, plan) => actor.batch(plan, "mapBatch")],
  [4, (actor, plan) => actor.batch(plan, "unmapBatch")],
];
const WEIGHTS = VERBS.flatMap(([weight, draw]) => Array.from({ length: weight }, () => draw));

export class TableActor {
  #frame = 0;
  #framesLeft = 0;

  constructor(readonly thread: Thread, readonly tables: readonly TableHandle[], readonly board: Board, readonly log: Log) {}

  /** One call, any of them. */
  operate(plan: Plan, random: Random): void {
    this.#random = random;
    if (random(LINGER_ONCE_IN) === 0) this.board.linger(random(LINGER_LOOKS));
    const isPoor = random(POOR_ONCE_IN) === 0;
    if (isPoor) this.thread.quota = random(4);
    WEIGHTS[random(WEIGHTS.length)]!(this, plan);
    if (isPoor) this.thread.quota = Infinity;
  }
  #random: Random = () => 0;

  look(plan: Plan, verb: "lookup" | "walk" | "walk for write"): void {
    const { thread } = this, { wasm } = thread.engine, page = this.#page(plan), table = this.#table(plan);
    this.log.begin({ verb, table: plan.table, page });
    const bits = verb === "lookup" ? wasm.tableLookup(thread.me, table, page) : wasm.tableWalk(thread.me, table, page, verb === "walk for write");
    if (bits) this.log.item(page, thread.frame, bits);
    this.log.end(Status.OK);
  }

  map(plan: Plan, verb: "map" | "replace"): void {
    const { thread } = this, page = this.#page(plan), frame = this.#frames(1), flags = this.#flags();
    this.log.begin({ verb, table: plan.table, page, frame, flags });
    const status = thread.engine.wasm.tableMap(thread.me, this.#table(plan), page, frame, flags, verb === "replace");
    if (verb === "replace" && status === Status.OK) this.log.item(page, thread.frame, thread.flags);
    this.#ended(verb, status, [Status.OK, Status.NOMEM, ...verb === "map" ? [Status.EXIST] : []]);
  }

  unmap(plan: Plan): void {
    const { thread } = this, page = this.#page(plan);
    this.log.begin({ verb: "unmap", table: plan.table, page });
    const status = thread.engine.wasm.tableUnmap(thread.me, this.#table(plan), page);
    if (status === Status.OK) this.log.item(page, thread.frame, thread.flags);
    this.#ended("unmap", status, [Status.OK, Status.NONE]);
  }

  /** Successive pages only: nothing else is ever mapped. */
  mapRange(plan: Plan): void {
    const { thread } = this, first = this.#random(plan.pages.length), page = plan.pages[first]!, most = 1 + this.#random(RANGE_MAX);
    let count = 1;
    while (count < most && plan.pages[first + count] === page + count) count++;
    const frame = this.#frames(count), flags = this.#flags();
    this.log.begin({ verb: "mapRange", table: plan.table, page, count, frame, flags });
    const status = thread.engine.wasm.tableMapRange(thread.me, this.#table(plan), page, page + count, frame, flags), mapped = thread.count;
    if (status === Status.NOMEM && mapped) throw new Error(`violation: mapRange answers NOMEM and has mapped ${mapped} pages`);
    this.#ended("mapRange", status, [Status.OK, Status.EXIST, Status.NOMEM], mapped);
  }

  /** A range from one page of the plan to another, whatever lies between. */
  visit(plan: Plan, verb: "unmapRange" | "protect" | "list"): void {
    const { thread } = this, { wasm } = thread.engine, table = this.#table(plan), { pages } = plan;
    const first = this.#random(pages.length), last = this.#random(3) ? Math.min(pages.length - 1, first + this.#random(3)) : first + this.#random(pages.length - first);
    const page = pages[first]!, end = pages[last]! + 1, flags = verb === "protect" ? this.#random(8) << Entry.WRITE : 0;
    this.log.begin({ verb, table: plan.table, page, count: end - page, flags });
    const status = verb === "unmapRange" ? wasm.tableUnmapRange(thread.me, table, page, end)
      : verb === "list" ? wasm.tableList(thread.me, table, page, end) : wasm.tableProtectRange(thread.me, table, page, end, flags);
    if (verb !== "protect") for (let i = 0, count = thread.count; i < count; i++) {
      const item = this.#staged(i);
      this.log.item(item.page, item.frame, item.flags);
    }
    this.#ended(verb, status, [Status.OK]); // as many pages as a plan has fit into one answer
  }

  batch(plan: Plan, verb: "lookupBatch" | "mapBatch" | "unmapBatch"): void {
    const { thread } = this, { engine, staging } = thread, { wasm } = engine, table = this.#table(plan);
    const first = this.#random(plan.pages.length), stride = 1 + this.#random(2), flags = this.#flags();
    const pages = plan.pages.filter((_, i) => i >= first && (i - first) % stride === 0).slice(0, 1 + this.#random(RANGE_MAX)), count = pages.length;
    if (this.#random(2)) pages.reverse();
    const frame = verb === "mapBatch" ? this.#frames(count) : 0;
    for (const [i, page] of pages.entries()) {
      engine.setF64(staging + Staging.PAGES + 8 * i, page);
      engine.setF64(staging + Staging.FRAMES + 8 * i, frame + i);
      engine.setU32(staging + Staging.FLAGS + 4 * i, flags);
    }
    this.log.begin({ verb, table: plan.table, page: pages[0]!, count, frame, flags }, pages.map((page, i): Item => ({ page, frame: frame + i, flags })));
    let status: Status = Status.OK;
    if (verb === "lookupBatch") wasm.tableLookupBatch(thread.me, table, count);
    else if (verb === "unmapBatch") wasm.tableUnmapBatch(thread.me, table, count);
    else status = wasm.tableMapBatch(thread.me, table, count);
    const mapped = thread.count;
    if (verb !== "mapBatch") for (let i = 0; i < count; i++) {
      const found = this.#staged(i);
      this.log.setItem(i, found.frame, found.flags);
    }
    this.#ended(verb, status, [Status.OK, Status.EXIST, Status.NOMEM], mapped);
  }

  #ended(verb: Verb, status: Status, allowed: readonly Status[], mapped = 0): void {
    this.log.end(status, mapped);
    if (!allowed.includes(status)) throw new Error(`violation: ${verb} answers ${Status[status] ?? status}`);
  }
  #table(plan: Plan): number { return this.tables[plan.table]!.table; }
  #page({ pages }: Plan): number { return pages[this.#random(pages.length)]!; }
  #flags(): number { return EntryKind.PRESENT | this.#random(32) << Entry.WRITE; }
  /** Frame numbers that nobody has used. */
  #frames(count: number): number {
    if (this.#framesLeft < count) {
      this.#frame = this.board.frames();
      this.#framesLeft = FRAMES_A_BLOCK;
    }
    this.#framesLeft -= count;
    this.#frame += count;
    return this.#frame - count;
  }
  #staged(i: number): Item {
    const { engine, staging } = this.thread;
    return { page: engine.f64(staging + Staging.PAGES + 8 * i), frame: engine.f64(staging + Staging.FRAMES + 8 * i), flags: engine.u32(staging + Staging.FLAGS + 4 * i) };
  }
}
