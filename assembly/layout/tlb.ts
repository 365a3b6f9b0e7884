// A model of the caches before a machine's tables: one piece of the workspace, owned by one thread. Integers only.
//
//  ┌────────┬────────┬────────────┬───────────────────────────────┬──────────────────────────────────────────────┐
//  │ header │ answer │ cache × 16 │ a batch: addresses, accesses, │ entries of each cache, set by set; behind    │
//  │        │ of walk│ 128 B each │ cycles, verdicts              │ those of a tree-PLRU cache a word a set      │
//  └────────┴────────┴────────────┴───────────────────────────────┴──────────────────────────────────────────────┘
//  Caches of translations come first, in the order in which they are asked; then those of tables.

/**
 * Byte offsets. CLOCK counts touches; MEMORY_CYCLES is what reading one item takes. From MEMORY to FLAGS: what all accesses of a batch have in
 * common, whose machine and tree these are; the batch has ITEMS places.
 */
export enum Tlb {
  BYTES = 16832, MAGIC = 0, TRANSLATIONS = 4, CACHES = 8, MEMORY_CYCLES = 12, ACCESSES = 16, WALKS = 24, READS = 32, FAULTS = 40, CYCLES = 48, CLOCK = 56,
  MEMORY = 64, SETUP = 68, ROOT = 72, PAGE_LG2 = 80, INDEX_BITS = 84, ASID = 88, FLAGS = 92,
  WALKED = 128, CACHE = 448, CACHES_MAX = 16, ITEMS = 1024, ADDRESSES = 2496, WANTED = 10688, CYCLES_EACH = 11712, VERDICTS = 15808, MAGIC_WORD = 0x424c5450,
}

/**
 * One cache: byte offsets. SPANS has a bit for each log2 of a page's size that it holds; of a cache of tables, for each level of the tables that
 * its entries point to. ORDER: caches of one order are asked at once, those of the next when they have nothing. SERVES: TlbAccess. STATE_AT: the
 * words of tree-PLRU. FOUND: the entry that the lookup under way found, 0 for none.
 */
export enum TlbCache {
  BYTES = 128, BYTES_LG2 = 7, SPANS = 0, KIND = 8, ORDER = 12, SERVES = 16, SETS = 20, WAYS = 24, REPLACEMENT = 28, LATENCY = 32, ENTRIES_AT = 36, STATE_AT = 40, FOUND = 44,
  RANDOM = 48, HITS = 56, MISSES = 64, FILLS = 72, EVICTIONS = 80,
}
export enum TlbKind { TRANSLATIONS = 0, TABLES = 1 }
export enum TlbAccess { DATA = 1, FETCH = 2 }
export enum Replacement { LRU = 0, TREE_PLRU = 1, FIFO = 2, RANDOM = 3 }

/** An entry: byte offsets. TAG: the address without the bits of its span; OUTPUT: where the page, or the table, is. STAMP: the clock when it was last touched, or filled. */
export enum TlbEntry { BYTES = 32, BYTES_LG2 = 5, TAG = 0, KEY = 8, ALLOWED = 12, OUTPUT = 16, STAMP = 24 }
//  key: 0 is an empty entry
//  31    28 27        24 23      18 17          2  1   0
// ┌────────┬────────────┬──────────┬─────────────┬───┬───┐
// │   0    │ table's    │ span,    │ address     │ G │ V │
// │        │ level      │ log2     │ space (ASID)│   │   │
// └────────┴────────────┴──────────┴─────────────┴───┴───┘
export enum TlbKey { VALID = 0, GLOBAL = 1, ASID = 2, ASID_BITS = 16, SPAN = 18, SPAN_BITS = 6, LEVEL = 24, LEVEL_BITS = 4 }

/** What a batch is told. UPDATE: walks mark. FLOATS: addresses are floating-point numbers. STOPS: it stops where memory is absent, before it counts. */
export enum TlbBatch { UPDATE = 1, FLOATS = 2, STOPS = 4 }
/** Which entries an invalidation is about: those of an address; those of an address space, but no global ones. */
export enum TlbScope { ADDRESS = 1, ASID = 2 }
