// The formats in which tables of ours are built: what the engine is told of each (layout/table.ts), and what the library must know to check what
// it is given.
import { AmdItem, AmdShape } from "../assembly/layout/amdv1.js";
import { Arena, Header, Place } from "../assembly/layout/arena.js";
import { ArmRun, ArmShape } from "../assembly/layout/armv8.js";
import { DartShape } from "../assembly/layout/dart.js";
import { Description, GenericWord } from "../assembly/layout/generic.js";
import { RiscvItem, RiscvNapot, RiscvShape } from "../assembly/layout/riscv.js";
import { Status } from "../assembly/layout/status.js";
import { FormatClass, FormatWord } from "../assembly/layout/table.js";
import { VtdItem, VtdShape } from "../assembly/layout/vtd.js";
import { X86, X86Shape } from "../assembly/layout/x86_64.js";
import { describe, formatIn, type GenericFormat } from "./described.js";
import type { Engine } from "./engine.js";
import { PageMirrorError } from "./error.js";
import type { Shape } from "./shape.js";
import type { Thread } from "./thread.js";

export type { DirectoryFormat, Field, GenericFormat, Valid } from "./described.js";
export type { Flags, Shape } from "./shape.js";

interface Row extends Shape { word: number }

function row(kind: FormatClass, given: Partial<Shape> & Pick<Shape, "levels" | "frameBits" | "leafLevels">, features = 0): Row {
  const { indexBits = 9, isNarrow = false } = given;
  const shape: Shape = { indexBits, rootBits: indexBits, fixed: {}, isNarrow, itemBytes: isNarrow ? 4 : 8, pageLg2: 12, runs: [], ...given };
  shape.leafLevels &= (1 << shape.levels) - 1;
  shape.runs = shape.runs.slice(0, shape.levels - 1); // in a root, which others see from the start, nothing is fused
  return { ...shape, word: kind << FormatWord.CLASS | shape.levels << FormatWord.LEVELS | shape.rootBits << FormatWord.ROOT_BITS | features };
}
const x86 = (levels: number, isDevice = false): Row => row(levels === 4 && !isDevice ? FormatClass.X86_64 : FormatClass.X86_SHAPED,
  { levels, frameBits: X86.ADDRESS_BITS, leafLevels: X86Shape.LEAF_LEVELS, fixed: isDevice ? { user: true } : {} }, isDevice ? 1 << X86Shape.DEVICE : 0);
const riscv = (levels: number): Row => row(FormatClass.RISCV, { levels, frameBits: RiscvItem.NUMBER_BITS, leafLevels: -1 });
const guest = (indexBits: number): Partial<Shape> => ({ rootBits: indexBits + RiscvShape.GUEST_ROOT_BITS, fixed: { user: true } });
/** Guest-physical addresses (x4): a root of four frames, and leaves that are users'. */
const sv32 = (isGuest = false): Row => row(FormatClass.RISCV_SHAPED, {
  levels: 2, indexBits: RiscvShape.NARROW_INDEX_BITS, frameBits: RiscvShape.NARROW_NUMBER_BITS, leafLevels: -1, isNarrow: true, ...isGuest && guest(RiscvShape.NARROW_INDEX_BITS),
}, 1 << RiscvShape.NARROW | Number(isGuest) << RiscvShape.GUEST_PHYSICAL);
const riscvGuest = (levels: number): Row => row(FormatClass.RISCV_SHAPED,
  { levels, frameBits: RiscvItem.NUMBER_BITS, leafLevels: -1, ...guest(RiscvShape.INDEX_BITS) }, 1 << RiscvShape.GUEST_PHYSICAL);
const napot = (levels: number, isGuest = false): Row => row(FormatClass.RISCV_SHAPED, {
  levels, frameBits: RiscvItem.NUMBER_BITS, leafLevels: -1, runs: [[2 ** RiscvNapot.BITS]], ...isGuest && guest(RiscvShape.INDEX_BITS),
}, 1 << RiscvShape.SVNAPOT | Number(isGuest) << RiscvShape.GUEST_PHYSICAL);
const NO_PROCESSOR = { execute: false, user: false };
const vtd = (levels: number): Row => row(FormatClass.VTD, { levels, frameBits: VtdItem.ADDRESS_BITS, leafLevels: VtdShape.LEAF_LEVELS, fixed: NO_PROCESSOR });
/** What a directory's place has room for: six levels of AMD map addresses below 2^59. */
const PAGE_NUMBER_BITS: number = Place.PAGE_BITS;
const amd = (levels: number): Row => row(FormatClass.AMD_V1, {
  levels, frameBits: AmdItem.ADDRESS_BITS, leafLevels: AmdShape.OWN_LEAF_LEVELS, fixed: NO_PROCESSOR,
  runs: Array.from({ length: Math.log2(AmdShape.OWN_LEAF_LEVELS + 1) }, () => Array.from({ length: AmdShape.RUN_LG2 }, (_, lg2) => 2 ** (lg2 + 1))),
  rootBits: Math.min(AmdShape.INDEX_BITS, PAGE_NUMBER_BITS - (levels - 1) * AmdShape.INDEX_BITS),
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
/** The same with contiguous leaves. */
function contiguous(pageLg2: 12 | 14 | 16, bits: 48 | 52, stage: 1 | 2): Row {
  const plain = arm(pageLg2, bits, stage), runs = ({ 12: [ArmRun.OF_4K, ArmRun.OF_4K], 14: [ArmRun.OF_16K, ArmRun.OF_32M], 16: [ArmRun.OF_64K, ArmRun.OF_64K] } as const)[pageLg2];
  return { ...plain, runs: runs.map((lg2) => [2 ** lg2]), word: plain.word | 1 << ArmShape.CONTIGUOUS };
}
const dart = row(FormatClass.DART, {
  pageLg2: DartShape.PAGE_LG2, levels: DartShape.LEVELS, indexBits: DartShape.INDEX_BITS, frameBits: DartShape.ADDRESS_BITS - DartShape.PAGE_LG2,
  leafLevels: DartShape.LEAF_LEVELS, fixed: { ...NO_PROCESSOR, accessed: false, dirty: false },
});

const NAMED = {
  "x86-64": x86(4), "x86-64-la57": x86(5),
  "riscv-sv32": sv32(), "riscv-sv39": riscv(3), "riscv-sv48": riscv(4), "riscv-sv57": riscv(5),
  "riscv-sv39-svnapot": napot(3), "riscv-sv48-svnapot": napot(4), "riscv-sv57-svnapot": napot(5),
  "riscv-sv32x4": sv32(true), "riscv-sv39x4": riscvGuest(3), "riscv-sv48x4": riscvGuest(4), "riscv-sv57x4": riscvGuest(5),
  "riscv-sv39x4-svnapot": napot(3, true), "riscv-sv48x4-svnapot": napot(4, true), "riscv-sv57x4-svnapot": napot(5, true),
  "aarch64-4k": arm(12, 48, 1), "aarch64-4k-lpa2": arm(12, 52, 1), "aarch64-4k-stage2": arm(12, 48, 2), "aarch64-4k-lpa2-stage2": arm(12, 52, 2),
  "aarch64-4k-contiguous": contiguous(12, 48, 1), "aarch64-4k-lpa2-contiguous": contiguous(12, 52, 1),
  "aarch64-4k-stage2-contiguous": contiguous(12, 48, 2), "aarch64-4k-lpa2-stage2-contiguous": contiguous(12, 52, 2),
  "aarch64-16k": arm(14, 48, 1), "aarch64-16k-lpa2": arm(14, 52, 1), "aarch64-16k-stage2": arm(14, 48, 2), "aarch64-16k-lpa2-stage2": arm(14, 52, 2),
  "aarch64-16k-contiguous": contiguous(14, 48, 1), "aarch64-16k-lpa2-contiguous": contiguous(14, 52, 1),
  "aarch64-16k-stage2-contiguous": contiguous(14, 48, 2), "aarch64-16k-lpa2-stage2-contiguous": contiguous(14, 52, 2),
  "aarch64-64k": arm(16, 48, 1), "aarch64-64k-lpa": arm(16, 52, 1), "aarch64-64k-stage2": arm(16, 48, 2), "aarch64-64k-lpa-stage2": arm(16, 52, 2),
  "aarch64-64k-contiguous": contiguous(16, 48, 1), "aarch64-64k-lpa-contiguous": contiguous(16, 52, 1),
  "aarch64-64k-stage2-contiguous": contiguous(16, 48, 2), "aarch64-64k-lpa-stage2-contiguous": contiguous(16, 52, 2),
  "vtd-first-stage-48": x86(4, true), "vtd-first-stage-57": x86(5, true),
  "vtd-second-stage-39": vtd(3), "vtd-second-stage-48": vtd(4), "vtd-second-stage-57": vtd(5),
  "amd-v1-1": amd(1), "amd-v1-2": amd(2), "amd-v1-3": amd(3), "amd-v1-4": amd(4), "amd-v1-5": amd(5), "amd-v1-6": amd(6), "amd-v1": growing(amd(6)),
  "apple-dart": dart,
} as const satisfies { [name: string]: Row };
export type FormatName = keyof typeof NAMED;

/** The hardware formats of this build, by name; their words are what the engine is told. A number at the end: bits of address, or levels. */
export const FORMATS = Object.fromEntries(Object.entries(NAMED).map(([name, { word }]) => [name, word])) as { readonly [name in FormatName]: number };

/** What a format is. EINVAL for a name or a description that this build has not. */
export function shapeOf(format: FormatName | GenericFormat): Shape { return isDescription(format) ? describe(format).shape : rowOf(format); }

/**
 * The word of a format in the thread's arena, for as long as that lasts: a description is put there, if it is not. EINVAL for a name or a description
 * that this build has not, or whose directories could not name all frames of the arena; ENOSPC when it has as many descriptions as it can.
 */
export function formatWord(thread: Thread, format: FormatName | GenericFormat): number {
  if (!isDescription(format)) return rowOf(format).word;
  const { engine, me } = thread, { words, directoryBits } = describe(format), frames = engine.header(Header.SYSTEM_FRAMES);
  if (2 ** directoryBits < frames)
    throw new PageMirrorError("EINVAL", `directory.bits is ${directoryBits}: expected at least ${Math.ceil(Math.log2(frames))}, for the arena has ${frames} frames for them`);
  words.forEach((word, i) => engine.setU32(thread.staging + 4 * i, word));
  const word = engine.wasm.formatDescribe(me);
  if (-word === Status.FULL) throw new PageMirrorError("ENOSPC", `a page table: the arena has ${Arena.FORMATS} formats that were described, and room for no more`);
  if (word < 0) throw thread.failure(-word, "a page table");
  return word;
}

/** The format that a word in an arena is of: what `formatWord` was given, with nothing left to a default. */
export function formatOf(engine: Engine, word: number): FormatName | GenericFormat {
  return nameOf(word) ?? formatIn(descriptionIn(engine, word));
}
/** The name of a format of hardware; undefined for the word of one that was described, or of another build. */
export function nameOf(word: number): FormatName | undefined { return (Object.keys(FORMATS) as FormatName[]).find((name) => FORMATS[name] === asBegun(word)); }
/** The word with which tables of a format begin, from that of one that may have grown. */
export function wordOf(engine: Engine, word: number): number {
  const name = nameOf(word);
  return name ? FORMATS[name] : descriptionIn(engine, word)[0]!;
}
/** The same, if it is of hardware whose tables grow from one level; what stands in its top says how many levels it has by now. */
function asBegun(word: number): number {
  const levels = (1 << FormatWord.LEVELS_BITS) - 1 << FormatWord.LEVELS;
  return word >>> FormatWord.GROWS & 1 ? word & ~levels | 1 << FormatWord.LEVELS : word;
}
/** How many bits of a frame's number its entries have: read, and not described again, for a pin's update asks each time. */
export function frameBitsOf(engine: Engine, word: number): number {
  const name = nameOf(word);
  return name ? NAMED[name].frameBits : 64 - new Uint8Array(descriptionIn(engine, word).buffer)[Description.LEAF_RIGHT]!;
}
/** What an arena has of the format of that word: its description, zeros for one that has a name. */
export function descriptionIn(engine: Engine, word: number): Uint32Array<ArrayBuffer> {
  if (nameOf(word)) return new Uint32Array(Description.BYTES / 4);
  const record = word >>> GenericWord.RECORD & (1 << GenericWord.RECORD_BITS) - 1, at = engine.handle.arena + Arena.FORMATS_AT + record * Description.BYTES;
  return new Uint32Array(engine.bytes(at, Description.BYTES).buffer as ArrayBuffer);
}

/** The sizes of leaves that a format has, and of runs of fused ones, in pages, smallest first. */
export function sizesOf({ levels, indexBits, leafLevels, runs }: Shape): number[] {
  return Array.from({ length: levels }, (_, level) => level).filter((level) => leafLevels >> level & 1)
    .flatMap((level) => [1, ...runs[level] ?? []].map((leaves) => leaves * 2 ** (level * indexBits)));
}

/** For messages. */
export function nameOfFormat(format: FormatName | GenericFormat): string {
  return isDescription(format) ? `{levels: ${format.levels}, indexBits: ${format.indexBits}, …}` : format;
}
/** How many pages the tables of a format can map: log2. */
export function pageNumberBits({ levels, indexBits, rootBits }: Shape): number { return (levels - 1) * indexBits + rootBits; }

function isDescription(format: FormatName | GenericFormat): format is GenericFormat { return typeof format === "object" && format !== null; }
function rowOf(format: FormatName): Row {
  if (Object.hasOwn(NAMED, format)) return NAMED[format];
  throw new PageMirrorError("EINVAL", `format "${String(format)}": expected one of ${Object.keys(NAMED).join(", ")}, or {levels, indexBits}`);
}
