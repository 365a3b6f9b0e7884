// Address spaces, their areas, mirrors, tickets. Integers only.

/** The record of an address space. GENERATION is odd while it is in use. SEQUENCE has a line of its own. */
export enum Space { BYTES = 256, BYTES_LG2 = 8, GENERATION = 0, AREAS = 8, MIRRORS = 16, MIRRORS_MAX = 4, SEQUENCE = 64 }

//  areas word: the version makes every published value unlike the last
//  63                            32 31                             0
// ┌────────────────────────────────┬────────────────────────────────┐
// │ version                        │ frame of the index, 0 = empty  │
// └────────────────────────────────┴────────────────────────────────┘
//  index and chunk frames: COUNT, then items of 16 bytes, sorted
//   index item   first page u64 | chunk frame u64
//   chunk item   (first page << 12 | rights) u64 | end page u64
export enum Areas { VERSION = 32, COUNT = 0, ITEMS = 16, ITEM_LG2 = 4, CHUNK = 8, FIRST = 0, END = 8, PAGE = 12, RIGHTS_BITS = 12 }

/** In place of the number of a space: every thread, whatever it is attached to. */
export enum Spaces { ALL = 0x7fffffff }

export enum Right { READ = 1, WRITE = 2, EXECUTE = 4 }

/** How a change of areas treats what is in its range already. */
export enum Change { MAP = 0, UNMAP = 1, PROTECT = 2 }

/** The record of a mirror. SEQUENCE and SERVICE have lines of their own; RING holds one-word requests. */
export enum Mirror {
  BYTES = 1024, BYTES_LG2 = 10, GENERATION = 0, STATE = 4, SPACE = 8,
  SEQUENCE = 64, SERVICE = 128, RING = 192, RING_SIZE = 64,
}
export enum MirrorState { LIVE = 1, DEAD = 2 }

//  request word of the fault ring: 0 = free
//  63      60 59    52 51 50 48 47                                 0
// ┌──────────┬────────┬──┬─────┬────────────────────────────────────┐
// │ step     │ thread │ W│  0  │ page number, or the status when DONE│
// └──────────┴────────┴──┴─────┴────────────────────────────────────┘
export enum Request { PAGE = 0, PAGE_BITS = 48, WRITE = 51, THREAD = 52, THREAD_BITS = 8, STEP = 60, STEP_BITS = 4 }
export enum RequestStep { POSTED = 1, DONE = 2 }

/** A migration ticket. WORD = generation << 8 | step. The fields are valid while the word stays the same. */
export enum Ticket {
  BYTES = 64, BYTES_LG2 = 6, PER_THREAD = 16, PER_THREAD_LG2 = 4, GENERATION = 8,
  WORD = 0, SPACE = 8, DIRECTION = 12, PAGE = 16, OLD = 24, SOURCE = 32, DESTINATION = 36, SOURCE_OWNER = 40, DESTINATION_OWNER = 48,
}
export enum TicketStep { FREE = 0, PREPARED = 1, COMMITTED = 2, ABORTED = 3 }
export enum Direction { TO_DEVICE = 0, TO_SYSTEM = 1 }
