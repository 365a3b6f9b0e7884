// Reading a table. A walk is always inside a section, so no directory that it meets is re-used under it (R2), and it loads
// items only (R1, R3): it never looks at a descriptor and never writes to a line that another thread writes.
// A dead directory's items are all marks, a cleared item is 0: both read as "nothing here", which was true when the pointer
// to that directory was loaded or became true later, inside the walk. A directory in whose place a large leaf was put (merge.ts)
// keeps its items: they say what was in force when the pointer to it was loaded.
//
// Whoever goes down to change something calls off each merge on its way, before it touches what is below: see merge.ts.
import { Slot } from "./layout/arena";
import { Table } from "./layout/table";
import { loadAcquire, own32, ownStore32 } from "./door";
import { frameAt, frameOfAddress, framesOf, pageLg2, tableOf } from "./slot";
import { itemAt, itemBelowRoot, loadItem, mostLevels, orderAtLevel, rootOrder, swapItem, topLevel } from "./item";
import { Format, LEVELS, bit, field, flag, levelsIn, unpackLeaf, unpackPage } from "./format/format";
import { Entry } from "./layout/entry";

/**
 * The root of a table; 0 once it is destroyed, even if another table of another format has its number: frame 0 is all zeros, so a
 * walk from there finds nothing (`withinRoot`). Inside a section: of a table that may grow, root and level are of one load (`topLevel`).
 */
@inline export function rootOf<F extends Format>(f: F, me: usize, table: u32): u32 {
  const top = topOf(me, table);
  if (f.mayGrow()) ownStore32(me + Slot.TOP_LEVEL, max(levelsIn(<u32>top), 1) - 1); // another table's format may count none
  return isOfFormat<F>(f, <u32>top) ? <u32>(top >> Table.ROOT) : 0;
}
/** Whether a format word is of the format, whatever levels a table that grows has by now. */
@inline function isOfFormat<F extends Format>(f: F, word: u32): bool { return f.mayGrow() ? !((word ^ f.word()) & ~LEVELS) : word == f.word(); }
/** Root and format of a table, whatever format it has. */
@inline export function topOf(me: usize, table: u32): u64 { return loadAcquire(tableOf(me, table) + Table.TOP); }

/** The address of the item of `level` on the path of the last descent. */
@inline export function pathAt(me: usize, level: i32): usize { return own32(me + Slot.PATH + (<usize>level << 2)); }

/** The directory whose item of `level` is on that path: its frame, or the head of its run. */
@inline export function pathFrame<F extends Format>(f: F, me: usize, level: i32): u32 {
  const order = orderAtLevel<F>(f, me, level);
  return frameOfAddress(me, pathAt(me, level)) >> order << order;
}
/** Whether the last descent began at the root of a table that is there, and not at frame 0, which stays as it is. */
@inline export function isThere<F extends Format>(f: F, me: usize): bool { return pathFrame<F>(f, me, topLevel<F>(f, me)) != 0; }
/** Whether frame 0 stands for a root that is a run: the frames behind it are others'. */
@inline export function isTooShort<F extends Format>(f: F, me: usize, root: u32): bool { return rootOrder<F>(f, me) != 0 && !root; }
/** The page to walk to: in frame 0 one whose item it has. */
@inline function withinRoot<F extends Format>(f: F, me: usize, root: u32, page: u64): u64 { return isTooShort<F>(f, me, root) ? 0 : page; }

/** Whether the root that was loaded last is too low for a page, or for an item of level `lowest`: nothing is mapped there yet (raise.ts). */
@inline export function isBeyondTop<F extends Format>(f: F, me: usize, page: u64, lowest: i32): bool {
  return f.mayGrow() && (lowest > topLevel<F>(f, me) || page >> ((topLevel<F>(f, me) + 1) * f.indexBits()) != 0);
}

/** Whether a page lies beside what an item of `level` points to, in a directory of level `below`: it differs in a level that is left out. */
@inline export function passesBy<F extends Format>(f: F, page: u64, level: i32, below: i32): bool {
  return f.skips() && field(page, (below + 1) * f.indexBits(), (level - 1 - below) * f.indexBits()) != 0;
}
/** Whether an item of `level` leads on: to a directory that has the page, and is of level `lowest` or above. */
@inline export function leadsOn<F extends Format>(f: F, item: u64, page: u64, level: i32, lowest: i32): bool {
  if (!f.skips()) return f.isDirectory(item);
  const below = f.levelBelow(item, level);
  return f.isDirectory(item) && below >= lowest && !passesBy<F>(f, page, level, below);
}

/** The entry of `page`, 0 when there is none: what the one item says that decides it. */
export function lookupEntry<F extends Format>(f: F, me: usize, root: u32, page: u64): u64 {
  const frames = framesOf(me), shift = pageLg2(me);
  page = withinRoot<F>(f, me, root, page);
  if (isBeyondTop<F>(f, me, page, 0)) return 0;
  let level = topLevel<F>(f, me), item = loadItem<F>(f, itemAt<F>(f, frames + (<usize>root << shift), page, level));
  while (level) {
    if (!f.isDirectory(item)) return unpackPage<F>(f, item, page, level);
    const below = f.levelBelow(item, level);
    if (passesBy<F>(f, page, level, below)) return 0;
    level = below;
    item = loadItem<F>(f, itemBelowRoot<F>(f, frames + (<usize>f.directoryFrame(item) << shift), page, level));
  }
  return unpackLeaf<F>(f, item, page, 0);
}

/** Calls off a merge below the item, if it still holds what was seen there. */
@inline export function unhold<F extends Format>(f: F, at: usize, item: u64): bool { return swapItem<F>(f, at, item, item & ~flag(true, f.heldBit())); }

/**
 * Walks down as far as directories go that have the page, but not below `lowest`, and notes the items' addresses in PATH, 0 for levels that are left
 * out. Answers the level of the last one.
 * Beyond the top that is a level above all, with an item of frame 0, which says "nothing"; the root is in PATH then, too.
 * `edits`: calls off merges on the way. Bound: a pointer is held once per merge.
 */
@inline function goDown<F extends Format>(f: F, me: usize, root: u32, page: u64, lowest: i32, edits: bool): i32 {
  let directory = frameAt(me, root);
  let level = topLevel<F>(f, me);
  page = withinRoot<F>(f, me, root, page);
  if (isBeyondTop<F>(f, me, page, lowest)) {
    ownStore32(me + Slot.PATH + (<usize>level << 2), <u32>directory);
    ownStore32(me + Slot.PATH + (<usize>mostLevels<F>(f) << 2), <u32>framesOf(me));
    return mostLevels<F>(f);
  }
  while (true) {
    const at = itemAt<F>(f, directory, page, level);
    ownStore32(me + Slot.PATH + (<usize>level << 2), <u32>at);
    if (level <= lowest) return level;
    const item = loadItem<F>(f, at);
    if (!f.isDirectory(item)) return level;
    if (edits && bit(item, f.heldBit()) && !unhold<F>(f, at, item)) continue; // called off by another, or merged: look again
    const below = f.levelBelow(item, level);
    if (f.skips()) {
      if (below < lowest || passesBy<F>(f, page, level, below)) return level;
      while (--level > below) ownStore32(me + Slot.PATH + (<usize>level << 2), 0);
    }
    directory = frameAt(me, f.directoryFrame(item));
    level = below;
  }
}
/** To read: leaves merges alone. */
export function follow<F extends Format>(f: F, me: usize, root: u32, page: u64): i32 { return goDown<F>(f, me, root, page, 0, false); }
/** To change something at `lowest` or above. */
export function descendTo<F extends Format>(f: F, me: usize, root: u32, page: u64, lowest: i32): i32 { return goDown<F>(f, me, root, page, lowest, true); }
export function descend<F extends Format>(f: F, me: usize, root: u32, page: u64): i32 { return goDown<F>(f, me, root, page, 0, true); }

/**
 * Translates as hardware does: sets accessed, and dirty for a write, by compare-and-swap before the access that it allows.
 * Answers the entry as it then stands; one that is not present, or lacks the right, comes back untouched and means a fault.
 * Never an OR: the item may have changed its kind. Bound: a swap fails only when another thread's change succeeded.
 */
export function translate<F extends Format>(f: F, me: usize, root: u32, page: u64, write: bool): u64 {
  let directory = frameAt(me, root), level = topLevel<F>(f, me), held: usize = 0;
  page = withinRoot<F>(f, me, root, page);
  if (isBeyondTop<F>(f, me, page, 0)) return 0;
  while (true) {
    const at = itemAt<F>(f, directory, page, level), item = loadItem<F>(f, at);
    if (level && f.isDirectory(item)) {
      const below = f.levelBelow(item, level);
      if (passesBy<F>(f, page, level, below)) return 0;
      if (bit(item, f.heldBit())) held = at;
      directory = frameAt(me, f.directoryFrame(item));
      level = below;
      continue;
    }
    const entry = unpackPage<F>(f, item, page, level);
    if (!f.present(item) || (write && !bit(entry, Entry.WRITE))) return entry;
    const touched = f.touched(item, write);
    if (touched == item) return entry;
    if (held) { // these bits would be lost to a merge that has gathered them already
      const pointer = loadItem<F>(f, held);
      if (f.isDirectory(pointer) && bit(pointer, f.heldBit())) unhold<F>(f, held, pointer); // a mark may have that bit
      directory = frameAt(me, root);
      level = topLevel<F>(f, me);
      held = 0;
    } else if (swapItem<F>(f, at, item, touched)) return unpackPage<F>(f, touched, page, level);
  }
}
