// Reading a table. A walk is always inside a section, so no directory that it meets is re-used under it (R2), and it loads
// items only (R1, R3): it never looks at a descriptor and never writes to a line that another thread writes.
// A dead directory's items are all marks, a cleared item is 0: both read as "nothing here", which was true when the pointer
// to that directory was loaded or became true later, inside the walk.
import { Slot } from "./layout/arena";
import { Table } from "./layout/table";
import { loadAcquire, own32, ownStore32, swap } from "./door";
import { frameAt, framesOf, pageLg2, tableOf } from "./slot";
import { Format, bit, flag, unpack } from "./format/format";
import { Entry } from "./layout/entry";

/**
 * The root of a table; 0 once it is destroyed, even if another table of another format has its number: frame 0 is all zeros, so a
 * walk from there finds nothing. Inside a section.
 */
@inline export function rootOf<F extends Format>(f: F, me: usize, table: u32): u32 {
  const top = topOf(me, table);
  return <u32>top == f.id() ? <u32>(top >> Table.ROOT) : 0;
}
/** Root and format of a table, whatever format it has. */
@inline export function topOf(me: usize, table: u32): u64 { return loadAcquire(tableOf(me, table) + Table.TOP); }

/** The address of the item for `page` in a directory of the given level. */
@inline export function itemAt<F extends Format>(f: F, directory: usize, page: u64, level: i32): usize {
  return directory + (<usize>(page >> (level * f.indexBits())) & ((<usize>1 << f.indexBits()) - 1)) * sizeof<u64>();
}

/** The address of the item of `level` on the path of the last descent. */
@inline export function pathAt(me: usize, level: i32): usize { return own32(me + Slot.PATH + (<usize>level << 2)); }

/** The item that decides `page`: of level 0, or 0 where a directory is missing. */
@inline export function lookupItem<F extends Format>(f: F, me: usize, root: u32, page: u64): u64 {
  const frames = framesOf(me), shift = pageLg2(me);
  let directory = frames + (<usize>root << shift);
  for (let level = f.levels() - 1; level > 0; level--) {
    const item = loadAcquire(itemAt<F>(f, directory, page, level));
    if (!f.present(item)) return 0;
    directory = frames + (<usize>f.directoryFrame(item) << shift);
  }
  return loadAcquire(itemAt<F>(f, directory, page, 0));
}

/** Walks down as far as directories go and notes the items' addresses in PATH. Answers the level of the last one. */
export function descend<F extends Format>(f: F, me: usize, root: u32, page: u64): i32 {
  let directory = frameAt(me, root);
  let level = f.levels() - 1;
  while (true) {
    const at = itemAt<F>(f, directory, page, level);
    ownStore32(me + Slot.PATH + (<usize>level << 2), <u32>at);
    if (level == 0) return 0;
    const item = loadAcquire(at);
    if (!f.present(item)) return level;
    directory = frameAt(me, f.directoryFrame(item));
    level--;
  }
}

/**
 * Translates as hardware does: sets accessed, and dirty for a write, by compare-and-swap before the access that it allows.
 * Answers the entry as it then stands; one that is not present, or lacks the right, comes back untouched and means a fault.
 * Never an OR: the item may have changed its kind. Bound: a swap fails only when another thread's change succeeded.
 */
export function translate<F extends Format>(f: F, me: usize, root: u32, page: u64, write: bool): u64 {
  let directory = frameAt(me, root);
  for (let level = f.levels() - 1; level > 0; level--) {
    const item = loadAcquire(itemAt<F>(f, directory, page, level));
    if (!f.present(item)) return 0;
    directory = frameAt(me, f.directoryFrame(item));
  }
  const at = itemAt<F>(f, directory, page, 0);
  while (true) {
    const item = loadAcquire(at);
    const entry = unpack<F>(f, item);
    if (!f.present(item) || (write && !bit(entry, Entry.WRITE))) return entry;
    const marked = item | flag(true, f.accessedBit()) | flag(write, f.dirtyBit());
    if (marked == item || swap(at, item, marked)) return unpack<F>(f, marked);
  }
}
