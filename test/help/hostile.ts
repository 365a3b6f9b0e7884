// Page tables that may be anything: nonsense, or real ones with some bits flipped. Whatever they hold, a walk ends within the level count, reads
// items of supplied pages only and as they are there, and changes no byte but its own answer.
import * as assert from "uvu/assert";
import { Slot } from "../../assembly/layout/arena.js";
import { Verdict } from "../../assembly/layout/hardware.js";
import type { Engine } from "../../src/engine.js";
import type { FormatName } from "../../src/formats.js";
import type { Random } from "../../src/generator.js";
import { Machine, type WalkResult } from "../../src/machine.js";
import { amdTree, armTrees, riscvTrees, vtdTree, x86Trees, type Tree } from "../../src/registers.js";
import { Table } from "../../src/table.js";
import { SEED, generator, makeEngine } from "./engine.js";
import { FLAG_SETS, outcome } from "./model.js";
import { addressOf, treeOver } from "./trees.js";
import { fixtureOf, pagesOf, treesOf } from "./truth.js";

const PAGE = 4096n, PAGES = 24, GUARD = 0xa5a5a5a5a5a5a5a5n;
/** Where nonsense has its root. */
export const ROOT = 0x40000n;
const bits = (random: Random, count: number): bigint => BigInt.asUintN(count, BigInt(random(2 ** 32)) << 32n | BigInt(random(2 ** 32)));

const arm = (tcr: bigint): Tree => armTrees({ ttbr0: ROOT, ttbr1: 0, tcr: tcr | 1n << 23n | 2n << 30n | 16n << 16n }).trees[0]!.tree;
/** What nonsense is walked as. */
export const TREES: { [name: string]: Tree } = {
  ...Object.fromEntries([4, 5].map((levels) => [`x86-64, ${levels} levels`, x86Trees({ cr0: 0x80010001, cr3: ROOT, cr4: 0x20 | (levels - 4) << 12, efer: 0xd00 }).trees[0]!.tree])),
  "x86-64, 40 bits, no NX": x86Trees({ cr0: 0x80000001, cr3: ROOT, cr4: 0x300020, efer: 0x500, physicalBits: 40 }).trees[0]!.tree,
  "RISC-V Sv32": treeOver("riscv-sv32", { frame: Number(ROOT >> 12n), levels: 2 }),
  ...Object.fromEntries([8n, 9n, 10n].map((mode) => [`RISC-V, mode ${mode}`, riscvTrees(mode << 60n | ROOT >> 12n).trees[0]!.tree])),
  ...Object.fromEntries([8n, 10n].map((mode) => [`RISC-V, guest-physical, mode ${mode}`, riscvTrees(mode << 60n | ROOT >> 12n, { guestPhysical: true }).trees[0]!.tree])),
  "VT-d, 4 levels": vtdTree({ root: ROOT, levels: 4 }), "AMD v1, mode 4": amdTree({ root: ROOT, mode: 4 }), "AMD v1, mode 6": amdTree({ root: ROOT, mode: 6 }),
  "Armv8, 4 KiB": arm(16n | 5n << 32n), "Armv8, 4 KiB, LPA2": arm(12n | 6n << 32n | 1n << 59n), "Armv8, 16 KiB": arm(17n | 2n << 14n | 5n << 32n),
  "Armv8, 16 KiB, LPA2": arm(12n | 2n << 14n | 6n << 32n | 1n << 59n), "Armv8, 64 KiB": arm(16n | 1n << 14n | 6n << 32n),
};

/** A machine with some pages, what they are meant to hold, and guards around them. */
class Guarded {
  readonly #content: BigUint64Array;
  readonly #halves: Uint32Array;
  readonly #places = new Map<bigint, number>();
  readonly #guards: bigint[];
  readonly #itemBytes: 4 | 8;
  readonly seen = new Map<Verdict, number>();

  private constructor(readonly engine: Engine, readonly machine: Machine, readonly tree: Tree, pages: readonly [pa: bigint, bytes: Uint8Array][]) {
    this.#content = new BigUint64Array(512 * machine.capacity);
    this.#halves = new Uint32Array(this.#content.buffer);
    this.#itemBytes = tree.indexBits === 10 ? 4 : 8;
    pages.forEach(([pa, bytes], i) => {
      machine.supply(pa, bytes);
      new Uint8Array(this.#content.buffer).set(bytes, 4096 * i);
      this.#places.set(pa / PAGE, 4096 * i);
    });
    const end = machine.pagesAt[1];
    engine.setU64(end, GUARD);
    engine.setU64(end + 8, GUARD);
    this.#guards = this.#outside();
  }
  static async of(tree: Tree, pages: readonly [pa: bigint, bytes: Uint8Array][]): Promise<Guarded> {
    const capacity = Math.max(16, pages.length), { engine, thread } = await makeEngine({ systemFrames: 64, threads: 1, workspaceBytes: Machine.bytes(capacity) + 64 });
    return new Guarded(engine, Machine.create(thread, capacity), tree, pages);
  }
  #outside(): bigint[] {
    const [first, end] = this.machine.pagesAt;
    return [this.engine.u64(first - 8), this.engine.u64(end), this.engine.u64(end + 8)];
  }
  #placeOf(at: bigint): number | undefined {
    const page = this.#places.get(at / PAGE);
    return page === undefined ? undefined : page + Number(at % PAGE);
  }
  /** What the item is meant to be; undefined where there is no page. */
  item(at: bigint): bigint | undefined {
    const place = this.#placeOf(at);
    return place === undefined ? undefined : this.#itemBytes === 8 ? this.#content[place / 8] : BigInt(this.#halves[place / 4]!);
  }
  set(at: bigint, item: bigint): void {
    const place = this.#placeOf(at)!;
    if (this.#itemBytes === 8) this.#content[place / 8] = item;
    else this.#halves[place / 4] = Number(item & 0xffffffffn);
    this.machine.poke(at, this.item(at)!, this.#itemBytes);
  }
  /** Walks, and sees that the walk keeps its word. */
  walk(va: bigint): WalkResult {
    const walk = this.machine.walk(this.tree, va), { verdict, path } = walk;
    this.seen.set(verdict, (this.seen.get(verdict) ?? 0) + 1);
    if (path.length > this.tree.levels) assert.unreachable(`${path.length} steps`);
    for (const { at, item } of path) {
      const expected = this.item(at) ?? 0n;
      if (item !== expected) assert.is(item, expected, `the item at 0x${at.toString(16)}`);
      if (at % BigInt(this.#itemBytes)) assert.unreachable(`an item at 0x${at.toString(16)}`);
    }
    if (path.length && this.item(path.at(-1)!.at) === undefined) assert.is(verdict, Verdict.ABSENT);
    if (verdict === Verdict.LEAF) assert.ok(walk.pa! >> 56n === 0n && walk.sizeLg2! >= 12);
    return walk;
  }
  /** Nothing but what was set has changed. */
  end(): void {
    assert.equal(this.#outside(), this.#guards, "bytes around the pages");
    const [first] = this.machine.pagesAt, found = this.engine.bytes(first, this.#content.byteLength);
    assert.is(Buffer.compare(found, new Uint8Array(this.#content.buffer)), 0, "a page is not as it was");
  }
}

/** How many walks ended with each verdict, by its name. */
export type Verdicts = { [verdict: string]: number };
const verdictsOf = ({ seen }: Guarded): Verdicts => Object.fromEntries([...seen].sort(([a], [b]) => a - b).map(([verdict, count]) => [Verdict[verdict]!, count]));

/** Walks through nonsense: the item where a walk ended is made another one, level by level, so that some get far; at first any on its way, so that nothing stays. */
export async function nonsense(name: string, walks: number): Promise<Verdicts> {
  const tree = TREES[name]!, random = generator(SEED), isRiscv = name.startsWith("RISC-V");
  const memory = await Guarded.of(tree, Array.from({ length: PAGES }, (_, page) => [ROOT + BigInt(page) * PAGE, new Uint8Array(4096)]));
  /** Of every kind: any bits; a pointer to some page of ours, with flags that let the walk go on; nothing. */
  const item = (level: number): bigint => {
    const target = ROOT + BigInt(random(PAGES + 4)) * PAGE, address = isRiscv ? target >> 2n : target;
    const kinds = [() => bits(random, 64), () => bits(random, 64) | 3n, () => 0n, () => address | (isRiscv ? 1n : 3n), () => address | 0x67n, () => address | 3n | bits(random, 12),
      () => address | 0x83n, () => address | 0x6000000000000001n | BigInt(level) << 9n];
    return kinds[random(kinds.length)]!();
  };
  for (let i = 0; i < walks; i++) {
    const va = random(8) === 0 ? bits(random, 64) : bits(random, tree.isSignExtended ? tree.vaBits - 1 : tree.vaBits);
    let walk = memory.walk(va);
    const any = walk.path[random(walk.path.length || 1)];
    if (any && memory.item(any.at) !== undefined) {
      memory.set(any.at, item(any.level));
      walk = memory.walk(va);
    }
    for (let n = 0; n < tree.levels && walk.path.length; n++) {
      const { at } = walk.path.at(-1)!;
      if (memory.item(at) === undefined || walk.verdict === Verdict.LEAF) break;
      memory.set(at, item(walk.level));
      walk = memory.walk(va);
    }
  }
  memory.end();
  return verdictsOf(memory);
}

/** Real tables: what they are walked as, their pages, and addresses that they map. */
export interface PageSet { tree: Tree; pages: [pa: bigint, bytes: Uint8Array][]; mapped: bigint[] }

/** The tables of a fixture's lower half. */
export function fixtureSet(folder: string, name: string): PageSet {
  const fixture = fixtureOf(folder, name), trees = treesOf(fixture)!, { tree } = trees.trees[0]!;
  return { tree, pages: pagesOf(folder, name), mapped: fixture.probes.map(([va]) => BigInt(va)).filter((va) => trees.select(va) === tree) };
}
/** Tables that the engine builds: leaves of every size, anywhere. */
export async function ownSet(name: FormatName): Promise<PageSet> {
  const { engine, thread } = await makeEngine({ systemFrames: 2048, threads: 1, workspaceBytes: Machine.bytes(1024) }), table = Table.create(thread, name);
  const random = generator(SEED), below = (end: number): number => Math.floor(random(2 ** 30) / 2 ** 30 * end), pages = new Map<bigint, Uint8Array>();
  for (let i = 0; i < 60; i++) {
    const size = table.sizes[random(table.sizes.length)]!, page = below(table.pages / size) * size, frame = below(table.frames / size) * size;
    outcome(() => table.mapRange(page, size, frame, FLAG_SETS[random(32)]));
  }
  const frames = engine.u32(thread.me + Slot.FRAMES);
  const machine = Machine.create(thread, 1024, (pa) => {
    pages.set(pa, engine.bytes(frames + Number(pa), 4096));
    return pages.get(pa);
  });
  const tree = treeOver(name, table.top()), mapped = table.list().map(({ page }) => addressOf(tree, page, table.pages));
  for (const va of mapped) machine.walk(tree, va);
  return { tree, pages: [...pages], mapped };
}

/** How many changes at most lie beside each other. */
const CHANGES_MAX = 64;
/** Walks through real tables of which some bits are flipped, or some items are others of theirs, on the ways of the walks. */
export async function mutated({ tree, pages, mapped }: PageSet, walks: number): Promise<Verdicts> {
  const random = generator(SEED), memory = await Guarded.of(tree, pages), changed = new Map<bigint, bigint>();
  const one = <T>(from: readonly T[]): T => from[random(from.length)]!;
  const restore = (): void => { for (const [at, item] of changed) memory.set(at, item); changed.clear(); };
  const check = (): void => { for (const va of mapped) assert.is(Verdict[memory.walk(va).verdict], "LEAF", `0x${va.toString(16)}`); };
  const steps = mapped.flatMap((va) => memory.walk(va).path);
  check();
  for (let i = 0; i < walks; i++) {
    const va = one(mapped) ^ (random(4) ? bits(random, 12) : 1n << BigInt(random(64))), { path } = memory.walk(va), at = path.length ? one(path).at : one(steps).at;
    const item = memory.item(at);
    if (item === undefined) { restore(); continue; }
    if (!changed.has(at)) changed.set(at, item);
    memory.set(at, random(4) ? item ^ flips(random) : one(steps).item);
    memory.walk(va);
    if (random(CHANGES_MAX) === 0) restore();
  }
  restore();
  check();
  memory.end();
  return verdictsOf(memory);
}
/** One to three bits. */
function flips(random: Random): bigint {
  let word = 0n;
  for (let n = 1 + random(3); n > 0; n--) word ^= 1n << BigInt(random(64));
  return word;
}
