// Armv8-A: what layout/armv8.ts means. To hardware the two halves of the address space are two roots.
import { Entry, EntryKind } from "../layout/entry";
import { Allowed, Verdict } from "../layout/hardware";
import { ArmFeature, ArmItem, ArmMemory, ArmOwn, ArmRun, ArmShape, ArmStage2 } from "../layout/armv8";
import { Shaped, bit, field, flag } from "./format";
import { EXECUTES, Hardware, READS, USERS, WRITES, oaBitsOf, vaBitsOf } from "./hardware";

/** The output address in an item, and the item that has it: of 48 bits, or of 52, whose upper bits stand elsewhere. */
@inline function addressIn(item: u64, pageLg2: i32, isWide: bool): u64 {
  if (!isWide) return field(item, pageLg2, ArmItem.ADDRESS_TOP - pageLg2) << pageLg2;
  if (pageLg2 == 16) return field(item, pageLg2, ArmItem.ADDRESS_TOP - pageLg2) << pageLg2 | field(item, ArmItem.UPPER_64K, 4) << 48;
  return field(item, pageLg2, ArmItem.ADDRESS_TOP_LPA2 - pageLg2) << pageLg2 | field(item, ArmItem.UPPER_LPA2, 2) << 50;
}
@inline function withAddress(address: u64, pageLg2: i32, isWide: bool): u64 {
  if (!isWide) return address;
  if (pageLg2 == 16) return field(address, 0, 48) | field(address, 48, 4) << ArmItem.UPPER_64K;
  return field(address, 0, 50) | field(address, 50, 2) << ArmItem.UPPER_LPA2;
}

/**
 * Leaves, of tables with a granule. One that may be written and is clean is read-only to hardware and has the dirty bit modifier, which lets it
 * become writable by the write: D8.5 "Hardware updates of the dirty state". One that may not be written cannot say that it is dirty, so
 * software's bit does. Bit 7 takes the right to write away at stage 1, and gives it at stage 2.
 */
@inline function packLeaf(entry: u64, level: i32, pageLg2: i32, isWide: bool, isStage2: bool): u64 {
  const write = bit(entry, Entry.WRITE), dirty = bit(entry, Entry.DIRTY), never = !bit(entry, Entry.EXECUTE);
  const stage: u64 = isStage2 ? flag(true, ArmStage2.READ) | ArmMemory.STAGE_2_WRITE_BACK << ArmStage2.MEMORY
    : flag(bit(entry, Entry.USER), ArmItem.USER) | flag(true, ArmItem.NOT_GLOBAL) | flag(never, ArmItem.PXN) | ArmMemory.WRITE_BACK_INDEX << ArmMemory.ATTRIBUTE;
  const shareable: u64 = isWide && pageLg2 != 16 ? 0 : ArmMemory.INNER << ArmMemory.SHAREABLE; // with LPA2 these bits are of the address
  return withAddress(entry >> Entry.PAYLOAD << pageLg2, pageLg2, isWide) | flag(true, ArmItem.VALID) | flag(level == 0, ArmItem.TABLE)
    | stage | shareable | flag(bit(entry, Entry.ACCESSED), ArmItem.ACCESSED) | flag(never, ArmItem.UXN)
    | flag((write && dirty) == isStage2, ArmItem.READ_ONLY) | flag(write && !dirty, ArmItem.DIRTY_MODIFIER) | flag(dirty && !write, ArmOwn.DIRTY);
}
@inline function unpackLeaf(item: u64, pageLg2: i32, isWide: bool, isStage2: bool): u64 {
  const written = bit(item, ArmItem.READ_ONLY) == isStage2;
  return addressIn(item, pageLg2, isWide) >> pageLg2 << Entry.PAYLOAD | EntryKind.PRESENT
    | flag(written || bit(item, ArmItem.DIRTY_MODIFIER), Entry.WRITE) | flag(!bit(item, ArmItem.UXN), Entry.EXECUTE)
    | flag(!isStage2 && bit(item, ArmItem.USER), Entry.USER) | flag(bit(item, ArmItem.ACCESSED), Entry.ACCESSED)
    | flag(written || bit(item, ArmOwn.DIRTY), Entry.DIRTY);
}

/** What tables of all granules say alike. Directories are counted in frames of 4 KiB: those of the larger granules are runs of 4 and 16. */
@unmanaged abstract class ArmTables extends Shaped {
  @inline isWide(): bool { return bit(this.word(), ArmShape.WIDE); }
  @inline isStage2(): bool { return bit(this.word(), ArmShape.STAGE_2); }
  @inline mayGrow(): bool { return false; }
  @inline skips(): bool { return false; }
  @inline levelBelow(item: u64, level: i32): i32 { return level - 1; }
  @inline itemLg2(): i32 { return ArmShape.ITEM_LG2; }
  @inline frameLg2(): i32 { return ArmShape.FRAME_LG2; }
  @inline present(item: u64): bool { return bit(item, ArmItem.VALID); }
  @inline isDirectory(item: u64): bool { return (item & (1 << ArmItem.VALID | 1 << ArmItem.TABLE)) == (1 << ArmItem.VALID | 1 << ArmItem.TABLE); }
  @inline heldBit(): i32 { return ArmOwn.HELD; }
  /** The contiguous bit: each leaf of a run names its own address. */
  @inline isFused(item: u64): bool { return bit(item, ArmItem.CONTIGUOUS); }
  @inline fuse(item: u64, level: i32, lg2: i32): u64 { return item | flag(true, ArmItem.CONTIGUOUS); }
  @inline unfuse(item: u64, level: i32, number: u64): u64 { return item & ~flag(true, ArmItem.CONTIGUOUS); }
  /** An arena has so few frames that the upper bits of their addresses are 0; and below its size those of a run's are. */
  @inline directory(frame: u64, below: i32): u64 { return frame << ArmShape.FRAME_LG2 | flag(true, ArmItem.VALID) | flag(true, ArmItem.TABLE); }
  @inline directoryFrame(item: u64): u64 { return field(item, ArmShape.FRAME_LG2, ArmItem.ADDRESS_TOP - ArmShape.FRAME_LG2); }
  @inline touched(item: u64, write: bool): u64 {
    const accessed = item | flag(true, ArmItem.ACCESSED), seven = flag(write, ArmItem.READ_ONLY);
    return this.isStage2() ? accessed | seven : accessed & ~seven;
  }
}

/** The granule of 4 KiB, which an arena's frames have. Blocks stand at two levels, with 52 bits at three: D8.3.1.2. */
@unmanaged @final export class Armv8 extends ArmTables {
  @inline indexBits(): i32 { return ArmShape.INDEX_BITS; }
  @inline hasWideRoot(): bool { return false; }
  @inline leafLevels(): u32 { return this.isWide() ? ArmShape.WIDE_LEAF_LEVELS : ArmShape.LEAF_LEVELS; }
  @inline leafFrame(item: u64, page: u64): u64 { return addressIn(item, ArmShape.PAGE_LG2, this.isWide()) >> ArmShape.PAGE_LG2; }
  @inline runLg2(level: i32, most: i32): i32 { return level < ArmRun.LEVELS && most >= ArmRun.OF_4K && bit(this.word(), ArmShape.CONTIGUOUS) ? ArmRun.OF_4K : 0; }
  @inline fusedLg2(item: u64, level: i32): i32 { return ArmRun.OF_4K; }
  @inline packPresent(entry: u64, level: i32): u64 { return packLeaf(entry, level, ArmShape.PAGE_LG2, this.isWide(), this.isStage2()); }
  @inline unpackPresent(item: u64, level: i32): u64 { return unpackLeaf(item, ArmShape.PAGE_LG2, this.isWide(), this.isStage2()); }
}

/** Those of 16 and 64 KiB: blocks stand at one level less. The root may have few items, or at stage 2 be two directories side by side. */
@unmanaged @final export class Armv8Large extends ArmTables {
  @inline pageLg2(): i32 { return bit(this.word(), ArmShape.GRANULE_64K) ? 16 : 14; }
  @inline indexBits(): i32 { return this.pageLg2() - ArmShape.ITEM_LG2; }
  @inline hasWideRoot(): bool { return true; }
  @inline leafLevels(): u32 { return this.isWide() ? ArmShape.LARGE_WIDE_LEAF_LEVELS : ArmShape.LARGE_LEAF_LEVELS; }
  @inline leafFrame(item: u64, page: u64): u64 { return addressIn(item, this.pageLg2(), this.isWide()) >> this.pageLg2(); }
  @inline runLg2(level: i32, most: i32): i32 {
    return level < ArmRun.LEVELS && bit(this.word(), ArmShape.CONTIGUOUS) && most >= this.fusedLg2(0, level) ? this.fusedLg2(0, level) : 0;
  }
  @inline fusedLg2(item: u64, level: i32): i32 { return bit(this.word(), ArmShape.GRANULE_64K) ? ArmRun.OF_64K : level ? ArmRun.OF_32M : ArmRun.OF_16K; }
  @inline packPresent(entry: u64, level: i32): u64 { return packLeaf(entry, level, this.pageLg2(), this.isWide(), this.isStage2()); }
  @inline unpackPresent(item: u64, level: i32): u64 { return unpackLeaf(item, this.pageLg2(), this.isWide(), this.isStage2()); }
}

@unmanaged @final export class ArmHardware extends Hardware {
  @inline pageLg2(): i32 { return 12 + 2 * <i32>field(this.setup(), ArmFeature.GRANULE, ArmFeature.GRANULE_BITS); }
  @inline indexBits(): i32 { return this.pageLg2() - 3; }
  @inline itemLg2(): i32 { return 3; }
  @inline rootLg2(): i32 { return 4; } // a root of two items; larger ones are aligned by whoever reads the register
  @inline isWide(): bool { return bit(this.setup(), ArmFeature.WIDE); }
  /** Above the input bits all are 0, or all are 1, but for a top byte that is ignored. */
  @inline admits(va: u64): u32 {
    const setup = this.setup(), top = bit(setup, ArmFeature.TOP_BYTE_IGNORED) ? 8 : 0, bits = vaBitsOf(setup);
    const above = <u64>(<i64>(va << top) >> top) >> bits, ones = ~(<u64>0) >> bits;
    return above == (bit(setup, ArmFeature.UPPER) ? ones : 0) ? Verdict.LEAF : Verdict.NON_CANONICAL;
  }

  /** A block stands at the levels that the granule, and 52-bit addresses, allow: D8.3.1.2. */
  @inline hasBlock(level: i32): bool {
    if (level == 1) return true;
    return this.isWide() ? level == 2 || (level == 3 && this.pageLg2() == 12) : level == 2 && this.pageLg2() == 12;
  }
  @inline judge(item: u64, level: i32): u32 {
    if (!bit(item, ArmItem.VALID)) return Verdict.NOT_PRESENT;
    const isLeaf = level == 0 || !bit(item, ArmItem.TABLE);
    if (level == 0 ? !bit(item, ArmItem.TABLE) : isLeaf && !this.hasBlock(level)) return Verdict.RESERVED;
    if (this.table(item) >> oaBitsOf(this.setup())) return Verdict.ADDRESS_SIZE;
    if (!isLeaf) return Verdict.TABLE;
    if (bit(item, ArmItem.ACCESSED) || bit(this.setup(), ArmFeature.HARDWARE_ACCESSED)) return Verdict.LEAF;
    return bit(this.setup(), ArmFeature.FAULT_ON_ACCESS) ? Verdict.ACCESSED_CLEAR : Verdict.LEAF;
  }
  @inline table(item: u64): u64 { return addressIn(item, this.pageLg2(), this.isWide()); }
  @inline below(item: u64, level: i32): i32 { return level - 1; }
  @inline output(item: u64, level: i32): u64 { return this.table(item) >> this.sizeLg2(item, level) << this.sizeLg2(item, level); }
  @inline sizeLg2(item: u64, level: i32): i32 { return this.pageLg2() + level * this.indexBits(); }

  /** Tables limit what is below them, unless the hierarchy is switched off; what user code may write, the kernel never executes. */
  @inline allows(allowed: u32, item: u64, isLeaf: bool): u32 {
    if (bit(this.setup(), ArmFeature.STAGE_2)) return isLeaf ? this.allowsAtStage2(allowed, item) : allowed;
    if (!isLeaf) {
      if (bit(this.setup(), ArmFeature.FLAT)) return allowed;
      if (bit(item, ArmItem.NO_USER_TABLE)) allowed &= ~(USERS & ~<u32>Allowed.USER_EXECUTE);
      if (bit(item, ArmItem.NO_WRITE_TABLE)) allowed &= ~WRITES;
      if (bit(item, ArmItem.UXN_TABLE)) allowed &= ~<u32>Allowed.USER_EXECUTE;
      return bit(item, ArmItem.PXN_TABLE) ? allowed & ~<u32>Allowed.EXECUTE : allowed;
    }
    if (!bit(item, ArmItem.USER)) allowed &= ~(USERS & ~<u32>Allowed.USER_EXECUTE);
    if (bit(item, ArmItem.READ_ONLY) && !this.isModified(item)) allowed &= ~WRITES;
    if (bit(item, ArmItem.UXN)) allowed &= ~<u32>Allowed.USER_EXECUTE;
    return bit(item, ArmItem.PXN) || (allowed & Allowed.USER_WRITE) != 0 ? allowed & ~<u32>Allowed.EXECUTE : allowed;
  }
  /** Whether read-only means clean, and may be written: D8.5, hardware updates of translation tables. */
  @inline isModified(item: u64): bool { return bit(this.setup(), ArmFeature.HARDWARE_DIRTY) && bit(item, ArmItem.DIRTY_MODIFIER); }
  /** In leaves only: the access flag is set, a clean one becomes dirty by losing read-only. */
  @inline used(item: u64, isLeaf: bool, writes: bool): u64 {
    if (!isLeaf || !bit(this.setup(), ArmFeature.HARDWARE_ACCESSED)) return item;
    const used = item | flag(true, ArmItem.ACCESSED);
    return writes && this.isModified(item) ? used & ~flag(true, ArmItem.READ_ONLY) : used;
  }
  @inline isGlobal(item: u64, isLeaf: bool): bool { return isLeaf && !bit(item, ArmItem.NOT_GLOBAL); }
  /** Only leaves say something, and the same for user and kernel. */
  @inline allowsAtStage2(allowed: u32, item: u64): u32 {
    if (!bit(item, ArmStage2.READ)) allowed &= ~READS;
    if (!bit(item, ArmStage2.WRITE)) allowed &= ~WRITES;
    return bit(item, ArmStage2.XN) ? allowed & ~EXECUTES : allowed;
  }
}
