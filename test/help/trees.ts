// How hardware reads the tables that the engine builds: each format's tree, from the register that would hold its root.
import type { FormatName } from "../../src/formats.js";
import { amdTree, armStage2Tree, armTrees, dartTree, riscvTrees, vtdTree, x86Trees, type Tree } from "../../src/registers.js";
import { MANUALS } from "./manuals.js";

/** Codes of a granule in the registers, by log2; a half, or a stage, of so many bits. */
const GRANULE: { [pageLg2: number]: bigint } = { 12: 0n, 14: 2n, 16: 1n }, LPA2 = 59n;
const stage1 = (root: bigint, bits: number, pageLg2: number): Tree => armTrees({ ttbr0: root, ttbr1: 0, tcr: BigInt(64 - bits) | GRANULE[pageLg2]! << 14n
  | 1n << 23n | 2n << 30n | 16n << 16n | (bits === 52 ? 6n << 32n : 5n << 32n) | (bits === 52 && pageLg2 < 16 ? 1n << LPA2 : 0n) }).trees[0]!.tree;
/** With LPA2 a fifth level of 4 KiB tables has a bit of its own. */
const stage2 = (root: bigint, bits: number, pageLg2: number, levels: number): Tree => armStage2Tree({ vttbr: root, vtcr: BigInt(64 - bits) | GRANULE[pageLg2]! << 14n
  | (bits === 52 ? 6n << 16n : 5n << 16n) | (bits === 52 && pageLg2 < 16 ? 1n << 32n : 0n) | (levels === 5 ? 1n << 33n : BigInt(levels - (pageLg2 === 12 ? 2 : 1)) << 6n) });

/** `top`: the table's, which may have grown. */
export function treeOver(name: FormatName, { frame, levels }: { frame: number; levels: number }): Tree {
  const { frameBits, pageLg2, rootBits, indexBits } = MANUALS[name], root = BigInt(frame) << 12n;
  if (name.startsWith("riscv")) {
    const guestPhysical = rootBits > indexBits, isNarrow = levels === 2, register = (isNarrow ? 1n << 31n : BigInt(levels + 5) << 60n) | root >> 12n;
    return riscvTrees(register, { xlen: isNarrow ? 32 : 64, guestPhysical, hardwareAD: true }).trees[0]!.tree;
  }
  if (name.startsWith("vtd-second")) return vtdTree({ root, levels });
  if (name.startsWith("amd")) return amdTree({ root, mode: levels });
  if (name === "apple-dart") return dartTree({ root });
  if (name.includes("stage2")) return stage2(root, frameBits + pageLg2, pageLg2, levels);
  if (name.startsWith("aarch64")) return stage1(root, frameBits + pageLg2, pageLg2);
  return x86Trees({ cr0: 0x80010001, cr3: root, cr4: 0x20 | (levels - 4) << 12, efer: 0xd00 }).trees[0]!.tree;
}
/** The virtual address of a page: sign-extended where hardware wants it so. */
export function addressOf({ isSignExtended, vaBits, pageLg2 }: Tree, page: number, pages: number): bigint {
  return BigInt(page) << BigInt(pageLg2) | (isSignExtended && page >= pages / 2 ? -1n << BigInt(vaBits) : 0n) & (1n << 64n) - 1n;
}
