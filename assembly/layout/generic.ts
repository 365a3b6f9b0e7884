// The run-time format: its shape is a word, given when a table is made and kept with its root. Integers only.
//
//  shape word
//  31        24 23        16 15         8 7          0
// ┌────────────┬────────────┬────────────┬────────────┐
// │ largest    │ index bits │ levels     │ format     │
// └────────────┴────────────┴────────────┴────────────┘
//  largest: the highest level that may hold a leaf
//  item: present, write, execute, user, accessed, dirty in bits 0 to 5; a leaf above level 0 in bit 6; held in bit 7; the frame's number from bit 12
export enum GenericShape { FORMAT = 0, LEVELS = 8, INDEX_BITS = 16, LARGEST = 24, FIELD_BITS = 8 }
export enum GenericItem { PRESENT = 0, WRITE = 1, EXECUTE = 2, USER = 3, ACCESSED = 4, DIRTY = 5, LARGE = 6, HELD = 7, NUMBER = 12, NUMBER_BITS = 52 }
