// RISC-V Sv48, four levels of 4 KiB tables. RISC-V Privileged Architecture, sections "Sv39: Page-Based 39-bit Virtual-Memory
// System" (the entry) and "Sv48". Integers only.
//
//  63 62  61 60       54 53                        10 9   8  7  6  5  4  3  2  1  0
// ┌──┬──────┬───────────┬────────────────────────────┬─────┬──┬──┬──┬──┬──┬──┬──┬──┐
// │ N│ PBMT │ reserved  │  physical page number      │ RSW │ D│ A│ G│ U│ X│ W│ R│ V│
// └──┴──────┴───────────┴────────────────────────────┴─────┴──┴──┴──┴──┴──┴──┴──┴──┘
export enum Sv48Shape { LEVELS = 4, INDEX_BITS = 9, ITEM_LG2 = 3, PAGE_LG2 = 12 }
export enum Sv48 { VALID = 0, READ = 1, WRITE = 2, EXECUTE = 3, USER = 4, ACCESSED = 6, DIRTY = 7, NUMBER = 10, NUMBER_BITS = 44 }
