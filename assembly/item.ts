// One item in memory: what hardware reads, and what every race is decided on. As wide as the format has it: four or eight bytes, or any
// size where the format is described at run time. All items of a directory have one size, so no two accesses overlap in part.
import { Place, Slot } from "./layout/arena";
import { Growth } from "./layout/table";
import {
  loadAcquire, loadAcquire16, loadAcquire32, loadAcquire8, own16, own32, own64, own8, ownStore16, ownStore32, ownStore64, ownStore8, storeRelease, storeRelease16,
  storeRelease32, storeRelease8, swap, swap16, swap32, swap8,
} from "./door";
import { pageLg2 } from "./slot";
import { Format, mayGrowIn } from "./format/format";

/** The address of the item for `page` in a directory of the given level. The root may be wider than the directories below it. */
@inline export function itemAt<F extends Format>(f: F, directory: usize, page: u64, level: i32): usize {
  return directory + ((<usize>(page >> (level * f.indexBits())) & maskAt<F>(f, level)) << f.itemLg2());
}
/** The same where the directory is known not to be the root. */
@inline export function itemBelowRoot<F extends Format>(f: F, directory: usize, page: u64, level: i32): usize {
  return directory + ((<usize>(page >> (level * f.indexBits())) & ((<usize>1 << f.indexBits()) - 1)) << f.itemLg2());
}
/** How many bits of the page number select an item of a directory of that level. */
@inline export function indexBitsAt<F extends Format>(f: F, level: i32): i32 {
  return f.rootBits() != f.indexBits() && level == f.levels() - 1 ? f.rootBits() : f.indexBits();
}
/** Those bits, of a page number that was shifted down to the level. */
@inline export function maskAt<F extends Format>(f: F, level: i32): usize { return (<usize>1 << indexBitsAt<F>(f, level)) - 1; }
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
/** Whether tables of the format grow. */
@inline function grows<F extends Format>(f: F): bool { return f.mayGrow() && mayGrowIn(f.word()); }
/** How many levels a table of the format may come to have. */
@inline export function mostLevels<F extends Format>(f: F): i32 {
  return grows<F>(f) ? min(<i32>Growth.LEVELS_MAX, (Place.PAGE_BITS - 1) / f.indexBits() + 1) : f.levels();
}
/** The level of the root that `rootOf` (walk.ts) answered last. */
@inline export function topLevel<F extends Format>(f: F, me: usize): i32 { return f.mayGrow() ? <i32>own32(me + Slot.TOP_LEVEL) : f.levels() - 1; }
/** How many pages the format's tables can map: log2. */
@inline export function pageNumberBits<F extends Format>(f: F): i32 {
  return grows<F>(f) ? min(mostLevels<F>(f) * f.indexBits(), <i32>Place.PAGE_BITS) : (f.levels() - 1) * f.indexBits() + f.rootBits();
}

@inline export function loadItem<F extends Format>(f: F, at: usize): u64 {
  if (f.hasAnyItem()) return loadAny(at, f.itemLg2());
  return f.itemLg2() == 2 ? <u64>loadAcquire32(at) : loadAcquire(at);
}
@inline export function swapItem<F extends Format>(f: F, at: usize, expected: u64, value: u64): bool {
  if (f.hasAnyItem()) return put(at, f.itemLg2(), expected, value);
  return f.itemLg2() == 2 ? swap32(at, <u32>expected, <u32>value) : swap(at, expected, value);
}
/** Of a page that nobody else maps or unmaps, where nothing is mapped. */
@inline export function storeItem<F extends Format>(f: F, at: usize, value: u64): void {
  if (f.hasAnyItem()) put(at, f.itemLg2() | SHARED, 0, value);
  else if (f.itemLg2() == 2) storeRelease32(at, <u32>value);
  else storeRelease(at, value);
}
/** In a directory that nobody else can reach. */
@inline export function ownItem<F extends Format>(f: F, at: usize): u64 {
  if (f.hasAnyItem() && f.itemLg2() < 2) return <u64>(f.itemLg2() ? own16(at) : own8(at));
  return f.itemLg2() == 2 ? <u64>own32(at) : own64(at);
}
@inline export function ownStoreItem<F extends Format>(f: F, at: usize, value: u64): void {
  if (f.hasAnyItem()) put(at, f.itemLg2() | OWN, 0, value);
  else if (f.itemLg2() == 2) ownStore32(at, <u32>value);
  else ownStore64(at, value);
}

@inline function loadAny(at: usize, itemLg2: i32): u64 {
  if (itemLg2 == 3) return loadAcquire(at);
  if (itemLg2 == 2) return <u64>loadAcquire32(at);
  return <u64>(itemLg2 ? loadAcquire16(at) : loadAcquire8(at));
}
/**
 * Into an item of any size, by compare-and-swap; with SHARED by a store that others see, with OWN by one that nobody sees. One function for all, so that
 * it is called: in line it would be half of a verb.
 */
function put(at: usize, how: i32, expected: u64, value: u64): bool {
  if (how == 3) return swap(at, expected, value);
  if (how == 2) return swap32(at, <u32>expected, <u32>value);
  if (how == 1) return swap16(at, <u16>expected, <u16>value);
  if (how == 0) return swap8(at, <u8>expected, <u8>value);
  if (how == (OWN | 3)) ownStore64(at, value);
  else if (how == (OWN | 2)) ownStore32(at, <u32>value);
  else if (how == (OWN | 1)) ownStore16(at, <u32>value);
  else if (how == OWN) ownStore8(at, <u32>value);
  else if (how == (SHARED | 3)) storeRelease(at, value);
  else if (how == (SHARED | 2)) storeRelease32(at, <u32>value);
  else if (how == (SHARED | 1)) storeRelease16(at, <u32>value);
  else storeRelease8(at, <u32>value);
  return true;
}
const OWN: i32 = 4, SHARED: i32 = 8;
