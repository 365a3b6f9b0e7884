// An entry as everything above the formats sees it, whatever the hardware format. Integers only.
//
//  63                                             12 11 10 8  7  6  5  4  3  2   0
// ┌─────────────────────────────────────────────────┬──┬────┬──┬──┬──┬──┬──┬──────┐
// │ payload                                         │ F│ lv.│ D│ A│ U│ X│ W│ kind │
// └─────────────────────────────────────────────────┴──┴────┴──┴──┴──┴──┴──┴──────┘
//  level: where the leaf stands that the entry was read from; not part of what is mapped. Above 0 the entry is that of one page of a large one.
//  F: its item is one of a fused run (fused.ts): a hint, and not part of what is mapped either. In a request: leaves of that level may be fused.
//   NONE         0: nothing is mapped
//   PRESENT      payload = frame number; hardware may use it
//   PRIVATE      payload = device frame; the page lives on the device
//   MIGRATING    payload = ticket : 16 from the bottom, ticket generation : 36
//   RESERVATION  payload = thread : 8 from the bottom, nonce : 44; a device fault is under way
//   MARK         never seen above the formats: an emptied item of a directory that is being given back
//   GUARDED      payload = frame number; the page is there, the area gives no right to it
export enum Entry {
  KIND = 0, KIND_BITS = 3, WRITE = 3, EXECUTE = 4, USER = 5, ACCESSED = 6, DIRTY = 7, FLAGS_BITS = 8, LEVEL = 8, LEVEL_BITS = 3, FUSED = 11,
  PAYLOAD = 12, PAYLOAD_BITS = 52,
  TICKET_BITS = 16, TICKET_GENERATION_BITS = 36, THREAD_BITS = 8, NONCE_BITS = 44,
}
/** A size of leaves, as a request names it: the level, and whether runs of them may be fused. What stands from bit LEVEL to FUSED of an entry. */
export enum Size { LEVEL = 0, LEVEL_BITS = 3, FUSED = 3, BITS = 4 }
export enum EntryKind { NONE = 0, PRESENT = 1, PRIVATE = 2, MIGRATING = 3, RESERVATION = 4, MARK = 5, GUARDED = 6 }

//  What an item holds that hardware must not use. Bits 0 to 2 are clear: a present bit in every format that has one, the rights to read, write
//  and execute in VT-d, which has none.
//  63                                             12 11 10            3 2     0
// ┌─────────────────────────────────────────────────┬──┬───────────────┬───────┐
// │ payload; in items of 32 bits only 20 bits of it │ 0│ kind, rights… │ 0 0 0 │   a software entry: the entry's low byte, three higher
// ├─────────────────────────────────────────────────┴──┴──────┬────────┼───────┤
// │ generation; 26 bits in items of 32                        │ MARK   │ 0 0 0 │   mark(g)
// └───────────────────────────────────────────────────────────┴────────┴───────┘
export enum Absent { FLAGS = 3, GENERATION = 6 }
