// The record of a page table. Integers only.
// Records stand in the order of those who have them: TABLES that are made and destroyed one by one, then one of each space, then one of
// each mirror. So whoever still works for a space or a mirror that is gone meets the table of the next one there, and no other.

/** Byte offsets. GENERATION is odd while the record is in use. TOP: the root's frame (from bit ROOT on) and the format, in one word. */
export enum Table { BYTES = 64, BYTES_LG2 = 6, GENERATION = 0, TOP = 8, ROOT = 32 }

/** The formats in this build; the number is stored with the root; GENERIC has its shape above it (layout/generic.ts). */
export enum FormatId { X86_64 = 0, SV48 = 1, GENERIC = 2 }
