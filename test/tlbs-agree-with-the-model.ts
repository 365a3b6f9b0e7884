// The TLB model against a dull one in TypeScript, which keeps lists: random shapes, tables, accesses and invalidations; the same hits, misses,
// evictions and cycles in the same order, the same outputs, the same accessed and dirty bits left in the tables.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Allowed, Verdict } from "../assembly/layout/hardware.js";
import { Engine } from "../src/engine.js";
import { Machine } from "../src/machine.js";
import { riscvTrees, x86Trees, type Tree } from "../src/registers.js";
import { Thread } from "../src/thread.js";
import { Tlb, type TlbOptions } from "../src/tlb.js";
import { ReferenceTlb } from "./help/reference-tlb.js";
import { SEED, makeEngine } from "./help/engine.js";

const test = suite("TLBs agree with the model"), RUNS = Number(process.env["TLB_RUNS"] ?? 250), ROOT = 0x1000n, { READ, WRITE, EXECUTE, USER_READ, USER_WRITE } = Allowed;
const FORMATS: { [name: string]: { tree: Tree; pointer(pa: bigint): bigint; leaf(pa: bigint, level: number, flags: number): bigint; dirty: bigint; global: bigint } } = {
  "x86-64": {
    tree: x86Trees({ cr0: 0x80010001, cr3: ROOT, cr4: 0xa0, efer: 0xd00 }).trees[0]!.tree, pointer: (pa) => pa | 7n, dirty: 0x40n, global: 0x100n,
    leaf: (pa, level, flags) => pa | 1n | BigInt(flags & 1) << 1n | BigInt(flags >> 1 & 1) << 2n | BigInt(flags >> 2 & 1) << 8n | (level ? 0x80n : 0n),
  },
  "RISC-V Sv39": {
    tree: riscvTrees(8n << 60n | ROOT >> 12n, { hardwareAD: true }).trees[0]!.tree, pointer: (pa) => pa >> 2n | 1n, dirty: 0x80n, global: 0x20n,
    leaf: (pa, _, flags) => pa >> 2n | 0xbn | BigInt(flags & 1) << 2n | BigInt(flags >> 1 & 1) << 4n | BigInt(flags >> 2 & 1) << 5n,
  },
};
type FormatName = keyof typeof FORMATS;

const cache = { sets: fc.integer({ min: 1, max: 5 }), ways: fc.constantFrom(1, 2, 4, 3, 8), seed: fc.nat(99), cycles: fc.nat(9), serves: fc.constantFrom("data", "fetch", "both") };
const replacement = fc.constantFrom("lru", "tree-plru", "fifo", "random");
const named = <T extends { ways: number; replacement: string }>(shapes: T[]): (T & { name: string })[] => shapes.map((shape, i) =>
  ({ ...shape, name: `cache ${i}`, replacement: shape.replacement === "tree-plru" && shape.ways === 3 ? "fifo" : shape.replacement }));
const pageBytes = fc.uniqueArray(fc.constantFrom(12, 16, 21, 30).map((lg2) => 2 ** lg2), { minLength: 1 }), tables = fc.uniqueArray(fc.nat(2), { minLength: 1 });
const options = fc.record({
  tlbs: fc.array(fc.record({ ...cache, replacement, level: fc.integer({ min: 1, max: 3 }), pageBytes }), { minLength: 1, maxLength: 4 }).map(named),
  tableCaches: fc.array(fc.record({ ...cache, replacement, tables }), { maxLength: 3 }).map(named), memoryCycles: fc.nat(50),
}) as fc.Arbitrary<TlbOptions>;
/** Pages of the address space: which are mapped, of what size, with which flags. */
const pages = fc.array(fc.record({ slot: fc.nat(23), level: fc.constantFrom(0, 0, 0, 1, 2), flags: fc.nat(7) }), { minLength: 4, maxLength: 30 });
const step = fc.oneof(
  { weight: 12, arbitrary: fc.record({ slot: fc.nat(23), offset: fc.nat(4095), wanted: fc.constantFrom(READ, WRITE, EXECUTE, USER_READ, USER_WRITE, 0), asid: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ forget: fc.record({ slot: fc.option(fc.nat(23), { nil: undefined }), asid: fc.option(fc.nat(2), { nil: undefined }) }) }) },
);
/** Addresses that share tables, or sets, or neither. */
const addressOf = (slot: number): bigint => BigInt(slot % 4) * 0x1000n + BigInt(slot >> 2 & 1) * 0x200000n + BigInt(slot >> 3) * 0x40000000n;

/** A machine with tables made of these pages: the first that takes an address has it. */
function machineWith(thread: Thread, format: FormatName, mapped: { slot: number; level: number; flags: number }[]): { machine: Machine; at: number; bytes: number } {
  const bytes = 40 * 4096, machine = Machine.create(thread, 16), at = machine.window(ROOT, bytes), { tree, pointer, leaf } = FORMATS[format]!, { engine } = thread;
  let next = ROOT + 0x1000n;
  for (const { slot, level, flags } of mapped) {
    const va = addressOf(slot);
    for (let table = ROOT, above = tree.levels - 1; ; above--) {
      const item = at + Number(table - ROOT) + Number(va >> BigInt(12 + 9 * above) & 511n) * 8, seen = engine.u64(item), low = 12n + 9n * BigInt(above);
      if (above === level) {
        if (!seen) engine.setU64(item, leaf(0x100000000000n + (va >> low << low), level, flags));
        break;
      }
      if (!seen) { engine.setU64(item, pointer(next)); next += 0x1000n; }
      const now = engine.u64(item);
      if (now & 0x80n || (format !== "x86-64" && now & 0xen)) break; // a large page is there
      table = format === "x86-64" ? now >> 12n << 12n : now >> 10n << 12n;
    }
  }
  return { machine, at, bytes };
}

for (const format of Object.keys(FORMATS)) for (const update of [false, true]) test(`${format}${update ? ", walks mark" : ""}: ${RUNS} shapes (seed ${SEED})`, async () => {
  const module = (await makeEngine()).engine.handle.module;
  await fc.assert(fc.asyncProperty(options, pages, fc.array(step, { minLength: 20, maxLength: 120 }), fc.boolean(), async (shape, mapped, steps, asFloats) => {
    const engine = await Engine.create({ wasm: module, systemFrames: 64, threads: 1, workspaceBytes: 2 * (Machine.bytes(16) + 40 * 4096) + Tlb.bytes(shape) + 256 });
    const thread = Thread.register(engine), ours = machineWith(thread, format, mapped), theirs = machineWith(thread, format, mapped), { tree, dirty, global } = FORMATS[format]!;
    const tlb = Tlb.create(thread, shape), reference = new ReferenceTlb(shape, tree, global, (va, wanted) => theirs.machine.walk(tree, va, wanted, update), update ? dirty : 0n);
    for (let i = 0; i < steps.length;) {
      const first = steps[i]!;
      if ("forget" in first) {
        const { slot, asid } = first.forget, va = slot === undefined ? undefined : addressOf(slot);
        tlb.invalidate({ ...va !== undefined && { va }, ...asid !== undefined && { asid } });
        reference.invalidate(va, asid);
        i++;
        continue;
      }
      const batch: Exclude<typeof first, { forget: unknown }>[] = []; // accesses in one address space, in one call
      for (; i < steps.length; i++) {
        const each = steps[i]!;
        if ("forget" in each || each.asid !== first.asid) break;
        batch.push(each);
      }
      const vas = batch.map(({ slot, offset }) => addressOf(slot) + BigInt(offset)), wanted = Uint8Array.from(batch, (each) => each.wanted);
      const expected = vas.map((va, n) => reference.access(va, wanted[n]!, first.asid)), how = { asid: first.asid, wanted, update };
      const addresses = asFloats ? Float64Array.from(vas, Number) : BigUint64Array.from(vas);
      const { outputs, verdicts, cycles } = tlb.translate<Float64Array | BigUint64Array>(ours.machine, tree, addresses, how);
      assert.equal(Array.from(outputs as ArrayLike<number | bigint>, BigInt), expected.map(({ output }) => output));
      assert.equal([...verdicts].map((verdict) => Verdict[verdict]), expected.map(({ verdict }) => Verdict[verdict]));
      assert.equal([...cycles], expected.map((each) => each.cycles));
      assert.equal(tlb.statistics, reference.statistics);
    }
    assert.equal(engine.bytes(ours.at, ours.bytes), engine.bytes(theirs.at, theirs.bytes), "the tables");
  }), { numRuns: RUNS / 2, seed: SEED });
});
test.run();
