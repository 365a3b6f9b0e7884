// AMD IOMMU version 1: what layout/amdv1.ts means. Every mapping can be read. A device is neither user nor kernel: what it may, both may.
import { AmdFeature, AmdItem, AmdNext, AmdShape } from "../layout/amdv1";
import { Entry, EntryKind } from "../layout/entry";
import { Verdict } from "../layout/hardware";
import { Shaped, bit, field, flag, mayGrowIn } from "./format";
import { Hardware, deviceAllows, oaBitsOf, vaBitsOf } from "./hardware";

/**
 * `amd-v1` tables begin with one level and grow. Rights are narrowed by each level, so tables allow everything.
 * What hardware takes for a page of a coded size is a run of fused leaves: all hold the same word, whose address is that of the first, with the code in
 * the bits that the run's own pages differ in.
 */
@unmanaged @final export class AmdV1 extends Shaped {
  @inline mayGrow(): bool { return true; }
  @inline skips(): bool { return true; }
  @inline levelBelow(item: u64, level: i32): i32 { return <i32>field(item, AmdItem.NEXT_LEVEL, AmdItem.NEXT_LEVEL_BITS) - 1; }
  @inline indexBits(): i32 { return AmdShape.INDEX_BITS; }
  @inline itemLg2(): i32 { return AmdShape.ITEM_LG2; }
  @inline frameLg2(): i32 { return AmdShape.PAGE_LG2; }
  @inline hasWideRoot(): bool { return false; }
  @inline leafLevels(): u32 { return mayGrowIn(this.word()) ? AmdShape.OWN_LEAF_LEVELS : ((1 << this.levels()) - 1) & AmdShape.OWN_LEAF_LEVELS; }
  @inline present(item: u64): bool { return bit(item, AmdItem.PRESENT); }
  @inline isDirectory(item: u64): bool { return bit(item, AmdItem.PRESENT) && ((item >> AmdItem.NEXT_LEVEL) + 1 & 6) != 0; } // one more is 1 of a page, 0 of one of a coded size
  @inline heldBit(): i32 { return AmdItem.HELD; }
  /** The level of the table is counted from 1. */
  @inline directory(frame: u64, below: i32): u64 {
    return frame << AmdItem.ADDRESS | <u64>(below + 1) << AmdItem.NEXT_LEVEL | flag(true, AmdItem.PRESENT) | flag(true, AmdItem.READ) | flag(true, AmdItem.WRITE);
  }
  @inline directoryFrame(item: u64): u64 { return field(item, AmdItem.ADDRESS, AmdItem.ADDRESS_BITS); }
  /** One more than the code differs from it in the bits that the run's own pages differ in. */
  @inline leafFrame(item: u64, page: u64): u64 {
    const number = field(item, AmdItem.ADDRESS, AmdItem.ADDRESS_BITS);
    return number ^ ((number ^ page) & select<u64>(number ^ (number + 1), 0, this.isFused(item)));
  }
  @inline runLg2(level: i32, most: i32): i32 { return min(most, <i32>AmdShape.RUN_LG2); }
  @inline isFused(item: u64): bool { return field(item, AmdItem.NEXT_LEVEL, AmdItem.NEXT_LEVEL_BITS) == AmdNext.SIZED; }
  @inline fusedLg2(item: u64, level: i32): i32 { return codedLg2(item) - level * this.indexBits(); }
  @inline fuse(item: u64, level: i32, lg2: i32): u64 {
    const bits = level * this.indexBits() + lg2; // n - 1 ones and a zero
    return this.withLow(item, bits, ((<u64>1 << bits) - 1) >> 1) | AmdNext.SIZED << AmdItem.NEXT_LEVEL;
  }
  @inline unfuse(item: u64, level: i32, number: u64): u64 {
    return this.withLow(item, codedLg2(item), number << (level * this.indexBits())) & ~(AmdNext.SIZED << AmdItem.NEXT_LEVEL);
  }
  /** The item with so many bits of another number at the lower end of its frame's. */
  @inline withLow(item: u64, bits: i32, low: u64): u64 {
    return item & ~(field(~(<u64>0), 0, bits) << AmdItem.ADDRESS) | field(low, 0, bits) << AmdItem.ADDRESS;
  }
  @inline touched(item: u64, write: bool): u64 { return item | flag(true, AmdItem.ACCESSED) | flag(write, AmdItem.DIRTY); }
  @inline packPresent(entry: u64, level: i32): u64 {
    return field(entry, Entry.PAYLOAD, AmdItem.ADDRESS_BITS) << AmdItem.ADDRESS | flag(true, AmdItem.PRESENT) | flag(true, AmdItem.READ)
      | flag(bit(entry, Entry.WRITE), AmdItem.WRITE) | flag(bit(entry, Entry.ACCESSED), AmdItem.ACCESSED) | flag(bit(entry, Entry.DIRTY), AmdItem.DIRTY);
  }
  @inline unpackPresent(item: u64, level: i32): u64 {
    return field(item, AmdItem.ADDRESS, AmdItem.ADDRESS_BITS) << Entry.PAYLOAD | EntryKind.PRESENT | flag(bit(item, AmdItem.WRITE), Entry.WRITE)
      | flag(bit(item, AmdItem.ACCESSED), Entry.ACCESSED) | flag(bit(item, AmdItem.DIRTY), Entry.DIRTY);
  }
}

/** Log2 of the pages of the size that an address codes. */
@inline function codedLg2(item: u64): i32 { return 1 + <i32>ctz(~field(item, AmdItem.ADDRESS, AmdItem.ADDRESS_BITS)); }

@unmanaged @final export class AmdHardware extends Hardware {
  @inline indexBits(): i32 { return AmdShape.INDEX_BITS; }
  @inline pageLg2(): i32 { return AmdShape.PAGE_LG2; }
  @inline itemLg2(): i32 { return AmdShape.ITEM_LG2; }
  @inline rootLg2(): i32 { return AmdShape.PAGE_LG2; }
  @inline admits(va: u64): u32 {
    const bits = vaBitsOf(this.setup());
    return bits < 64 && va >> bits ? Verdict.NON_CANONICAL : Verdict.LEAF;
  }
  @inline next(item: u64): u32 { return <u32>field(item, AmdItem.NEXT_LEVEL, AmdItem.NEXT_LEVEL_BITS); }
  @inline natural(level: i32): i32 { return AmdShape.PAGE_LG2 + level * AmdShape.INDEX_BITS; }

  @inline judge(item: u64, level: i32): u32 {
    if (!bit(item, AmdItem.PRESENT)) return Verdict.NOT_PRESENT;
    const next = this.next(item), isLeaf = next == AmdNext.PAGE || next == AmdNext.SIZED;
    if (!isLeaf) {
      if (<i32>next > level) return level ? Verdict.RESERVED : Verdict.TOO_DEEP; // a table is of a lower level than the item that points to it
      return this.table(item) >> oaBitsOf(this.setup()) ? Verdict.ADDRESS_SIZE : Verdict.TABLE;
    }
    if (level >= AmdShape.LEAF_LEVELS || (next == AmdNext.SIZED && this.coded(item) <= this.natural(level))) return Verdict.RESERVED;
    if (this.output(item, level) >> oaBitsOf(this.setup())) return Verdict.ADDRESS_SIZE;
    return next == AmdNext.PAGE && field(this.table(item), 0, this.natural(level)) ? Verdict.MISALIGNED : Verdict.LEAF;
  }
  @inline table(item: u64): u64 { return field(item, AmdItem.ADDRESS, AmdItem.ADDRESS_BITS) << AmdItem.ADDRESS; }
  @inline below(item: u64, level: i32): i32 { return <i32>this.next(item) - 1; }
  @inline output(item: u64, level: i32): u64 { return this.table(item) >> this.sizeLg2(item, level) << this.sizeLg2(item, level); }
  /** Log2 of the size that an address codes; all ones: 2^53, beyond every address. */
  @inline coded(item: u64): i32 { return AmdShape.PAGE_LG2 + codedLg2(item); }
  @inline sizeLg2(item: u64, level: i32): i32 { return this.next(item) == AmdNext.SIZED ? this.coded(item) : this.natural(level); }
  @inline allows(allowed: u32, item: u64, isLeaf: bool): u32 { return deviceAllows(allowed, bit(item, AmdItem.READ), bit(item, AmdItem.WRITE)); }
  @inline used(item: u64, isLeaf: bool, writes: bool): u64 {
    const setup = this.setup();
    if (!isLeaf || !bit(setup, AmdFeature.ACCESSED)) return item;
    return item | flag(true, AmdItem.ACCESSED) | flag(writes && bit(setup, AmdFeature.DIRTY), AmdItem.DIRTY);
  }
  @inline isGlobal(item: u64, isLeaf: bool): bool { return false; }
}
