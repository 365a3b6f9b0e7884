// The dull reference of a table whose leaves may be fused: the model of a table, and beside it which runs are fused now. A run comes to be where its
// directory is new, or by a merge; whatever changes a leaf of it, or takes marks, makes it plain first, and then each leaf says what any said.
import { shapeOf, sizesOf, type Flags, type Shape } from "../../src/formats.js";
import type { Mapping } from "../../src/mapping.js";
import type { Table } from "../../src/table.js";
import { ModelTable, type Outcome } from "./model.js";

const RIGHTS = ["write", "execute", "user"] as const;

/** The model of a table, whatever its format. */
export function modelOf(table: Table): ModelTable {
  const shape = shapeOf(table.format);
  return shape.runs.length ? new FusedModel(shape, table.fixed, table.top().levels) : new ModelTable(table.sizes, table.fixed);
}

/** The sizes of leaves alone, and how many pages runs of those may have. */
function sizesIn({ levels, leafLevels, indexBits, runs }: Shape): { leaf: number; runs: number[] }[] {
  return Array.from({ length: levels }, (_, level) => level).filter((level) => leafLevels >> level & 1)
    .map((level) => ({ leaf: 2 ** (level * indexBits), runs: (runs[level] ?? []).map((leaves) => leaves * 2 ** (level * indexBits)) }));
}

class FusedModel extends ModelTable {
  /** How many pages runs of leaves of a size may have, shortest first. */
  readonly #runs: ReadonlyMap<number, number[]>;
  /** The first page of each fused run, the size of its leaves, and its own. */
  readonly #fused = new Map<number, { leaf: number; pages: number }>();

  /** `levels`: so many as the table begins with. It gets more where it grows. */
  constructor(readonly shape: Shape, fixed: Flags, private levels: number) {
    const sizes = sizesIn(shape);
    super(sizes.map(({ leaf }) => leaf), fixed);
    this.#runs = new Map(sizes.map(({ leaf, runs }) => [leaf, runs]));
  }

  /** The fused run that a page is in. */
  #runOver(page: number): { first: number; leaf: number; pages: number } | undefined {
    for (const pages of [...this.#runs.values()].flat()) {
      const first = page - page % pages, run = this.#fused.get(first);
      if (run?.pages === pages) return { first, ...run };
    }
    return undefined;
  }
  /** Gives every leaf of [first, first + pages) what is noted in any. */
  #note(first: number, pages: number): void {
    const leaves = super.list(first, pages), accessed = leaves.some((leaf) => leaf.accessed), dirty = leaves.some((leaf) => leaf.dirty);
    for (const { page, pages: size, frame, write, execute, user } of leaves) {
      super.unmapRange(page, size);
      super.mapRange(page, size, frame, { write, execute, user, accessed, dirty }, size);
    }
  }
  /** Makes the run that a page is in plain. */
  #separate(page: number): void {
    for (let run = this.#runOver(page); run; run = this.#runOver(page)) {
      this.#fused.delete(run.first);
      this.#note(run.first, run.pages);
    }
  }
  /** Says of leaves side by side that runs of them are fused, the longest that can be. */
  #fuse(page: number, count: number, frame: number, leaf: number, largest = Infinity): void {
    for (let i = 0; i < count;) {
      const pages = this.#runs.get(leaf)!.findLast((run) => run <= largest && (page + i) % run === 0 && (frame + i) % run === 0 && i + run <= count);
      if (pages) this.#fused.set(page + i, { leaf, pages });
      i += pages ?? leaf;
    }
  }
  #cutOnce(page: number): void {
    this.#separate(page);
    const { pages } = super.entry(page)!, smaller = this.sizes[this.sizes.indexOf(pages) - 1]!, first = page - page % pages;
    super.cut(page, smaller);
    this.#fuse(first, pages, super.entry(first)!.frame, smaller);
  }
  #pagesOver(page: number): number { return super.entry(page)?.pages ?? 0; }
  /** Before something happens to the leaves of a range: none lies across its ends. */
  #cutEnds(page: number, count: number): void {
    for (const end of [page + count, page]) while (end % (this.#pagesOver(end) || 1)) this.#cutOnce(end);
  }

  override entry(page: number): Mapping | undefined {
    const entry = super.entry(page), run = this.#runOver(page);
    return entry && run ? { ...entry, fused: run.pages } : entry;
  }
  override cut(page: number, pages: number): void {
    const leaf = this.sizes.findLast((size) => size <= pages)!;
    while (this.#pagesOver(page) > leaf) this.#cutOnce(page);
    if (this.#pagesOver(page) === leaf && (this.#runOver(page)?.pages ?? 0) > pages) this.#separate(page);
  }
  override merge(page: number, pages: number): boolean {
    const leaf = [...this.#runs].find(([, runs]) => runs.includes(pages))?.[0], first = page - page % pages;
    const forget = (): void => { for (const at of [...this.#fused.keys()]) if (at >= first && at < first + pages) this.#fused.delete(at); };
    if (leaf === undefined) {
      const isMerged = super.merge(page, pages);
      if (isMerged) forget();
      return isMerged;
    }
    const directory = leaf * 2 ** this.shape.indexBits, beside = super.list(page - page % directory, directory), leaves = super.list(first, pages), start = leaves[0];
    const run = this.#runOver(page), isFused = run?.leaf === leaf && run.pages >= pages;
    if (this.#isRoot(leaf) || isFused || !start || start.frame % pages || beside.some((each) => each.pages < leaf)) return false;
    const isRun = leaves.length === pages / leaf && leaves.every((each, i) =>
      each.pages === leaf && each.frame === start.frame + i * leaf && RIGHTS.every((right) => each[right] === start[right]));
    if (!isRun) return false;
    this.#note(first, pages);
    forget();
    this.#fused.set(first, { leaf, pages });
    return true;
  }
  #isRoot(leaf: number): boolean { return leaf === 2 ** ((this.levels - 1) * this.shape.indexBits); }
  /** Gives the table the levels that a leaf at a page needs. */
  #grow(page: number, leaf: number): void {
    while (Math.max(page + 1, leaf + 1) > 2 ** (this.levels * this.shape.indexBits)) this.levels++;
  }

  override map(page: number, frame: number, flags: Flags, replace = false): Outcome {
    if (replace && this.#pagesOver(page)) this.cut(page, 1);
    this.#grow(page, 1);
    return super.map(page, frame, flags, replace);
  }
  override unmap(page: number): number {
    if (this.#pagesOver(page)) this.cut(page, 1);
    return super.unmap(page);
  }
  override mapRange(page: number, count: number, frame: number, flags: Flags, largest = Infinity): Outcome {
    for (let i = 0, filled = -1; i < count;) { // in a directory that has something already nothing is fused
      const at = page + i, to = frame + i, leaf = this.sizes.filter((size) => size <= largest && at % size === 0 && to % size === 0 && i + size <= count).at(-1)!;
      this.#grow(at, leaf);
      const directory = leaf * 2 ** this.shape.indexBits, start = at - at % directory;
      const isNew = !this.#isRoot(leaf) && start !== filled && super.list(start, directory).length === 0;
      const room = Math.min(directory - at % directory, count - i), pages = isNew ? room - room % leaf : leaf;
      if (super.mapRange(at, pages, to, flags, leaf) !== "OK") return "EEXIST";
      if (isNew) this.#fuse(at, pages, to, leaf, largest);
      filled = start;
      i += pages;
    }
    return "OK";
  }
  override unmapRange(page: number, count: number): Mapping[] {
    this.#cutEnds(page, count);
    for (const leaf of super.list(page, count)) this.#separate(leaf.page);
    return super.unmapRange(page, count);
  }
  override protect(page: number, count: number, rights: Pick<Flags, "write" | "execute" | "user">): void {
    this.#cutEnds(page, count);
    for (const leaf of super.list(page, count)) if (RIGHTS.some((right) => leaf[right] !== (rights[right] ?? false))) this.#separate(leaf.page);
    super.protect(page, count, rights);
  }
  override readAndClear(page: number, count: number, marks: Pick<Flags, "accessed" | "dirty">): Mapping[] {
    this.#cutEnds(page, count);
    for (const leaf of super.list(page, count)) {
      const run = this.#runOver(leaf.page);
      if (run && super.list(run.first, run.pages).some(({ accessed, dirty }) => (marks.accessed && accessed) || (marks.dirty && dirty))) this.#separate(leaf.page);
    }
    return super.readAndClear(page, count, marks);
  }
  /** What is cloned is not fused, and what is sealed is plain. */
  override clone(page: number, count: number): { sealed: Mapping[]; cloned: Mapping[] } {
    for (const end of [page, page + count]) this.cut(end, sizesOf(this.shape).findLast((size) => end % size === 0)!);
    for (const leaf of super.list(page, count)) if (leaf.write) this.#separate(leaf.page);
    const { sealed, cloned } = super.clone(page, count);
    return { sealed, cloned: cloned.map(({ fused: _, ...leaf }) => leaf) };
  }
  override writeProtect(page: number, count: number, frame: number): Mapping[] {
    this.#cutEnds(page, count);
    for (const leaf of super.list(page, count)) if (leaf.write && leaf.frame - leaf.page === frame - page) this.#separate(leaf.page);
    return super.writeProtect(page, count, frame);
  }
}
