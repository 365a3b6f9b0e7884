// The run-time format: what layout/generic.ts means. Its `this` is the format word itself.
import { GenericItem, GenericShape } from "../layout/generic";
import { Entry, EntryKind } from "../layout/entry";
import { Shaped, bit, field, flag } from "./format";

@unmanaged @final export class Generic extends Shaped {
  @inline mayGrow(): bool { return true; }
  @inline indexBits(): i32 { return <i32>field(this.word(), GenericShape.INDEX_BITS, GenericShape.INDEX_BITS_BITS); }
  @inline itemLg2(): i32 { return bit(this.word(), GenericShape.NARROW) ? 2 : 3; }
  @inline leafLevels(): u32 { return (2 << <u32>field(this.word(), GenericShape.LARGEST, GenericShape.LARGEST_BITS)) - 1; }
  @inline number(): i32 { return <i32>field(this.word(), GenericShape.NUMBER, GenericShape.NUMBER_BITS); }
  @inline frameLg2(): i32 { return 0; }
  @inline hasWideRoot(): bool { return false; }
  @inline present(item: u64): bool { return bit(item, GenericItem.PRESENT); }
  @inline isLeaf(item: u64): bool { return bit(item, GenericItem.LARGE); }
  @inline heldBit(): i32 { return GenericItem.HELD; }
  @inline directory(frame: u64, level: i32): u64 { return frame << this.number() | flag(true, GenericItem.PRESENT); }
  @inline directoryFrame(item: u64): u64 { return item >> this.number(); }
  @inline leafFrame(item: u64, page: u64): u64 { return item >> this.number(); }
  @inline fusedLg2(level: i32): i32 { return <i32>field(this.word(), GenericShape.FUSED, GenericShape.FUSED_BITS); }
  @inline isFused(item: u64): bool { return bit(item, GenericItem.FUSED); }
  @inline fuse(item: u64): u64 { return item | flag(true, GenericItem.FUSED); }
  @inline unfuse(item: u64, number: u64): u64 { return item & ~flag(true, GenericItem.FUSED); }
  @inline touched(item: u64, write: bool): u64 { return item | flag(true, GenericItem.ACCESSED) | flag(write, GenericItem.DIRTY); }
  @inline packPresent(entry: u64, level: i32): u64 {
    return entry >> Entry.PAYLOAD << this.number() | flag(true, GenericItem.PRESENT) | flag(level > 0, GenericItem.LARGE) | flag(bit(entry, Entry.WRITE), GenericItem.WRITE)
      | flag(bit(entry, Entry.EXECUTE), GenericItem.EXECUTE) | flag(bit(entry, Entry.USER), GenericItem.USER)
      | flag(bit(entry, Entry.ACCESSED), GenericItem.ACCESSED) | flag(bit(entry, Entry.DIRTY), GenericItem.DIRTY);
  }
  @inline unpackPresent(item: u64, level: i32): u64 {
    return item >> this.number() << Entry.PAYLOAD | EntryKind.PRESENT | flag(bit(item, GenericItem.WRITE), Entry.WRITE)
      | flag(bit(item, GenericItem.EXECUTE), Entry.EXECUTE) | flag(bit(item, GenericItem.USER), Entry.USER)
      | flag(bit(item, GenericItem.ACCESSED), Entry.ACCESSED) | flag(bit(item, GenericItem.DIRTY), Entry.DIRTY);
  }
}
