// Tables that somebody else wrote, in physical memory as a machine has it: what a walk is told, and what it answers. Integers only.
//
//  format word: how the hardware was set up
//  31              20 19          14 13           7 6      4 3      0
// ┌──────────────────┬──────────────┬──────────────┬────────┬────────┐
// │ features, by     │ output       │ input        │ levels │ format │
// │ format           │ address bits │ address bits │        │        │
// └──────────────────┴──────────────┴──────────────┴────────┴────────┘
export enum Setup { FORMAT = 0, FORMAT_BITS = 4, LEVELS = 4, LEVELS_BITS = 3, VA_BITS = 7, VA_BITS_BITS = 7, OA_BITS = 14, OA_BITS_BITS = 6, FEATURES = 20 }
export enum HardwareId { X86 = 0, RISCV = 1, ARMV8 = 2, VTD = 3, AMD_V1 = 4, DART = 5 }

/** How a walk ends: LEAF, or a fault. TABLE is what an item may be, and never an end. */
export enum Verdict {
  LEAF = 0,
  TABLE = 1,
  NOT_PRESENT = 2, // the item says that nothing is there
  NON_CANONICAL = 3, // the address is wider than the tables are
  RESERVED = 4, // a bit or an encoding that must not be
  MISALIGNED = 5, // a large page whose address is not a multiple of its size
  ADDRESS_SIZE = 6, // an address that is wider than the machine's
  TOO_DEEP = 7, // the last level points to another table
  ACCESSED_CLEAR = 8, // the hardware leaves the accessed bit to software, and it is clear
  PERMISSION = 9, // some level does not allow the access
  ABSENT = 10, // the machine has no memory where the item is
  ROOT = 11, // the root is not aligned
  SKIPPED = 12, // the address has bits of a level that the tables leave out
  CHANGING = 13, // others changed an item each time that the walk was to mark it: walk again
}
/** How often a walk that marks items reads one again because others changed it: hostile neighbours cannot hold it for ever. */
export enum Patience { REREADS = 64 }

/** What a path allows, by privilege; and what an access wants. */
export enum Allowed { USER_READ = 1, USER_WRITE = 2, USER_EXECUTE = 4, READ = 8, WRITE = 16, EXECUTE = 32, ALL = 63 }

//  request word: what a walk is for, and where it begins
//  31      20 19     16 15 14 13       8  7   6   5       0
// ┌──────────┬─────────┬─────┬──────────┬───┬───┬──────────┐
// │    0     │ level+1 │  0  │ allowed  │ G │ U │ wanted   │   U: accessed and dirty bits are set, as the format word says
// └──────────┴─────────┴─────┴──────────┴───┴───┴──────────┘
//  level + 1 is 0 for a walk from the root. Else the walk begins at a table of that level, and what the levels above say of it is known:
//  what they allow, and whether they make it global.
export enum WalkRequest { WANTED = 0, WANTED_BITS = 6, UPDATE = 6, GLOBAL = 7, ALLOWED = 8, ALLOWED_BITS = 6, LEVEL = 16, LEVEL_BITS = 4 }

/**
 * What a walk leaves where it was told to: byte offsets. KEPT: what of ALLOWED needs no further walk, since nothing is left to mark for it. A
 * step: where the item is, what it is (as the walk leaves it), of which level; the table that it points to, of which level that is, and what
 * all levels so far allow.
 */
export enum Walked {
  BYTES = 320, OUTPUT = 0, SIZE_LG2 = 8, ALLOWED = 12, LEVEL = 16, STEPS = 20, KEPT = 24, GLOBAL = 28, STEP = 32,
  STEP_BYTES = 40, ITEM = 8, STEP_LEVEL = 16, NEXT_LEVEL = 20, NEXT_TABLE = 24, STEP_ALLOWED = 32, STEP_GLOBAL = 36,
}

/**
 * Physical memory: byte offsets. A window: first address, bytes, where they lie. A bucket of the sparse pages is one word: the page's
 * number above PLACE_BITS, and the number of the 4 KiB in this memory that hold it, never 0.
 */
export enum Physical {
  BUCKETS_AT = 0, BUCKETS_LG2 = 4, WINDOWS = 8, WINDOW = 16, WINDOW_BYTES = 24, WINDOWS_MAX = 8, WINDOW_LENGTH = 8, WINDOW_AT = 16, PLACE_BITS = 20, PAGE_LG2 = 12,
}
