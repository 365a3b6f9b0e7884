// Checkpoints: the arena, or one table, as bytes that are kept or sent elsewhere. Only the library reads and writes them. Integers only; all words are
// little-endian.
//
//  ┌───────┬─────────┬─────────┬────────┬──────────────────────────────┐
//  │ magic │ version │ bytes   │ CRC-32 │ body                         │   bytes: of all of it; the CRC: of the body
//  │ u32   │ u32     │ f64     │ u32    │                              │
//  └───────┴─────────┴─────────┴────────┴──────────────────────────────┘
export enum Seal { MAGIC = 0, VERSION = 4, BYTES = 8, CHECK = 16, BODY = 20 }

/**
 * Of an arena: where it was, its geometry, then pieces of it: each its place from the arena's begin, its bytes, and these. What no piece has is zero.
 * The version is the arena's own (Arena.VERSION). LINE: what is left out is left out in such lines.
 */
export enum ArenaImage {
  MAGIC_WORD = 0x41434d50, BASE = 20, PAGE_LG2 = 24, THREADS = 28, SYSTEM_FRAMES = 32, DEVICE_FRAMES = 36, TABLES = 40, SPACES = 44, MIRRORS = 48,
  WORKSPACE_BYTES = 52, WORKSPACE_USED = 56, PIECES = 60, PIECE_AT = 0, PIECE_LENGTH = 4, PIECE_BODY = 8, LINE = 64,
}

/** Of a table: its format word, its format's description if it has one (layout/generic.ts), then runs of alike leaves. BITS: flags and size, as layout/entry.ts has them. */
export enum TableImage { MAGIC_WORD = 0x54434d50, VERSION_WORD = 3, FORMAT = 20, DESCRIPTION = 24, RUNS = 152, RUN_BYTES = 24, PAGE = 0, FRAME = 8, COUNT = 16, BITS = 20 }
