// x86-64, four levels of 4 KiB tables. Intel SDM volume 3A, section 5.5.4 "Linear-Address Translation with 4-Level Paging",
// tables 5-15 to 5-20. Integers only.
//
//  63 62       52 51                           12 11    9  8  7  6  5  4  3  2  1  0
// ┌──┬───────────┬────────────────────────────────┬──────┬──┬──┬──┬──┬──┬──┬──┬──┬──┐
// │XD│  ignored  │  physical address 51..12       │ ign. │ G│PS│ D│ A│CD│WT│US│RW│ P│
// └──┴───────────┴────────────────────────────────┴──────┴──┴──┴──┴──┴──┴──┴──┴──┴──┘
export enum X86Shape { LEVELS = 4, INDEX_BITS = 9, ITEM_LG2 = 3, PAGE_LG2 = 12 }
export enum X86 {
  PRESENT = 0, WRITE = 1, USER = 2, ACCESSED = 5, DIRTY = 6, ADDRESS = 12, ADDRESS_BITS = 40, EXECUTE_DISABLE = 63,
}
