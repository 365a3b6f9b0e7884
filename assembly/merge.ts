// Merging: a directory full of leaves that follow each other gives way to the one large leaf that says the same. Hitless: a walk sees
// the small ones or the large one. What hardware noted in any of them goes into the large one, and nobody may note or change
// anything below after it was gathered. Items have no room for a mark beside a mapping, so the pointer to the directory is *held*:
//
//  begin    owner LIVE(g) -> MERGING(me, g+1)
//  drain    every section that began before has ended: nobody holds the pointer for a merge that is over
//  hold     item: pointer -> pointer|held
//  drain    the same again: whoever works below came by the held pointer
//  finish   gather the leaves; item: pointer|held -> large leaf, by one swap; retire the directory
//
//  merger                                   editor, or a walk that sets accessed or dirty
//  item: pointer -> pointer|held
//                                           passes the held pointer: swaps it back first, then changes a leaf below
//  gathers what was there before
//  swap(item, pointer|held, leaf) FAILS     [no change and no dirty bit is lost: W3, H3]
//
// A pointer is held once per merge, so whoever finds it plain again knows the merge to be off. The owner word names the merger: two
// exclude each other. A killer takes the directory over from a merger (MERGING -> FREEZING), and a mapper may call that freeze off and
// another merge begin while the first merger stands before its swap. Without the first drain that swap would hold a pointer that an
// editor had let go, and the second merge would lose the editor's change:
//
//   A (first merger)                   B (second)                       C (editor)
//   its word stands; about to hold
//     [killed, filled again: LIVE]     MERGING(B); [drains: A is inside]
//   pointer -> held; ends its section
//                                      holds: it is held already
//                                                                       held -> pointer; clears a leaf
//                                      swap(pointer|held, leaf) FAILS   [nobody holds it again: W3]
//
// What a merge that failed leaves held harms nobody: who passes it to change something makes it plain.
//
// Fused leaves (fused.ts) are made the same way, in a visible directory too: what takes its place is a copy of the directory, in which
// the run is fused. The copy is made after the second drain, so whoever changes the old one makes the swap fail. Only of a directory without others
// below: a burial changes the pointers to those without passing ours (HookOf in bury.ts), and would miss the copy.
//
// The merger waits for sections between its steps, so it is sequenced from TypeScript; nobody waits for it. If it dies, its burial makes
// the directory LIVE again, or retires one that it had replaced.
import { Entry } from "./layout/entry";
import { Owner, OwnerKind, Role, Slot } from "./layout/arena";
import { Status } from "./layout/status";
import { dataClear, own64, ownStore64 } from "./door";
import { frameAt, threadOf } from "./slot";
import { enter, leave } from "./section";
import { directoryBytes, directoryOrder, itemBelowRoot, loadItem, ownStoreItem, swapItem } from "./item";
import { changeOwner, describe, owner, ownerKind, ownerOf, relabel } from "./frames";
import { retireRun } from "./run";
import { draw, keep, reserve, unreserve } from "./reserve";
import { descendTo, passesBy, pathAt, rootOf } from "./walk";
import { putBetween } from "./skip";
import { firstPage, generationOf, intend, pruneTo, revive, settleIntent } from "./directory";
import { NOTED, fuseRuns, runOver } from "./fused";
import { Format, SIZE, bit, flag, isLeafOf, levelIn, payloadOf, runIn, unpackLeaf } from "./format/format";

/** Whether a run of that size is asked for, and not a large leaf. */
@inline function makesRun<F extends Format>(f: F, size: i32): bool { return f.runLg2(levelIn<F>(f, size), runIn<F>(f, size)) != 0; }
/** The level of the pointer to the directory whose leaves are merged: into a large leaf in its place, or into a run in its copy. */
@inline function pointerLevel<F extends Format>(f: F, size: i32): i32 { return levelIn<F>(f, size) + <i32>makesRun<F>(f, size); }

/** The entry that says what `count` leaves say, the first of them for `page`; 0 when none could: they must follow each other and allow the same. */
function gather<F extends Format>(f: F, me: usize, frame: u32, page: u64, level: i32, count: u64): u64 {
  const bits = level * f.indexBits(), start = itemBelowRoot<F>(f, frameAt(me, frame), page, level);
  let first: u64 = 0, noted: u64 = 0;
  for (let i: u64 = 0; i < count; i++) {
    const item = loadItem<F>(f, start + (<usize>i << f.itemLg2()));
    if (!isLeafOf<F>(f, item, level)) return 0;
    const entry = unpackLeaf<F>(f, item, page + (i << bits), level), same = (entry & ~(NOTED | SIZE)) - (i << bits << Entry.PAYLOAD);
    noted |= entry & NOTED;
    if (i == 0) first = same;
    else if (same != first) return 0;
  }
  return payloadOf(first) & ((count << bits) - 1) ? 0 : first | noted;
}
/** The entry that a merge over the page would make, 0 when it cannot. */
@inline function gatherFor<F extends Format>(f: F, me: usize, frame: u32, page: u64, size: i32): u64 {
  const below = pointerLevel<F>(f, size) - 1, count = <u64>1 << (makesRun<F>(f, size) ? runIn<F>(f, size) : f.indexBits());
  const bits = below * f.indexBits(), number = page >> bits;
  return gather<F>(f, me, frame, number - (number & count - 1) << bits, below, count);
}

/** A copy of the directory in which the run is fused that covers the page, described and in transit; 0 when there are directories below. */
function copyFused<F extends Format>(f: F, me: usize, table: u32, from: u32, page: u64, level: i32, lg2: i32, entry: u64): u32 {
  const frame = draw(me), length = <u64>1 << lg2, bits = level * f.indexBits(), number = page >> bits, first = number - (number & length - 1);
  for (let i: u64 = 0; i < <u64>1 << f.indexBits(); i++) {
    const at = itemBelowRoot<F>(f, frameAt(me, frame), i << bits, level), item = loadItem<F>(f, itemBelowRoot<F>(f, frameAt(me, from), i << bits, level));
    if (level && f.isDirectory(item)) { letCopyGo<F>(f, me, frame); return 0; }
    if (!f.isEmpty(item)) ownStoreItem<F>(f, at, item);
  }
  const start = itemBelowRoot<F>(f, frameAt(me, frame), first << bits, level);
  for (let i: u64 = 0; i < length; i++) ownStoreItem<F>(f, start + (<usize>i << f.itemLg2()), f.packPresent(entry + (i << bits << Entry.PAYLOAD), level));
  fuseRuns<F>(f, start, first << bits, level, length, payloadOf(entry), lg2);
  describe(me, frame, Role.DIRECTORY, firstPage<F>(f, page, level), level, table);
  return frame;
}
function letCopyGo<F extends Format>(f: F, me: usize, frame: u32): void {
  dataClear(frameAt(me, frame), directoryBytes<F>(f)); // frames in hand are zeroed
  keep(me, frame);
}

/** The item of `level` on the path to the page, 0 when the path does not go down to it. Inside a section. */
function itemOn<F extends Format>(f: F, me: usize, table: u32, page: u64, level: i32): u64 {
  return descendTo<F>(f, me, rootOf<F>(f, me, table), page, level) == level ? loadItem<F>(f, pathAt(me, level)) : 0;
}

/** The directory below `level` that an item of level `found` points to, for a page; 0 where it points to none of that level, or the page lies beside. */
@inline function directoryIn<F extends Format>(f: F, item: u64, found: i32, page: u64, level: i32): u32 {
  if (!f.isDirectory(item) || (f.skips() ? f.levelBelow(item, found) != level - 1 || passesBy<F>(f, page, found, level - 1) : found != level)) return 0;
  return <u32>f.directoryFrame(item);
}
/** The same for an item of `level` itself, 0 included. */
@inline function directoryBelow<F extends Format>(f: F, item: u64, level: i32): u32 { return directoryIn<F>(f, item, level, 0, level); }

/**
 * Takes the directory whose leaves over the page shall be merged to `size` (layout/entry.ts). OK: drain, `mergeHold`, drain, `mergeFinish`. NONE: there
 * is nothing that one leaf, or a run, could say, or a run says it; AGAIN: another thread is merging there, or changes something; NOMEM: a level is left
 * out that the pointer would be of, and no frame is free for it. Outside a section.
 */
export function mergeBegin<F extends Format>(f: F, me: usize, table: u32, page: u64, size: i32): u32 {
  const level = pointerLevel<F>(f, size); // a run of the root: no pointer is above it, and nobody makes another root
  if (!(f.leafLevels() >> levelIn<F>(f, size) & 1)) return Status.NONE;
  let status: u32 = Status.NONE, isPut = false;
  do {
    enter(me);
    const found = descendTo<F>(f, me, rootOf<F>(f, me, table), page, level), item = loadItem<F>(f, pathAt(me, found)), frame = directoryIn<F>(f, item, found, page, level);
    isPut = found > level;
    if (!frame || !isWorthIt<F>(f, me, frame, page, size)) { status = Status.NONE; isPut = false; }
    else if (isPut) status = putBetween<F>(f, me, table, found, level, item, page);
    else status = begin<F>(f, me, table, frame, page);
    leave(me);
    settleIntent(me);
    if (f.skips() && status == Status.MORE && !reserve(me, 1, directoryOrder<F>(f, me))) { status = Status.NOMEM; isPut = false; }
  } while (f.skips() && isPut); // the level of the pointer was left out
  if (f.skips()) unreserve(me, directoryOrder<F>(f, me));
  return status;
}
/** Whether the leaves in a directory can become a leaf or a run of that size, and are not one already. */
function isWorthIt<F extends Format>(f: F, me: usize, frame: u32, page: u64, size: i32): bool {
  const below = pointerLevel<F>(f, size) - 1;
  const isDone = makesRun<F>(f, size) && runOver<F>(f, itemBelowRoot<F>(f, frameAt(me, frame), page, below), page, below) >= runIn<F>(f, size);
  return !isDone && gatherFor<F>(f, me, frame, page, size) != 0;
}
/** Takes a directory that is in the way of no other merge. */
function begin<F extends Format>(f: F, me: usize, table: u32, frame: u32, page: u64): u32 {
  relabel(me, frame);
  const seen = ownerOf(me, frame), word = owner(OwnerKind.MERGING, generationOf(seen) + 1 << Owner.THREAD_BITS | threadOf(me));
  if (ownerKind(seen) == OwnerKind.LIVE && changeOwner(me, frame, seen, word)) {
    ownStore64(me + Slot.MERGE, word);
    return Status.OK;
  }
  if (ownerKind(seen) == OwnerKind.FREEZING) { // a killer gave up, and no mapper meets a mark here: called off as by one, and as liable
    intend(me, table, page);
    revive(me, frame, seen);
    pruneTo<F>(f, me, table, page);
  }
  return Status.AGAIN;
}

/** After the first drain. Outside a section. */
export function mergeHold<F extends Format>(f: F, me: usize, table: u32, page: u64, size: i32): void {
  const level = pointerLevel<F>(f, size);
  enter(me);
  const item = itemOn<F>(f, me, table, page, level);
  if (f.isDirectory(item) && ownerOf(me, directoryBelow<F>(f, item, level)) == own64(me + Slot.MERGE))
    swapItem<F>(f, pathAt(me, level), item, item | flag(true, f.heldBit())); // lost: that shows in the end
  leave(me);
}

/**
 * Ends a merge, after the second drain; with `commit` false it only gives it up. OK: one leaf, or one run, stands there now; AGAIN: somebody
 * changed something below; NONE: there are directories beside the run; NOMEM: no frame for a copy. Outside a section.
 */
export function mergeFinish<F extends Format>(f: F, me: usize, table: u32, page: u64, size: i32, commit: bool): u32 {
  const level = pointerLevel<F>(f, size), copies = makesRun<F>(f, size);
  let status: u32 = Status.AGAIN;
  if (copies && commit && !reserve(me, 1, directoryOrder<F>(f, me))) { status = Status.NOMEM; commit = false; }
  enter(me);
  const item = itemOn<F>(f, me, table, page, level), frame = directoryBelow<F>(f, item, level), word = own64(me + Slot.MERGE);
  if (ownerOf(me, frame) == word) { // else a killer took it over, or there is none: frame 0 is nobody's
    const entry = commit && bit(item, f.heldBit()) ? gatherFor<F>(f, me, frame, page, size) : 0;
    let copy: u32 = 0;
    if (copies && entry) {
      copy = copyFused<F>(f, me, table, frame, page, level - 1, runIn<F>(f, size), entry);
      if (!copy) status = Status.NONE;
    }
    if (entry && (!copies || copy) && swapItem<F>(f, pathAt(me, level), item, copies ? f.directory(copy, level - 1) : f.packPresent(entry, level))) {
      if (copies) relabel(me, copy);
      retireRun(me, frame, word, directoryOrder<F>(f, me));
      status = Status.OK;
    } else {
      if (copy) letCopyGo<F>(f, me, copy);
      revive(me, frame, word);
    }
  }
  leave(me);
  if (copies) unreserve(me, directoryOrder<F>(f, me));
  return status;
}
