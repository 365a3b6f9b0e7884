// Many lookups in one call. Walks go down together, 32 at a time, and come to their items before any is looked at: what one of them waits for, the
// others wait for at the same time. Each is a lookup of its own, begun when the batch began (R1): a pointer to a directory that was loaded in this
// section may be followed until the section ends, and what the directory says then was, or became, true inside the batch (walk.ts). So the batch
// remembers directories for its later pages: for some regions (what one directory of level 1 maps) that of level 1.
import { Region, Slot, Staging } from "./layout/arena";
import { Entry } from "./layout/entry";
import { own32, own64, ownFloat, ownStore32, ownStore64, ownStoreFloat } from "./door";
import { frameOfAddress, framesOf, pageLg2, stagingOf } from "./slot";
import { enter, leave } from "./section";
import { directoryOrder, loadItem, maskAt, pageNumberBits, topLevel } from "./item";
import { isBeyondTop, lookupEntry, passesBy, rootOf } from "./walk";
import { Format, mayFuse } from "./format/format";

/** How many walks are in flight. */
const WALKS: usize = 32;
/** So many that follow a page let it go down for all: fewer are sooner found together. */
const FOLLOWERS: usize = 15;
/** Set in the address where pages end whose items are all leaves. */
const ALL_LEAVES: usize = 1;
/** Set in the address of a directory of level 0 that a region has in the place of one of level 1. */
const SHORT: usize = 1;

// A whole number below 2^52 and a double, without the branches of a conversion: added to 2^52, it is the double's fraction.
const TWO_52: f64 = 4503599627370496, TWO_52_BITS: u64 = 0x433 << 52;
/** What the double is; far beyond every page number when it is no whole number from 0 to below 2^52. */
@inline function wholeOf(number: f64): u64 {
  const sum = number + TWO_52;
  return sum - TWO_52 == number ? reinterpret<u64>(sum) ^ TWO_52_BITS : u64.MAX_VALUE;
}

/** Whether a directory may be larger than frame 0, which stands for none. */
@inline function mayBeLarger<F extends Format>(f: F, me: usize): bool { return f.hasWideRoot() || !f.frameLg2() || directoryOrder<F>(f, me) != 0; }
/** Where a directory has the item that the bits select. In frame 0 that is its first, where others may have no room. */
@inline function placeIn<F extends Format>(f: F, me: usize, frames: usize, directory: usize, index: usize): usize {
  const at = directory + (index << f.itemLg2());
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
    const item = loadItem<F>(f, placeIn<F>(f, me, frames, directory, <usize>(page >> (level * f.indexBits())) & maskAt<F>(f, level)));
    directory = below<F>(f, frames, shift, item);
    if (f.skips() && directory != frames) {
      if (passesBy<F>(f, page >> region << region, level, f.levelBelow(item, level))) return frames;
      if (!f.levelBelow(item, level)) return directory | SHORT;
    }
    level = f.skips() ? f.levelBelow(item, level) : level - 1;
  }
  return directory;
}
/** The directory of leaves for a page, below that of level 1, which has it in the item that the bits select, or in its place. */
@inline function leavesFor<F extends Format>(f: F, me: usize, frames: usize, shift: usize, directory: usize, page: u64, index: usize): usize {
  if (f.skips() && directory & SHORT) return passesBy<F>(f, page, 2, 0) ? frames : directory ^ SHORT;
  return below<F>(f, frames, shift, loadItem<F>(f, placeIn<F>(f, me, frames, directory, index)));
}

/**
 * Leaves the addresses of the items of the pages in [first, end) of the staging in their frames' place. Answers all bits of the pages. `kept`: how many
 * regions there is room for, a power of two.
 */
@inline function goDown<F extends Format>(f: F, me: usize, root: u32, first: usize, end: usize, kept: u32): u64 {
  const frames = framesOf(me), shift = pageLg2(me), regions = stagingOf(me) + Staging.REGIONS;
  const isFlat = !topLevel<F>(f, me), leafMask = maskAt<F>(f, 0), pointerMask = maskAt<F>(f, 1);
  let any: u64 = 0;
  for (let at = first; at < end; at += 8) {
    const page = wholeOf(ownFloat(at)), number = page >> f.indexBits(), region = number >> f.indexBits();
    const place = regions + ((<usize>region & (kept - 1)) << Region.BYTES_LG2);
    any |= page;
    if (own64(place + Region.NUMBER) != region) {
      ownStore64(place + Region.NUMBER, region);
      ownStore32(place + Region.DIRECTORY, <u32>directoryFor<F>(f, me, root, page));
    }
    let leaf: usize = own32(place + Region.DIRECTORY);
    if (!isFlat) leaf = leavesFor<F>(f, me, frames, shift, leaf, page, <usize>number & pointerMask);
    else if (isBeyondTop<F>(f, me, page, 0)) leaf = frames; // a flat table's root was found for pages of its region, not all of which it has
    ownStore32(at + Staging.FRAMES, <u32>placeIn<F>(f, me, frames, leaf, <usize>page & leafMask));
  }
  return any;
}
/** The low bits of the page that stands there, if an item has to be told which one of a run it is asked for. */
@inline function lowBitsAt<F extends Format>(f: F, at: usize): u64 { return mayFuse<F>(f, 0) ? reinterpret<u64>(ownFloat(at) + TWO_52) : 0; }
/** Answers what an item says of a page: the frame of a leaf, -1 else. Whether it is a leaf. */
@inline function answer<F extends Format>(f: F, at: usize, item: u64, page: u64): bool {
  const isLeaf = f.present(item);
  ownStoreFloat(at + Staging.FRAMES, <f64>select<i64>(<i64>f.leafFrame(item, page), -1, isLeaf));
  return isLeaf;
}
/**
 * The same for all that went down. Answers the end; with ALL_LEAVES if they are. Their items are loaded before any is looked at: a processor has room for so
 * many steps beyond a load that it waits for, and in as few as these it comes to all the other loads.
 */
@inline function arrive<F extends Format>(f: F, first: usize, end: usize): usize {
  let areLeaves = true;
  for (let at = first; at < end; at += 8) ownStore64(at + Staging.FRAMES, loadItem<F>(f, own32(at + Staging.FRAMES)));
  for (let at = first; at < end; at += 8) areLeaves = areLeaves & answer<F>(f, at, own64(at + Staging.FRAMES), lowBitsAt<F>(f, at));
  return end | <usize>areLeaves;
}
/**
 * The same for pages in order, the first of which went down for all: as long as each follows the one before, which it does where they are not `listed`, and
 * as far as their directory goes. Answers where that ends; with ALL_LEAVES if they are. Of frame 0 the first item serves all.
 */
@inline function arriveInOrder<F extends Format>(f: F, me: usize, first: usize, end: usize, isListed: bool): usize {
  const behind = ~<usize>wholeOf(ownFloat(first)) & maskAt<F>(f, 0), last = min(end, first + (behind + 1 << 3));
  let at = first, place: usize = own32(first + Staging.FRAMES), page = lowBitsAt<F>(f, first), follower = ownFloat(first), areLeaves = true;
  const step = mayBeLarger<F>(f, me) && !frameOfAddress(me, place) ? <usize>0 : <usize>1 << f.itemLg2();
  do {
    areLeaves = areLeaves & answer<F>(f, at, loadItem<F>(f, place), page);
    at += 8, place += step, page++, follower += 1;
  } while (at < last && (!isListed || ownFloat(at) == follower));
  return at | <usize>areLeaves;
}
/** Looks up alone each page that is answered with -1: holes, what is in a large leaf, software entries. */
function lookupRest<F extends Format>(f: F, me: usize, root: u32, first: usize, end: usize, isListed: bool): void {
  for (let at = first, follower = ownFloat(first); at < end; at += 8, follower += 1) {
    if (ownFloat(at + Staging.FRAMES) >= 0) continue;
    const entry = lookupEntry<F>(f, me, root, wholeOf(isListed ? ownFloat(at) : follower));
    ownStoreFloat(at + Staging.FRAMES, entry ? <f64><i64>(entry >> Entry.PAYLOAD) : -1);
  }
}

/** Whether the pages from one on seem to follow each other. */
@inline function isInOrder(first: usize, end: usize): bool {
  const last = first + (FOLLOWERS << 3);
  return last < end && ownFloat(first + 8) - ownFloat(first) == 1 && ownFloat(last) - ownFloat(first) == <f64>FOLLOWERS;
}

/**
 * Looks up `count` pages, which are listed in staging or follow the first one there, and leaves their frames there, -1 for nothing. COUNT is 0 when one of
 * them is no page of this format, and its answer means nothing: a lookup changes nothing, so it is refused after the fact.
 */
export function lookupBatch<F extends Format>(f: F, me: usize, table: u32, count: u32, isListed: bool): void {
  const staging = stagingOf(me), end = staging + (<usize>count << 3), kept = isListed ? min<u32>(Staging.REGIONS_COUNT, 1 << (32 - clz(count))) : 1;
  let any: u64 = 0, first = staging;
  enter(me);
  const root = rootOf<F>(f, me, table);
  for (let i: u32 = 0; i < kept; i++) ownStore64(staging + Staging.REGIONS + (i << Region.BYTES_LG2) + Region.NUMBER, u64.MAX_VALUE);
  while (first < end) {
    const inOrder = !isListed || isInOrder(first, end), down = inOrder ? first + 8 : min(first + (WALKS << 3), end);
    any |= goDown<F>(f, me, root, first, down, kept); // of pages in order the others differ from the first in bits that every format has
    const arrived = inOrder ? arriveInOrder<F>(f, me, first, end, isListed) : arrive<F>(f, first, down), next = arrived & ~ALL_LEAVES;
    if (arrived == next) lookupRest<F>(f, me, root, first, next, isListed);
    if (!isListed && next < end) ownStoreFloat(next, ownFloat(first) + <f64>(next - first >> 3));
    first = next;
  }
  leave(me);
  ownStore32(me + Slot.COUNT, <u32>(any >> pageNumberBits<F>(f) == 0));
}
