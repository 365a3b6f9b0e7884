// The dull reference of a page table: a Map of leaves, which may be large, and every verb in its most obvious words. A verb
// answers what the table's verb answers; where that throws, the model answers the code.
import { EntryKind } from "../../assembly/layout/entry.js";
import { PageMirrorError, type ErrorCode } from "../../src/error.js";
import type { Flags } from "../../src/formats.js";
import type { Mapping } from "../../src/mapping.js";

export type FlagSet = Required<Flags>;
export const FLAG_NAMES = ["write", "execute", "user", "accessed", "dirty"] as const satisfies readonly (keyof Flags)[];
export const NO_FLAGS: FlagSet = { write: false, execute: false, user: false, accessed: false, dirty: false };

/** Every set of flags, by the bits of its number. */
export const FLAG_SETS: readonly FlagSet[] = Array.from({ length: 1 << FLAG_NAMES.length }, (_, bits) =>
  Object.fromEntries(FLAG_NAMES.map((name, at) => [name, (bits >> at & 1) === 1])) as unknown as FlagSet);

export type Outcome = "OK" | ErrorCode;

/** What a call of the library came to. Only errors of the library count: anything else is a fault of its own. */
export function outcome(call: () => void): Outcome {
  try { call(); } catch (error) {
    if (error instanceof PageMirrorError) return error.code;
    throw error;
  }
  return "OK";
}

/** Its flags are never changed, only replaced: leaves share them. */
interface Leaf { pages: number; frame: number; flags: Readonly<FlagSet> }

export class ModelTable {
  /** By the first page of each. */
  readonly #leaves = new Map<number, Leaf>();

  /** `sizes`: those of leaves, in pages, smallest first; `fixed`: flags that every mapping has, whatever is asked for. */
  constructor(readonly sizes: readonly number[] = [1], readonly fixed: Flags = {}) {}

  get size(): number { return this.#leaves.size; }

  /** The leaf that covers a page, and its first page. */
  #over(page: number): [first: number, leaf: Leaf] | undefined {
    for (const size of this.sizes) {
      const first = page - page % size, leaf = this.#leaves.get(first);
      if (leaf?.pages === size) return [first, leaf];
    }
    return undefined;
  }
  /** Cuts what covers the page by one size. */
  #cutOnce(page: number): void {
    const [first, { pages, frame, flags }] = this.#over(page)!, smaller = this.sizes[this.sizes.indexOf(pages) - 1]!;
    for (let i = 0; i < pages; i += smaller) this.#leaves.set(first + i, { pages: smaller, frame: frame + i, flags });
  }
  cut(page: number, pages: number): void { while ((this.#over(page)?.[1].pages ?? 0) > pages) this.#cutOnce(page); }
  /** Cuts until no leaf reaches over the page from the one before it. */
  #cutAt(page: number): void { while ((this.#over(page)?.[0] ?? page) < page) this.#cutOnce(page); }

  merge(page: number, pages: number): boolean {
    const first = page - page % pages, smaller = this.sizes[this.sizes.indexOf(pages) - 1]!, start = this.#leaves.get(first);
    if (!start || start.frame % pages) return false;
    const flags = { ...start.flags };
    for (let i = 0; i < pages; i += smaller) {
      const part = this.#leaves.get(first + i);
      if (part?.pages !== smaller || part.frame !== start.frame + i || (["write", "execute", "user"] as const).some((name) => part.flags[name] !== start.flags[name])) return false;
      for (const name of ["accessed", "dirty"] as const) flags[name] ||= part.flags[name];
    }
    for (let i = 0; i < pages; i += smaller) this.#leaves.delete(first + i);
    this.#leaves.set(first, { pages, frame: start.frame, flags });
    return true;
  }

  entry(page: number): Mapping | undefined {
    const found = this.#over(page);
    return found && { page, frame: found[1].frame + page - found[0], pages: found[1].pages, kind: EntryKind.PRESENT, ...found[1].flags };
  }

  lookup(page: number): number { return this.entry(page)?.frame ?? -1; }

  lookupBatch(pages: readonly number[]): number[] { return pages.map((page) => this.lookup(page)); }

  walk(page: number, write: boolean): number {
    const leaf = this.#over(page)?.[1];
    if (!leaf || (write && !leaf.flags.write)) return -1;
    leaf.flags = { ...leaf.flags, accessed: true, dirty: leaf.flags.dirty || write, ...this.fixed };
    return this.lookup(page);
  }

  map(page: number, frame: number, flags: Flags, replace = false): Outcome {
    if (this.#over(page) && !replace) return "EEXIST";
    this.cut(page, 1);
    this.#leaves.set(page, { pages: 1, frame, flags: { ...NO_FLAGS, ...flags, ...this.fixed } });
    return "OK";
  }

  unmap(page: number): number {
    const frame = this.lookup(page);
    this.cut(page, 1);
    this.#leaves.delete(page);
    return frame;
  }

  /** By the largest leaves that fit; stops before the first that would lie over a mapped page; those before it stay. */
  mapRange(page: number, count: number, frame: number, flags: Flags, largest = this.sizes.at(-1)!): Outcome {
    const set = { ...NO_FLAGS, ...flags, ...this.fixed }, met = this.#starts(page, count)[0] ?? Infinity;
    for (let i = 0; i < count;) {
      const pages = this.sizes.findLast((size) => size <= largest && i + size <= count && (page + i) % size === 0 && (frame + i) % size === 0)!;
      if (page + i + pages > met) return "EEXIST";
      this.#leaves.set(page + i, { pages, frame: frame + i, flags: set });
      i += pages;
    }
    return "OK";
  }

  /** Stops at the first page that is mapped; those before it stay. */
  mapBatch(pages: readonly number[], frames: readonly number[], flags: Flags): Outcome {
    for (const [i, page] of pages.entries()) if (this.map(page, frames[i]!, flags) !== "OK") return "EEXIST";
    return "OK";
  }

  unmapRange(page: number, count: number): Mapping[] {
    this.#cutAt(page);
    this.#cutAt(page + count);
    const found = this.list(page, count);
    for (const mapping of found) this.#leaves.delete(mapping.page);
    return found;
  }

  unmapBatch(pages: readonly number[]): number[] { return pages.map((page) => this.unmap(page)); }

  protect(page: number, count: number, rights: Pick<Flags, "write" | "execute" | "user">): void {
    this.#cutAt(page);
    this.#cutAt(page + count);
    for (const { page: mapped } of this.list(page, count)) {
      const leaf = this.#leaves.get(mapped)!;
      const { accessed, dirty } = leaf.flags;
      leaf.flags = { ...NO_FLAGS, ...rights, accessed, dirty, ...this.fixed };
    }
  }

  readAndClear(page: number, count: number, marks: Pick<Flags, "accessed" | "dirty">): Mapping[] {
    this.#cutAt(page);
    this.#cutAt(page + count);
    const found = this.list(page, count).filter(({ accessed, dirty }) => (marks.accessed && accessed) || (marks.dirty && dirty));
    for (const { page: mapped } of found) {
      const leaf = this.#leaves.get(mapped)!;
      leaf.flags = { ...leaf.flags, accessed: leaf.flags.accessed && !marks.accessed, dirty: leaf.flags.dirty && !marks.dirty, ...this.fixed };
    }
    return found;
  }

  writeProtect(page: number, count: number, frame: number): Mapping[] {
    this.#cutAt(page);
    this.#cutAt(page + count);
    const found = this.list(page, count).filter((leaf) => leaf.write && leaf.frame - leaf.page === frame - page);
    for (const { page: mapped } of found) {
      const leaf = this.#leaves.get(mapped)!;
      leaf.flags = { ...leaf.flags, write: false, ...this.fixed };
    }
    return found;
  }

  /** What a clone of the range maps, and the leaves that may not write any more. */
  clone(page: number, count: number): { sealed: Mapping[]; cloned: Mapping[] } {
    this.#cutAt(page);
    this.#cutAt(page + count);
    const found = this.list(page, count), sealed = found.filter(({ write }) => write);
    for (const { page: mapped } of sealed) {
      const leaf = this.#leaves.get(mapped)!;
      leaf.flags = { ...leaf.flags, write: false };
    }
    return { sealed, cloned: found.map((mapping) => ({ ...mapping, write: false, accessed: false, dirty: false, ...this.fixed })) };
  }

  /** The leaves that reach into the range. */
  list(page = 0, count = Infinity): Mapping[] { return this.#starts(page, count).map((first) => this.entry(first)!); }

  /** Their first pages, rising: of few pages one after the other, else of all leaves. */
  #starts(page: number, count: number): number[] {
    const end = page + count, found: number[] = [];
    if (count > this.#leaves.size) {
      for (const [first, { pages }] of this.#leaves) if (first < end && first + pages > page) found.push(first);
      return found.sort((a, b) => a - b);
    }
    for (let at = page; at < end; at++) {
      const over = this.#over(at);
      if (!over) continue;
      found.push(over[0]);
      at = over[0] + over[1].pages - 1;
    }
    return found;
  }
}
