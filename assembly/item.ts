// One item in memory: what hardware reads, and what every race is decided on. As wide as the format has it: four or eight bytes.
import { Place, Slot } from "./layout/arena";
import { Growth } from "./layout/table";
import { loadAcquire, loadAcquire32, own32, own64, ownStore32, ownStore64, swap, swap32 } from "./door";
import { pageLg2 } from "./slot";
import { Format, mayGrowIn } from "./format/format";

/** The address of the item for `page` in a directory of the given level. The root may be wider than the directories below it. */
@inline export function itemAt<F extends Format>(f: F, directory: usize, page: u64, level: i32): usize {
  return directory + ((<usize>(page >> (level * f.indexBits())) & ((<usize>1 << indexBitsAt<F>(f, level)) - 1)) << f.itemLg2());
}
/** The same where the directory is known not to be the root. */
@inline export function itemBelowRoot<F extends Format>(f: F, directory: usize, page: u64, level: i32): usize {
  return directory + ((<usize>(page >> (level * f.indexBits())) & ((<usize>1 << f.indexBits()) - 1)) << f.itemLg2());
}
/** How many bits of the page number select an item of a directory of that level. */
@inline export function indexBitsAt<F extends Format>(f: F, level: i32): i32 {
  return f.rootBits() != f.indexBits() && level == f.levels() - 1 ? f.rootBits() : f.indexBits();
}
/** The order of the run of frames (run.ts) that a directory takes, below the root: a constant, but for the run-time format. */
@inline export function directoryOrder<F extends Format>(f: F, me: usize): u32 { return orderOf<F>(f, me, f.indexBits()); }
@inline export function rootOrder<F extends Format>(f: F, me: usize): u32 { return orderOf<F>(f, me, f.hasWideRoot() ? f.rootBits() : f.indexBits()); }
@inline export function orderAtLevel<F extends Format>(f: F, me: usize, level: i32): u32 {
  return f.hasWideRoot() && level == f.levels() - 1 ? rootOrder<F>(f, me) : directoryOrder<F>(f, me);
}
@inline function orderOf<F extends Format>(f: F, me: usize, bits: i32): u32 {
  return <u32>max(bits + f.itemLg2() - (f.frameLg2() ? f.frameLg2() : <i32>pageLg2(me)), 0);
}
/** The bytes of a directory below the root. */
@inline export function directoryBytes<F extends Format>(f: F): usize { return <usize>1 << (f.indexBits() + f.itemLg2()); }
/** How many levels a table of the format may come to have. */
@inline export function mostLevels<F extends Format>(f: F): i32 {
  return f.mayGrow() && mayGrowIn(f.word()) ? min(<i32>Growth.LEVELS_MAX, (Place.PAGE_BITS - 1) / f.indexBits() + 1) : f.levels();
}
/** The level of the root that `rootOf` (walk.ts) answered last. */
@inline export function topLevel<F extends Format>(f: F, me: usize): i32 { return f.mayGrow() ? <i32>own32(me + Slot.TOP_LEVEL) : f.levels() - 1; }
/** How many pages the format's tables can map: log2. */
@inline export function pageNumberBits<F extends Format>(f: F): i32 {
  return f.mayGrow() ? min(mostLevels<F>(f) * f.indexBits(), <i32>Place.PAGE_BITS) : (f.levels() - 1) * f.indexBits() + f.rootBits();
}

@inline export function loadItem<F extends Format>(f: F, at: usize): u64 { return f.itemLg2() == 2 ? <u64>loadAcquire32(at) : loadAcquire(at); }
@inline export function swapItem<F extends Format>(f: F, at: usize, expected: u64, value: u64): bool {
  return f.itemLg2() == 2 ? swap32(at, <u32>expected, <u32>value) : swap(at, expected, value);
}
/** In a directory that nobody else can reach. */
@inline export function ownItem<F extends Format>(f: F, at: usize): u64 { return f.itemLg2() == 2 ? <u64>own32(at) : own64(at); }
@inline export function ownStoreItem<F extends Format>(f: F, at: usize, value: u64): void {
  if (f.itemLg2() == 2) ownStore32(at, <u32>value); else ownStore64(at, value);
}
