// RISC-V Sv32, Sv39, Sv48, Sv57. RISC-V Privileged Architecture, chapter "Supervisor-Level ISA": "Virtual Address Translation Process",
// "Sv39: Page-Based 39-bit Virtual-Memory System" (the entry), "Svnapot", "Svpbmt". Integers only.
//
//  63 62  61 60       54 53                        10 9   8  7  6  5  4  3  2  1  0
// ┌──┬──────┬───────────┬────────────────────────────┬─────┬──┬──┬──┬──┬──┬──┬──┬──┐
// │ N│ PBMT │ reserved  │  physical page number      │ RSW │ D│ A│ G│ U│ X│ W│ R│ V│
// └──┴──────┴───────────┴────────────────────────────┴─────┴──┴──┴──┴──┴──┴──┴──┴──┘
//  Sv32: the low 32 bits of that, page number in 31..10; two levels of 10 bits
export enum RiscvItem {
  VALID = 0, READ = 1, WRITE = 2, EXECUTE = 3, USER = 4, GLOBAL = 5, ACCESSED = 6, DIRTY = 7, HELD = 8, NUMBER = 10, NUMBER_BITS = 44,
  RESERVED = 54, RESERVED_BITS = 7, PBMT = 61, PBMT_BITS = 2, NAPOT = 63,
}
/**
 * Bits of the format word: NARROW: Sv32; GUEST_PHYSICAL: x4; SVNAPOT: leaves of level 0 may be fused. GUEST_ROOT_BITS: so many more bits select an
 * item of an x4 root.
 */
export enum RiscvShape {
  INDEX_BITS = 9, NARROW_INDEX_BITS = 10, NARROW_NUMBER_BITS = 22, PAGE_LG2 = 12, GUEST_ROOT_BITS = 2, NARROW = 16, GUEST_PHYSICAL = 17, SVNAPOT = 18,
}
/** Sixteen pages together: the low four bits of the page number are 1000. */
export enum RiscvNapot { BITS = 4, PATTERN = 8 }
/** Bits of the format word: extensions; SUM and MXR of sstatus; A and D are set by hardware (menvcfg.ADUE); guest-physical addresses (x4). */
export enum RiscvFeature { NAPOT = 20, PBMT = 21, SUM = 22, MXR = 23, HARDWARE_AD = 24, GUEST_PHYSICAL = 25 }
