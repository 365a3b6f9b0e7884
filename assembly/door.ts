// The only way to memory. Every other file asks by intent; no other file has an atomic, a load or a store.
//
//  intent                      relies on                         pairs with
//  own*                        nobody else writes it now         -  (a thread's own slot, frames in transit, constants of the header)
//  loadAcquire, storeRelease   what was written before the store is seen after the load
//  swap (compare-and-swap)     decides a race; the loser learns what it lost to
//  add, set, clear             a counter or a hint bit; never decides who owns something
//  wake                        whoever may sleep on the word looks again
//
// WebAssembly has one strength of atomic, sequentially consistent; protocols that need "store mine, then load yours"
// (announce and look, drain, waited) rely on that and say so.
//
// With UNSHARED defined (`asc --use UNSHARED=1`) the same source is for one thread over memory that is not shared: plain accesses, and
// nobody to wake. It differs here and nowhere else.
const ALONE: bool = isDefined(UNSHARED);

@inline export function own8(at: usize): u32 { return load<u8>(at); }
@inline export function own16(at: usize): u32 { return load<u16>(at); }
@inline export function own32(at: usize): u32 { return load<u32>(at); }
/** An address kept in memory. */
@inline export function ownAddress(at: usize): usize { return load<usize>(at); }
@inline export function own64(at: usize): u64 { return load<u64>(at); }
@inline export function ownStore8(at: usize, value: u32): void { store<u8>(at, value); }
@inline export function ownStore16(at: usize, value: u32): void { store<u16>(at, value); }
@inline export function ownStore32(at: usize, value: u32): void { store<u32>(at, value); }
@inline export function ownStore64(at: usize, value: u64): void { store<u64>(at, value); }
@inline export function ownStoreFloat(at: usize, value: f64): void { store<f64>(at, value); }
@inline export function ownFloat(at: usize): f64 { return load<f64>(at); }

@inline export function loadAcquire8(at: usize): u32 { return ALONE ? load<u8>(at) : atomic.load<u8>(at); }
@inline export function loadAcquire16(at: usize): u32 { return ALONE ? load<u16>(at) : atomic.load<u16>(at); }
@inline export function loadAcquire32(at: usize): u32 { return ALONE ? load<u32>(at) : atomic.load<u32>(at); }
@inline export function loadAcquire(at: usize): u64 { return ALONE ? load<u64>(at) : atomic.load<u64>(at); }
@inline export function storeRelease8(at: usize, value: u32): void { if (ALONE) store<u8>(at, value); else atomic.store<u8>(at, <u8>value); }
@inline export function storeRelease16(at: usize, value: u32): void { if (ALONE) store<u16>(at, value); else atomic.store<u16>(at, <u16>value); }
@inline export function storeRelease32(at: usize, value: u32): void { if (ALONE) store<u32>(at, value); else atomic.store<u32>(at, value); }
@inline export function storeRelease(at: usize, value: u64): void { if (ALONE) store<u64>(at, value); else atomic.store<u64>(at, value); }
@inline export function swap8(at: usize, expected: u8, value: u8): bool { return ALONE ? swapAlone(at, expected, value) : atomic.cmpxchg<u8>(at, expected, value) == expected; }
@inline export function swap16(at: usize, expected: u16, value: u16): bool { return ALONE ? swapAlone(at, expected, value) : atomic.cmpxchg<u16>(at, expected, value) == expected; }
@inline export function swap32(at: usize, expected: u32, value: u32): bool { return ALONE ? swapAlone(at, expected, value) : atomic.cmpxchg<u32>(at, expected, value) == expected; }
@inline export function swap(at: usize, expected: u64, value: u64): bool { return ALONE ? swapAlone(at, expected, value) : atomic.cmpxchg<u64>(at, expected, value) == expected; }
@inline export function add(at: usize, value: u64): u64 { return ALONE ? addAlone(at, value) : atomic.add<u64>(at, value); }
@inline export function setBits(at: usize, bits: u64): void { if (ALONE) store<u64>(at, load<u64>(at) | bits); else atomic.or<u64>(at, bits); }
@inline export function clearBits(at: usize, bits: u64): void { if (ALONE) store<u64>(at, load<u64>(at) & ~bits); else atomic.and<u64>(at, ~bits); }
@inline export function wake(at: usize): void { if (!ALONE) atomic.notify(at, -1); }

/** Compare-and-swap, and addition, where nobody comes in between. */
@inline function swapAlone<T>(at: usize, expected: T, value: T): bool {
  if (load<T>(at) != expected) return false;
  store<T>(at, value);
  return true;
}
@inline function addAlone(at: usize, value: u64): u64 {
  const found = load<u64>(at);
  store<u64>(at, found + value);
  return found;
}

/** Bytes of frames: a program's data. Two threads that race here race in the program, as on hardware. */
@inline export function dataLoad(at: usize, bytes: u32): u64 {
  if (bytes == 8) return load<u64>(at);
  if (bytes == 4) return load<u32>(at);
  if (bytes == 1) return load<u8>(at);
  return load<u16>(at);
}
@inline export function dataStore(at: usize, bytes: u32, value: u64): void {
  if (bytes == 8) store<u64>(at, value);
  else if (bytes == 4) store<u32>(at, <u32>value);
  else if (bytes == 1) store<u8>(at, <u8>value);
  else store<u16>(at, <u16>value);
}
@inline export function dataCopy(to: usize, from: usize, bytes: usize): void { memory.copy(to, from, bytes); }
@inline export function dataClear(at: usize, bytes: usize): void { memory.fill(at, 0, bytes); }
