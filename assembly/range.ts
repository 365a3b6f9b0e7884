// Verbs over ranges and batches. A range verb is atomic per page; it opens one section per leaf directory and prunes once
// after it. What it answers goes to the thread's staging, at most Staging.ITEMS items a call: MORE says where to go on.
// A large leaf that lies inside the range counts as one item; one that reaches over its end is cut before anything else (M1).
//
// Who knows that nobody else maps or unmaps these pages until it returns may say so (`owns`): they are mapped by stores. Readers may be anywhere; and others may
// be freezing the directory, for it was empty:
//
//   owner maps pages 0, 1, 2                     killers of their directory, which was empty
//   swap(item 0, 0, entry)    wins               swap(item 0, 0, mark)  loses: it gives up, and so does every killer while page 0 stands
//   item 1 was 0 when it was loaded: store       [a mark that a late one leaves there in between is of a freeze that was called off: nobody counts on it]
//   item 2 is a mark: as anybody (edit.ts)
//
// So the first item of a visit goes in by swap, and the others by store. An unmap gains nothing: what an exchange answers has to be waited for, where what
// a swap will find is known before.
import { Slot, Staging } from "./layout/arena";
import { Entry, EntryKind } from "./layout/entry";
import { Status } from "./layout/status";
import { own32, ownFloat, ownStore32, ownStoreFloat } from "./door";
import { answeredEntry, flagsIn, stagingOf } from "./slot";
import { enter, leave } from "./section";
import { directoryOrder, loadItem, mostLevels, pageNumberBits, storeItem, swapItem, topLevel } from "./item";
import { reserve, unreserve } from "./reserve";
import { descend, descendTo, follow, isThere, isTooShort, leadsOn, passesBy, pathAt, rootOf, topOf } from "./walk";
import { canBeSpent, intend, prune, settleIntent } from "./directory";
import { swapAlone, tellsAll } from "./fused";
import { cut, cutAt } from "./cut";
import { levelsFor } from "./raise";
import { chainLength } from "./skip";
import { answerExist, clearAway, install, map, stepOf, unmap } from "./edit";
import { Format, isLeafOf, kindOf, levelIn, levelsIn, pack, payloadOf, sizeIn, unpack, unpackLeaf } from "./format/format";

/** What a visitor did with an item. LISTED: kept, and the next in staging. FULL: not visited, staging has no room. AGAIN: it changed under us. */
export enum Visit { KEPT = 0, CLEARED = 1, FULL = 2, AGAIN = 3, LISTED = 4 }

/** The end of the leaf directory, or of what one item of `level` covers, that the page is in. */
@inline function boundary<F extends Format>(f: F, page: u64, level: i32): u64 {
  const bits = max(level, 1) * f.indexBits();
  return (page >> bits) + 1 << bits;
}

/** What a stretch of a range is, beside the level of its items: something to show, nothing, walk again, or a directory to reserve first. */
const enum Stretch { SHOW = 0, SKIP = 1, AGAIN = 2, RESERVE = 3, WHAT = 8 }

/**
 * Walks to a page and says of which level the item is that it came to, and what shall be done with it: an editor cuts a large leaf that
 * reaches over the page or over `last`. Inside a section.
 */
function reach<F extends Format>(f: F, me: usize, table: u32, page: u64, last: u64, edits: bool): u32 {
  const root = rootOf<F>(f, me, table);
  if (isTooShort<F>(f, me, root)) return <u32>topLevel<F>(f, me) | Stretch.SKIP << Stretch.WHAT;
  const level = edits ? descend<F>(f, me, root, page) : follow<F>(f, me, root, page);
  if (level == 0) return Stretch.SHOW;
  const item = loadItem<F>(f, pathAt(me, level)), stop = boundary<F>(f, page, level);
  let what = Stretch.SKIP;
  if (leadsOn<F>(f, item, page, level, 0)) what = Stretch.AGAIN; // installed since
  else if (isLeafOf<F>(f, item, level)) {
    if (!edits || (stop <= last && !(page & ((<u64>1 << (level * f.indexBits())) - 1)))) what = Stretch.SHOW;
    else what = cut<F>(f, me, table, level, item, page) == Status.MORE ? Stretch.RESERVE : Stretch.AGAIN;
  }
  return <u32>level | what << Stretch.WHAT;
}

/**
 * Shows each item of level 0 in [first, end), and each large leaf, to the visitor, skipping missing directories, and gives back what
 * it emptied. OK; MORE, or NOMEM (a large leaf that cannot be cut), with the page to go on from in the slot. Outside a section.
 * A visitor that edits sees large leaves that lie in the range only: NOMEM comes before it has seen anything, unless another thread
 * merges over the range's end meanwhile.
 */
export function visitRange<F extends Format, V>(f: F, visitor: V, me: usize, table: u32, first: u64, end: u64, a: u64): u32 {
  const last = min(end, <u64>1 << pageNumberBits<F>(f));
  let page = first, status: u32 = Status.OK, listed: u32 = 0;
  if (visitor.edits() && f.leafLevels() > 1 && boundary<F>(f, first, 0) < last && last >> pageNumberBits<F>(f) == 0) status = cutAt<F>(f, me, table, last);
  while (page < last && status == Status.OK) {
    enter(me);
    const found = reach<F>(f, me, table, page, last, visitor.edits()), level = <i32>(found & ((1 << Stretch.WHAT) - 1)), what = found >> Stretch.WHAT;
    const stop = min(boundary<F>(f, page, level), last), bits = level * f.indexBits();
    let visit = Visit.KEPT, cleared = false;
    if (what == Stretch.SKIP) page = stop;
    else if (what == Stretch.SHOW) {
      if (visitor.clears()) intend(me, table, page);
      let each = page >> bits << bits;
      for (let at = pathAt(me, level); each < stop;) {
        const item = loadItem<F>(f, at);
        visit = level && f.isDirectory(item) ? Visit.AGAIN : visitor.visit<F>(f, me, at, item, each, level, a, each <= page, listed);
        if (visit == Visit.AGAIN && level == 0) continue; // another verb's change succeeded
        if (visit == Visit.FULL || visit == Visit.AGAIN) break;
        if (visit == Visit.CLEARED) cleared = true;
        if (visit == Visit.CLEARED || visit == Visit.LISTED) listed++;
        each += <u64>1 << bits;
        at += <usize>1 << f.itemLg2();
      }
      page = max(page, each);
    }
    if (cleared) prune<F>(f, me, table, level);
    leave(me);
    settleIntent(me);
    if (visit == Visit.FULL) status = Status.MORE;
    else if (what == Stretch.RESERVE && !reserve(me, 1, directoryOrder<F>(f, me))) status = Status.NOMEM;
  }
  unreserve(me, directoryOrder<F>(f, me));
  ownStore32(me + Slot.COUNT, listed);
  ownStoreFloat(me + Slot.PAGE, <f64>page);
  return status;
}

/** Puts a page and its entry into staging, where the nth is next. */
@inline function stage(me: usize, n: u32, page: u64, entry: u64): void {
  const staging = stagingOf(me);
  stageAt(staging, n, entry);
  ownStoreFloat(staging + Staging.PAGES + (<usize>n << 3), <f64><i64>page);
}
@inline function stageAt(staging: usize, n: u32, entry: u64): void {
  ownStoreFloat(staging + Staging.FRAMES + (<usize>n << 3), entry ? <f64><i64>(entry >> Entry.PAYLOAD) : -1);
  ownStore32(staging + Staging.FLAGS + (<usize>n << 2), flagsIn(entry));
}

/** Unmaps: each mapping is returned by the one swap that took it (W3). */
@unmanaged @final export class Clearer {
  @inline edits(): bool { return true; }
  @inline clears(): bool { return true; }
  @inline visit<F extends Format>(f: F, me: usize, at: usize, item: u64, page: u64, level: i32, a: u64, isFirst: bool, n: u32): Visit {
    if (f.isEmpty(item)) return Visit.KEPT;
    if (n == Staging.ITEMS) return Visit.FULL;
    if (!swapAlone<F>(f, at, item, page, level, 0)) return Visit.AGAIN;
    stage(me, n, page, unpack<F>(f, item, level)); // it stood alone: plain
    return Visit.CLEARED;
  }
}

/** What is done to leaves that stay mapped. All but PROTECT list those that it concerns, as they were. */
export const enum Deed { LIST = 0, PROTECT = 1, TAKE = 2, WRITE_PROTECT = 3 }
const RIGHTS: u64 = 1 << Entry.WRITE | 1 << Entry.EXECUTE | 1 << Entry.USER;

/**
 * Does one deed, which the object itself says; `a` belongs to it. Each change is the one swap from what is listed: what hardware notes after the read
 * makes the swap fail, and is seen by the next look (H3). Large leaves that lie across the range's end are cut, also where only marks are taken: what is
 * noted in one speaks for each of its pages, and those outside must go on saying so. For the same reason a fused run in which something is noted is
 * made plain.
 */
@unmanaged @final export class Keeper {
  @inline deed(): Deed { return <Deed><u32>changetype<usize>(this); }
  @inline edits(): bool { return this.deed() != Deed.LIST; }
  @inline clears(): bool { return false; }
  @inline visit<F extends Format>(f: F, me: usize, at: usize, item: u64, page: u64, level: i32, a: u64, isFirst: bool, n: u32): Visit {
    const deed = this.deed(), entry = unpackLeaf<F>(f, item, page, level);
    if (deed == Deed.TAKE && !tellsAll<F>(f, at, item, page, level, a, isFirst)) return Visit.AGAIN;
    const left = leftBy(deed, entry, page, a), changes = left != entry;
    if (deed == Deed.LIST ? !entry : !changes) return Visit.KEPT;
    if (deed != Deed.PROTECT && n == Staging.ITEMS) return Visit.FULL;
    if (changes && !swapAlone<F>(f, at, item, page, level, pack<F>(f, left, level))) return Visit.AGAIN;
    if (deed == Deed.PROTECT) return Visit.KEPT;
    stage(me, n, page, entry);
    return Visit.LISTED;
  }
}
/**
 * What a deed leaves of an entry. PROTECT: the rights in `a`, and accessed and dirty stay; TAKE: all but the bits in `a`; WRITE_PROTECT: no right to
 * write where the page is still mapped to the frame that is `a` further, so who shares what it saw there leaves alone what came in its place
 * (src/clone.ts).
 */
@inline function leftBy(deed: Deed, entry: u64, page: u64, a: u64): u64 {
  if (kindOf(entry) != EntryKind.PRESENT) return entry;
  if (deed == Deed.PROTECT) return entry & ~RIGHTS | a;
  if (deed == Deed.TAKE) return entry & ~a;
  return deed == Deed.WRITE_PROTECT && payloadOf(entry) - page == a ? entry & ~(1 << Entry.WRITE) : entry;
}

/** The level of the largest leaf that may begin with this page and frame: aligned, not longer than what is left, not above `largest`. */
@inline function bestLevel<F extends Format>(f: F, page: u64, frame: u64, left: u64, largest: i32): i32 {
  for (let level = largest; level > 0; level--) {
    const bits = level * f.indexBits();
    if (f.leafLevels() >> level & 1 && !((page | frame) & ((<u64>1 << bits) - 1)) && left >> bits) return level;
  }
  return 0;
}
/** Puts an entry where there is none, beside another of ours. False: something stands there. */
@inline function fillItem<F extends Format>(f: F, at: usize, item: u64): bool {
  if (loadItem<F>(f, at) != 0) return false;
  storeItem<F>(f, at, item);
  return true;
}
/** Where leaves of that level that begin at `page` end: with their directory, or with the range. */
@inline function runEnd<F extends Format>(f: F, page: u64, end: u64, level: i32): u64 {
  const bits = level * f.indexBits();
  return min(boundary<F>(f, page, level + 1), end >> bits << bits);
}

/**
 * How many directories the range can need at most: a whole chain for each directory of leaves that it touches. Those that stand may
 * go before we reach them, and those that we installed may be emptied by others and given back before the next leaf needs them
 * again. Not more: a chain is published with every page of its lowest directory that is left, also where it is put between. A table that may grow
 * counts as one that has; and each level that the range needs is one more.
 */
function worstCase<F extends Format>(f: F, me: usize, table: u32, first: u64, end: u64, frame: u64, largest: i32): u32 {
  let needed: u32 = 0;
  for (let page = first; page < end;) {
    const level = bestLevel<F>(f, page, frame + (page - first), end - page, largest);
    needed += chainLength<F>(f, mostLevels<F>(f) - 1, level, page);
    page = runEnd<F>(f, page, end, level);
  }
  return needed + (f.mayGrow() ? max(levelsFor<F>(f, end - 1, largest) - levelsIn(<u32>topOf(me, table)), 0) : 0);
}

/**
 * Maps [first, end) to the entry's frame and its successors, by leaves as large as fit, up to the size that the entry names; in new directories
 * they are fused where they can be (fused.ts). `owns`: nobody else maps or unmaps these pages. The slot's COUNT says how many pages were mapped. OK; EXIST: stopped
 * at a leaf that would lie over the page in the slot, which is mapped; NOMEM, STALE: nothing was done (M1: the worst case is in hand before). Where an
 * empty directory cannot be cleared away, smaller leaves go into it. Bound: it walks again after another verb's change, or with smaller leaves, which
 * become larger only when a page was mapped, or after a change.
 */
export function mapRange<F extends Format>(f: F, me: usize, table: u32, first: u64, end: u64, entry: u64, owns: bool): u32 {
  const largest = levelIn<F>(f, sizeIn(entry)), frame = entry >> Entry.PAYLOAD;
  let page = first, most = largest, status: u32 = reserve(me, worstCase<F>(f, me, table, first, end, frame, largest), directoryOrder<F>(f, me)) ? Status.OK : Status.NOMEM;
  while (page < end && status == Status.OK) {
    const best = bestLevel<F>(f, page, frame + (page - first), end - page, most), from = page;
    enter(me);
    const level = descendTo<F>(f, me, rootOf<F>(f, me, table), page, best), bits = best * f.indexBits(), stop = runEnd<F>(f, page, end, best);
    if (canBeSpent<F>(f) && level > best && most < largest) { // what could not be cleared away is gone
      most = largest;
      status = Status.AGAIN;
    }
    let at = pathAt(me, level);
    if (level == best && isThere<F>(f, me)) { // nothing to build and, for most pages of most ranges, no mark to meet
      const mine = entry + (page - first << Entry.PAYLOAD), step = stepOf<F>(f, mine, best, stop - page >> bits);
      for (let item = pack<F>(f, mine, best); step && page < stop; at += <usize>1 << f.itemLg2(), item += step, page += <u64>1 << bits)
        if (!(owns && page > from ? fillItem<F>(f, at, item) : swapItem<F>(f, at, 0, item))) break;
    }
    for (; page < stop && status == Status.OK; at += <usize>1 << f.itemLg2()) {
      const item = loadItem<F>(f, at), mine = entry + (page - first << Entry.PAYLOAD), count = level > best ? stop - page >> bits : <u64>1;
      ownStore32(me + Slot.PATH + (<usize>level << 2), <u32>at);
      const isBeside = f.isDirectory(item) && passesBy<F>(f, page, level, f.levelBelow(item, level));
      if (f.isEmpty(item) || isBeside) status = install<F>(f, me, table, level, best, item, page, count, mine);
      else if (level == 0 || !f.isDirectory(item)) status = answerExist(me, page);
      else status = level > best && leadsOn<F>(f, item, page, level, best) ? <u32>Status.AGAIN : clearAway<F>(f, me, table, at, level, item, page);
      if (status == Status.OK) page += count << bits;
    }
    leave(me);
    if (canBeSpent<F>(f)) {
      if (page > from) most = largest;
      if (status == Status.FULL) { most = best - 1; status = Status.AGAIN; }
    }
    if (status == Status.AGAIN) status = Status.OK; // walk again: another verb's change succeeded, or an empty directory was cleared away
  }
  unreserve(me, directoryOrder<F>(f, me));
  settleIntent(me);
  ownStore32(me + Slot.COUNT, <u32>(page - first));
  return status;
}

/** Maps the pages in staging to the frames and flags in staging; stops at the first that fails. COUNT says how many are mapped. */
export function mapBatch<F extends Format>(f: F, me: usize, table: u32, count: u32): u32 {
  const staging = stagingOf(me);
  let status: u32 = Status.OK, i: u32 = 0;
  for (; i < count; i++) {
    const at = staging + (<usize>i << 3);
    const entry = <u64>ownFloat(at + Staging.FRAMES) << Entry.PAYLOAD | own32(staging + Staging.FLAGS + (<usize>i << 2));
    status = map<F>(f, me, table, <u64>ownFloat(at + Staging.PAGES), entry, false);
    if (status != Status.OK) break;
  }
  ownStore32(me + Slot.COUNT, i);
  return status;
}

/** Unmaps the pages in staging; what each had is left beside it, flags 0 where nothing was mapped. COUNT says how many had something. */
export function unmapBatch<F extends Format>(f: F, me: usize, table: u32, count: u32): void {
  const staging = stagingOf(me);
  let found: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const had = unmap<F>(f, me, table, <u64>ownFloat(staging + Staging.PAGES + (<usize>i << 3))) == Status.OK;
    stageAt(staging, i, had ? answeredEntry(me) : 0);
    if (had) found++;
  }
  ownStore32(me + Slot.COUNT, found);
}
