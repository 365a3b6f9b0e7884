// The run-time format: a description says how its items are written. It is a record of the arena (Arena.FORMATS_AT), written once, before a table
// in it is published, and never changed. Integers only.

//  features of the format word (layout/table.ts)
//  31      21 20     16
// ┌──────────┬─────────┐
// │    0     │ record  │   which description
// └──────────┴─────────┘
export enum GenericWord { RECORD = 16, RECORD_BITS = 5 }

/**
 * A description, in bytes. Zeros describe a flat table of one item in which nothing is mapped.
 *   WORD         the format word; 0: free, BUSY: being written
 *   TOP          the root's level. LEAF_LEVELS: bit 0 for level 0, and so on
 *   HELD         the bit of a directory's item that is set while leaves are merged below it
 *   GENERATION   the bit of a mark where its generation begins, and how many bits that has
 *   LEAF_LEFT    shifts by which a leaf's frame is taken out of its item: left first, then right; DIRECTORY_LEFT: a directory's
 *   FLAGS        the bits of an item that say write, execute, user, accessed, dirty: a byte each
 *   SAYS         the flags that items say, as bits of an entry; FIXED: what every mapping has of the others
 *   PRESENT      one bit at least of these is set in each leaf and in each item that points to a directory, and none in any other item
 *   LEAF, LARGE, DIRECTORY   what a leaf of level 0, one above, and a directory's item have set beside frame and flags
 *   DOWN_MASK, DOWN          an item above level 0 points to a directory if it has these of those bits
 *   MARK_MASK, MARK          a mark has these of those bits
 *   FUSED_LG2    log2 of how many leaves may be fused, 0: none; FUSED: the bit that they say so by
 *   LEVEL, LEVEL_BITS   where a directory's item says of which level the directory is, counted from 1: it may leave levels out. No bits: it may not
 *   what only who asks for the description reads: PAGE_LG2, the bit LARGE_BIT or NO_BIT, and the bits in which items are judged as valid, *_MASK
 */
export enum Description {
  BYTES = 128, BYTES_LG2 = 7, BUSY = 1,
  WORD = 0, TOP = 4, ROOT_BITS = 5, INDEX_BITS = 6, ITEM_LG2 = 7, LEAF_LEVELS = 8, HELD = 9, GENERATION = 10, GENERATION_BITS = 11,
  LEAF_LEFT = 12, LEAF_RIGHT = 13, DIRECTORY_LEFT = 14, DIRECTORY_RIGHT = 15, FLAGS = 16, SAYS = 21, FIXED = 22,
  PRESENT = 24, LEAF = 32, LARGE = 40, DIRECTORY = 48, DOWN_MASK = 56, DOWN = 64, MARK_MASK = 72, MARK = 80,
  LEAF_MASK = 88, DIRECTORY_MASK = 96, PAGE_LG2 = 104, LARGE_BIT = 105, FUSED_LG2 = 106, FUSED = 107, LEVEL = 108, LEVEL_BITS = 109, NO_BIT = 255,
}
/** Of what an item is that nobody described: flags in bits 0 to 5, large, held or, of a leaf, fused, then the frame's number, in items of four bytes or of eight. */
export enum GenericItem { PRESENT = 0, WRITE = 1, EXECUTE = 2, USER = 3, ACCESSED = 4, DIRTY = 5, LARGE = 6, HELD = 7, FUSED = 7, NARROW_FRAME = 8, WIDE_FRAME = 12 }
/** RUN_BYTES_LG2: a directory is a run of 16 frames of 4 KiB at most (run.ts). LEAST_GENERATION_BITS: fewer are too few for a tree. */
export enum GenericLimit { RUN_BYTES_LG2 = 16, LEAST_GENERATION_BITS = 4 }
