// Levels that are left out: a pointer of some formats (AMD's) may lead to a directory several levels below, if the bits of the address that those levels
// would look at are 0. A chain is built so, without the directories in which only item 0 would be used; and a raised table's new top points to its
// former root. Where a page needs one of them, it is put between: it is the highest of the page's chain, built in private (edit.ts) with the old
// pointer in its item 0, and swapped in.
//
//   level 3   │ P │ · │ · │                    │ X │ · │ · │                        wanted: page 512 of a region
//               │                                │                                  whose pages 0 to 511 are D's
//   level 2     │                                │
//   level 1     │                 ──swap──>    │ P'│ · │ · │  <- page 512 goes here
//   level 0   │ D: pages 0 to 511 │            │ D: pages 0 to 511 │
//
// Hitless, as a cut: a walk comes to D by either way, and nothing that a lookup could notice changes (M1). What was put between stays until it is empty.
//
// A directory that dies meanwhile hangs lower than its killer saw it, and what was put between may then be empty:
//
//   killer of D                                mapper of page 512
//   D is DEAD
//                                              loads P, puts X between with page 512: D hangs in X
//                                              unmaps page 512: X has D still, and stays
//   swap(P's item, P, 0) FAILS
//   finds X there: goes down, unhooks D
//   prunes from the top: X is empty            [no empty directory stays: W4]
//
// A merge holds the pointer of the level above its leaves, and none that leaves levels out: neither ever meets the other's pointer.
import { Role } from "./layout/arena";
import { Status } from "./layout/status";
import { frameAt } from "./slot";
import { ownStoreItem, swapItem } from "./item";
import { describe, relabel } from "./frames";
import { draw, keep, reserved } from "./reserve";
import { pathAt } from "./walk";
import { firstPage } from "./directory";
import { Format, field } from "./format/format";

/** How many directories a chain takes from an item of `level` down to a page's leaf: of each level, or of those that tell it from others, and its own. */
export function chainLength<F extends Format>(f: F, level: i32, leaf: i32, page: u64): u32 {
  if (!f.skips() || level <= leaf) return level - leaf;
  let length: u32 = 1;
  for (let below = leaf + 1; below < level; below++) if (isChosen<F>(f, page, below)) length++;
  return length;
}
/** Whether a page needs a directory of a level above its leaf's: in others only item 0 is used. */
@inline export function isChosen<F extends Format>(f: F, page: u64, level: i32): bool { return field(page, level * f.indexBits(), f.indexBits()) != 0; }

/**
 * Puts a directory of `between` between the `item` that the last descent found at `level`, and what it points to, for who needs an item of that level
 * (merge.ts). Inside a section. AGAIN: walk again, whoever did it; MORE: reserve a directory outside the section first.
 */
export function putBetween<F extends Format>(f: F, me: usize, table: u32, level: i32, between: i32, item: u64, page: u64): u32 {
  if (!reserved(me)) return Status.MORE;
  const frame = draw(me), directory = frameAt(me, frame);
  ownStoreItem<F>(f, directory, item);
  describe(me, frame, Role.DIRECTORY, firstPage<F>(f, page, between), between, table);
  if (swapItem<F>(f, pathAt(me, level), item, f.directory(frame, between))) relabel(me, frame);
  else {
    ownStoreItem<F>(f, directory, 0); // frames in hand are zeroed
    keep(me, frame);
  }
  return Status.AGAIN;
}
