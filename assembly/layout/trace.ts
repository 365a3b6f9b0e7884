// A program's memory trace: packed records, the ring that carries them to the players, the decoder's state. Integers only.

//  packed record of one access
//  63 62  61 60 59         48 47                                     0
// ┌──┬──┬─────┬─────────────┬─────────────────────────────────────────┐
// │ 0│de│kind │ size        │ virtual address, low 48 bits             │
// └──┴──┴─────┴─────────────┴─────────────────────────────────────────┘
export enum Record { ADDRESS_BITS = 48, SIZE = 48, SIZE_BITS = 12, KIND = 60, KIND_BITS = 2, DEVICE = 62, BYTES_LG2 = 3 }
export enum RecordKind { FETCH = 0, LOAD = 1, STORE = 2, MODIFY = 3 }

/** The ring: batch k is in place k mod PLACES; PRODUCED counts batches; each reader counts what it is done with. */
export enum Ring {
  PLACES = 8, RECORDS = 16384, RECORDS_LG2 = 14, READERS_MAX = 64,
  PRODUCED = 0, // u64: batches published << 1 | ended
  READERS = 64, // u64[READERS_MAX], one line each: batches done with
  COUNTS = 4160, // u32[PLACES]: records in each place
  BATCHES = 4224, BATCH_BYTES = 131072, BYTES = 1052800,
}

/** The decoder's state: byte offsets. COUNTS holds records by kind as u64[4]. */
export enum Decoder {
  LINE = 0, COUNTS = 8, DEVICE = 40, FETCHES = 44, RANGES = 48, FILLED = 52, PROBLEM = 56, RANGE_LO = 64, RANGES_MAX = 60, BYTES = 1024,
}

/** What the decoder refuses. */
export enum Problem { NONE = 0, KIND = 1, TRUNCATED = 2, TOO_WIDE = 3, NOT_CANONICAL = 4, SIZE = 5 }

/** The player of one process: byte offsets from the agent's end. */
export enum Player {
  SEED = 0, PROCESS = 4, POSITION = 8, // f64: accesses played before this batch
  ACCESSES = 16, // u64[2]: by side
  CHECKSUM = 32, WITNESS = 40, WITNESS_END = 44, WITNESS_AT = 48, BYTES = 64,
}
