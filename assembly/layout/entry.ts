// An entry as everything above the formats sees it, whatever the hardware format. Integers only.
//
//  63                                           14 13    8 7  6  5  4  3  2   0
// ┌───────────────────────────────────────────────┬───────┬──┬──┬──┬──┬──┬──────┐
// │ payload                                       │ size  │ D│ A│ U│ X│ W│ kind │
// └───────────────────────────────────────────────┴───────┴──┴──┴──┴──┴──┴──────┘
//  size: log2 of the pages of the leaf that the entry was read from, or of the run of fused leaves that it is of; not part of what is mapped, and of a
//  run a hint. A directory's index bits divide it: the level of the leaf, and log2 of the leaves that the run has (fused.ts). An entry is that of one
//  page, also of a large leaf. In a request: the size of the largest leaf or run.
//   NONE         0: nothing is mapped
//   PRESENT      payload = frame number; hardware may use it
//   PRIVATE      payload = device frame; the page lives on the device
//   MIGRATING    payload = ticket : 16 from the bottom, ticket generation : 34
//   RESERVATION  payload = thread : 8 from the bottom, nonce : 42; a device fault is under way
//   MARK         never seen above the formats: an emptied item of a directory that is being given back
//   GUARDED      payload = frame number; the page is there, the area gives no right to it
export enum Entry {
  KIND = 0, KIND_BITS = 3, WRITE = 3, EXECUTE = 4, USER = 5, ACCESSED = 6, DIRTY = 7, FLAGS_BITS = 8, SIZE = 8, SIZE_BITS = 6,
  PAYLOAD = 14, PAYLOAD_BITS = 50,
  TICKET_BITS = 16, TICKET_GENERATION_BITS = 34, THREAD_BITS = 8, NONCE_BITS = 42,
}
export enum EntryKind { NONE = 0, PRESENT = 1, PRIVATE = 2, MIGRATING = 3, RESERVATION = 4, MARK = 5, GUARDED = 6 }

//  What an item holds that hardware must not use. Bits 0 to 2 are clear: a present bit in every format that has one, the rights to read, write
//  and execute in VT-d, which has none.
//  63                                             12 11 10            3 2     0
// ┌─────────────────────────────────────────────────┬──┬───────────────┬───────┐
// │ payload; in items of 32 bits only 20 bits of it │ 0│ kind, rights… │ 0 0 0 │   a software entry: the entry's low byte, three higher; of the payload 50 bits are used
// ├─────────────────────────────────────────────────┴──┴──────┬────────┼───────┤
// │ generation; 26 bits in items of 32                        │ MARK   │ 0 0 0 │   mark(g)
// └───────────────────────────────────────────────────────────┴────────┴───────┘
export enum Absent { FLAGS = 3, GENERATION = 6, PAYLOAD = 12 }
