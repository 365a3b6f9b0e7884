// Many lookups in one call. Walks go down together, level by level: what one of them waits for, the others wait for at the same time.
// Meanwhile staging holds each page as a whole number, and in its frame's place the directory that its walk has come to.
// Each is a lookup of its own, begun when the batch began (R1): a pointer to a directory that was loaded in this section may be followed
// until the section ends, and what the directory says then was, or became, true inside the batch (walk.ts).
import { Slot, Staging } from "./layout/arena";
import { Entry, EntryKind } from "./layout/entry";
import { own64, ownFloat, ownStore32, ownStore64, ownStoreFloat } from "./door";
import { flagsIn, framesOf, pageLg2, stagingOf } from "./slot";
import { enter, leave } from "./section";
import { directoryOrder, itemAt, loadItem, pageNumberBits, rootOrder, topLevel } from "./item";
import { isBeyondTop, lookupEntry, rootOf } from "./walk";
import { Format, unpackLeaf } from "./format/format";

/** How many walks are in flight. */
const WALKS: usize = 32;

// A whole number below 2^52 and a double, without the branches of a conversion: added to 2^52, it is the double's fraction.
const TWO_52: f64 = 4503599627370496, TWO_52_BITS: u64 = 0x433 << 52;
/** What the double is; far beyond every page number when it is no whole number from 0 to below 2^52. */
@inline function wholeOf(number: f64): u64 {
  const sum = number + TWO_52;
  return sum - TWO_52 == number ? reinterpret<u64>(sum) ^ TWO_52_BITS : u64.MAX_VALUE;
}
@inline function doubleOf(whole: u64): f64 { return reinterpret<f64>(whole | TWO_52_BITS) - TWO_52; }

/** The directory below; frame 0, all zeros, where there is none. */
@inline function below<F extends Format>(f: F, frames: usize, shift: usize, directory: usize, page: u64, level: i32): usize {
  const item = loadItem<F>(f, itemAt<F>(f, directory, page, level));
  return frames + select<usize>(<usize>f.directoryFrame(item) << shift, 0, f.present(item) & !f.isLeaf(item));
}

@inline function settle(staging: usize, at: usize, page: u64, entry: u64, flagged: bool): void {
  ownStoreFloat(at, doubleOf(page));
  ownStoreFloat(at + Staging.FRAMES, entry ? doubleOf(entry >> Entry.PAYLOAD) : -1);
  if (flagged) ownStore32(staging + Staging.FLAGS + (at - staging >> 1), flagsIn(entry));
}
/** What the leaf directory says of a page. A hole, a large leaf, a software entry: that page is looked up alone. */
@inline function entryIn<F extends Format>(f: F, me: usize, root: u32, leaf: usize, page: u64, flagged: bool): u64 {
  const item = loadItem<F>(f, itemAt<F>(f, leaf, page, 0));
  if (!f.present(item)) return lookupEntry<F>(f, me, root, page);
  return flagged ? unpackLeaf<F>(f, item, page, 0) : f.leafFrame(item, page) << Entry.PAYLOAD | EntryKind.PRESENT; // frame 0 is one too
}

/**
 * Looks up the `count` pages in staging and leaves their frames there, -1 for nothing, and their flags if asked to. COUNT is 0 when one
 * of them is no page of this format, and its answer means nothing: a lookup changes nothing, so it is refused after the fact.
 */
export function lookupBatch<F extends Format>(f: F, me: usize, table: u32, count: u32, flagged: bool): void {
  const staging = stagingOf(me), frames = framesOf(me), shift = pageLg2(me), end = staging + (<usize>count << 3);
  const isWide = (rootOrder<F>(f, me) | directoryOrder<F>(f, me)) != 0; // frame 0 is smaller than a directory: no walk may go on in it
  let beyond: u64 = 0;
  enter(me);
  const root = rootOf<F>(f, me, table), top = frames + (<usize>root << shift), topmost = topLevel<F>(f, me);
  for (let first = staging; first < end; first += WALKS << 3) {
    const stop = min(first + (WALKS << 3), end);
    const one = wholeOf(ownFloat(first));
    let differ: u64 = 0;
    for (let at = first; at < stop; at += 8) {
      const page = wholeOf(ownFloat(at));
      beyond |= page;
      differ |= page ^ one;
      ownStore64(at, page);
      ownStore64(at + Staging.FRAMES, isBeyondTop<F>(f, me, page, 0) ? frames : top); // frame 0: nothing is there
    }
    if (isWide) {
      for (let at = first; at < stop; at += 8) settle(staging, at, own64(at), lookupEntry<F>(f, me, root, own64(at)), flagged);
      continue;
    }
    if (differ >> f.indexBits() == 0) { // they share a leaf directory
      let leaf = <usize>own64(first + Staging.FRAMES);
      for (let level = topmost; level > 0; level--) leaf = below<F>(f, frames, shift, leaf, one, level);
      for (let at = first; at < stop; at += 8) ownStore64(at + Staging.FRAMES, leaf);
    } else for (let level = topmost; level > 0; level--) for (let at = first; at < stop; at += 8)
      ownStore64(at + Staging.FRAMES, below<F>(f, frames, shift, <usize>own64(at + Staging.FRAMES), own64(at), level));
    for (let at = first; at < stop; at += 8)
      settle(staging, at, own64(at), entryIn<F>(f, me, root, <usize>own64(at + Staging.FRAMES), own64(at), flagged), flagged);
  }
  leave(me);
  ownStore32(me + Slot.COUNT, <u32>(beyond >> pageNumberBits<F>(f) == 0));
}
