// Verbs over ranges and batches. A range verb is atomic per page; it opens one section per leaf directory and prunes once
// after it. What it answers goes to the thread's staging, at most Staging.ITEMS pages a call: MORE says where to go on.
import { Slot, Staging } from "./layout/arena";
import { Entry, EntryKind } from "./layout/entry";
import { Status } from "./layout/status";
import { loadAcquire, own32, ownFloat, ownStore32, ownStoreFloat, swap } from "./door";
import { answeredEntry, stagingOf } from "./slot";
import { enter, leave } from "./section";
import { reserve, unreserve } from "./reserve";
import { descend, lookupItem, pathAt, rootOf } from "./walk";
import { intend, prune, settleIntent } from "./directory";
import { install, map, unmap } from "./edit";
import { Format, kindOf, unpack } from "./format/format";

/** What a visitor did with an item. FULL: not visited, staging has no room. AGAIN: it changed under us. */
export enum Visit { KEPT = 0, CLEARED = 1, FULL = 2, AGAIN = 3 }

/** The end of the leaf directory, or of the missing directory of `level`, that covers the page. */
@inline function boundary<F extends Format>(f: F, page: u64, level: i32): u64 {
  const bits = max(level, 1) * f.indexBits();
  return (page >> bits) + 1 << bits;
}

/**
 * Shows each item of level 0 in [first, end) to the visitor, skipping missing directories, and gives back what it emptied.
 * OK, or MORE with the page to go on from in the slot. Outside a section.
 */
export function visitRange<F extends Format, V>(f: F, visitor: V, me: usize, table: u32, first: u64, end: u64, a: u64): u32 {
  const last = min(end, <u64>1 << (f.levels() * f.indexBits()));
  let page = first;
  ownStore32(me + Slot.COUNT, 0);
  while (page < last) {
    enter(me);
    const level = descend<F>(f, me, rootOf<F>(f, me, table), page);
    const stop = min(boundary<F>(f, page, level), last);
    let visit = Visit.KEPT, cleared = false;
    if (level) page = stop;
    else if (visitor.clears()) intend(me, table, page);
    for (let at = pathAt(me, 0); page < stop; page++, at += sizeof<u64>()) {
      do visit = visitor.visit<F>(f, me, at, page, a); while (visit == Visit.AGAIN); // another verb's change succeeded
      if (visit == Visit.FULL) break;
      if (visit == Visit.CLEARED) cleared = true;
    }
    if (cleared) prune<F>(f, me, 0);
    leave(me);
    settleIntent(me);
    if (visit != Visit.FULL) continue;
    ownStoreFloat(me + Slot.PAGE, <f64>page);
    return Status.MORE;
  }
  return Status.OK;
}

/** Puts a page and its entry into staging. */
function stage(me: usize, page: u64, entry: u64): void {
  const n = own32(me + Slot.COUNT), staging = stagingOf(me);
  stageAt(staging, n, entry);
  ownStoreFloat(staging + Staging.PAGES + (<usize>n << 3), <f64>page);
  ownStore32(me + Slot.COUNT, n + 1);
}
@inline function stageAt(staging: usize, n: u32, entry: u64): void {
  ownStoreFloat(staging + Staging.FRAMES + (<usize>n << 3), entry ? <f64>(entry >> Entry.PAYLOAD) : -1);
  ownStore32(staging + Staging.FLAGS + (<usize>n << 2), <u32>entry & ((1 << Entry.FLAGS_BITS) - 1));
}

/** Lists what is mapped. */
@unmanaged @final export class Lister {
  @inline clears(): bool { return false; }
  @inline visit<F extends Format>(f: F, me: usize, at: usize, page: u64, a: u64): Visit {
    const entry = unpack<F>(f, loadAcquire(at));
    if (!entry) return Visit.KEPT;
    if (own32(me + Slot.COUNT) == Staging.ITEMS) return Visit.FULL;
    stage(me, page, entry);
    return Visit.KEPT;
  }
}

/** Unmaps: each mapping is returned by the one swap that took it (W3). */
@unmanaged @final export class Clearer {
  @inline clears(): bool { return true; }
  @inline visit<F extends Format>(f: F, me: usize, at: usize, page: u64, a: u64): Visit {
    while (true) {
      const item = loadAcquire(at), entry = unpack<F>(f, item);
      if (!entry) return Visit.KEPT;
      if (own32(me + Slot.COUNT) == Staging.ITEMS) return Visit.FULL;
      if (!swap(at, item, 0)) continue; // somebody else's change succeeded
      stage(me, page, entry);
      return Visit.CLEARED;
    }
  }
}

/** Sets the rights of present entries to those in `a`; accessed and dirty stay. */
@unmanaged @final export class Protector {
  @inline clears(): bool { return false; }
  @inline visit<F extends Format>(f: F, me: usize, at: usize, page: u64, a: u64): Visit {
    while (true) {
      const item = loadAcquire(at), entry = unpack<F>(f, item);
      if (kindOf(entry) != EntryKind.PRESENT) return Visit.KEPT;
      const changed = entry & ~RIGHTS | a;
      if (changed == entry || swap(at, item, f.packPresent(changed))) return Visit.KEPT;
    }
  }
}
const RIGHTS: u64 = 1 << Entry.WRITE | 1 << Entry.EXECUTE | 1 << Entry.USER;

/**
 * How many directories the range can need at most: a whole chain for each leaf that it touches. Those that stand may go before
 * we reach them, and those that we installed may be emptied by others and given back before the next leaf needs them again. Not
 * more: a chain is published with every page of its leaf that is left.
 */
function worstCase<F extends Format>(f: F, first: u64, end: u64): u32 {
  const leaves = (end - 1 >> f.indexBits()) - (first >> f.indexBits()) + 1;
  return <u32>leaves * (f.levels() - 1);
}

/**
 * Maps [first, end) to the entry's frame and its successors. The slot's COUNT says how many pages were mapped.
 * OK; EXIST: stopped before a page that is mapped; NOMEM, STALE: nothing was done (M1: the worst case is in hand before).
 */
export function mapRange<F extends Format>(f: F, me: usize, table: u32, first: u64, end: u64, entry: u64): u32 {
  let page = first, status: u32 = reserve(me, worstCase<F>(f, first, end)) ? Status.OK : Status.NOMEM;
  while (page < end && status == Status.OK) {
    const stop = min(boundary<F>(f, page, 0), end);
    enter(me);
    const level = descend<F>(f, me, rootOf<F>(f, me, table), page);
    if (level) {
      const item = loadAcquire(pathAt(me, level));
      status = f.present(item) ? <u32>Status.AGAIN : install<F>(f, me, table, level, item, page, stop - page, entry + (page - first << Entry.PAYLOAD));
      if (status == Status.OK) page = stop;
    } else for (let at = pathAt(me, 0); page < stop && status == Status.OK; at += sizeof<u64>()) {
      ownStore32(me + Slot.PATH, <u32>at);
      const item = loadAcquire(at);
      status = f.isEmpty(item) ? install<F>(f, me, table, 0, item, page, 1, entry + (page - first << Entry.PAYLOAD)) : <u32>Status.EXIST;
      if (status == Status.OK) page++;
    }
    leave(me);
    if (status == Status.AGAIN) status = Status.OK; // walk again: another verb's change succeeded
  }
  unreserve(me);
  settleIntent(me);
  ownStore32(me + Slot.COUNT, <u32>(page - first));
  return status;
}

/** Looks up the `count` pages in staging; each is one lookup, begun when the batch began. */
export function lookupBatch<F extends Format>(f: F, me: usize, table: u32, count: u32): void {
  const staging = stagingOf(me);
  enter(me);
  for (let i: u32 = 0; i < count; i++)
    stageAt(staging, i, unpack<F>(f, lookupItem<F>(f, me, rootOf<F>(f, me, table), <u64>ownFloat(staging + Staging.PAGES + (<usize>i << 3)))));
  leave(me);
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
