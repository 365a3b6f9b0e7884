// A machine whose memory is a piece of the engine's: walks read and mark what lies there and nothing beside it, whatever the tables say; and
// windows that cannot be are refused. WALKS a format; more with HOSTILE_WALKS.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ArmItem } from "../assembly/layout/armv8.js";
import { RiscvItem } from "../assembly/layout/riscv.js";
import { Verdict } from "../assembly/layout/hardware.js";
import { VtdItem } from "../assembly/layout/vtd.js";
import { X86 } from "../assembly/layout/x86_64.js";
import { Machine } from "../src/machine.js";
import { armTrees, riscvTrees, vtdTree, x86Trees, type Tree } from "../src/registers.js";
import { SEED, generator, makeEngine } from "./help/engine.js";

const WALKS = Number(process.env["HOSTILE_WALKS"] ?? 5000), ROOT = 0x40000n, GUARD = 0xa5, APART = 4096, test = suite("windows are walked in place");
/** Windows with odd ends: what lies across an end is not there. The second follows the first without a gap, and lies elsewhere. */
const WINDOWS = [{ pa: ROOT, bytes: 0x4ff8 }, { pa: ROOT + 0x4ff8n, bytes: 0x3010 }, { pa: 0x80000n, bytes: 0x1008 }];
const marks = (...bits: number[]): bigint => bits.reduce((sum, at) => sum | 1n << BigInt(at), 0n), ACCESSED_DIRTY = marks(RiscvItem.ACCESSED, RiscvItem.DIRTY);
/** The bits that a walk may change. */
const TREES: { [name: string]: [tree: Tree, marks: bigint] } = {
  "x86-64": [x86Trees({ cr0: 0x80010001, cr3: ROOT, cr4: 0x20, efer: 0xd00 }).trees[0]!.tree, marks(X86.ACCESSED, X86.DIRTY)],
  "RISC-V Sv39": [riscvTrees(8n << 60n | ROOT >> 12n, { hardwareAD: true }).trees[0]!.tree, ACCESSED_DIRTY],
  "RISC-V Sv32": [riscvTrees(1n << 31n | ROOT >> 12n, { xlen: 32, hardwareAD: true }).trees[0]!.tree, ACCESSED_DIRTY],
  "RISC-V Sv32x4": [riscvTrees(1n << 31n | ROOT >> 12n, { xlen: 32, hardwareAD: true, guestPhysical: true }).trees[0]!.tree, ACCESSED_DIRTY],
  "VT-d": [vtdTree({ root: ROOT, levels: 3, accessedDirty: true }), marks(VtdItem.ACCESSED, VtdItem.DIRTY)],
  "Armv8": [armTrees({ ttbr0: ROOT, ttbr1: 0, tcr: 16n | 1n << 23n | 5n << 32n | 3n << 39n }).trees[0]!.tree, marks(ArmItem.ACCESSED, ArmItem.READ_ONLY)],
};

for (const [name, [tree, changes]] of Object.entries(TREES)) test(`${name}: ${WALKS} walks that mark (seed ${SEED})`, async () => {
  const random = generator(SEED), word = (bits: number): bigint => BigInt.asUintN(bits, BigInt(random(2 ** 32)) << 32n | BigInt(random(2 ** 32)));
  const bytes = WINDOWS.reduce((sum, window) => sum + window.bytes + APART, APART);
  const { engine, thread } = await makeEngine({ systemFrames: 64, threads: 1, workspaceBytes: Machine.bytes(16) + bytes + 64 });
  const machine = Machine.create(thread, 16), first = engine.wasm.workspaceTake(thread.me, bytes) >>> 0;
  engine.setBytes(first, new Uint8Array(bytes).fill(GUARD));
  const places = WINDOWS.map((_, i) => WINDOWS.slice(0, i).reduce((sum, window) => sum + window.bytes + APART, first + APART));
  WINDOWS.forEach((window, i) => {
    assert.is(machine.window(window.pa, window.bytes, places[i]), places[i]);
    engine.setBytes(places[i]!, new Uint8Array(window.bytes));
  });
  const itemBytes = tree.indexBits === 10 ? 4 : 8, isRiscv = name.startsWith("RISC-V");
  const model = new DataView(engine.bytes(first, bytes).buffer), read = (at: number): bigint => itemBytes === 8 ? model.getBigUint64(at, true) : BigInt(model.getUint32(at, true));
  const write = (at: number, item: bigint): void => { if (itemBytes === 8) model.setBigUint64(at, item, true); else model.setUint32(at, Number(item & 0xffffffffn), true); };
  /** Where an item is in the model; undefined where no window has all of it. */
  const whereIs = (pa: bigint): number | undefined => {
    const i = WINDOWS.findIndex((window) => pa >= window.pa && pa + BigInt(itemBytes) <= window.pa + BigInt(window.bytes));
    return i < 0 ? undefined : places[i]! - first + Number(pa - WINDOWS[i]!.pa);
  };
  const item = (): bigint => {
    const target = random(6) ? ROOT + BigInt(random(10)) * 0x1000n : 0x80000n + BigInt(random(3)) * 0x1000n, address = isRiscv ? target >> 2n : target;
    const pointer = address | (isRiscv ? 1n : 3n), leaf = address | (isRiscv ? BigInt(random(256)) | 1n : BigInt(random(4096)) | 3n);
    return [() => pointer, () => pointer, () => leaf, () => leaf, () => word(64), () => leaf | 1n << 51n][random(6)]!();
  };
  let marked = 0;
  const seen = new Set<Verdict>();
  for (let i = 0; i < WALKS; i++) {
    const va = word(tree.isSignExtended ? tree.vaBits - 1 : tree.vaBits) & ~(random(2) ? 0n : 0x7fffffffn), wanted = random(3) ? 1 << random(6) : random(64) * random(2);
    for (let n = 0; n <= tree.levels; n++) {
      const walk = machine.walk(tree, va, wanted, random(4) !== 0), end = walk.path.at(-1)!;
      seen.add(walk.verdict);
      for (const { at, item: left } of walk.path) {
        const place = whereIs(at);
        if (place === undefined) { assert.is(walk.verdict, Verdict.ABSENT, `0x${at.toString(16)} is in no window`); continue; }
        const before = read(place);
        assert.is((before ^ left) & ~changes, 0n, `0x${at.toString(16)}: 0x${before.toString(16)} became 0x${left.toString(16)}`);
        if (before !== left) marked++;
        write(place, left);
      }
      const place = whereIs(end.at);
      if (place === undefined || walk.verdict === Verdict.LEAF) break;
      write(place, item());
      if (itemBytes === 8) engine.setU64(first + place, read(place));
      else engine.setU32(first + place, Number(read(place)));
    }
  }
  assert.equal(engine.bytes(first, bytes), new Uint8Array(model.buffer), "windows are as the walks told, and the bytes around them as before");
  assert.ok(marked > WALKS / 100, `only ${marked} items were marked`);
  for (const verdict of [Verdict.LEAF, Verdict.NOT_PRESENT, Verdict.ABSENT, Verdict.PERMISSION]) assert.ok(seen.has(verdict), `no walk ends with ${Verdict[verdict]}`);
});

test("a window without a place lies in the workspace, and is zeros", async () => {
  const { engine, thread } = await makeEngine({ systemFrames: 64, threads: 1, workspaceBytes: Machine.bytes(16) + 8192 });
  const machine = Machine.create(thread, 16), at = machine.window(0x80000000n, 8192);
  assert.equal(engine.bytes(at, 8192), new Uint8Array(8192));
  machine.poke(0x80000ff8n, 0x1122334455667788n);
  assert.is(engine.u64(at + 0xff8), 0x1122334455667788n);
  machine.poke(0x80000ffcn, 0x99n, 4);
  assert.is(engine.u64(at + 0xff8), 0x0000009955667788n);
  assert.throws(() => machine.poke(0x80002000n, 0n), /8 bytes at 0x80002000: expected memory that the machine has/);
  assert.throws(() => machine.window(0x90000000n, 8), /^a window of 8 bytes: the workspace has no room for it/);
});

test("a page that a window holds in part only is supplied beside it", async () => {
  const { engine, thread } = await makeEngine({ systemFrames: 64, threads: 1, workspaceBytes: Machine.bytes(16) + 8192 });
  const machine = Machine.create(thread, 16), at = machine.window(ROOT, 0x808);
  machine.supply(ROOT, new Uint8Array(4096).fill(GUARD));
  assert.equal(engine.bytes(at, 0x1000), new Uint8Array(0x1000), "the window, and what lies behind it");
  machine.poke(ROOT + 0x808n, 1n);
  assert.is(engine.u64(machine.pagesAt[0] + 0x808), 1n, "the rest of the page");
});

test("windows that cannot be are refused, and leave nothing behind", async () => {
  const { engine, thread } = await makeEngine({ systemFrames: 64, threads: 1, workspaceBytes: Machine.bytes(16) + 65536 });
  const machine = Machine.create(thread, 16), at = machine.window(0x1000n, 4096);
  const refused: [pa: bigint, bytes: number, at: number | undefined, code: string, message: RegExp][] = [
    [0x1004n, 8, undefined, "EINVAL", /window of 8 bytes at 0x1004/], [0x8000n, 12, undefined, "EINVAL", /window of 12 bytes/], [-8n, 8, undefined, "EINVAL", /at -0x8/],
    [(1n << 56n) - 8n, 16, undefined, "EINVAL", /below 2\^56/], [0x8000n, 0, undefined, "EINVAL", /bytes is 0/], [0x8000n, 8, at + 4, "EINVAL", /expected a multiple of 8/],
    [0x8000n, 16, engine.memoryBytes - 8, "EINVAL", /bytes within the memory's/],
    [0x8000n, 8, engine.memoryBytes + 8, "EINVAL", /at is/], [0x8000n, 8, 0, "EINVAL", /at is 0/],
    [0x1ff8n, 8, undefined, "EEXIST", /expected none of 0x1000 to 0x1fff/], [0x0ff8n, 16, undefined, "EEXIST", /another window has/],
    [0x8000n, 65536, undefined, "ENOMEM", /no room for it/],
  ];
  for (const [pa, bytes, where, code, message] of refused)
    assert.throws(() => machine.window(pa, bytes, where), (error: Error & { code: string }) => error.code === code && message.test(error.message), message.source);
  for (let i = 1n; i < 8n; i++) machine.window(i << 20n, 8);
  assert.throws(() => machine.window(8n << 20n, 8), /the machine has its 8 windows/);
  machine.poke(7n << 20n, 5n);
  assert.is(machine.walk(x86Trees({ cr0: 0x80010001, cr3: 0x1000n, cr4: 0x20, efer: 0xd00 }).trees[0]!.tree, 0n).verdict, Verdict.NOT_PRESENT);
});
test.run();
