// Pins: directories stay as they are found, for as long as a thread likes (P1). A pin is one announcement in the thread's own slot:
// the epoch at which it was taken. Whoever looks for frames to use again heeds the oldest of them as it heeds an open section, so
// a pin costs the same whatever it is about, excludes nobody, and needs no memory. Unlike a section it may last, and calls may be
// made under it that open sections of their own; and no invalidation waits for it, so no translation may be used under it.
//
//  take   load E; unless an older pin is held, store it in the slot's pinned word; THEN load pointers
//  drop   store the epoch of the oldest pin that is left, or 0
//
//   holder                                   remover                        taker
//   E = 7; announces 7; finds D
//                                            empties D, unhooks it: stamp 9
//                                                                           E: 9 -> 10; no section is open, 7 is pinned
//   reads D: marks, "nothing is there"                                      9 is not ripe: another frame, or ENOMEM
//   drops: 0
//                                                                           E: 10 -> 11; takes D
//
//   Why: what can be reached after the announcement is unhooked after it, so its stamp is at least the epoch announced. A look that
//   comes after the announcement finds it. One that came before answered a horizon which E had reached by then: no stamp that is
//   read after the announcement lies below it. This holds for what is hooked later, too: under a pin, every directory that the
//   thread meets stays. An announcement stored late, of an old epoch, only holds more back.
//
// The same argument serves inside a section and outside: a pin asks nothing of it, and holds what can be reached when it is taken,
// which is not all that an open section has met before. Younger pins need no announcement: the oldest one's epoch is below theirs.
import { Header, Section, Slot } from "./layout/arena";
import { Status } from "./layout/status";
import { loadAcquire, own32, own64, ownStore32, ownStore64, storeRelease } from "./door";
import { arenaOf, pinnedOf } from "./slot";

@inline function epochAt(slot: usize, pin: u32): usize { return slot + Slot.PINS + (<usize>pin << 3); }
@inline function pinnedWord(epoch: u64): u64 { return epoch << Section.EPOCH | 1 << Section.OPEN; }

/** What the pinned word of a slot must say: plain loads, so only for its thread, or while that is outside every verb. */
export function oldestPin(slot: usize): u64 {
  let oldest: u64 = 0;
  for (let held = own32(slot + Slot.PINS_HELD); held; held &= held - 1) {
    const word = pinnedWord(own64(epochAt(slot, ctz(held))));
    if (!oldest || word < oldest) oldest = word;
  }
  return oldest;
}

/** Takes a pin: its number, or -AGAIN when the thread holds as many as it may. */
export function pinTake(me: usize): i32 {
  const held = own32(me + Slot.PINS_HELD), pin = <u32>ctz(~held);
  if (pin == <u32>Slot.PINS_MAX) return -<i32>Status.AGAIN;
  const epoch = loadAcquire(arenaOf(me) + Header.EPOCH);
  ownStore64(epochAt(me, pin), epoch);
  ownStore32(me + Slot.PINS_HELD, held | 1 << pin);
  if (!held) storeRelease(me + Slot.PINNED, pinnedWord(epoch));
  return <i32>pin;
}

/** Drops it: OK, or STALE when it is not held. */
export function pinDrop(me: usize, pin: u32): u32 {
  const held = own32(me + Slot.PINS_HELD);
  if (pin >= <u32>Slot.PINS_MAX || !(held >> pin & 1)) return Status.STALE;
  ownStore32(me + Slot.PINS_HELD, held & ~(1 << pin));
  storeRelease(me + Slot.PINNED, oldestPin(me));
  return Status.OK;
}

/** Of a thread that cannot run again: its pins are dropped. Any burier may, any number of times. */
export function dropAll(slot: usize): void { storeRelease(slot + Slot.PINNED, 0); }

/** Whether the slot says what its thread holds, one that is free that it holds nothing. Nobody may be inside a verb. */
export function announcesItsPins(slot: usize, isLive: bool): bool { return pinnedOf(slot) == (isLive ? oldestPin(slot) : 0); }
