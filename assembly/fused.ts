// Fused leaves: hardware may take a run of items for one, when all of them say so. Each item still gives its own pages the right address, so
// a walk of ours looks at one and needs no other. But hardware that reads any fused item may use it for every page of the run, and what it
// notes (accessed, dirty) it notes in any of them. So there are three rules:
//
//  1 Nobody makes an item fused in a directory that others can see. Runs are filled in private (a new directory, the parts of a leaf that is
//    cut, the copy that a merge puts in a directory's place), and plain items stay plain as long as their directory lives.
//  2 Items become plain upward, the last one last, and all say the same meanwhile. So the last item alone tells: once it is not fused, none is.
//    Where a format has runs of several lengths, the last items of all runs are asked that the item could be of: each tells of its own for good.
//  3 Whoever changes an item makes its whole run plain first, or helps whoever began. What an item says that was noted, all others say too
//    before it becomes plain: hardware meant any page of the run (H3).
//
//   editor A of page 1                  hardware, a walk for a write           editor B of page 0
//   all say: clean
//   item 0 is plain
//                                       notes dirty in item 1, fused: it may write to page 0 as well
//   swap(item 1, fused, plain) FAILS                                           item 0 is plain, but the last is fused: helps, waits for nobody
//   notes dirty in item 0, 1, 2, 3
//   items 1, 2, 3 are plain, dirty                                             swap(item 0, plain and dirty, 0)
//   swap(item 1, …)                                                            [the unmap answers dirty: nothing is lost]
//
// A helper that is late may note in an item once more what had been taken there: marks may say more than was, never less.
import { Entry } from "./layout/entry";
import { loadItem, ownItem, ownStoreItem, swapItem } from "./item";
import { ANY_RUN, Format, isFused, isLeafOf, mayFuse, unpackLeaf } from "./format/format";

export const NOTED: u64 = 1 << Entry.ACCESSED | 1 << Entry.DIRTY;

@inline function numberOf<F extends Format>(f: F, page: u64, level: i32): u64 { return page >> (level * f.indexBits()); }
/** How many items of a run of 2^lg2 stand before that of `page`; the address of its item `i`, and the first page of that one. */
@inline function before<F extends Format>(f: F, page: u64, level: i32, lg2: i32): u64 { return numberOf<F>(f, page, level) & (<u64>1 << lg2) - 1; }
@inline function placeOf<F extends Format>(f: F, at: usize, page: u64, level: i32, lg2: i32, i: u64): usize {
  return at + (<usize>(i - before<F>(f, page, level, lg2)) << f.itemLg2());
}
@inline function pageOf<F extends Format>(f: F, page: u64, level: i32, lg2: i32, i: u64): u64 {
  return numberOf<F>(f, page, level) - before<F>(f, page, level, lg2) + i << (level * f.indexBits());
}

/** Whether the last item of such a run, around the item at `at` for `page`, says that it is one. */
@inline function isRun<F extends Format>(f: F, at: usize, page: u64, level: i32, lg2: i32): bool {
  const last = loadItem<F>(f, placeOf<F>(f, at, page, level, lg2, (<u64>1 << lg2) - 1));
  return isFused<F>(f, last, level) && f.fusedLg2(last, level) == lg2;
}
/** Log2 of the length of the run that the item at `at` is of, for `page`, as long as something of it is fused; 0: of none, and never again. */
export function runOver<F extends Format>(f: F, at: usize, page: u64, level: i32): i32 {
  let lg2 = f.runLg2(level, ANY_RUN);
  while (lg2 && !isRun<F>(f, at, page, level, lg2)) lg2 = f.runLg2(level, lg2 - 1);
  return lg2;
}

/** What hardware noted in the items of a run. */
function notedIn<F extends Format>(f: F, at: usize, page: u64, level: i32, lg2: i32): u64 {
  let noted: u64 = 0;
  for (let i: u64 = 0; i < <u64>1 << lg2; i++) {
    const item = loadItem<F>(f, placeOf<F>(f, at, page, level, lg2, i));
    if (isLeafOf<F>(f, item, level)) noted |= unpackLeaf<F>(f, item, pageOf<F>(f, page, level, lg2, i), level);
  }
  return noted & NOTED;
}

/** Makes each item of a run say at least what is noted. False when one changed meanwhile. */
function note<F extends Format>(f: F, at: usize, page: u64, level: i32, lg2: i32, noted: u64): bool {
  for (let i: u64 = 0; i < <u64>1 << lg2; i++) {
    const each = placeOf<F>(f, at, page, level, lg2, i), item = loadItem<F>(f, each);
    if (!isLeafOf<F>(f, item, level)) return false;
    const entry = unpackLeaf<F>(f, item, pageOf<F>(f, page, level, lg2, i), level), more = f.packPresent(entry | noted, level);
    if (!(noted & ~entry)) continue;
    if (!isRun<F>(f, at, page, level, lg2)) return false; // after the item was loaded: it is of the run, and not what came later
    if (!swapItem<F>(f, each, item, isFused<F>(f, item, level) ? f.fuse(more, level, lg2) : more)) return false;
  }
  return true;
}
/** Makes each item of a run plain, upward, up to one that changed, or says more than is noted in all. */
function makePlain<F extends Format>(f: F, at: usize, page: u64, level: i32, lg2: i32, noted: u64): void {
  for (let i: u64 = 0; i < <u64>1 << lg2; i++) {
    const each = placeOf<F>(f, at, page, level, lg2, i), item = loadItem<F>(f, each), first = pageOf<F>(f, page, level, lg2, i);
    if (!isFused<F>(f, item, level)) continue;
    if (unpackLeaf<F>(f, item, first, level) & NOTED & ~noted || !swapItem<F>(f, each, item, f.unfuse(item, level, numberOf<F>(f, first, level)))) return;
  }
}

/**
 * Makes the run plain that has the item at `at`, after which each of its items may be changed alone. Inside a section, by who went down to change
 * something. Bound: it begins again only after an item of the run changed, and while the last is fused each can change three times: two
 * marks, and it becomes plain.
 */
export function separate<F extends Format>(f: F, at: usize, page: u64, level: i32): void {
  for (let lg2 = runOver<F>(f, at, page, level); lg2; lg2 = runOver<F>(f, at, page, level)) {
    const noted = notedIn<F>(f, at, page, level, lg2);
    if (note<F>(f, at, page, level, lg2, noted)) makePlain<F>(f, at, page, level, lg2, noted);
  }
}

/**
 * Whether the item says all that was noted of its page, as far as `bits` go. If not, it does now: look at it again. While the last item is fused nobody
 * takes marks from the run, so what was looked for in all of them and not found was not there; once it is not, what the others said has come into
 * the item, if it was loaded since. Who goes through a run looks into all of it once: at its first item, or where it comes in (`isFirst`).
 */
@inline export function tellsAll<F extends Format>(f: F, at: usize, item: u64, page: u64, level: i32, bits: u64, isFirst: bool): bool {
  return !mayFuse<F>(f, level) || !f.present(item) || tellsAllOfRun<F>(f, at, item, page, level, bits, isFirst);
}
function tellsAllOfRun<F extends Format>(f: F, at: usize, item: u64, page: u64, level: i32, bits: u64, isFirst: bool): bool {
  const lg2 = runOver<F>(f, at, page, level);
  if (!lg2) return loadItem<F>(f, at) == item;
  if (!isFirst && before<F>(f, page, level, lg2)) return true;
  if (!(notedIn<F>(f, at, page, level, lg2) & bits)) return isRun<F>(f, at, page, level, lg2);
  separate<F>(f, at, page, level);
  return false;
}

/** Whether the item may be changed alone. If not, it can be now: look at it again. */
@inline export function standsAlone<F extends Format>(f: F, at: usize, item: u64, page: u64, level: i32): bool {
  return !mayFuse<F>(f, level) || !f.present(item) || isShort<F>(f, at, page, level, 0);
}
/** Whether the item is of no longer run. If not, it is of none now. */
export function isShort<F extends Format>(f: F, at: usize, page: u64, level: i32, lg2: i32): bool {
  if (runOver<F>(f, at, page, level) <= lg2) return true;
  separate<F>(f, at, page, level);
  return false;
}
/** Changes a leaf, or what is not present. False: it was of a run, or changed under us. */
@inline export function swapAlone<F extends Format>(f: F, at: usize, item: u64, page: u64, level: i32, value: u64): bool {
  return standsAlone<F>(f, at, item, page, level) && swapItem<F>(f, at, item, value);
}

/** Makes fused what can be, by runs of 2^most or fewer, among `count` leaves side by side in private, from that for `page`, mapped to `frame`, on. */
export function fuseRuns<F extends Format>(f: F, at: usize, page: u64, level: i32, count: u64, frame: u64, most: i32): void {
  const number = numberOf<F>(f, page, level), target = numberOf<F>(f, frame, level);
  for (let i: u64 = 0; i < count;) {
    const aligned = <i32>min(ctz(number + i | target + i), 63 - clz(count - i)), lg2 = f.runLg2(level, min(aligned, most)), end = i + (<u64>1 << lg2);
    for (; i < end; i++, at += <usize>1 << f.itemLg2()) if (lg2) ownStoreItem<F>(f, at, f.fuse(ownItem<F>(f, at), level, lg2));
  }
}
