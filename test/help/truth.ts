// Fixtures of page tables with the answers of an MMU: each answer of a fixture against the walker, set up from the fixture's registers.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Allowed, Verdict } from "../../assembly/layout/hardware.js";
import { RiscvItem } from "../../assembly/layout/riscv.js";
import { X86, X86Walk } from "../../assembly/layout/x86_64.js";
import { Machine, type WalkResult } from "../../src/machine.js";
import { amdTree, armTrees, riscvTrees, vtdTree, x86Trees, type Tree, type Trees } from "../../src/registers.js";
import { makeEngine } from "./engine.js";

type Repeat = { repeat: number; va_step: string; pa_step: string };
export interface Fixture {
  format: string; guest_kernel: string | null; note: string;
  cr0?: string; cr3?: string; cr4?: string; efer?: string; satp?: string; ttbr0_el1?: string; ttbr1_el1?: string; tcr_el1?: string;
  counts: { leaves?: number };
  translations?: [va: string, pa: string, size: string, count: number, letters: string, repeat?: Repeat][];
  tlb?: [va: string, pa: string, letters: string][];
  mem_ranges?: [start: string, pa: string | null, length: string, letters: string, repeat?: Repeat][];
  probes: [va: string, pa: string, letters?: string][];
  /** Of an IOMMU: its domains, and answers that begin with the number of one. */
  domains?: { root: string; levels?: number; tsz?: number }[];
  unmapped: (string | [va: string, why: string, pa: string])[];
  pagemap?: [va: string, pages: number, pa: string | null, words: string][];
}
/** How many answers of a kind were checked, and what disagrees: the first few in words. */
export interface Tally { checked: number; wrong: number }
export interface Checked { name: string; kinds: Map<string, Tally>; disagreements: string[]; skipped?: string }
/** An answer of an IOMMU; its letters: R and W work, - faults, ? nobody asked. */
type DeviceAnswer = [domain: number, iova: string, pa: string, size: string | null, letters: string];

const PAGE = 4096, SHOWN = 5;
/** A decimal or hex number, perhaps negative. */
const whole = (text: string): bigint => text.startsWith("-") ? -BigInt(text.slice(1)) : BigInt(text);
const hex = (value: bigint): string => `0x${value.toString(16)}`;

/** The names of a folder's fixtures. */
export function fixturesIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith(".json") && existsSync(join(folder, name.replace(/json$/, "bin.gz")))).map((name) => name.slice(0, -5)).sort();
}

/** The trees of a fixture that a processor walks; undefined for those of an IOMMU. */
export function treesOf({ format, cr0, cr3, cr4, efer, satp, ttbr0_el1, ttbr1_el1, tcr_el1, guest_kernel }: Fixture): Trees | undefined {
  if (format.startsWith("x86_64")) return x86Trees({ cr0: BigInt(cr0!), cr3: BigInt(cr3!), cr4: BigInt(cr4!), efer: BigInt(efer!) });
  // Without a kernel nobody switched the hardware's own A and D on: menvcfg is in no fixture.
  if (format.startsWith("riscv")) return riscvTrees(BigInt(satp!), { hardwareAD: guest_kernel !== null });
  if (format.startsWith("aarch64")) return armTrees({ ttbr0: BigInt(ttbr0_el1!), ttbr1: BigInt(ttbr1_el1!), tcr: BigInt(tcr_el1!) });
  return undefined;
}

const NO_TREES: Trees = { trees: [], select: () => undefined };
/** Leaves as the emulator prints them: nine letters on x86, seven on RISC-V. */
const X86_LETTERS = { X: X86.EXECUTE_DISABLE, G: X86Walk.GLOBAL, P: X86.PAGE_SIZE, D: X86.DIRTY, A: X86.ACCESSED, C: 4, T: 3, U: X86.USER, W: X86.WRITE };
const RISCV_LETTERS = { r: RiscvItem.READ, w: RiscvItem.WRITE, x: RiscvItem.EXECUTE, u: RiscvItem.USER, g: RiscvItem.GLOBAL, a: RiscvItem.ACCESSED, d: RiscvItem.DIRTY };
const lettersOf = (item: bigint, letters: { [letter: string]: number }): string => Object.entries(letters).map(([letter, at]) => item >> BigInt(at) & 1n ? letter : "-").join("");

/** The tables of a domain, by the format of its IOMMU. */
type Domain = NonNullable<Fixture["domains"]>[number];
const DOMAINS: { [format: string]: (domain: Domain) => Tree } = {
  "amd-vi-v1": ({ root, levels }) => amdTree({ root: BigInt(root), mode: levels! }),
  "vtd-legacy": ({ root, levels }) => vtdTree({ root: BigInt(root), levels: levels! }),
  "smmuv3-s1": ({ root, tsz }) => armTrees({ ttbr0: BigInt(root), ttbr1: 0, tcr: BigInt(tsz!) | 1n << 23n | 2n << 30n | 16n << 16n | 5n << 32n }).trees[0]!.tree,
};

class Check {
  readonly result: Checked;
  readonly isX86: boolean;
  constructor(name: string, readonly fixture: Fixture, readonly machine: Machine, readonly trees: Trees = NO_TREES) {
    this.result = { name, kinds: new Map(), disagreements: [] };
    this.isX86 = fixture.format.startsWith("x86");
  }
  walk(va: bigint): WalkResult | undefined {
    const tree = this.trees.select(va);
    return tree && this.machine.walk(tree, va);
  }
  /** A leaf that the kernel or user code can read; x86 fixtures speak of leaves, not of who may read them. */
  mapped(va: bigint): WalkResult | undefined {
    const walk = this.walk(va);
    return walk?.verdict === Verdict.LEAF && (this.isX86 || walk.allowed & (Allowed.READ | Allowed.USER_READ)) ? walk : undefined;
  }
  expect(kind: string, holds: boolean, message: () => string): void {
    const tally = this.result.kinds.get(kind) ?? { checked: 0, wrong: 0 };
    this.result.kinds.set(kind, tally);
    tally.checked++;
    if (holds) return;
    tally.wrong++;
    if (this.result.disagreements.length < SHOWN) this.result.disagreements.push(`${kind}: ${message()}`);
  }
  /** The address is mapped there; `user`: whether user code can read it, where the fixture says. */
  expectMapped(kind: string, va: bigint, pa: bigint, user?: boolean, walk = this.mapped(va)): WalkResult | undefined {
    const reads = walk && (walk.allowed & Allowed.USER_READ) !== 0;
    const who = (isUser: boolean | undefined): string => user === undefined ? "" : isUser ? ", user" : ", kernel";
    const place = (): string => walk?.pa === undefined ? `none (${Verdict[this.walk(va)?.verdict ?? 0]})` : hex(walk.pa) + who(reads);
    this.expect(kind, walk?.pa === pa && (user === undefined || reads === user), () => `${hex(va)} is at ${place()}: expected ${hex(pa)}${who(user)}`);
    return walk;
  }
  expectUnmapped(kind: string, va: bigint): void {
    const walk = this.mapped(va);
    this.expect(kind, walk === undefined, () => `${hex(va)} is at ${hex(walk!.pa!)}: expected nothing`);
  }
  /** Whether the letter U says that user code can read; RISC-V's random fixtures name both kinds. */
  user(letters: string | undefined): boolean | undefined { return this.isX86 || letters === undefined ? undefined : letters.includes("U"); }

  translations(): void {
    for (const [va, pa, size, count, letters, again] of this.fixture.translations ?? []) {
      const times = again?.repeat ?? 1, bytes = BigInt(size);
      for (let n = 0; n < times; n++) for (let i = 0; i < count; i++) {
        const shift = BigInt(i) * bytes, nth = BigInt(n);
        const at = BigInt(va) + nth * whole(again?.va_step ?? "0") + shift, to = BigInt(pa) + nth * whole(again?.pa_step ?? "0") + shift;
        const walk = this.expectMapped("translations", at, to, this.user(letters));
        if (!this.isX86 || !walk) continue;
        this.expect("sizes", 1n << BigInt(walk.sizeLg2!) === bytes, () => `${hex(at)} is in a page of 2^${walk.sizeLg2} bytes: expected ${size}`);
        const own = lettersOf(walk.path.at(-1)!.item, X86_LETTERS);
        this.expect("letters", own === letters, () => `${hex(at)} has ${own}: expected ${letters}`);
      }
    }
    for (const [va, pa, letters] of this.fixture.tlb ?? []) {
      const walk = this.mapped(BigInt(va)), low = (1n << 50n) - 1n, own = walk && lettersOf(walk.path.at(-1)!.item, X86_LETTERS);
      this.expect("translations", walk?.pa !== undefined && (walk.pa & low) === BigInt(pa), () => `${va} is at ${hex(walk?.pa ?? 0n)}: expected ${pa}`);
      // Bit 7 of a 4 KiB page is no size: the emulator does not print it.
      const wanted = walk?.sizeLg2 === 12 ? own!.replace("P", "-") : own;
      this.expect("letters", wanted === letters, () => `${va} has ${own}: expected ${letters}`);
    }
  }
  /** Rights over whole ranges: of all levels together on x86, of the leaf on RISC-V. */
  ranges(): void {
    for (const [start, , length, letters, again] of this.fixture.mem_ranges ?? []) for (let n = 0; n < (again?.repeat ?? 1); n++) {
      const first = BigInt(start) + BigInt(n) * whole(again?.va_step ?? "0"), end = first + BigInt(length);
      for (let va = first; va < end;) {
        const walk = this.walk(va), item = walk?.path.at(-1)?.item ?? 0n, isLeaf = walk?.verdict === Verdict.LEAF;
        const allowed = walk?.allowed ?? 0, user = (allowed & Allowed.USER_READ) !== 0, write = (allowed & (user ? Allowed.USER_WRITE : Allowed.WRITE)) !== 0; // whatever SMAP says
        const own = !isLeaf ? "nothing" : this.isX86 ? `${user ? "u" : "-"}r${write ? "w" : "-"}` : lettersOf(item, RISCV_LETTERS);
        this.expect("ranges", own === letters, () => `${hex(va)} has ${own}: expected ${letters}`);
        const size = 1n << BigInt(walk?.sizeLg2 ?? 12);
        va = (va / size + 1n) * size;
      }
    }
  }
  probes(): void {
    for (const [va, pa, letters] of this.fixture.probes) this.expectMapped("probes", BigInt(va), BigInt(pa), this.user(letters));
    for (const address of this.fixture.unmapped) {
      if (typeof address === "string") this.expectUnmapped("unmapped", BigInt(address));
      else this.expectMapped("probes", BigInt(address[0]), BigInt(address[2]), true);
    }
  }
  /** What the guest's kernel says about its user pages. A page without rights is none for user code, present as it may be. */
  pagemap(): void {
    for (const [va, pages, pa, words] of this.fixture.pagemap ?? []) for (let i = 0n; i < pages; i++) {
      const at = BigInt(va) + i * BigInt(PAGE), has = words.split(",");
      if (has.includes("present") && !has.includes("protnone") && pa !== null) this.expectMapped("pagemap", at, BigInt(pa) + i * BigInt(PAGE), undefined, this.walk(at));
      else if (!has.includes("present")) this.expectUnmapped("pagemap", at);
    }
  }
  /** What a device reached through each domain's tables. */
  domains(): void {
    const { format, domains } = this.fixture, isAmd = format === "amd-vi-v1";
    const walk = (domain: number, iova: string): WalkResult => this.machine.walk(DOMAINS[format]!(domains![domain]!), BigInt(iova));
    for (const [domain, iova, pa, , letters] of this.fixture.translations as unknown as DeviceAnswer[]) {
      const { verdict, pa: own, sizeLg2, allowed } = walk(domain, iova), page = own !== undefined && isAmd ? own >> BigInt(sizeLg2!) << BigInt(sizeLg2!) : own;
      this.expect("translations", verdict === Verdict.LEAF && page === BigInt(pa), () => `domain ${domain}, ${iova}: ${Verdict[verdict]} ${hex(page ?? 0n)}, expected ${pa}`);
      for (const [letter, right] of [[letters[0], Allowed.READ], [letters[1], Allowed.WRITE]] as const)
        if (letter !== "?") this.expect("rights", (letter !== "-") === ((allowed & right) !== 0), () => `domain ${domain}, ${iova} allows ${allowed}: expected ${letters}`);
    }
    for (const [domain, iova] of this.fixture.unmapped as unknown as [number, string][]) {
      const { verdict } = walk(domain, iova);
      this.expect("unmapped", verdict !== Verdict.LEAF, () => `domain ${domain}, ${iova} is mapped`);
    }
  }
  /** The other way: the walker finds as many leaves as the fixture counts, and no other addresses. */
  leaves(): void {
    const { leaves } = this.fixture.counts;
    if (leaves === undefined) return;
    let found = 0;
    for (const { tree, first } of this.trees.trees) for (const { va, count } of this.machine.leaves(tree, first)) if (this.mapped(va)) found += count;
    this.expect("leaves", found === leaves, () => `${found} leaves: expected ${leaves}`);
  }
}

/** A fixture's memory: its pages by their addresses. */
export function pagesOf(folder: string, name: string): [pa: bigint, bytes: Uint8Array][] {
  const memory = gunzipSync(readFileSync(join(folder, `${name}.bin.gz`)));
  return Array.from({ length: memory.length / (8 + PAGE) }, (_, i) => {
    const at = i * (8 + PAGE);
    return [memory.readBigUInt64LE(at), memory.subarray(at + 8, at + 8 + PAGE)];
  });
}
export function fixtureOf(folder: string, name: string): Fixture { return JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) as Fixture; }

/** Checks all that a fixture says; `change` tampers with it before. */
export async function checkFixture(folder: string, name: string, change?: (fixture: Fixture) => void): Promise<Checked> {
  const fixture = fixtureOf(folder, name), trees = treesOf(fixture);
  change?.(fixture);
  if (!trees && !DOMAINS[fixture.format]) return { name, kinds: new Map(), disagreements: [], skipped: `${fixture.format}: tables of an IOMMU` };
  const pages = pagesOf(folder, name), capacity = Math.max(16, pages.length);
  const { thread } = await makeEngine({ systemFrames: 64, threads: 1, workspaceBytes: Machine.bytes(capacity) });
  const machine = Machine.create(thread, capacity);
  for (const [pa, bytes] of pages) machine.supply(pa, bytes);
  const check = new Check(name, fixture, machine, trees);
  if (!trees) { check.domains(); return check.result; }
  check.translations();
  check.probes();
  check.ranges();
  check.pagemap();
  check.leaves();
  return check.result;
}
