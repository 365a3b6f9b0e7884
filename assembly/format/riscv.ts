// RISC-V: what layout/riscv.ts means. An item with R, W and X all clear points to a directory. Every level has the same item, and may hold a
// leaf; those of Sv32 are the low half of the others'.
import { Entry, EntryKind } from "../layout/entry";
import { Allowed, Verdict } from "../layout/hardware";
import { RiscvFeature, RiscvItem, RiscvNapot, RiscvShape } from "../layout/riscv";
import { Built, bit, field, flag, levelsIn, rootBitsIn } from "./format";
import { Hardware, isSignExtended, levelsOf, oaBitsOf, vaBitsOf } from "./hardware";

/** What items of all kinds say alike. */
@unmanaged abstract class RiscvTables extends Built {
  @inline levels(): i32 { return levelsIn(this.word()); }
  @inline mayGrow(): bool { return false; }
  @inline skips(): bool { return false; }
  @inline levelBelow(item: u64, level: i32): i32 { return level - 1; }
  @inline leafLevels(): u32 { return (1 << this.levels()) - 1; }
  @inline frameLg2(): i32 { return RiscvShape.PAGE_LG2; }
  @inline present(item: u64): bool { return bit(item, RiscvItem.VALID); }
  @inline isDirectory(item: u64): bool { return (item & (ACCESS | 1 << RiscvItem.VALID)) == 1 << RiscvItem.VALID; }
  @inline heldBit(): i32 { return RiscvItem.HELD; }
  @inline directory(frame: u64, below: i32): u64 { return frame << RiscvItem.NUMBER | flag(true, RiscvItem.VALID); }
  @inline directoryFrame(item: u64): u64 { return field(item, RiscvItem.NUMBER, RiscvItem.NUMBER_BITS); }
  @inline touched(item: u64, write: bool): u64 { return item | flag(true, RiscvItem.ACCESSED) | flag(write, RiscvItem.DIRTY); }
  @inline unpackPresent(item: u64, level: i32): u64 {
    return field(item, RiscvItem.NUMBER, RiscvItem.NUMBER_BITS) << Entry.PAYLOAD | EntryKind.PRESENT | (item & RIGHTS) << LOWER | item & NOTED;
  }
}

/** An entry has write, execute and user side by side as an item has them, one bit higher; and accessed and dirty where an item has them. */
const RIGHTS: u64 = 1 << RiscvItem.WRITE | 1 << RiscvItem.EXECUTE | 1 << RiscvItem.USER, NOTED: u64 = 1 << RiscvItem.ACCESSED | 1 << RiscvItem.DIRTY;
const ACCESS: u64 = 1 << RiscvItem.READ | 1 << RiscvItem.WRITE | 1 << RiscvItem.EXECUTE, LOWER: u64 = Entry.WRITE - RiscvItem.WRITE;
@inline function packLeaf(entry: u64): u64 {
  return field(entry, Entry.PAYLOAD, RiscvItem.NUMBER_BITS) << RiscvItem.NUMBER | flag(true, RiscvItem.VALID) | flag(true, RiscvItem.READ)
    | entry >> LOWER & RIGHTS | entry & NOTED;
}

/** Sv39, Sv48, Sv57. */
@unmanaged @final export class Riscv extends RiscvTables {
  @inline indexBits(): i32 { return RiscvShape.INDEX_BITS; }
  @inline rootBits(): i32 { return RiscvShape.INDEX_BITS; }
  @inline itemLg2(): i32 { return 3; }
  @inline hasWideRoot(): bool { return false; }
  @inline leafFrame(item: u64, page: u64): u64 { return field(item, RiscvItem.NUMBER, RiscvItem.NUMBER_BITS); }
  @inline runLg2(level: i32, most: i32): i32 { return 0; }
  @inline isFused(item: u64): bool { return false; }
  @inline fusedLg2(item: u64, level: i32): i32 { return 0; }
  @inline fuse(item: u64, level: i32, lg2: i32): u64 { return item; }
  @inline unfuse(item: u64, level: i32, number: u64): u64 { return item; }
  @inline packPresent(entry: u64, level: i32): u64 { return packLeaf(entry); }
}

/**
 * Sv32, whose items have four bytes; guest-physical tables (x4), whose root is four times as large, and whose leaves are users'; and tables with
 * Svnapot, whose leaves may be fused.
 */
@unmanaged @final export class RiscvShaped extends RiscvTables {
  @inline isNarrow(): bool { return bit(this.word(), RiscvShape.NARROW); }
  @inline indexBits(): i32 { return this.isNarrow() ? RiscvShape.NARROW_INDEX_BITS : RiscvShape.INDEX_BITS; }
  @inline rootBits(): i32 { return rootBitsIn(this.word()); }
  @inline itemLg2(): i32 { return this.isNarrow() ? 2 : 3; }
  @inline hasWideRoot(): bool { return true; }
  /** Svnapot: all sixteen hold the same word, whose low bits of the number are the pattern; those of the page take their place. */
  @inline leafFrame(item: u64, page: u64): u64 {
    const number = field(item, RiscvItem.NUMBER, RiscvItem.NUMBER_BITS);
    return number ^ ((number ^ page) & (0 - (item >> RiscvItem.NAPOT)) & ((1 << RiscvNapot.BITS) - 1));
  }
  @inline runLg2(level: i32, most: i32): i32 { return level == 0 && most >= RiscvNapot.BITS && bit(this.word(), RiscvShape.SVNAPOT) ? RiscvNapot.BITS : 0; }
  @inline isFused(item: u64): bool { return bit(item, RiscvItem.NAPOT); }
  @inline fusedLg2(item: u64, level: i32): i32 { return RiscvNapot.BITS; }
  @inline fuse(item: u64, level: i32, lg2: i32): u64 { return this.withNumber(item, RiscvNapot.PATTERN) | flag(true, RiscvItem.NAPOT); }
  @inline unfuse(item: u64, level: i32, number: u64): u64 { return this.withNumber(item, number) & ~flag(true, RiscvItem.NAPOT); }
  @inline withNumber(item: u64, low: u64): u64 {
    return item & ~(field(~(<u64>0), 0, RiscvNapot.BITS) << RiscvItem.NUMBER) | field(low, 0, RiscvNapot.BITS) << RiscvItem.NUMBER;
  }
  @inline packPresent(entry: u64, level: i32): u64 { return packLeaf(entry) | flag(bit(this.word(), RiscvShape.GUEST_PHYSICAL), RiscvItem.USER); }
}

@unmanaged @final export class RiscvHardware extends Hardware {
  /** Sv32 has two levels, and items of four bytes; all others have at least three. */
  @inline isSv32(): bool { return levelsOf(this.setup()) == 2; }
  @inline indexBits(): i32 { return this.isSv32() ? RiscvShape.NARROW_INDEX_BITS : RiscvShape.INDEX_BITS; }
  @inline pageLg2(): i32 { return RiscvShape.PAGE_LG2; }
  @inline itemLg2(): i32 { return this.isSv32() ? 2 : 3; }
  @inline rootLg2(): i32 { return bit(this.setup(), RiscvFeature.GUEST_PHYSICAL) ? 14 : 12; }
  @inline admits(va: u64): u32 {
    const bits = vaBitsOf(this.setup());
    if (bit(this.setup(), RiscvFeature.GUEST_PHYSICAL) || this.isSv32()) return va >> bits ? Verdict.NON_CANONICAL : Verdict.LEAF;
    return isSignExtended(va, bits) ? Verdict.LEAF : Verdict.NON_CANONICAL;
  }

  @inline judge(item: u64, level: i32): u32 {
    const setup = this.setup();
    if (!bit(item, RiscvItem.VALID)) return Verdict.NOT_PRESENT;
    if (bit(item, RiscvItem.WRITE) && !bit(item, RiscvItem.READ)) return Verdict.RESERVED;
    const memoryType = field(item, RiscvItem.PBMT, RiscvItem.PBMT_BITS), number = field(item, RiscvItem.NUMBER, RiscvItem.NUMBER_BITS);
    if (field(item, RiscvItem.RESERVED, RiscvItem.RESERVED_BITS) || memoryType == 3 || (memoryType && !bit(setup, RiscvFeature.PBMT))) return Verdict.RESERVED;
    if (number << this.pageLg2() >> oaBitsOf(setup)) return Verdict.ADDRESS_SIZE;
    if (!bit(item, RiscvItem.READ) && !bit(item, RiscvItem.EXECUTE)) {
      if (bit(item, RiscvItem.ACCESSED) || bit(item, RiscvItem.DIRTY) || bit(item, RiscvItem.USER) || bit(item, RiscvItem.NAPOT) || memoryType) return Verdict.RESERVED;
      return level ? Verdict.TABLE : Verdict.TOO_DEEP;
    }
    if (bit(item, RiscvItem.NAPOT)) {
      if (level || !bit(setup, RiscvFeature.NAPOT) || field(number, 0, RiscvNapot.BITS) != RiscvNapot.PATTERN) return Verdict.RESERVED;
    } else if (field(number, 0, level * this.indexBits())) return Verdict.MISALIGNED;
    return bit(item, RiscvItem.ACCESSED) || bit(setup, RiscvFeature.HARDWARE_AD) ? Verdict.LEAF : Verdict.ACCESSED_CLEAR;
  }
  @inline table(item: u64): u64 { return field(item, RiscvItem.NUMBER, RiscvItem.NUMBER_BITS) << this.pageLg2(); }
  @inline below(item: u64, level: i32): i32 { return level - 1; }
  @inline output(item: u64, level: i32): u64 { return this.table(item) >> this.sizeLg2(item, level) << this.sizeLg2(item, level); }
  @inline sizeLg2(item: u64, level: i32): i32 { return this.pageLg2() + (bit(item, RiscvItem.NAPOT) ? <i32>RiscvNapot.BITS : level * this.indexBits()); }

  /** Only leaves say what is allowed. A guest-physical leaf must be a user's, whoever accesses it: hardware walks it as user code does. */
  @inline allows(allowed: u32, item: u64, isLeaf: bool): u32 {
    if (!isLeaf) return allowed;
    const setup = this.setup(), executes = bit(item, RiscvItem.EXECUTE), reads = bit(item, RiscvItem.READ) || bit(setup, RiscvFeature.MXR); // without R: with X
    const dirty = bit(item, RiscvItem.DIRTY) || bit(setup, RiscvFeature.HARDWARE_AD), writes = bit(item, RiscvItem.WRITE) && dirty;
    const three = <u32>reads | <u32>writes << 1 | <u32>executes << 2;
    if (bit(setup, RiscvFeature.GUEST_PHYSICAL)) return bit(item, RiscvItem.USER) ? allowed & (three | three << 3) : 0;
    if (!bit(item, RiscvItem.USER)) return allowed & three << 3;
    return allowed & (three | (bit(setup, RiscvFeature.SUM) ? (three & 3) << 3 : 0));
  }
  /** Step 9 of the translation process; in pointers both bits are reserved. Where software sets them, no item gets here without them. */
  @inline used(item: u64, isLeaf: bool, writes: bool): u64 { return isLeaf ? item | flag(true, RiscvItem.ACCESSED) | flag(writes, RiscvItem.DIRTY) : item; }
  /** A pointer's bit counts for all that is below; guest-physical items have no such bit yet. */
  @inline isGlobal(item: u64, isLeaf: bool): bool { return bit(item, RiscvItem.GLOBAL) && !bit(this.setup(), RiscvFeature.GUEST_PHYSICAL); }
}
