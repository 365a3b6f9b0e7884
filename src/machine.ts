// A machine's physical memory, or the few pages of it that a walk needs, and walks through the page tables in it as its hardware makes them.
import { Physical, Verdict, WalkRequest, Walked } from "../assembly/layout/hardware.js";
import { address } from "./engine.js";
import { PageMirrorError, checkWhole, hex } from "./error.js";
import type { Tree } from "./registers.js";
import { checkThread, type Thread } from "./thread.js";

const PAGE_BYTES = 2 ** Physical.PAGE_LG2;

/** The 4096 bytes at a physical address, a multiple of 4096; undefined when the machine has no memory there. */
export type PageSource = (pa: bigint) => Uint8Array | undefined;

const bucketsLg2 = (capacity: number): number => Math.ceil(Math.log2(2 * capacity));

/** One item that a walk read: its level, its physical address, its value as the walk left it. */
export interface WalkStep { level: number; at: bigint; item: bigint }
export interface WalkResult {
  /** LEAF: the address is mapped; else why not. */
  verdict: Verdict;
  /** The output address and log2 of the page's size; undefined unless there is a leaf. */
  pa?: bigint;
  sizeLg2?: number;
  /** What every level together allows (Allowed). */
  allowed: number;
  /** The level where the walk ended. */
  level: number;
  path: WalkStep[];
}

export class Machine {
  readonly #record: number;
  readonly #out: number;
  readonly #buckets: number;
  readonly #pages: number;
  #used = 0;

  private constructor(readonly thread: Thread, at: number, readonly capacity: number, readonly source?: PageSource) {
    const { engine } = thread, lg2 = bucketsLg2(capacity);
    this.#record = at;
    this.#out = at + Physical.WINDOW + Physical.WINDOWS_MAX * Physical.WINDOW_BYTES;
    this.#buckets = this.#out + Walked.BYTES;
    this.#pages = Math.ceil((this.#buckets + 8 * 2 ** lg2) / PAGE_BYTES) * PAGE_BYTES;
    engine.setU32(at + Physical.BUCKETS_AT, this.#buckets);
    engine.setU32(at + Physical.BUCKETS_LG2, lg2);
    engine.setU32(at + Physical.WINDOWS, 0);
  }
  /** Bytes of workspace that a machine takes which holds so many pages. */
  static bytes(capacity: number): number {
    const record = Physical.WINDOW + Physical.WINDOWS_MAX * Physical.WINDOW_BYTES + Walked.BYTES;
    return Math.ceil((record + 8 * 2 ** bucketsLg2(capacity) + PAGE_BYTES * (capacity + 1)) / 64) * 64;
  }

  /**
   * A machine without memory, with room for `capacity` pages of 4 KiB. `source` is asked for a page that a walk needs and the machine has
   * not; when there is no more room all are forgotten. ENOMEM when the arena's workspace is too small.
   */
  static create(thread: Thread, capacity: number, source?: PageSource): Machine {
    checkThread(thread);
    thread.engine.needs("machineWalk");
    const bytes = Machine.bytes(checkWhole("capacity", capacity, 16, 2 ** 18));
    const at = address(thread.engine.wasm.workspaceTake(thread.me, bytes));
    if (at === 0) throw new PageMirrorError("ENOMEM", `${capacity} pages need ${bytes} bytes of workspace: create the engine with more workspaceBytes`);
    return new Machine(thread, at, capacity, source);
  }

  /**
   * Makes `bytes` bytes of the engine's memory from `at` on the machine's memory at a physical address: they are walked where they lie, and
   * whoever else writes them (an emulator to its guest's memory, another hart's walk) changes what the next walk sees. Without `at` a piece of
   * the arena's workspace is taken, all zeros. Answers where they begin. All three are multiples of 8. Call it before others use this machine;
   * a thread that walks at the same time does so with a machine of its own, which may have windows on the same bytes. EINVAL for bytes that the
   * memory has not, EEXIST for addresses that another window has, ENOSPC after 8 windows, ENOMEM when the workspace is used up.
   */
  window(pa: bigint, bytes: number, at?: number): number {
    const { engine } = this.thread, count = engine.u32(this.#record + Physical.WINDOWS), end = pa + BigInt(checkWhole("bytes", bytes, 8, 2 ** 32 - 8));
    if (pa < 0n || pa % 8n || bytes % 8 || end > 1n << 56n) throw new PageMirrorError("EINVAL", `window of ${bytes} bytes at ${hex(pa)}: expected multiples of 8 below 2^56`);
    if (at !== undefined && (checkWhole("at", at, 8, engine.memoryBytes) % 8 || at + bytes > engine.memoryBytes))
      throw new PageMirrorError("EINVAL", `window on ${bytes} bytes from ${hex(at)} on: expected a multiple of 8, and bytes within the memory's ${hex(engine.memoryBytes)}`);
    for (let i = 0; i < count; i++) {
      const first = engine.u64(this.#windowAt(i)), last = first + engine.u64(this.#windowAt(i) + Physical.WINDOW_LENGTH) - 1n;
      if (pa <= last && end > first) throw new PageMirrorError("EEXIST", `window at ${hex(pa)}: expected none of ${hex(first)} to ${hex(last)}, which another window has`);
    }
    if (count === Physical.WINDOWS_MAX) throw new PageMirrorError("ENOSPC", `window at ${hex(pa)}: the machine has its ${count} windows`);
    const where = at ?? address(engine.wasm.workspaceTake(this.thread.me, bytes));
    if (where === 0) throw new PageMirrorError("ENOMEM", `a window of ${bytes} bytes: the workspace has no room for it; create the engine with more workspaceBytes`);
    engine.setU64(this.#windowAt(count), pa);
    engine.setU64(this.#windowAt(count) + Physical.WINDOW_LENGTH, BigInt(bytes));
    engine.setU32(this.#windowAt(count) + Physical.WINDOW_AT, where);
    engine.setU32(this.#record + Physical.WINDOWS, count + 1);
    return where;
  }
  #windowAt(i: number): number { return this.#record + Physical.WINDOW + i * Physical.WINDOW_BYTES; }

  /** Gives the machine 4096 bytes of memory at a physical address, or other ones in their place. ENOSPC when it holds as many pages as it can. */
  supply(pa: bigint, bytes: Uint8Array): void {
    if (pa % BigInt(PAGE_BYTES) || pa < 0n || pa >> 56n) throw new PageMirrorError("EINVAL", `page at ${hex(pa)}: expected a multiple of ${hex(PAGE_BYTES)} below 2^56`);
    if (bytes.length !== PAGE_BYTES) throw new PageMirrorError("EINVAL", `page at ${hex(pa)} has ${bytes.length} bytes: expected ${PAGE_BYTES}`);
    const known = this.#hostOf(pa, PAGE_BYTES);
    if (known) { this.thread.engine.setBytes(known, bytes); return; }
    if (this.#used === this.capacity) throw new PageMirrorError("ENOSPC", `page at ${hex(pa)}: the machine holds its ${this.capacity} pages`);
    const at = this.#pages + PAGE_BYTES * this.#used++;
    this.thread.engine.setBytes(at, bytes);
    this.thread.engine.wasm.physicalSupply(this.#record, Number(pa >> BigInt(Physical.PAGE_LG2)), at);
  }

  /** Where in the arena the supplied pages lie: the first one's address, and the end of the last one's room. */
  get pagesAt(): [first: number, end: number] { return [this.#pages, this.#pages + PAGE_BYTES * this.capacity]; }

  /** Writes 8 or 4 bytes of the machine's memory, as the machine itself would. EFAULT when it has none there. */
  poke(pa: bigint, value: bigint, bytes: 4 | 8 = 8): void {
    const at = this.#hostOf(pa, bytes);
    if (at === 0 || pa % BigInt(bytes)) throw new PageMirrorError("EFAULT", `${bytes} bytes at ${hex(pa)}: expected memory that the machine has, and a multiple of ${bytes}`);
    if (bytes === 8) this.thread.engine.setU64(at, value);
    else this.thread.engine.setU32(at, Number(value));
  }

  #hostOf(pa: bigint, bytes: number): number { return address(this.thread.engine.wasm.physicalHost(this.#record, Number(pa >> 32n), Number(pa & 0xffffffffn), bytes)); }

  /** Drops all pages that were supplied. Nobody else may walk meanwhile. */
  forget(): void {
    this.thread.engine.setBytes(this.#buckets, new Uint8Array(8 * 2 ** bucketsLg2(this.capacity)));
    this.#used = 0;
  }

  /**
   * Walks for an access (Allowed bits; 0: any). The tables may be anybody's: whatever is wrong with them is a verdict. With `update` the walk sets
   * accessed and dirty bits where the tree's hardware does, by compare-and-swap, when the access is allowed (one that wants nothing counts as a
   * read); without, it changes nothing. CHANGING: others changed an item each of the 64 times that it was to be marked.
   */
  walk(tree: Tree, va: bigint, wanted = 0, update = false): WalkResult {
    for (;;) {
      const result = this.#walkOnce(tree, va, wanted | (update ? 1 << WalkRequest.UPDATE : 0));
      if (result.verdict !== Verdict.ABSENT || !this.bring(result.path.at(-1)!.at)) return result;
    }
  }
  /** Asks the source for the page of an item that is absent; false when it has none. @internal */
  bring(item: bigint): boolean {
    const pa = item & ~BigInt(PAGE_BYTES - 1), bytes = this.source?.(pa);
    if (!bytes) return false;
    if (this.#used === this.capacity) this.forget(); // a walk needs few pages: it gets through from the start
    this.supply(pa, bytes);
    return true;
  }
  /** Where its record is in the arena. @internal */
  get record(): number { return this.#record; }
  #walkOnce({ setup, root }: Tree, va: bigint, request: number): WalkResult {
    const { engine } = this.thread, out = this.#out;
    const verdict = engine.wasm.machineWalk(this.#record, setup, Number(root), Number(va >> 32n), Number(va & 0xffffffffn), request, out) as Verdict;
    const path = Array.from({ length: engine.u32(out + Walked.STEPS) }, (_, i): WalkStep => {
      const at = out + Walked.STEP + i * Walked.STEP_BYTES;
      return { level: engine.u32(at + Walked.STEP_LEVEL), at: engine.u64(at), item: engine.u64(at + Walked.ITEM) };
    });
    const level = path.at(-1)?.level ?? 0;
    if (verdict !== Verdict.LEAF && verdict !== Verdict.PERMISSION) return { verdict, allowed: 0, level, path };
    return { verdict, pa: engine.u64(out + Walked.OUTPUT), sizeLg2: engine.u32(out + Walked.SIZE_LG2), allowed: engine.u32(out + Walked.ALLOWED), level, path };
  }

  /** Every leaf of a tree, in order, as runs: equal steps of equal pages count together. `first`: where the addresses of the half begin. */
  *leaves(tree: Tree, first: bigint): Generator<LeafRun> {
    const end = first + (1n << BigInt(tree.isSignExtended ? tree.vaBits - 1 : tree.vaBits));
    let last: LeafRun | undefined;
    for (let va = first; va < end;) {
      const { verdict, pa, allowed, level, path } = this.walk(tree, va), bytes = 1n << BigInt(tree.pageLg2 + level * tree.indexBits), item = path.at(-1)?.item ?? 0n;
      if (path.length === 0) throw new PageMirrorError("EINVAL", `root ${hex(tree.root)}: expected one that hardware would walk from (${Verdict[verdict]})`);
      if (verdict === Verdict.LEAF) {
        if (last && last.bytes === bytes && last.va + bytes * BigInt(last.count) === va && last.pa + bytes * BigInt(last.count) === pa && last.allowed === allowed) last.count++;
        else {
          if (last) yield last;
          last = { va, pa: pa!, bytes, count: 1, allowed, item };
        }
      }
      va = (va / bytes + 1n) * bytes;
    }
    if (last) yield last;
  }
}
/** Leaves that follow each other, in input and output addresses, and allow the same; `item` is the first. */
export interface LeafRun { va: bigint; pa: bigint; bytes: bigint; count: number; allowed: number; item: bigint }
