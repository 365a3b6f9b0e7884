// Apple DART: what layout/dart.ts means. Every mapping can be read. A device is neither user nor kernel: what it may, both may.
import { DartItem, DartShape } from "../layout/dart";
import { Entry, EntryKind } from "../layout/entry";
import { Verdict } from "../layout/hardware";
import { Plain, bit, field, flag } from "./format";
import { Hardware, deviceAllows, oaBitsOf, vaBitsOf } from "./hardware";

/** The address in an item, of a table or of a page, as so many units. */
@inline function numberIn(item: u64, unitLg2: i32): u64 { return field(item, unitLg2, DartShape.ADDRESS_BITS - unitLg2); }

/** The tables of one register: two levels, the lower one of pages only. A directory is a run of four frames of 4 KiB. */
@unmanaged @final export class Dart extends Plain {
  @inline levels(): i32 { return DartShape.LEVELS; }
  @inline rootBits(): i32 { return DartShape.INDEX_BITS; }
  @inline indexBits(): i32 { return DartShape.INDEX_BITS; }
  @inline itemLg2(): i32 { return DartShape.ITEM_LG2; }
  @inline frameLg2(): i32 { return DartShape.FRAME_LG2; }
  @inline leafLevels(): u32 { return DartShape.LEAF_LEVELS; }
  @inline present(item: u64): bool { return bit(item, DartItem.VALID); }
  @inline isDirectory(item: u64): bool { return this.present(item); }
  /** Where no leaf is large nothing is merged: no pointer ever has it. */
  @inline heldBit(): i32 { return DartItem.WHOLE; }
  @inline directory(frame: u64, level: i32): u64 { return frame << DartShape.FRAME_LG2 | flag(true, DartItem.VALID); }
  @inline directoryFrame(item: u64): u64 { return numberIn(item, DartShape.FRAME_LG2); }
  @inline leafFrame(item: u64, page: u64): u64 { return numberIn(item, DartShape.PAGE_LG2); }
  @inline touched(item: u64, write: bool): u64 { return item; }
  @inline packPresent(entry: u64, level: i32): u64 {
    return field(entry, Entry.PAYLOAD, DartShape.ADDRESS_BITS - DartShape.PAGE_LG2) << DartShape.PAGE_LG2 | flag(true, DartItem.VALID) | flag(true, DartItem.WHOLE)
      | ((<u64>1 << DartItem.PARTS_BITS) - 1) << DartItem.LAST_PART | flag(!bit(entry, Entry.WRITE), DartItem.NO_WRITE);
  }
  @inline unpackPresent(item: u64, level: i32): u64 {
    return numberIn(item, DartShape.PAGE_LG2) << Entry.PAYLOAD | EntryKind.PRESENT | flag(!bit(item, DartItem.NO_WRITE), Entry.WRITE);
  }
}

@unmanaged @final export class DartHardware extends Hardware {
  @inline indexBits(): i32 { return DartShape.INDEX_BITS; }
  @inline pageLg2(): i32 { return DartShape.PAGE_LG2; }
  @inline itemLg2(): i32 { return DartShape.ITEM_LG2; }
  @inline rootLg2(): i32 { return DartShape.PAGE_LG2; }
  @inline admits(va: u64): u32 { return va >> vaBitsOf(this.setup()) ? Verdict.NON_CANONICAL : Verdict.LEAF; }
  @inline judge(item: u64, level: i32): u32 {
    if (!bit(item, DartItem.VALID)) return Verdict.NOT_PRESENT;
    if (this.table(item) >> oaBitsOf(this.setup())) return Verdict.ADDRESS_SIZE;
    return level ? Verdict.TABLE : Verdict.LEAF;
  }
  @inline table(item: u64): u64 { return numberIn(item, DartShape.PAGE_LG2) << DartShape.PAGE_LG2; }
  @inline below(item: u64, level: i32): i32 { return level - 1; }
  @inline output(item: u64, level: i32): u64 { return this.table(item); }
  @inline sizeLg2(item: u64, level: i32): i32 { return DartShape.PAGE_LG2; }
  @inline allows(allowed: u32, item: u64, isLeaf: bool): u32 {
    return isLeaf ? deviceAllows(allowed, !bit(item, DartItem.NO_READ), !bit(item, DartItem.NO_WRITE)) : allowed;
  }
  @inline used(item: u64, isLeaf: bool, writes: bool): u64 { return item; }
  @inline isGlobal(item: u64, isLeaf: bool): bool { return false; }
}
