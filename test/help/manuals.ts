// What stands in memory, bit for bit, for every format, written out from the manuals and not from the layout files: a bit that moved there is
// noticed. Intel SDM volume 3A, tables 5-15 to 5-20; VT-d specification 9.7 (first stage) and 9.8 (second stage); RISC-V privileged architecture,
// Sv32 to Sv57; Arm ARM D8.3 and D8.4; AMD IOMMU specification 2.2.3.
//
// The golden words are derived from other sources than these rules: from the descriptors that Linux builds (drivers/iommu/generic_pt/fmt: x86_64.h,
// vtdss.h, amdv1.h, riscv.h, and the armv8.h proposed for it in 2026; arch/arm64/include/asm/pgtable-hwdef.h; drivers/iommu/io-pgtable-dart.c), for the output
// address 0x74a71445deadbeef, cut to the format's width and aligned.
import type { FormatName } from "../../src/formats.js";
import type { FlagSet } from "./model.js";

export interface Manual {
  /** Log2 of a page's bytes: frames of leaves are counted in pages, those of directories in 4 KiB. */
  pageLg2: number;
  levels: number;
  /** Whether a table begins with one level, and has so many at most. */
  grows?: boolean;
  indexBits: number;
  rootBits: number;
  itemBytes: 4 | 8;
  /** Bits of a frame's number, and the levels that may hold a leaf. */
  frameBits: number;
  leaves: number[];
  /** Flags that an item cannot say. */
  fixed: Partial<FlagSet>;
  /** Whether hardware would use the item. */
  present(item: bigint): boolean;
  leaf(frame: bigint, flags: FlagSet, level: number): bigint;
  /** The item of a level that points to the directory in this frame, and the frame in such an item. */
  pointer(frame: bigint, level: number): bigint;
  frameOf(item: bigint): number;
  /** The level of the directory that a pointer leads to, where levels may be left out. */
  levelBelow?(item: bigint): number;
  /** The bit that some hardware sets in pointers as well. */
  pointerMark: bigint;
  /** A leaf after hardware used it. */
  used(item: bigint, write: boolean): bigint;
  /** Leaves, written out; and pointers to the table at 0x12345000, or in the frame that is named. `mask`: only these bits are known. */
  golden: [word: bigint, frame: bigint, flags: Partial<FlagSet>, level: number, mask?: bigint][];
  goldenPointers?: [word: bigint, level: number, frame?: bigint][];
  /** By level, of how many leaves hardware may take for one: what `fuse` makes of each of them, and the first of some, written out. */
  fused?: {
    lengths: number[][]; fuse(item: bigint, level: number, length: number): bigint;
    golden: [word: bigint, frame: bigint, flags: Partial<FlagSet>, level: number, length: number][];
  };
}

const all = { write: true, execute: true, user: true, accessed: true, dirty: true };
const on = (flag: boolean, at: number): bigint => flag ? 1n << BigInt(at) : 0n;
const upTo = (last: number): number[] => Array.from({ length: last + 1 }, (_, level) => level);
const NO_PROCESSOR = { execute: false, user: false };

/** P 0, R/W 1, U/S 2, A 5, D 6, PS 7, address 51..12, XD 63. Tables leave every right to the leaf; A is set, PS and XD are clear. */
function x86(levels: number, isDevice = false): Manual {
  return {
    pageLg2: 12, levels, indexBits: 9, rootBits: 9, itemBytes: 8, frameBits: 40, leaves: [0, 1, 2], fixed: isDevice ? { user: true } : {},
    present: (item) => (item & 1n) === 1n,
    leaf: (frame, { write, execute, user, accessed, dirty }, level) => frame << 12n | 0x1n | on(write, 1) | on(user || isDevice, 2) | on(accessed, 5) | on(dirty, 6)
      | on(level > 0, 7) | on(!execute, 63),
    pointer: (frame) => frame << 12n | 0x27n,
    frameOf: (item) => Number(item >> 12n & 0xffffffffffn),
    pointerMark: 0x20n, used: (item, write) => item | 0x20n | on(write, 6),
    golden: [
      [0x00071445deadb067n, 0x71445deadbn, { write: true, execute: true, user: true, accessed: true, dirty: true }, 0],
      [0x00071445dea000e7n, 0x71445dea00n, { write: true, execute: true, user: true, accessed: true, dirty: true }, 1],
      [0x00071445c00000e7n, 0x71445c0000n, { write: true, execute: true, user: true, accessed: true, dirty: true }, 2],
      [0x00071445deadb025n, 0x71445deadbn, { execute: true, user: true, accessed: true }, 0],
      [isDevice ? 0x8000000012345007n : 0x8000000012345003n, 0x12345n, { write: true }, 0],
      [0x800fffffffffe045n, 0xfffffffffen, { user: true, dirty: true }, 0],
    ],
    goldenPointers: [[0x12345027n, 1], [0x12345027n, levels - 1]],
  };
}

/**
 * V 0, R 1, W 2, X 3, U 4, A 6, D 7, number from 10 on. R, W and X clear say "go on"; U, A and D must be clear as well. Guest-physical (x4): the root
 * is of four pages, and each leaf is a user's.
 */
function riscv(levels: number, isNarrow = false, isGuest = false): Manual {
  const indexBits = isNarrow ? 10 : 9, rootBits = isGuest ? indexBits + 2 : indexBits;
  return {
    pageLg2: 12, levels, indexBits, rootBits, itemBytes: isNarrow ? 4 : 8, frameBits: isNarrow ? 22 : 44, leaves: upTo(levels - 1), fixed: isGuest ? { user: true } : {},
    present: (item) => (item & 1n) === 1n,
    leaf: (frame, { write, execute, user, accessed, dirty }) => frame << 10n | 0x3n | on(write, 2) | on(execute, 3) | on(user || isGuest, 4) | on(accessed, 6) | on(dirty, 7),
    pointer: (frame) => frame << 10n | 0x1n,
    frameOf: (item) => Number(item >> 10n & 0xfffffffffffn),
    pointerMark: 0n, used: (item, write) => item | 0x40n | on(write, 7),
    golden: isNarrow ? [
      [0x048d14d7n, 0x12345n, { write: true, user: true, accessed: true, dirty: true }, 0], [0xfffffcdfn, 0x3fffffn, all, 0], [0xfff000dfn, 0x3ffc00n, all, 1],
    ] : [
      [0x0029c51177ab6cdfn, 0xa71445deadbn, all, 0], [0x0029c51177a800dfn, 0xa71445dea00n, all, 1],
      [0x0000003fbb6fb85bn, 0xfeedbeen, { execute: true, user: true, accessed: true }, 0],
    ],
    goldenPointers: [[0x48d1401n, 1], [0x48d1401n, levels - 1]],
  };
}

/** R 0, W 1, PS 7, A 8, D 9, address 51..12; tables allow both. */
function vtd(levels: number): Manual {
  return {
    pageLg2: 12, levels, indexBits: 9, rootBits: 9, itemBytes: 8, frameBits: 40, leaves: [0, 1, 2], fixed: NO_PROCESSOR,
    present: (item) => (item & 7n) !== 0n, // X, too, once made items present
    leaf: (frame, { write, accessed, dirty }, level) => frame << 12n | 0x1n | on(write, 1) | on(level > 0, 7) | on(accessed, 8) | on(dirty, 9),
    pointer: (frame) => frame << 12n | 0x3n,
    frameOf: (item) => Number(item >> 12n & 0xffffffffffn),
    pointerMark: 0x100n, used: (item, write) => item | 0x100n | on(write, 9),
    golden: [
      [0x00071445deadb003n, 0x71445deadbn, { write: true }, 0], [0x00071445dea00083n, 0x71445dea00n, { write: true }, 1], [0x00071445c0000083n, 0x71445c0000n, { write: true }, 2],
      [0x0000000012345301n, 0x12345n, { accessed: true, dirty: true }, 0],
    ],
    goldenPointers: [[0x12345003n, 1], [0x12345003n, levels - 1]],
  };
}

const AMD_LEAVES: Manual["golden"] = [
  [0x60071445deadb001n, 0x71445deadbn, { write: true }, 0], [0x60071445dea00001n, 0x71445dea00n, { write: true }, 1], [0x60071445c0000001n, 0x71445c0000n, { write: true }, 2],
];
const AMD_POINTERS: [bigint, number][] = [[0x6000000012345201n, 1], [0x6000000012345a01n, 5]];
/** Of 8 KiB, 32 KiB, 1 MiB; 4 MiB; 256 GiB. */
const AMD_SIZED: NonNullable<Manual["fused"]>["golden"] = [
  [0x6000000012340e01n, 0x12340n, { write: true }, 0, 2], [0x6000000012343e01n, 0x12340n, { write: true }, 0, 8], [0x60071445de07fe01n, 0x71445de000n, { write: true }, 0, 256],
  [0x60071445de1ffe01n, 0x71445de000n, { write: true }, 1, 2], [0x2007001ffffffe01n, 0x7000000000n, {}, 2, 256],
];
/**
 * PR 0, A 5, D 6, next level 11..9 (0: a page; 7: one whose size is coded, by ones at the lower end of the address, below a zero; else the level of the
 * table, counted from 1), address 51..12, IR 61, IW 62.
 */
function amd(levels: number): Manual {
  const leaves = upTo(Math.min(levels, 3) - 1);
  return {
    fused: {
      lengths: leaves.filter((level) => level < levels - 1).map(() => [2, 4, 8, 16, 32, 64, 128, 256]), golden: AMD_SIZED.filter(([, , , level]) => level < levels - 1),
      fuse: (item, level, length) => item & ~(BigInt(length * 512 ** level - 1) << 12n) | BigInt(length * 512 ** level / 2 - 1) << 12n | 0xe00n,
    },
    pageLg2: 12, levels, indexBits: 9, rootBits: levels === 6 ? 2 : 9, itemBytes: 8, frameBits: 40, leaves, fixed: NO_PROCESSOR,
    present: (item) => (item & 1n) === 1n,
    leaf: (frame, { write, accessed, dirty }) => frame << 12n | 0x2000000000000001n | on(write, 62) | on(accessed, 5) | on(dirty, 6),
    pointer: (frame, level) => frame << 12n | 0x6000000000000001n | BigInt(level) << 9n,
    frameOf: (item) => Number(item >> 12n & 0xffffffffffn), levelBelow: (item) => Number(item >> 9n & 7n) - 1,
    pointerMark: 0x20n, used: (item, write) => item | 0x20n | on(write, 6),
    golden: AMD_LEAVES.filter(([, , , level]) => level < levels), goldenPointers: AMD_POINTERS.filter(([, level]) => level < levels),
  };
}

/**
 * Valid 0, page or table 1, SH 9..8, AF 10, DBM 51, software 58..55. Stage 1: attribute 4..2, AP[1] user 6, AP[2] read-only 7, nG 11, PXN 53, UXN
 * 54. Stage 2: memory type 5..2, S2AP read 6, write 7, XN 54. Address 47.. from the granule on; 52 bits: with LPA2 up to 49 and, in place of SH, 51..50; with
 * 64 KiB 51..48 in 15..12.
 */
function arm(pageLg2: 12 | 14 | 16, bits: 48 | 52, stage: 1 | 2): Manual {
  const isWide = bits === 52, isLpa2 = isWide && pageLg2 !== 16, indexBits = pageLg2 - 3, { levels, rootBits } = ARM_TREES[pageLg2][bits][stage];
  const split = isLpa2 ? 50n : 48n, inItem = (oa: bigint): bigint => isWide ? oa & (1n << split) - 1n | oa >> split << (isLpa2 ? 8n : 12n) : oa;
  const flags = { ...all, user: stage === 1 };
  return {
    pageLg2, levels, indexBits, rootBits, itemBytes: 8, frameBits: bits - pageLg2, leaves: upTo((pageLg2 === 12 ? 2 : 1) + Number(isWide)),
    fixed: stage === 2 ? { user: false } : {},
    present: (item) => (item & 1n) === 1n,
    leaf: (frame, { write, execute, user, accessed, dirty }, level) => inItem(frame << BigInt(pageLg2)) | 0x1n | on(level === 0, 1) | (isLpa2 ? 0n : 0x300n) | on(accessed, 10)
      | on(write && !dirty, 51) | on(!execute, 54) | on(dirty && !write, 56)
      | (stage === 1 ? 0x804n | on(user, 6) | on(!write || !dirty, 7) | on(!execute, 53) : 0x7cn | on(write && dirty, 7)),
    pointer: (frame) => inItem(frame << 12n) | 0x3n,
    frameOf: (item) => Number(item >> 12n & 0xfffffffffn),
    pointerMark: 0x400n, used: (item, write) => !write ? item | 0x400n : stage === 1 ? (item | 0x400n) & ~0x80n : item | 0x480n,
    golden: ARM_LEAVES[pageLg2][bits][stage].map(([word, oa, level, mask = (1n << 64n) - 1n]) => [word, oa >> BigInt(pageLg2), flags, level, mask]),
    goldenPointers: [[0x12340003n, 1, 0x12340n]],
  };
}
/** What the manual's tables of lookup levels say for a whole space: D8.2.4 to D8.2.7. At stage 2 two tables of 16 KiB side by side save a level. */
type ArmTree = { levels: number; rootBits: number };
const both = (levels: number, rootBits: number): { 1: ArmTree; 2: ArmTree } => ({ 1: { levels, rootBits }, 2: { levels, rootBits } });
const ARM_TREES = {
  12: { 48: both(4, 9), 52: both(5, 4) },
  14: { 48: { 1: { levels: 4, rootBits: 1 }, 2: { levels: 3, rootBits: 12 } }, 52: both(4, 5) },
  16: { 48: both(3, 6), 52: both(3, 10) },
};
/** Word, output address, level; and which bits are known. */
type ArmLeaf = [word: bigint, oa: bigint, level: number, mask?: bigint];
const LPA2_MASK = 0x0003fffffffff303n;
const ARM_LEAVES: { [granule in 12 | 14 | 16]: { [bits in 48 | 52]: { [stage in 1 | 2]: ArmLeaf[] } } } = {
  12: {
    48: { 1: [[0x00001445deadbf47n, 0x1445deadb000n, 0], [0x00001445dea00f45n, 0x1445dea00000n, 1]], 2: [[0x00001445deadb7ffn, 0x1445deadb000n, 0]] },
    52: { 1: [[0x00031445deadb103n, 0x71445deadb000n, 0, LPA2_MASK]], 2: [[0x00031445deadb103n, 0x71445deadb000n, 0, LPA2_MASK]] },
  },
  14: {
    48: { 1: [[0x00001445dead8f47n, 0x1445dead8000n, 0], [0x00001445de000f45n, 0x1445de000000n, 1]], 2: [[0x00001445dead87ffn, 0x1445dead8000n, 0]] },
    52: { 1: [[0x00031445dead8103n, 0x71445dead8000n, 0, LPA2_MASK]], 2: [[0x00031445dead8103n, 0x71445dead8000n, 0, LPA2_MASK]] },
  },
  16: {
    48: { 1: [[0x00001445dead0f47n, 0x1445dead0000n, 0], [0x00001445c0000f45n, 0x1445c0000000n, 1]], 2: [[0x00001445dead07ffn, 0x1445dead0000n, 0]] },
    52: { 1: [[0x00001445dead7f47n, 0x71445dead0000n, 0], [0x0000140000007f45n, 0x7140000000000n, 2]], 2: [[0x00001445dead77ffn, 0x71445dead0000n, 0]] },
  },
};

/** Valid 0, no sub-page limits 1, not to be written 7, not to be read 8, address 35..12, last part of the page 51..40. Hardware notes nothing. */
function dart(): Manual {
  return {
    pageLg2: 14, levels: 2, indexBits: 11, rootBits: 11, itemBytes: 8, frameBits: 22, leaves: [0], fixed: { ...NO_PROCESSOR, accessed: false, dirty: false },
    present: (item) => (item & 1n) === 1n,
    leaf: (frame, { write }) => frame << 14n | 0x000fff0000000003n | on(!write, 7),
    pointer: (frame) => frame << 12n | 0x1n,
    frameOf: (item) => Number(item >> 12n & 0xffffffn),
    pointerMark: 0n, used: (item) => item,
    golden: [[0x000fff05dead8003n, 0x5dead8000n >> 14n, { write: true }, 0], [0x000fff05dead8083n, 0x5dead8000n >> 14n, {}, 0]], goldenPointers: [[0x12340001n, 1, 0x12340n]],
  };
}

/** Svnapot: N 63, and 1000 in the four low bits of the number; sixteen pages, whose words are alike. */
function napot(levels: number, isGuest = false): Manual {
  const golden: NonNullable<Manual["fused"]>["golden"] = [[0x8029c51177ab60dfn, 0xa71445dead0n, all, 0, 16]];
  return { ...riscv(levels, false, isGuest), fused: { lengths: [[16]], fuse: (item) => item & ~(0xfn << 10n) | 0x8n << 10n | 1n << 63n, golden } };
}
/** The contiguous bit, 52: so many leaves of one of the two lower levels, each with its own address. */
const CONTIGUOUS = { 12: [[16], [16]], 14: [[128], [32]], 16: [[32], [32]] }, CONTIGUOUS_LEAVES: { [granule in 12 | 14 | 16]: NonNullable<Manual["fused"]>["golden"] } = {
  12: [[0x00101445dead0f47n, 0x1445dead0n, all, 0, 16], [0x00101445de000f45n, 0x1445de000n, all, 1, 16]],
  14: [[0x00101445dea00f47n, 0x1445dea00000n >> 14n, all, 0, 128], [0x00101445c0000f45n, 0x1445c0000000n >> 14n, all, 1, 32]],
  16: [[0x00101445dea00f47n, 0x1445dea00000n >> 16n, all, 0, 32], [0x0010144400000f45n, 0x144400000000n >> 16n, all, 1, 32]],
};
function contiguous(pageLg2: 12 | 14 | 16, bits: 48 | 52, stage: 1 | 2): Manual {
  const golden = bits === 48 && stage === 1 ? CONTIGUOUS_LEAVES[pageLg2] : [];
  return { ...arm(pageLg2, bits, stage), fused: { lengths: CONTIGUOUS[pageLg2], fuse: (item) => item | 1n << 52n, golden } };
}

export const MANUALS: { [name in FormatName]: Manual } = {
  "x86-64": x86(4), "x86-64-la57": x86(5), "vtd-first-stage-48": x86(4, true), "vtd-first-stage-57": x86(5, true),
  "riscv-sv32": riscv(2, true), "riscv-sv39": riscv(3), "riscv-sv48": riscv(4), "riscv-sv57": riscv(5),
  "riscv-sv39-svnapot": napot(3), "riscv-sv48-svnapot": napot(4), "riscv-sv57-svnapot": napot(5),
  "riscv-sv32x4": riscv(2, true, true), "riscv-sv39x4": riscv(3, false, true), "riscv-sv48x4": riscv(4, false, true), "riscv-sv57x4": riscv(5, false, true),
  "riscv-sv39x4-svnapot": napot(3, true), "riscv-sv48x4-svnapot": napot(4, true), "riscv-sv57x4-svnapot": napot(5, true),
  "aarch64-4k": arm(12, 48, 1), "aarch64-4k-lpa2": arm(12, 52, 1), "aarch64-4k-stage2": arm(12, 48, 2), "aarch64-4k-lpa2-stage2": arm(12, 52, 2),
  "aarch64-4k-contiguous": contiguous(12, 48, 1), "aarch64-4k-lpa2-contiguous": contiguous(12, 52, 1),
  "aarch64-4k-stage2-contiguous": contiguous(12, 48, 2), "aarch64-4k-lpa2-stage2-contiguous": contiguous(12, 52, 2),
  "aarch64-16k-contiguous": contiguous(14, 48, 1), "aarch64-16k-lpa2-contiguous": contiguous(14, 52, 1),
  "aarch64-16k-stage2-contiguous": contiguous(14, 48, 2), "aarch64-16k-lpa2-stage2-contiguous": contiguous(14, 52, 2),
  "aarch64-64k-contiguous": contiguous(16, 48, 1), "aarch64-64k-lpa-contiguous": contiguous(16, 52, 1),
  "aarch64-64k-stage2-contiguous": contiguous(16, 48, 2), "aarch64-64k-lpa-stage2-contiguous": contiguous(16, 52, 2),
  "aarch64-16k": arm(14, 48, 1), "aarch64-16k-lpa2": arm(14, 52, 1), "aarch64-16k-stage2": arm(14, 48, 2), "aarch64-16k-lpa2-stage2": arm(14, 52, 2),
  "aarch64-64k": arm(16, 48, 1), "aarch64-64k-lpa": arm(16, 52, 1), "aarch64-64k-stage2": arm(16, 48, 2), "aarch64-64k-lpa-stage2": arm(16, 52, 2),
  "vtd-second-stage-39": vtd(3), "vtd-second-stage-48": vtd(4), "vtd-second-stage-57": vtd(5),
  "amd-v1-1": amd(1), "amd-v1-2": amd(2), "amd-v1-3": amd(3), "amd-v1-4": amd(4), "amd-v1-5": amd(5), "amd-v1-6": amd(6), "amd-v1": { ...amd(6), grows: true },
  "apple-dart": dart(),
};
