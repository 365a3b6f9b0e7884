// Migration: collect (prepare) → invalidate, drain → copy → commit → finish, a batch of tickets at a time; each page may fail
// alone. The source stays whole until the commit, which is one store to the ticket's word.
//
//   device thread                          CPU thread
//   section; mirror entry W; D set         entry private: section left, ticket prepared, entry claimed
//   store 9                                mirror entry cleared (D to the page first); sequences move
//   section left                           drain: waited for the device's section
//   next access: entry gone -> fault       copy reads 9; commit; entry present; read 9            [H3]
//
// An entry's value is no identity: after the claim the source's owner word is read again, and a use of the frame that is not
// the one seen before the claim aborts the ticket (the page had left the frame and come back).
import { Descriptor, FrameClass, Header, OwnerKind, Place, Role, Slot } from "./layout/arena";
import { Entry, EntryKind } from "./layout/entry";
import { Direction, Space, Ticket, TicketStep } from "./layout/space";
import { Status } from "./layout/status";
import { dataCopy, loadAcquire32, own32, own64, ownStore32, ownStore64, ownStoreFloat, swap32 } from "./door";
import { arenaOf, descriptorOf, frameAt, mirrorOf, pageBytes, spaceOf, systemFrames, threadOf, ticketOf, totalFrames } from "./slot";
import { changeOwner, describe, give, homeOf, owner, ownerArgument, ownerKind, ownerOf, placeOf, take } from "./frames";
import { mirrorTable, spaceTable, tableChange, tableRead } from "./table";
import { domainInvalidate } from "./domain";
import { invalidate } from "./mirror";
import { migratingEntry, ownTicketWord, stepOf, ticketFree, ticketStep, waitForTicket } from "./ticket";
import { bit, flag, kindOf, payloadOf, withPayload } from "./format/format";

@inline function mine(me: usize, i: u32): u32 { return threadOf(me) << Ticket.PER_THREAD_LG2 | i; }

/** Whether an entry can go in that direction. Guarded pages move too: they keep their guard. */
function movable(me: usize, entry: u64, direction: u32): bool {
  const kind = kindOf(entry);
  if (kind == EntryKind.GUARDED) return (<u32>payloadOf(entry) >= systemFrames(me)) == (direction == Direction.TO_SYSTEM);
  return kind == (direction == Direction.TO_SYSTEM ? EntryKind.PRIVATE : EntryKind.PRESENT);
}

/**
 * Claims a page for migration. OK; NOMEM: no frame at the destination; BUSY: the page is not one that can go there, or
 * changed under us; WAIT: another ticket holds it; FULL: this thread's tickets are all in use. Nothing is done but for OK.
 */
export function migratePrepare(me: usize, space: u32, page: u64, direction: u32): u32 {
  let i = 0;
  while (i < Ticket.PER_THREAD && stepOf(ownTicketWord(ticketOf(me, mine(me, i)))) != TicketStep.FREE) i++;
  if (i == Ticket.PER_THREAD) return Status.FULL;
  const ticket = ticketOf(me, mine(me, i)), table = spaceTable(me, space);
  const entry = tableRead(me, table, page), source = <u32>payloadOf(entry);
  if (kindOf(entry) == EntryKind.MIGRATING) return waitForTicket(me, entry);
  if (!movable(me, entry, direction)) return Status.BUSY;
  const use = ownerOf(me, source);
  if (ownerKind(use) != OwnerKind.PAGE) return Status.BUSY; // its fault has not confirmed it yet
  const destination = take(me, direction == Direction.TO_DEVICE ? FrameClass.DEVICE : FrameClass.SYSTEM);
  if (!destination) return Status.NOMEM;
  describe(me, destination, Role.PAGE, page, 0, space);
  ownStore32(ticket + Ticket.SPACE, space);
  ownStore32(ticket + Ticket.DIRECTION, direction);
  ownStore64(ticket + Ticket.PAGE, page);
  ownStore64(ticket + Ticket.OLD, entry);
  ownStore32(ticket + Ticket.SOURCE, source);
  ownStore32(ticket + Ticket.DESTINATION, destination);
  ownStore64(ticket + Ticket.SOURCE_OWNER, use);
  ownStore64(ticket + Ticket.DESTINATION_OWNER, ownerOf(me, destination));
  ticketStep(ticket, TicketStep.PREPARED);
  const claimed = tableChange(me, table, page, entry, migratingEntry(mine(me, i), ownTicketWord(ticket)));
  if (claimed == Status.OK && ownerOf(me, source) == use) return Status.OK;
  abort(me, mine(me, i));
  return Status.BUSY;
}

/** Clears what the space's mirrors know of the pages claimed by this thread, and moves the sequences. The caller drains. */
export function migrateUnmap(me: usize): void {
  for (let i = 0; i < Ticket.PER_THREAD; i++) {
    const ticket = ticketOf(me, mine(me, i)), page = own64(ticket + Ticket.PAGE);
    if (stepOf(ownTicketWord(ticket)) == TicketStep.PREPARED) invalidate(me, own32(ticket + Ticket.SPACE), page, page + 1, 0);
  }
}

/** After the drain: copies, commits and finishes this thread's tickets. How many pages moved in COUNT. */
export function migrateFinish(me: usize): void {
  let moved: u32 = 0;
  for (let i = 0; i < Ticket.PER_THREAD; i++) {
    const ticket = ticketOf(me, mine(me, i));
    if (stepOf(ownTicketWord(ticket)) != TicketStep.PREPARED) continue;
    dataCopy(frameAt(me, own32(ticket + Ticket.DESTINATION)), frameAt(me, own32(ticket + Ticket.SOURCE)), pageBytes(me));
    ticketStep(ticket, TicketStep.COMMITTED);
    rollForward(me, mine(me, i), ownTicketWord(ticket));
    moved++;
  }
  ownStore32(me + Slot.COUNT, moved);
}

/** Gives up on this thread's claims before their commit: each page is as it was. */
export function migrateAbort(me: usize): void {
  for (let i = 0; i < Ticket.PER_THREAD; i++)
    if (stepOf(ownTicketWord(ticketOf(me, mine(me, i)))) == TicketStep.PREPARED) abort(me, mine(me, i));
}
function abort(me: usize, number: u32): void {
  ticketStep(ticketOf(me, number), TicketStep.ABORTED);
  rollBack(me, number, ownTicketWord(ticketOf(me, number)));
}

/**
 * A prepared or aborted ticket, and its word: the old entry stands again, if it was taken out at all; the destination is free. Every step
 * is an exact swap, so two may do it at once to a dead thread's ticket: its fields stay as they are until the slot has a new tenant.
 */
export function rollBack(me: usize, number: u32, word: u64): void {
  const ticket = ticketOf(me, number);
  const space = own32(ticket + Ticket.SPACE), page = own64(ticket + Ticket.PAGE), old = own64(ticket + Ticket.OLD);
  const destination = own32(ticket + Ticket.DESTINATION), destinationOwner = own64(ticket + Ticket.DESTINATION_OWNER);
  tableChange(me, spaceTable(me, space), page, migratingEntry(number, word), old);
  give(me, destination, destinationOwner);
  ticketFree(ticket, word);
}

/** A committed ticket: the destination is the page now. Dirty comes along, from the old entry and from the page itself. */
export function rollForward(me: usize, number: u32, word: u64): void {
  const ticket = ticketOf(me, number);
  const space = own32(ticket + Ticket.SPACE), page = own64(ticket + Ticket.PAGE), old = own64(ticket + Ticket.OLD);
  const source = own32(ticket + Ticket.SOURCE), sourceOwner = own64(ticket + Ticket.SOURCE_OWNER);
  const destination = own32(ticket + Ticket.DESTINATION), destinationOwner = own64(ticket + Ticket.DESTINATION_OWNER);
  const home = own32(ticket + Ticket.DIRECTION) == Direction.TO_DEVICE ? EntryKind.PRIVATE : EntryKind.PRESENT;
  const dirty = loadAcquire32(descriptorOf(me, source) + Descriptor.DIRTY) != 0;
  const flags = old & (flag(true, Entry.WRITE) | flag(true, Entry.EXECUTE) | flag(true, Entry.USER) | flag(true, Entry.DIRTY));
  const kind = kindOf(old) == EntryKind.GUARDED ? EntryKind.GUARDED : home;
  changeOwner(me, destination, destinationOwner, owner(OwnerKind.PAGE, ownerArgument(destinationOwner)));
  tableChange(me, spaceTable(me, space), page, migratingEntry(number, word), withPayload(kind, destination) | flags | flag(dirty, Entry.DIRTY));
  give(me, source, sourceOwner);
  ticketFree(ticket, word);
}

/** Whether a mirror's entry for the page was used since the last look; clears the accessed bit (second chance). Only a present entry has one. */
function usedLately(me: usize, space: u32, page: u64): bool {
  let used = false;
  for (let i = 0; i < Space.MIRRORS_MAX; i++) {
    const number = loadAcquire32(spaceOf(me, space) + Space.MIRRORS + (i << 2));
    if (!number) continue;
    const table = mirrorTable(me, number - 1), entry = tableRead(me, table, page);
    if (!bit(entry, Entry.ACCESSED)) continue;
    tableChange(me, table, page, entry, entry & ~flag(true, Entry.ACCESSED));
    domainInvalidate(mirrorOf(me, number - 1)); // a device that cached the entry walks again, and shows that it uses the page
    used = true;
  }
  return used;
}

/**
 * Chooses the device page to evict: a clock hand over the device's frames, second chance by the accessed bits that the walk
 * sets. PAGE and COUNT (its space) say which; NONE: the device holds no page. Bound: three turns; the last takes any.
 */
export function evictChoose(me: usize): u32 {
  const first = systemFrames(me), frames = totalFrames(me) - first, at = arenaOf(me) + Header.HAND, hand = loadAcquire32(at);
  let seen = hand;
  for (let n: u32 = 0; n < 3 * frames; n++) {
    const frame = first + (hand + n) % frames, use = ownerOf(me, frame);
    if (ownerKind(use) != OwnerKind.PAGE) continue;
    const place = placeOf(me, frame), page = place >> Place.PAGE, space = homeOf(place);
    if (ownerOf(me, frame) != use) continue; // the place is of this use of the frame
    if (n < 2 * frames && usedLately(me, space, page)) continue;
    if (!swap32(at, seen, (hand + n + 1) % frames)) { // somebody chose meanwhile, perhaps this one: the next is as good
      seen = loadAcquire32(at);
      if (n < 2 * frames) continue;
    }
    ownStoreFloat(me + Slot.PAGE, <f64>page);
    ownStore32(me + Slot.COUNT, space);
    return Status.OK;
  }
  return Status.NONE;
}
