// Reading and changing a table under a pin, one directory a step. The thread keeps the numbers of directories that it met between
// its calls, which only a pin allows; no section is needed to read them. A pinned directory's place word says what it is.
//
// A directory may die while the thread stands in it. Its items are marks then, for ever: the rest of it reads as "nothing", which
// was true when it died, after it was met. What stands in the table all the while cannot be in a directory that dies, and is met
// exactly once by who goes through the directories in order. For the same reason an entry that is found in an item proves that
// its directory is alive, unless a large leaf took its place (merge.ts): then its leaves stay, and its owner word says RETIRED.
import { OwnerKind, Place, Slot, Staging } from "./layout/arena";
import { Entry } from "./layout/entry";
import { Status } from "./layout/status";
import { Table } from "./layout/table";
import { ownStore32, ownStoreFloat } from "./door";
import { flagsIn, frameAt, stagingOf } from "./slot";
import { enter, leave } from "./section";
import { indexBitsAt, itemAt, loadItem, swapItem } from "./item";
import { homeOf, levelOf, ownerKind, ownerOf, placeOf } from "./frames";
import { descendTo, passesBy, pathFrame, rootOf, topOf } from "./walk";
import { intend, pruneTo, settleIntent } from "./directory";
import { standsAlone } from "./fused";
import { isSame } from "./edit";
import { Format, levelsIn, mayFuse, pack, unpackLeaf } from "./format/format";
import { dispatch } from "./format/all";

/**
 * The root of a table, for a thread that holds a pin: its frame in FRAME, its level in COUNT. STALE when the table is gone; one that
 * goes later stays readable in its format, and empty.
 */
export function tableRoot(me: usize, table: u32): u32 {
  const top = topOf(me, table), root = <u32>(top >> Table.ROOT);
  if (!root) return Status.STALE;
  ownStoreFloat(me + Slot.FRAME, <f64>root);
  ownStore32(me + Slot.COUNT, levelsIn(<u32>top) - 1);
  return Status.OK;
}

@unmanaged @final class Scan {
  @inline run<F extends Format>(f: F, me: usize, directory: usize, page: u64, end: u64, limit: u64): u64 {
    const level = <i32>levelOf(placeOf(me, <u32>directory)), shift = level * f.indexBits(), base = placeOf(me, <u32>directory) >> Place.PAGE;
    const stop = min(end, base + (<u64>1 << shift + indexBitsAt<F>(f, level))), from = max(page, base), staging = stagingOf(me);
    let count: u32 = 0, first = from >> shift << shift, status: u32 = Status.OK;
    for (let at = itemAt<F>(f, frameAt(me, <u32>directory), from, level); first < stop; at += <usize>1 << f.itemLg2(), first += <u64>1 << shift) {
      if (count == limit) { status = Status.MORE; break; }
      const item = loadItem<F>(f, at);
      if (f.isEmpty(item)) continue;
      let entry: u64;
      if (level && f.isDirectory(item)) {
        const below = f.levelBelow(item, level);
        if (passesBy<F>(f, max(first, page), level, below)) continue; // nothing is mapped in what is left of it
        entry = f.directoryFrame(item) << Entry.PAYLOAD | <u64>(below * f.indexBits()) << Entry.SIZE;
      } else entry = unpackLeaf<F>(f, item, first, level);
      ownStoreFloat(staging + Staging.PAGES + (<usize>count << 3), <f64>first);
      ownStoreFloat(staging + Staging.FRAMES + (<usize>count << 3), <f64>(entry >> Entry.PAYLOAD));
      ownStore32(staging + Staging.FLAGS + (<usize>count << 2), flagsIn(entry));
      count++;
    }
    ownStore32(me + Slot.COUNT, count);
    ownStoreFloat(me + Slot.PAGE, <f64>max(page, first));
    return status;
  }
}
/**
 * What stands in a pinned directory, in the part of [page, end) that it covers: into staging, each with its first page. Entries as `tableList`
 * has them; a directory with its frame, and as flags the size of a leaf of its level alone, of kind NONE. OK when the directory, or the range, is at its
 * end; MORE after `limit` of them
 * (at most Staging.ITEMS). PAGE says where to go on. `format`: the word of the table in which it was met, whose number another table may
 * have by now, with directories of another size.
 */
export function directoryScan(me: usize, format: u32, directory: u32, page: u64, end: u64, limit: u32): u32 {
  return <u32>dispatch<Scan>(changetype<Scan>(0), format, me, directory, page, end, limit);
}

/**
 * Whether a directory that was met is still where it was, and no merge takes it away before this section ends. A merge that began before
 * the section is called off, on the way down to it; one that begins later waits for the section.
 */
function stays<F extends Format>(f: F, me: usize, table: u32, directory: u32, page: u64, level: i32): bool {
  const kind = ownerKind(ownerOf(me, directory));
  if (kind != OwnerKind.MERGING) return kind != OwnerKind.RETIRED;
  return descendTo<F>(f, me, rootOf<F>(f, me, table), page, level) == level && pathFrame<F>(f, me, level) == directory;
}
@unmanaged @final class Update {
  @inline run<F extends Format>(f: F, me: usize, directory: usize, page: u64, seen: u64, replacement: u64): u64 {
    const level = <i32>levelOf(placeOf(me, <u32>directory)), at = itemAt<F>(f, frameAt(me, <u32>directory), page, level), table = homeOf(placeOf(me, <u32>directory));
    let status: u32 = Status.AGAIN;
    enter(me);
    if (stays<F>(f, me, table, <u32>directory, page, level)) {
      if (mayFuse<F>(f, level)) standsAlone<F>(f, at, loadItem<F>(f, at), page, level);
      const item = loadItem<F>(f, at), isEntry = level == 0 || !f.isDirectory(item);
      if (!replacement) intend(me, table, page);
      if (isEntry && isSame(unpackLeaf<F>(f, item, page, level), seen) && swapItem<F>(f, at, item, replacement ? pack<F>(f, replacement, level) : 0)) {
        if (!replacement) pruneTo<F>(f, me, table, page);
        status = Status.OK;
      }
    }
    leave(me);
    settleIntent(me);
    return status;
  }
}
/**
 * Changes the entry of `page` in a pinned directory from what was seen there, which was not nothing, to `replacement`, which may be.
 * OK; AGAIN: another entry stands there, or none, or the directory is dead. Never takes a frame (what fills a hole is `map`).
 */
export function directoryUpdate(me: usize, directory: u32, page: u64, seen: u64, replacement: u64): u32 {
  const format = <u32>topOf(me, homeOf(placeOf(me, directory))); // of a later table only if the directory is dead: then only its owner word is read
  return <u32>dispatch<Update>(changetype<Update>(0), format, me, directory, page, seen, replacement);
}
