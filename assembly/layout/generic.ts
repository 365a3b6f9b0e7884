// The run-time format: its shape is in the format word (layout/table.ts), given when a table is made. Integers only.
//
//  31 30  29   28     24  23   22    20 19        16 15        0
// ┌─────┬─────┬─────────┬──────┬───────┬────────────┬───────────┐
// │fused│grows│ number  │narrow│largest│ index bits │ as in all │
// └─────┴─────┴─────────┴──────┴───────┴────────────┴───────────┘
//  number: the bit of an item where the frame's number begins; narrow: items have 32 bits, and not 64
//  largest: the highest level that may hold a leaf; fused: log2 of how many leaves of a level may be fused
//  item: present, write, execute, user, accessed, dirty in bits 0 to 5; a leaf above level 0 in bit 6; in bit 7 held, of a
//  leaf fused; the frame's number
//  INDEX_BITS_MAX: a directory of 64 KiB, which is a run of 16 frames of 4 KiB (run.ts)
export enum GenericShape {
  INDEX_BITS = 16, INDEX_BITS_BITS = 4, LARGEST = 20, LARGEST_BITS = 3, NARROW = 23, NUMBER = 24, NUMBER_BITS = 5, FUSED = 30, FUSED_BITS = 2, INDEX_BITS_MAX = 13,
}
export enum GenericItem { PRESENT = 0, WRITE = 1, EXECUTE = 2, USER = 3, ACCESSED = 4, DIRTY = 5, LARGE = 6, HELD = 7, FUSED = 7 }
/** Where the number begins unless somebody says otherwise, by the item's width; the flags below it take 8 bits. */
export enum GenericNumber { LEAST = 8, WIDE = 12, NARROW = 8 }
