// Accessed and dirty bits, as each architecture's walk sets them when it is asked to: which bits, in which items, for which accesses; and none
// of them when it is not asked, when the registers leave them to software, or when the access is not allowed.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Allowed, Verdict } from "../assembly/layout/hardware.js";
import { Machine } from "../src/machine.js";
import { amdTree, armTrees, riscvTrees, vtdTree, x86Trees, type Tree } from "../src/registers.js";
import { makeEngine } from "./help/engine.js";

const ROOT = 0x10000n, VA = 0x5000n, { READ, WRITE, USER_READ, USER_WRITE, USER_EXECUTE } = Allowed, test = suite("walks mark as hardware does");
const x86 = x86Trees({ cr0: 0x80010001, cr3: ROOT, cr4: 0x20, efer: 0xd00 }).trees[0]!.tree;
const riscv = (satp: bigint, options: object): Tree => riscvTrees(satp | ROOT >> 12n, { hardwareAD: true, ...options }).trees[0]!.tree;
const arm = (bits: bigint): Tree => armTrees({ ttbr0: ROOT, ttbr1: 0, tcr: 16n | 1n << 23n | 16n << 16n | 2n << 30n | 5n << 32n | bits, accessFaults: true }).trees[0]!.tree;
const HA = 1n << 39n, HD = 1n << 40n, DBM = 1n << 51n, AF = 0x400n, CLEAN = 0xc3n; // user, read-only, valid

/** Items before (upper, leaf), the access, its verdict, items after. */
type Row = [tree: Tree, upper: bigint, leaf: bigint, wanted: number, verdict: Verdict, upperAfter: bigint, leafAfter: bigint, why: string];
const SV48 = riscv(9n << 60n, {}), SV32 = riscv(1n << 31n, { xlen: 32 }), SV39X4 = riscv(8n << 60n, { guestPhysical: true });
const VTD = vtdTree({ root: ROOT, levels: 4, accessedDirty: true }), amd = (had: number): Tree => amdTree({ root: ROOT, mode: 4, had });
const AMD_RW = 0x6000000000000001n;
const ROWS: { [format: string]: Row[] } = {
  "x86-64": [
    [x86, 0x07n, 0x07n, READ, Verdict.LEAF, 0x27n, 0x27n, "accessed at every level"], [x86, 0x07n, 0x07n, WRITE, Verdict.LEAF, 0x27n, 0x67n, "dirty in the leaf"],
    [x86, 0x07n, 0x07n, 0, Verdict.LEAF, 0x27n, 0x27n, "any access reads"],
    [x86, 0x07n, 0x05n, WRITE, Verdict.PERMISSION, 0x27n, 0x05n, "no leaf without the right"],
    [x86, 0x05n, 0x07n, USER_WRITE, Verdict.PERMISSION, 0x25n, 0x07n, "nor where a level above lacks it"],
    [x86, 0x07n, 0x06n, READ, Verdict.NOT_PRESENT, 0x27n, 0x06n, "no item that is absent"],
  ],
  "RISC-V Sv48": [
    [SV48, 0x01n, 0x17n, USER_READ, Verdict.LEAF, 0x01n, 0x57n, "accessed in the leaf only"], [SV48, 0x01n, 0x17n, USER_WRITE, Verdict.LEAF, 0x01n, 0xd7n, "dirty for a store"],
    [SV48, 0x01n, 0x17n, READ, Verdict.PERMISSION, 0x01n, 0x17n, "no leaf of the user's for the kernel"],
    [SV48, 0x01n, 0x13n, USER_WRITE, Verdict.PERMISSION, 0x01n, 0x13n, "none that is read-only"],
    [riscv(9n << 60n, { hardwareAD: false }), 0x01n, 0x17n, USER_READ, Verdict.ACCESSED_CLEAR, 0x01n, 0x17n, "software sets them: Svade"],
    [riscv(9n << 60n, { hardwareAD: false }), 0x01n, 0x57n, USER_WRITE, Verdict.PERMISSION, 0x01n, 0x57n, "software sets dirty"],
    [SV48, 0x01n, 0x80000000000020d7n & ~0xc0n, USER_WRITE, Verdict.LEAF, 0x01n, 0x80000000000020d7n, "64 KiB: the item that was used"],
  ],
  "RISC-V Sv32": [
    [SV32, 0x01n, 0x17n, USER_READ, Verdict.LEAF, 0x01n, 0x57n, "accessed"], [SV32, 0x01n, 0xfffffc17n, USER_WRITE, Verdict.LEAF, 0x01n, 0xfffffcd7n, "dirty"],
    [SV32, 0x01n, 0x13n, USER_WRITE, Verdict.PERMISSION, 0x01n, 0x13n, "no right"],
  ],
  "RISC-V Sv39x4": [
    [SV39X4, 0x01n, 0x17n, WRITE, Verdict.LEAF, 0x01n, 0xd7n, "whoever accesses"], [SV39X4, 0x01n, 0x07n, WRITE, Verdict.PERMISSION, 0x01n, 0x07n, "a leaf without U is nobody's"],
  ],
  "Armv8": [
    [arm(HA), 0x03n, CLEAN, USER_READ, Verdict.LEAF, 0x03n, CLEAN | AF, "HA: the access flag, in the leaf"],
    [arm(0n), 0x03n, CLEAN, USER_READ, Verdict.ACCESSED_CLEAR, 0x03n, CLEAN, "software keeps it"],
    [arm(HA | HD), 0x03n, CLEAN | DBM, USER_WRITE, Verdict.LEAF, 0x03n, 0x43n | AF | DBM, "HD: a write to a clean page takes read-only off"],
    [arm(HA | HD), 0x03n, CLEAN | DBM, USER_READ, Verdict.LEAF, 0x03n, CLEAN | AF | DBM, "a read leaves it clean"],
    [arm(HA | HD), 0x03n, CLEAN, USER_WRITE, Verdict.PERMISSION, 0x03n, CLEAN, "read-only without DBM stays so"],
    [arm(HA), 0x03n, CLEAN | DBM, USER_WRITE, Verdict.PERMISSION, 0x03n, CLEAN | DBM, "DBM means nothing without HD"],
    [arm(HD), 0x03n, CLEAN | DBM | AF, USER_WRITE, Verdict.PERMISSION, 0x03n, CLEAN | DBM | AF, "nor HD without HA"],
    [arm(HA), 0x03n, CLEAN | 1n << 54n, USER_EXECUTE, Verdict.PERMISSION, 0x03n, CLEAN | 1n << 54n, "no right"],
  ],
  "VT-d second stage": [
    [VTD, 0x03n, 0x03n, READ, Verdict.LEAF, 0x103n, 0x103n, "accessed at every level"], [VTD, 0x03n, 0x03n, WRITE, Verdict.LEAF, 0x103n, 0x303n, "dirty in the leaf"],
    [VTD, 0x03n, 0x01n, WRITE, Verdict.PERMISSION, 0x103n, 0x01n, "no right"],
    [vtdTree({ root: ROOT, levels: 4 }), 0x03n, 0x03n, WRITE, Verdict.LEAF, 0x03n, 0x03n, "not enabled"],
  ],
  "AMD version 1": [
    [amd(3), AMD_RW, AMD_RW, READ, Verdict.LEAF, AMD_RW, AMD_RW | 0x20n, "accessed in the leaf"],
    [amd(3), AMD_RW, AMD_RW, WRITE, Verdict.LEAF, AMD_RW, AMD_RW | 0x60n, "and dirty"],
    [amd(1), AMD_RW, AMD_RW, WRITE, Verdict.LEAF, AMD_RW, AMD_RW | 0x20n, "HAD 1: accessed alone"], [amd(0), AMD_RW, AMD_RW, WRITE, Verdict.LEAF, AMD_RW, AMD_RW, "HAD 0"],
    [amd(3), AMD_RW, 0x2000000000000001n, WRITE, Verdict.PERMISSION, AMD_RW, 0x2000000000000001n, "no right"],
  ],
};

/** A tree's tables, one a level, in a window; `items` reads the whole of it. */
async function tablesFor(tree: Tree, upper: bigint, leaf: bigint): Promise<{ machine: Machine; items(): bigint[]; indexes: number[] }> {
  const bytes = 9 * 4096, { engine, thread } = await makeEngine({ systemFrames: 64, threads: 1, workspaceBytes: Machine.bytes(16) + bytes });
  const machine = Machine.create(thread, 16), at = machine.window(ROOT, bytes);
  const itemBytes = tree.indexBits === 10 ? 4 : 8, isRiscv = upper === 0x01n;
  const tableAt = (level: number): bigint => level === tree.levels - 1 ? ROOT : ROOT + BigInt(tree.levels + 2 - level) * 4096n, indexes: number[] = [];
  for (let level = tree.levels - 1; level >= 0; level--) {
    const pa = tableAt(level) + (VA >> BigInt(tree.pageLg2 + level * tree.indexBits) & (1n << BigInt(tree.indexBits)) - 1n) * BigInt(itemBytes);
    const below = level ? tableAt(level - 1) : 0n;
    const pointer = upper | (isRiscv ? below >> 2n : below) | (upper === AMD_RW ? BigInt(level) << 9n : 0n);
    machine.poke(pa, level ? pointer : leaf, itemBytes);
    indexes.push(Number(pa - ROOT) / itemBytes);
  }
  return { machine, indexes, items: () => Array.from({ length: bytes / itemBytes }, (_, i) => itemBytes === 8 ? engine.u64(at + 8 * i) : BigInt(engine.u32(at + 4 * i))) };
}

for (const [format, rows] of Object.entries(ROWS)) for (const [tree, upper, leaf, wanted, verdict, upperAfter, leafAfter, why] of rows) test(`${format}: ${why}`, async () => {
  const { machine, items, indexes } = await tablesFor(tree, upper, leaf), before = items(), last = indexes.at(-1)!;
  const expected = before.map((item, i) => i === last ? leafAfter : indexes.includes(i) ? item | upperAfter : item);
  const readOnly = machine.walk(tree, VA, wanted);
  assert.is(Verdict[readOnly.verdict], Verdict[verdict]);
  assert.equal(items(), before, "a walk that is not asked changes nothing");
  const walk = machine.walk(tree, VA, wanted, true);
  assert.is(Verdict[walk.verdict], Verdict[verdict]);
  assert.equal(items(), expected, "one that is asked changes these items");
  assert.equal(walk.path.map(({ item }) => item), indexes.map((i) => expected[i]), "and tells what it left");
  machine.walk(tree, VA, wanted, true);
  assert.equal(items(), expected, "the second time there is nothing left to do");
});
test.run();
