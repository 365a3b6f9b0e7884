// What the TLB model promises beside its arithmetic: memory that is brought in the middle of a batch, formats with other tables, another worker
// that takes it over, shapes and batches that are refused.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Allowed, Verdict } from "../assembly/layout/hardware.js";
import { Engine } from "../src/engine.js";
import { Machine } from "../src/machine.js";
import { amdTree, riscvTrees, x86Trees, type Tree } from "../src/registers.js";
import { Thread } from "../src/thread.js";
import { Tlb, type TlbOptions } from "../src/tlb.js";
import { makeEngine } from "./help/engine.js";

const test = suite("TLBs keep their word"), ROOT = 0x10000n, X86 = x86Trees({ cr0: 0x80010001, cr3: ROOT, cr4: 0x20, efer: 0xd00 }).trees[0]!.tree;
const FULL = { sets: 1, ways: 8 };
const SHAPE: TlbOptions = {
  tlbs: [{ name: "L1", sets: 2, ways: 2, pageBytes: [4096], cycles: 1 }, { name: "L2", level: 2, sets: 8, ways: 4, pageBytes: [4096], cycles: 8 }],
  tableCaches: [{ name: "PDE", ...FULL, tables: [0], cycles: 2 }], memoryCycles: 100,
};
/** A machine with one path of tables, which lie one page apart from the root on: `items` are level, address, word. */
async function machineOf(
  shape: TlbOptions, tables: number, items: [table: number, index: number, word: bigint, bytes?: 4 | 8][], source?: (page: Uint8Array | undefined) => Uint8Array | undefined,
): Promise<{ thread: Thread; machine: Machine; tlb: Tlb }> {
  const { engine, thread } = await makeEngine({ systemFrames: 64, threads: 2, workspaceBytes: Machine.bytes(16) * 2 + Tlb.bytes(shape) });
  const filled = Machine.create(thread, 16);
  for (let i = 0; i < tables; i++) filled.supply(ROOT + BigInt(i) * 4096n, new Uint8Array(4096));
  for (const [table, index, word, bytes = 8] of items) filled.poke(ROOT + BigInt(table) * 4096n + BigInt(index * bytes), word, bytes);
  const at = filled.pagesAt[0], end = ROOT + BigInt(tables) * 4096n;
  const page = (pa: bigint): Uint8Array | undefined => pa >= ROOT && pa < end ? engine.bytes(at + Number(pa - ROOT), 4096) : undefined;
  return { thread, machine: source ? Machine.create(thread, 16, (pa) => source(page(pa))) : filled, tlb: Tlb.create(thread, shape) };
}
const PATH: [number, number, bigint][] = [
  [0, 0, ROOT + 0x1007n], [1, 0, ROOT + 0x2007n], [2, 0, ROOT + 0x3007n], ...[1, 2, 3].map((i): [number, number, bigint] => [3, i, BigInt(i) << 20n | 7n]),
];
const VAS = BigUint64Array.of(0x1000n, 0x2000n, 0x1008n, 0x9000n, 0x3000n), ALL = VAS.length;

test("a walk's cycles, and where the next one begins", async () => {
  const { machine, tlb } = await machineOf(SHAPE, 4, PATH), { outputs, verdicts, cycles } = tlb.translate(machine, X86, VAS);
  assert.equal([...outputs], [0x100000n, 0x200000n, 0x100008n, 0n, 0x300000n]);
  assert.equal([...verdicts], [Verdict.LEAF, Verdict.LEAF, Verdict.LEAF, Verdict.NOT_PRESENT, Verdict.LEAF]);
  assert.equal([...cycles], [1 + 8 + 2 + 400, 1 + 8 + 2 + 100, 1, 1 + 8 + 2 + 100, 1 + 8 + 2 + 100], "the leaf table is known after the first");
  const { accesses, walks, memoryAccesses, faults, caches } = tlb.statistics;
  assert.equal([accesses, walks, memoryAccesses, faults], [5, 4, 4 + 1 + 1 + 1, 1]);
  assert.equal(caches[0], { name: "L1", hits: 1, misses: 4, fills: 3, evictions: 0 });
});

test("memory that is brought in the middle of a batch changes nothing; what nobody has is absent", async () => {
  const whole = await machineOf(SHAPE, 4, PATH), asked: boolean[] = [], bit = await machineOf(SHAPE, 4, PATH, (page) => { asked.push(page !== undefined); return page; });
  assert.equal(bit.tlb.translate(bit.machine, X86, VAS), whole.tlb.translate(whole.machine, X86, VAS));
  assert.equal(bit.tlb.statistics, whole.tlb.statistics);
  assert.equal(asked, [true, true, true, true]);
  const elsewhere = { ...X86, root: 0x800000n };
  for (const { tlb, machine } of [whole, bit]) {
    tlb.invalidate();
    assert.equal([...tlb.translate(machine, elsewhere, VAS).verdicts], Array(ALL).fill(Verdict.ABSENT));
  }
  assert.equal(bit.tlb.statistics, whole.tlb.statistics);
});

test("long batches, and answers into arrays that are there", async () => {
  const { machine, tlb } = await machineOf(SHAPE, 4, PATH), many = Float64Array.from({ length: 5000 }, (_, i) => 0x1000 * (1 + i % 3) + i % 4096);
  const into = { outputs: new Float64Array(5000), verdicts: new Uint8Array(5000), cycles: new Uint32Array(5000) };
  assert.is(tlb.translate(machine, X86, many, {}, into), into);
  assert.ok(into.outputs.every((output, i) => output === (1 + i % 3) * 0x100000 + i % 4096));
  assert.is(tlb.statistics.accesses, 5000);
  assert.is(tlb.statistics.walks, 3);
});

test("a worker takes a model over with all that is in it", async () => {
  const { machine, tlb, thread } = await machineOf(SHAPE, 4, PATH);
  tlb.translate(machine, X86, VAS);
  const handle = structuredClone(tlb.handle), engine = Engine.attach(thread.engine.handle), other = Tlb.attach(Thread.register(engine), handle);
  assert.equal([...other.translate(machine, X86, VAS).cycles], [1, 1, 1, 1 + 8 + 2 + 100, 1]);
  assert.equal(other.statistics, tlb.statistics);
  assert.throws(() => Tlb.attach(thread, { at: handle.at + 64, names: [] }), /no TLB model at 0x/);
});

test("RISC-V: what a global pointer leads to is found in every address space", async () => {
  const tree = riscvTrees(8n << 60n | ROOT >> 12n, { hardwareAD: true }).trees[0]!.tree;
  const pointer = (table: number, flags: bigint): bigint => ROOT + BigInt(table) * 4096n >> 2n | flags;
  for (const [flags, walks, reads] of [[0x21n, 1, 3], [0x01n, 2, 6]] as const) {
    const { machine, tlb } = await machineOf(SHAPE, 3, [[0, 0, pointer(1, flags)], [1, 0, pointer(2, 1n)], [2, 1, 0xcfn]]);
    for (const asid of [1, 2]) tlb.translate(machine, tree, Float64Array.of(0x1000), { asid });
    assert.equal([tlb.statistics.walks, tlb.statistics.memoryAccesses], [walks, reads]);
  }
});

test("AMD: a table below left-out levels is entered by its own level, and not by addresses with bits of those", async () => {
  const tree: Tree = amdTree({ root: ROOT, mode: 4 }), RW = 0x6000000000000001n;
  const { machine, tlb } = await machineOf(SHAPE, 2, [[0, 0, ROOT + 0x1000n | RW | 1n << 9n], [1, 1, 0x5000n | RW], [1, 2, 0x6000n | RW]]);
  const { verdicts, cycles } = tlb.translate(machine, tree, BigUint64Array.of(0x1000n, 0x2000n, 0x202000n), { wanted: Allowed.READ });
  assert.equal([...verdicts], [Verdict.LEAF, Verdict.LEAF, Verdict.SKIPPED]);
  assert.equal([...cycles], [11 + 200, 11 + 100, 11 + 100]);
});

test("Sv32, and a page of 4 MiB in a TLB that has 4 KiB only", async () => {
  const tree = riscvTrees(1n << 31n | ROOT >> 12n, { xlen: 32 }).trees[0]!.tree, { machine, tlb } = await machineOf(SHAPE, 1, [[0, 1, 0xb7a000cfn, 4]]);
  const { outputs, cycles } = tlb.translate(machine, tree, Float64Array.of(0x400123, 0x400456, 0x401000));
  assert.equal([...outputs], [0x2de800123, 0x2de800456, 0x2de801000]);
  assert.equal([...cycles], [11 + 100, 1, 11 + 100]);
});

test("shapes and batches that cannot be are refused", async () => {
  const { thread, machine, tlb } = await machineOf(SHAPE, 4, PATH), L1 = SHAPE.tlbs[0]!;
  const refused: [options: object, message: RegExp][] = [
    [{ tlbs: [] }, /the number of caches is 0/], [{ tlbs: [{ ...L1, sets: 0 }] }, /^L1: sets is 0: expected/], [{ tlbs: [{ ...L1, ways: 5000 }] }, /^L1: ways is 5000/],
    [{ tlbs: [{ ...L1, replacement: "mru" }] }, /^L1: replacement is mru: expected lru, tree-plru, fifo, random$/], [{ tlbs: [{ ...L1, serves: "all" }] }, /^L1: serves is all/],
    [{ tlbs: [{ ...L1, ways: 3, replacement: "tree-plru" }] }, /3 ways with tree-plru: expected a power of two/], [{ tlbs: [{ ...L1, pageBytes: [2048] }] }, /pages of 2048 bytes/],
    [{ tlbs: [L1], tableCaches: [{ name: "PML5", ...FULL, tables: [5] }] }, /^PML5: level of tables is 5/],
    [{ tlbs: [{ ...L1, level: 0 }] }, /^L1: level is 0/],
    [{ tlbs: [{ ...L1, cycles: -1 }] }, /^L1: cycles is -1/], [{ tlbs: [L1], memoryCycles: 0.5 }, /^memoryCycles is 0.5/],
    [{ tlbs: [{ ...L1, sets: 65536, ways: 64 }] }, /needs \d+ bytes of workspace/],
  ];
  for (const [options, message] of refused) assert.throws(() => Tlb.create(thread, options as TlbOptions), message);
  assert.throws(() => tlb.translate(machine, X86, VAS, { asid: 65536 }), /asid is 65536/);
  assert.throws(() => tlb.translate(machine, X86, VAS, { wanted: new Uint8Array(2) }), /2 accesses wanted of 5 addresses/);
  const small = { outputs: new BigUint64Array(5), verdicts: new Uint8Array(4), cycles: new Uint32Array(5) };
  assert.throws(() => tlb.translate(machine, X86, VAS, {}, small), /room for 5 outputs, 4 verdicts, 5 cycles: expected 5/);
  assert.is(tlb.statistics.accesses, 0);
});
test.run();
