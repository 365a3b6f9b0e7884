// x86-64 with four levels: what layout/x86_64.ts means.
import { Entry, EntryKind } from "../layout/entry";
import { X86, X86Shape } from "../layout/x86_64";
import { FormatId } from "../layout/table";
import { Format, bit, field, flag } from "./format";

@unmanaged @final export class X86_64 extends Format {
  @inline id(): u32 { return FormatId.X86_64; }
  @inline levels(): i32 { return X86Shape.LEVELS; }
  @inline indexBits(): i32 { return X86Shape.INDEX_BITS; }
  @inline present(item: u64): bool { return bit(item, X86.PRESENT); }
  @inline directory(frame: u64): u64 {
    return frame << X86.ADDRESS | flag(true, X86.PRESENT) | flag(true, X86.WRITE) | flag(true, X86.USER) | flag(true, X86.ACCESSED);
  }
  @inline directoryFrame(item: u64): u64 { return field(item, X86.ADDRESS, X86.ADDRESS_BITS); }
  @inline accessedBit(): i32 { return X86.ACCESSED; }
  @inline dirtyBit(): i32 { return X86.DIRTY; }
  @inline packPresent(entry: u64): u64 {
    return field(entry, Entry.PAYLOAD, X86.ADDRESS_BITS) << X86.ADDRESS | flag(true, X86.PRESENT) | flag(bit(entry, Entry.WRITE), X86.WRITE)
      | flag(bit(entry, Entry.USER), X86.USER) | flag(bit(entry, Entry.ACCESSED), X86.ACCESSED) | flag(bit(entry, Entry.DIRTY), X86.DIRTY)
      | flag(!bit(entry, Entry.EXECUTE), X86.EXECUTE_DISABLE);
  }
  @inline unpackPresent(item: u64): u64 {
    return field(item, X86.ADDRESS, X86.ADDRESS_BITS) << Entry.PAYLOAD | EntryKind.PRESENT | flag(bit(item, X86.WRITE), Entry.WRITE)
      | flag(bit(item, X86.USER), Entry.USER) | flag(bit(item, X86.ACCESSED), Entry.ACCESSED) | flag(bit(item, X86.DIRTY), Entry.DIRTY)
      | flag(!bit(item, X86.EXECUTE_DISABLE), Entry.EXECUTE);
  }
}
