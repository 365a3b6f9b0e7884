// The walk that hardware makes through tables that somebody else wrote. They may be hostile: each address is checked in 64 bits before it is
// narrowed, each item is aligned, the walk ends within the level count, and whatever is wrong comes back as a verdict with the path so far.
//
// A walk that marks (WalkRequest.UPDATE) sets accessed and dirty bits as the format's hardware does, by one compare-and-swap from the item that
// it judged: it never marks an item that says something else by now, and never loses what another walk or the guest stores.
//
//  walk, for a write                        guest, or another walk
//  loads item: writable, clean
//                                           stores item: nothing there
//  swap(item, item + A + D) fails
//  loads item again: NOT_PRESENT            [no dirty bit in an item that maps nothing]
//
// A leaf is marked only when all levels together allow the access. A pointer is marked when the walk goes on from it, whatever comes below:
// the architectures leave that open, and let hardware set accessed by speculation.
import { Allowed, Patience, Verdict, WalkRequest, Walked } from "./layout/hardware";
import { loadAcquire, loadAcquire32, ownStore32, ownStore64, swap, swap32 } from "./door";
import { hostOf } from "./physical";
import { bit, field } from "./format/format";
import { Hardware, WRITES, levelsOf, vaBitsOf } from "./format/hardware";
import { dispatchHardware } from "./format/all";

@inline function loadItem(at: usize, bytes: u64): u64 { return bytes == 8 ? loadAcquire(at) : loadAcquire32(at); }
@inline function swapItem(at: usize, bytes: u64, seen: u64, marked: u64): bool {
  return bytes == 8 ? swap(at, seen, marked) : swap32(at, <u32>seen, <u32>marked);
}

@unmanaged @final class Walk {
  @inline run<F extends Hardware>(f: F, memory: usize, out: usize, from: u64, va: u64, request: u32): u32 {
    const setup = <u64>changetype<usize>(f), bits = f.indexBits(), itemBytes = <u64>1 << f.itemLg2(), top = levelsOf(setup) - 1;
    const wanted = request & Allowed.ALL, update = bit(request, WalkRequest.UPDATE), writes = (wanted & WRITES) != 0;
    const begun = <i32>field(request, WalkRequest.LEVEL, WalkRequest.LEVEL_BITS);
    let level = begun ? begun - 1 : top, allowed: u32 = begun ? <u32>field(request, WalkRequest.ALLOWED, WalkRequest.ALLOWED_BITS) : Allowed.ALL;
    let table = from, isGlobal = bit(request, WalkRequest.GLOBAL), steps: u32 = 0, rereads = 0;
    let verdict = f.admits(va);
    if (!begun && from & ((<u64>1 << f.rootLg2()) - 1)) verdict = Verdict.ROOT;
    if (level < 0) verdict = Verdict.RESERVED; // no format has a tree without levels
    ownStore32(out + Walked.STEPS, 0);
    while (verdict == Verdict.LEAF || verdict == Verdict.TABLE) {
      const low = f.pageLg2() + level * bits, indexBits = level == top ? vaBitsOf(setup) - low : bits;
      const at = table + ((va >> low & ((<u64>1 << indexBits) - 1)) << f.itemLg2()), host = hostOf(memory, at, itemBytes);
      const step = out + Walked.STEP + steps * Walked.STEP_BYTES;
      ownStore64(step, at);
      ownStore32(step + Walked.STEP_LEVEL, level);
      ownStore32(out + Walked.LEVEL, level);
      ownStore32(out + Walked.STEPS, steps + 1);
      if (!host) { ownStore64(step + Walked.ITEM, 0); return Verdict.ABSENT; }
      const item = loadItem(host, itemBytes);
      ownStore64(step + Walked.ITEM, item);
      verdict = f.judge(item, level);
      if (verdict != Verdict.TABLE && verdict != Verdict.LEAF) return verdict;
      const isLeaf = verdict == Verdict.LEAF, next = isLeaf ? level : f.below(item, level), allows = f.allows(allowed, item, isLeaf);
      if (isLeaf) {
        const size = f.sizeLg2(item, level);
        ownStore64(out + Walked.OUTPUT, f.output(item, level) | va & ((<u64>1 << size) - 1));
        ownStore32(out + Walked.SIZE_LG2, size);
        ownStore32(out + Walked.ALLOWED, allows);
        if (wanted & ~allows) return Verdict.PERMISSION;
      } else {
        const left = low - f.pageLg2() - (next + 1) * bits; // bits of the levels in between
        if (va >> (f.pageLg2() + (next + 1) * bits) & ((<u64>1 << left) - 1)) return Verdict.SKIPPED;
      }
      const marked = update ? f.used(item, isLeaf, writes) : item;
      if (marked != item) {
        if (!swapItem(host, itemBytes, item, marked)) {
          if (++rereads > Patience.REREADS) return Verdict.CHANGING;
          continue; // the same item again, and all that it says
        }
        ownStore64(step + Walked.ITEM, marked);
      }
      isGlobal = isGlobal || f.isGlobal(item, isLeaf);
      if (isLeaf) {
        ownStore32(out + Walked.GLOBAL, isGlobal);
        ownStore32(out + Walked.KEPT, update && f.used(marked, true, true) != marked ? allows & ~WRITES : allows);
        return Verdict.LEAF;
      }
      table = f.table(item);
      level = next;
      allowed = allows;
      ownStore32(step + Walked.NEXT_LEVEL, next);
      ownStore64(step + Walked.NEXT_TABLE, table);
      ownStore32(step + Walked.STEP_ALLOWED, allowed);
      ownStore32(step + Walked.STEP_GLOBAL, isGlobal);
      steps++;
    }
    return verdict;
  }
}

/**
 * Walks from a table for an access (`request`: WalkRequest; wanted 0: any). The verdict; the path and, for a leaf, the rest are at `out`
 * (Walked). Any thread may call it with an `out` of its own. Bound: the level count, and Patience.REREADS.
 */
export function walkHardware(memory: usize, setup: u32, table: u64, va: u64, request: u32, out: usize): u32 {
  return dispatchHardware<Walk>(changetype<Walk>(0), setup, memory, out, table, va, request);
}
