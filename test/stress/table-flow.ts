// W2, W3 and M1 with nothing kept apart: all workers map, replace and unmap the same pages at the same time, singly, in ranges
// and in batches, over the ends of leaves. A frame number says which worker mapped it, in which call, and to which page; whoever
// gets it back marks it. So a mapping that is returned twice, at a foreign page, or never, is noticed.
import { Staging } from "../../assembly/layout/arena.js";
import { Status } from "../../assembly/layout/status.js";
import { answer } from "../help/crew.js";
import { Member, SHARED_AT, type Job } from "./table-rounds.js";

/** Each round is one call. Part "map": short ranges over the end of the leaf, nothing else; "unmap": takes them away until that is done. */
export interface FlowJob extends Job { part: "all" | "map" | "unmap" }
export interface FlowAnswer { mapped: number; returned: number; calls: { [name: string]: number } }

/** The pages: the second half lies in another leaf and another directory of level 1. */
const SPAN = 48;
const FIRST = 2 ** 18 - SPAN / 2;

class Flow extends Member {
  /** One byte for each frame number: set when it was returned. */
  readonly #marks: Uint8Array;
  readonly #done: Int32Array;
  readonly #pages = new Float64Array(SPAN);
  readonly #frames = new Float64Array(SPAN);
  readonly tally: FlowAnswer = { mapped: 0, returned: 0, calls: {} };

  constructor(job: FlowJob) {
    super(job);
    this.#done = new Int32Array(job.words, SHARED_AT, 1);
    this.#marks = new Uint8Array(job.words, SHARED_AT + 64, job.workers * job.rounds * SPAN);
  }

  get mapperIsDone(): boolean { return Atomics.load(this.#done, 0) === 1; }
  set mapperIsDone(done: boolean) { Atomics.store(this.#done, 0, Number(done)); }

  /** The frame that this call maps to the page. */
  #frameOf(i: number): number { return (this.job.worker * this.job.rounds + this.round) * SPAN + i; }

  #returned(i: number, frame: number): void {
    if (frame % SPAN !== i) this.fail(`W3: page ${i} returns frame ${frame}, which was mapped to page ${frame % SPAN}`);
    if (Atomics.exchange(this.#marks, frame, 1)) this.fail(`W3: frame ${frame} of page ${i} is returned twice`);
    this.tally.returned++;
  }

  #count(verb: string, status: Status): void {
    if (status !== Status.OK && status !== Status.EXIST && status !== Status.NOMEM) this.fail(`${verb} answers ${Status[status]}`);
    const name = `${verb} ${Status[status]}`;
    this.tally.calls[name] = (this.tally.calls[name] ?? 0) + 1;
  }

  mapOne(i: number, replace: boolean): void {
    const status = this.map(FIRST + i, this.#frameOf(i), replace);
    this.#count(replace ? "replace" : "map", status);
    if (status !== Status.OK) return;
    this.tally.mapped++;
    if (replace && this.thread.frame !== -1) this.#returned(i, this.thread.frame);
  }

  mapRange(i: number, count: number): void {
    const { me, engine } = this.thread, { table } = this.table.handle;
    const status = engine.wasm.tableMapRange(me, table, FIRST + i, FIRST + i + count, this.#frameOf(i), 1, false);
    this.#count("mapRange", status);
    if (status === Status.NOMEM && this.thread.count) this.fail(`M1: mapRange answers NOMEM and has mapped ${this.thread.count} pages`);
    this.tally.mapped += this.thread.count;
  }

  mapBatch(i: number, count: number): void {
    const { me, engine, staging } = this.thread;
    for (let at = 0; at < count; at++) {
      engine.setF64(staging + Staging.PAGES + 8 * at, FIRST + i + at);
      engine.setF64(staging + Staging.FRAMES + 8 * at, this.#frameOf(i + at));
      engine.setU32(staging + Staging.FLAGS + 4 * at, 1);
    }
    this.#count("mapBatch", engine.wasm.tableMapBatch(me, this.table.handle.table, count));
    this.tally.mapped += this.thread.count;
  }

  unmapOne(i: number): void {
    const frame = this.table.unmap(FIRST + i);
    if (frame !== -1) this.#returned(i, frame);
  }

  unmapRange(i: number, count: number): void {
    for (const { page, frame } of this.table.unmapRange(FIRST + i, count)) this.#returned(page - FIRST, frame);
  }

  unmapBatch(i: number, count: number): void {
    for (let at = 0; at < count; at++) this.#pages[at] = FIRST + i + at;
    this.table.unmapBatch(this.#pages.subarray(0, count), this.#frames);
    for (let at = 0; at < count; at++) if (this.#frames[at] !== -1) this.#returned(i + at, this.#frames[at]!);
  }

  look(i: number): void {
    const frame = this.random(2) ? this.table.lookup(FIRST + i) : this.table.walk(FIRST + i);
    if (frame !== -1 && frame % SPAN !== i) this.fail(`R2: page ${i} is seen with frame ${frame}, which was mapped to page ${frame % SPAN}`);
  }
}

/** One call, any of them. */
function any(flow: Flow): void {
  const { random } = flow, i = random(SPAN), count = random(8) ? 1 + random(SPAN - i) : SPAN - i, fromStart = random(3) > 0;
  switch (random(8)) {
    case 0: return flow.mapOne(i, false);
    case 1: return flow.mapOne(i, true);
    case 2: return fromStart ? flow.mapRange(0, SPAN) : flow.mapRange(i, count);
    case 3: return flow.mapBatch(i, count);
    case 4: return flow.unmapOne(i);
    case 5: return fromStart ? flow.unmapRange(0, SPAN) : flow.unmapRange(i, count);
    case 6: return flow.unmapBatch(i, count);
    default: return flow.look(i);
  }
}

/** Pages around the end of the leaf. */
const LAST = SPAN / 2 - 1;
function mapAcross(flow: Flow): void {
  if (flow.random(2)) flow.mapRange(LAST, 3); else flow.mapRange(0, SPAN);
}
function unmapAcross(flow: Flow): void {
  if (flow.random(2)) flow.unmapRange(0, SPAN); else flow.unmapOne(LAST + flow.random(3));
}

answer((job: FlowJob): FlowAnswer => {
  const flow = new Flow(job);
  flow.meet();
  for (; job.part === "unmap" ? !flow.mapperIsDone : flow.round < job.rounds; flow.round++)
    if (job.part === "map") mapAcross(flow); else if (job.part === "unmap") unmapAcross(flow); else any(flow);
  if (job.part === "map") flow.mapperIsDone = true;
  flow.meet();
  flow.unmapRange(0, SPAN);
  flow.thread.unregister();
  return flow.tally;
});
