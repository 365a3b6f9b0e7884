// Page tables as records in the arena, and their verbs for whatever format a table has. Above this file nothing knows a format.
import { Header, OwnerKind, Role, Staging } from "./layout/arena";
import { FormatClass, Table } from "./layout/table";
import { Status } from "./layout/status";
import { loadAcquire32, own32, own64, ownStore32, ownStoreFloat, storeRelease, storeRelease32, swap32 } from "./door";
import { arenaOf, stagingOf, tableOf } from "./slot";
import { addDescription } from "./description";
import { rootOrder, topLevel } from "./item";
import { describe, owner, ownerOf, setOwner } from "./frames";
import { retireRun, takeRun } from "./run";
import { rootOf, topOf, translate } from "./walk";
import { change, map, read, unmap } from "./edit";
import { cutDown } from "./cut";
import { canBeSpent, sweep } from "./directory";
import { mergeBegin, mergeFinish, mergeHold } from "./merge";
import { Clearer, Deed, Keeper, mapBatch, mapRange, unmapBatch, visitRange } from "./range";
import { lookupBatch } from "./flight";
import { Format, levelsIn } from "./format/format";
import { dispatch, dispatchSpace, isChosen } from "./format/all";

@inline function verb<V>(me: usize, table: u32, page: u64, a: u64, b: u64): u64 {
  return dispatch<V>(changetype<V>(0), <u32>topOf(me, table), me, table, page, a, b);
}

@unmanaged @final class Read { @inline run<F extends Format>(f: F, me: usize, table: usize, page: u64, a: u64, b: u64): u64 { return read<F>(f, me, <u32>table, page); } }
@unmanaged @final class Change { @inline run<F extends Format>(f: F, me: usize, table: usize, page: u64, a: u64, b: u64): u64 { return change<F>(f, me, <u32>table, page, a, b); } }
@unmanaged @final class Translate { @inline run<F extends Format>(f: F, me: usize, table: usize, page: u64, a: u64, b: u64): u64 { return translate<F>(f, me, rootOf<F>(f, me, <u32>table), page, <bool>a); } }
@unmanaged @final class Map { @inline run<F extends Format>(f: F, me: usize, table: usize, page: u64, a: u64, b: u64): u64 { return map<F>(f, me, <u32>table, page, a, <bool>b); } }
@unmanaged @final class Unmap { @inline run<F extends Format>(f: F, me: usize, table: usize, page: u64, a: u64, b: u64): u64 { return unmap<F>(f, me, <u32>table, page); } }
@unmanaged @final class MapRange { @inline run<F extends Format>(f: F, me: usize, table: usize, page: u64, a: u64, b: u64): u64 { return mapRange<F>(f, me, <u32>table, page, a, b, changetype<usize>(this) != 0); } }
@unmanaged @final class LookupBatch { @inline run<F extends Format>(f: F, me: usize, table: usize, page: u64, a: u64, b: u64): u64 { lookupBatch<F>(f, me, <u32>table, <u32>a, b != 0); return Status.OK; } }
@unmanaged @final class MapBatch { @inline run<F extends Format>(f: F, me: usize, table: usize, page: u64, a: u64, b: u64): u64 { return mapBatch<F>(f, me, <u32>table, <u32>a); } }
@unmanaged @final class UnmapBatch { @inline run<F extends Format>(f: F, me: usize, table: usize, page: u64, a: u64, b: u64): u64 { unmapBatch<F>(f, me, <u32>table, <u32>a); return Status.OK; } }
@unmanaged @final class Cut { @inline run<F extends Format>(f: F, me: usize, table: usize, page: u64, a: u64, b: u64): u64 { return cutDown<F>(f, me, <u32>table, page, <i32>a); } }
@unmanaged @final class MergeBegin { @inline run<F extends Format>(f: F, me: usize, table: usize, page: u64, a: u64, b: u64): u64 { return mergeBegin<F>(f, me, <u32>table, page, <i32>a); } }
@unmanaged @final class MergeHold { @inline run<F extends Format>(f: F, me: usize, table: usize, page: u64, a: u64, b: u64): u64 { mergeHold<F>(f, me, <u32>table, page, <i32>a); return 0; } }
@unmanaged @final class MergeFinish { @inline run<F extends Format>(f: F, me: usize, table: usize, page: u64, a: u64, b: u64): u64 { return mergeFinish<F>(f, me, <u32>table, page, <i32>a, <bool>b); } }
@unmanaged @final class RootOrder { @inline run<F extends Format>(f: F, me: usize, table: usize, page: u64, a: u64, b: u64): u64 { return rootOrder<F>(f, me); } }
/** Takes out what is stuck, if anything can be, and says what the root is. */
@unmanaged @final class End {
  @inline run<F extends Format>(f: F, me: usize, table: usize, page: u64, a: u64, b: u64): u64 {
    const root = rootOf<F>(f, me, <u32>table); // none if somebody died who had begun to end it
    if (canBeSpent<F>(f) && root) sweep<F>(f, me, root, topLevel<F>(f, me));
    return rootOrder<F>(f, me);
  }
}
/** Shows a range to a visitor of range.ts, or of a file above: the same object. */
@unmanaged @final class VisitWith<V> { @inline run<F extends Format>(f: F, me: usize, table: usize, page: u64, a: u64, b: u64): u64 { return visitRange<F, V>(f, changetype<V>(this), me, <u32>table, page, a, b); } }

/** The entry of a page, 0 when nothing is mapped (R1). */
export function tableRead(me: usize, table: u32, page: u64): u64 { return verb<Read>(me, table, page, 0, 0); }
/** From `expected` to `replacement`, either of which may be nothing: OK, AGAIN, NOMEM. */
export function tableChange(me: usize, table: u32, page: u64, expected: u64, replacement: u64): u32 { return <u32>verb<Change>(me, table, page, expected, replacement); }
/** Inside a section: the entry after the hardware-style walk. */
export function tableTranslate(me: usize, table: u32, page: u64, write: bool): u64 { return verb<Translate>(me, table, page, write, 0); }
export function tableMap(me: usize, table: u32, page: u64, entry: u64, replace: bool): u32 { return <u32>verb<Map>(me, table, page, entry, replace); }
export function tableUnmap(me: usize, table: u32, page: u64): u32 { return <u32>verb<Unmap>(me, table, page, 0, 0); }
/** `owns`: nobody else maps or unmaps these pages (range.ts). */
export function tableMapRange(me: usize, table: u32, first: u64, end: u64, entry: u64, owns: bool): u32 {
  return <u32>dispatch<MapRange>(changetype<MapRange>(<usize>owns), <u32>topOf(me, table), me, table, first, end, entry);
}
export function tableVisit<V>(visitor: V, me: usize, table: u32, first: u64, end: u64, a: u64): u32 {
  return <u32>dispatch<VisitWith<V>>(changetype<VisitWith<V>>(visitor), <u32>topOf(me, table), me, table, first, end, a);
}
/** For the table of an address space. */
export function spaceTableVisit<V>(visitor: V, me: usize, table: u32, first: u64, end: u64, a: u64): u32 {
  return <u32>dispatchSpace<VisitWith<V>>(changetype<VisitWith<V>>(visitor), <u32>topOf(me, table), me, table, first, end, a);
}
/** One function for all deeds, so that no format is compiled for each. */
function toEach(deed: Deed, me: usize, table: u32, first: u64, end: u64, a: u64): u32 { return tableVisit<Keeper>(changetype<Keeper>(deed), me, table, first, end, a); }
export function tableList(me: usize, table: u32, first: u64, end: u64): u32 { return toEach(Deed.LIST, me, table, first, end, 0); }
export function tableUnmapRange(me: usize, table: u32, first: u64, end: u64): u32 { return tableVisit<Clearer>(changetype<Clearer>(0), me, table, first, end, 0); }
export function tableProtectRange(me: usize, table: u32, first: u64, end: u64, rights: u64): u32 { return toEach(Deed.PROTECT, me, table, first, end, rights); }
export function tableReadAndClear(me: usize, table: u32, first: u64, end: u64, bits: u64): u32 { return toEach(Deed.TAKE, me, table, first, end, bits); }
export function tableWriteProtect(me: usize, table: u32, first: u64, end: u64, frame: u64): u32 { return toEach(Deed.WRITE_PROTECT, me, table, first, end, frame - first); }
export function tableCut(me: usize, table: u32, page: u64, size: u32): u32 { return <u32>verb<Cut>(me, table, page, size, 0); }
export function tableMergeBegin(me: usize, table: u32, page: u64, size: u32): u32 { return <u32>verb<MergeBegin>(me, table, page, size, 0); }
export function tableMergeHold(me: usize, table: u32, page: u64, size: u32): void { verb<MergeHold>(me, table, page, size, 0); }
export function tableMergeFinish(me: usize, table: u32, page: u64, size: u32, commit: bool): u32 { return <u32>verb<MergeFinish>(me, table, page, size, commit); }
export function tableLookupBatch(me: usize, table: u32, count: u32): void { verb<LookupBatch>(me, table, 0, count, 1); }
/** Of the `count` pages from `first` on. */
export function tableLookupRange(me: usize, table: u32, first: f64, count: u32): void {
  ownStoreFloat(stagingOf(me) + Staging.PAGES, first);
  verb<LookupBatch>(me, table, 0, count, 0);
}
export function tableMapBatch(me: usize, table: u32, count: u32): u32 { return <u32>verb<MapBatch>(me, table, 0, count, 0); }
export function tableUnmapBatch(me: usize, table: u32, count: u32): void { verb<UnmapBatch>(me, table, 0, count, 0); }

/** The table of a space, and of a mirror: its record is theirs as long as the arena lasts. */
export function spaceTable(me: usize, space: u32): u32 { return own32(arenaOf(me) + Header.TABLES) + space; }
export function mirrorTable(me: usize, mirror: u32): u32 { return own32(arenaOf(me) + Header.TABLES) + own32(arenaOf(me) + Header.SPACES) + mirror; }

/** Gives a record, which is ours, an empty root. OK; LACKING: the build has no such format; NOMEM: no frame for the root. */
function plantRoot(me: usize, table: u32, format: u32): u32 {
  if (!isChosen(format)) return Status.LACKING;
  const root = takeRun(me, <u32>dispatch<RootOrder>(changetype<RootOrder>(0), format, me, 0, 0, 0, 0)), at = tableOf(me, table);
  if (!root) return Status.NOMEM;
  describe(me, root, Role.DIRECTORY, 0, levelsIn(format) - 1, table);
  setOwner(me, root, owner(OwnerKind.LIVE, 0));
  storeRelease(at + Table.TOP, <u64>root << Table.ROOT | format);
  return Status.OK;
}
/** Begins the table of a space or mirror that is being made: nobody else begins one there. As `plantRoot`. */
export function tableBegin(me: usize, table: u32, format: u32): u32 {
  const status = plantRoot(me, table, format), generation = tableOf(me, table) + Table.GENERATION;
  if (status == Status.OK) ownStore32(generation, own32(generation) + 1);
  return status;
}

/** The format word of the description in staging, for as long as the arena lasts; negative: LACKING, or FULL, the arena has room for no more of them. */
export function formatDescribe(me: usize): i32 {
  if (!isChosen(FormatClass.GENERIC)) return -Status.LACKING;
  const word = <i32>addDescription(me);
  return word ? word : -Status.FULL;
}

/** Makes an empty table: its number, or a negative status. FULL: no record is free. */
export function tableCreate(me: usize, format: u32): i32 {
  for (let i: u32 = 0; i < own32(arenaOf(me) + Header.TABLES); i++) {
    const at = tableOf(me, i), generation = loadAcquire32(at + Table.GENERATION);
    if (generation & 1 || !swap32(at + Table.GENERATION, generation, generation + 1)) continue;
    const status = plantRoot(me, i, format);
    if (status == Status.OK) return i;
    storeRelease32(at + Table.GENERATION, generation + 2);
    return -<i32>status;
  }
  return -<i32>Status.FULL;
}

/**
 * Ends a table: unmaps everything, takes the root out, retires it. Nobody else may change the table any more; a walk that began
 * elsewhere (an eviction that chose one of its pages) finds nothing.
 */
export function tableDestroy(me: usize, table: u32): void {
  while (tableUnmapRange(me, table, 0, <u64>1 << 48) == Status.MORE) { /* each call clears a batch */ }
  const order = <u32>verb<End>(me, table, 0, 0, 0), at = tableOf(me, table), top = own64(at + Table.TOP), root = <u32>(top >> Table.ROOT);
  storeRelease(at + Table.TOP, <u64><u32>top);
  if (root) retireRun(me, root, ownerOf(me, root), order); // else somebody died in here; after that: the stamp is of a time when nobody could find it any more
  storeRelease32(at + Table.GENERATION, own32(at + Table.GENERATION) + 1);
}
