// RISC-V Sv48: what layout/sv48.ts means. An item with R, W and X all clear points to a directory.
import { Entry, EntryKind } from "../layout/entry";
import { Sv48 as Bits, Sv48Shape } from "../layout/sv48";
import { FormatId } from "../layout/table";
import { Format, bit, field, flag } from "./format";

@unmanaged @final export class Sv48 extends Format {
  @inline id(): u32 { return FormatId.SV48; }
  @inline levels(): i32 { return Sv48Shape.LEVELS; }
  @inline indexBits(): i32 { return Sv48Shape.INDEX_BITS; }
  @inline present(item: u64): bool { return bit(item, Bits.VALID); }
  @inline directory(frame: u64): u64 { return frame << Bits.NUMBER | flag(true, Bits.VALID); }
  @inline directoryFrame(item: u64): u64 { return field(item, Bits.NUMBER, Bits.NUMBER_BITS); }
  @inline accessedBit(): i32 { return Bits.ACCESSED; }
  @inline dirtyBit(): i32 { return Bits.DIRTY; }
  @inline packPresent(entry: u64): u64 {
    return field(entry, Entry.PAYLOAD, Bits.NUMBER_BITS) << Bits.NUMBER | flag(true, Bits.VALID) | flag(true, Bits.READ)
      | flag(bit(entry, Entry.WRITE), Bits.WRITE) | flag(bit(entry, Entry.EXECUTE), Bits.EXECUTE) | flag(bit(entry, Entry.USER), Bits.USER)
      | flag(bit(entry, Entry.ACCESSED), Bits.ACCESSED) | flag(bit(entry, Entry.DIRTY), Bits.DIRTY);
  }
  @inline unpackPresent(item: u64): u64 {
    return field(item, Bits.NUMBER, Bits.NUMBER_BITS) << Entry.PAYLOAD | EntryKind.PRESENT | flag(bit(item, Bits.WRITE), Entry.WRITE)
      | flag(bit(item, Bits.EXECUTE), Entry.EXECUTE) | flag(bit(item, Bits.USER), Entry.USER)
      | flag(bit(item, Bits.ACCESSED), Entry.ACCESSED) | flag(bit(item, Bits.DIRTY), Entry.DIRTY);
  }
}
