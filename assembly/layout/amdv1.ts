// AMD IOMMU, host tables (version 1) of one to six levels. AMD I/O Virtualization Technology (IOMMU) Specification, section 2.2.3 "I/O Page
// Tables for Host Translations". Integers only.
//
//  63 62 61 60 59 58  52 51                               12 11      9 8    7  6  5 4    1  0
// ┌──┬──┬──┬──┬──┬──────┬───────────────────────────────────┬─────────┬──────┬──┬──┬──────┬──┐
// │  │IW│IR│FC│ U│ rsv. │  address; the size's code, if any │next lev.│      │ D│ A│      │PR│
// └──┴──┴──┴──┴──┴──────┴───────────────────────────────────┴─────────┴──────┴──┴──┴──────┴──┘
//  next level: 0 a page of the level's own size; 7 a page whose size is coded in the address: n ones from bit 12 on, then a zero, mean
//  2^(13+n) bytes, and all items of the run hold the same word; 1 to 6 the level of the table that it points to, counted from 1, which
//  may leave levels out: their bits of the address must be 0.
//  Tables of ours have leaves of 4 KiB, 2 MiB and 1 GiB, and of each so many as the next larger size has half of (RUN_LG2) may be one of a coded
//  size: hardware fails with 512 GiB (erratum), without which 256 TiB cannot be cut. Bits 4 to 1 are ignored.
//  The device table entry has the root (bits 51 to 12) and how many levels there are (mode, bits 11 to 9) in one quadword: a table may get levels
//  on top while hardware walks it. Format `amd-v1` begins with one level.
export enum AmdShape { INDEX_BITS = 9, ITEM_LG2 = 3, PAGE_LG2 = 12, LEAF_LEVELS = 5, OWN_LEAF_LEVELS = 7, RUN_LG2 = 8 }
export enum AmdItem { PRESENT = 0, HELD = 1, ACCESSED = 5, DIRTY = 6, NEXT_LEVEL = 9, NEXT_LEVEL_BITS = 3, ADDRESS = 12, ADDRESS_BITS = 40, READ = 61, WRITE = 62 }
export enum AmdNext { PAGE = 0, SIZED = 7 }
/** Bits of the format word: the two of the device table entry's HAD. Hardware sets accessed in leaves; with both bits, dirty as well. */
export enum AmdFeature { ACCESSED = 20, DIRTY = 21 }
