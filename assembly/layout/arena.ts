// Where things are in the arena: header, thread slots, frame descriptors. Read by both compilers: integers only.
//
//  arena ┌─────────┬──────────────┬─────────────┬────────┬────────┬────────┬─────────┬─────────┬─────────┬───────────┬────────┐
//        │ header  │ thread slots │ descriptors │ bitmap │ tables │ spaces │ mirrors │ tickets │ staging │ workspace │ frames │
//        └─────────┴──────────────┴─────────────┴────────┴────────┴────────┴─────────┴─────────┴─────────┴───────────┴────────┘
//  frames: system memory first, then device memory; frame 0 is never handed out, so 0 means "none".

/** FORMATS_AT: behind the header's words, the descriptions of run-time formats (layout/generic.ts). */
export enum Arena { MAGIC = 0x524d4750, VERSION = 3, FORMATS_AT = 512, FORMATS = 32, SLOTS_AT = 4608 }

/** Byte offsets in the header. All but EPOCH and HAND are written once, before anybody else attaches. */
export enum Header {
  MAGIC = 0, VERSION = 4, PAGE_LG2 = 8, THREADS = 12, SYSTEM_FRAMES = 16, DEVICE_FRAMES = 20,
  TABLES = 24, SPACES = 28, MIRRORS = 32,
  DESCRIPTORS_AT = 40, BITMAP_AT = 44, TABLES_AT = 48, SPACES_AT = 52, MIRRORS_AT = 56, TICKETS_AT = 60,
  STAGING_AT = 64, WORKSPACE_AT = 68, WORKSPACE_BYTES = 72, FRAMES_AT = 76,
  WORKSPACE_USED = 80, // grows only, by whoever takes a piece
  EPOCH = 128, // on a line of its own: every section reads it, every drain adds to it
  HAND = 256, // the clock hand of eviction
}

/** Byte offsets in a thread's slot. Lines 0 and 1 are read by other threads, the flags at
 * WAITED written by them; the rest is the thread's own. */
export enum Slot {
  BYTES = 1024, BYTES_LG2 = 10,
  SECTION = 0, INTENT = 8, STATE = 16, PINNED = 24,
  ANNOUNCED = 64, ATTACHED = 76, CHANGE = 80, CHANGE_FIRST = 88, CHANGE_END = 96,
  ARENA = 128, FRAMES = 132, DESCRIPTORS = 136, PAGE_LG2 = 140, INDEX = 144, SYSTEM_FRAMES = 148, DEVICE_FRAMES = 152,
  QUOTA = 156, TABLES = 160, SPACES = 164, MIRRORS = 168, TICKETS = 172, BITMAP = 176, STAGING = 180, THREADS = 184,
  ROVE_SYSTEM = 188, ROVE_DEVICE = 192, CACHED_SYSTEM = 196, CACHED_DEVICE = 200, RESERVE = 204, RESERVED = 208,
  NONCE = 216, HORIZON = 224, DRAIN = 232, CURSOR = 240, GATHERED = 244, SEEN = 248, HELD_BACK = 304, PINS_HELD = 308, PIN_HORIZON = 312, MERGE = 704, SCATTERED = 712,
  // what a verb answers beside its status
  WAIT_ADDRESS = 256, CALLED_OFF = 260, WAIT_VALUE = 264, PAGE = 272, FRAME = 280, FLAGS = 288, COUNT = 292, ENTRY = 296,
  PATH = 320, PATH_LEVELS = 8, TOP_LEVEL = 352, // of the root that was loaded last, where the format's tables may grow
  CACHE_SYSTEM = 384, CACHE_DEVICE = 448, CACHE_SIZE = 16,
  PINS = 640, PINS_MAX = 8, // the epochs of the pins held, one bit of PINS_HELD each
  WAITED = 512, // behind SECTION, ANNOUNCED and CHANGE: the flag that sleepers raise, on a line of its own (R3)
}

//  state word of a slot: the generation counts registrations and burials
//  31            16 15           0
// ┌────────────────┬──────────────┐
// │ generation     │ FREE or LIVE │
// └────────────────┴──────────────┘
export enum SlotState { FREE = 0, LIVE = 1, GENERATION = 16 }

//  intent word: "I may leave an empty directory on the path to this page"; 0 = none
//  63  60 59         48 47                                          0
// ┌──────┬─────────────┬─────────────────────────────────────────────┐
// │  0   │ table       │ page number + 1                             │
// └──────┴─────────────┴─────────────────────────────────────────────┘
export enum Intent { PAGE = 0, PAGE_BITS = 48, TABLE = 48, TABLE_BITS = 12 }

//  change word: munmap or mprotect under way in a space, on CHANGE_FIRST to CHANGE_END; 0 = none
//  63                32 31              16 15        8 7         0
// ┌────────────────────┬──────────────────┬───────────┬───────────┐
// │ nonce              │ space            │ operation │ 1         │
// └────────────────────┴──────────────────┴───────────┴───────────┘
export enum ChangeWord { OPERATION = 8, OPERATION_BITS = 8, SPACE = 16, SPACE_BITS = 16, NONCE = 32 }

//  section word
//  63         48 47                                            1  0
// ┌─────────────┬───────────────────────────────────────────────┬──┐
// │ generation  │ epoch announced                               │in│
// └─────────────┴───────────────────────────────────────────────┴──┘
export enum Section { OPEN = 0, EPOCH = 1, EPOCH_BITS = 47, GENERATION = 48, GENERATION_BITS = 16 }

//  pinned word, of the oldest pin that the thread holds; 0 = it holds none
//  63         48 47                                              1  0
// ┌─────────────┬───────────────────────────────────────────────┬──┐
// │      0      │ epoch announced: when it was taken            │ 1│
// └─────────────┴───────────────────────────────────────────────┴──┘
//  its fields are those of the section word, so that who looks for the horizon reads both alike

/** What keeps retired frames from being used again, when an allocation finds no other. */
export enum HeldBack { NOTHING = 0, SECTION = 1, PIN = 2 }

//  announced word (0 = no CPU fault under way); the space is the slot's ATTACHED
//  63         48 47                                               0
// ┌─────────────┬──────────────────────────────────────────────────┐
// │ nonce       │ page number + 1                                  │
// └─────────────┴──────────────────────────────────────────────────┘
export enum Announced { PAGE = 0, PAGE_BITS = 48, NONCE = 48, NONCE_BITS = 16 }

/** A frame's descriptor, in bytes. */
export enum Descriptor { BYTES = 32, BYTES_LG2 = 5, OWNER = 0, PLACE = 8, DIRTY = 16, HINT = 24 }

//  place word: where the frame is hooked, if it is. It may be old while the frame is in transit: whoever asks looks there.
//  Home is the table of a directory, the space of a page or a record.
//  63                                            17 16       5 4     2 1    0
// ┌────────────────────────────────────────────────┬──────────┬───────┬──────┐
// │ page number (a directory's: the first it has)  │ home     │ level │ role │
// └────────────────────────────────────────────────┴──────────┴───────┴──────┘
export enum Place { ROLE = 0, ROLE_BITS = 2, LEVEL = 2, LEVEL_BITS = 3, HOME = 5, HOME_BITS = 12, PAGE = 17, PAGE_BITS = 47 }
export enum Role { NONE = 0, DIRECTORY = 1, PAGE = 2, RECORD = 3 }

//  owner word
//  63                                                8 7      4 3   0
// ┌───────────────────────────────────────────────────┬────────┬─────┐
// │ argument                                          │ order  │kind │   order: of a PART, else 0
// └───────────────────────────────────────────────────┴────────┴─────┘
//   FREE     0
//   TRANSIT  thread : 8, nonce : 48     taken by a thread; or published this instant and not yet relabelled
//   LIVE     g                          directory; marks of generation <= g are void
//   FREEZING g                          directory; mark(g) binds, older marks are void
//   DEAD     g                          directory; its items are mark(g), for ever; when its table ends it may get here with what it has
//   RETIRED  e                          unhooked; e = the epoch read after that
//   PAGE     thread : 8, nonce : 48     a page of its home; the pair never repeats, so it names this use of the frame
//   RECORD   thread : 8, nonce : 48     part of the areas of its home
//   MERGING  thread : 8, g : 48         directory, live as with LIVE g; that thread would like to put one large leaf in its place (merge.ts)
//   PART     thread : 8, nonce : 48     of a run of 2^order frames, and not its first, whose word says what the run is (run.ts); as the run was taken
export enum Owner { KIND = 0, KIND_BITS = 4, ORDER = 4, ORDER_BITS = 4, ARGUMENT = 8, ARGUMENT_BITS = 56, THREAD = 8, THREAD_BITS = 8, NONCE = 16, NONCE_BITS = 48 }
export enum OwnerKind { FREE = 0, TRANSIT = 1, LIVE = 2, FREEZING = 3, DEAD = 4, RETIRED = 5, PAGE = 6, RECORD = 7, MERGING = 8, PART = 9 }

/** The two classes of frames. */
export enum FrameClass { SYSTEM = 0, DEVICE = 1 }

/** Per-thread staging: batches cross between TypeScript and WebAssembly here. */
export enum Staging {
  BYTES = 32768, ITEMS = 1024,
  PAGES = 0, // f64[ITEMS]
  FRAMES = 8192, // f64[ITEMS]
  FLAGS = 16384, // u32[ITEMS]
  GATHER = 20480, // (frame u32, pad, owner u64)[GATHER_ITEMS]
  GATHER_ITEMS = 256, GATHER_BYTES_LG2 = 4,
  REGIONS = 24576, // Region[REGIONS_COUNT]
  REGIONS_COUNT = 64, // a power of two
}
/** Which directory a batch of lookups found for a region of pages (flight.ts). */
export enum Region { NUMBER = 0, DIRECTORY = 8, BYTES = 16, BYTES_LG2 = 4 }

/**
 * Counters that an audit leaves in staging, as u32. PARTS: frames of directories behind their first. FAULTS counts what is wrong with what
 * was found; LEAKED what was not found.
 */
export enum Audit { FREE = 0, RETIRED = 1, TRANSIT = 2, DIRECTORIES = 3, PAGES = 4, RECORDS = 5, LEAKED = 6, FAULTS = 7, PARTS = 8, COUNTERS = 9 }
