// The record of a page table. Integers only.
// Records stand in the order of those who have them: TABLES that are made and destroyed one by one, then one of each space, then one of
// each mirror. So whoever still works for a space or a mirror that is gone meets the table of the next one there, and no other.

/** Byte offsets. GENERATION is odd while the record is in use. TOP: the root's frame (from bit ROOT on) and the format word, in one word. */
export enum Table { BYTES = 64, BYTES_LG2 = 6, GENERATION = 0, TOP = 8, ROOT = 32 }

//  format word: which class of assembly/format reads a table, and the shape of its tree
//  31              16 15       11 10     8 7      0
// ┌──────────────────┬───────────┬────────┬────────┐
// │ features,        │ root bits │ levels │ class  │
// │ by class         │           │        │        │
// └──────────────────┴───────────┴────────┴────────┘
//  root bits: how many bits of the page number select an item of the root
//  bit GROWS, of classes whose tables may grow: this one may. LEVELS then says how many it has now, and the top's word changes with it.
export enum FormatWord { CLASS = 0, CLASS_BITS = 8, LEVELS = 8, LEVELS_BITS = 3, ROOT_BITS = 11, ROOT_BITS_BITS = 5, FEATURES = 16, GROWS = 29 }
/** How many levels a table may grow to, if so many page numbers have a place. */
export enum Growth { LEVELS_MAX = 6 }

/** The classes of formats in this build. */
export enum FormatClass { X86_64 = 0, X86_SHAPED = 1, RISCV = 2, VTD = 3, ARMV8 = 4, AMD_V1 = 5, GENERIC = 6, RISCV_SHAPED = 7, ARMV8_LARGE = 8, DART = 9 }
