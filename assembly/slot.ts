// A thread's slot: its address `me` is the first parameter of every verb. It holds copies of the arena's geometry, so that a
// walk reads one line of its own instead of the header, and whatever a verb answers beside its status.
import { Arena, Descriptor, Header, Section, Slot, SlotState, Staging } from "./layout/arena";
import { loadAcquire, loadAcquire32, own32, own64, ownAddress, ownStore32, ownStore64, ownStoreFloat, swap32 } from "./door";
import { Status } from "./layout/status";
import { Entry } from "./layout/entry";
import { Space, Mirror, Ticket } from "./layout/space";
import { Table } from "./layout/table";

@inline export function arenaOf(me: usize): usize { return ownAddress(me + Slot.ARENA); }
@inline export function framesOf(me: usize): usize { return ownAddress(me + Slot.FRAMES); }
@inline export function pageLg2(me: usize): usize { return own32(me + Slot.PAGE_LG2); }
@inline export function pageBytes(me: usize): usize { return <usize>1 << pageLg2(me); }
@inline export function threadOf(me: usize): u32 { return own32(me + Slot.INDEX); }
@inline export function threadsOf(me: usize): u32 { return own32(me + Slot.THREADS); }
@inline export function slotOf(me: usize, thread: u32): usize { return arenaOf(me) + Arena.SLOTS_AT + (<usize>thread << Slot.BYTES_LG2); }
@inline export function descriptorOf(me: usize, frame: u32): usize { return ownAddress(me + Slot.DESCRIPTORS) + (<usize>frame << Descriptor.BYTES_LG2); }
@inline export function frameAt(me: usize, frame: u64): usize { return framesOf(me) + (<usize>frame << pageLg2(me)); }
@inline export function frameOfAddress(me: usize, at: usize): u32 { return <u32>((at - framesOf(me)) >> pageLg2(me)); }
@inline export function systemFrames(me: usize): u32 { return own32(me + Slot.SYSTEM_FRAMES); }
@inline export function totalFrames(me: usize): u32 { return systemFrames(me) + own32(me + Slot.DEVICE_FRAMES); }
@inline export function isDeviceFrame(me: usize, frame: u32): bool { return frame >= systemFrames(me); }
@inline export function tableOf(me: usize, table: u32): usize { return ownAddress(me + Slot.TABLES) + (<usize>table << Table.BYTES_LG2); }
@inline export function spaceOf(me: usize, space: u32): usize { return ownAddress(me + Slot.SPACES) + (<usize>space << Space.BYTES_LG2); }
@inline export function mirrorOf(me: usize, mirror: u32): usize { return ownAddress(me + Slot.MIRRORS) + (<usize>mirror << Mirror.BYTES_LG2); }
@inline export function ticketOf(me: usize, ticket: u32): usize { return ownAddress(me + Slot.TICKETS) + (<usize>ticket << Ticket.BYTES_LG2); }
@inline export function stagingOf(me: usize): usize { return ownAddress(me + Slot.STAGING); }

/** A value that this thread has never used before and never will again. */
@inline export function nonce(me: usize): u64 {
  const next = own64(me + Slot.NONCE) + 1;
  ownStore64(me + Slot.NONCE, next);
  return next;
}

/** Answers WAIT: whoever asked may sleep until the 64-bit word at `at` differs from `value`. */
@inline export function answerWait(me: usize, at: usize, value: u64): u32 {
  ownStore32(me + Slot.WAIT_ADDRESS, <u32>at);
  ownStore64(me + Slot.WAIT_VALUE, value);
  return Status.WAIT;
}
/** What an entry says beside its payload. */
@inline export function flagsIn(entry: u64): u32 { return <u32>entry & ((1 << Entry.PAYLOAD) - 1); }
/** Leaves an entry where both a calling verb and TypeScript find it. Answers its frame, -1 for none. */
@inline export function answerEntry(me: usize, entry: u64): f64 {
  const frame: f64 = entry ? <f64><i64>(entry >> Entry.PAYLOAD) : -1;
  ownStore64(me + Slot.ENTRY, entry);
  ownStoreFloat(me + Slot.FRAME, frame);
  ownStore32(me + Slot.FLAGS, flagsIn(entry));
  return frame;
}
@inline export function answeredEntry(me: usize): u64 { return own64(me + Slot.ENTRY); }

/** Takes a free slot for the calling thread and fills its copies. Returns its address, 0 when all are taken. */
export function registerThread(arena: usize): usize {
  const threads = own32(arena + Header.THREADS);
  for (let i: u32 = 0; i < threads; i++) {
    const me = arena + Arena.SLOTS_AT + (<usize>i << Slot.BYTES_LG2);
    const state = loadAcquire32(me + Slot.STATE), live = state | SlotState.LIVE;
    if (state == live || !swap32(me + Slot.STATE, state, live)) continue;
    const system = own32(arena + Header.SYSTEM_FRAMES);
    ownStore32(me + Slot.ARENA, <u32>arena);
    ownStore32(me + Slot.FRAMES, own32(arena + Header.FRAMES_AT));
    ownStore32(me + Slot.DESCRIPTORS, own32(arena + Header.DESCRIPTORS_AT));
    ownStore32(me + Slot.PAGE_LG2, own32(arena + Header.PAGE_LG2));
    ownStore32(me + Slot.INDEX, i);
    ownStore32(me + Slot.SYSTEM_FRAMES, system);
    ownStore32(me + Slot.DEVICE_FRAMES, own32(arena + Header.DEVICE_FRAMES));
    ownStore32(me + Slot.TABLES, own32(arena + Header.TABLES_AT));
    ownStore32(me + Slot.SPACES, own32(arena + Header.SPACES_AT));
    ownStore32(me + Slot.MIRRORS, own32(arena + Header.MIRRORS_AT));
    ownStore32(me + Slot.TICKETS, own32(arena + Header.TICKETS_AT));
    ownStore32(me + Slot.BITMAP, own32(arena + Header.BITMAP_AT));
    ownStore32(me + Slot.STAGING, own32(arena + Header.STAGING_AT) + i * Staging.BYTES);
    ownStore32(me + Slot.THREADS, threads);
    ownStore32(me + Slot.QUOTA, 0);
    ownStore64(me + Slot.INTENT, 0);
    ownStore32(me + Slot.RESERVED, 0); // what a predecessor that died had in hand was given back by its burial
    ownStore32(me + Slot.GATHERED, 0);
    ownStore32(me + Slot.PINS_HELD, 0);
    // Threads start their search for frames apart, so that they rarely meet on a bitmap word.
    ownStore32(me + Slot.ROVE_SYSTEM, (system >> 6) / threads * i);
    ownStore32(me + Slot.ROVE_DEVICE, (own32(arena + Header.DEVICE_FRAMES) >> 6) / threads * i);
    return me;
  }
  return 0;
}

/** Gives the slot back: OK, or BUSY when the thread still holds pins. It must be outside any section, and be done with every verb. */
export function unregisterThread(me: usize): u32 {
  if (own32(me + Slot.PINS_HELD)) return Status.BUSY;
  freeSlot(me, own32(me + Slot.STATE));
  return Status.OK;
}

/** Frees a slot whose state word is still `live`: the generation goes up, so that it names this tenancy no more. */
export function freeSlot(slot: usize, live: u32): bool {
  return swap32(slot + Slot.STATE, live, (live >> SlotState.GENERATION) + 1 << SlotState.GENERATION);
}

/** Whether a section word is open (a pinned word: not 0), and the epoch it announced. */
@inline export function isOpen(section: u64): bool { return (section >> Section.OPEN & 1) != 0; }
@inline export function announcedEpoch(section: u64): u64 { return section >> Section.EPOCH & ((<u64>1 << Section.EPOCH_BITS) - 1); }
@inline export function sectionOf(slot: usize): u64 { return loadAcquire(slot + Slot.SECTION); }
@inline export function pinnedOf(slot: usize): u64 { return loadAcquire(slot + Slot.PINNED); }
