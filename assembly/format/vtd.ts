// VT-d second stage: what layout/vtd.ts means. Every mapping can be read. A device is neither user nor kernel: what it may, both may.
import { Entry, EntryKind } from "../layout/entry";
import { Verdict } from "../layout/hardware";
import { VtdFeature, VtdItem, VtdShape } from "../layout/vtd";
import { Plain, bit, field, flag, levelsIn } from "./format";
import { Hardware, deviceAllows, oaBitsOf, vaBitsOf } from "./hardware";

@unmanaged @final export class VtdSecondStage extends Plain {
  @inline levels(): i32 { return levelsIn(this.word()); }
  @inline rootBits(): i32 { return VtdShape.INDEX_BITS; }
  @inline indexBits(): i32 { return VtdShape.INDEX_BITS; }
  @inline itemLg2(): i32 { return VtdShape.ITEM_LG2; }
  @inline frameLg2(): i32 { return VtdShape.PAGE_LG2; }
  @inline leafLevels(): u32 { return VtdShape.LEAF_LEVELS; }
  @inline present(item: u64): bool { return bit(item, VtdItem.READ) || bit(item, VtdItem.WRITE); }
  /** Whatever is in a table of ours can be read. */
  @inline isDirectory(item: u64): bool { return (item & (1 << VtdItem.READ | 1 << VtdItem.PAGE_SIZE)) == 1 << VtdItem.READ; }
  @inline heldBit(): i32 { return VtdItem.HELD; }
  @inline directory(frame: u64, level: i32): u64 { return frame << VtdItem.ADDRESS | flag(true, VtdItem.READ) | flag(true, VtdItem.WRITE); }
  @inline directoryFrame(item: u64): u64 { return field(item, VtdItem.ADDRESS, VtdItem.ADDRESS_BITS); }
  @inline leafFrame(item: u64, page: u64): u64 { return field(item, VtdItem.ADDRESS, VtdItem.ADDRESS_BITS); }
  @inline touched(item: u64, write: bool): u64 { return item | flag(true, VtdItem.ACCESSED) | flag(write, VtdItem.DIRTY); }
  @inline packPresent(entry: u64, level: i32): u64 {
    return field(entry, Entry.PAYLOAD, VtdItem.ADDRESS_BITS) << VtdItem.ADDRESS | flag(true, VtdItem.READ) | flag(bit(entry, Entry.WRITE), VtdItem.WRITE)
      | flag(level > 0, VtdItem.PAGE_SIZE) | flag(bit(entry, Entry.ACCESSED), VtdItem.ACCESSED) | flag(bit(entry, Entry.DIRTY), VtdItem.DIRTY);
  }
  @inline unpackPresent(item: u64, level: i32): u64 {
    return field(item, VtdItem.ADDRESS, VtdItem.ADDRESS_BITS) << Entry.PAYLOAD | EntryKind.PRESENT | flag(bit(item, VtdItem.WRITE), Entry.WRITE)
      | flag(bit(item, VtdItem.ACCESSED), Entry.ACCESSED) | flag(bit(item, VtdItem.DIRTY), Entry.DIRTY);
  }
}

@unmanaged @final export class VtdHardware extends Hardware {
  @inline indexBits(): i32 { return VtdShape.INDEX_BITS; }
  @inline pageLg2(): i32 { return VtdShape.PAGE_LG2; }
  @inline itemLg2(): i32 { return VtdShape.ITEM_LG2; }
  @inline rootLg2(): i32 { return VtdShape.PAGE_LG2; }
  @inline admits(va: u64): u32 { return va >> vaBitsOf(this.setup()) ? Verdict.NON_CANONICAL : Verdict.LEAF; }
  @inline judge(item: u64, level: i32): u32 {
    if (!bit(item, VtdItem.READ) && !bit(item, VtdItem.WRITE)) return Verdict.NOT_PRESENT;
    const isLarge = level > 0 && bit(item, VtdItem.PAGE_SIZE);
    if (bit(item, VtdItem.RESERVED) || (isLarge && level > 2)) return Verdict.RESERVED;
    if (this.table(item) >> oaBitsOf(this.setup())) return Verdict.ADDRESS_SIZE;
    if (isLarge && field(this.table(item), 0, this.sizeLg2(item, level))) return Verdict.MISALIGNED;
    return level == 0 || isLarge ? Verdict.LEAF : Verdict.TABLE;
  }
  @inline table(item: u64): u64 { return field(item, VtdItem.ADDRESS, VtdItem.ADDRESS_BITS) << VtdItem.ADDRESS; }
  @inline below(item: u64, level: i32): i32 { return level - 1; }
  @inline output(item: u64, level: i32): u64 { return this.table(item); }
  @inline sizeLg2(item: u64, level: i32): i32 { return VtdShape.PAGE_LG2 + level * VtdShape.INDEX_BITS; }
  @inline allows(allowed: u32, item: u64, isLeaf: bool): u32 { return deviceAllows(allowed, bit(item, VtdItem.READ), bit(item, VtdItem.WRITE)); }
  /** Accessed at every level, dirty where the page is. */
  @inline used(item: u64, isLeaf: bool, writes: bool): u64 {
    return bit(this.setup(), VtdFeature.ACCESSED_DIRTY) ? item | flag(true, VtdItem.ACCESSED) | flag(isLeaf && writes, VtdItem.DIRTY) : item;
  }
  @inline isGlobal(item: u64, isLeaf: bool): bool { return false; }
}
