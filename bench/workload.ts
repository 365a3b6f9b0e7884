// The cases of the table bench: what both sides do, in the same order, and how it is timed. native/cases.h is its twin.

export const CASES = [
  "lookup-single", "lookup-batch-random", "lookup-batch-sequential", "map-single", "unmap-single", "map-range", "unmap-range",
] as const;
export type Case = typeof CASES[number];

/** Pages in the type that a table wants them in. */
export interface Pages<Page> { readonly length: number; readonly [index: number]: Page }

/** What a case is played on. Whoever implements it is alone in its process, so that no call here is slowed by the others. */
export interface PageTable<Page, List extends Pages<Page>> {
  /** The pages as the calls below take them: converted before the clock runs. */
  convert(pages: Float64Array): List;
  /** The frame, or -1. */
  lookup(page: Page): number;
  lookupBatch(pages: List, frames: Float64Array): void;
  map(page: Page, frame: number): void;
  /** The frame that was mapped, or -1. */
  unmap(page: Page): number;
  mapRange(page: Page, count: number, frame: number): void;
  /** How many pages were unmapped. */
  unmapRange(page: Page, count: number): number;
  /** Makes it as new; nothing is mapped when this is called. */
  clear(): void;
}

/** Nanoseconds a page, and the sum of all frames seen (32 bits), which every side must agree on. */
export interface Sample { case: Case; ns: number; check: number }

export interface WorkloadOptions {
  pages: number;
  seed: number;
  /** Page number of the first page. */
  first: number;
}

export const RANGE = 256;
export const BATCH = 1024;

/** A table that is ready to be measured. */
export interface Player { play(name: Case, rounds: number): Sample }

/** Pages in the order of their calls, and the frames that they are mapped to. */
interface Order<List> { pages: List; frames: Float64Array; batches: readonly List[] }

export class Workload<Page, List extends Pages<Page>> implements Player {
  readonly #random: Order<List>;
  readonly #sequential: Order<List>;
  readonly #randomRanges: Order<List>;
  readonly #sequentialRanges: Order<List>;
  readonly #found: Float64Array;
  readonly #foundBatches: readonly Float64Array[];

  constructor(readonly table: PageTable<Page, List>, readonly options: WorkloadOptions) {
    this.#random = this.#order(shuffle(this.#every(1), options.seed));
    this.#sequential = this.#order(this.#every(1));
    this.#randomRanges = this.#order(shuffle(this.#every(RANGE), options.seed));
    this.#sequentialRanges = this.#order(this.#every(RANGE));
    this.#found = new Float64Array(options.pages);
    this.#foundBatches = this.#random.batches.map((batch, i) => this.#found.subarray(i * BATCH, i * BATCH + batch.length));
  }

  /** Plays a case `rounds` times; the table is empty before and after. */
  play(name: Case, rounds: number): Sample {
    const [ns, check] = this.#measure(name, rounds);
    return { case: name, ns: ns / (rounds * this.options.pages), check: check >>> 0 };
  }

  #measure(name: Case, rounds: number): [ns: number, check: number] {
    switch (name) {
      case "lookup-single": return this.#lookups(rounds, () => this.#lookupSingle());
      case "lookup-batch-random": return this.#lookups(rounds, () => this.#lookupBatch(this.#random));
      case "lookup-batch-sequential": return this.#lookups(rounds, () => this.#lookupBatch(this.#sequential));
      case "map-single": return this.#singles(false, rounds);
      case "unmap-single": return this.#singles(true, rounds);
      case "map-range": return this.#ranges(false, rounds);
      case "unmap-range": return this.#ranges(true, rounds);
    }
  }

  /** `rounds` times over one table. What is not timed goes by rising page, as programs fill their tables. */
  #lookups(rounds: number, lookUp: () => [number, number]): [number, number] {
    let ns = 0, check = 0;
    this.#mapSingle(this.#sequential);
    for (let round = 0; round < rounds; round++) {
      const [took, sum] = lookUp();
      ns += took;
      check = (check + sum) | 0;
    }
    this.#unmapSingle();
    this.table.clear();
    return [ns, check];
  }

  /** `rounds` times from an empty table to a full one and back, a page a call; one of the two ways counts. */
  #singles(unmapping: boolean, rounds: number): [number, number] {
    let ns = 0, check = 0;
    for (let round = 0; round < rounds; round++) {
      const mapNs = this.#mapSingle(unmapping ? this.#sequential : this.#random);
      if (!unmapping) check = (check + this.#sumOfAll()) | 0;
      const [unmapNs, sum] = this.#unmapSingle();
      if (unmapping) check = (check + sum) | 0;
      ns += unmapping ? unmapNs : mapNs;
      this.table.clear();
    }
    return [ns, check];
  }

  /** The same, a range a call. */
  #ranges(unmapping: boolean, rounds: number): [number, number] {
    let ns = 0, check = 0;
    for (let round = 0; round < rounds; round++) {
      const mapNs = this.#mapRange(unmapping ? this.#sequentialRanges : this.#randomRanges);
      check = (check + this.#sumOfAll()) | 0;
      const unmapNs = this.#unmapRange();
      ns += unmapping ? unmapNs : mapNs;
      this.table.clear();
    }
    return [ns, check];
  }

  #lookupSingle(): [number, number] {
    const { table } = this, { pages } = this.#random;
    let sum = 0;
    const begin = now();
    for (let i = 0; i < pages.length; i++) sum = (sum + table.lookup(pages[i]!)) | 0;
    return [now() - begin, sum];
  }

  #lookupBatch({ batches }: Order<List>): [number, number] {
    const { table } = this, found = this.#foundBatches;
    const begin = now();
    for (let i = 0; i < batches.length; i++) table.lookupBatch(batches[i]!, found[i]!);
    const ns = now() - begin;
    return [ns, this.#found.reduce((sum, frame) => (sum + frame) | 0, 0)];
  }

  #mapSingle({ pages, frames }: Order<List>): number {
    const { table } = this;
    const begin = now();
    for (let i = 0; i < pages.length; i++) table.map(pages[i]!, frames[i]!);
    return now() - begin;
  }

  #unmapSingle(): [number, number] {
    const { table } = this, { pages } = this.#random;
    let sum = 0;
    const begin = now();
    for (let i = 0; i < pages.length; i++) sum = (sum + table.unmap(pages[i]!)) | 0;
    return [now() - begin, sum];
  }

  #mapRange({ pages, frames }: Order<List>): number {
    const { table } = this;
    const begin = now();
    for (let i = 0; i < pages.length; i++) table.mapRange(pages[i]!, RANGE, frames[i]!);
    return now() - begin;
  }

  #unmapRange(): number {
    const { table } = this, { pages } = this.#randomRanges;
    let unmapped = 0;
    const begin = now();
    for (let i = 0; i < pages.length; i++) unmapped += table.unmapRange(pages[i]!, RANGE);
    const ns = now() - begin;
    if (unmapped !== this.options.pages) throw new Error(`${unmapped} pages were unmapped: expected ${this.options.pages}`);
    return ns;
  }

  #sumOfAll(): number {
    const { table } = this, { pages } = this.#sequential;
    let sum = 0;
    for (let i = 0; i < pages.length; i++) sum = (sum + table.lookup(pages[i]!)) | 0;
    return sum;
  }

  #order(pages: Float64Array): Order<List> {
    const convert = (from: number, to: number): List => this.table.convert(pages.subarray(from, to));
    return {
      pages: convert(0, pages.length),
      frames: pages.map((page) => Math.imul(page - this.options.first, 0x9e3779b1) & 0x0fffffff),
      batches: Array.from({ length: Math.ceil(pages.length / BATCH) }, (_, i) => convert(i * BATCH, (i + 1) * BATCH)),
    };
  }

  #every(step: number): Float64Array {
    return Float64Array.from({ length: this.options.pages / step }, (_, i) => this.options.first + i * step);
  }
}

function shuffle(pages: Float64Array, seed: number): Float64Array {
  let state = seed;
  for (let i = pages.length - 1; i > 0; i--) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const j = (state >>> 0) % (i + 1), page = pages[i]!;
    pages[i] = pages[j]!;
    pages[j] = page;
  }
  return pages;
}

function now(): number { return performance.now() * 1e6; }
