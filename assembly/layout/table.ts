// The record of a page table. Integers only.

/** Byte offsets. GENERATION is odd while the record is in use. */
export enum Table { BYTES = 64, BYTES_LG2 = 6, GENERATION = 0, FORMAT = 4, ROOT = 8 }

/** The formats in this build; the number is stored in the record; GENERIC has its shape above it (layout/generic.ts). */
export enum FormatId { X86_64 = 0, SV48 = 1, GENERIC = 2 }
