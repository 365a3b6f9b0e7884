// x86-64 of four and five levels: what layout/x86_64.ts means. Intel SDM volume 3A, sections 5.5
// (items), 5.6 (access rights), 5.7 (reserved bits), 5.8 (accessed and dirty).
import { Entry, EntryKind } from "../layout/entry";
import { Allowed, Verdict } from "../layout/hardware";
import { X86, X86Feature, X86Shape, X86Walk } from "../layout/x86_64";
import { Plain, bit, field, flag, levelsIn } from "./format";
import { EXECUTES, Hardware, USERS, WRITES, isSignExtended, oaBitsOf, vaBitsOf } from "./hardware";

@unmanaged abstract class X86Items extends Plain {
  @inline rootBits(): i32 { return X86Shape.INDEX_BITS; }
  @inline indexBits(): i32 { return X86Shape.INDEX_BITS; }
  @inline itemLg2(): i32 { return X86Shape.ITEM_LG2; }
  @inline frameLg2(): i32 { return X86Shape.PAGE_LG2; }
  @inline leafLevels(): u32 { return X86Shape.LEAF_LEVELS; }
  @inline present(item: u64): bool { return bit(item, X86.PRESENT); }
  @inline isDirectory(item: u64): bool { return (item & (1 << X86.PRESENT | 1 << X86.PAGE_SIZE)) == 1 << X86.PRESENT; }
  @inline heldBit(): i32 { return X86.HELD; }
  /** Every right is left to the leaf; accessed is set, so that hardware need not write. */
  @inline directory(frame: u64, level: i32): u64 {
    return frame << X86.ADDRESS | flag(true, X86.PRESENT) | flag(true, X86.WRITE) | flag(true, X86.USER) | flag(true, X86.ACCESSED);
  }
  @inline directoryFrame(item: u64): u64 { return field(item, X86.ADDRESS, X86.ADDRESS_BITS); }
  @inline leafFrame(item: u64, page: u64): u64 { return field(item, X86.ADDRESS, X86.ADDRESS_BITS); }
  @inline touched(item: u64, write: bool): u64 { return item | flag(true, X86.ACCESSED) | flag(write, X86.DIRTY); }
  @inline unpackPresent(item: u64, level: i32): u64 {
    return field(item, X86.ADDRESS, X86.ADDRESS_BITS) << Entry.PAYLOAD | EntryKind.PRESENT | (item & WRITE) << Entry.WRITE - X86.WRITE
      | (item & USER) << Entry.USER - X86.USER | (item & NOTED) << Entry.ACCESSED - X86.ACCESSED | (item >> X86.EXECUTE_DISABLE ^ 1) << Entry.EXECUTE;
  }
}
/** Accessed and dirty stand side by side, as an entry has them. */
const WRITE: u64 = 1 << X86.WRITE, USER: u64 = 1 << X86.USER, NOTED: u64 = 1 << X86.ACCESSED | 1 << X86.DIRTY;
@inline function leaf(entry: u64, level: i32, isUser: bool): u64 {
  return field(entry, Entry.PAYLOAD, X86.ADDRESS_BITS) << X86.ADDRESS | flag(true, X86.PRESENT) | flag(level > 0, X86.PAGE_SIZE) | flag(bit(entry, Entry.WRITE), X86.WRITE)
    | flag(isUser, X86.USER) | flag(bit(entry, Entry.ACCESSED), X86.ACCESSED) | flag(bit(entry, Entry.DIRTY), X86.DIRTY)
    | flag(!bit(entry, Entry.EXECUTE), X86.EXECUTE_DISABLE);
}

/** Four levels, as nearly every machine has them: each shift is a constant. */
@unmanaged @final export class X86_64 extends X86Items {
  @inline levels(): i32 { return X86Shape.LEVELS; }
  @inline packPresent(entry: u64, level: i32): u64 { return leaf(entry, level, bit(entry, Entry.USER)); }
}
/** Any number; for a device (VT-d's first stage) every leaf is a user's, as its accesses are. */
@unmanaged @final export class X86Shaped extends X86Items {
  @inline levels(): i32 { return levelsIn(this.word()); }
  @inline packPresent(entry: u64, level: i32): u64 { return leaf(entry, level, bit(entry, Entry.USER) || bit(this.word(), X86Shape.DEVICE)); }
}

@unmanaged @final export class X86Hardware extends Hardware {
  @inline indexBits(): i32 { return X86Shape.INDEX_BITS; }
  @inline pageLg2(): i32 { return X86Shape.PAGE_LG2; }
  @inline itemLg2(): i32 { return X86Shape.ITEM_LG2; }
  @inline rootLg2(): i32 { return X86Shape.PAGE_LG2; }
  @inline admits(va: u64): u32 { return isSignExtended(va, vaBitsOf(this.setup())) ? Verdict.LEAF : Verdict.NON_CANONICAL; }

  @inline judge(item: u64, level: i32): u32 {
    const setup = this.setup();
    if (!bit(item, X86.PRESENT)) return Verdict.NOT_PRESENT;
    const isLarge = level > 0 && bit(item, X86.PAGE_SIZE);
    if (isLarge && (level > 2 || (level == 2 && !bit(setup, X86Feature.PAGES_1G)))) return Verdict.RESERVED;
    if (bit(item, X86.EXECUTE_DISABLE) && !bit(setup, X86Feature.NO_EXECUTE)) return Verdict.RESERVED;
    const wide = field(item, X86.ADDRESS, X86.ADDRESS_BITS) << X86.ADDRESS >> oaBitsOf(setup);
    if (wide) return Verdict.ADDRESS_SIZE;
    if (isLarge && field(item, X86Walk.LARGE_LOW, this.sizeLg2(item, level) - X86Walk.LARGE_LOW)) return Verdict.MISALIGNED;
    return level == 0 || isLarge ? Verdict.LEAF : Verdict.TABLE;
  }
  @inline table(item: u64): u64 { return field(item, X86.ADDRESS, X86.ADDRESS_BITS) << X86.ADDRESS; }
  @inline below(item: u64, level: i32): i32 { return level - 1; }
  @inline output(item: u64, level: i32): u64 { return this.table(item) >> this.sizeLg2(item, level) << this.sizeLg2(item, level); }
  @inline sizeLg2(item: u64, level: i32): i32 { return X86Shape.PAGE_LG2 + level * X86Shape.INDEX_BITS; }

  /** What user code may is narrowed by each level; SMEP, SMAP and CR0.WP look at the whole path, so they come with the leaf. */
  @inline allows(allowed: u32, item: u64, isLeaf: bool): u32 {
    const setup = this.setup();
    if (!bit(item, X86.WRITE)) allowed &= ~WRITES;
    if (!bit(item, X86.USER)) allowed &= ~USERS;
    if (bit(item, X86.EXECUTE_DISABLE)) allowed &= ~EXECUTES;
    if (!isLeaf) return allowed;
    const isUser = (allowed & Allowed.USER_READ) != 0;
    if (!bit(setup, X86Feature.WRITE_PROTECT)) allowed |= Allowed.WRITE;
    if (isUser && bit(setup, X86Feature.SMEP)) allowed &= ~<u32>Allowed.EXECUTE;
    if (isUser && bit(setup, X86Feature.SMAP)) allowed &= ~<u32>(Allowed.READ | Allowed.WRITE);
    return allowed;
  }
  /** Accessed at every level, dirty where the page is: section 5.8. */
  @inline used(item: u64, isLeaf: bool, writes: bool): u64 { return item | flag(true, X86.ACCESSED) | flag(isLeaf && writes, X86.DIRTY); }
  @inline isGlobal(item: u64, isLeaf: bool): bool { return isLeaf && bit(item, X86Walk.GLOBAL) && bit(this.setup(), X86Feature.GLOBAL_PAGES); }
}
