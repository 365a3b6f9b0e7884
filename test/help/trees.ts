// How hardware reads the tables that the engine builds: each format's tree, from the register that would hold its root.
import { HardwareId, Setup } from "../../assembly/layout/hardware.js";
import { RiscvFeature } from "../../assembly/layout/riscv.js";
import type { FormatName } from "../../src/formats.js";
import { amdTree, armStage2Tree, armTrees, riscvTrees, vtdTree, x86Trees, type Tree } from "../../src/registers.js";
import { MANUALS } from "./manuals.js";

const armRegister = (bits: number): bigint => BigInt(64 - bits) | 1n << 23n | 2n << 30n | 16n << 16n | (bits === 52 ? 6n << 32n | 1n << 59n : 5n << 32n);
const stage2 = (root: bigint, bits: number): Tree =>
  armStage2Tree({ vttbr: root, vtcr: BigInt(64 - bits) | (bits === 52 ? 6n << 16n | 1n << 32n | 1n << 33n : 5n << 16n | 2n << 6n) });
const sv32 = (root: bigint): Tree => ({
  setup: HardwareId.RISCV << Setup.FORMAT | 2 << Setup.LEVELS | 32 << Setup.VA_BITS | 34 << Setup.OA_BITS | 1 << RiscvFeature.HARDWARE_AD,
  root, vaBits: 32, levels: 2, indexBits: 10, pageLg2: 12, isSignExtended: false,
});

/** `top`: the table's, which may have grown. */
export function treeOver(name: FormatName, { frame, levels }: { frame: number; levels: number }): Tree {
  const { frameBits } = MANUALS[name], root = BigInt(frame) << 12n;
  if (name === "riscv-sv32") return sv32(root);
  if (name.startsWith("riscv")) return riscvTrees(BigInt(levels + 5) << 60n | root >> 12n, { hardwareAD: true }).trees[0]!.tree;
  if (name.startsWith("vtd-second")) return vtdTree({ root, levels });
  if (name.startsWith("amd")) return amdTree({ root, mode: levels });
  if (name.endsWith("stage2")) return stage2(root, frameBits + 12);
  if (name.startsWith("aarch64")) return armTrees({ ttbr0: root, ttbr1: 0, tcr: armRegister(frameBits + 12) }).trees[0]!.tree;
  return x86Trees({ cr0: 0x80010001, cr3: root, cr4: 0x20 | (levels - 4) << 12, efer: 0xd00 }).trees[0]!.tree;
}
/** The virtual address of a page: sign-extended where hardware wants it so. */
export function addressOf({ isSignExtended, vaBits }: Tree, page: number, pages: number): bigint {
  return BigInt(page) * 4096n | (isSignExtended && page >= pages / 2 ? -1n << BigInt(vaBits) : 0n) & (1n << 64n) - 1n;
}
