// Armv8-A VMSAv8-64: granules of 4, 16 and 64 KiB, 48- and 52-bit addresses. Arm Architecture Reference Manual for A-profile
// (DDI 0487), sections D8.3.1 "VMSAv8-64 descriptor formats", D8.4 "Memory access control", D8.2 "Translation process". Integers only.
//
//  63 62  61 60 59 58  55 54 53 52 51 50 49 48 47                      g  11 10 9  8 7 6 5 4  2  1  0
// ┌──┬──────┬──┬──┬──────┬──┬──┬──┬──┬──┬─────┬──────────────────────────┬──┬──┬────┬───┬──┬────┬──┬──┐
// │NS│AP    │UX│PX│ soft │UX│PX│C │DB│GP│     │ output address           │nG│AF│ SH │AP │NS│attr│ t│ v│
// └──┴──────┴──┴──┴──────┴──┴──┴──┴──┴──┴─────┴──────────────────────────┴──┴──┴────┴───┴──┴────┴──┴──┘
//   └ of tables: limits for all below ┘                       g = 12, 14, 16: the granule; 52 bits: OA 51..50 in 9..8 with 49..12 (LPA2), or 51..48 in 15..12 (64 KiB)
export enum ArmItem {
  VALID = 0, TABLE = 1, USER = 6, READ_ONLY = 7, UPPER_LPA2 = 8, ACCESSED = 10, NOT_GLOBAL = 11, UPPER_64K = 12, DIRTY_MODIFIER = 51, CONTIGUOUS = 52, PXN = 53, UXN = 54,
  PXN_TABLE = 59, UXN_TABLE = 60, NO_USER_TABLE = 61, NO_WRITE_TABLE = 62, ADDRESS_TOP = 48, ADDRESS_TOP_LPA2 = 50,
}
/**
 * Bits of the format word: log2 of the granule is 12 + 2 * GRANULE; 52-bit descriptors; the half that this is for; TBI; HPD; software keeps AF; HA and
 * HD; stage 2.
 */
export enum ArmFeature {
  GRANULE = 20, GRANULE_BITS = 2, WIDE = 22, UPPER = 23, TOP_BYTE_IGNORED = 24, FLAT = 25, FAULT_ON_ACCESS = 26, HARDWARE_ACCESSED = 27, HARDWARE_DIRTY = 28, STAGE_2 = 29,
}

/**
 * Stage 2, section D8.5 "Memory access control": READ and WRITE where stage 1 has USER and READ_ONLY, execute-never for all in bit 54 where it
 * has UXN, and a memory type of four bits.
 */
export enum ArmStage2 { MEMORY = 2, READ = 6, WRITE = 7, XN = 54 }
/** What leaves of ours say of memory: normal, write-back, inner shareable; at stage 1 by attribute 1 of MAIR. */
export enum ArmMemory { ATTRIBUTE = 2, WRITE_BACK_INDEX = 1, STAGE_2_WRITE_BACK = 15, SHAREABLE = 8, INNER = 3 }
/** Bits that software has for its own: 58 to 56 at both stages. DIRTY: in a leaf that may not be written any more; HELD: in a pointer. */
export enum ArmOwn { DIRTY = 56, HELD = 57 }
/** Tables of ours, and bits of their format word: 52-bit descriptors; stage 2; of the two larger granules, the largest; leaves may be fused. */
export enum ArmShape {
  INDEX_BITS = 9, ITEM_LG2 = 3, PAGE_LG2 = 12, FRAME_LG2 = 12, LEAF_LEVELS = 7, WIDE_LEAF_LEVELS = 15, LARGE_LEAF_LEVELS = 3, LARGE_WIDE_LEAF_LEVELS = 7,
  WIDE = 16, STAGE_2 = 17, GRANULE_64K = 18, CONTIGUOUS = 19,
}
/**
 * With that bit of the word, runs of leaves of the lowest levels may have the contiguous bit: 16 of 4 KiB or of 2 MiB; 128 of 16 KiB, or 32 of 32 MiB; 32 of
 * 64 KiB or of 512 MiB. Log2; section D8.7 "Contiguous bit".
 */
export enum ArmRun { LEVELS = 2, OF_4K = 4, OF_16K = 7, OF_32M = 5, OF_64K = 5 }
