// A model of a processor's (or an IOMMU's) translation caches before a machine's tables: TLBs of several levels, and caches of tables from which
// a walk begins lower. For simulators: which accesses hit, what is evicted, how many cycles each takes. The loops are in the wasm: one call a batch.
import { Allowed, Walked } from "../assembly/layout/hardware.js";
import { Replacement, Tlb as Record, TlbAccess, TlbBatch, TlbCache, TlbEntry, TlbKind, TlbScope } from "../assembly/layout/tlb.js";
import { address } from "./engine.js";
import { PageMirrorError, checkWhole, hex } from "./error.js";
import type { Machine } from "./machine.js";
import type { Tree } from "./registers.js";
import type { Thread } from "./thread.js";

const REPLACEMENTS = { lru: Replacement.LRU, "tree-plru": Replacement.TREE_PLRU, fifo: Replacement.FIFO, random: Replacement.RANDOM } as const;
const SERVES = { data: TlbAccess.DATA, fetch: TlbAccess.FETCH, both: TlbAccess.DATA | TlbAccess.FETCH } as const;

/** A cache: `sets` of `ways` entries; one set is full associativity. */
interface CacheShape {
  /** What it is called in the statistics. */
  name: string;
  sets: number; ways: number;
  /** Which entry of a full set goes; default exact LRU. Tree-PLRU needs a power of two of at most 64 ways. */
  replacement?: keyof typeof REPLACEMENTS;
  /** Of the random replacement; default 0. */
  seed?: number;
  /** What asking it takes; caches that are asked at once take what the slowest of them takes. Default 0. */
  cycles?: number;
  /** Which accesses use it: fetches are those that want to execute. Default both. */
  serves?: keyof typeof SERVES;
}
/**
 * A TLB. `level` 1 (the default) is asked first, the next when all of that level have nothing; a hit fills those of lower levels. Sizes of pages
 * are in bytes: split TLBs are several of one level with a size each, a unified one has several. A page of another size is kept as the largest
 * that it fills, or not at all.
 */
export interface TlbShape extends CacheShape { level?: number; pageBytes: number[] }
/** A paging-structure cache: of entries that point to tables of these levels; 0 is a leaf table (x86: the PDE cache), 1 the level above. */
export interface TableCacheShape extends CacheShape { tables: number[] }
export interface TlbOptions {
  tlbs: TlbShape[];
  tableCaches?: TableCacheShape[];
  /** Cycles to read one item of a table; default 0. */
  memoryCycles?: number;
}
/** Where a model lies, and what its caches are called: plain, to be posted. */
export interface TlbHandle { at: number; names: string[] }

export interface CacheStatistics { name: string; hits: number; misses: number; fills: number; evictions: number }
export interface TlbStatistics {
  accesses: number; walks: number;
  /** Items of tables that walks read; walks that ended without a page. */
  memoryAccesses: number; faults: number;
  cycles: number;
  /** In the order in which they are asked. An access counts in each cache that it asks: also in the other half of a split TLB. */
  caches: CacheStatistics[];
}
/** What a batch is for: `wanted` are Allowed bits, of all accesses or of each (default READ); `update`: walks set accessed and dirty bits. */
export interface AccessOptions { asid?: number; wanted?: number | Uint8Array; update?: boolean }
type Addresses = Float64Array | BigUint64Array;
/** For each access: its output address (0 where there is none), how it ended, what it took. */
export interface TlbAnswers<A extends Addresses> { outputs: A; verdicts: Uint8Array; cycles: Uint32Array }

const isPower = (value: number): boolean => Number.isInteger(Math.log2(value));
const stateBytes = ({ sets, replacement }: CacheShape): number => replacement === "tree-plru" ? 8 * sets : 0;
const cacheBytes = (shape: CacheShape): number => shape.sets * shape.ways * TlbEntry.BYTES + stateBytes(shape);

function check({ tlbs, tableCaches = [], memoryCycles = 0 }: TlbOptions): void {
  const all = [...tlbs, ...tableCaches];
  checkWhole("memoryCycles", memoryCycles, 0, 2 ** 20);
  checkWhole("the number of caches", all.length, 1, Record.CACHES_MAX);
  for (const { name, sets, ways, replacement = "lru", seed = 0, cycles = 0, serves = "both" } of all) {
    checkWhole(`${name}: sets`, sets, 1, 2 ** 16);
    checkWhole(`${name}: ways`, ways, 1, 2 ** 12);
    checkWhole(`${name}: seed`, seed, 0, 2 ** 32 - 1);
    checkWhole(`${name}: cycles`, cycles, 0, 2 ** 20);
    for (const [what, given, known] of [["replacement", replacement, REPLACEMENTS], ["serves", serves, SERVES]] as const)
      if (!Object.hasOwn(known, given)) throw new PageMirrorError("EINVAL", `${name}: ${what} is ${String(given)}: expected ${Object.keys(known).join(", ")}`);
    if (replacement === "tree-plru" && !(isPower(ways) && ways <= 64))
      throw new PageMirrorError("EINVAL", `${name}: ${ways} ways with tree-plru: expected a power of two of at most 64`);
  }
  for (const { name, level = 1, pageBytes } of tlbs) {
    checkWhole(`${name}: level`, level, 1, Record.CACHES_MAX);
    const wrong = pageBytes.find((bytes) => !isPower(bytes) || bytes < 4096 || bytes > 2 ** 52);
    if (wrong !== undefined) throw new PageMirrorError("EINVAL", `${name}: pages of ${wrong} bytes: expected a power of two from 4096 to 2^52`);
  }
  for (const { name, tables } of tableCaches) for (const level of tables) checkWhole(`${name}: level of tables`, level, 0, 4);
}

/** Belongs to one thread: no other may call it meanwhile. What it walks may be changed by anybody. */
export class Tlb {
  private constructor(readonly thread: Thread, readonly handle: TlbHandle) {}

  /** Bytes of workspace that a model takes. */
  static bytes(options: TlbOptions): number {
    return [...options.tlbs, ...options.tableCaches ?? []].reduce((sum, shape) => sum + cacheBytes(shape), Record.BYTES) + 64;
  }
  /** A model with nothing in it. EINVAL for a shape that cannot be, ENOMEM when the arena's workspace is used up. */
  static create(thread: Thread, options: TlbOptions): Tlb {
    check(options);
    const { engine } = thread, bytes = Tlb.bytes(options), at = address(engine.wasm.workspaceTake(thread.me, bytes));
    if (at === 0) throw new PageMirrorError("ENOMEM", `a TLB model needs ${bytes} bytes of workspace: create the engine with more workspaceBytes`);
    const { tableCaches = [], memoryCycles = 0 } = options;
    const tlbs = [...options.tlbs].sort((a, b) => (a.level ?? 1) - (b.level ?? 1));
    let next = at + Record.BYTES, cache = at + Record.CACHE;
    const place = (shape: CacheShape, kind: TlbKind, order: number, spans: number[]): void => {
      const set = (field: TlbCache, value: number): void => { engine.setU32(cache + field, value); };
      engine.setU64(cache + TlbCache.SPANS, spans.reduce((mask, span) => mask | 1n << BigInt(span), 0n));
      engine.setU64(cache + TlbCache.RANDOM, BigInt.asUintN(64, (BigInt(shape.seed ?? 0) + 1n) * 0x9e3779b97f4a7c15n));
      set(TlbCache.KIND, kind);
      set(TlbCache.ORDER, order);
      set(TlbCache.SERVES, SERVES[shape.serves ?? "both"]);
      set(TlbCache.SETS, shape.sets);
      set(TlbCache.WAYS, shape.ways);
      set(TlbCache.REPLACEMENT, REPLACEMENTS[shape.replacement ?? "lru"]);
      set(TlbCache.LATENCY, shape.cycles ?? 0);
      set(TlbCache.ENTRIES_AT, next);
      set(TlbCache.STATE_AT, next + cacheBytes(shape) - stateBytes(shape));
      next += cacheBytes(shape);
      cache += TlbCache.BYTES;
    };
    for (const shape of tlbs) place(shape, TlbKind.TRANSLATIONS, shape.level ?? 1, shape.pageBytes.map(Math.log2));
    for (const shape of tableCaches) place(shape, TlbKind.TABLES, 0, shape.tables);
    engine.setU32(at + Record.TRANSLATIONS, tlbs.length);
    engine.setU32(at + Record.CACHES, tlbs.length + tableCaches.length);
    engine.setU32(at + Record.MEMORY_CYCLES, memoryCycles);
    engine.setU32(at + Record.MAGIC, Record.MAGIC_WORD);
    return new Tlb(thread, { at, names: [...tlbs, ...tableCaches].map(({ name }) => name) });
  }
  /** Takes a model over in another worker, once its owner is done with it. ESTALE when there is none. */
  static attach(thread: Thread, handle: TlbHandle): Tlb {
    if (thread.engine.u32(handle.at + Record.MAGIC) !== Record.MAGIC_WORD) throw new PageMirrorError("ESTALE", `no TLB model at ${hex(handle.at)}`);
    return new Tlb(thread, handle);
  }

  /**
   * Translates a batch of any length through the caches, and walks `machine`'s tables where they have nothing. Addresses are floating-point
   * numbers (whole, exact up to 2^53) or 64-bit words, and so are outputs. `into` takes the answers, or new arrays do. Memory that the machine
   * has not is asked for where it has a source; without, the access ends ABSENT.
   */
  translate<A extends Addresses>(machine: Machine, tree: Tree, addresses: A, { asid = 0, wanted = Allowed.READ, update = false }: AccessOptions = {},
    into: TlbAnswers<A> = { outputs: addresses.slice() as A, verdicts: new Uint8Array(addresses.length), cycles: new Uint32Array(addresses.length) }): TlbAnswers<A> {
    const { handle: { at }, thread: { engine } } = this, flags = (update ? TlbBatch.UPDATE : 0) | (addresses instanceof Float64Array ? TlbBatch.FLOATS : 0);
    checkWhole("asid", asid, 0, 65535);
    if (typeof wanted !== "number" && wanted.length !== addresses.length)
      throw new PageMirrorError("EINVAL", `${wanted.length} accesses wanted of ${addresses.length} addresses: expected as many`);
    if (Math.min(into.outputs.length, into.verdicts.length, into.cycles.length) < addresses.length)
      throw new PageMirrorError("EINVAL", `room for ${into.outputs.length} outputs, ${into.verdicts.length} verdicts, ${into.cycles.length} cycles: expected ${addresses.length}`);
    engine.setU32(at + Record.MEMORY, machine.record);
    engine.setU32(at + Record.SETUP, tree.setup);
    engine.setU64(at + Record.ROOT, tree.root);
    engine.setU32(at + Record.PAGE_LG2, tree.pageLg2);
    engine.setU32(at + Record.INDEX_BITS, tree.indexBits);
    engine.setU32(at + Record.ASID, asid);
    for (let first = 0; first < addresses.length; first += Record.ITEMS) {
      const end = Math.min(first + Record.ITEMS, addresses.length), count = end - first, outputs = into.outputs.subarray(first, end);
      engine.setBytes(at + Record.ADDRESSES, bytesOf(addresses.subarray(first, end)));
      engine.setBytes(at + Record.WANTED, typeof wanted === "number" ? new Uint8Array(count).fill(wanted) : wanted.subarray(first, end));
      this.#run(machine, count, flags);
      bytesOf(outputs).set(engine.bytes(at + Record.ADDRESSES, 8 * count));
      bytesOf(into.cycles.subarray(first, end)).set(engine.bytes(at + Record.CYCLES_EACH, 4 * count));
      into.verdicts.set(engine.bytes(at + Record.VERDICTS, count), first);
    }
    return into;
  }
  /** The batch in place; what is absent is brought, and where nobody has it the access ends so. */
  #run(machine: Machine, count: number, flags: number): void {
    const { handle: { at }, thread: { engine } } = this, stops = machine.source ? TlbBatch.STOPS : 0;
    engine.setU32(at + Record.FLAGS, flags | stops);
    for (let done = 0; (done = engine.wasm.tlbTranslate(at, done, count)) < count;) {
      const walked = at + Record.WALKED, step = walked + Walked.STEP + Walked.STEP_BYTES * (engine.u32(walked + Walked.STEPS) - 1);
      if (machine.bring(engine.u64(step))) continue;
      engine.setU32(at + Record.FLAGS, flags);
      done = engine.wasm.tlbTranslate(at, done, done + 1);
      engine.setU32(at + Record.FLAGS, flags | stops);
    }
  }

  /**
   * Forgets what an invalidation instruction names: entries of an address, of an address space (global ones stay), of both; without either,
   * everything. SFENCE.VMA, INVLPG and a load of CR3 are such.
   */
  invalidate({ va, asid }: { va?: bigint | number; asid?: number } = {}): void {
    const word = BigInt.asUintN(64, BigInt(va ?? 0)), scope = (va === undefined ? 0 : TlbScope.ADDRESS) | (asid === undefined ? 0 : TlbScope.ASID);
    this.thread.engine.wasm.tlbInvalidate(this.handle.at, scope, checkWhole("asid", asid ?? 0, 0, 65535), Number(word >> 32n), Number(word & 0xffffffffn));
  }

  get statistics(): TlbStatistics {
    const { handle: { at, names }, thread: { engine } } = this, read = (where: number): number => Number(engine.u64(where));
    return {
      accesses: read(at + Record.ACCESSES), walks: read(at + Record.WALKS), memoryAccesses: read(at + Record.READS), faults: read(at + Record.FAULTS),
      cycles: read(at + Record.CYCLES),
      caches: names.map((name, i) => {
        const cache = at + Record.CACHE + i * TlbCache.BYTES;
        return { name, hits: read(cache + TlbCache.HITS), misses: read(cache + TlbCache.MISSES), fills: read(cache + TlbCache.FILLS), evictions: read(cache + TlbCache.EVICTIONS) };
      }),
    };
  }
}
const bytesOf = ({ buffer, byteOffset, byteLength }: Addresses | Uint32Array): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength);
