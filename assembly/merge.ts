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
// The merger waits for sections between its steps, so it is sequenced from TypeScript; nobody waits for it. If it dies, its burial makes
// the directory LIVE again, or retires one that it had replaced.
import { Entry } from "./layout/entry";
import { Owner, OwnerKind, Slot } from "./layout/arena";
import { Status } from "./layout/status";
import { own64, ownStore64 } from "./door";
import { frameAt, threadOf } from "./slot";
import { enter, leave } from "./section";
import { directoryOrder, loadItem, swapItem } from "./item";
import { changeOwner, owner, ownerKind, ownerOf, relabel } from "./frames";
import { retireRun } from "./run";
import { descendTo, pathAt, rootOf } from "./walk";
import { generationOf, intend, pruneTo, revive, settleIntent } from "./directory";
import { Format, bit, flag, isDirectory, payloadOf, unpack } from "./format/format";

const NOTED: u64 = 1 << Entry.ACCESSED | 1 << Entry.DIRTY;

/** The large leaf of `level` that says what the directory's leaves say, 0 when none could: they must follow each other and allow the same. */
function gather<F extends Format>(f: F, me: usize, frame: u32, level: i32): u64 {
  const below = level - 1, step = <u64>1 << (below * f.indexBits()) << Entry.PAYLOAD;
  let first: u64 = 0, noted: u64 = 0;
  for (let i: u64 = 0; i < <u64>1 << f.indexBits(); i++) {
    const item = loadItem<F>(f, frameAt(me, frame) + (<usize>i << f.itemLg2()));
    if (!f.present(item) || (below && !f.isLeaf(item))) return 0;
    const entry = unpack<F>(f, item, below), same = (entry & ~NOTED) - i * step;
    noted |= entry & NOTED;
    if (i == 0) first = same;
    else if (same != first) return 0;
  }
  return payloadOf(first) & ((<u64>1 << (level * f.indexBits())) - 1) ? 0 : f.packPresent(first | noted, level);
}

/** The item of `level` on the path to the page, 0 when the path does not go down to it. Inside a section. */
function itemOn<F extends Format>(f: F, me: usize, table: u32, page: u64, level: i32): u64 {
  return descendTo<F>(f, me, rootOf<F>(f, me, table), page, level) == level ? loadItem<F>(f, pathAt(me, level)) : 0;
}

/**
 * Takes the directory below the item of `level` that covers the page. OK: drain, `mergeHold`, drain, `mergeFinish`. NONE: there is
 * nothing that one leaf could say; AGAIN: another thread is merging there, or changes something. Outside a section.
 */
export function mergeBegin<F extends Format>(f: F, me: usize, table: u32, page: u64, level: i32): u32 {
  let status: u32 = Status.NONE;
  enter(me);
  const item = f.leafLevels() >> level & 1 ? itemOn<F>(f, me, table, page, level) : 0, frame = isDirectory<F>(f, item) ? <u32>f.directoryFrame(item) : 0;
  if (frame && gather<F>(f, me, frame, level)) {
    status = Status.AGAIN;
    relabel(me, frame);
    const seen = ownerOf(me, frame), word = owner(OwnerKind.MERGING, generationOf(seen) + 1 << Owner.THREAD_BITS | threadOf(me));
    if (ownerKind(seen) == OwnerKind.LIVE && changeOwner(me, frame, seen, word)) {
      ownStore64(me + Slot.MERGE, word);
      status = Status.OK;
    } else if (ownerKind(seen) == OwnerKind.FREEZING) { // a killer gave up, and no mapper meets a mark here: called off as by one, and as liable
      intend(me, table, page);
      revive(me, frame, seen);
      pruneTo<F>(f, me, table, page);
    }
  }
  leave(me);
  settleIntent(me);
  return status;
}

/** After the first drain. Outside a section. */
export function mergeHold<F extends Format>(f: F, me: usize, table: u32, page: u64, level: i32): void {
  enter(me);
  const item = itemOn<F>(f, me, table, page, level);
  if (isDirectory<F>(f, item) && ownerOf(me, <u32>f.directoryFrame(item)) == own64(me + Slot.MERGE))
    swapItem<F>(f, pathAt(me, level), item, item | flag(true, f.heldBit())); // lost: that shows in the end
  leave(me);
}

/**
 * Ends a merge, after the second drain; with `commit` false it only gives it up. OK: one leaf stands there now; AGAIN: somebody
 * changed something below. Outside a section.
 */
export function mergeFinish<F extends Format>(f: F, me: usize, table: u32, page: u64, level: i32, commit: bool): u32 {
  let status: u32 = Status.AGAIN;
  enter(me);
  const item = itemOn<F>(f, me, table, page, level), frame = isDirectory<F>(f, item) ? <u32>f.directoryFrame(item) : 0, word = own64(me + Slot.MERGE);
  if (ownerOf(me, frame) == word) { // else a killer took it over, or there is none: frame 0 is nobody's
    const leaf = commit && bit(item, f.heldBit()) ? gather<F>(f, me, frame, level) : 0;
    if (leaf && swapItem<F>(f, pathAt(me, level), item, leaf)) {
      retireRun(me, frame, word, directoryOrder<F>(f, me));
      status = Status.OK;
    } else revive(me, frame, word);
  }
  leave(me);
  return status;
}
