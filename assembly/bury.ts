// Burial: what a thread that cannot run again left behind is undone or finished by others (X1). Every step is an exact swap, or a
// store that says what any burier would say, so two threads may bury at once, and a burier that dies is no harm: the slot stays LIVE until the last step.
//
//   died                                   what others see meanwhile              what bury does
//   inside a section, or with pins         retired frames are held back           closes it, drops them
//   with frames in hand, building          nothing                                TRANSIT, not hooked: frees them
//   after publishing, before relabelling   use it                                 TRANSIT, hooked: relabels
//   between DEAD and unhooking, retiring   mappers unhook                         unhooks, retires
//   after a clear, in a freeze             an empty directory may stay            prunes along the intent
//   ticket PREPARED / ABORTED              whoever touches the page waits         rolls back
//   ticket COMMITTED                       whoever touches the page waits         rolls forward
//   serving a fault ring, with a request   waiters wait                           frees the service, drops the request
//   a CPU fault announced                  munmap waits                           withdraws it, after its frames are settled
//   in munmap or mprotect                  later changes go on                    makes entries conform to the areas, frees orphans
//
// Order: section, tickets, frames, requests, announcement, intent; then the change, which waits for living threads and so is
// sequenced from TypeScript; the slot last. Tables and spaces are not destroyed while somebody lies dead in them.
// Frames are judged by where their place word says that they are hooked: an old place
// does no harm, since nothing names a frame there that was not described first.
import { ChangeWord, Header, Intent, Owner, OwnerKind, Place, Role, Section, Slot, SlotState } from "./layout/arena";
import { EntryKind } from "./layout/entry";
import { Mirror, Request, Ticket, TicketStep } from "./layout/space";
import { Status } from "./layout/status";
import { Table } from "./layout/table";
import { loadAcquire, loadAcquire32, own32, own64, ownStore32, storeRelease, swap, wake } from "./door";
import { arenaOf, frameAt, freeSlot, mirrorOf, sectionOf, slotOf, tableOf, ticketOf, totalFrames } from "./slot";
import { attach, enter, enterAtHorizon, leave, leaveAndWake, wakeWaiters } from "./section";
import { dropAll } from "./pin";
import { changeOwner, clearHint, hintsAt, homeOf, levelOf, owner, ownerArgument, ownerKind, ownerOf, placeOf, retire } from "./frames";
import { giveRun, orderAt, retireRun } from "./run";
import { directoryOrder, itemAt, loadItem, topLevel } from "./item";
import { isTooShort, leadsOn, rootOf, topOf } from "./walk";
import { intend, pruneTo, revive, settleIntent, unhook } from "./directory";
import { Visit } from "./range";
import { spaceTable, spaceTableVisit, tableRead } from "./table";
import { reachesRecord, rightsInside } from "./areas";
import { dropRequest } from "./ring";
import { afterEdit, gather, restrict, takeOut } from "./space";
import { rollBack, rollForward } from "./migrate";
import { stepOf, ticketWord } from "./ticket";
import { Format, field, kindOf, payloadOf } from "./format/format";
import { dispatch } from "./format/all";

/** The address of the item, or of the table's top, that points to the directory where its place says, 0 when none does. Inside a section. */
@unmanaged @final class HookOf {
  run<F extends Format>(f: F, me: usize, table: usize, page: u64, frame: u64, level: u64): u64 {
    const root = rootOf<F>(f, me, <u32>table);
    if (isTooShort<F>(f, me, root)) return 0;
    if (f.mayGrow() && <i32>level == topLevel<F>(f, me)) return root == <u32>frame ? tableOf(me, <u32>table) + Table.TOP : 0; // a root put on top this instant
    let directory = frameAt(me, root), at = topLevel<F>(f, me);
    while (at > <i32>level) {
      const slot = itemAt<F>(f, directory, page, at), item = loadItem<F>(f, slot);
      if (!leadsOn<F>(f, item, page, at, <i32>level)) return 0;
      at = f.levelBelow(item, at);
      if (at == <i32>level) return f.directoryFrame(item) == frame ? slot : 0;
      directory = frameAt(me, f.directoryFrame(item));
    }
    return 0;
  }
}
/** Unhooks a dead directory where its place says, retires it, and gives back what is empty above it. Inside a section. */
@unmanaged @final class Unhook {
  @inline run<F extends Format>(f: F, me: usize, table: usize, page: u64, frame: u64, level: u64): u64 {
    const at = <usize>changetype<HookOf>(0).run<F>(f, me, table, page, frame, level), dead = ownerOf(me, <u32>frame);
    if (ownerKind(dead) != OwnerKind.DEAD) return 0;
    intend(me, <u32>table, page); // a burier may die as well, and what lies above is then its own to give back
    if (at) unhook<F>(f, me, at, <u32>frame, dead); else retireRun(me, <u32>frame, dead, directoryOrder<F>(f, me));
    pruneTo<F>(f, me, <u32>table, page);
    settleIntent(me);
    return 0;
  }
}
@unmanaged @final class Prune {
  @inline run<F extends Format>(f: F, me: usize, table: usize, page: u64, a: u64, b: u64): u64 {
    enter(me);
    intend(me, <u32>table, page);
    pruneTo<F>(f, me, <u32>table, page);
    leave(me);
    settleIntent(me);
    return 0;
  }
}
@inline function onTable<V>(me: usize, table: u32, page: u64, a: u64, b: u64): u64 {
  return dispatch<V>(changetype<V>(0), <u32>topOf(me, table), me, table, page, a, b);
}

/** Whether the entry of a page names the frame. `held`: the answer when a ticket holds the page. */
function isNamed(me: usize, space: u32, page: u64, frame: u32, held: bool): bool {
  const entry = tableRead(me, spaceTable(me, space), page);
  return kindOf(entry) == EntryKind.MIGRATING ? held : payloadOf(entry) == frame;
}

/**
 * DEAD(g) does not name a use of a frame, as other words do: it may be dead once more, and hooked, when we swap. So it is looked at in a
 * section in which it is not used again, first its word, then its place.
 */
function settleDead(me: usize, frame: u32): void {
  enterAtHorizon(me);
  if (ownerKind(ownerOf(me, frame)) == OwnerKind.DEAD) {
    const place = placeOf(me, frame);
    onTable<Unhook>(me, homeOf(place), place >> Place.PAGE, frame, levelOf(place));
  }
  leaveAndWake(me);
}

/**
 * One frame: settles it when the dead thread took it, when it is a dead directory, or a record that nothing reaches. `isHidden`: no
 * search looks at it, though it may be free: its freer may have died before it said so.
 */
function settleFrame(me: usize, frame: u32, isHidden: bool, thread: u32, lastNonce: u64): void {
  const seen = ownerOf(me, frame), kind = ownerKind(seen);
  if (kind == OwnerKind.FREE || kind == OwnerKind.RETIRED) { if (isHidden) clearHint(me, frame); return; }
  if (kind == OwnerKind.DEAD) { settleDead(me, frame); return; }
  const place = placeOf(me, frame), page = place >> Place.PAGE, home = homeOf(place);
  const level = levelOf(place), role = <u32>field(place, Place.ROLE, Place.ROLE_BITS);
  if (kind == OwnerKind.MERGING && <u32>field(seen, Owner.THREAD, Owner.THREAD_BITS) == thread) {
    enter(me); // its word is the dead thread's own: as long as it stands nobody hooks the directory or takes it out
    if (onTable<HookOf>(me, home, page, frame, level)) revive(me, frame, seen); else retireRun(me, frame, seen, orderAt(me, frame));
    leave(me);
    return;
  }
  if (kind == OwnerKind.RECORD) {
    enter(me);
    if (!reachesRecord(me, home, frame)) retire(me, frame, seen);
    leave(me);
    return;
  }
  if (kind != OwnerKind.TRANSIT || <u32>field(seen, Owner.THREAD, Owner.THREAD_BITS) != thread || seen >> Owner.NONCE > lastNonce) return;
  let hooked = false;
  if (role == Role.PAGE) hooked = isNamed(me, home, page, frame, false); // tickets hold what is confirmed
  else {
    enter(me);
    hooked = role == Role.DIRECTORY ? onTable<HookOf>(me, home, page, frame, level) != 0 : reachesRecord(me, home, frame);
    leave(me);
  }
  if (!hooked && role == Role.RECORD) retire(me, frame, seen); // published, and superseded this instant by one that is still to retire it
  else if (!hooked) giveRun(me, frame, seen, orderAt(me, frame));
  else if (role == Role.DIRECTORY) changeOwner(me, frame, seen, owner(OwnerKind.LIVE, 0));
  else changeOwner(me, frame, seen, owner(role == Role.PAGE ? OwnerKind.PAGE : OwnerKind.RECORD, ownerArgument(seen)));
}

/** Drops the dead thread's requests, and frees the services that it held. */
function settleRings(me: usize, thread: u32): void {
  for (let i: u32 = 0; i < own32(arenaOf(me) + Header.MIRRORS); i++) {
    const mirror = mirrorOf(me, i), service = loadAcquire(mirror + Mirror.SERVICE);
    for (let j = 0; j < Mirror.RING_SIZE; j++) dropRequest(mirror, j, thread);
    if (service && (<u32>service & ((1 << Request.THREAD_BITS) - 1)) == thread) swap(mirror + Mirror.SERVICE, service, 0);
    wake(mirror + Mirror.SERVICE);
  }
}

/**
 * Buries a thread that cannot run again, all but its change. OK; MORE: a change of areas is under way (space in COUNT, its
 * operation in FLAGS): finish it with `buryConform` and `buryOrphans`; NONE: there is nobody in that slot. Then `buryEnd`.
 */
export function buryThread(me: usize, thread: u32): u32 {
  const slot = slotOf(me, thread), state = loadAcquire32(slot + Slot.STATE);
  if (!(state & SlotState.LIVE) || slot == me) return Status.NONE;
  const lastNonce = own64(slot + Slot.NONCE);
  storeRelease(slot + Slot.SECTION, sectionOf(slot) >> Section.GENERATION << Section.GENERATION);
  wakeWaiters(slot + Slot.SECTION); // even if it had closed it: it may have died before it woke anybody
  dropAll(slot);
  for (let i = 0; i < Ticket.PER_THREAD; i++) {
    const number = thread << Ticket.PER_THREAD_LG2 | i, word = ticketWord(ticketOf(me, number)), step = stepOf(word);
    if (step == TicketStep.COMMITTED) rollForward(me, number, word);
    else if (step != TicketStep.FREE) rollBack(me, number, word);
    wake(ticketOf(me, number) + Ticket.WORD);
  }
  let hidden: u64 = 0;
  for (let frame: u32 = 0; frame < totalFrames(me); frame++) {
    if (!(frame & 63)) hidden = hintsAt(me, frame); // what the dead hid was hidden before we came
    if (frame) settleFrame(me, frame, <bool>(hidden >> (frame & 63) & 1), thread, lastNonce);
  }
  settleRings(me, thread);
  storeRelease(slot + Slot.ANNOUNCED, 0); // after its frames: until then munmap must not take the entry
  wakeWaiters(slot + Slot.ANNOUNCED);
  const intent = own64(slot + Slot.INTENT), table = <u32>field(intent, Intent.TABLE, Intent.TABLE_BITS); // it may stay: a prune more does no harm
  if (intent) onTable<Prune>(me, table, field(intent, Intent.PAGE, Intent.PAGE_BITS) - 1, 0, 0);
  const change = loadAcquire(slot + Slot.CHANGE);
  ownStore32(me + Slot.FLAGS, <u32>field(change, ChangeWord.OPERATION, 8));
  ownStore32(me + Slot.COUNT, <u32>field(change, ChangeWord.SPACE, ChangeWord.SPACE_BITS));
  return change ? Status.MORE : Status.OK;
}

/** Makes an entry conform to the area of its page, as the areas are now. FULL: the batch is full, or a ticket holds the page. */
@unmanaged @final class Conformer {
  @inline edits(): bool { return true; }
  @inline clears(): bool { return true; }
  @inline visit<F extends Format>(f: F, me: usize, at: usize, item: u64, page: u64, level: i32, a: u64, isFirst: bool, n: u32): Visit {
    const rights = rightsInside(me, <u32>a, page); // after the item was loaded: an area that is mapped here again comes before its entries
    return rights < 0 ? takeOut<F>(f, me, at, item) : restrict<F>(f, me, at, item, rights);
  }
}
/** The edit of a buried change, after `spaceQuiesce`: answers as `spaceEdit`. */
export function buryConform(me: usize, space: u32, first: u64, end: u64): u32 {
  attach(me, space); // so that another burier does not free under us what we saw
  return afterEdit(me, spaceTableVisit<Conformer>(changetype<Conformer>(0), me, spaceTable(me, space), first, end, space));
}

/**
 * Gathers pages of [first, end) that nothing names: the dead thread took their entries and did not free them. MORE: invalidate
 * the range, drain, free what was gathered, ask again; OK: none is left. A living change may be about to free the same frame:
 * that is an exact swap too, and our own drain, begun after the entry was seen gone, covers whatever used it.
 */
export function buryOrphans(me: usize, space: u32, first: u64, end: u64): u32 {
  let found = false;
  for (let frame: u32 = 1; frame < totalFrames(me); frame++) {
    const use = ownerOf(me, frame);
    if (ownerKind(use) != OwnerKind.PAGE) continue;
    const place = placeOf(me, frame), page = place >> Place.PAGE;
    if (homeOf(place) != space || page < first || page >= end || isNamed(me, space, page, frame, true) || ownerOf(me, frame) != use) continue;
    if (!gather(me, frame, use)) break;
    found = true;
  }
  return found ? Status.MORE : Status.OK;
}

/** Frees the dead thread's slot. False when somebody else did. */
export function buryEnd(me: usize, thread: u32): bool {
  const slot = slotOf(me, thread), state = loadAcquire32(slot + Slot.STATE);
  storeRelease(slot + Slot.CHANGE, 0);
  wakeWaiters(slot + Slot.CHANGE);
  return (state & SlotState.LIVE) != 0 && freeSlot(slot, state);
}
