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
import { OwnerKind, Role } from "./layout/arena";
import { Entry } from "./layout/entry";
import { Status } from "./layout/status";
import { loadAcquire, own64, ownStore64, swap } from "./door";
import { answerEntry, answeredEntry, frameAt, frameOfAddress } from "./slot";
import { enter, leave } from "./section";
import { changeOwner, describe, owner, ownerKind, ownerOf } from "./frames";
import { draw, keep, reserve, reserved, unreserve } from "./reserve";
import { descend, itemAt, lookupItem, pathAt, rootOf } from "./walk";
import { Meeting, callOff, intend, meetMark, prune, settleIntent } from "./directory";
import { Format, pack, unpack } from "./format/format";

/** The first page that a directory of that level covers. */
@inline function firstPage<F extends Format>(f: F, page: u64, level: i32): u64 {
  const covered = (level + 1) * f.indexBits();
  return page >> covered << covered;
}

/** Builds the chain of directories below an item of `level`, in private, with `count` entries from `page` on in its leaf. */
export function build<F extends Format>(f: F, me: usize, table: u32, level: i32, page: u64, count: u64, entry: u64): u64 {
  let item: u64 = 0;
  for (let below = 0; below < level; below++) {
    const frame = draw(me);
    const at = itemAt<F>(f, frameAt(me, frame), page, below);
    if (below) ownStore64(at, item);
    else for (let i: u64 = 0; i < count; i++) ownStore64(at + <usize>i * sizeof<u64>(), pack<F>(f, entry + (i << Entry.PAYLOAD)));
    describe(me, frame, Role.DIRECTORY, firstPage<F>(f, page, below), below, table);
    item = f.directory(frame);
  }
  return item;
}

/** Takes an unpublished chain apart again: its items back to zero, its frames back in hand. */
function unbuild<F extends Format>(f: F, me: usize, level: i32, page: u64, count: u64, item: u64): void {
  for (let below = level - 1; below >= 0; below--) {
    const frame = <u32>f.directoryFrame(item);
    const at = itemAt<F>(f, frameAt(me, frame), page, below);
    if (below) { item = own64(at); ownStore64(at, 0); }
    else for (let i: u64 = 0; i < count; i++) ownStore64(at + <usize>i * sizeof<u64>(), 0);
    keep(me, frame);
  }
}

/** Relabels a published chain; whoever walked into it first may have done so already. */
function relabel<F extends Format>(f: F, me: usize, level: i32, page: u64, item: u64): void {
  for (let below = level - 1; below >= 0; below--) {
    const frame = <u32>f.directoryFrame(item), seen = ownerOf(me, frame);
    if (ownerKind(seen) == OwnerKind.TRANSIT) changeOwner(me, frame, seen, owner(OwnerKind.LIVE, 0));
    if (!below) return;
    item = loadAcquire(itemAt<F>(f, frameAt(me, frame), page, below));
    if (!f.present(item)) return; // emptied meanwhile: whoever killed the rest relabelled it first
  }
}

/**
 * Fills `count` empty items below one missing directory, or the one item of level 0, with `entry` and its successors.
 * Inside a section, after `descend` answered `level`; `item` is what was loaded there: 0 or a mark.
 * OK, AGAIN (walk again), STALE (the table is gone), or MORE (directories are missing: reserve `level` of them outside the section, then walk again).
 */
export function install<F extends Format>(f: F, me: usize, table: u32, level: i32, item: u64, page: u64, count: u64, entry: u64): u32 {
  if (!frameOfAddress(me, pathAt(me, f.levels() - 1))) return Status.STALE; // walked from frame 0, which stays as it is
  const meeting = item ? meetMark<F>(f, me, level, item) : Meeting.VOID;
  if (meeting == Meeting.LOST) return Status.AGAIN;
  if (reserved(me) < <u32>level) return Status.MORE;
  if (meeting == Meeting.BINDING) { // only now: a mapper that fails for memory is not liable
    intend(me, table, page); // before the call-off: whoever buries us finds the directory
    callOff(me, level);
    return Status.AGAIN;
  }
  const filled = level ? build<F>(f, me, table, level, page, count, entry) : pack<F>(f, entry);
  if (swap(pathAt(me, level), item, filled)) {
    if (level) relabel<F>(f, me, level, page, filled);
    return Status.OK;
  }
  if (level) unbuild<F>(f, me, level, page, count, filled);
  return Status.AGAIN;
}

/**
 * Changes the entry of a page from `expected` to `replacement`; either may be 0 (nothing). OK, AGAIN (another entry stands
 * there, left in the slot), or NOMEM. Outside a section.
 * Bound: it walks again only after another verb's completed map, clear or freeze.
 */
export function change<F extends Format>(f: F, me: usize, table: u32, page: u64, expected: u64, replacement: u64): u32 {
  let status: u32 = Status.AGAIN;
  while (status == Status.AGAIN) {
    enter(me);
    const level = descend<F>(f, me, rootOf<F>(f, me, table), page);
    const at = pathAt(me, level), item = loadAcquire(at);
    if (level && f.present(item)) { leave(me); continue; } // somebody installed a directory since
    const entry = level ? <u64>0 : unpack<F>(f, item);
    if (entry != expected) {
      answerEntry(me, entry);
      leave(me);
      break;
    }
    if (expected) {
      if (!replacement) intend(me, table, page);
      if (swap(at, item, replacement ? pack<F>(f, replacement) : 0)) {
        if (!replacement) prune<F>(f, me, 0);
        status = Status.OK;
      }
    } else status = install<F>(f, me, table, level, item, page, 1, replacement);
    leave(me);
    if (status == Status.MORE) status = reserve(me, level) ? Status.AGAIN : Status.NOMEM;
  }
  unreserve(me);
  settleIntent(me);
  return status;
}

/** The entry of a page, 0 when there is none. Opens its own section. */
export function read<F extends Format>(f: F, me: usize, table: u32, page: u64): u64 {
  enter(me);
  const entry = unpack<F>(f, lookupItem<F>(f, me, rootOf<F>(f, me, table), page));
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
 * Unmaps a page and leaves what was mapped in the slot: OK, or NONE. Outside a section.
 * Bound: a swap fails only when another thread's change succeeded.
 */
export function unmap<F extends Format>(f: F, me: usize, table: u32, page: u64): u32 {
  let status: u32 = Status.NONE;
  enter(me);
  if (descend<F>(f, me, rootOf<F>(f, me, table), page) == 0) {
    const at = pathAt(me, 0);
    intend(me, table, page);
    for (let item = loadAcquire(at); !f.isEmpty(item); item = loadAcquire(at)) {
      if (!swap(at, item, 0)) continue;
      answerEntry(me, unpack<F>(f, item));
      prune<F>(f, me, 0);
      status = Status.OK;
      break;
    }
  }
  leave(me);
  settleIntent(me);
  return status;
}
