// x86-64, four levels of 4 KiB tables. Intel SDM volume 3A, section 5.5.4 "Linear-Address Translation with 4-Level Paging",
// tables 5-15 to 5-20. Integers only.
//
//  63 62       52 51                           12 11    9  8  7  6  5  4  3  2  1  0
// ┌──┬───────────┬────────────────────────────────┬──────┬──┬──┬──┬──┬──┬──┬──┬──┬──┐
// │XD│  ignored  │  physical address 51..12       │ ign. │ G│PS│ D│ A│CD│WT│US│RW│ P│
// └──┴───────────┴────────────────────────────────┴──────┴──┴──┴──┴──┴──┴──┴──┴──┴──┘
//  PS: a leaf above level 0 (2 MiB, 1 GiB). HELD, one of the ignored bits, stands in items that point to tables.
export enum X86Shape { LEVELS = 4, INDEX_BITS = 9, ITEM_LG2 = 3, PAGE_LG2 = 12, LEAF_LEVELS = 7, DEVICE = 16 }
export enum X86 {
  PRESENT = 0, WRITE = 1, USER = 2, ACCESSED = 5, DIRTY = 6, PAGE_SIZE = 7, HELD = 9, ADDRESS = 12, ADDRESS_BITS = 40, EXECUTE_DISABLE = 63,
}

/** Bits that only a walk of somebody else's table looks at; PAT moves to bit 12 in a leaf above level 0. */
export enum X86Walk { GLOBAL = 8, LARGE_LOW = 13 }
/** Bits of the format word: CR0.WP, CR4.SMEP, CR4.SMAP, EFER.NXE, pages of 1 GiB, CR4.PGE. */
export enum X86Feature { WRITE_PROTECT = 20, SMEP = 21, SMAP = 22, NO_EXECUTE = 23, PAGES_1G = 24, GLOBAL_PAGES = 25 }
