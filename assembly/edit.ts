// Changing one entry. The item itself decides every race: one compare-and-swap from what was seen to what shall be (W2, W3).
// A mapper finds its way down, brings the whole chain of missing directories with its entry already inside, and publishes it
// with that one swap (W1): no directory is ever hooked empty. All directories are in hand before (M1).
//
//  A (maps page 0, needs a leaf)             B (maps page 1 of the same leaf)
//  builds leaf a with entry 0                builds leaf b with entry 1
//  swap(parent item, 0, a)  wins
//                                            swap(parent item, 0, b)  loses: b's item is zeroed again, b stays in hand
//                                            walks into a, swap(item 1, 0, entry 1); gives b back
//                                            [one leaf is installed, both entries stand, no frame is lost]
//
// A verb of one page that meets a large leaf cuts it first (cut.ts): each page has an item of its own when it changes alone.
import { OwnerKind, Role, Slot } from "./layout/arena";
import { Entry } from "./layout/entry";
import { Status } from "./layout/status";
import { own32, ownStore32, ownStoreFloat } from "./door";
import { answerEntry, answeredEntry, frameAt } from "./slot";
import { enter, leave } from "./section";
import { directoryOrder, itemAt, loadItem, ownItem, ownStoreItem, swapItem, topLevel } from "./item";
import { describe, owner, ownerKind, ownerOf, relabel } from "./frames";
import { draw, keep, reserve, reserved, unreserve } from "./reserve";
import { descend, isBeyondTop, isThere, leadsOn, lookupEntry, pathAt, pathFrame, rootOf } from "./walk";
import { Meeting, firstPage, intend, isStuck, kill, meetMark, prune, revive, settleIntent, unhook } from "./directory";
import { fuseRuns, swapAlone } from "./fused";
import { cut } from "./cut";
import { levelsFor, raise } from "./raise";
import { chainLength, isChosen } from "./skip";
import { Format, SIZE, isLeafOf, mayFuse, pack, sizeIn, unpackLeaf, unpackPage } from "./format/format";

/**
 * By how much the items of `count` leaves side by side differ, for an entry and its successors. 0: not by the same each, as the format has the frame's
 * number in two fields and they go over from one to the other; or there is no successor.
 */
@inline export function stepOf<F extends Format>(f: F, entry: u64, leaf: i32, count: u64): u64 {
  const next: u64 = 1 << (leaf * f.indexBits()) << Entry.PAYLOAD, first = pack<F>(f, entry, leaf), step = pack<F>(f, entry + next, leaf) - first;
  return pack<F>(f, entry + (count - 1) * next, leaf) == first + (count - 1) * step ? step : 0;
}
/** Puts such leaves side by side, in private, and fuses them as far as the entry's size says. */
@inline function fill<F extends Format>(f: F, at: usize, page: u64, leaf: i32, count: u64, entry: u64): void {
  const start = at, given = entry, step = stepOf<F>(f, entry, leaf, count), next: u64 = 1 << (leaf * f.indexBits()) << Entry.PAYLOAD, end = at + (<usize>count << f.itemLg2());
  if (step) for (let item = pack<F>(f, entry, leaf); at < end; at += <usize>1 << f.itemLg2(), item += step) ownStoreItem<F>(f, at, item);
  else for (; at < end; at += <usize>1 << f.itemLg2(), entry += next) ownStoreItem<F>(f, at, pack<F>(f, entry, leaf));
  if (mayFuse<F>(f, leaf)) fuseRuns<F>(f, start, page, leaf, count, given >> Entry.PAYLOAD, sizeIn(given) - leaf * f.indexBits());
}

/**
 * Builds the chain of directories below an item of `level`, in private, with `count` leaves of level `leaf` from `page` on in its lowest; `beside`: the
 * pointer, or 0, that has stood in the item, and goes to item 0 of the highest.
 */
function build<F extends Format>(f: F, me: usize, table: u32, level: i32, leaf: i32, page: u64, count: u64, entry: u64, beside: u64): u64 {
  let item: u64 = 0, highest: u32 = 0;
  for (let below = leaf; below < level; below++) {
    if (f.skips() && below > leaf && !isChosen<F>(f, page, below)) continue;
    const frame = draw(me), at = itemAt<F>(f, frameAt(me, frame), page, below);
    if (below > leaf) ownStoreItem<F>(f, at, item);
    else fill<F>(f, at, page, leaf, count, entry);
    describe(me, frame, Role.DIRECTORY, firstPage<F>(f, page, below), below, table);
    item = f.directory(frame, below);
    highest = frame;
  }
  if (f.skips() && beside) ownStoreItem<F>(f, frameAt(me, highest), beside);
  return item;
}

/** Takes an unpublished chain apart again: its items back to zero, its frames back in hand. */
function unbuild<F extends Format>(f: F, me: usize, level: i32, leaf: i32, page: u64, count: u64, item: u64): void {
  if (f.skips()) ownStoreItem<F>(f, frameAt(me, <u32>f.directoryFrame(item)), 0); // what hung beside
  while (level > leaf) {
    const frame = <u32>f.directoryFrame(item);
    level = f.levelBelow(item, level);
    const at = itemAt<F>(f, frameAt(me, frame), page, level);
    if (level > leaf) { item = ownItem<F>(f, at); ownStoreItem<F>(f, at, 0); }
    else for (let i: u64 = 0; i < count; i++) ownStoreItem<F>(f, at + (<usize>i << f.itemLg2()), 0);
    keep(me, frame);
  }
}

/** Relabels a published chain; whoever walked into it first may have done so already. */
function relabelChain<F extends Format>(f: F, me: usize, level: i32, leaf: i32, page: u64, item: u64): void {
  while (true) {
    const frame = <u32>f.directoryFrame(item);
    relabel(me, frame);
    level = f.levelBelow(item, level);
    if (level <= leaf) return;
    item = loadItem<F>(f, itemAt<F>(f, frameAt(me, frame), page, level));
    if (!leadsOn<F>(f, item, page, level, leaf)) return; // emptied meanwhile: whoever killed the rest relabelled it first
  }
}

/** How many directories a leaf needs where the last descent answered `level`; beyond the top, those of the further levels as well. */
@inline function missing<F extends Format>(f: F, me: usize, level: i32, leaf: i32, page: u64): u32 {
  if (!isBeyondTop<F>(f, me, page, leaf)) return chainLength<F>(f, level, leaf, page);
  const wanted = levelsFor<F>(f, page, leaf) - 1;
  return (f.skips() ? 1 : wanted - topLevel<F>(f, me)) + chainLength<F>(f, wanted, leaf, page);
}

/**
 * Fills `count` empty items of level `leaf` below one missing directory, or the one item of `level` itself, with `entry` and its
 * successors. Inside a section, after `descend` answered `level`; `item` is what was loaded there: 0, a mark, or a pointer that the page lies beside.
 * OK, AGAIN (walk again), STALE (the table is gone), or MORE (directories are missing: reserve `missing` of them outside the section, then
 * walk again).
 */
export function install<F extends Format>(f: F, me: usize, table: u32, level: i32, leaf: i32, item: u64, page: u64, count: u64, entry: u64): u32 {
  if (!isThere<F>(f, me)) return Status.STALE;
  if (isBeyondTop<F>(f, me, page, leaf)) return reserved(me) < missing<F>(f, me, level, leaf, page) ? <u32>Status.MORE : raise<F>(f, me, table, page, leaf);
  const isBeside = f.skips() && f.isDirectory(item); // a directory is put between: the highest of the chain (skip.ts)
  if (isBeside && leadsOn<F>(f, item, page, level, leaf)) return Status.AGAIN; // somebody did so since
  const meeting = item && !isBeside ? meetMark<F>(f, me, level, item) : Meeting.VOID;
  if (meeting == Meeting.LOST) return Status.AGAIN;
  const length = chainLength<F>(f, level, leaf, page);
  if (reserved(me) < length) return Status.MORE;
  if (meeting == Meeting.BINDING) { // only now: a mapper that fails for memory is not liable
    const directory = pathFrame<F>(f, me, level);
    intend(me, table, page); // before the call-off: whoever buries us finds the directory
    if (own32(me + Slot.CALLED_OFF) == directory) prune<F>(f, me, table, level); // frozen again: help, so that somebody comes to an end
    ownStore32(me + Slot.CALLED_OFF, directory);
    revive(me, directory, owner(OwnerKind.FREEZING, f.markGeneration(item))); // this freeze and no later one, or two mappers undo a third thread's for ever
    return Status.AGAIN;
  }
  if (isBeside && length == 1) entry = entry & ~SIZE | <u64>(leaf * f.indexBits()) << Entry.SIZE; // beside what hangs there: plain, as in one that stands
  const filled = level > leaf ? build<F>(f, me, table, level, leaf, page, count, entry, isBeside ? item : 0) : pack<F>(f, entry, leaf);
  if (swapItem<F>(f, pathAt(me, level), item, filled)) {
    if (level > leaf) relabelChain<F>(f, me, level, leaf, page, filled);
    return Status.OK;
  }
  if (level > leaf) unbuild<F>(f, me, level, leaf, page, count, filled);
  return Status.AGAIN;
}

/** Answers EXIST with the page that is mapped. */
export function answerExist(me: usize, page: u64): u32 {
  ownStoreFloat(me + Slot.PAGE, <f64>page);
  return Status.EXIST;
}

/**
 * Where a large leaf shall stand, a directory does: helps it away if nothing is mapped in it. `at`: the item of `level` that is the `pointer` to
 * it; `page`: the first below it. EXIST; FULL: one stays, for it was frozen too often (`isStuck`); or AGAIN: walk again. Inside a section. A
 * killer like any other, and liable like one: whatever happens to us, the page's path is pruned, or ends in something that is mapped.
 */
export function clearAway<F extends Format>(f: F, me: usize, table: u32, at: usize, level: i32, pointer: u64, page: u64): u32 {
  const below = f.levelBelow(pointer, level), frame = <u32>f.directoryFrame(pointer), directory = frameAt(me, frame);
  intend(me, table, page);
  for (let i: u64 = 0; i < <u64>1 << f.indexBits(); i++) {
    const child = directory + (<usize>i << f.itemLg2()), item = loadItem<F>(f, child), first = page + (i << (below * f.indexBits()));
    if (f.isEmpty(item)) continue;
    if (below == 0 || !f.isDirectory(item)) return answerExist(me, first);
    const status = clearAway<F>(f, me, table, child, below, item, first);
    if (status != Status.AGAIN) return status;
  }
  kill<F>(f, me, frame);
  const seen = ownerOf(me, frame); // killed by us, or by somebody who may have stopped before unhooking it
  if (isStuck<F>(f, seen)) return Status.FULL;
  if (ownerKind(seen) == OwnerKind.DEAD) unhook<F>(f, me, at, frame, seen); // what was put between is met next
  return Status.AGAIN;
}

/** Whether two entries map the same: how large the leaf is does not count. */
@inline export function isSame(a: u64, b: u64): bool { return !((a ^ b) & ~SIZE); }

/**
 * Changes the entry of a page from `expected` to `replacement`; either may be 0 (nothing). OK, AGAIN (another entry stands
 * there, left in the slot), or NOMEM. Outside a section.
 * Bound: it walks again only after its own cut, another verb's completed map or clear, a directory's death, or the first freeze of an empty
 * directory that it met.
 */
export function change<F extends Format>(f: F, me: usize, table: u32, page: u64, expected: u64, replacement: u64): u32 {
  let status: u32 = Status.AGAIN;
  while (status == Status.AGAIN) {
    enter(me);
    const level = descend<F>(f, me, rootOf<F>(f, me, table), page), at = pathAt(me, level);
    if (!expected && !level && isThere<F>(f, me) && swapItem<F>(f, at, 0, pack<F>(f, replacement))) { // nothing to build and, for most pages, no mark to meet
      leave(me);
      status = Status.OK;
      break;
    }
    const item = loadItem<F>(f, at);
    if (level && leadsOn<F>(f, item, page, level, 0)) { leave(me); continue; } // somebody installed a directory since
    const entry = level && f.skips() && f.isDirectory(item) ? 0 : unpackPage<F>(f, item, page, level);
    if (!isSame(entry, expected)) {
      answerEntry(me, entry);
      leave(me);
      break;
    }
    if (!expected) status = install<F>(f, me, table, level, 0, item, page, 1, replacement);
    else if (level) status = cut<F>(f, me, table, level, item, page);
    else {
      if (!replacement) intend(me, table, page);
      if (swapAlone<F>(f, at, item, page, 0, replacement ? pack<F>(f, replacement) : 0)) {
        if (!replacement) prune<F>(f, me, table, 0);
        status = Status.OK;
      }
    }
    leave(me);
    if (status == Status.MORE) status = reserve(me, expected ? 1 : missing<F>(f, me, level, 0, page), directoryOrder<F>(f, me)) ? Status.AGAIN : Status.NOMEM;
  }
  unreserve(me, directoryOrder<F>(f, me));
  settleIntent(me);
  return status;
}

/** The entry of a page, 0 when there is none. Opens its own section. */
export function read<F extends Format>(f: F, me: usize, table: u32, page: u64): u64 {
  enter(me);
  const entry = lookupEntry<F>(f, me, rootOf<F>(f, me, table), page);
  leave(me);
  return entry;
}

/** Maps an empty page: OK, EXIST, NOMEM. With `replace`, also over an entry, which is left in the slot. */
export function map<F extends Format>(f: F, me: usize, table: u32, page: u64, entry: u64, replace: bool): u32 {
  let seen: u64 = 0;
  while (true) {
    const status = change<F>(f, me, table, page, seen, entry);
    if (status == Status.OK) answerEntry(me, seen);
    if (status != Status.AGAIN) return status;
    seen = answeredEntry(me);
    if (seen && !replace) return Status.EXIST;
  }
}

/**
 * Unmaps a page and leaves what was mapped in the slot: OK, NONE, or NOMEM when a large leaf cannot be cut. Outside a section.
 * Bound: a swap fails only when another thread's change succeeded; it walks again only after a cut.
 */
export function unmap<F extends Format>(f: F, me: usize, table: u32, page: u64): u32 {
  let status: u32 = Status.AGAIN;
  while (status == Status.AGAIN) {
    status = Status.NONE;
    enter(me);
    const level = descend<F>(f, me, rootOf<F>(f, me, table), page), at = pathAt(me, level);
    if (level) {
      const item = loadItem<F>(f, at);
      if (leadsOn<F>(f, item, page, level, 0)) status = Status.AGAIN;
      else if (isLeafOf<F>(f, item, level)) status = cut<F>(f, me, table, level, item, page);
    } else {
      intend(me, table, page);
      for (let item = loadItem<F>(f, at); !f.isEmpty(item); item = loadItem<F>(f, at)) {
        if (!swapAlone<F>(f, at, item, page, 0, 0)) continue;
        answerEntry(me, unpackLeaf<F>(f, item, page, 0));
        prune<F>(f, me, table, 0);
        status = Status.OK;
        break;
      }
    }
    leave(me);
    if (status == Status.MORE) status = reserve(me, 1, directoryOrder<F>(f, me)) ? Status.AGAIN : Status.NOMEM;
  }
  unreserve(me, directoryOrder<F>(f, me));
  settleIntent(me);
  return status;
}
