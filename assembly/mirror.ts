// A mirror: one device's view of one address space, in a table of its own format. Device faults commit without a lock, by a
// reservation in the mirror's entry: a number that never returns, which any invalidation in between removes.
//
//   device fault (write)                   mprotect to read-only, then another device reader faults
//   reservation replaces the R entry       areas published
//   loads the CPU's entry: W               CPU entry loses W; reservation cleared; drained; returns
//                                          reader commits the same R value as before
//   commit swap: reservation gone -> again [no W on the device after mprotect returned: H2]
//
// A dead faulter owes nothing: whoever faults next joins its reservation.
import { Descriptor, Header } from "./layout/arena";
import { Entry, EntryKind } from "./layout/entry";
import { Mirror, MirrorState, Right, Space } from "./layout/space";
import { Status } from "./layout/status";
import { dataClear, loadAcquire, loadAcquire32, own32, ownStore32, storeRelease, storeRelease32, swap32 } from "./door";
import { arenaOf, descriptorOf, mirrorOf, nonce, spaceOf, threadOf } from "./slot";
import { swapItem } from "./item";
import { mirrorTable, spaceTable, tableBegin, tableChange, tableDestroy, tableRead, tableVisit } from "./table";
import { domainInvalidate } from "./domain";
import { spaceSequenceMove } from "./space";
import { waitForTicket } from "./ticket";
import { Format, bit, flag, kindOf, payloadOf, withPayload, pack, unpack } from "./format/format";
import { Visit } from "./range";

/** The space of a mirror that the caller uses: nobody destroys it meanwhile. */
@inline function ownSpace(mirror: usize): u32 { return own32(mirror + Mirror.SPACE); }
@inline export function isDead(mirror: usize): bool { return loadAcquire32(mirror + Mirror.STATE) == MirrorState.DEAD; }

/** Marks the page of a system frame as written to, where no entry says so. */
@inline function markDirty(me: usize, frame: u64): void { storeRelease32(descriptorOf(me, <u32>frame) + Descriptor.DIRTY, 1); }

/** What the device may do with the CPU's entry of a page: OK map it, MIGRATE, CPU_FAULT, WAIT, AGAIN. */
function judge(me: usize, entry: u64, write: bool, migrate: bool): u32 {
  const kind = kindOf(entry);
  if (kind == EntryKind.MIGRATING) return waitForTicket(me, entry);
  if (kind != EntryKind.PRESENT && kind != EntryKind.PRIVATE) return Status.CPU_FAULT;
  if (write && !bit(entry, Entry.WRITE)) return Status.CPU_FAULT;
  return kind == EntryKind.PRESENT && migrate ? Status.MIGRATE : Status.OK;
}

/**
 * One step of a device fault on a page. OK: access again. With `migrate`, answers MIGRATE for a page of system memory instead
 * of mapping it where it is. CPU_FAULT: fill the CPU's entry first. WAIT: a ticket holds the page. AGAIN, NOMEM, DEAD.
 * A reservation is made only for a page that the CPU's table has: one that no area covers costs the device nothing.
 */
export function deviceFault(me: usize, number: u32, page: u64, write: bool, migrate: bool): u32 {
  const mirror = mirrorOf(me, number), table = mirrorTable(me, number), cpu = spaceTable(me, ownSpace(mirror));
  if (isDead(mirror)) return Status.DEAD;
  const seen = tableRead(me, table, page), kind = kindOf(seen);
  if (kind == EntryKind.PRESENT && (!write || bit(seen, Entry.WRITE))) return Status.OK;
  const before = judge(me, tableRead(me, cpu, page), write, migrate);
  if (before != Status.OK) return before;
  let reservation = seen;
  if (kind != EntryKind.RESERVATION) {
    reservation = withPayload(EntryKind.RESERVATION, nonce(me) << Entry.THREAD_BITS & ((<u64>1 << Entry.PAYLOAD_BITS) - 1) | threadOf(me));
    const status = tableChange(me, table, page, seen, reservation);
    if (status != Status.OK) return status;
  }
  const entry = tableRead(me, cpu, page); // again, now that an invalidation would show
  const status = judge(me, entry, write, migrate);
  if (status != Status.OK) return status;
  const valid = withPayload(EntryKind.PRESENT, payloadOf(entry)) | entry & (flag(true, Entry.WRITE) | flag(true, Entry.EXECUTE)) | flag(true, Entry.USER);
  return tableChange(me, table, page, reservation, valid);
}

/** Clears mirror entries; with `a` = Right.WRITE they only become read-only. Reservations always go. Dirty goes to the page first. */
@unmanaged @final class Invalidator {
  @inline edits(): bool { return true; }
  @inline clears(): bool { return true; }
  @inline visit<F extends Format>(f: F, me: usize, at: usize, item: u64, page: u64, level: i32, a: u64, isFirst: bool, n: u32): Visit {
    const entry = unpack<F>(f, item), stays = kindOf(entry) == EntryKind.PRESENT && a == Right.WRITE;
    const left = stays ? entry & ~(flag(true, Entry.WRITE) | flag(true, Entry.EXECUTE) | flag(true, Entry.DIRTY)) : 0;
    if (left == entry) return Visit.KEPT;
    if (bit(entry, Entry.DIRTY)) markDirty(me, payloadOf(entry));
    if (!swapItem<F>(f, at, item, pack<F>(f, left))) return Visit.AGAIN;
    return left ? Visit.KEPT : Visit.CLEARED;
  }
}

/**
 * Ends what the space's mirrors and threads know of [first, end): clears or restricts the mirrors' entries, then moves the
 * sequences. The caller drains after it. Never inside a section. A mirror found in the list may go meanwhile, and another come in its
 * place: that one loses entries, and its device faults once more.
 */
export function invalidate(me: usize, space: u32, first: u64, end: u64, lost: u32): void {
  const at = spaceOf(me, space);
  for (let i = 0; i < Space.MIRRORS_MAX; i++) {
    const number = loadAcquire32(at + Space.MIRRORS + (i << 2));
    if (!number) continue;
    tableVisit<Invalidator>(changetype<Invalidator>(0), me, mirrorTable(me, number - 1), first, end, lost);
    domainInvalidate(mirrorOf(me, number - 1));
  }
  spaceSequenceMove(me, space);
}

/** Kills a mirror: it takes no more faults, and its entries go. The caller drains after it. Its space goes on without it (H4). */
export function mirrorKill(me: usize, number: u32): void {
  const mirror = mirrorOf(me, number);
  storeRelease32(mirror + Mirror.STATE, MirrorState.DEAD); // an access looks at the state inside its section, so none begins after the drain, even if a late fault still commits
  tableVisit<Invalidator>(changetype<Invalidator>(0), me, mirrorTable(me, number), 0, <u64>1 << 52, 0);
  domainInvalidate(mirror);
}

/** Makes a mirror of the space: its number, or a negative status. */
export function mirrorCreate(me: usize, space: u32, format: u32): i32 {
  for (let i: u32 = 0; i < own32(arenaOf(me) + Header.MIRRORS); i++) {
    const at = mirrorOf(me, i), generation = loadAcquire32(at + Mirror.GENERATION);
    if (generation & 1 || !swap32(at + Mirror.GENERATION, generation, generation + 1)) continue;
    let status = tableBegin(me, mirrorTable(me, i), format);
    if (status == Status.OK) {
      ownStore32(at + Mirror.SPACE, space);
      dataClear(at + Mirror.RING, Mirror.RING_SIZE * sizeof<u64>());
      storeRelease32(at + Mirror.STATE, MirrorState.LIVE);
      for (let j = 0; j < Space.MIRRORS_MAX; j++)
        if (swap32(spaceOf(me, space) + Space.MIRRORS + (j << 2), 0, i + 1)) return i;
      tableDestroy(me, mirrorTable(me, i));
      status = Status.FULL;
    }
    storeRelease32(at + Mirror.GENERATION, generation + 2);
    return -<i32>status;
  }
  return -<i32>Status.FULL;
}

/** Takes a killed mirror, whose entries are drained, off its space. Exclusive. */
export function mirrorDestroy(me: usize, number: u32): void {
  const mirror = mirrorOf(me, number);
  for (let j = 0; j < Space.MIRRORS_MAX; j++) swap32(spaceOf(me, ownSpace(mirror)) + Space.MIRRORS + (j << 2), number + 1, 0);
  tableDestroy(me, mirrorTable(me, number));
  storeRelease(mirror + Mirror.SERVICE, 0);
  storeRelease32(mirror + Mirror.GENERATION, own32(mirror + Mirror.GENERATION) + 1);
}
