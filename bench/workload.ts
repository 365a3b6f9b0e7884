// The cases of the table bench: what both sides do, in the same order, and how it is timed. native/cases.h is its twin.
import process from "node:process";

export type Case =
  | "translate-random" | "translate-sequential" | "translate-range" | "translate-single" // the first two in batches, the third in batches that are not listed
  | "map-single" | "unmap-single"
  | "map-new" // a half of a leaf directory a call, into leaves that do not exist yet
  | "edit-existing" | "edit-owned" // the other half: mapped and unmapped, a half a call; by who knows that nobody else does
  | "two-disjoint" | "two-same" // two threads: change halves of their own, translate the same
  | "bytes" // of directories and their descriptors, a page
  | "compile" | "instantiate"; // nanoseconds

/** Pages in the type that a table wants them in. */
export interface Pages<Page> { readonly length: number; readonly [index: number]: Page }

/** What a case is played on. Whoever implements it is alone in its process, so that no call here is slowed by the others. */
export interface PageTable<Page, List extends Pages<Page>> {
  /** The pages as the calls below take them: converted before the clock runs. */
  convert(pages: Float64Array): List;
  /** The frame, or -1. */
  lookup(page: Page): number;
  lookupBatch(pages: List, frames: Float64Array): void;
  /** The frames of so many pages that follow each other, or -1. */
  lookupRange(page: Page, frames: Float64Array): void;
  map(page: Page, frame: number): void;
  /** The frame that was mapped, or -1. */
  unmap(page: Page): number;
  /** `owned`: by who knows that nobody else maps these pages. */
  mapRange(page: Page, count: number, frame: number, owned?: boolean): void;
  /** The sum of the frames that were mapped (32 bits). */
  unmapRange(page: Page, count: number): number;
  /** Makes it as new; nothing is mapped when this is called. */
  clear(): void;
}

/** Nanoseconds a page, and the sum of all frames seen (32 bits), which every side must agree on. `alone`: of one thread while the other is not there. */
export interface Sample { ns: number; check: number; alone: number }

/** `first` is the page number of the first page. */
export interface WorkloadOptions { pages: number; seed: number; first: number }

export const LEAF = 512;
export const RANGE = LEAF / 2;
export const BATCH = 1024;
/** Of how many pages one is looked at when a table is checked. */
const CHECK_STEP = 16;
/** The frame that the first page is mapped to; its neighbours follow, so that it does not matter whether a page is mapped alone or with them. */
const FIRST_FRAME = 0x123456;

/** A table that is ready to be measured: `count` pages are passed through at least. */
export interface Player { play(name: Case, count: number, seed: number): Sample | Promise<Sample> }

/** Pages in the order of their calls, and the frames that they are mapped to. */
interface Order<List> { pages: List; frames: Float64Array }

export class Workload<Page, List extends Pages<Page>> implements Player {
  readonly #random: Order<List>;
  readonly #leaves: { lower: Order<List>; upper: Order<List> };
  readonly #inOrder: Order<List>;
  #isFull = false;

  constructor(readonly table: PageTable<Page, List>, readonly options: WorkloadOptions) {
    const { pages, seed, first } = options, leaves = shuffled(first, pages, LEAF, seed);
    this.#random = this.order(shuffled(first, pages, 1, seed));
    this.#leaves = { lower: this.order(leaves), upper: this.order(leaves.map((page) => page + RANGE)) };
    this.#inOrder = this.order(every(first, pages, LEAF));
  }

  play(name: Case, count: number, seed: number): Sample {
    if (name.startsWith("translate-")) return this.#translate(name, count, seed);
    let ns = 0, check = 0, passed = 0;
    while (passed < count) {
      const once = this.#once(name);
      ns += once.ns;
      check = (check + once.check) | 0;
      passed += once.pages;
    }
    return { ns: ns / passed, check: check >>> 0, alone: 0 };
  }

  #translate(name: Case, count: number, seed: number): Sample {
    this.beFull();
    if (name === "translate-single") {
      const pages = this.wanted(count, seed), begin = now(), check = this.#lookups(pages);
      return { ns: (now() - begin) / count, check: check >>> 0, alone: 0 };
    }
    const batches = this.batches(name === "translate-random" ? this.drawn(count, seed) : this.#sequence(count));
    const begin = now();
    if (name === "translate-range") this.#lookupRanges(batches); else this.lookups(batches);
    const ns = now() - begin;
    return { ns: ns / count, check: sumOf(batches.found) >>> 0, alone: 0 };
  }

  /** What changes the table, once through all its pages. */
  #once(name: Case): { ns: number; check: number; pages: number } {
    const { pages } = this.options, { lower, upper } = this.#leaves;
    let begin: number, ns: number, check: number;
    switch (name) {
      case "map-single":
        this.beEmpty();
        begin = now();
        this.maps(this.#random);
        ns = now() - begin;
        this.#isFull = true;
        return { ns, check: this.#sumOfSome(), pages };
      case "unmap-single":
        this.beFull();
        begin = now();
        check = this.unmaps(this.#random);
        ns = now() - begin;
        this.#isFull = false;
        return { ns, check, pages };
      case "map-new":
        this.beEmpty();
        begin = now();
        this.#mapRanges(lower, RANGE);
        ns = now() - begin;
        check = this.#sumOfSome();
        this.#unmapRanges(lower, RANGE);
        return { ns, check, pages: pages / 2 };
      case "edit-existing": case "edit-owned": // each page twice: mapped and unmapped
        this.beEmpty();
        this.#mapRanges(lower, RANGE);
        begin = now();
        this.#mapRanges(upper, RANGE, name === "edit-owned");
        check = this.#unmapRanges(upper, RANGE);
        ns = now() - begin;
        this.#unmapRanges(lower, RANGE);
        return { ns, check, pages };
      default: throw new Error(`no case is called "${name}" here`);
    }
  }

  /** By rising page, as programs fill their tables. */
  beFull(): void {
    if (!this.#isFull) this.#mapRanges(this.#inOrder, LEAF);
    this.#isFull = true;
  }
  beEmpty(): void {
    if (this.#isFull) this.#unmapRanges(this.#inOrder, LEAF);
    this.#isFull = false;
    this.table.clear();
  }

  order(pages: Float64Array): Order<List> {
    return { pages: this.table.convert(pages), frames: pages.map((page) => page - this.options.first + FIRST_FRAME) };
  }
  /** As many pages as wanted, any of the table's. */
  drawn(count: number, seed: number): Float64Array {
    const { pages, first } = this.options, random = xorshift(seed);
    return new Float64Array(count).map(() => first + random() % pages);
  }
  wanted(count: number, seed: number): List { return this.table.convert(this.drawn(count, seed)); }
  #sequence(count: number): Float64Array { return new Float64Array(count).map((_, i) => this.options.first + i % this.options.pages); }

  /** Pages batch by batch, and where their frames go: touched before, or the first write to each piece of memory would be measured. */
  batches(pages: Float64Array): Batches<List> {
    const found = new Float64Array(pages.length).fill(-1), cut = (list: Float64Array, i: number): Float64Array => list.subarray(i * BATCH, (i + 1) * BATCH);
    const numbers = Array.from({ length: Math.ceil(pages.length / BATCH) }, (_, i) => i);
    return { pages: numbers.map((i) => this.table.convert(cut(pages, i))), frames: numbers.map((i) => cut(found, i)), found };
  }
  lookups({ pages, frames }: Batches<List>): void {
    const { table } = this;
    for (let i = 0; i < pages.length; i++) table.lookupBatch(pages[i]!, frames[i]!);
  }
  #lookupRanges({ pages, frames }: Batches<List>): void {
    const { table } = this;
    for (let i = 0; i < pages.length; i++) table.lookupRange(pages[i]![0]!, frames[i]!);
  }
  #lookups(pages: List): number {
    const { table } = this;
    let sum = 0;
    for (let i = 0; i < pages.length; i++) sum = (sum + table.lookup(pages[i]!)) | 0;
    return sum;
  }
  maps({ pages, frames }: Order<List>): void {
    const { table } = this;
    for (let i = 0; i < pages.length; i++) table.map(pages[i]!, frames[i]!);
  }
  unmaps({ pages }: Order<List>): number {
    const { table } = this;
    let sum = 0;
    for (let i = 0; i < pages.length; i++) sum = (sum + table.unmap(pages[i]!)) | 0;
    return sum;
  }
  #mapRanges({ pages, frames }: Order<List>, count: number, owned = false): void {
    const { table } = this;
    for (let i = 0; i < pages.length; i++) table.mapRange(pages[i]!, count, frames[i]!, owned);
  }
  #unmapRanges({ pages }: Order<List>, count: number): number {
    const { table } = this;
    let sum = 0;
    for (let i = 0; i < pages.length; i++) sum = (sum + table.unmapRange(pages[i]!, count)) | 0;
    return sum;
  }
  #sumOfSome(): number {
    const { pages, first } = this.options;
    return this.#lookups(this.table.convert(every(first, pages, CHECK_STEP)));
  }
}

export interface Batches<List> { pages: readonly List[]; frames: readonly Float64Array[]; found: Float64Array }

export function sumOf(frames: Float64Array): number { return frames.reduce((sum, frame) => (sum + frame) | 0, 0); }

function xorshift(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
function every(first: number, count: number, step: number): Float64Array {
  return new Float64Array(count / step).map((_, i) => first + i * step);
}
/** Every `step`th of the `count` pages from `first` on, in an order that the seed decides. */
export function shuffled(first: number, count: number, step: number, seed: number): Float64Array {
  const pages = every(first, count, step), random = xorshift(seed);
  for (let i = pages.length - 1; i > 0; i--) {
    const j = random() % (i + 1), page = pages[i]!;
    pages[i] = pages[j]!;
    pages[j] = page;
  }
  return pages;
}

/** Time of the processor in nanoseconds: what others on the machine take is not counted, what the runtime does meanwhile is. */
function now(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1e3;
}
export function wallNs(): number { return performance.now() * 1e6; }
