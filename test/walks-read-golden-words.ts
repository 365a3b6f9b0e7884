// Leaf words whose meaning is known, one of each size of each format, at their level under tables with known words: where they lead, how large
// the page is, what it allows. And what each manual forbids is the fault that it names.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Allowed, Verdict } from "../assembly/layout/hardware.js";
import { Machine, type WalkResult } from "../src/machine.js";
import { amdTree, armStage2Tree, armTrees, dartTree, riscvTrees, vtdFirstStageTrees, vtdTree, x86Trees, type Tree } from "../src/registers.js";
import { makeEngine } from "./help/engine.js";

const test = suite("walks read golden words"), ROOT = 0x10000n, PAGES = 32;
const arm = (tcr: bigint): Tree => armTrees({ ttbr0: ROOT, ttbr1: 0, tcr: tcr | 1n << 23n | 2n << 30n | 16n << 16n }).trees[0]!.tree;

/** A tree, the word of its tables (`level`: of the table that holds it), and leaf words: level, word, output address, log2 of the size. */
interface Format { tree: Tree; table(pa: bigint, level: number): bigint; leaves: [level: number, word: bigint, oa: bigint, sizeLg2: number, allows?: number][] }
const KERNEL = Allowed.READ | Allowed.WRITE | Allowed.EXECUTE, USER = Allowed.USER_READ | Allowed.USER_WRITE | Allowed.USER_EXECUTE, ALL = Allowed.ALL;
const READ_WRITE = ALL, READ_ONLY = Allowed.READ | Allowed.USER_READ, X86 = { cr0: 0x80010001, cr3: ROOT, efer: 0xd00 };
const x86 = (levels: number): Format => ({
  tree: x86Trees({ ...X86, cr4: 0x20 | (levels - 4) << 12 }).trees[0]!.tree, table: (pa) => pa | 0x27n,
  leaves: [
    [0, 0x00071445deadb067n, 0x00071445deadb000n, 12, ALL], [1, 0x00071445dea000e7n, 0x00071445dea00000n, 21, ALL], [2, 0x00071445c00000e7n, 0x00071445c0000000n, 30, ALL],
    [0, 0x00071445deadb025n, 0x00071445deadb000n, 12, ALL & ~(Allowed.WRITE | Allowed.USER_WRITE)],
  ],
});
const FORMATS: { [name: string]: Format } = {
  "x86-64, 4 levels": x86(4), "x86-64, 5 levels": x86(5),
  "VT-d first stage": { ...x86(4), tree: vtdFirstStageTrees({ root: ROOT, levels: 4 }).trees[0]!.tree },
  "VT-d second stage": {
    tree: vtdTree({ root: ROOT, levels: 4 }), table: (pa) => pa | 3n,
    leaves: [[0, 0x00071445deadb003n, 0x00071445deadb000n, 12, READ_WRITE], [1, 0x00071445dea00083n, 0x00071445dea00000n, 21], [2, 0x00071445c0000083n, 0x00071445c0000000n, 30]],
  },
  "AMD v1, mode 6": {
    tree: amdTree({ root: ROOT, mode: 6 }), table: (pa, level) => pa | 0x6000000000000001n | BigInt(level) << 9n,
    leaves: [
      [0, 0x60071445deadb001n, 0x00071445deadb000n, 12, READ_WRITE], [0, 0x60071445deadae01n, 0x00071445deada000n, 13], [0, 0x60071445dead7e01n, 0x00071445dead0000n, 16],
      [0, 0x60071445dea7fe01n, 0x00071445dea00000n, 20], [1, 0x60071445dea00001n, 0x00071445dea00000n, 21], [1, 0x60071445de9ffe01n, 0x00071445de800000n, 22],
      [2, 0x600714457ffffe01n, 0x0007144500000000n, 32], [3, 0x6007147ffffffe01n, 0x0007140000000000n, 40],
    ],
  },
  "RISC-V Sv48": {
    tree: riscvTrees(9n << 60n | ROOT >> 12n).trees[0]!.tree, table: (pa) => pa >> 2n | 1n,
    leaves: [
      [0, 0x0029c51177ab6cdfn, 0x00a71445deadb000n, 12, USER], [0, 0x8029c51177ab60dfn, 0x00a71445dead0000n, 16, USER], [1, 0x0029c51177a800dfn, 0x00a71445dea00000n, 21, USER],
    ],
  },
  "RISC-V Sv32": {
    tree: riscvTrees(1n << 31n | ROOT >> 12n, { xlen: 32 }).trees[0]!.tree, table: (pa) => pa >> 2n | 1n,
    leaves: [
      [0, 0xb7ab6cdfn, 0x2deadb000n, 12, USER], [0, 0xb7ab6c47n, 0x2deadb000n, 12, Allowed.READ], [1, 0xb7a000dfn, 0x2de800000n, 22, USER], [0, 0xfffffcdfn, 0x3fffff000n, 12],
    ],
  },
  ...Object.fromEntries(([["Sv39x4", 8n], ["Sv48x4", 9n], ["Sv57x4", 10n]] as const).map(([name, mode]): [string, Format] => [`RISC-V ${name}`, {
    tree: riscvTrees(mode << 60n | ROOT >> 12n, { guestPhysical: true }).trees[0]!.tree, table: (pa) => pa >> 2n | 1n,
    leaves: [
      [0, 0x0029c51177ab6cdfn, 0x00a71445deadb000n, 12, ALL], [0, 0x0029c51177ab6ccfn, 0x00a71445deadb000n, 12, 0], [2, 0x0029c511700000d3n, 0x00a71445c0000000n, 30, READ_ONLY],
      [0, 0x0029c51177ab6cffn, 0x00a71445deadb000n, 12, ALL],
    ],
  }])),
  "RISC-V Sv32x4": {
    tree: riscvTrees(1n << 31n | ROOT >> 12n, { xlen: 32, guestPhysical: true }).trees[0]!.tree, table: (pa) => pa >> 2n | 1n,
    leaves: [[0, 0xb7ab6cdfn, 0x2deadb000n, 12, ALL], [1, 0xb7a000cfn, 0x2de800000n, 22, 0]],
  },
  "Armv8, 4 KiB": {
    tree: arm(16n | 5n << 32n), table: (pa) => pa | 3n,
    leaves: [
      [0, 0x00001445deadbf47n, 0x00001445deadb000n, 12, ALL & ~Allowed.EXECUTE], [0, 0x00101445dead0f47n, 0x00001445dead0000n, 12],
      [1, 0x00001445dea00f45n, 0x00001445dea00000n, 21], [1, 0x00101445de000f45n, 0x00001445de000000n, 21],
    ],
  },
  "Armv8, 4 KiB, LPA2": {
    tree: arm(12n | 6n << 32n | 1n << 59n), table: (pa) => pa | 3n, leaves: [[0, 0x00031445deadb103n | 0x400n, 0x00071445deadb000n, 12, KERNEL | Allowed.USER_EXECUTE]],
  },
  "Armv8, 16 KiB": {
    tree: arm(16n | 2n << 14n | 5n << 32n), table: (pa) => pa | 3n, leaves: [[0, 0x00001445dead8f47n, 0x00001445dead8000n, 14], [1, 0x00001445de000f45n, 0x00001445de000000n, 25]],
  },
  "Armv8, 64 KiB, 52 bits": { tree: arm(16n | 1n << 14n | 6n << 32n), table: (pa) => pa | 3n, leaves: [[0, 0x00001445dead7003n | 0x400n, 0x00071445dead0000n, 16]] },
  "Apple DART": {
    tree: dartTree({ root: ROOT }), table: (pa) => pa | 1n,
    leaves: [
      [0, 0x000fff05dead8003n, 0x5dead8000n, 14, ALL], [0, 0x000fff05dead8083n, 0x5dead8000n, 14, ALL & ~(Allowed.WRITE | Allowed.USER_WRITE)],
      [0, 0x000fff05dead8103n, 0x5dead8000n, 14, Allowed.WRITE | Allowed.USER_WRITE], [0, 0x000fff05dead8183n, 0x5dead8000n, 14, 0],
    ],
  },
};

/** Pages of tables, all zeros at first; a path of tables down to a level for one address. */
class Bench {
  private constructor(readonly machine: Machine, readonly format: Format) {}
  static async of(format: Format): Promise<Bench> {
    const { thread } = await makeEngine({ systemFrames: 64, threads: 1, workspaceBytes: Machine.bytes(8 * PAGES * 2) });
    const machine = Machine.create(thread, 8 * PAGES);
    for (let page = 0; page < 9 * 2 ** (format.tree.pageLg2 - 12); page++) machine.supply(ROOT + BigInt(page) * 4096n, new Uint8Array(4096));
    return new Bench(machine, format);
  }
  /** The root first; it may be as large as four of the others. */
  tableAt(level: number): bigint { const { levels, pageLg2 } = this.format.tree; return level === levels - 1 ? ROOT : ROOT + BigInt(levels + 2 - level << pageLg2); }
  set(level: number, va: bigint, item: bigint): void {
    const { tree } = this.format, low = BigInt(tree.pageLg2 + level * tree.indexBits);
    const bits = level === tree.levels - 1 ? BigInt(tree.vaBits) - low : BigInt(tree.indexBits);
    const itemBytes = tree.indexBits === 10 ? 4 : 8; // Sv32
    this.machine.poke(this.tableAt(level) + (va >> low & (1n << bits) - 1n) * BigInt(itemBytes), item, itemBytes);
  }
  /** The walk of an address when `word` is its item of `level`. */
  walk(va: bigint, level: number, word: bigint, wanted = 0): WalkResult {
    const { tree, table } = this.format;
    for (let above = tree.levels - 1; above > level; above--) this.set(above, va, table(this.tableAt(above - 1), above));
    this.set(level, va, word);
    const result = this.machine.walk(tree, va, wanted);
    for (let at = tree.levels - 1; at >= level; at--) this.set(at, va, 0n);
    return result;
  }
}

for (const [name, format] of Object.entries(FORMATS)) {
  test(`${name}: ${format.leaves.length} leaves`, async () => {
    const bench = await Bench.of(format), { vaBits, isSignExtended } = format.tree;
    const last = (1n << BigInt(isSignExtended ? vaBits - 1 : vaBits)) - 1n;
    for (const [level, word, oa, sizeLg2, allows] of format.leaves) for (const va of [0n, 0x123456789n & last, last]) {
      const { verdict, pa, sizeLg2: own, allowed, path } = bench.walk(va, level, word), what = `0x${word.toString(16)} for 0x${va.toString(16)}`;
      assert.is(verdict, Verdict.LEAF, `${what}: ${Verdict[verdict]}`);
      assert.is(pa, oa + (va & (1n << BigInt(sizeLg2)) - 1n), what);
      assert.equal([own, path.length, path.at(-1)!.level], [sizeLg2, format.tree.levels - level, level], what);
      if (allows !== undefined) assert.is(allowed, allows, what);
    }
  });
}

/** A word of a level, and the fault that it is. */
const FAULTS: [format: string, level: number, word: bigint, verdict: Verdict, why: string][] = [
  ["x86-64, 4 levels", 3, 0xa7n, Verdict.RESERVED, "a page of 512 GiB"], ["x86-64, 4 levels", 1, 0x1000e7n, Verdict.MISALIGNED, "2 MiB at 1 MiB"],
  ["x86-64, 4 levels", 0, 0x66n, Verdict.NOT_PRESENT, "P clear"],
  ["VT-d first stage", 3, 0xa7n, Verdict.RESERVED, "a page of 512 GiB"], ["VT-d first stage", 1, 0x2000e7n | 1n << 13n, Verdict.MISALIGNED, "2 MiB at 2 MiB + 8 KiB"],
  ["RISC-V Sv48", 0, 0x05n, Verdict.RESERVED, "W without R"], ["RISC-V Sv48", 0, 0x01n, Verdict.TOO_DEEP, "a pointer in a leaf table"],
  ["RISC-V Sv48", 1, 0x41n, Verdict.RESERVED, "A in a pointer"], ["RISC-V Sv48", 1, 0x04cfn, Verdict.MISALIGNED, "2 MiB at 4 KiB"],
  ["RISC-V Sv48", 0, 0x0fn, Verdict.ACCESSED_CLEAR, "A clear"], ["RISC-V Sv48", 0, 0x800000000000104fn, Verdict.RESERVED, "N with another pattern"],
  ["RISC-V Sv48", 1, 0x80000000000020cfn, Verdict.RESERVED, "N above level 0"], ["RISC-V Sv48", 0, 0x60000000000000cfn, Verdict.RESERVED, "PBMT 3"],
  ["RISC-V Sv48", 0, 0x00400000000000cfn, Verdict.RESERVED, "bit 54"],
  ["RISC-V Sv32", 0, 0x05n, Verdict.RESERVED, "W without R"], ["RISC-V Sv32", 0, 0x01n, Verdict.TOO_DEEP, "a pointer in a leaf table"],
  ["RISC-V Sv32", 1, 0x41n, Verdict.RESERVED, "A in a pointer"], ["RISC-V Sv32", 1, 0xb7a004dfn, Verdict.MISALIGNED, "4 MiB at 4 KiB"],
  ["RISC-V Sv32", 0, 0x0fn, Verdict.ACCESSED_CLEAR, "A clear"], ["RISC-V Sv39x4", 2, 0x11n, Verdict.RESERVED, "U in a pointer"],
  ["RISC-V Sv39x4", 2, 0x04dfn, Verdict.MISALIGNED, "1 GiB at 4 KiB"],
  ["VT-d second stage", 3, 0x83n, Verdict.RESERVED, "a page of 512 GiB"], ["VT-d second stage", 0, 0x80n, Verdict.NOT_PRESENT, "neither R nor W"],
  ["AMD v1, mode 6", 5, 0x6000000000000001n, Verdict.RESERVED, "a page at level 6"], ["AMD v1, mode 6", 0, 0x6000000000010201n, Verdict.TOO_DEEP, "a table below level 1"],
  ["AMD v1, mode 6", 1, 0x6000000000010401n, Verdict.RESERVED, "a table of its own level"],
  ["AMD v1, mode 6", 1, 0x6000000000001e01n, Verdict.RESERVED, "16 KiB in a table for 2 MiB"],
  ["Armv8, 4 KiB", 3, 0x401n, Verdict.RESERVED, "a block at level 0 of Arm's"], ["Armv8, 4 KiB", 0, 0x401n, Verdict.RESERVED, "a block in a leaf table"],
  ["Armv8, 64 KiB, 52 bits", 0, 0x402n, Verdict.NOT_PRESENT, "valid clear"], ["Armv8, 16 KiB", 2, 0x401n, Verdict.RESERVED, "a block at level 1 of Arm's without LPA2"],
  ["Apple DART", 0, 0x000fff05dead8002n, Verdict.NOT_PRESENT, "valid clear"], ["Apple DART", 1, 0x20000002n, Verdict.NOT_PRESENT, "a table that is not valid"],
];
test(`${FAULTS.length} words that are faults`, async () => {
  for (const [name, level, word, expected, why] of FAULTS) {
    const { verdict } = (await Bench.of(FORMATS[name]!)).walk(0x23456789n, level, word);
    assert.is(Verdict[verdict], Verdict[expected], `${name}, ${why}`);
  }
});

test("AMD v1: levels that a table leaves out are walked over, and their bits must be 0", async () => {
  const format = FORMATS["AMD v1, mode 6"]!, bench = await Bench.of(format), toLevel1 = format.table(bench.tableAt(0), 1);
  for (const [va, expected] of [[0x5000n, Verdict.LEAF], [0x200000n, Verdict.SKIPPED], [1n << 56n, Verdict.SKIPPED], [1n << 57n | 0x5000n, Verdict.LEAF]] as const) {
    bench.set(5, va, toLevel1);
    bench.set(0, va, 0x60071445deadb001n);
    const { verdict, path } = bench.machine.walk(format.tree, va);
    assert.is(Verdict[verdict], Verdict[expected], `0x${va.toString(16)}`);
    if (verdict === Verdict.LEAF) assert.equal(path.map(({ level }) => level), [5, 0]);
  }
});

test("registers that no hardware would walk with are refused, and roots are aligned as it does", () => {
  const tcr = (t0sz: number, more = 0n): bigint => BigInt(t0sz) | 1n << 23n | 2n << 30n | 16n << 16n | 5n << 32n | more;
  for (const [t0sz, more] of [[52, 0n], [15, 0n], [0, 0n], [63, 0n], [50, 2n << 14n], [48, 1n << 14n]] as const)
    assert.throws(() => armTrees({ ttbr0: ROOT, ttbr1: 0, tcr: tcr(t0sz, more) }), /has T0SZ \d+: expected one from 1\d to \d\d$/, `T0SZ ${t0sz}`);
  assert.is(armTrees({ ttbr0: 0x1010n, ttbr1: 0, tcr: tcr(16, 2n << 14n) }).trees[0]!.tree.root, 0x1010n, "a root of two items");
  assert.is(armTrees({ ttbr0: 0x1040n, ttbr1: 0, tcr: tcr(16) }).trees[0]!.tree.root, 0x1000n, "a whole table");
  assert.is(armTrees({ ttbr0: ROOT, ttbr1: 0, tcr: 16n | 1n << 23n | 5n << 32n }).trees.length, 1, "no granule is needed where no walks are");
  for (const [register, options, message] of [
    [0n, {}, /^satp 0x0 of 64 bits has mode 0: expected 8 \(Sv39\)/], [11n << 60n, { guestPhysical: true }, /^hgatp .* has mode 11/],
    [1n << 30n, { xlen: 32 }, /has mode 0: expected 1 \(Sv32\)$/], [1n << 32n | 1n << 31n, { xlen: 32 }, /^satp 0x180000000 of 32 bits/], [8n << 60n, { xlen: 16 }, /of 16 bits/],
  ] as const) assert.throws(() => riscvTrees(register, options as object), message);
  const guests = riscvTrees(8n << 60n | 0x3fffn << 44n | ROOT >> 12n | 3n, { guestPhysical: true }).trees;
  assert.equal(guests.map(({ first, tree: { root, vaBits } }) => [first, root, vaBits]), [[0n, ROOT, 41]], "PPN[1:0] reads as zeros, VMID is no address");
  const narrow = riscvTrees(1n << 31n | 0x1ffn << 22n | 0x3fffffn, { xlen: 32 }).trees;
  assert.equal(narrow.map(({ first, tree: { root, vaBits } }) => [first, root, vaBits]), [[0n, 0x3fffff000n, 32]], "34 bits of root; ASID is no address");
  const stage2 = (t0sz: bigint, start: bigint, more: bigint): Tree => armStage2Tree({ vttbr: ROOT, vtcr: t0sz | start << 6n | 5n << 16n | more });
  const K16 = 2n << 14n, LPA2 = 1n << 32n;
  assert.equal([stage2(12n, 3n, K16 | LPA2), stage2(16n, 2n, K16)].map(({ levels, vaBits }) => [levels, vaBits]), [[4, 52], [3, 48]], "16 KiB: level 0 of Arm's with LPA2 only");
  for (const more of [K16, 1n << 14n, 0n]) assert.throws(() => stage2(16n, 3n, more), /starts with \d levels for 48 bits/);
  assert.throws(() => amdTree({ root: ROOT, mode: 4, had: 2 }), /had 2: expected 0, 1 or 3/);
  assert.throws(() => x86Trees({ ...X86, cr4: 0x20, physicalBits: 64 }), /physicalBits is 64/);
  assert.throws(() => amdTree({ root: ROOT, mode: 7 }), /mode 7/);
  assert.throws(() => vtdTree({ root: ROOT, levels: 2 }), /levels 2/);
  assert.throws(() => vtdFirstStageTrees({ root: ROOT, levels: 3 }), /levels 3: expected 4 or 5/);
});

test("VT-d first stage: a request without privilege needs U, one with it W as WPE says; 1 GiB as FS1GP says", async () => {
  const leaf = 0x00071445deadb067n, format = FORMATS["VT-d first stage"]!;
  for (const writeProtect of [true, false]) {
    const bench = await Bench.of({ ...format, tree: vtdFirstStageTrees({ root: ROOT, levels: 4, writeProtect, pages1G: false }).trees[0]!.tree });
    assert.is(bench.walk(0n, 0, leaf & ~4n, Allowed.USER_READ).verdict, Verdict.PERMISSION);
    assert.is(bench.walk(0n, 0, leaf & ~2n, Allowed.USER_WRITE).verdict, Verdict.PERMISSION);
    assert.is(bench.walk(0n, 0, leaf & ~2n, Allowed.WRITE).verdict, writeProtect ? Verdict.PERMISSION : Verdict.LEAF);
    assert.is(bench.walk(0n, 0, leaf | 1n << 63n | 0x7ffn << 52n, Allowed.USER_WRITE).verdict, Verdict.LEAF, "bits 63 to 52 stop no write");
    assert.is(bench.walk(0n, 2, 0x00071445c00000e7n).verdict, Verdict.RESERVED);
    assert.is(bench.walk(1n << 47n, 0, leaf).verdict, Verdict.NON_CANONICAL);
  }
});

test("RISC-V x4: addresses end two bits higher, and a root of 4 KiB alignment is none", async () => {
  for (const name of ["Sv32x4", "Sv39x4", "Sv48x4", "Sv57x4"]) {
    const bench = await Bench.of(FORMATS[`RISC-V ${name}`]!), { tree } = bench.format, above = 1n << BigInt(tree.vaBits), top = tree.levels - 1;
    for (const [va, index] of [[above - 1n, tree.indexBits === 10 ? 4095n : 2047n], [above >> 2n, tree.indexBits === 10 ? 1024n : 512n]] as const)
      assert.equal(bench.machine.walk(tree, va).path.map(({ level, at }) => [level, at]), [[top, ROOT + index * (tree.indexBits === 10 ? 4n : 8n)]], name);
    assert.is(bench.machine.walk(tree, above).verdict, Verdict.NON_CANONICAL, name);
    assert.is(bench.machine.walk({ ...tree, root: ROOT + 0x1000n }, 0n).verdict, Verdict.ROOT, name);
  }
});

test("rights: each level narrows them, and an access that wants more is a fault", async () => {
  const bench = await Bench.of(FORMATS["x86-64, 4 levels"]!), leaf = 0x00071445deadb067n;
  assert.is(bench.walk(0n, 0, leaf, Allowed.USER_WRITE).verdict, Verdict.LEAF);
  assert.is(bench.walk(0n, 0, leaf & ~2n, Allowed.USER_WRITE).verdict, Verdict.PERMISSION);
  assert.is(bench.walk(0n, 0, leaf & ~4n, Allowed.USER_READ).verdict, Verdict.PERMISSION);
  assert.is(bench.walk(0n, 0, leaf | 1n << 63n, Allowed.EXECUTE).verdict, Verdict.PERMISSION);
  const smap = { ...bench.format, tree: x86Trees({ ...X86, cr4: 0x300020 }).trees[0]!.tree };
  const strict = await Bench.of(smap);
  assert.is(strict.walk(0n, 0, leaf).allowed, USER, "SMEP and SMAP keep the kernel out of a user's page");
});
test.run();
