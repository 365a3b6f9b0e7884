// Many lookups in one call. Walks go down together, 32 at a time, and come to their items before any is looked at: what one of them waits for, the
// others wait for at the same time. Each is a lookup of its own, begun when the batch began (R1): a pointer to a directory that was loaded in this
// section may be followed until the section ends, and what the directory says then was, or became, true inside the batch (walk.ts). So the batch
// remembers directories for its later pages: for a few regions (what one directory of level 1 maps) that of level 1; and among 32, the last of leaves.
import { Region, Slot, Staging } from "./layout/arena";
import { Entry } from "./layout/entry";
import { own32, own64, ownFloat, ownStore32, ownStore64, ownStoreFloat } from "./door";
import { frameOfAddress, framesOf, pageLg2, stagingOf } from "./slot";
import { enter, leave } from "./section";
import { directoryOrder, indexBitsAt, itemAt, loadItem, pageNumberBits, rootOrder, topLevel } from "./item";
import { isBeyondTop, lookupEntry, passesBy, rootOf } from "./walk";
import { Format, mayFuse } from "./format/format";

/** How many walks are in flight. */
const WALKS: usize = 32;
/** Set in the address of a directory of level 0 that a region has in the place of one of level 1. */
const SHORT: usize = 1;

// A whole number below 2^52 and a double, without the branches of a conversion: added to 2^52, it is the double's fraction.
const TWO_52: f64 = 4503599627370496, TWO_52_BITS: u64 = 0x433 << 52;
/** What the double is; far beyond every page number when it is no whole number from 0 to below 2^52. */
@inline function wholeOf(number: f64): u64 {
  const sum = number + TWO_52;
  return sum - TWO_52 == number ? reinterpret<u64>(sum) ^ TWO_52_BITS : u64.MAX_VALUE;
}
@inline function doubleOf(whole: u64): f64 { return reinterpret<f64>(whole | TWO_52_BITS) - TWO_52; }

/** Whether a directory may be larger than frame 0, which stands for none. */
@inline function mayBeLarger<F extends Format>(f: F, me: usize): bool { return (rootOrder<F>(f, me) | directoryOrder<F>(f, me)) != 0; }
/** Where a directory has the item of a page. In frame 0 that is its first, if not all have room there. */
@inline function placeIn<F extends Format>(f: F, me: usize, frames: usize, directory: usize, page: u64, level: i32): usize {
  const at = itemAt<F>(f, directory, page, level);
  return mayBeLarger<F>(f, me) ? select<usize>(frames, at, directory == frames) : at;
}
/** The directory that an item points to; frame 0, all zeros, where there is none. */
@inline function below<F extends Format>(f: F, frames: usize, shift: usize, item: u64): usize {
  return frames + select<usize>(<usize>f.directoryFrame(item) << shift, 0, f.isDirectory(item));
}
/**
 * Walks down to the directory of level 1 for the pages of a region, or to the root of a flat table. Where level 1 is left out, to that of level 0, which
 * has pages of its beginning: with SHORT.
 */
function directoryFor<F extends Format>(f: F, me: usize, root: u32, page: u64): usize {
  const frames = framesOf(me), shift = pageLg2(me), region = 2 * f.indexBits();
  let directory = isBeyondTop<F>(f, me, page, 0) ? frames : frames + (<usize>root << shift), level = topLevel<F>(f, me);
  while (level > 1) {
    const item = loadItem<F>(f, placeIn<F>(f, me, frames, directory, page, level));
    directory = below<F>(f, frames, shift, item);
    if (f.skips() && directory != frames) {
      if (passesBy<F>(f, page >> region << region, level, f.levelBelow(item, level))) return frames;
      if (!f.levelBelow(item, level)) return directory | SHORT;
    }
    level = f.skips() ? f.levelBelow(item, level) : level - 1;
  }
  return directory;
}
/** The directory of leaves for a page, below that of level 1 or in its place. */
@inline function leavesFor<F extends Format>(f: F, me: usize, frames: usize, shift: usize, directory: usize, page: u64): usize {
  if (f.skips() && directory & SHORT) return passesBy<F>(f, page, 2, 0) ? frames : directory ^ SHORT;
  return below<F>(f, frames, shift, loadItem<F>(f, placeIn<F>(f, me, frames, directory, page, 1)));
}

/** Leaves the addresses of the items of the pages in [first, end) of the staging in their frames' place. Answers all bits of the pages. */
@inline function goDown<F extends Format>(f: F, me: usize, root: u32, first: usize, end: usize): u64 {
  const frames = framesOf(me), shift = pageLg2(me), regions = stagingOf(me) + Staging.REGIONS;
  let any: u64 = 0, known = u64.MAX_VALUE, leaf = frames;
  for (let at = first; at < end; at += 8) {
    const page = wholeOf(ownFloat(at)), number = page >> f.indexBits(), region = number >> f.indexBits();
    any |= page;
    if (number != known) {
      const place = regions + ((<usize>region & (Staging.REGIONS_COUNT - 1)) << Region.BYTES_LG2);
      if (own64(place + Region.NUMBER) != region) {
        ownStore64(place + Region.NUMBER, region);
        ownStore32(place + Region.DIRECTORY, <u32>directoryFor<F>(f, me, root, page));
      }
      leaf = own32(place + Region.DIRECTORY);
      if (topLevel<F>(f, me)) leaf = leavesFor<F>(f, me, frames, shift, leaf, page);
      else if (isBeyondTop<F>(f, me, page, 0)) leaf = frames; // a flat table's root was found for pages of its region, not all of which it has
      known = number;
    }
    ownStore32(at + Staging.FRAMES, <u32>placeIn<F>(f, me, frames, leaf, page, 0));
  }
  return any;
}
/** The page that stands there, if an item has to be told which one it is asked for. */
@inline function pageAt<F extends Format>(f: F, at: usize): u64 { return mayFuse<F>(f, 0) ? wholeOf(ownFloat(at)) : 0; }
/** Answers what an item says of a page: the frame of a leaf, -1 else. Whether it is a leaf. */
@inline function arriveAt<F extends Format>(f: F, at: usize, place: usize, page: u64): bool {
  const item = loadItem<F>(f, place), isLeaf = f.present(item);
  ownStoreFloat(at + Staging.FRAMES, select<f64>(doubleOf(f.leafFrame(item, page)), -1, isLeaf));
  return isLeaf;
}
/** The same for all that went down. Whether all are leaves. */
@inline function arrive<F extends Format>(f: F, first: usize, end: usize): bool {
  let areLeaves = true;
  for (let at = first; at < end; at += 8) areLeaves = areLeaves & arriveAt<F>(f, at, own32(at + Staging.FRAMES), pageAt<F>(f, at));
  return areLeaves;
}
/** The same for pages in order, where the first went down for all. Of frame 0 the first item serves all, if not all have room there. */
@inline function arriveInOrder<F extends Format>(f: F, me: usize, first: usize, end: usize): bool {
  let areLeaves = true, place: usize = own32(first + Staging.FRAMES), page = pageAt<F>(f, first);
  const step = mayBeLarger<F>(f, me) && !frameOfAddress(me, place) ? <usize>0 : <usize>1 << f.itemLg2();
  for (let at = first; at < end; at += 8, place += step, page++) areLeaves = areLeaves & arriveAt<F>(f, at, place, page);
  return areLeaves;
}
/** Whether the pages in [first, end) of the staging follow each other, in one directory of leaves. */
@inline function isInOrder<F extends Format>(f: F, first: usize, end: usize): bool {
  for (let at = first + 8; at < end; at += 8) if (ownFloat(at) - ownFloat(at - 8) != 1) return false; // each by itself: a sum would wait for the one before
  const from = wholeOf(ownFloat(first)), to = from + (end - 8 - first >> 3); // by the first alone: of fractions in order none is a page
  return (from ^ to) >> indexBitsAt<F>(f, 0) == 0;
}
/** Looks up alone each page that is answered with -1: holes, what is in a large leaf, software entries. */
function lookupRest<F extends Format>(f: F, me: usize, root: u32, first: usize, end: usize): void {
  for (let at = first; at < end; at += 8) {
    if (ownFloat(at + Staging.FRAMES) >= 0) continue;
    const entry = lookupEntry<F>(f, me, root, wholeOf(ownFloat(at)));
    ownStoreFloat(at + Staging.FRAMES, entry ? doubleOf(entry >> Entry.PAYLOAD) : -1);
  }
}

/**
 * Looks up the `count` pages in staging and leaves their frames there, -1 for nothing. COUNT is 0 when one of them is no page of this format, and
 * its answer means nothing: a lookup changes nothing, so it is refused after the fact.
 */
export function lookupBatch<F extends Format>(f: F, me: usize, table: u32, count: u32): void {
  const staging = stagingOf(me), end = staging + (<usize>count << 3);
  let any: u64 = 0;
  enter(me);
  const root = rootOf<F>(f, me, table);
  for (let i = 0; i < Staging.REGIONS_COUNT; i++) ownStore64(staging + Staging.REGIONS + (i << Region.BYTES_LG2) + Region.NUMBER, u64.MAX_VALUE);
  for (let first = staging; first < end; first += WALKS << 3) {
    const stop = min(first + (WALKS << 3), end);
    const inOrder = isInOrder<F>(f, first, stop);
    any |= goDown<F>(f, me, root, first, inOrder ? first + 8 : stop);
    if (!(inOrder ? arriveInOrder<F>(f, me, first, stop) : arrive<F>(f, first, stop))) lookupRest<F>(f, me, root, first, stop);
  }
  leave(me);
  ownStore32(me + Slot.COUNT, <u32>(any >> pageNumberBits<F>(f) == 0));
}
