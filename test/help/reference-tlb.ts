// A dull model of translation caches: lists of entries, oldest first; numbers as the manuals of simulators describe them.
import { Allowed, Verdict } from "../../assembly/layout/hardware.js";
import type { WalkResult } from "../../src/machine.js";
import type { Tree } from "../../src/registers.js";
import type { CacheStatistics, TableCacheShape, TlbOptions, TlbShape, TlbStatistics } from "../../src/tlb.js";

const WRITES = Allowed.WRITE | Allowed.USER_WRITE, FETCHES = Allowed.EXECUTE | Allowed.USER_EXECUTE;
/** A page, or (with a level) a table: from `va` on, of 2^span bytes. */
interface Entry { va: bigint; span: number; asid: number; isGlobal: boolean; allowed: number; output: bigint; level: number; used: number }

class Cache {
  readonly sets: (Entry | undefined)[][];
  readonly #trees: boolean[][];
  #random: bigint;
  readonly counts: CacheStatistics;
  constructor(readonly shape: TlbShape | TableCacheShape, readonly spans: number[]) {
    this.sets = Array.from({ length: shape.sets }, () => Array<Entry | undefined>(shape.ways).fill(undefined));
    this.#trees = this.sets.map(() => []);
    this.#random = BigInt.asUintN(64, (BigInt(shape.seed ?? 0) + 1n) * 0x9e3779b97f4a7c15n);
    this.counts = { name: shape.name, hits: 0, misses: 0, fills: 0, evictions: 0 };
  }
  serves(wanted: number): boolean { const { serves = "both" } = this.shape; return serves === "both" || (serves === "fetch") === ((wanted & FETCHES) !== 0); }
  #index(va: bigint, span: number): number { return Number((va >> BigInt(span)) % BigInt(this.shape.sets)); }
  find(va: bigint, asid: number, wanted: number, spans = this.spans): Entry | undefined {
    for (const span of [...spans].sort((a, b) => a - b)) {
      const found = this.sets[this.#index(va, span)]!.find((entry) => entry && entry.span === span && entry.va === va >> BigInt(span) << BigInt(span)
        && (entry.isGlobal || entry.asid === asid) && !(wanted & ~entry.allowed));
      if (found) return found;
    }
    return undefined;
  }
  touch(entry: Entry, now: number): void {
    const index = this.#index(entry.va, entry.span), way = this.sets[index]!.indexOf(entry);
    if (this.shape.replacement !== "fifo") entry.used = now;
    // Each node of the tree over the ways points to the half that was not used.
    for (let from = 0, size = this.shape.ways, node = 0; size > 1; size /= 2) {
      const isRight = way >= from + size / 2;
      this.#trees[index]![node] = !isRight;
      node = 2 * node + (isRight ? 2 : 1);
      if (isRight) from += size / 2;
    }
  }
  #victim(index: number): number {
    const set = this.sets[index]!, empty = set.indexOf(undefined);
    if (empty >= 0) return empty;
    if (this.shape.replacement === "random") {
      let word = this.#random;
      word ^= BigInt.asUintN(64, word << 13n);
      word ^= word >> 7n;
      word ^= BigInt.asUintN(64, word << 17n);
      this.#random = word;
      return Number(word % BigInt(this.shape.ways));
    }
    if (this.shape.replacement !== "tree-plru") return set.indexOf(set.reduce((oldest, entry) => entry!.used < oldest!.used ? entry : oldest));
    let way = 0;
    for (let size = this.shape.ways, node = 0; size > 1; size /= 2) {
      const isRight = this.#trees[index]![node] ?? false;
      node = 2 * node + (isRight ? 2 : 1);
      if (isRight) way += size / 2;
    }
    return way;
  }
  fill(wide: Omit<Entry, "used">, now: number): void {
    const known = this.find(wide.va, wide.asid, 0, [wide.span]), index = this.#index(wide.va, wide.span), set = this.sets[index]!;
    const place = known ? set.indexOf(known) : this.#victim(index), entry = { ...wide, used: known ? known.used : now };
    if (!known) {
      this.counts.fills++;
      if (set[place]) this.counts.evictions++;
    }
    set[place] = entry;
    this.touch(entry, now);
  }
  invalidate(gone: (entry: Entry) => boolean): void {
    for (const set of this.sets) set.forEach((entry, way) => { if (entry && gone(entry)) set[way] = undefined; });
  }
}

export class ReferenceTlb {
  readonly #tlbs: Cache[];
  readonly #tables: Cache[];
  #now = 0;
  readonly #sums = { accesses: 0, walks: 0, memoryAccesses: 0, faults: 0, cycles: 0 };
  /** Pointers of its tables are not global, and allow everything. `dirty`: the bit that a walk for a write sets, 0 when walks mark nothing. */
  constructor(readonly options: TlbOptions, readonly tree: Tree, readonly global: bigint, readonly walk: (va: bigint, wanted: number) => WalkResult, readonly dirty: bigint) {
    this.#tlbs = [...options.tlbs].sort((a, b) => (a.level ?? 1) - (b.level ?? 1)).map((shape) => new Cache(shape, shape.pageBytes.map(Math.log2)));
    this.#tables = (options.tableCaches ?? []).map((shape) => new Cache(shape, shape.tables.map((level) => this.#span(level))));
  }
  #span(level: number): number { return this.tree.pageLg2 + (level + 1) * this.tree.indexBits; }
  get statistics(): TlbStatistics { return { ...this.#sums, caches: [...this.#tlbs, ...this.#tables].map(({ counts }) => counts) }; }

  access(va: bigint, wanted: number, asid: number): { output: bigint; verdict: Verdict; cycles: number } {
    const asked: { cache: Cache; found: Entry | undefined }[] = [], levels = [...new Set(this.#tlbs.map(({ shape }) => (shape as TlbShape).level ?? 1))];
    const ask = (caches: Cache[], rights: number): number => {
      const serving = caches.filter((cache) => cache.serves(wanted));
      for (const cache of serving) asked.push({ cache, found: cache.find(va, asid, rights) });
      return Math.max(0, ...serving.map(({ shape }) => shape.cycles ?? 0));
    };
    let cycles = 0, hit: Entry | undefined, before: Cache[] = [];
    for (const level of levels) {
      const here = this.#tlbs.filter(({ shape }) => ((shape as TlbShape).level ?? 1) === level), from = asked.length;
      cycles += ask(here, wanted);
      hit = asked.slice(from).find(({ found }) => found)?.found;
      if (hit) break;
      before = [...before, ...here];
    }
    this.#sums.accesses++;
    if (hit) {
      this.#settle(asked);
      for (const cache of before) if (cache.serves(wanted)) this.#fillPage(cache, hit, va);
      this.#sums.cycles += cycles;
      return { output: hit.output + (va & (1n << BigInt(hit.span)) - 1n), verdict: Verdict.LEAF, cycles };
    }
    const from = asked.length;
    cycles += ask(this.#tables, 0);
    const start = Math.min(this.tree.levels - 1, ...asked.slice(from).flatMap(({ found }) => found ? [found.level] : []));
    const { verdict, path, pa, sizeLg2, allowed } = this.walk(va, wanted), read = path.filter(({ level }) => level <= start);
    cycles += read.length * (this.options.memoryCycles ?? 0);
    this.#settle(asked);
    for (const [i, { level }] of read.slice(0, -1).entries()) for (const cache of this.#tables) {
      if (!cache.serves(wanted) || !(cache.shape as TableCacheShape).tables.includes(level - 1)) continue;
      const span = this.#span(level - 1), output = read[i + 1]!.at >> 12n << 12n;
      cache.fill({ va: va >> BigInt(span) << BigInt(span), span, asid, isGlobal: false, allowed: Allowed.ALL, output, level: level - 1 }, ++this.#now);
    }
    this.#sums.walks++;
    this.#sums.memoryAccesses += read.length;
    this.#sums.cycles += cycles;
    if (verdict !== Verdict.LEAF) { this.#sums.faults++; return { output: 0n, verdict, cycles }; }
    const { item } = path.at(-1)!, kept = this.dirty && !(item & this.dirty) ? allowed & ~WRITES : allowed, mask = (1n << BigInt(sizeLg2!)) - 1n;
    const page = { va: va & ~mask, span: sizeLg2!, asid, isGlobal: (item & this.global) !== 0n, allowed: kept, output: pa! & ~mask, level: 0 };
    for (const cache of this.#tlbs) if (cache.serves(wanted)) this.#fillPage(cache, page, va);
    return { output: pa!, verdict, cycles };
  }
  #settle(asked: { cache: Cache; found: Entry | undefined }[]): void {
    for (const { cache, found } of asked) {
      if (found) { cache.counts.hits++; cache.touch(found, ++this.#now); } else cache.counts.misses++;
    }
  }
  #fillPage(cache: Cache, page: Omit<Entry, "used">, va: bigint): void {
    const span = Math.max(0, ...cache.spans.filter((each) => each <= page.span)), mask = (1n << BigInt(span)) - 1n;
    if (span) cache.fill({ ...page, span, va: va & ~mask, output: page.output + (va - page.va & ~mask) }, ++this.#now);
  }
  invalidate(va: bigint | undefined, asid: number | undefined): void {
    for (const cache of [...this.#tlbs, ...this.#tables]) cache.invalidate((entry) =>
      (va === undefined || (va >= entry.va && va < entry.va + (1n << BigInt(entry.span)))) && (asid === undefined || (!entry.isGlobal && entry.asid === asid)));
  }
}
