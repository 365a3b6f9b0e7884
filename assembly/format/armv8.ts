// Armv8-A stage 1: what layout/armv8.ts means, as the processor reads it. The two halves of the address space are two roots.
import { Allowed, Verdict } from "../layout/hardware";
import { ArmFeature, ArmItem } from "../layout/armv8";
import { bit, field, flag } from "./format";
import { Hardware, USERS, WRITES, oaBitsOf, vaBitsOf } from "./hardware";

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
  @inline table(item: u64): u64 {
    const low = this.pageLg2();
    if (!this.isWide()) return field(item, low, ArmItem.ADDRESS_TOP - low) << low;
    if (low == 16) return field(item, low, ArmItem.ADDRESS_TOP - low) << low | field(item, ArmItem.UPPER_64K, 4) << 48;
    return field(item, low, ArmItem.ADDRESS_TOP_LPA2 - low) << low | field(item, ArmItem.UPPER_LPA2, 2) << 50;
  }
  @inline below(item: u64, level: i32): i32 { return level - 1; }
  @inline output(item: u64, level: i32): u64 { return this.table(item) >> this.sizeLg2(item, level) << this.sizeLg2(item, level); }
  @inline sizeLg2(item: u64, level: i32): i32 { return this.pageLg2() + level * this.indexBits(); }

  /** Tables limit what is below them, unless the hierarchy is switched off; what user code may write, the kernel never executes. */
  @inline allows(allowed: u32, item: u64, isLeaf: bool): u32 {
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
}
