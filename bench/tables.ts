// The tables that run in JavaScript: what one would write instead of ours. A directory is never given back by them.
import { Workload, type Pages, type PageTable, type Player, type WorkloadOptions } from "./workload.js";

/** Batches and ranges as loops over single pages. */
abstract class Looping<Page, List extends Pages<Page>> implements PageTable<Page, List> {
  abstract convert(pages: Float64Array): List;
  abstract after(page: Page, count: number): Page;
  abstract lookup(page: Page): number;
  abstract map(page: Page, frame: number): void;
  abstract unmap(page: Page): number;
  abstract clear(): void;
  lookupBatch(pages: List, frames: Float64Array): void {
    for (let i = 0; i < pages.length; i++) frames[i] = this.lookup(pages[i]!);
  }
  lookupRange(page: Page, frames: Float64Array): void {
    for (let i = 0; i < frames.length; i++) frames[i] = this.lookup(this.after(page, i));
  }
  mapRange(page: Page, count: number, frame: number): void {
    for (let i = 0; i < count; i++) this.map(this.after(page, i), frame + i);
  }
  unmapRange(page: Page, count: number): number {
    let sum = 0;
    for (let i = 0; i < count; i++) sum = (sum + this.unmap(this.after(page, i))) | 0;
    return sum;
  }
}

abstract class Mapped<Page, List extends Pages<Page>> extends Looping<Page, List> {
  readonly #frames = new Map<Page, number>();
  lookup(page: Page): number { return this.#frames.get(page) ?? -1; }
  map(page: Page, frame: number): void {
    if (this.#frames.has(page)) throw new Error("mapped already");
    this.#frames.set(page, frame);
  }
  unmap(page: Page): number {
    const frame = this.#frames.get(page) ?? -1;
    this.#frames.delete(page);
    return frame;
  }
  clear(): void { this.#frames.clear(); }
}

class NumberMap extends Mapped<number, number[]> {
  convert(pages: Float64Array): number[] { return Array.from(pages); }
  after(page: number, count: number): number { return page + count; }
}

class BigIntMap extends Mapped<bigint, bigint[]> {
  convert(pages: Float64Array): bigint[] { return Array.from(pages, BigInt); }
  after(page: bigint, count: number): bigint { return page + BigInt(count); }
}

const HALF = 2 ** 18;

/** Four levels of 512 items in typed arrays. A directory item is the first index of the directory below, a leaf item frame + 1. */
class Radix extends Looping<number, Float64Array> {
  readonly #upper: Uint32Array;
  readonly #leaves: Float64Array;
  #upperUsed = 512;
  #leavesUsed = 512;
  constructor(pages: number) {
    super();
    this.#upper = new Uint32Array(512 * (8 + Math.ceil(pages / HALF)));
    this.#leaves = new Float64Array(512 * (4 + Math.ceil(pages / 512)));
  }
  convert(pages: Float64Array): Float64Array { return pages; }
  after(page: number, count: number): number { return page + count; }
  lookup(page: number): number {
    const at = this.#find(page);
    return at ? this.#leaves[at]! - 1 : -1;
  }
  map(page: number, frame: number): void {
    const upper = this.#upper, high = Math.floor(page / HALF);
    let at = high >> 9;
    at = (upper[at] ||= this.#newUpper()) + (high & 511);
    at = (upper[at] ||= this.#newUpper()) + (page >> 9 & 511);
    at = (upper[at] ||= this.#newLeaf()) + (page & 511);
    if (this.#leaves[at]) throw new Error("mapped already");
    this.#leaves[at] = frame + 1;
  }
  unmap(page: number): number {
    const at = this.#find(page);
    if (!at) return -1;
    const frame = this.#leaves[at]! - 1;
    this.#leaves[at] = 0;
    return frame;
  }
  clear(): void {
    this.#upper.fill(0, 0, this.#upperUsed);
    this.#upperUsed = this.#leavesUsed = 512;
  }
  /** The index of the page's leaf item, 0 where a directory is missing. */
  #find(page: number): number {
    const upper = this.#upper, high = Math.floor(page / HALF);
    const second = upper[high >> 9]!;
    if (!second) return 0;
    const third = upper[second + (high & 511)]!;
    if (!third) return 0;
    const leaf = upper[third + (page >> 9 & 511)]!;
    return leaf && leaf + (page & 511);
  }
  #newUpper(): number { return (this.#upperUsed += 512) - 512; }
  #newLeaf(): number {
    const leaf = this.#leavesUsed;
    this.#leaves.fill(0, leaf, leaf + 512);
    this.#leavesUsed += 512;
    return leaf;
  }
}

/** How to make each of them, by the name that the bench prints. */
export const TABLES = {
  "JS Map": (options: WorkloadOptions): Player => new Workload(new NumberMap(), options),
  "JS Map, bigint": (options: WorkloadOptions): Player => new Workload(new BigIntMap(), options),
  "JS radix": (options: WorkloadOptions): Player => new Workload(new Radix(options.pages), options),
} as const;
