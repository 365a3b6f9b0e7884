// The questions that every format answers, and the answers most of them share.
// A format touches no memory that changes: u64 in, u64 out. Items are what hardware reads; entries are layout/entry.ts.
import { Absent, Entry, EntryKind } from "../layout/entry";
import { FormatWord } from "../layout/table";

@inline export function field(word: u64, position: i32, bits: i32): u64 { return (word >> position) & ((<u64>1 << bits) - 1); }
@inline export function bit(word: u64, position: i32): bool { return (word >> position & 1) != 0; }
@inline export function flag(on: bool, position: i32): u64 { return <u64>on << position; }

@inline export function kindOf(entry: u64): u32 { return <u32>field(entry, Entry.KIND, Entry.KIND_BITS); }
@inline export function payloadOf(entry: u64): u64 { return entry >> Entry.PAYLOAD; }
@inline export function withPayload(kind: u32, payload: u64): u64 { return payload << Entry.PAYLOAD | kind; }

@unmanaged export abstract class Format {
  /** The format word (layout/table.ts): what a table's record says of its format. */
  abstract word(): u32;
  /** How many levels a walk has; the root is of level `levels() - 1`. */
  abstract levels(): i32;
  /** Whether tables of this class may get further levels on top (raise.ts): a constant. `levels` is then what the format's word says, not the table's. */
  abstract mayGrow(): bool;
  /** How many bits of the page number select an item of the root, and of one directory below it. */
  abstract rootBits(): i32;
  abstract indexBits(): i32;
  /** Whether the root takes as many frames as its own bits need, and not what a directory below it does: a constant. */
  abstract hasWideRoot(): bool;
  /** Log2 of an item's bytes: 2 or 3; of any size, 0 to 3, where `hasAnyItem`, which is a constant. */
  abstract itemLg2(): i32;
  abstract hasAnyItem(): bool;
  /** Log2 of the bytes of the frames that directories are counted in; 0: of whatever size the arena's are. */
  abstract frameLg2(): i32;
  /** The levels that may hold a leaf: bit 0 for level 0, and so on. */
  abstract leafLevels(): u32;
  /** Whether hardware walks on or uses the item. */
  abstract present(item: u64): bool;
  /** Whether an item of a level above 0 points to a directory. Every walk asks it, at every level: one compare where the format allows it. */
  abstract isDirectory(item: u64): bool;
  /** The item that points to the directory of that level in the given frame. */
  abstract directory(frame: u64, below: i32): u64;
  /** Whether it may leave levels out (skip.ts): a constant, but for the run-time format; and the level of the directory that it points to, in one of `level`. */
  abstract skips(): bool;
  abstract levelBelow(item: u64, level: i32): i32;
  /** The frame that an item which points to a directory names. */
  abstract directoryFrame(item: u64): u64;
  /** The frame that a leaf of level 0 names for a page: the payload of its entry, alone. */
  abstract leafFrame(item: u64, page: u64): u64;
  /** A bit of such an item that hardware ignores: somebody gathers what is below (merge.ts). */
  abstract heldBit(): i32;
  /** A leaf of a level and an entry of kind PRESENT that say the same: pack and unpack. The payload is a multiple of the leaf's pages. */
  abstract packPresent(entry: u64, level: i32): u64;
  abstract unpackPresent(item: u64, level: i32): u64;
  /** Log2 of how many leaves of a level hardware may take for one that say so (fused.ts), 2^most or fewer: a run of items, aligned. 0: it never does. */
  abstract runLg2(level: i32, most: i32): i32;
  /** Whether a leaf of such a level says so; and log2 of how many leaves its run has. */
  abstract isFused(item: u64): bool;
  abstract fusedLg2(item: u64, level: i32): i32;
  /** The leaf that says so, for one that does not; and the other way, for the item of that number in its directory. */
  abstract fuse(item: u64, level: i32, lg2: i32): u64;
  abstract unfuse(item: u64, level: i32, number: u64): u64;
  /** A leaf as hardware leaves it that used it, for a write or not: accessed, and dirty. */
  abstract touched(item: u64, write: bool): u64;
  /** What is left in the items of a directory that is being given back, and the generation in it. */
  abstract mark(generation: u64): u64;
  abstract isMark(item: u64): bool;
  abstract markGeneration(item: u64): u64;
  /** How many bits of it an item of that size has room for. */
  abstract generationBits(itemLg2: i32): i32;
  /** Whether the item counts when a directory's emptiness is judged. */
  abstract isEmpty(item: u64): bool;
}

/** How many bits of generation nothing ever uses up: eight bytes have room for them. */
export const GENERATION_BITS: i32 = 64 - Absent.GENERATION;
const MARK: u64 = EntryKind.MARK << Absent.FLAGS;

/** A format of some hardware. The object is the format word itself; marks are as layout/entry.ts has them. */
@unmanaged export abstract class Built extends Format {
  @inline word(): u32 { return <u32>changetype<usize>(this); }
  @inline hasAnyItem(): bool { return false; }
  @inline mark(generation: u64): u64 { return generation << Absent.GENERATION | MARK; }
  @inline isMark(item: u64): bool { return field(item, 0, Absent.GENERATION) == MARK; }
  @inline markGeneration(item: u64): u64 { return item >> Absent.GENERATION; }
  @inline generationBits(itemLg2: i32): i32 { return (8 << itemLg2) - Absent.GENERATION; }
  @inline isEmpty(item: u64): bool { return item == 0 || this.isMark(item); }
}

/** One whose tables do not grow and leave no level out, whose root is as any directory, and whose leaves are never fused. */
@unmanaged export abstract class Plain extends Built {
  @inline mayGrow(): bool { return false; }
  @inline skips(): bool { return false; }
  @inline levelBelow(item: u64, level: i32): i32 { return level - 1; }
  @inline hasWideRoot(): bool { return false; }
  @inline runLg2(level: i32, most: i32): i32 { return 0; }
  @inline isFused(item: u64): bool { return false; }
  @inline fusedLg2(item: u64, level: i32): i32 { return 0; }
  @inline fuse(item: u64, level: i32, lg2: i32): u64 { return item; }
  @inline unfuse(item: u64, level: i32, number: u64): u64 { return item; }
}

@inline export function levelsIn(word: u32): i32 { return <i32>field(word, FormatWord.LEVELS, FormatWord.LEVELS_BITS); }
/** Where a format word says how many levels there are. */
export const LEVELS: u32 = (1 << FormatWord.LEVELS_BITS) - 1 << FormatWord.LEVELS;
@inline export function mayGrowIn(word: u32): bool { return bit(word, FormatWord.GROWS); }
@inline export function rootBitsIn(word: u32): i32 { return <i32>field(word, FormatWord.ROOT_BITS, FormatWord.ROOT_BITS_BITS); }
/** A format whose tree is as the word says: one class for tables of any number of levels. */
@unmanaged export abstract class Shaped extends Built {
  @inline levels(): i32 { return levelsIn(this.word()); }
  @inline rootBits(): i32 { return rootBitsIn(this.word()); }
}

// The next two are functions and not methods: called through `this`, a format's own answers would be virtual calls.

/** The item for an entry: a leaf, or what no hardware takes for one (layout/entry.ts). */
export function pack<F extends Format>(f: F, entry: u64, level: i32 = 0): u64 {
  if (kindOf(entry) == EntryKind.PRESENT) return f.packPresent(entry, level);
  return payloadOf(entry) << Absent.PAYLOAD | field(entry, 0, Entry.FLAGS_BITS) << Absent.FLAGS;
}
/** The entry in a leaf of that level that is not fused, or in an item that is not present; marks count as nothing. */
@inline export function unpack<F extends Format>(f: F, item: u64, level: i32 = 0): u64 {
  if (f.present(item)) return f.unpackPresent(item, level) | <u64>(level * f.indexBits()) << Entry.SIZE;
  if (f.isMark(item)) return 0;
  return item >> Absent.PAYLOAD << Entry.PAYLOAD | field(item, Absent.FLAGS, Entry.FLAGS_BITS);
}
/** The same for a leaf that may be fused, and covers the page. */
@inline export function unpackLeaf<F extends Format>(f: F, item: u64, page: u64, level: i32): u64 {
  return isFused<F>(f, item, level) ? unpackFused<F>(f, item, page, level) : unpack<F>(f, item, level);
}
function unpackFused<F extends Format>(f: F, item: u64, page: u64, level: i32): u64 {
  return unpack<F>(f, f.unfuse(item, level, page >> (level * f.indexBits())), level) + (<u64>f.fusedLg2(item, level) << Entry.SIZE);
}
/** The entry of one page of a leaf, large or not. */
@inline export function unpackPage<F extends Format>(f: F, item: u64, page: u64, level: i32): u64 {
  const entry = unpackLeaf<F>(f, item, page, level);
  return entry ? entry + ((page & ((<u64>1 << (level * f.indexBits())) - 1)) << Entry.PAYLOAD) : 0;
}
/** What an entry says of its leaf's size; the level that a size names, and log2 of the leaves in a run of that size. */
export const SIZE: u64 = ((1 << Entry.SIZE_BITS) - 1) << Entry.SIZE;
@inline export function sizeIn(entry: u64): i32 { return <i32>field(entry, Entry.SIZE, Entry.SIZE_BITS); }
@inline export function levelIn<F extends Format>(f: F, size: i32): i32 { return size / f.indexBits(); }
@inline export function runIn<F extends Format>(f: F, size: i32): i32 { return size % f.indexBits(); }
/** The longest of all runs, as a bound. */
export const ANY_RUN: i32 = 63;
/** Whether leaves of a level may be fused at all. */
@inline export function mayFuse<F extends Format>(f: F, level: i32): bool { return f.runLg2(level, ANY_RUN) != 0; }
/** Whether an item of that level is a fused leaf. */
@inline export function isFused<F extends Format>(f: F, item: u64, level: i32): bool {
  return mayFuse<F>(f, level) && isLeafOf<F>(f, item, level) && f.isFused(item);
}
/** Whether an item of that level is a leaf that hardware uses. */
@inline export function isLeafOf<F extends Format>(f: F, item: u64, level: i32): bool { return f.present(item) && (level == 0 || !f.isDirectory(item)); }
