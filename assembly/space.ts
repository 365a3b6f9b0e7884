// Address spaces: CPU faults, and the steps of a change (munmap, mprotect). No lock covers a space.
//
// Two pairs of "store mine, then load yours" hold it together:
//   fault:  announce the page in my slot, THEN read the areas          change: publish the areas, THEN look at every slot
//   access: open my section, THEN load sequence and entry              change: clear entries, move sequences, THEN look (drain)
//
//   faulter                                munmap
//   announced; areas read: allowed         areas published
//   entry none -> installs f               waits for the announcement
//   frame confirmed; announced = 0         takes the entry out, moves the sequences
//   accesses again: section, no entry      drains, frees f
//   faults: the areas say no               [nothing is mapped, the frame is back]
//
// The entry decides, the owner follows: a frame belongs to whoever took its entry out; its owner word is read after that, since
// an entry's value is no identity (the page may have left the frame and come back to it between a load and a swap).
import { Announced, ChangeWord, FrameClass, Header, OwnerKind, Role, Slot, Staging } from "./layout/arena";
import { Entry, EntryKind } from "./layout/entry";
import { Change, Right, Space } from "./layout/space";
import { Status } from "./layout/status";
import { add, loadAcquire, loadAcquire32, own32, own64, ownStore32, ownStore64, storeRelease, storeRelease32, swap32 } from "./door";
import { answeredEntry, arenaOf, isDeviceFrame, nonce, slotOf, spaceOf, stagingOf, threadsOf } from "./slot";
import { attach, waitFor, wakeWaiters } from "./section";
import { swapItem } from "./item";
import { changeOwner, describe, give, owner, ownerArgument, ownerOf, take } from "./frames";
import { changeAreas, rightsAt } from "./areas";
import { spaceTable, spaceTableVisit, tableBegin, tableChange, tableDestroy, tableRead } from "./table";
import { waitForTicket } from "./ticket";
import { Format, bit, flag, kindOf, payloadOf, withPayload, pack, unpack } from "./format/format";
import { Visit } from "./range";

/** The flags of an entry with the given rights of an area. */
function rightFlags(rights: u32): u64 {
  return flag((rights & Right.WRITE) != 0, Entry.WRITE) | flag((rights & Right.EXECUTE) != 0, Entry.EXECUTE) | flag(true, Entry.USER);
}

/** Announces a CPU fault on a page of the space that the thread is attached to. Before the areas are read. */
function announce(me: usize, page: u64): void {
  storeRelease(me + Slot.ANNOUNCED, nonce(me) << Announced.NONCE | page + 1);
}
function withdraw(me: usize): void {
  storeRelease(me + Slot.ANNOUNCED, 0);
  if (loadAcquire32(me + Slot.ANNOUNCED + Slot.WAITED)) wakeWaiters(me + Slot.ANNOUNCED);
}

/**
 * Serves a CPU fault. OK: access again; COUNT = 1 when a page was filled. HOLE, DENIED, NOMEM. WAIT: a ticket holds the page. BACK: it is on the device.
 * Outside a section. Nothing of the fault is left behind, whatever it answers.
 */
export function cpuFault(me: usize, space: u32, page: u64, write: bool): u32 {
  attach(me, space);
  ownStore32(me + Slot.COUNT, 0);
  announce(me, page);
  const status = serve(me, space, page, write);
  withdraw(me);
  return status;
}

function serve(me: usize, space: u32, page: u64, write: bool): u32 {
  const rights = rightsAt(me, space, page);
  if (rights < 0) return Status.HOLE;
  if (!(rights & (write ? Right.WRITE : Right.READ | Right.EXECUTE))) return Status.DENIED;
  const table = spaceTable(me, space), entry = tableRead(me, table, page), kind = kindOf(entry);
  if (kind == EntryKind.NONE) return fill(me, space, table, page, rights);
  if ((kind == EntryKind.PRESENT || kind == EntryKind.PRIVATE) && write && !bit(entry, Entry.WRITE)) {
    tableChange(me, table, page, entry, entry | flag(true, Entry.WRITE));
    return Status.OK; // a lost swap is not repeated: the access looks again
  }
  if (kind == EntryKind.PRESENT) return Status.OK;
  if (kind == EntryKind.GUARDED) {
    const back = isDeviceFrame(me, <u32>payloadOf(entry)) ? EntryKind.PRIVATE : EntryKind.PRESENT;
    tableChange(me, table, page, entry, withPayload(back, payloadOf(entry)) | rightFlags(rights) | entry & flag(true, Entry.DIRTY));
    return Status.OK;
  }
  if (kind == EntryKind.PRIVATE) return Status.BACK;
  return waitForTicket(me, entry);
}

/** Fills an anonymous page with a zeroed frame. */
function fill(me: usize, space: u32, table: u32, page: u64, rights: u32): u32 {
  const frame = take(me, FrameClass.SYSTEM);
  if (!frame) return Status.NOMEM;
  const use = ownerOf(me, frame);
  describe(me, frame, Role.PAGE, page, 0, space);
  const status = tableChange(me, table, page, 0, withPayload(EntryKind.PRESENT, frame) | rightFlags(rights));
  // Before the announcement goes: a change waits for it. From the exact word of our own taking.
  if (status == Status.OK) changeOwner(me, frame, use, owner(OwnerKind.PAGE, ownerArgument(use)));
  else give(me, frame, use);
  ownStore32(me + Slot.COUNT, <u32>(status == Status.OK));
  return status == Status.NOMEM ? <u32>Status.NOMEM : <u32>Status.OK;
}

/**
 * Step 1 of a change: announce it, so that an mmap there waits for it and bury can finish it, and publish the areas. EXIST, HOLE,
 * NOMEM, FULL, WAIT (an mmap, for a munmap under way there): nothing was done. A munmap or mprotect that answered OK goes on until `spaceChangeEnd`.
 */
export function spacePublish(me: usize, space: u32, op: u32, first: u64, end: u64, rights: u32): u32 {
  spaceQuiesceBegin(me);
  if (op != Change.MAP) {
    storeRelease(me + Slot.CHANGE_FIRST, first);
    storeRelease(me + Slot.CHANGE_END, end);
    storeRelease(me + Slot.CHANGE, nonce(me) << ChangeWord.NONCE | <u64>space << ChangeWord.SPACE | op << ChangeWord.OPERATION | 1);
  }
  const status = changeAreas(me, space, op, first, end, rights);
  if (status != Status.OK) spaceChangeEnd(me);
  return status;
}
/** Nothing of the change is left to do. */
export function spaceChangeEnd(me: usize): void {
  if (!own64(me + Slot.CHANGE)) return;
  storeRelease(me + Slot.CHANGE, 0);
  if (loadAcquire32(me + Slot.CHANGE + Slot.WAITED)) wakeWaiters(me + Slot.CHANGE);
}

/** Before the first `spaceQuiesce`. */
export function spaceQuiesceBegin(me: usize): void {
  ownStore32(me + Slot.CURSOR, 0);
  ownStore64(me + Slot.SEEN, 0);
}

/** Step 2: OK when no CPU fault that may have read the old areas is under way in the range; each slot is waited for once. */
export function spaceQuiesce(me: usize, space: u32, first: u64, end: u64): u32 {
  const word = me + Slot.SEEN; // the announcement that we wait for
  for (let i = own32(me + Slot.CURSOR); i < threadsOf(me); i++) {
    const slot = slotOf(me, i), seen = loadAcquire(slot + Slot.ANNOUNCED);
    const page = (seen & ((<u64>1 << Announced.PAGE_BITS) - 1)) - 1; // none: beyond every end
    const waited = own32(me + Slot.CURSOR) == i && own64(word) != 0;
    ownStore32(me + Slot.CURSOR, i);
    const overlaps = first <= page && page < end && loadAcquire32(slot + Slot.ATTACHED) == space + 1;
    if (overlaps && (!waited || own64(word) == seen)) {
      ownStore64(word, seen);
      return waitFor(me, slot + Slot.ANNOUNCED, seen);
    }
    ownStore64(word, 0);
  }
  ownStore32(me + Slot.GATHERED, 0);
  return Status.OK;
}

@inline function gatherAt(me: usize, i: u32): usize { return stagingOf(me) + Staging.GATHER + (<usize>i << Staging.GATHER_BYTES_LG2); }

/** Remembers a frame whose entry is gone, with the owner word read after that: it is freed after the drain. False: no room. */
export function gather(me: usize, frame: u32, use: u64): bool {
  const n = own32(me + Slot.GATHERED), at = gatherAt(me, n);
  if (n == Staging.GATHER_ITEMS) return false;
  ownStore32(at, frame);
  ownStore64(at + 8, use);
  ownStore32(me + Slot.GATHERED, n + 1);
  return true;
}

/** Takes an entry out and gathers its frame. FULL: the batch is full, or a ticket holds the page (answered as ENTRY). */
@inline export function takeOut<F extends Format>(f: F, me: usize, at: usize, item: u64): Visit {
  const entry = unpack<F>(f, item);
  if (!entry) return Visit.KEPT;
  if (kindOf(entry) == EntryKind.MIGRATING || own32(me + Slot.GATHERED) == Staging.GATHER_ITEMS) { ownStore64(me + Slot.ENTRY, entry); return Visit.FULL; }
  if (!swapItem<F>(f, at, item, 0)) return Visit.AGAIN;
  gather(me, <u32>payloadOf(entry), ownerOf(me, <u32>payloadOf(entry)));
  return Visit.CLEARED;
}

/** Takes rights that the area does not give from an entry; more come back by faults. FULL: a ticket holds the page. */
@inline export function restrict<F extends Format>(f: F, me: usize, at: usize, item: u64, rights: u32): Visit {
  const entry = unpack<F>(f, item);
  if (!entry) return Visit.KEPT;
  if (kindOf(entry) == EntryKind.MIGRATING) { ownStore64(me + Slot.ENTRY, entry); return Visit.FULL; }
  let changed = rights & Right.WRITE ? entry : entry & ~flag(true, Entry.WRITE);
  if (!(rights & Right.EXECUTE)) changed &= ~flag(true, Entry.EXECUTE);
  if (!rights) changed = withPayload(EntryKind.GUARDED, payloadOf(entry)) | entry & flag(true, Entry.DIRTY);
  return changed == entry || swapItem<F>(f, at, item, pack<F>(f, changed)) ? Visit.KEPT : Visit.AGAIN;
}

/** Step 3 for munmap. */
@unmanaged @final class Taker {
  @inline edits(): bool { return true; }
  @inline clears(): bool { return true; }
  @inline visit<F extends Format>(f: F, me: usize, at: usize, item: u64, page: u64, level: i32, a: u64, isFirst: bool, n: u32): Visit { return takeOut<F>(f, me, at, item); }
}
/** Step 3 for mprotect to the rights `a`. */
@unmanaged @final class Restrictor {
  @inline edits(): bool { return true; }
  @inline clears(): bool { return false; }
  @inline visit<F extends Format>(f: F, me: usize, at: usize, item: u64, page: u64, level: i32, a: u64, isFirst: bool, n: u32): Visit {
    return restrict<F>(f, me, at, item, <u32>a);
  }
}

/**
 * Step 3: edits the CPU's entries of [first, end). OK; MORE: invalidate and free what was gathered, then go on from the page in
 * the slot; WAIT: a ticket holds that page (invalidate and free first, holding up nothing that is in hand).
 */
export function spaceEdit(me: usize, space: u32, op: u32, first: u64, end: u64, rights: u32): u32 {
  const table = spaceTable(me, space);
  if (op == Change.UNMAP) return afterEdit(me, spaceTableVisit<Taker>(changetype<Taker>(0), me, table, first, end, 0));
  return afterEdit(me, spaceTableVisit<Restrictor>(changetype<Restrictor>(0), me, table, first, end, rights));
}
/** What an edit that stopped half-way waits for, if it is a ticket. */
export function afterEdit(me: usize, status: u32): u32 {
  if (status != Status.MORE || kindOf(answeredEntry(me)) != EntryKind.MIGRATING) return status;
  const waits = waitForTicket(me, answeredEntry(me));
  return waits == Status.WAIT ? <u32>Status.WAIT : <u32>Status.MORE;
}

/** The CPU's own translations that threads keep over sections end here; mirrors move their own sequence. */
export function spaceSequenceMove(me: usize, space: u32): void { add(spaceOf(me, space) + Space.SEQUENCE, 1); }

/** Last step of a batch, after the drain: frees what was gathered. */
export function spaceFreeGathered(me: usize): void {
  for (let i: u32 = 0; i < own32(me + Slot.GATHERED); i++) give(me, own32(gatherAt(me, i)), own64(gatherAt(me, i) + 8));
  ownStore32(me + Slot.GATHERED, 0);
}

/** Makes an empty space: its number, or a negative status. */
export function spaceCreate(me: usize, format: u32): i32 {
  for (let i: u32 = 0; i < own32(arenaOf(me) + Header.SPACES); i++) {
    const at = spaceOf(me, i), generation = loadAcquire32(at + Space.GENERATION);
    if (generation & 1 || !swap32(at + Space.GENERATION, generation, generation + 1)) continue;
    const status = tableBegin(me, spaceTable(me, i), format);
    if (status == Status.OK) return i;
    storeRelease32(at + Space.GENERATION, generation + 2);
    return -<i32>status;
  }
  return -<i32>Status.FULL;
}

/** Ends a space that has no areas and no mirrors any more. Exclusive. */
export function spaceDestroy(me: usize, space: u32): void {
  tableDestroy(me, spaceTable(me, space));
  const at = spaceOf(me, space);
  storeRelease32(at + Space.GENERATION, own32(at + Space.GENERATION) + 1);
}
