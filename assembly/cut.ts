// Cutting a large leaf: a directory of smaller ones, which say the same of every page, takes its place by one swap. Hitless: a
// walk sees the large leaf or the small ones, never a fault and never another address. What hardware noted in the large leaf
// goes into each of the small ones, and one that is noted during the cut makes the swap fail: no dirty bit is lost (H3).
//
//   cutter                                  walk for a write
//   builds 512 clean leaves in private
//                                           sets dirty in the large leaf
//   swap(item, clean leaf, pointer) FAILS   [the next try builds dirty ones]
//
// A cut is no change that a lookup could notice, so a verb may cut before it takes all that it needs (M1).
import { OwnerKind, Role } from "./layout/arena";
import { Entry } from "./layout/entry";
import { Status } from "./layout/status";
import { dataClear } from "./door";
import { frameAt } from "./slot";
import { enter, leave } from "./section";
import { directoryBytes, directoryOrder, loadItem, ownStoreItem, swapItem } from "./item";
import { describe, relabel } from "./frames";
import { draw, keep, reserve, reserved, unreserve } from "./reserve";
import { descend, leadsOn, pathAt, rootOf } from "./walk";
import { firstPage } from "./directory";
import { fuseRuns, isShort, standsAlone } from "./fused";
import { ANY_RUN, Format, isLeafOf, levelIn, mayFuse, pack, runIn, unpack } from "./format/format";

/**
 * Cuts the leaf `item` that the last descent found at `level`, above 0, by one level. Inside a section. AGAIN: walk again, whether
 * it was cut or changed meanwhile; MORE: reserve one directory outside the section first.
 */
export function cut<F extends Format>(f: F, me: usize, table: u32, level: i32, item: u64, page: u64): u32 {
  if (!standsAlone<F>(f, pathAt(me, level), item, page, level)) return Status.AGAIN;
  if (!reserved(me)) return Status.MORE;
  const below = level - 1, frame = draw(me), directory = frameAt(me, frame), entry = unpack<F>(f, item, level);
  for (let i: u64 = 0; i < <u64>1 << f.indexBits(); i++)
    ownStoreItem<F>(f, directory + (<usize>i << f.itemLg2()), pack<F>(f, entry + (i << (below * f.indexBits()) << Entry.PAYLOAD), below));
  if (mayFuse<F>(f, below)) fuseRuns<F>(f, directory, 0, below, <u64>1 << f.indexBits(), 0, ANY_RUN); // both begin where a larger leaf may
  describe(me, frame, Role.DIRECTORY, firstPage<F>(f, page, below), below, table);
  if (swapItem<F>(f, pathAt(me, level), item, f.directory(frame, below))) relabel(me, frame);
  else {
    dataClear(directory, directoryBytes<F>(f)); // frames in hand are zeroed
    keep(me, frame);
  }
  return Status.AGAIN;
}

/**
 * Cuts what covers the page until it is a leaf, or a run, of `size` or below (layout/entry.ts). OK, also when nothing is mapped there; NOMEM: the large
 * leaf stands, or one of its parts. Outside a section. Bound: it walks again only after its own cut, or another verb's change there.
 */
export function cutDown<F extends Format>(f: F, me: usize, table: u32, page: u64, size: i32): u32 {
  const lowest = levelIn<F>(f, size);
  let status: u32 = Status.AGAIN;
  while (status == Status.AGAIN) {
    status = Status.OK;
    enter(me);
    const level = descend<F>(f, me, rootOf<F>(f, me, table), page);
    if (level > lowest) {
      const item = loadItem<F>(f, pathAt(me, level));
      if (leadsOn<F>(f, item, page, level, 0)) status = Status.AGAIN;
      else if (isLeafOf<F>(f, item, level)) status = cut<F>(f, me, table, level, item, page);
    } else if (mayFuse<F>(f, level) && level == lowest) isShort<F>(f, pathAt(me, level), page, level, runIn<F>(f, size));
    leave(me);
    if (status == Status.MORE) status = reserve(me, 1, directoryOrder<F>(f, me)) ? Status.AGAIN : Status.NOMEM;
  }
  unreserve(me, directoryOrder<F>(f, me));
  return status;
}

/** Cuts until no leaf reaches over the page from the one before it. */
export function cutAt<F extends Format>(f: F, me: usize, table: u32, page: u64): u32 {
  return cutDown<F>(f, me, table, page, (levelIn<F>(f, <i32>ctz(page)) + 1) * f.indexBits() - 1); // a run is parted where an item of it changes
}
