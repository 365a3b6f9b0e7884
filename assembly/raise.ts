// Raising: a table that may grow gets further levels on top when somebody maps a page that its root is too low for. The root becomes what item 0
// of a new directory points to, and so on up to the level that is wanted (at once where levels may be left out, skip.ts); all of them are built in
// private, and the table's top, which is one word with the root and the level count, is swapped from what was seen. Levels only grow: no top is seen
// twice, and no root that is seen as one is dead.
//
//   top: root R, 1 level            top: root D2, 3 levels
//    │                               │
//    R ── leaves                     D2 ─0─> D1 ─0─> R ── leaves
//                                     └─ room for pages that R is too low for
//
// Nothing that a lookup could notice changes (M1: the frames for the levels and for what is mapped there are in hand). Who loaded the top before
// goes on from R, which covers the same pages as ever: nothing beyond them was mapped then (R1). Who finds another top walks again (W1).
//
// R is an ordinary directory from then on, and is given back when it is empty (W4). Who empties it may still take it for the root, and leave it:
//
//   unmap of the last page in R           raiser
//   loads top: R                          intent: page 0
//   clears its item in R                  top: R -> D2
//   at the root: loads top again          looks at the path to page 0: is R empty?
//   [each changes its word before it loads the other's: one of them sees that R is empty and no root, and gives it back]
//
// The intent is there before the swap: who buries a raiser prunes the path to page 0. A new directory that is still in transit to the dead one
// is found where its place says, the highest in the table's top.
import { Role } from "./layout/arena";
import { FormatWord, Table } from "./layout/table";
import { Status } from "./layout/status";
import { swap } from "./door";
import { frameAt, tableOf } from "./slot";
import { loadItem, ownItem, ownStoreItem, topLevel } from "./item";
import { describe, relabel } from "./frames";
import { draw, keep } from "./reserve";
import { pathFrame } from "./walk";
import { intend, pruneTo } from "./directory";
import { Format, LEVELS } from "./format/format";

/** How many levels a table needs for a leaf of level `leaf` at a page. */
export function levelsFor<F extends Format>(f: F, page: u64, leaf: i32): i32 {
  let levels = leaf + 1;
  while (page >> (levels * f.indexBits())) levels++;
  return levels;
}

/** The format word of a table that has so many levels by now. */
@inline function wordWith<F extends Format>(f: F, levels: i32): u64 {
  return f.word() & ~LEVELS | levels << FormatWord.LEVELS;
}

/**
 * Gives the table the levels that a leaf of level `leaf` at the page needs, from directories in hand, if its top is still what the last
 * descent began at. AGAIN: walk again, whoever raised it. Inside a section. Bound: a swap fails only when another raised the table.
 */
export function raise<F extends Format>(f: F, me: usize, table: u32, page: u64, leaf: i32): u32 {
  const top = topLevel<F>(f, me), wanted = levelsFor<F>(f, page, leaf) - 1, root = pathFrame<F>(f, me, top);
  let highest = root, below = top;
  for (let level = f.skips() ? wanted : top + 1; level <= wanted; level++) {
    const frame = draw(me);
    ownStoreItem<F>(f, frameAt(me, frame), f.directory(highest, below));
    describe(me, frame, Role.DIRECTORY, 0, level, table);
    highest = frame;
    below = level;
  }
  intend(me, table, 0);
  const from = <u64>root << Table.ROOT | wordWith<F>(f, top + 1), to = <u64>highest << Table.ROOT | wordWith<F>(f, wanted + 1);
  if (swap(tableOf(me, table) + Table.TOP, from, to)) {
    relabelDown<F>(f, me, highest, wanted, top);
    pruneTo<F>(f, me, table, 0);
  } else for (let frame = highest; frame != root;) { // frames in hand are zeroed
    const at = frameAt(me, frame), below = <u32>f.directoryFrame(ownItem<F>(f, at));
    ownStoreItem<F>(f, at, 0);
    keep(me, frame);
    frame = below;
  }
  return Status.AGAIN;
}

/** Relabels the new directories, down to the level of the former root; whoever emptied one has relabelled it before. */
function relabelDown<F extends Format>(f: F, me: usize, highest: u32, level: i32, top: i32): void {
  for (let frame = highest; level > top;) {
    relabel(me, frame);
    const item = loadItem<F>(f, frameAt(me, frame));
    if (!f.isDirectory(item)) return; // emptied by another, who relabelled what was below
    level = f.levelBelow(item, level);
    frame = <u32>f.directoryFrame(item);
  }
}
