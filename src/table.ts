// A page table: lookup, map, unmap, protect, by page number; single, range and batch. Any registered thread may call any verb on
// the same table at any time; no call but `merge` waits for another thread (X1 holds for all the others).
import { Header, Slot, Staging } from "../assembly/layout/arena.js";
import { Entry, EntryKind } from "../assembly/layout/entry.js";
import { Spaces } from "../assembly/layout/space.js";
import { Table as Record } from "../assembly/layout/table.js";
import { Status } from "../assembly/layout/status.js";
import { checkRoom, isBatch } from "./batch.js";
import { PageMirrorError, checkWhole, hex } from "./error.js";
import { formatOf, formatWord, pageNumberBits, shapeOf, sizesOf, wordOf, type Flags, type FormatName, type GenericFormat } from "./formats.js";
import type { Wasm } from "./engine.js";
import { checkHandle, staleError } from "./handle.js";
import { PartialError, kindIn, mapping, pagesIn, type Mapping } from "./mapping.js";
import { packFlags } from "./shape.js";
import { checkThread, type Thread } from "./thread.js";

const NOTED = 1 << Entry.ACCESSED | 1 << Entry.DIRTY;

/** Names a table of an arena; any worker attached to that arena can make a view of it. */
export interface TableHandle { table: number; generation: number }

export class Table {
  // Kept here, not looked up through the thread: a lookup takes less time than the way to its verb.
  readonly #wasm: Wasm;
  readonly #me: number;
  readonly #table: number;
  readonly format: FormatName | GenericFormat;
  /** What the engine is told of it. @internal */
  readonly word: number;
  /** How many bits of a page number choose an item of a directory. */
  readonly indexBits: number;
  /** Bytes of a page, which page and frame numbers count. */
  readonly pageBytes: number;
  /** Pages of the format's address space: page numbers are below this. */
  readonly pages: number;
  /** Frames that an entry of the format can name: frame numbers are below this. */
  readonly frames: number;
  /** The sizes of leaves that the format has, in pages, smallest first: 1, and those of large leaves and of fused runs. */
  readonly sizes: readonly number[];
  /** The flags that an item of the format cannot say, and what each mapping has instead, whatever was asked for. */
  readonly fixed: Readonly<Flags>;

  private constructor(readonly thread: Thread, readonly handle: TableHandle) {
    this.#wasm = thread.engine.wasm;
    this.#me = thread.me;
    this.#table = handle.table;
    this.word = wordOf(thread.engine, thread.engine.u32(recordOf(thread, handle.table) + Record.TOP));
    this.format = formatOf(thread.engine, this.word);
    const shape = shapeOf(this.format), { pageLg2, indexBits, frameBits, fixed } = shape;
    this.indexBits = indexBits;
    this.pageBytes = 2 ** pageLg2;
    this.pages = 2 ** pageNumberBits(shape);
    this.frames = 2 ** frameBits;
    this.fixed = fixed;
    this.sizes = sizesOf(shape);
  }

  /** Makes an empty table. ENOMEM when no frame is free for its root, ENOSPC when the arena holds as many tables as it can. */
  static create(thread: Thread, format: FormatName | GenericFormat = "x86-64"): Table {
    checkThread(thread);
    const table = thread.engine.wasm.tableCreate(thread.me, formatWord(thread, format));
    if (table < 0) throw thread.failure(-table, "a page table");
    return Table.view(thread, table);
  }
  /** A view of a table for the calling thread. ESTALE when the table is gone. */
  static attach(thread: Thread, handle: TableHandle): Table {
    checkThread(thread);
    checkHandle("table", handle, thread.engine.header(Header.TABLES), (table) => thread.engine.u32(recordOf(thread, table) + Record.GENERATION));
    return new Table(thread, handle);
  }
  /** A view of the table of that number: for the records that hold one. */
  static view(thread: Thread, table: number): Table {
    return new Table(thread, { table, generation: thread.engine.u32(recordOf(thread, table) + Record.GENERATION) });
  }
  /** Unmaps everything and ends the table: this view answers ESTALE from then on. No other thread may be using it. */
  destroy(): void {
    const now = this.thread.engine.u32(recordOf(this.thread, this.#table) + Record.GENERATION);
    if (this.#gone || now !== this.handle.generation) throw this.#stale(now);
    this.#gone = true;
    this.#wasm.tableDestroy(this.#me, this.#table);
  }
  #gone = false;
  #stale(now: number): PageMirrorError {
    return staleError("table", this.#table, this.handle.generation, now);
  }

  /** The frame that the page is mapped to, -1 when it is not (R1). Sets no bit. */
  lookup(page: number): number {
    return this.#wasm.tableLookup(this.#me, this.#table, this.#page(page));
  }
  /** The whole mapping of a page, or undefined. */
  entry(page: number): Mapping | undefined {
    const frame = this.#wasm.tableLookup(this.#me, this.#table, this.#page(page));
    return frame < 0 ? undefined : mapping(page, frame, this.thread.flags, this.indexBits);
  }
  /** Translates as hardware does: sets accessed, and dirty for a write. -1 when nothing is mapped or the right is missing. */
  walk(page: number, write = false): number {
    const bits = this.#wasm.tableWalk(this.#me, this.#table, this.#page(page), write);
    return kindIn(bits) === EntryKind.PRESENT && (!write || bits >> Entry.WRITE & 1) ? this.thread.frame : -1;
  }
  /** Maps an empty page. EEXIST when it is mapped (unless `replace`), ENOMEM when a directory is missing and no frame is free. */
  map(page: number, frame: number, flags: Flags = {}, replace = false): void {
    const status = this.#wasm.tableMap(this.#me, this.#table, this.#page(page), this.#frame(frame), packFlags(flags), replace);
    if (status !== Status.OK) throw this.thread.failure(status, `map page ${hex(page)}`);
  }
  /**
   * Unmaps a page and returns the frame it was mapped to, -1 when it was not. Exactly one caller gets each mapping (W3). A page of a
   * large leaf is cut out of it: ENOMEM when no frame is free for that.
   */
  unmap(page: number): number {
    const status = this.#wasm.tableUnmap(this.#me, this.#table, this.#page(page));
    if (status === Status.NOMEM) throw this.thread.failure(status, `unmap page ${hex(page)} of a large leaf`);
    return status === Status.OK ? this.thread.frame : -1;
  }
  /**
   * Maps `count` pages to successive frames, by the largest leaves that fit, of at most `largest` pages (one of `sizes`; default: all).
   * Leaves are fused where a whole run of them comes into a directory that is new; in one that stands they are not, `merge` can do that.
   * EEXIST stops before the first leaf that would lie over a mapped page; ENOMEM leaves nothing mapped. `owned`: the caller knows that nobody else
   * maps or unmaps any of these pages until this returns (readers, and who changes pages beside them, may be anywhere): quicker where directories stand. Who is
   * wrong about that loses mappings, and is told that they are there.
   */
  mapRange(page: number, count: number, frame: number, flags: Flags = {}, largest = this.sizes.at(-1)!, owned = false): void {
    const end = this.#range(page, count);
    this.#frame(frame + count - 1);
    const bits = packFlags(flags) | this.#size("largest", largest) << Entry.SIZE;
    const status = this.#wasm.tableMapRange(this.#me, this.#table, page, end, this.#frame(frame), bits, owned);
    if (status === Status.OK) return;
    const at = status === Status.EXIST ? this.thread.page : page + this.thread.count;
    throw this.thread.failure(status, `map page ${hex(at)} (${this.thread.count} of ${count} pages are mapped)`);
  }
  /** Unmaps what is mapped in the range; returns it. Atomic per leaf; cuts those that lie across its ends (ENOMEM: nothing is unmapped). */
  unmapRange(page: number, count: number): Mapping[] {
    return this.#batches(page, count, (from, end) => this.#wasm.tableUnmapRange(this.#me, this.#table, from, end));
  }
  /**
   * The same without an object for each leaf, for whoever unmaps much: `frames[i]` becomes the frame that `page + i` was mapped to, or -1. Returns how
   * many pages were mapped. After a PartialError `frames` has what was unmapped, and `done` is empty.
   */
  unmapFrames(page: number, count: number, frames: Float64Array): number {
    this.#range(page, count);
    checkRoom(frames, count);
    const { engine, staging } = this.thread;
    let unmapped = 0;
    frames.fill(-1, 0, count);
    this.#through(page, count, (from, end) => this.#wasm.tableUnmapRange(this.#me, this.#table, from, end), (staged, from, to) => {
      unmapped += staged;
      if (staged === to - from) engine.copyFloatsOut(staging + Staging.FRAMES, frames, from - page, staged); // each page has a leaf of its own
      else for (let i = 0; i < staged; i++) {
        const first = engine.f64(staging + Staging.PAGES + 8 * i) - page, pages = pagesIn(engine.u32(staging + Staging.FLAGS + 4 * i), this.indexBits);
        for (let n = 0; n < pages; n++) frames[first + n] = engine.f64(staging + Staging.FRAMES + 8 * i) + n;
        unmapped += pages - 1;
      }
    });
    return unmapped;
  }
  /** Sets the rights of what is mapped in the range; accessed and dirty stay. Cuts leaves that lie across its ends (ENOMEM: nothing is changed). */
  protect(page: number, count: number, flags: Pick<Flags, "write" | "execute" | "user">): void {
    const rights = packFlags(flags) & ~EntryKind.PRESENT;
    this.#batches(page, count, (from, end) => this.#wasm.tableProtectRange(this.#me, this.#table, from, end, rights));
  }
  /**
   * Reads and clears what hardware has noted: the leaves in the range that were accessed, or dirty, whichever are asked for, as they were,
   * by rising page; those marks are cleared and the others stay. Each is taken by the one swap that returns it, so a mark that hardware sets
   * meanwhile is in this answer or in a later one (H3), and of two callers one gets it. A machine that caches translations notes nothing more in
   * a leaf that it holds: invalidate there what is returned. Cuts leaves that lie across the range's ends, whose marks speak for all their
   * pages (ENOMEM: nothing is cleared); the parts outside keep the marks. Whoever wants large leaves whole asks for whole ones.
   */
  readAndClear(page: number, count: number, marks: Pick<Flags, "accessed" | "dirty">): Mapping[] {
    const bits = packFlags(marks) & ~EntryKind.PRESENT;
    if (bits === 0 || bits & ~NOTED) throw new PageMirrorError("EINVAL", `marks {${Object.keys(marks).join(", ")}}: expected accessed, dirty or both to be true`);
    return this.#batches(page, count, (from, end) => this.#wasm.tableReadAndClear(this.#me, this.#table, from, end, bits));
  }
  /**
   * Takes the right to write away from each page in the range that is mapped to `frame` and its successors; returns those leaves as they
   * were. Each by the one swap that returns it; what maps another frame by then is left alone. Cuts leaves that lie across the
   * range's ends (ENOMEM: nothing is changed).
   */
  writeProtect(page: number, count: number, frame: number): Mapping[] {
    this.#range(page, count);
    this.#frame(this.#frame(frame) + count - 1);
    return this.#batches(page, count, (from, end) => this.#wasm.tableWriteProtect(this.#me, this.#table, from, end, frame + from - page));
  }
  /**
   * Cuts the large leaf that covers the page until it is of at most `pages` pages (one of `sizes`); a longer run becomes plain leaves. Hitless: each address keeps its
   * translation at every moment, and every part inherits accessed and dirty. (Hardware of some kinds wants the entry taken out before its
   * size changes; tables that such hardware walks are not cut in place.) ENOMEM: nothing, or only an upper part, is cut.
   */
  cut(page: number, pages = 1): void {
    const status = this.#wasm.tableCut(this.#me, this.#table, this.#page(page), this.#size("pages", pages));
    if (status !== Status.OK) throw this.thread.failure(status, `cut page ${hex(page)}`);
  }
  /**
   * Puts one leaf of `pages` pages (one of `sizes`, above 1) in the place of the smaller ones that cover the same pages, when those are
   * of the next smaller size, follow each other and allow the same. Hitless; accessed and dirty of any of them are kept. False when
   * there is nothing to merge. A size of fused runs makes such a run of leaves, in a copy of their directory, unless that has directories below it.
   * ENOMEM: no frame is free for the copy, or for a level that was left out. EAGAIN: others change something there, or merge. Waits until every section
   * that began before has ended.
   */
  merge(page: number, pages: number): boolean {
    const size = this.#size("pages", pages);
    if (size === 0) throw new PageMirrorError("EINVAL", `pages is ${pages}: expected a size above 1 of ${this.sizes.join(", ")}`);
    let status = this.#wasm.tableMergeBegin(this.#me, this.#table, this.#page(page), size) as Status;
    if (status === Status.OK) {
      let isQuiet = false;
      try {
        this.thread.drain(Spaces.ALL); // nobody holds the way for a merge that is over
        this.#wasm.tableMergeHold(this.#me, this.#table, page, size);
        this.thread.drain(Spaces.ALL); // nobody came by it before
        isQuiet = true;
      }
      finally { status = this.#wasm.tableMergeFinish(this.#me, this.#table, page, size, isQuiet); }
    }
    if (status === Status.NOMEM) throw this.thread.failure(status, `merge page ${hex(page)}`);
    if (status === Status.AGAIN) throw new PageMirrorError("EAGAIN", `merge page ${hex(page)}: another thread changes what is mapped there`);
    return status === Status.OK;
  }
  /** Lists what is mapped in the range, by rising page. Each page as it was at some moment of the call. A large leaf comes whole: it may begin
   * before the range, or, if it was merged meanwhile, before pages that were listed as smaller leaves. */
  list(page = 0, count = this.pages - page): Mapping[] {
    return this.#batches(page, count, (from, end) => this.#wasm.tableList(this.#me, this.#table, from, end));
  }
  /** Looks up many pages: `frames[i]` becomes the frame of `pages[i]`, or -1. Any length; 1024 at a time are one batch. */
  lookupBatch(pages: Float64Array, frames: Float64Array): void {
    checkRoom(frames, pages.length);
    if (this.#gone || !(pages instanceof Float64Array)) this.#batch(pages);
    const { engine, staging } = this.thread;
    for (let first = 0; first < pages.length; first += Staging.ITEMS) {
      const count = Math.min(Staging.ITEMS, pages.length - first);
      engine.copyFloatsIn(staging + Staging.PAGES, pages, first, count);
      this.#wasm.tableLookupBatch(this.#me, this.#table, count);
      if (!this.thread.count) this.#batch(pages); // one of them is no page: says which
      engine.copyFloatsOut(staging + Staging.FRAMES, frames, first, count);
    }
  }
  /** Looks up pages that follow each other: `frames[i]` becomes the frame of `page + i`, or -1. As `lookupBatch`, without a list of the pages. */
  lookupRange(page: number, count: number, frames: Float64Array): void {
    const end = this.#range(page, count);
    checkRoom(frames, count);
    const { engine, staging } = this.thread;
    for (let from = page; from < end; from += Staging.ITEMS) {
      const some = Math.min(Staging.ITEMS, end - from);
      this.#wasm.tableLookupRange(this.#me, this.#table, from, some);
      engine.copyFloatsOut(staging + Staging.FRAMES, frames, from - page, some);
    }
  }
  /** Maps `pages[i]` to `frames[i]`. Stops at the first that fails; the error says which. */
  mapBatch(pages: Float64Array, frames: Float64Array, flags: Flags = {}): void {
    if (frames.length !== pages.length) throw new PageMirrorError("EINVAL", `frames has length ${frames.length}: expected ${pages.length}`);
    this.#batch(pages);
    if (!isBatch(frames, this.frames)) for (const frame of frames) this.#frame(frame);
    const { engine, staging } = this.thread, bits = packFlags(flags);
    for (let first = 0; first < pages.length; first += Staging.ITEMS) {
      const count = Math.min(Staging.ITEMS, pages.length - first);
      engine.copyFloatsIn(staging + Staging.PAGES, pages, first, count);
      engine.copyFloatsIn(staging + Staging.FRAMES, frames, first, count);
      for (let i = 0; i < count; i++) engine.setU32(staging + Staging.FLAGS + 4 * i, bits);
      const status = this.#wasm.tableMapBatch(this.#me, this.#table, count);
      if (status !== Status.OK) throw this.thread.failure(status, `map page ${hex(pages[first + this.thread.count]!)} (number ${first + this.thread.count} of the batch)`);
    }
  }
  /** Unmaps `pages[i]`; `frames[i]` becomes what it was mapped to, or -1. Returns how many were mapped. */
  unmapBatch(pages: Float64Array, frames: Float64Array): number {
    checkRoom(frames, pages.length);
    this.#batch(pages);
    const { engine, staging } = this.thread;
    let found = 0;
    for (let first = 0; first < pages.length; first += Staging.ITEMS) {
      const count = Math.min(Staging.ITEMS, pages.length - first);
      engine.copyFloatsIn(staging + Staging.PAGES, pages, first, count);
      this.#wasm.tableUnmapBatch(this.#me, this.#table, count);
      found += this.thread.count;
      engine.copyFloatsOut(staging + Staging.FRAMES, frames, first, count);
    }
    return found;
  }

  /**
   * The frame of the root, and how many levels there are, as both are at one moment: what hardware is told. A table that grows gets another
   * root when a page is mapped that is beyond its levels, and its former root may be given back; hardware that walks it is told again, and
   * until then the thread that lets it walk holds a pin. ESTALE when the table is gone.
   */
  top(): { frame: number; levels: number } {
    const status = this.#gone ? Status.STALE : this.#wasm.tableRoot(this.#me, this.#table), levels = this.thread.count + 1;
    if (status !== Status.OK) throw this.#stale(this.thread.engine.u32(recordOf(this.thread, this.#table) + Record.GENERATION));
    return { frame: this.thread.frame, levels };
  }

  /** EINVAL unless the table has these pages, ESTALE when the view's table is gone. @internal */
  checkRange(page: number, count: number): void { this.#range(page, count); }
  #page(page: number): number {
    if (this.#gone) throw this.#stale(this.handle.generation + 1);
    if (page >= 0 && page < this.pages && Number.isInteger(page)) return page;
    throw new PageMirrorError("EINVAL", `page ${typeof page === "number" ? hex(Math.trunc(page) || 0) : String(page)}: expected a whole number below ${hex(this.pages)}`);
  }
  #frame(frame: number): number {
    if (frame >= 0 && frame < this.frames && Number.isInteger(frame)) return frame;
    throw new PageMirrorError("EINVAL", `frame ${String(frame)}: expected a whole number below ${hex(this.frames)}`);
  }
  #batch(pages: Float64Array): void {
    if (this.#gone || !isBatch(pages, this.pages)) for (const page of pages) this.#page(page);
  }
  #range(page: number, count: number): number {
    this.#page(page);
    checkWhole("count", count, 1, this.pages - page);
    return page + count;
  }
  /** The size of so many pages, as the engine names it: layout/entry.ts. */
  #size(name: string, pages: number): number {
    if (this.sizes.includes(pages)) return Math.log2(pages);
    throw new PageMirrorError("EINVAL", `${name} is ${String(pages)}: expected a size of this format in pages: ${this.sizes.join(", ")}`);
  }
  /** Calls a verb of a range until it has come to the end of it, and lists what it leaves in staging. */
  #batches(page: number, count: number, verb: (from: number, end: number) => number): Mapping[] {
    const { engine, staging } = this.thread, found: Mapping[] = [];
    this.#through(page, count, verb, (staged) => {
      for (let i = 0; i < staged; i++) {
        const bits = engine.u32(staging + Staging.FLAGS + 4 * i);
        found.push(mapping(engine.f64(staging + Staging.PAGES + 8 * i), engine.f64(staging + Staging.FRAMES + 8 * i), bits, this.indexBits));
      }
    }, found);
    return found;
  }
  /** `take` is told how many leaves a call left in staging, of the pages from `from` to `to`; `found` is for the error that stops it half-way. */
  #through(
    page: number, count: number, verb: (from: number, end: number) => number, take: (staged: number, from: number, to: number) => void, found: readonly Mapping[] = [],
  ): void {
    const end = this.#range(page, count);
    for (let from = page, isBegun = false; ;) {
      const status = verb(from, end), staged = this.thread.count, to = this.thread.page;
      take(staged, from, to);
      from = to;
      isBegun ||= staged > 0;
      if (status === Status.OK) return;
      // Something was done already only if another thread merged over the end of the range: that freed a directory.
      if (status === Status.NOMEM && !(isBegun && this.thread.awaitFrames()))
        throw new PartialError(this.thread.failure(status, `cut the large leaf over page ${hex(from)}`), found);
    }
  }
}

export function recordOf(thread: Thread, table: number): number {
  return thread.engine.u32(thread.me + Slot.TABLES) + table * Record.BYTES;
}
