// Physical memory of a machine, as parts of this memory: windows of many bytes, and single pages of 4 KiB found by a hash. Any thread may
// look while others supply pages: a bucket is one word, filled by one swap, and never changes again.
import { Physical } from "./layout/hardware";
import { loadAcquire, own32, own64, swap } from "./door";

const PLACE: u64 = (1 << Physical.PLACE_BITS) - 1;

@inline function bucketAt(memory: usize, i: u32): usize { return <usize>own32(memory + Physical.BUCKETS_AT) + (<usize>i << 3); }
@inline function firstBucket(number: u64, lg2: u32): u32 { return <u32>(number * 0x9e3779b97f4a7c15 >> (64 - lg2)); }

/** Where `bytes` bytes at a physical address are, 0 when the machine has none there. They do not cross a page: items are aligned. */
export function hostOf(memory: usize, pa: u64, bytes: u64): usize {
  for (let i: u32 = 0, at = memory + Physical.WINDOW; i < own32(memory + Physical.WINDOWS); i++, at += Physical.WINDOW_BYTES) {
    const inside = pa - own64(at), length = own64(at + Physical.WINDOW_LENGTH); // below the window: a huge number
    if (inside < length && bytes <= length - inside) return <usize>own32(at + Physical.WINDOW_AT) + <usize>inside;
  }
  const lg2 = own32(memory + Physical.BUCKETS_LG2), number = pa >> Physical.PAGE_LG2;
  if (!lg2) return 0;
  for (let n: u32 = 0, i = firstBucket(number, lg2); n < <u32>1 << lg2; n++, i = (i + 1) & ((1 << lg2) - 1)) {
    const bucket = loadAcquire(bucketAt(memory, i));
    if (!bucket) return 0;
    if (bucket >> Physical.PLACE_BITS == number) return (<usize>(bucket & PLACE) << Physical.PAGE_LG2) + <usize>(pa & ((1 << Physical.PAGE_LG2) - 1));
  }
  return 0;
}

/** Supplies a page, whose bytes are at `at` already; false when all buckets are taken. Whoever comes second keeps what the first supplied. */
export function supply(memory: usize, number: u64, at: usize): bool {
  const lg2 = own32(memory + Physical.BUCKETS_LG2);
  for (let n: u32 = 0, i = firstBucket(number, lg2); n < <u32>1 << lg2; n++, i = (i + 1) & ((1 << lg2) - 1)) {
    swap(bucketAt(memory, i), 0, number << Physical.PLACE_BITS | at >> Physical.PAGE_LG2);
    if (loadAcquire(bucketAt(memory, i)) >> Physical.PLACE_BITS == number) return true; // whoever filled it: it is full now, and stays as it is
  }
  return false;
}
