// Intel VT-d, second-stage tables of three to five levels. Intel Virtualization Technology for Directed I/O, sections 3.7 "Second-Stage
// Translation" and 9.8 "Second-Stage Paging Entries". Integers only.
//
//  63 62 61       52 51                             12 11  10    8  7  6  5   3  2  1  0
// ┌──┬──┬───────────┬─────────────────────────────────┬──┬──┬──┬──┬──┬──┬─────┬──┬──┬──┐
// │  │rs│  ignored  │  address                        │SN│  │ D│ A│PS│IP│ EMT │ X│ W│ R│
// └──┴──┴───────────┴─────────────────────────────────┴──┴──┴──┴──┴──┴──┴─────┴──┴──┴──┘
//  There is no present bit: an item that allows neither reads nor writes is absent. Leaves of 4 KiB, 2 MiB, 1 GiB. Bit 10 is ignored in all.
export enum VtdShape { INDEX_BITS = 9, ITEM_LG2 = 3, PAGE_LG2 = 12, LEAF_LEVELS = 7 }
export enum VtdItem { READ = 0, WRITE = 1, PAGE_SIZE = 7, ACCESSED = 8, DIRTY = 9, HELD = 10, SNOOP = 11, ADDRESS = 12, ADDRESS_BITS = 40, RESERVED = 62 }
/** Bit of the format word: accessed and dirty are set by hardware (SSADE of the PASID entry). */
export enum VtdFeature { ACCESSED_DIRTY = 20 }
