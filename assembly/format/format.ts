// The questions that every hardware format answers, and the answers most of them share.
// A format touches no memory: u64 in, u64 out. Items are what hardware reads; entries are layout/entry.ts.
import { Entry, EntryKind } from "../layout/entry";

@inline export function field(word: u64, position: i32, bits: i32): u64 { return (word >> position) & ((<u64>1 << bits) - 1); }
@inline export function bit(word: u64, position: i32): bool { return (word >> position & 1) != 0; }
@inline export function flag(on: bool, position: i32): u64 { return <u64>on << position; }

@inline export function kindOf(entry: u64): u32 { return <u32>field(entry, Entry.KIND, Entry.KIND_BITS); }
@inline export function payloadOf(entry: u64): u64 { return entry >> Entry.PAYLOAD; }
@inline export function withPayload(kind: u32, payload: u64): u64 { return payload << Entry.PAYLOAD | kind; }

@unmanaged export abstract class Format {
  /** What a table's record says of its format. */
  abstract id(): u32;
  /** How many levels a walk has; the root is of level `levels() - 1`. */
  abstract levels(): i32;
  /** How many bits of the page number select an item of one directory. */
  abstract indexBits(): i32;
  /** Whether hardware walks on or uses the item. */
  abstract present(item: u64): bool;
  /** The directory item that points to the given frame. */
  abstract directory(frame: u64): u64;
  /** The frame that a present item of a level above 0 points to. */
  abstract directoryFrame(item: u64): u64;
  /** Whether an item of the lowest level and an entry of kind PRESENT say the same: pack and unpack. */
  abstract packPresent(entry: u64): u64;
  abstract unpackPresent(item: u64): u64;
  /** Where the accessed and dirty bits are in a leaf item. */
  abstract accessedBit(): i32;
  abstract dirtyBit(): i32;

  /** mark(g): 60 bits of generation above the kind. */
  @inline mark(generation: u64): u64 { return generation << 4 | EntryKind.MARK << 1; }
  @inline isMark(item: u64): bool { return (item & 0xf) == EntryKind.MARK << 1; }
  @inline markGeneration(item: u64): u64 { return item >> 4; }
  /** Whether the item counts when a directory's emptiness is judged. */
  @inline isEmpty(item: u64): bool { return item == 0 || this.isMark(item); }
}

// The next two are functions and not methods: called through `this`, a format's own answers would be virtual calls.

/** The item for an entry. A software entry has bit 0 clear (not present to hardware), its flags one higher, its payload as it is. */
@inline export function pack<F extends Format>(f: F, entry: u64): u64 {
  if (kindOf(entry) == EntryKind.PRESENT) return f.packPresent(entry);
  return entry >> Entry.PAYLOAD << Entry.PAYLOAD | field(entry, 0, Entry.FLAGS_BITS) << 1;
}
/** The entry in an item of level 0; marks count as nothing. */
@inline export function unpack<F extends Format>(f: F, item: u64): u64 {
  if (f.present(item)) return f.unpackPresent(item);
  if (f.isMark(item)) return 0;
  return item >> Entry.PAYLOAD << Entry.PAYLOAD | field(item, 1, Entry.FLAGS_BITS);
}
