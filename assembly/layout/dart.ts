// Apple DART, the IOMMU of Apple's chips, with the items of t8020 and t8103: pages of 16 KiB, two levels of tables below each of a stream's four
// registers. There is no public manual: Linux, drivers/iommu/io-pgtable-dart.c ("APPLE_DART") and apple-dart.c. Integers only.
//
//  63       52 51       40 39 36 35                  14 13    9  8  7  6   2  1  0
// ┌───────────┬───────────┬─────┬──────────────────────┬───────┬──┬──┬──────┬──┬──┐
// │ first     │ last part │     │ address              │       │NR│NW│      │SD│ V│
// └───────────┴───────────┴─────┴──────────────────────┴───────┴──┴──┴──────┴──┴──┘
//  V: valid; NR, NW: not to be read, written; SD: no limits within the page. Else only its parts (4096 of them) from first to last are reached.
//  Tables have an address and V. Hardware notes nothing.
export enum DartShape { LEVELS = 2, INDEX_BITS = 11, ITEM_LG2 = 3, PAGE_LG2 = 14, FRAME_LG2 = 12, ADDRESS_BITS = 36, LEAF_LEVELS = 1 }
export enum DartItem { VALID = 0, WHOLE = 1, NO_WRITE = 7, NO_READ = 8, LAST_PART = 40, PARTS_BITS = 12 }
