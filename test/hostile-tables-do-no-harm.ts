// Tables full of nonsense: whatever they hold, a walk ends within the level count, reads items of supplied pages only and as they are there,
// and changes no byte but its own answer. WALKS a format; more with HOSTILE_WALKS.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Verdict } from "../assembly/layout/hardware.js";
import { Machine, type WalkResult } from "../src/machine.js";
import { amdTree, armTrees, riscvTrees, vtdTree, x86Trees, type Tree } from "../src/registers.js";
import { SEED, generator, makeEngine } from "./help/engine.js";

const WALKS = Number(process.env["HOSTILE_WALKS"] ?? 20_000), PAGE = 4096n, ROOT = 0x40000n, PAGES = 24, GUARD = 0xa5a5a5a5a5a5a5a5n;
const test = suite("hostile tables do no harm");

const arm = (tcr: bigint): Tree => armTrees({ ttbr0: ROOT, ttbr1: 0, tcr: tcr | 1n << 23n | 2n << 30n | 16n << 16n }).trees[0]!.tree;
const TREES: { [name: string]: Tree } = {
  ...Object.fromEntries([4, 5].map((levels) => [`x86-64, ${levels} levels`, x86Trees({ cr0: 0x80010001, cr3: ROOT, cr4: 0x20 | (levels - 4) << 12, efer: 0xd00 }).trees[0]!.tree])),
  "x86-64, 40 bits, no NX": x86Trees({ cr0: 0x80000001, cr3: ROOT, cr4: 0x300020, efer: 0x500, physicalBits: 40 }).trees[0]!.tree,
  ...Object.fromEntries([8n, 9n, 10n].map((mode) => [`RISC-V, mode ${mode}`, riscvTrees(mode << 60n | ROOT >> 12n).trees[0]!.tree])),
  ...Object.fromEntries([8n, 10n].map((mode) => [`RISC-V, guest-physical, mode ${mode}`, riscvTrees(mode << 60n | ROOT >> 12n, { guestPhysical: true }).trees[0]!.tree])),
  "VT-d, 4 levels": vtdTree({ root: ROOT, levels: 4 }), "AMD v1, mode 4": amdTree({ root: ROOT, mode: 4 }), "AMD v1, mode 6": amdTree({ root: ROOT, mode: 6 }),
  "Armv8, 4 KiB": arm(16n | 5n << 32n), "Armv8, 4 KiB, LPA2": arm(12n | 6n << 32n | 1n << 59n), "Armv8, 16 KiB": arm(17n | 2n << 14n | 5n << 32n),
  "Armv8, 16 KiB, LPA2": arm(12n | 2n << 14n | 6n << 32n | 1n << 59n), "Armv8, 64 KiB": arm(16n | 1n << 14n | 6n << 32n),
};

for (const [name, tree] of Object.entries(TREES)) test(`${name}: ${WALKS} walks (seed ${SEED})`, async () => {
  const random = generator(SEED), word = (bits: number): bigint => BigInt.asUintN(bits, BigInt(random(2 ** 32)) << 32n | BigInt(random(2 ** 32)));
  const { engine, thread } = await makeEngine({ systemFrames: 64, threads: 1, workspaceBytes: 2 * Machine.bytes(PAGES) });
  const machine = Machine.create(thread, PAGES), content = new BigUint64Array(512 * PAGES);
  for (let page = 0; page < PAGES; page++) machine.supply(ROOT + BigInt(page) * PAGE, new Uint8Array(4096));
  const whereIs = (pa: bigint): number | undefined => pa >= ROOT && pa < ROOT + BigInt(PAGES) * PAGE ? Number(pa - ROOT) / 8 : undefined;
  const [first, end] = machine.pagesAt, outside = (): bigint[] => [engine.u64(first - 8), engine.u64(end), engine.u64(end + 8)];
  engine.setU64(end, GUARD);
  engine.setU64(end + 8, GUARD);
  const guards = outside(), seen = new Set<Verdict>();

  /** Nonsense of every kind: any bits; a pointer to some page of ours, with flags that let the walk go on; nothing. */
  const item = (level: number): bigint => {
    const target = ROOT + BigInt(random(PAGES + 4)) * PAGE, isRiscv = name.startsWith("RISC-V"), address = isRiscv ? target >> 2n : target;
    const kinds = [() => word(64), () => word(64) | 3n, () => 0n, () => address | (isRiscv ? 1n : 3n), () => address | 0x67n, () => address | 3n | word(12), () => address | 0x83n,
      () => address | 0x6000000000000001n | BigInt(level) << 9n];
    return kinds[random(kinds.length)]!();
  };
  for (let i = 0; i < WALKS; i++) {
    const va = random(8) === 0 ? word(64) : word(tree.isSignExtended ? tree.vaBits - 1 : tree.vaBits);
    let walk: WalkResult = machine.walk(tree, va);
    // The item where the walk ended is another one now, level by level, so that some get far.
    for (let n = 0; n < tree.levels && walk.path.length; n++) {
      const at = whereIs(walk.path.at(-1)!.at);
      if (at === undefined || walk.verdict === Verdict.LEAF) break;
      content[at] = item(walk.level);
      engine.setU64(first + 8 * at, content[at]!);
      walk = machine.walk(tree, va);
    }
    seen.add(walk.verdict);
    assert.ok(walk.path.length <= tree.levels, `${walk.path.length} steps`);
    for (const { at, item: read } of walk.path) {
      const place = whereIs(at);
      assert.is(read, place === undefined ? 0n : content[place], `the item at 0x${at.toString(16)}`);
      assert.is(at % 8n, 0n);
    }
    if (walk.path.length && whereIs(walk.path.at(-1)!.at) === undefined) assert.is(walk.verdict, Verdict.ABSENT);
    if (walk.verdict === Verdict.LEAF) assert.ok(walk.pa! >> 56n === 0n && walk.sizeLg2! >= 12);
  }
  assert.equal(outside(), guards, "bytes around the pages");
  for (let at = 0; at < content.length; at += 8) assert.is(engine.u64(first + 8 * at), content[at], "a page is as it was");
  const all = [Verdict.LEAF, Verdict.NOT_PRESENT, Verdict.ABSENT, ...tree.vaBits < 64 ? [Verdict.NON_CANONICAL] : []];
  for (const verdict of all) assert.ok(seen.has(verdict), `no walk ends with ${Verdict[verdict]}`);
});

test("a root that is not aligned is refused", async () => {
  const { thread } = await makeEngine({ systemFrames: 64, threads: 1, workspaceBytes: Machine.bytes(PAGES) }), machine = Machine.create(thread, PAGES);
  for (const tree of Object.values(TREES)) assert.is(machine.walk({ ...tree, root: ROOT + 8n }, 0n).verdict, Verdict.ROOT);
});
test.run();
