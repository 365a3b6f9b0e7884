// W2 and W3: in each round all workers map the same pages, then replace them, then unmap them, each page by page, as a range or
// as a batch. Every frame number is used once, so it can be followed: one map wins each page, each mapping is returned once.
// In some rounds a worker does not unmap: it walks over the pages and changes their rights, and must bring nothing back.
import { Staging } from "../../assembly/layout/arena.js";
import { Status } from "../../assembly/layout/status.js";
import { answer } from "../help/crew.js";
import { Member, SHARED_AT, type Job } from "./table-rounds.js";

export interface SamePagesJob extends Job { available: number }
/** Mappings that this worker installed and got back. */
export interface SamePagesAnswer { won: number; replaced: number; returned: number }

const PAGES = 96;
/** What a worker notes of a page: what it mapped there, what its replacement returned, what its unmap returned. */
const enum Kind { WON = 0, REPLACED = 1, RETURNED = 2 }
const NOTHING = -1;
/** How often a disturber goes over the pages in a round. */
const PASSES = 4;

class Racer extends Member {
  readonly #shared: Float64Array;
  readonly pages = new Float64Array(PAGES);
  readonly #frames = new Float64Array(PAGES);

  constructor(job: SamePagesJob) {
    super(job);
    this.#shared = new Float64Array(job.words, SHARED_AT, 3 * job.workers * PAGES);
  }

  noted(kind: Kind, worker: number, i: number): number { return this.#shared[(kind * this.job.workers + worker) * PAGES + i]!; }
  note(kind: Kind, i: number, frame: number): void { this.#shared[(kind * this.job.workers + this.job.worker) * PAGES + i] = frame; }

  /** Each number is used once in the whole run: by one worker, in one round, for one page, as its first frame or as a replacement. */
  frameOf(i: number, replacement = false, worker = this.job.worker): number {
    return (this.round * this.job.workers + worker) * 2 * PAGES + Number(replacement) * PAGES + i;
  }

  begin(first: number): void {
    for (let i = 0; i < PAGES; i++) {
      this.pages[i] = first + i;
      this.#frames[i] = this.frameOf(i);
      for (const kind of [Kind.WON, Kind.REPLACED, Kind.RETURNED]) this.note(kind, i, NOTHING);
    }
  }

  /** Maps as many of the pages from number `i` on as it can: one, as a range, or as a batch. */
  #mapFrom(i: number, how: number): { status: Status; mapped: number } {
    const { engine, me, staging } = this.thread, left = PAGES - i, table = this.table.handle.table;
    if (how === 0) {
      const status = this.map(this.pages[i]!, this.#frames[i]!);
      return { status, mapped: Number(status === Status.OK) };
    }
    if (how === 1) {
      const status = engine.wasm.tableMapRange(me, table, this.pages[i]!, this.pages[i]! + left, this.#frames[i]!, 1, false);
      return { status, mapped: this.thread.count };
    }
    engine.copyFloatsIn(staging + Staging.PAGES, this.pages, i, left);
    engine.copyFloatsIn(staging + Staging.FRAMES, this.#frames, i, left);
    for (let j = 0; j < left; j++) engine.setU32(staging + Staging.FLAGS + 4 * j, 1);
    const status = engine.wasm.tableMapBatch(me, table, left);
    return { status, mapped: this.thread.count };
  }

  /** Maps what nobody has mapped yet: a verb that meets a mapped page stops, and the next begins behind it. */
  mapAll(how: number): void {
    for (let i = 0; i < PAGES;) {
      const { status, mapped } = this.#mapFrom(i, how);
      // ENOMEM is allowed while others hold retired frames back, or reserve: then it goes on from there.
      if (status !== Status.OK && status !== Status.EXIST && status !== Status.NOMEM) this.fail(`W2: map answers ${Status[status]}`);
      for (let j = i; j < i + mapped; j++) this.note(Kind.WON, j, this.#frames[j]!);
      i += mapped + Number(status === Status.EXIST);
    }
  }

  replaceAll(): void {
    for (let i = 0; i < PAGES; i++) {
      if (this.map(this.pages[i]!, this.frameOf(i, true), true) !== Status.OK) this.fail("W2: a replacing map does not succeed");
      this.note(Kind.REPLACED, i, this.thread.frame);
    }
  }

  unmapAll(how: number): void {
    if (how === 0) for (let i = 0; i < PAGES; i++) this.note(Kind.RETURNED, i, this.table.unmap(this.pages[i]!));
    else if (how === 1) for (const { page, frame } of this.table.unmapRange(this.pages[0]!, PAGES)) this.note(Kind.RETURNED, page - this.pages[0]!, frame);
    else {
      this.table.unmapBatch(this.pages, this.#frames);
      for (let i = 0; i < PAGES; i++) this.note(Kind.RETURNED, i, this.#frames[i]!);
    }
  }

  /** Changes what it finds while the others unmap it. */
  disturb(): void {
    for (let pass = 0; pass < PASSES; pass++) {
      this.table.protect(this.pages[0]!, PAGES, { write: pass % 2 === 0 });
      for (const page of this.pages) this.table.walk(page, pass % 4 === 0);
    }
  }

  /** What the workers noted of a page, without those who got nothing. */
  all(kind: Kind, i: number): number[] {
    return Array.from({ length: this.job.workers }, (_, worker) => this.noted(kind, worker, i)).filter((frame) => frame !== NOTHING);
  }
}

answer((job: SamePagesJob): SamePagesAnswer => {
  const racer = new Racer(job), { workers, worker } = job, tally: SamePagesAnswer = { won: 0, replaced: 0, returned: 0 };
  /** Each worker looks at a part of the pages. */
  const look = (check: (i: number) => void): void => { for (let i = worker; i < PAGES; i += workers) check(i); };
  for (; racer.round < job.rounds; racer.round++) {
    const common = racer.common(), withReplacing = common(3) === 0, disturber = common(2) ? common(workers) : -1;
    racer.begin(common(64) * 2 ** 27 + 512 * (1 + common(4)) - common(PAGES));
    racer.meet();
    racer.mapAll(racer.random(3));
    racer.meet();
    look((i) => {
      const winners = racer.all(Kind.WON, i), found = racer.table.lookup(racer.pages[i]!);
      if (winners.length !== 1) racer.fail(`W2: page ${i} was mapped by ${winners.length} workers: frames ${winners.join(", ")}, found ${found}`);
      if (found !== winners[0]) racer.fail(`W2: page ${i} is mapped to ${found}, and frame ${winners[0]} won`);
    });
    racer.meet();
    if (withReplacing) {
      racer.replaceAll();
      racer.meet();
      look((i) => {
        // The first frame and each replacement but the last was returned by the map that replaced it.
        const stood = [...racer.all(Kind.WON, i), ...Array.from({ length: workers }, (_, w) => racer.frameOf(i, true, w))];
        const seen = [...racer.all(Kind.REPLACED, i), racer.table.lookup(racer.pages[i]!)];
        if (stood.sort().join() !== seen.sort().join())
          racer.fail(`W2: page ${i} had the frames ${stood.join(", ")}; found and returned were ${seen.join(", ")}`);
      });
      racer.meet();
    }
    const last = Array.from(racer.pages, (page, i) => withReplacing ? racer.table.lookup(page) : racer.all(Kind.WON, i)[0]!);
    racer.meet();
    if (worker === disturber) racer.disturb(); else racer.unmapAll(racer.random(3));
    racer.meet();
    look((i) => {
      const returned = racer.all(Kind.RETURNED, i);
      if (returned.length !== 1 || returned[0] !== last[i])
        racer.fail(`W3: page ${i} was mapped to ${last[i]}; the unmaps returned ${returned.join(", ") || "nothing"}`);
    });
    for (let i = 0; i < PAGES; i++) {
      tally.won += Number(racer.noted(Kind.WON, worker, i) !== NOTHING);
      tally.replaced += Number(racer.noted(Kind.REPLACED, worker, i) !== NOTHING);
      tally.returned += Number(racer.noted(Kind.RETURNED, worker, i) !== NOTHING);
    }
    racer.meet();
    if (worker === 0) racer.expectEmpty(job.available);
  }
  racer.thread.unregister();
  return tally;
});
