// An agent: what one thread keeps to act for the CPU and for a device in one address space. It lives in the workspace and
// belongs to one thread at a time. Integers only.

/** Byte offsets. A side's TLB is direct-mapped: (page + 1) << 1 | writable, then the address of the frame's first byte. */
export enum Agent {
  SPACE = 0, MIRROR = 4, // mirror + 1, 0 = none
  SPACE_GENERATION = 8, MIRROR_GENERATION = 12,
  SIDE_BYTES = 4160, CPU = 64, DEVICE = 4224, BYTES = 8384, // CPU + SIDE_BYTES, DEVICE + SIDE_BYTES
  SEQUENCE = 0, TLB = 64, TLB_LG2 = 8, TLB_ITEM_LG2 = 4, TAG = 0, HOST = 8, // within a side
}
export enum Side { CPU = 0, DEVICE = 1 }

/** Accesses a section may hold at most. */
export enum Bound { SECTION_ACCESSES = 1024 }
