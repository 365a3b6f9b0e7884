// Formats that are described when a table is made: checked here, and written down as the engine reads them (layout/generic.ts).
import { Place } from "../assembly/layout/arena.js";
import { Absent, Entry, EntryKind } from "../assembly/layout/entry.js";
import { Description, GenericItem as House, GenericLimit } from "../assembly/layout/generic.js";
import { FormatClass, FormatWord, Growth } from "../assembly/layout/table.js";
import { PageMirrorError, checkWhole, hex } from "./error.js";
import { FLAGS, type Flags, type Shape } from "./shape.js";

/** Bits of an item that hold a number: from bit `shift` on, so many. */
export interface Field { shift: number; bits: number }
/** When hardware takes an item for valid: when that bit is set, or when the bits of `mask` are as in `value`, which is not 0. */
export type Valid = number | { mask: number | bigint; value: number | bigint };
/** How an item that points to a directory is written, where that differs from a leaf. `frame`: of its frame in this arena. */
export interface DirectoryFormat extends Field {
  valid?: Valid;
  /** A bit of it that hardware ignores, set while leaves below it are merged. Default: the lowest that nothing else uses. */
  held?: number;
  /** Where it says of which level the directory is, counted from 1: it may then leave levels out, if the page number's bits for them are 0. Items of 8 bytes. */
  level?: Field;
}

/**
 * A format that is described when a table is made.
 *
 * The tree: so many levels (one: a flat table), each selected by `indexBits` of the page number, the root by `rootBits`, at most as many. A directory
 * has at most 64 KiB; one that is larger than a frame takes 2, 4, 8 or 16 that lie together. `largest`: the highest level that may hold a leaf,
 * default 0. `pageLg2`: log2 of a page's bytes, default 12; the table counts pages. `grows`: the table begins with `levels` and gets more as pages
 * need them, up to six, or as 47 bits of page number need; its root is as any directory.
 *
 * An item: 1, 2, 4 or 8 bytes (default 8). Without `frame` it is as the house has it, of 4 or 8 bytes. With it, it is as described: where the
 * frame's number is, which bit or bits say that it is valid (default: bit 0), and the bit of each flag. A flag that has none cannot be said:
 * every mapping then has it (`true`) or has it not (`false`); left out, every mapping may be written, and has none of the others. `large`: the bit
 * that a leaf above level 0 has set; needless where `valid` tells it from a directory. `fused`: how many leaves may be fused, at any level that has
 * leaves; 2, 4 or 8, and fewer than a directory has (default 1: none are). `fusedBit`: the bit by which they say so.
 */
export interface GenericFormat {
  levels: number; indexBits: number; rootBits?: number; largest?: number; pageLg2?: number; grows?: boolean;
  itemBytes?: 1 | 2 | 4 | 8; frame?: Field; valid?: Valid;
  write?: number | boolean; execute?: number | boolean; user?: number | boolean; accessed?: number | boolean; dirty?: number | boolean;
  large?: number; fused?: 1 | 2 | 4 | 8; fusedBit?: number; directory?: DirectoryFormat;
}

const ITEM_FIELDS = ["valid", ...FLAGS, "large", "fusedBit", "directory"] as const satisfies (keyof GenericFormat)[];
/** What a directory's place has room for. */
const PAGE_NUMBER_BITS: number = Place.PAGE_BITS;
const refuse = (what: string): never => { throw new PageMirrorError("EINVAL", what); };
const bitAt = (at: number): bigint => 1n << BigInt(at);
const maskOf = ({ shift, bits }: Field): bigint => bitAt(bits) - 1n << BigInt(shift);
const lowestOf = (bits: bigint): number => bits.toString(2).length - bits.toString(2).lastIndexOf("1") - 1;

/** The item of the house, which leaves nothing to be said. */
function houseItem(itemBytes: number, { levels, largest = 0, grows, fused = 1 }: GenericFormat): Partial<GenericFormat> {
  if (itemBytes < 4) refuse(`items of ${itemBytes} bytes without frame: expected {shift, bits} of the frame's number, or items of 4 or 8 bytes`);
  const frame = itemBytes === 4 ? { shift: House.NARROW_FRAME, bits: 32 - House.NARROW_FRAME } : { shift: House.WIDE_FRAME, bits: Entry.PAYLOAD_BITS };
  return {
    frame, valid: House.PRESENT, write: House.WRITE, execute: House.EXECUTE, user: House.USER, accessed: House.ACCESSED, dirty: House.DIRTY,
    ...largest > 0 && { large: House.LARGE }, ...fused > 1 && { fusedBit: House.FUSED }, ...(grows || levels > 1) && { directory: { ...frame, held: House.HELD } },
  };
}

/** The bits of one kind of item, each for one purpose. */
class Bits {
  readonly #taken: [name: string, bits: bigint][] = [];
  constructor(readonly name: string, readonly width: number) {}
  get used(): bigint { return this.#taken.reduce((all, [, bits]) => all | bits, 0n); }
  get free(): bigint { return bitAt(this.width) - 1n & ~this.used; }
  take(name: string, bits: bigint): void {
    const [other] = this.#taken.find(([, taken]) => taken & bits) ?? [];
    if (other) refuse(`${name} and ${other} share bit ${lowestOf(bits & this.used)} of ${this.name}: expected bits of their own`);
    this.#taken.push([name, bits]);
  }
  bit(name: string, at: number): bigint {
    this.take(name, bitAt(checkWhole(name, at, 0, this.width - 1)));
    return bitAt(at);
  }
  field(name: string, { shift, bits }: Field): void {
    checkWhole(`${name}.shift`, shift, 0, this.width - 1);
    this.take(name, maskOf({ shift, bits: checkWhole(`${name}.bits`, bits, 1, Math.min(Entry.PAYLOAD_BITS, this.width - shift)) }));
  }
  /** The bits that are judged, and those of them that are set. */
  valid(name: string, valid: Valid): [mask: bigint, value: bigint] {
    if (typeof valid === "number") return [this.bit(name, valid), bitAt(valid)];
    const mask = BigInt(valid.mask), value = BigInt(valid.value);
    if (mask < 0n || mask >> BigInt(this.width)) refuse(`${name}.mask is ${hex(mask)}: expected bits of an item of ${this.width}`);
    if (value <= 0n || value & ~mask)
      refuse(`${name}.value is ${hex(value)}: expected bits of ${name}.mask, ${hex(mask)}, at least one: an item of zeros is empty`);
    this.take(name, mask);
    return [mask, value];
  }
}

/** The tree alone: as its tables begin, and the most levels that one may get, with what is left to the root then. */
interface Tree extends Required<Pick<GenericFormat, "levels" | "indexBits" | "rootBits" | "largest" | "pageLg2" | "grows">> { mostLevels: number; lastBits: number }
function treeOf(format: GenericFormat, itemLg2: number): Tree {
  const levels = checkWhole("levels", format.levels, 1, 6), indexBits = checkWhole("indexBits", format.indexBits, 1, GenericLimit.RUN_BYTES_LG2 - itemLg2);
  const { grows = false } = format, rootBits = checkWhole("rootBits", format.rootBits ?? indexBits, grows ? indexBits : 1, indexBits);
  const pageLg2 = checkWhole("pageLg2", format.pageLg2 ?? 12, 0, 63), bits = (levels - 1) * indexBits + rootBits, most = Math.min(PAGE_NUMBER_BITS, 64 - pageLg2);
  if (bits > most) refuse(`${levels} levels of ${indexBits} bits are ${bits} bits of page number: expected at most ${most}`);
  const mostLevels = grows ? Math.min(Growth.LEVELS_MAX, Math.ceil(most / indexBits)) : levels, largest = checkWhole("largest", format.largest ?? 0, 0, mostLevels - 1);
  return { levels, indexBits, rootBits, largest, pageLg2, grows, mostLevels, lastBits: grows ? Math.min(indexBits, most - (mostLevels - 1) * indexBits) : rootBits };
}

/** What a leaf's item says, and by which bits; `says` and `always` as bits of an entry. */
interface LeafBits { mask: bigint; value: bigint; large: bigint; positions: number[]; says: number; always: number; fixed: Flags }
function leafOf(item: GenericFormat, width: number, largest: number): LeafBits {
  const bits = new Bits("a leaf's item", width), fixed: Flags = {};
  bits.field("frame", item.frame!);
  const [mask, value] = bits.valid("valid", item.valid ?? 0);
  let says = 0, always = 0;
  const positions = FLAGS.map((name, i) => {
    const at = item[name] ?? (name === "write"), entryBit = 1 << Entry.WRITE + i;
    if (typeof at === "number") {
      says |= entryBit;
      bits.bit(name, at);
      return at;
    }
    fixed[name] = at;
    if (at) always |= entryBit;
    return 0;
  });
  const { fused = 1, fusedBit } = item, most = Math.min(8, 2 ** (item.indexBits - 1));
  if (![1, 2, 4, 8].includes(fused) || fused > most) refuse(`fused is ${String(fused)}: expected a power of two from 1 to ${most}`);
  if (fused > 1 && fusedBit === undefined) refuse(`fused is ${fused}: expected fusedBit as well, the bit that fused leaves have set`);
  if (fused === 1 && fusedBit !== undefined) refuse(`fusedBit is ${fusedBit}: expected fused as well, how many leaves may have it`);
  if (fusedBit !== undefined) bits.bit("fusedBit", fusedBit);
  if (item.large !== undefined && !largest) refuse(`large is ${item.large}: expected largest, the level up to which leaves are, or neither`);
  return { mask, value, large: item.large === undefined ? 0n : bits.bit("large", item.large), positions, says, always, fixed };
}

/** What points to a directory, and the bits that tell it from a large leaf. */
interface DirectoryBits { field: Field; mask: bigint; value: bigint; held: number; tells: bigint; level: Field }
function directoryOf(item: GenericFormat, leaf: LeafBits, width: number, mostLevels: number, largest: number): DirectoryBits {
  const isTree = mostLevels > 1;
  if (!isTree && item.directory) refuse("a directory in a flat table: expected none, or more levels");
  const given: DirectoryFormat = item.directory ?? item.frame!, { valid = item.valid ?? 0, held, level, ...field } = given, bits = new Bits("a directory's item", width);
  bits.field("directory", field);
  const [mask, value] = bits.valid("directory.valid", valid);
  bits.take("large", leaf.large & ~mask);
  const tells = largest ? (leaf.mask | leaf.large) & (mask | leaf.large) & ((leaf.value | leaf.large) ^ value) : 0n;
  if (largest && !tells) refuse(`leaves up to level ${largest}: expected large, the bit that tells one from a directory`);
  if (level) {
    bits.field("directory.level", level);
    if (2 ** level.bits < mostLevels) refuse(`directory.level has ${level.bits} bits: expected enough for ${mostLevels - 1} levels, counted from 1`);
  }
  if (held !== undefined) bits.bit("directory.held", held);
  else if (!bits.free && (largest || width === 64 || (item.fused ?? 1) > 1))
    refuse("a directory's item has no bit left to hold it while leaves below it are merged: expected a narrower field");
  return { field, mask, value, held: held ?? (bits.free ? lowestOf(bits.free) : 63), tells, level: level ?? { shift: 0, bits: 0 } };
}

/** Where a mark's generation is, and what tells a mark. With room for software entries they are as in formats of hardware. */
function marksOf(present: bigint, itemBytes: number, hasSoftware: boolean, isTree: boolean): Field & { mask: bigint; value: bigint } {
  if (hasSoftware) return { shift: Absent.GENERATION, bits: 64 - Absent.GENERATION, mask: bitAt(Absent.GENERATION) - 1n, value: BigInt(EntryKind.MARK << Absent.FLAGS) };
  const room = longestRun(bitAt(8 * itemBytes) - 1n & ~present), least = GenericLimit.LEAST_GENERATION_BITS;
  if (isTree && room.bits < least)
    refuse(`items of ${itemBytes} bytes leave ${room.bits} bits in a row to the marks that emptied directories need: expected ${least}, beside one bit that says valid`);
  return { ...room, mask: present, value: 0n };
}

/** `directoryBits`: how many frames its directories may lie among, log2. */
export interface Described { words: Uint32Array<ArrayBuffer>; shape: Shape; directoryBits: number }

/** The description of a format, and its shape. EINVAL for what no table could be built of. */
export function describe(format: GenericFormat): Described {
  const { itemBytes = 8 } = format, itemLg2 = [1, 2, 4, 8].indexOf(itemBytes), width = 8 * itemBytes;
  if (itemLg2 < 0) refuse(`itemBytes is ${String(itemBytes)}: expected 1, 2, 4 or 8`);
  const { levels, largest, indexBits, rootBits, pageLg2, grows, mostLevels, lastBits } = treeOf(format, itemLg2), isTree = mostLevels > 1;
  const said = ITEM_FIELDS.find((name) => format[name] !== undefined);
  if (!format.frame && said) refuse(`${said} without frame: expected {shift, bits} of the frame's number as well, or neither`);
  const item = format.frame ? format : { ...format, ...houseItem(itemBytes, format) }, frame = item.frame!;
  const leaf = leafOf(item, width, largest), directory = directoryOf(item, leaf, width, mostLevels, largest);
  // One bit that both have, or one of each: none of them is set in what is neither.
  const common = leaf.value & directory.value, present = common ? bitAt(lowestOf(common)) : bitAt(lowestOf(leaf.value)) | bitAt(lowestOf(directory.value));
  const hasSoftware = itemBytes === 8 && present < bitAt(Absent.FLAGS), marks = marksOf(present, itemBytes, hasSoftware, isTree);
  if (directory.level.bits && !hasSoftware)
    refuse("directory.level: expected items of 8 bytes that are valid by one of bits 0 to 2, whose emptied directories can always be told from each other");
  const fusedLg2 = Math.log2(format.fused ?? 1), down = present & directory.value | directory.tells;

  const words = new Uint32Array(Description.BYTES / 4), view = new DataView(words.buffer), leafLevels = (2 << largest) - 1;
  const word = FormatClass.GENERIC << FormatWord.CLASS | levels << FormatWord.LEVELS | rootBits << FormatWord.ROOT_BITS | Number(grows) << FormatWord.GROWS;
  view.setUint32(Description.WORD, word, true);
  const bytes: [Description, number][] = [
    [Description.TOP, levels - 1], [Description.ROOT_BITS, rootBits], [Description.INDEX_BITS, indexBits], [Description.ITEM_LG2, itemLg2],
    [Description.LEAF_LEVELS, leafLevels], [Description.HELD, directory.held], [Description.GENERATION, marks.shift], [Description.GENERATION_BITS, marks.bits],
    [Description.LEAF_LEFT, 64 - frame.shift - frame.bits], [Description.LEAF_RIGHT, 64 - frame.bits],
    [Description.DIRECTORY_LEFT, 64 - directory.field.shift - directory.field.bits], [Description.DIRECTORY_RIGHT, 64 - directory.field.bits],
    ...leaf.positions.map((at, i): [Description, number] => [Description.FLAGS + i, at]), [Description.SAYS, leaf.says], [Description.FIXED, leaf.always],
    [Description.PAGE_LG2, pageLg2], [Description.LARGE_BIT, item.large ?? Description.NO_BIT], [Description.FUSED_LG2, fusedLg2], [Description.FUSED, item.fusedBit ?? 0],
    [Description.LEVEL, directory.level.shift], [Description.LEVEL_BITS, directory.level.bits],
  ];
  const wide: [Description, bigint][] = [
    [Description.PRESENT, present], [Description.LEAF, leaf.value], [Description.LARGE, leaf.value | leaf.large], [Description.DIRECTORY, directory.value],
    [Description.DOWN_MASK, down], [Description.DOWN, directory.value & down], [Description.MARK_MASK, marks.mask], [Description.MARK, marks.value],
    [Description.LEAF_MASK, leaf.mask], [Description.DIRECTORY_MASK, directory.mask],
  ];
  for (const [at, value] of bytes) view.setUint8(at, value);
  for (const [at, value] of wide) view.setBigUint64(at, value, true);
  const shape: Shape = {
    levels: mostLevels, indexBits, rootBits: lastBits, leafLevels, frameBits: frame.bits, fixed: leaf.fixed, isNarrow: !hasSoftware, itemBytes, pageLg2,
    runs: fusedLg2 ? Array.from({ length: Math.min(largest + 1, mostLevels - 1) }, () => [2 ** fusedLg2]) : [],
  };
  return { words, shape, directoryBits: isTree ? directory.field.bits : Infinity };
}
/** The longest run of set bits. */
function longestRun(bits: bigint): Field {
  let best: Field = { shift: 0, bits: 0 };
  for (let shift = 0; bits >> BigInt(shift); shift++) {
    let length = 0;
    while (bits >> BigInt(shift + length) & 1n) length++;
    if (length > best.bits) best = { shift, bits: length };
  }
  return best;
}

/** As a number, where one can say it. */
function plain(bits: bigint): number | bigint { return bits <= Number.MAX_SAFE_INTEGER ? Number(bits) : bits; }

/** The format that a description is of, with nothing left to a default. */
export function formatIn(words: Uint32Array<ArrayBuffer>): GenericFormat {
  const view = new DataView(words.buffer), byte = (at: Description): number => view.getUint8(at), wide = (at: Description): bigint => view.getBigUint64(at, true);
  const fieldAt = (left: Description): Field => ({ shift: byte(left + 1) - byte(left), bits: 64 - byte(left + 1) });
  const validAt = (mask: Description, value: Description): Valid => {
    const bits = wide(mask), isOne = bits === wide(value) && bits === bitAt(lowestOf(bits));
    return isOne ? lowestOf(bits) : { mask: plain(bits), value: plain(wide(value)) };
  };
  const grows = (view.getUint32(Description.WORD, true) >>> FormatWord.GROWS & 1) === 1, fusedLg2 = byte(Description.FUSED_LG2);
  const says = byte(Description.SAYS), always = byte(Description.FIXED), large = byte(Description.LARGE_BIT), held = byte(Description.HELD);
  const level = { shift: byte(Description.LEVEL), bits: byte(Description.LEVEL_BITS) };
  const itemBytes = 2 ** byte(Description.ITEM_LG2) as 1 | 2 | 4 | 8, flags = Object.fromEntries(FLAGS.map((name, i) => {
    const entryBit = 1 << Entry.WRITE + i;
    return [name, says & entryBit ? byte(Description.FLAGS + i) : (always & entryBit) !== 0];
  }));
  const directory = {
    ...fieldAt(Description.DIRECTORY_LEFT), valid: validAt(Description.DIRECTORY_MASK, Description.DIRECTORY), ...held < 8 * itemBytes && { held },
    ...level.bits > 0 && { level },
  };
  return {
    levels: byte(Description.TOP) + 1, indexBits: byte(Description.INDEX_BITS), rootBits: byte(Description.ROOT_BITS),
    largest: Math.log2(byte(Description.LEAF_LEVELS) + 1) - 1, pageLg2: byte(Description.PAGE_LG2), itemBytes, frame: fieldAt(Description.LEAF_LEFT),
    valid: validAt(Description.LEAF_MASK, Description.LEAF), ...flags, ...large !== Description.NO_BIT && { large },
    ...fusedLg2 > 0 && { fused: 2 ** fusedLg2 as 2 | 4 | 8, fusedBit: byte(Description.FUSED) },
    ...grows && { grows }, ...(grows || byte(Description.TOP) > 0) && { directory },
  };
}
