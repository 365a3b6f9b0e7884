// Walks that mark, in a machine whose memory is pieces of the engine's: what the tables hold is nonsense; a walk marks what lies there, and nothing
// beside it.
import * as assert from "uvu/assert";
import { ArmItem } from "../../assembly/layout/armv8.js";
import { Verdict } from "../../assembly/layout/hardware.js";
import { RiscvItem } from "../../assembly/layout/riscv.js";
import { VtdItem } from "../../assembly/layout/vtd.js";
import { X86 } from "../../assembly/layout/x86_64.js";
import { Machine } from "../../src/machine.js";
import { armTrees, riscvTrees, vtdTree, x86Trees, type Tree } from "../../src/registers.js";
import { SEED, generator, makeEngine } from "./engine.js";

const ROOT = 0x40000n, GUARD = 0xa5, APART = 4096;
/** Windows with odd ends: what lies across an end is not there. The second follows the first without a gap, and lies elsewhere. */
const WINDOWS = [{ pa: ROOT, bytes: 0x4ff8 }, { pa: ROOT + 0x4ff8n, bytes: 0x3010 }, { pa: 0x80000n, bytes: 0x1008 }];
const marks = (...bits: number[]): bigint => bits.reduce((sum, at) => sum | 1n << BigInt(at), 0n), ACCESSED_DIRTY = marks(RiscvItem.ACCESSED, RiscvItem.DIRTY);
/** The bits that a walk may change. */
export const MARKING: { [name: string]: [tree: Tree, marks: bigint] } = {
  "x86-64": [x86Trees({ cr0: 0x80010001, cr3: ROOT, cr4: 0x20, efer: 0xd00 }).trees[0]!.tree, marks(X86.ACCESSED, X86.DIRTY)],
  "RISC-V Sv39": [riscvTrees(8n << 60n | ROOT >> 12n, { hardwareAD: true }).trees[0]!.tree, ACCESSED_DIRTY],
  "RISC-V Sv32": [riscvTrees(1n << 31n | ROOT >> 12n, { xlen: 32, hardwareAD: true }).trees[0]!.tree, ACCESSED_DIRTY],
  "RISC-V Sv32x4": [riscvTrees(1n << 31n | ROOT >> 12n, { xlen: 32, hardwareAD: true, guestPhysical: true }).trees[0]!.tree, ACCESSED_DIRTY],
  "VT-d": [vtdTree({ root: ROOT, levels: 3, accessedDirty: true }), marks(VtdItem.ACCESSED, VtdItem.DIRTY)],
  "Armv8": [armTrees({ ttbr0: ROOT, ttbr1: 0, tcr: 16n | 1n << 23n | 5n << 32n | 3n << 39n }).trees[0]!.tree, marks(ArmItem.ACCESSED, ArmItem.READ_ONLY)],
};

/** Answers how many items were marked. */
export async function markingWalks(name: string, walks: number): Promise<number> {
  const [tree, changes] = MARKING[name]!, random = generator(SEED), word = (bits: number): bigint => BigInt.asUintN(bits, BigInt(random(2 ** 32)) << 32n | BigInt(random(2 ** 32)));
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
  for (let i = 0; i < walks; i++) {
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
  assert.ok(marked > walks / 100, `only ${marked} items were marked`);
  for (const verdict of [Verdict.LEAF, Verdict.NOT_PRESENT, Verdict.ABSENT, Verdict.PERMISSION]) assert.ok(seen.has(verdict), `no walk ends with ${Verdict[verdict]}`);
  return marked;
}
