// The formats in which tables of ours are built: what the engine is told of each (layout/table.ts), and what the library must know to check what
// it is given.
import { AmdItem, AmdShape } from "../assembly/layout/amdv1.js";
import { Place } from "../assembly/layout/arena.js";
import { ArmRun, ArmShape } from "../assembly/layout/armv8.js";
import { DartShape } from "../assembly/layout/dart.js";
import { Entry, Size } from "../assembly/layout/entry.js";
import { GenericNumber, GenericShape } from "../assembly/layout/generic.js";
import { RiscvItem, RiscvNapot, RiscvShape } from "../assembly/layout/riscv.js";
import { FormatClass, FormatWord, Growth } from "../assembly/layout/table.js";
import { VtdItem, VtdShape } from "../assembly/layout/vtd.js";
import { X86, X86Shape } from "../assembly/layout/x86_64.js";
import { PageMirrorError, checkWhole } from "./error.js";

/** Rights and marks of an entry. Every mapping can be read. */
export interface Flags { write?: boolean; execute?: boolean; user?: boolean; accessed?: boolean; dirty?: boolean }

/**
 * The tree of a format: log2 of a page's bytes, levels, index bits of a directory and of the root, which levels hold leaves (bit 0: level 0), bits of a
 * frame's number. `fusedLg2`: log2 of how many leaves of a level that has its bit in `fusedLevels` hardware takes for one where they say so.
 * `fixed`: the flags that an item cannot say, and what each mapping has instead. `isNarrow`: items have 32 bits, too few for the entries by which a
 * mirror reserves pages.
 */
export interface Shape {
  pageLg2: number; levels: number; indexBits: number; rootBits: number; leafLevels: number; frameBits: number; fusedLg2: number; fusedLevels: number;
  fixed: Readonly<Flags>; isNarrow: boolean;
}
interface Row extends Shape { word: number }

function row(kind: FormatClass, given: Partial<Shape> & Pick<Shape, "levels" | "frameBits" | "leafLevels">, features = 0): Row {
  const { indexBits = 9 } = given, shape: Shape = { pageLg2: 12, indexBits, rootBits: indexBits, fusedLg2: 0, fusedLevels: 0, fixed: {}, isNarrow: false, ...given };
  shape.leafLevels &= (1 << shape.levels) - 1;
  return { ...shape, word: kind << FormatWord.CLASS | shape.levels << FormatWord.LEVELS | shape.rootBits << FormatWord.ROOT_BITS | features };
}
const x86 = (levels: number, isDevice = false): Row => row(levels === 4 && !isDevice ? FormatClass.X86_64 : FormatClass.X86_SHAPED,
  { levels, frameBits: X86.ADDRESS_BITS, leafLevels: X86Shape.LEAF_LEVELS, fixed: isDevice ? { user: true } : {} }, isDevice ? 1 << X86Shape.DEVICE : 0);
const riscv = (levels: number, hasNapot = false): Row => row(FormatClass.RISCV, {
  levels, frameBits: RiscvItem.NUMBER_BITS, leafLevels: -1, ...hasNapot && { fusedLg2: RiscvNapot.BITS, fusedLevels: 1 },
}, Number(hasNapot) << RiscvShape.SVNAPOT);
const guest = (indexBits: number): Partial<Shape> => ({ rootBits: indexBits + RiscvShape.GUEST_ROOT_BITS, fixed: { user: true } });
/** Guest-physical addresses (x4): a root of four frames, and leaves that are users'. */
const sv32 = (isGuest = false): Row => row(FormatClass.RISCV_SHAPED, {
  levels: 2, indexBits: RiscvShape.NARROW_INDEX_BITS, frameBits: RiscvShape.NARROW_NUMBER_BITS, leafLevels: -1, isNarrow: true, ...isGuest && guest(RiscvShape.NARROW_INDEX_BITS),
}, 1 << RiscvShape.NARROW | Number(isGuest) << RiscvShape.GUEST_PHYSICAL);
const riscvGuest = (levels: number): Row => row(FormatClass.RISCV_SHAPED,
  { levels, frameBits: RiscvItem.NUMBER_BITS, leafLevels: -1, ...guest(RiscvShape.INDEX_BITS) }, 1 << RiscvShape.GUEST_PHYSICAL);
const NO_PROCESSOR = { execute: false, user: false };
const vtd = (levels: number): Row => row(FormatClass.VTD, { levels, frameBits: VtdItem.ADDRESS_BITS, leafLevels: VtdShape.LEAF_LEVELS, fixed: NO_PROCESSOR });
/** What a directory's place has room for: six levels of AMD map addresses below 2^59. */
const PAGE_NUMBER_BITS: number = Place.PAGE_BITS;
const rootBitsOf = (levels: number, indexBits: number): number => Math.min(indexBits, PAGE_NUMBER_BITS - (levels - 1) * indexBits);
const amd = (levels: number): Row => row(FormatClass.AMD_V1, {
  levels, frameBits: AmdItem.ADDRESS_BITS, leafLevels: AmdShape.OWN_LEAF_LEVELS, fixed: NO_PROCESSOR,
  rootBits: rootBitsOf(levels, AmdShape.INDEX_BITS),
});
/** A table that grows begins with one level, and its shape is the one that it may come to have. */
const growing = (format: Row): Row => ({
  ...format, word: FormatClass.AMD_V1 << FormatWord.CLASS | 1 << FormatWord.LEVELS | AmdShape.INDEX_BITS << FormatWord.ROOT_BITS | 1 << FormatWord.GROWS,
});
/** A root has the bits that are left; at stage 2 there is no level for a root of one bit, but two directories side by side. */
function arm(pageLg2: 12 | 14 | 16, bits: 48 | 52, stage: 1 | 2): Row {
  const isLarge = pageLg2 > 12, isWide = bits === 52, frameBits = bits - pageLg2, indexBits = pageLg2 - ArmShape.ITEM_LG2;
  const levels = Math.ceil(frameBits / indexBits) - Number(stage === 2 && frameBits % indexBits === 1), leaves = isLarge
    ? isWide ? ArmShape.LARGE_WIDE_LEAF_LEVELS : ArmShape.LARGE_LEAF_LEVELS : isWide ? ArmShape.WIDE_LEAF_LEVELS : ArmShape.LEAF_LEVELS;
  return row(isLarge ? FormatClass.ARMV8_LARGE : FormatClass.ARMV8, {
    pageLg2, levels, indexBits, rootBits: frameBits - (levels - 1) * indexBits, frameBits, leafLevels: leaves, fixed: stage === 2 ? { user: false } : {},
  }, Number(isWide) << ArmShape.WIDE | Number(stage === 2) << ArmShape.STAGE_2 | Number(pageLg2 === 16) << ArmShape.GRANULE_64K);
}
/** The granule of 4 KiB, with contiguous leaves. */
function contiguous(bits: 48 | 52, stage: 1 | 2): Row {
  const plain = arm(12, bits, stage);
  return { ...plain, fusedLg2: ArmRun.LG2, fusedLevels: (1 << ArmRun.LEVELS) - 1, word: plain.word | 1 << ArmShape.CONTIGUOUS };
}
const dart = row(FormatClass.DART, {
  pageLg2: DartShape.PAGE_LG2, levels: DartShape.LEVELS, indexBits: DartShape.INDEX_BITS, frameBits: DartShape.ADDRESS_BITS - DartShape.PAGE_LG2,
  leafLevels: DartShape.LEAF_LEVELS, fixed: { ...NO_PROCESSOR, accessed: false, dirty: false },
});

const NAMED = {
  "x86-64": x86(4), "x86-64-la57": x86(5),
  "riscv-sv32": sv32(), "riscv-sv39": riscv(3), "riscv-sv48": riscv(4), "riscv-sv57": riscv(5),
  "riscv-sv39-svnapot": riscv(3, true), "riscv-sv48-svnapot": riscv(4, true), "riscv-sv57-svnapot": riscv(5, true),
  "riscv-sv32x4": sv32(true), "riscv-sv39x4": riscvGuest(3), "riscv-sv48x4": riscvGuest(4), "riscv-sv57x4": riscvGuest(5),
  "aarch64-4k": arm(12, 48, 1), "aarch64-4k-lpa2": arm(12, 52, 1), "aarch64-4k-stage2": arm(12, 48, 2), "aarch64-4k-lpa2-stage2": arm(12, 52, 2),
  "aarch64-4k-contiguous": contiguous(48, 1), "aarch64-4k-lpa2-contiguous": contiguous(52, 1),
  "aarch64-4k-stage2-contiguous": contiguous(48, 2), "aarch64-4k-lpa2-stage2-contiguous": contiguous(52, 2),
  "aarch64-16k": arm(14, 48, 1), "aarch64-16k-lpa2": arm(14, 52, 1), "aarch64-16k-stage2": arm(14, 48, 2), "aarch64-16k-lpa2-stage2": arm(14, 52, 2),
  "aarch64-64k": arm(16, 48, 1), "aarch64-64k-lpa": arm(16, 52, 1), "aarch64-64k-stage2": arm(16, 48, 2), "aarch64-64k-lpa-stage2": arm(16, 52, 2),
  "vtd-first-stage-48": x86(4, true), "vtd-first-stage-57": x86(5, true),
  "vtd-second-stage-39": vtd(3), "vtd-second-stage-48": vtd(4), "vtd-second-stage-57": vtd(5),
  "amd-v1-1": amd(1), "amd-v1-2": amd(2), "amd-v1-3": amd(3), "amd-v1-4": amd(4), "amd-v1-5": amd(5), "amd-v1-6": amd(6), "amd-v1": growing(amd(6)),
  "apple-dart": dart,
} as const satisfies { [name: string]: Row };
export type FormatName = keyof typeof NAMED;

/** The hardware formats of this build, by name; their words are what the engine is told. A number at the end: bits of address, or levels. */
export const FORMATS = Object.fromEntries(Object.entries(NAMED).map(([name, { word }]) => [name, word])) as { readonly [name in FormatName]: number };

/**
 * The run-time format: so many levels (one: a flat table), each selected by so many bits of the page number, at most 13 (layout/generic.ts). A
 * directory that is larger than a frame of 4 KiB takes 2, 4, 8 or 16 that lie together.
 * `largest`: the highest level that may hold a leaf, default 0. `itemBytes`: 4 or 8, default 8. `frameBit`: the bit of an item where the
 * frame's number begins, from 8 to 24; default 12. In items of 4 bytes from 8, the default, to 12: an arena has up to 2^20 frames for directories.
 * Below it are the flags. `grows`: the table begins with `levels` and gets more as pages need them, up to six, or as 47 bits of page number need.
 * `fused`: how many leaves may be fused, at any level that has leaves; 2, 4 or 8, and fewer than a directory has. Default 1: none are.
 */
export interface GenericFormat {
  levels: number; indexBits: number; largest?: number; itemBytes?: 4 | 8; frameBit?: number; grows?: boolean; fused?: 1 | 2 | 4 | 8;
}

/** The format of a table as its record holds it. EINVAL for a name or a shape that this build has not. */
export function formatWord(format: FormatName | GenericFormat): number {
  if (typeof format === "object" && format !== null) {
    const { itemBytes = 8, grows = false } = format, isNarrow = itemBytes === 4;
    if (itemBytes !== 4 && itemBytes !== 8) throw new PageMirrorError("EINVAL", `itemBytes is ${String(itemBytes)}: expected 4 or 8`);
    const levels = checkWhole("levels", format.levels, 1, 6), indexBits = checkWhole("indexBits", format.indexBits, 1, GenericShape.INDEX_BITS_MAX);
    if (levels * indexBits > PAGE_NUMBER_BITS)
      throw new PageMirrorError("EINVAL", `${levels} levels of ${indexBits} bits: expected at most ${PAGE_NUMBER_BITS} bits of page number`);
    const largest = checkWhole("largest", format.largest ?? 0, 0, (grows ? levelsToGrow(indexBits) : levels) - 1);
    const frameBit = checkWhole("frameBit", format.frameBit ?? (isNarrow ? GenericNumber.NARROW : GenericNumber.WIDE), GenericNumber.LEAST, isNarrow ? 12 : 24);
    const { fused = 1 } = format, most = Math.min(8, 2 ** (indexBits - 1));
    if (![1, 2, 4, 8].includes(fused) || fused > most) throw new PageMirrorError("EINVAL", `fused is ${String(fused)}: expected a power of two from 1 to ${most}`);
    const features = indexBits << GenericShape.INDEX_BITS | largest << GenericShape.LARGEST | Number(isNarrow) << GenericShape.NARROW | frameBit << GenericShape.NUMBER
      | Number(grows) << FormatWord.GROWS | Math.log2(fused) << GenericShape.FUSED;
    return row(FormatClass.GENERIC, { levels, indexBits, frameBits: 0, leafLevels: 0 }, features).word >>> 0;
  }
  if (!Object.hasOwn(FORMATS, format))
    throw new PageMirrorError("EINVAL", `format "${String(format)}": expected one of ${Object.keys(FORMATS).join(", ")}, or {levels, indexBits}`);
  return FORMATS[format];
}

/** How many levels a table that grows may come to have. */
const levelsToGrow = (indexBits: number): number => Math.min(Growth.LEVELS_MAX, Math.ceil(PAGE_NUMBER_BITS / indexBits));

/** The sizes of leaves that a format has, fused ones too, smallest first: in pages, and as the engine names them (layout/entry.ts). */
export function sizesOf({ levels, indexBits, leafLevels, fusedLg2, fusedLevels }: Shape): { pages: number; size: number }[] {
  return Array.from({ length: levels }, (_, level) => level).filter((level) => leafLevels >> level & 1).flatMap((level) => {
    const pages = 2 ** (level * indexBits), isFused = fusedLg2 > 0 && fusedLevels >> level & 1;
    return [{ pages, size: level }, ...isFused ? [{ pages: pages * 2 ** fusedLg2, size: level | 1 << Size.FUSED }] : []];
  });
}
/** How many pages the tables of a format can map: log2. */
export function pageNumberBits({ levels, indexBits, rootBits }: Shape): number { return (levels - 1) * indexBits + rootBits; }

/** The word with which a table of the format begins; what stands in its top says how many levels it has by now. */
function asBegun(word: number): number {
  const levels = (1 << FormatWord.LEVELS_BITS) - 1 << FormatWord.LEVELS;
  return word >>> FormatWord.GROWS & 1 ? word & ~levels | 1 << FormatWord.LEVELS : word;
}
/** What a format word says. */
export function shapeOf(word: number): Shape {
  const part = (at: number, bits: number): number => word >>> at & (1 << bits) - 1;
  if (part(FormatWord.CLASS, FormatWord.CLASS_BITS) !== FormatClass.GENERIC) return Object.values(NAMED).find((each) => each.word === asBegun(word))!;
  const grows = part(FormatWord.GROWS, 1) === 1, indexBits = part(GenericShape.INDEX_BITS, GenericShape.INDEX_BITS_BITS);
  const levels = grows ? levelsToGrow(indexBits) : part(FormatWord.LEVELS, FormatWord.LEVELS_BITS), largest = part(GenericShape.LARGEST, GenericShape.LARGEST_BITS);
  const isNarrow = part(GenericShape.NARROW, 1) === 1, frameBit = part(GenericShape.NUMBER, GenericShape.NUMBER_BITS);
  return {
    pageLg2: 12, levels, indexBits, rootBits: rootBitsOf(levels, indexBits),
    leafLevels: (2 << largest) - 1, frameBits: isNarrow ? 32 - frameBit : Math.min(Entry.PAYLOAD_BITS, 64 - frameBit),
    fusedLg2: part(GenericShape.FUSED, GenericShape.FUSED_BITS), fusedLevels: (2 << largest) - 1, fixed: {}, isNarrow,
  };
}
/** The format that a word is of: what `formatWord` was given, with nothing left to a default; undefined for a word that this build has not. */
export function formatOf(word: number): FormatName | GenericFormat | undefined {
  const part = (at: number, bits: number): number => word >>> at & (1 << bits) - 1;
  if (part(FormatWord.CLASS, FormatWord.CLASS_BITS) !== FormatClass.GENERIC) return (Object.keys(FORMATS) as FormatName[]).find((name) => FORMATS[name] === asBegun(word));
  return {
    levels: part(FormatWord.LEVELS, FormatWord.LEVELS_BITS), indexBits: part(GenericShape.INDEX_BITS, GenericShape.INDEX_BITS_BITS),
    largest: part(GenericShape.LARGEST, GenericShape.LARGEST_BITS), itemBytes: part(GenericShape.NARROW, 1) ? 4 : 8,
    frameBit: part(GenericShape.NUMBER, GenericShape.NUMBER_BITS), fused: 2 ** part(GenericShape.FUSED, GenericShape.FUSED_BITS) as 1 | 2 | 4 | 8,
    ...part(FormatWord.GROWS, 1) && { grows: true },
  };
}
