// Merging: a directory full of leaves that follow each other gives way to the one large leaf that says the same. Hitless: a walk sees
// the small ones or the large one. What hardware noted in any of them goes into the large one, and nobody may note or change
// anything below after it was gathered. Items have no room for a mark beside a mapping, so the pointer to the directory is *held*:
//
//  begin    owner LIVE(g) -> MERGING(me, g+1); item: pointer -> pointer|held
//  drain    every section that began before has ended: whoever works below came by the held pointer
//  finish   gather the leaves; item: pointer|held -> large leaf, by one swap; retire the directory
//
//  merger                                   editor, or a walk that sets accessed or dirty
//  item: pointer -> pointer|held
//                                           passes the held pointer: swaps it back first, then changes a leaf below
//  gathers what was there before
//  swap(item, pointer|held, leaf) FAILS     [no change and no dirty bit is lost: W3, H3]
//
// A pointer is held once per merge, so whoever finds it plain again knows the merge to be off. The owner word names the merger and its
// generation, which returns to no other merge: two mergers exclude each other, and none takes a pointer that another holds for its own.
// A killer takes the directory over from a merger (MERGING -> FREEZING), and the merger's word is gone.
//
// The merger waits for sections between begin and finish, so it is sequenced from TypeScript; nobody waits for it. If it dies, its
// burial lets the pointer go and makes the directory LIVE again, or retires one that it had replaced.
import { Entry } from "./layout/entry";
import { Owner, OwnerKind, Slot } from "./layout/arena";
import { Status } from "./layout/status";
import { own64, ownStore64 } from "./door";
import { frameAt, threadOf } from "./slot";
import { enter, leave } from "./section";
import { directoryOrder, loadItem, swapItem } from "./item";
import { changeOwner, owner, ownerKind, ownerOf, relabel } from "./frames";
import { retireRun } from "./run";
import { descendTo, pathAt, rootOf, unhold } from "./walk";
import { generationOf } from "./directory";
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

/** Lets a pointer go, held or not any more, and gives the directory back to its killers, from the exact word of its merger. */
function letGo<F extends Format>(f: F, me: usize, at: usize, item: u64, frame: u32, word: u64): void {
  unhold<F>(f, at, item);
  changeOwner(me, frame, word, owner(OwnerKind.LIVE, generationOf(word)));
}

/**
 * Holds the directory below the item of `level` that covers the page. OK: drain, then `mergeFinish`. NONE: there is nothing that one
 * leaf could say; AGAIN: another thread is merging there, or changes something. Outside a section.
 */
export function mergeBegin<F extends Format>(f: F, me: usize, table: u32, page: u64, level: i32): u32 {
  let status: u32 = Status.NONE;
  enter(me);
  const isThere = f.leafLevels() >> level & 1 && descendTo<F>(f, me, rootOf<F>(f, me, table), page, level) == level;
  const at = pathAt(me, level), item = isThere ? loadItem<F>(f, at) : 0;
  if (isDirectory<F>(f, item)) {
    const frame = <u32>f.directoryFrame(item);
    relabel(me, frame);
    const seen = ownerOf(me, frame), word = owner(OwnerKind.MERGING, generationOf(seen) + 1 << Owner.THREAD_BITS | threadOf(me));
    if (gather<F>(f, me, frame, level)) {
      status = Status.AGAIN;
      if (ownerKind(seen) == OwnerKind.LIVE && changeOwner(me, frame, seen, word)) {
        ownStore64(me + Slot.MERGE, word);
        swapItem<F>(f, at, item, item | flag(true, f.heldBit())); // lost: that shows in the end
        status = Status.OK;
      }
    }
  }
  leave(me);
  return status;
}

/**
 * Ends what `mergeBegin` began, after the drain; with `commit` false it only lets go. OK: one leaf stands there now; AGAIN: somebody
 * changed something below. Outside a section.
 */
export function mergeFinish<F extends Format>(f: F, me: usize, table: u32, page: u64, level: i32, commit: bool): u32 {
  let status: u32 = Status.AGAIN;
  enter(me);
  const isThere = descendTo<F>(f, me, rootOf<F>(f, me, table), page, level) == level;
  const at = pathAt(me, level), item = isThere ? loadItem<F>(f, at) : 0, word = own64(me + Slot.MERGE);
  const frame = isDirectory<F>(f, item) ? <u32>f.directoryFrame(item) : 0;
  if (ownerOf(me, frame) == word) { // else a killer took it over, or there is none: frame 0 is nobody's
    const leaf = commit && bit(item, f.heldBit()) ? gather<F>(f, me, frame, level) : 0;
    if (leaf && swapItem<F>(f, at, item, leaf)) {
      retireRun(me, frame, word, directoryOrder<F>(f, me));
      status = Status.OK;
    } else letGo<F>(f, me, at, item, frame, word);
  }
  leave(me);
  return status;
}

/** For its burial: a directory whose merger died, hooked at `at` or nowhere (0). Inside a section. */
export function unmerge<F extends Format>(f: F, me: usize, at: usize, frame: u32, word: u64): void {
  if (at) letGo<F>(f, me, at, loadItem<F>(f, at), frame, word);
  else retireRun(me, frame, word, directoryOrder<F>(f, me));
}
