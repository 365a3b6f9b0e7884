// The walk that hardware makes through tables that somebody else wrote. They may be hostile: each address is checked in 64 bits before it is
// narrowed, each item is aligned, the walk ends within the level count, and whatever is wrong comes back as a verdict with the path so far.
import { Allowed, Verdict, Walked } from "./layout/hardware";
import { dataLoad, loadAcquire, ownStore32, ownStore64 } from "./door";
import { hostOf } from "./physical";
import { Hardware, levelsOf, vaBitsOf } from "./format/hardware";
import { dispatchHardware } from "./format/all";

@unmanaged @final class Walk {
  @inline run<F extends Hardware>(f: F, memory: usize, out: usize, root: u64, va: u64, wanted: u32): u32 {
    const setup = <u64>changetype<usize>(f), bits = f.indexBits(), itemBytes = <u64>1 << f.itemLg2();
    let level = levelsOf(setup) - 1, table = root, allowed: u32 = Allowed.ALL, steps: u32 = 0;
    let verdict = f.admits(va);
    if (root & ((<u64>1 << f.rootLg2()) - 1)) verdict = Verdict.ROOT;
    if (level < 0) verdict = Verdict.RESERVED; // no format has a tree without levels
    ownStore32(out + Walked.STEPS, 0);
    while (verdict == Verdict.LEAF || verdict == Verdict.TABLE) {
      const low = f.pageLg2() + level * bits, indexBits = level == levelsOf(setup) - 1 ? vaBitsOf(setup) - low : bits;
      const at = table + ((va >> low & ((<u64>1 << indexBits) - 1)) << f.itemLg2()), host = hostOf(memory, at, itemBytes);
      const step = out + Walked.STEP + steps * Walked.STEP_BYTES;
      ownStore64(step, at);
      ownStore32(step + Walked.STEP_LEVEL, level);
      ownStore32(out + Walked.LEVEL, level);
      if (!host) { ownStore64(step + Walked.ITEM, 0); verdict = Verdict.ABSENT; }
      else {
        const item = itemBytes == 8 ? loadAcquire(host) : dataLoad(host, 4);
        ownStore64(step + Walked.ITEM, item);
        verdict = f.judge(item, level);
        if (verdict == Verdict.TABLE) {
          allowed = f.allows(allowed, item, false);
          table = f.table(item);
          const next = f.below(item, level), left = low - f.pageLg2() - (next + 1) * bits; // bits of the levels in between
          if (va >> (f.pageLg2() + (next + 1) * bits) & ((<u64>1 << left) - 1)) verdict = Verdict.SKIPPED;
          level = next;
        } else { // of a fault nobody reads it
          allowed = f.allows(allowed, item, true);
          const size = f.sizeLg2(item, level);
          ownStore64(out + Walked.OUTPUT, f.output(item, level) | va & ((<u64>1 << size) - 1));
          ownStore32(out + Walked.SIZE_LG2, size);
          ownStore32(out + Walked.ALLOWED, allowed);
        }
      }
      ownStore32(out + Walked.STEPS, ++steps);
      if (verdict != Verdict.TABLE) return verdict == Verdict.LEAF && wanted & ~allowed ? <u32>Verdict.PERMISSION : verdict;
    }
    return verdict;
  }
}

/** Walks for an access that wants `wanted` (Allowed; 0: any). The verdict; the path and, for a leaf, the rest are at `out` (Walked). */
export function walkHardware(memory: usize, setup: u32, root: u64, va: u64, wanted: u32, out: usize): u32 {
  return dispatchHardware<Walk>(changetype<Walk>(0), setup, memory, out, root, va, wanted);
}
