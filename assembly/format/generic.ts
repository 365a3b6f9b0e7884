// The run-time format: what layout/generic.ts means. The object is the address of its description, which never changes: plain loads do.
import { Entry, EntryKind } from "../layout/entry";
import { Description } from "../layout/generic";
import { describedByte, describedWord, describedWord32 } from "../description";
import { Format, bit, field, flag } from "./format";

@unmanaged @final export class Generic extends Format {
  @inline byte(field: usize): i32 { return describedByte(changetype<usize>(this), field); }
  @inline bits(field: usize): u64 { return describedWord(changetype<usize>(this), field); }

  @inline word(): u32 { return describedWord32(changetype<usize>(this), Description.WORD); }
  @inline levels(): i32 { return this.byte(Description.TOP) + 1; }
  @inline mayGrow(): bool { return true; }
  @inline skips(): bool { return this.byte(Description.LEVEL_BITS) != 0; }
  @inline levelBelow(item: u64, level: i32): i32 {
    return this.skips() ? <i32>field(item, this.byte(Description.LEVEL), this.byte(Description.LEVEL_BITS)) - 1 : level - 1;
  }
  @inline rootBits(): i32 { return this.byte(Description.ROOT_BITS); }
  @inline indexBits(): i32 { return this.byte(Description.INDEX_BITS); }
  @inline itemLg2(): i32 { return this.byte(Description.ITEM_LG2); }
  @inline hasAnyItem(): bool { return true; }
  @inline leafLevels(): u32 { return this.byte(Description.LEAF_LEVELS); }
  @inline frameLg2(): i32 { return 0; }
  @inline hasWideRoot(): bool { return false; }
  @inline present(item: u64): bool { return (item & this.bits(Description.PRESENT)) != 0; }
  @inline isDirectory(item: u64): bool { return (item & this.bits(Description.DOWN_MASK)) == this.bits(Description.DOWN); }
  @inline heldBit(): i32 { return this.byte(Description.HELD); }
  @inline directory(frame: u64, below: i32): u64 {
    const level = this.skips() ? <u64>(below + 1) << this.byte(Description.LEVEL) : 0;
    return this.placed(frame, Description.DIRECTORY_LEFT) | this.bits(Description.DIRECTORY) | level;
  }
  @inline directoryFrame(item: u64): u64 { return item << this.byte(Description.DIRECTORY_LEFT) >> this.byte(Description.DIRECTORY_RIGHT); }
  @inline leafFrame(item: u64, page: u64): u64 { return item << this.byte(Description.LEAF_LEFT) >> this.byte(Description.LEAF_RIGHT); }
  @inline runLg2(level: i32, most: i32): i32 { return most >= this.byte(Description.FUSED_LG2) ? this.byte(Description.FUSED_LG2) : 0; }
  @inline isFused(item: u64): bool { return bit(item, this.byte(Description.FUSED)); }
  @inline fusedLg2(item: u64, level: i32): i32 { return this.byte(Description.FUSED_LG2); }
  @inline fuse(item: u64, level: i32, lg2: i32): u64 { return item | flag(true, this.byte(Description.FUSED)); }
  @inline unfuse(item: u64, level: i32, number: u64): u64 { return item & ~flag(true, this.byte(Description.FUSED)); }
  /** A number where the pair of shifts at `left` finds it. */
  @inline placed(number: u64, left: usize): u64 { return number << this.byte(left + 1) >> this.byte(left); }

  // These are calls, and not compiled again wherever they are asked.

  touched(item: u64, write: bool): u64 { return item | this.flagOf(Entry.ACCESSED) | (write ? this.flagOf(Entry.DIRTY) : 0); }
  packPresent(entry: u64, level: i32): u64 {
    const said = entry & <u64>this.byte(Description.SAYS);
    let item = this.placed(entry >> Entry.PAYLOAD, Description.LEAF_LEFT) | this.bits(level > 0 ? Description.LARGE : Description.LEAF);
    for (let at = Entry.WRITE; at <= Entry.DIRTY; at++) item |= flag(bit(said, at), this.positionOf(at));
    return item;
  }
  unpackPresent(item: u64, level: i32): u64 {
    let flags: u64 = 0;
    for (let at = Entry.WRITE; at <= Entry.DIRTY; at++) flags |= flag(bit(item, this.positionOf(at)), at);
    return this.leafFrame(item, 0) << Entry.PAYLOAD | EntryKind.PRESENT | flags & <u64>this.byte(Description.SAYS) | <u64>this.byte(Description.FIXED);
  }
  /** The bit of an item that says a flag of entries. */
  @inline positionOf(at: i32): i32 { return this.byte(Description.FLAGS - Entry.WRITE + at); }
  @inline flagOf(at: i32): u64 { return flag(bit(this.byte(Description.SAYS), at), this.positionOf(at)); }

  @inline mark(generation: u64): u64 { return generation << this.byte(Description.GENERATION) | this.bits(Description.MARK); }
  @inline isMark(item: u64): bool { return (item & this.bits(Description.MARK_MASK)) == this.bits(Description.MARK); }
  @inline markGeneration(item: u64): u64 { return item >> this.byte(Description.GENERATION); }
  @inline generationBits(itemLg2: i32): i32 { return this.byte(Description.GENERATION_BITS); }
  @inline isEmpty(item: u64): bool { return item == 0 || this.isMark(item); }
}
