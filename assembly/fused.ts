// Fused leaves: hardware may take a run of items for one, when all of them say so. Each item still gives its own pages the right address, so
// a walk of ours looks at one and needs no other. But hardware that reads any fused item may use it for every page of the run, and what it
// notes (accessed, dirty) it notes in any of them. So there are three rules:
//
//  1 Nobody makes an item fused in a directory that others can see. Runs are filled in private (a new directory, the parts of a leaf that is
//    cut, the copy that a merge puts in a directory's place), and plain items stay plain as long as their directory lives.
//  2 Items become plain upward, the last one last, and all say the same meanwhile. So the last item alone tells: once it is not fused, none is.
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
import { Entry, Size } from "./layout/entry";
import { loadItem, ownItem, ownStoreItem, swapItem } from "./item";
import { Format, isFused, isLeafOf, unpackLeaf } from "./format/format";

/** The level that a size names (layout/entry.ts). */
@inline export function levelIn(size: i32): i32 { return size & (1 << Size.LEVEL_BITS) - 1; }

export const NOTED: u64 = 1 << Entry.ACCESSED | 1 << Entry.DIRTY;

@inline function lengthOf<F extends Format>(f: F, level: i32): u64 { return <u64>1 << f.fusedLg2(level); }
@inline function numberOf<F extends Format>(f: F, page: u64, level: i32): u64 { return page >> (level * f.indexBits()); }
/** How many items of its run stand before that of `page`; where the run begins; the first page of its item `i`. */
@inline function before<F extends Format>(f: F, page: u64, level: i32): u64 { return numberOf<F>(f, page, level) & lengthOf<F>(f, level) - 1; }
@inline function startOf<F extends Format>(f: F, at: usize, page: u64, level: i32): usize { return at - (<usize>before<F>(f, page, level) << f.itemLg2()); }
@inline function pageOf<F extends Format>(f: F, page: u64, level: i32, i: u64): u64 {
  return numberOf<F>(f, page, level) - before<F>(f, page, level) + i << (level * f.indexBits());
}

/** Whether something of the run is fused still that has the item at `at`, for `page` and of `level`. */
@inline export function isInRun<F extends Format>(f: F, at: usize, page: u64, level: i32): bool {
  return f.fusedLg2(level) != 0 && isLastFused<F>(f, at, page, level);
}
function isLastFused<F extends Format>(f: F, at: usize, page: u64, level: i32): bool {
  return isFused<F>(f, loadItem<F>(f, startOf<F>(f, at, page, level) + (<usize>lengthOf<F>(f, level) - 1 << f.itemLg2())), level);
}

/** What hardware noted in the items of the run. */
function notedIn<F extends Format>(f: F, at: usize, page: u64, level: i32): u64 {
  const start = startOf<F>(f, at, page, level);
  let noted: u64 = 0;
  for (let i: u64 = 0; i < lengthOf<F>(f, level); i++) {
    const item = loadItem<F>(f, start + (<usize>i << f.itemLg2()));
    if (isLeafOf<F>(f, item, level)) noted |= unpackLeaf<F>(f, item, pageOf<F>(f, page, level, i), level);
  }
  return noted & NOTED;
}

/** Makes each item of a run say at least what is noted. False when one changed meanwhile. */
function note<F extends Format>(f: F, at: usize, page: u64, level: i32, noted: u64): bool {
  const start = startOf<F>(f, at, page, level);
  for (let i: u64 = 0; i < lengthOf<F>(f, level); i++) {
    const each = start + (<usize>i << f.itemLg2()), item = loadItem<F>(f, each);
    if (!isLeafOf<F>(f, item, level)) return false;
    const entry = unpackLeaf<F>(f, item, pageOf<F>(f, page, level, i), level), more = f.packPresent(entry | noted, level);
    if (!(noted & ~entry)) continue;
    if (!isInRun<F>(f, at, page, level)) return false; // after the item was loaded: it is of the run, and not what came later
    if (!swapItem<F>(f, each, item, isFused<F>(f, item, level) ? f.fuse(more) : more)) return false;
  }
  return true;
}
/** Makes each item of a run plain, upward, up to one that changed, or says more than is noted in all. */
function makePlain<F extends Format>(f: F, at: usize, page: u64, level: i32, noted: u64): void {
  const start = startOf<F>(f, at, page, level);
  for (let i: u64 = 0; i < lengthOf<F>(f, level); i++) {
    const each = start + (<usize>i << f.itemLg2()), item = loadItem<F>(f, each), first = pageOf<F>(f, page, level, i);
    if (!isFused<F>(f, item, level)) continue;
    if (unpackLeaf<F>(f, item, first, level) & NOTED & ~noted || !swapItem<F>(f, each, item, f.unfuse(item, numberOf<F>(f, first, level)))) return;
  }
}

/**
 * Makes the run plain that has the item at `at`, after which each of its items may be changed alone. Inside a section, by who went down to change
 * something. Bound: it begins again only after an item of the run changed, and while the last is fused each can change three times: two
 * marks, and it becomes plain.
 */
export function separate<F extends Format>(f: F, at: usize, page: u64, level: i32): void {
  while (isInRun<F>(f, at, page, level)) {
    const noted = notedIn<F>(f, at, page, level);
    if (note<F>(f, at, page, level, noted)) makePlain<F>(f, at, page, level, noted);
  }
}

/**
 * Whether the item says all that was noted of its page, as far as `bits` go. If not, it does now: look at it again. While the last item is fused nobody
 * takes marks from the run, so what was looked for in all of them and not found was not there; once it is not, what the others said has come into
 * the item, if it was loaded since.
 */
@inline export function tellsAll<F extends Format>(f: F, at: usize, item: u64, page: u64, level: i32, bits: u64): bool {
  return f.fusedLg2(level) == 0 || !f.present(item) || tellsAllOfRun<F>(f, at, item, page, level, bits);
}
function tellsAllOfRun<F extends Format>(f: F, at: usize, item: u64, page: u64, level: i32, bits: u64): bool {
  if (!isInRun<F>(f, at, page, level)) return loadItem<F>(f, at) == item;
  if (!(notedIn<F>(f, at, page, level) & bits)) return isInRun<F>(f, at, page, level);
  separate<F>(f, at, page, level);
  return false;
}

/** Whether the item may be changed alone. If not, it can be now: look at it again. */
@inline export function standsAlone<F extends Format>(f: F, at: usize, item: u64, page: u64, level: i32): bool {
  return f.fusedLg2(level) == 0 || !f.present(item) || stood<F>(f, at, page, level);
}
function stood<F extends Format>(f: F, at: usize, page: u64, level: i32): bool {
  if (!isInRun<F>(f, at, page, level)) return true;
  separate<F>(f, at, page, level);
  return false;
}
/** Changes a leaf, or what is not present. False: it was of a run, or changed under us. */
@inline export function swapAlone<F extends Format>(f: F, at: usize, item: u64, page: u64, level: i32, value: u64): bool {
  return standsAlone<F>(f, at, item, page, level) && swapItem<F>(f, at, item, value);
}

/** Makes fused what can be, among `count` leaves side by side in private: that for `page`, whose entry is given, and those that follow. */
export function fuseRuns<F extends Format>(f: F, at: usize, page: u64, level: i32, count: u64, entry: u64): void {
  const length = lengthOf<F>(f, level), number = numberOf<F>(f, page, level);
  if ((number ^ numberOf<F>(f, entry >> Entry.PAYLOAD, level)) & length - 1) return;
  const skipped = -number & length - 1, end = at + (<usize>(skipped + (count - skipped >> f.fusedLg2(level) << f.fusedLg2(level))) << f.itemLg2());
  if (skipped < count) for (at += <usize>skipped << f.itemLg2(); at < end; at += <usize>1 << f.itemLg2()) ownStoreItem<F>(f, at, f.fuse(ownItem<F>(f, at)));
}
