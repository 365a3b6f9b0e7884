// R1 and R2 against a ledger: each page has one owner, which maps it, replaces the mapping and unmaps it, over and over, and
// writes down what it begins and what it has done. Readers compare what they see with what was in force while they looked.
//
//  operation n of a page     state after it                         frame (40 bits)
//  n = 0 modulo 3            nothing is mapped                      19    12 11         0
//  n = 1                     frame(page, n), by a map              ┌────────┬───────────┐   twice, so that a torn word shows
//  n = 2                     frame(page, n), by a replacing map    │ page   │ n         │
//                                                                  └────────┴───────────┘
//  owner   begun = n     the verb             done = n
//  reader        done → d        lookup              begun → b     the state seen is that of an n with d <= n <= b
import { Status } from "../../assembly/layout/status.js";
import { answer } from "../help/crew.js";
import { Member, SHARED_AT, type Job } from "./table-rounds.js";

export interface LedgerJob extends Job {
  role: "owner" | "reader";
  /** Owners are the first workers; pages are dealt out among them. Readers go on until the last owner is done. */
  owners: number;
}
export interface LedgerAnswer { mapped: number; refused: number; seen: number; missed: number }

/** Leaves far and near: pages of a group lie in one leaf; groups share directories of level 1 and 2, or do not. */
const GROUPS = [0, 512, 1024, 2 ** 18 - 512, 2 ** 18, 3 * 2 ** 18, 2 ** 27, 2 ** 27 + 512, 2 ** 35, 2 ** 36 - 512];
const IN_GROUP = 12;
const PAGES = GROUPS.length * IN_GROUP;
/** Each group has the same places in its leaf: who still reads a leaf that is another group's now finds a foreign entry there. */
const pageOf = (i: number): number => GROUPS[Math.floor(i / IN_GROUP)]! + i % IN_GROUP;

const NUMBER_BITS = 12;
const WRAP = 1 << NUMBER_BITS;
const half = (i: number, n: number): number => i << NUMBER_BITS | (n & WRAP - 1);
const frameOf = (i: number, n: number): number => half(i, n) * 2 ** 20 + half(i, n);
/** Lookups of one batch: one long section, in which a reader is interrupted sooner or later. */
const BATCH = 1020;
/** Operations on one page in a row: about as long as a batch of a reader takes. */
const HOT_TURNS = 120;

class Witness extends Member {
  readonly #begun: Int32Array;
  readonly #done: Int32Array;
  /** How many owners run, and which page one of them has begun to change. */
  readonly #running: Int32Array;
  /** The latest state of each page that this reader has seen: it must not see an earlier one again. */
  readonly #known = new Int32Array(PAGES);
  readonly #low = new Int32Array(PAGES);
  readonly #last = new Float64Array(PAGES);
  readonly #pages = new Float64Array(BATCH);
  readonly #frames = new Float64Array(BATCH);
  readonly tally: LedgerAnswer = { mapped: 0, refused: 0, seen: 0, missed: 0 };

  constructor(readonly ledgerJob: LedgerJob) {
    super(ledgerJob);
    this.#begun = new Int32Array(ledgerJob.words, SHARED_AT, PAGES);
    this.#done = new Int32Array(ledgerJob.words, SHARED_AT + 4 * PAGES, PAGES);
    this.#running = new Int32Array(ledgerJob.words, SHARED_AT + 8 * PAGES, 2);
  }

  begin(): void {
    if (this.ledgerJob.role === "owner") Atomics.add(this.#running, 0, 1);
    this.meet();
  }
  visit(i: number): void { Atomics.store(this.#running, 1, i); }
  /** A page, mostly where something happens. */
  somewhere(): number { return this.random(3) ? Atomics.load(this.#running, 1) : this.random(PAGES); }
  finish(): void { Atomics.sub(this.#running, 0, 1); }
  get ownersRun(): boolean { return Atomics.load(this.#running, 0) > 0; }

  /** The owner's next operation on a page. False: no frame was free; the page is as it was, and the operation is begun again later. */
  next(i: number): boolean {
    const page = pageOf(i), was = this.#done[i]!, n = was + 1, frame = frameOf(i, n);
    Atomics.store(this.#begun, i, n);
    if (n % 3 === 0) {
      const returned = this.table.unmap(page);
      if (returned !== frameOf(i, was)) this.fail(`W3: page ${i} was mapped to ${show(frameOf(i, was))}; unmap returns ${show(returned)}`);
    } else {
      const status = this.map(page, frame, n % 3 === 2);
      if (status === Status.NOMEM && n % 3 === 1) { this.tally.refused++; return false; }
      if (status !== Status.OK) this.fail(`page ${i}: map answers ${Status[status]}`);
      if (n % 3 === 2 && this.thread.frame !== frameOf(i, was)) this.fail(`page ${i}: replaced ${show(this.thread.frame)}, not ${show(frameOf(i, was))}`);
      this.tally.mapped++;
    }
    const found = this.table.lookup(page);
    if (found !== (n % 3 === 0 ? -1 : frame)) this.fail(`page ${i}: its owner finds ${show(found)} after operation ${n}`);
    Atomics.store(this.#done, i, n);
    return true;
  }
  isMapped(i: number): boolean { return this.#done[i]! % 3 !== 0; }

  /** The first state from `low` on that shows this frame, or -1 for nothing. */
  #stateOf(i: number, frame: number, low: number): number {
    if (frame === -1) return low + (3 - low % 3) % 3;
    const upper = Math.floor(frame / 2 ** 20), lower = frame % 2 ** 20;
    if (upper !== lower) this.fail(`R2: page ${i}: a torn entry, ${show(frame)}`);
    if (lower >> NUMBER_BITS !== i) this.fail(`R2: page ${i}: ${show(frame)} was mapped at page ${lower >> NUMBER_BITS}`);
    let n = low + ((lower - low) & WRAP - 1);
    while (n % 3 === 0) n += WRAP; // a reader that was held up for thousands of operations cannot tell the first from the next
    return n;
  }

  /** What was in force when the look began, as far as this reader can know. */
  #floor(i: number): number { return Math.max(Atomics.load(this.#done, i), this.#known[i]!); }

  #compare(i: number, frame: number, low: number, verb: string): number {
    const n = this.#stateOf(i, frame, low), begun = Atomics.load(this.#begun, i);
    if (n > begun) this.fail(`R1: ${verb} of page ${i} finds ${show(frame)}: in force were only the states ${low} to ${begun}`);
    if (frame === -1) this.tally.missed++; else this.tally.seen++;
    return n;
  }

  single(i: number, verb: "lookup" | "entry" | "walk"): void {
    const low = this.#floor(i), page = pageOf(i);
    const frame = verb === "lookup" ? this.table.lookup(page) : verb === "walk" ? this.table.walk(page) : this.table.entry(page)?.frame ?? -1;
    this.#known[i] = this.#compare(i, frame, low, verb);
  }

  /** One page, the pages of one group, one place of every group, or all: each several times, in whatever order the batch likes. */
  batch(): void {
    for (let i = 0; i < PAGES; i++) this.#low[i] = this.#floor(i);
    const first = this.somewhere(), stride = [0, 1, IN_GROUP, IN_GROUP + 1][this.random(4)]!;
    const subject = (at: number): number => stride === 1 ? first - first % IN_GROUP + (first + at) % IN_GROUP : (first + at * stride) % PAGES;
    for (let at = 0; at < BATCH; at++) this.#pages[at] = pageOf(subject(at));
    this.table.lookupBatch(this.#pages, this.#frames);
    this.#last.fill(NaN);
    for (let at = 0; at < BATCH; at++) {
      const i = subject(at), frame = this.#frames[at]!;
      if (frame === this.#last[i]) continue; // compared already
      this.#last[i] = frame;
      this.#known[i] = Math.max(this.#known[i]!, this.#compare(i, frame, this.#low[i]!, "batch"));
    }
  }

  /** A range of a group's leaf, and the same pages made read-only or writable: neither may bring a mapping back. */
  range(group: number, protect: boolean): void {
    const first = group * IN_GROUP, lows = Array.from({ length: IN_GROUP }, (_, i) => this.#floor(first + i));
    if (protect) this.table.protect(GROUPS[group]!, 512, { write: this.random(2) === 0 });
    const found = new Map(this.table.list(GROUPS[group]!, 512).map(({ page, frame }) => [page, frame]));
    for (const [i, low] of lows.entries()) {
      const page = pageOf(first + i);
      this.#known[first + i] = this.#compare(first + i, found.get(page) ?? -1, low, "list");
      found.delete(page);
    }
    if (found.size) this.fail(`R2: a list finds pages that were never mapped: ${[...found].map(([page, frame]) => `${page}: ${show(frame)}`).join(", ")}`);
  }
}

function show(frame: number): string {
  return frame === -1 ? "nothing" : `frame 0x${frame.toString(16)} (page ${frame % 2 ** 20 >> NUMBER_BITS}, operation ${frame % WRAP} modulo ${WRAP})`;
}

function own(witness: Witness, { worker, owners, rounds }: LedgerJob): void {
  const mine = (group: number): number[] => Array.from({ length: IN_GROUP }, (_, i) => group * IN_GROUP + i).filter((i) => i % owners === worker);
  for (; witness.round < rounds; witness.round++) {
    // A visit to a leaf: own pages come, change and go. One visit in eight leaves them there; one changes a single page for a while.
    const pages = mine(witness.random(GROUPS.length)).slice(0, 1 + witness.random(IN_GROUP)), kind = witness.random(8);
    witness.visit(pages[0]!);
    for (const i of pages) if (!witness.next(i)) break;
    if (kind === 0) for (let n = 0; n < HOT_TURNS; n++) witness.next(pages[0]!);
    if (kind !== 1) for (const i of pages) while (witness.isMapped(i)) witness.next(i);
  }
  for (let group = 0; group < GROUPS.length; group++) for (const i of mine(group)) while (witness.isMapped(i)) witness.next(i);
}

/** Half of the readers look in long batches, half page by page: each verb opens its section in its own way. */
function read(witness: Witness, { worker }: LedgerJob): void {
  const batches = worker % 2 ? 4 : 1, singles = worker % 2 ? 24 : 600;
  for (; witness.ownersRun; witness.round++) {
    for (let n = 0; n < batches; n++) witness.batch();
    for (let n = 0; n < singles; n++) witness.single(witness.somewhere(), (["lookup", "lookup", "entry", "walk"] as const)[n % 4]!);
    witness.range(Math.floor(witness.somewhere() / IN_GROUP), witness.random(2) === 0);
  }
}

answer((job: LedgerJob): LedgerAnswer => {
  const witness = new Witness(job);
  witness.begin();
  try { if (job.role === "owner") own(witness, job); else read(witness, job); } finally { if (job.role === "owner") witness.finish(); }
  witness.thread.unregister();
  return witness.tally;
});
