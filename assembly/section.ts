// Access sections, the epoch, the drain. One counter serves two needs: "nobody can still hold what was unhooked before"
// (re-use of directories) and "nobody can still use a translation cleared before" (H1).
//
//  enter   E -> slot.section (open)          a late announcement of an old epoch only holds others back longer
//  leave   slot.section = closed; if its flag is up, wake
//  stamp   unhook, THEN load E               stamp s: unhooked before E became s + 1
//  ripe    add 1 to E, then look at every slot: closed, or announced > s; and no pin (pin.ts) that announced <= s
//
//  Why: a section that announced v > s loaded E after the stamp was read, so after the unhooking, and cannot find the frame.
//  A section whose announcement is not yet stored when we look loads its pointers after our look, so after the unhooking too.
//
//   unhooker               reader                         taker
//   unhooks D
//   s = E = 7
//                                                         E: 7 -> 8; reader's slot: closed
//                          announces 7 (loaded long ago)
//                          loads its pointer: D is gone   takes D           [D is never read after its re-use: R2]
//
// The drain of an invalidation is the same look, with waiting: clear the entries, move the sequences, add 1 to E, then wait for
// every thread attached to that space that is inside a section announced before.
import { Header, Section, Slot, SlotState } from "./layout/arena";
import { Spaces } from "./layout/space";
import { Status } from "./layout/status";
import { add, loadAcquire, loadAcquire32, own32, own64, ownStore32, ownStore64, storeRelease, storeRelease32, wake } from "./door";
import { announcedEpoch, answerWait, arenaOf, isOpen, pinnedOf, sectionOf, slotOf, threadsOf } from "./slot";

@inline function closed(me: usize): u64 { return <u64>own32(me + Slot.STATE) >> SlotState.GENERATION << Section.GENERATION; }

/** Opens the thread's section. Never nested; what is read inside stays until `leave`. */
@inline export function enter(me: usize): void {
  const epoch = loadAcquire(arenaOf(me) + Header.EPOCH);
  storeRelease(me + Slot.SECTION, closed(me) | epoch << Section.EPOCH | 1 << Section.OPEN);
}

/**
 * Opens it for somebody who did not walk to what it looks at: a frame that is seen dead in here is not used again in here, even if its
 * retirer has read its stamp already. That one is still inside a section, announced no later than its stamp; so this one announces the
 * horizon, which no section is before. One that opens after the look reads its stamps after it, from the epoch of now on. Closed by `leaveAndWake`.
 */
export function enterAtHorizon(me: usize): void {
  look(me, loadAcquire(arenaOf(me) + Header.EPOCH));
  storeRelease(me + Slot.SECTION, closed(me) | own64(me + Slot.HORIZON) << Section.EPOCH | 1 << Section.OPEN);
}

/** Closes it. Store mine, then load its flag (somebody sleeps, or is about to): pairs with `waitFor`, which does the reverse. */
@inline export function leave(me: usize): void {
  storeRelease(me + Slot.SECTION, closed(me));
  if (loadAcquire32(me + Slot.SECTION + Slot.WAITED)) wakeWaiters(me + Slot.SECTION);
}

/**
 * Wakes all who sleep on a word of this slot, after it was changed. Whoever raised the flag before it is lowered here, and does
 * not sleep yet, sees the changed word and will not. With one flag for two words that would be wrong: the flag of a sleeper on
 * the other, unchanged word would be lowered as well, and nobody would wake it.
 */
export function wakeWaiters(word: usize): void {
  storeRelease32(word + Slot.WAITED, 0);
  wake(word);
}

/**
 * Closes a section at the horizon. The next one may announce the same, if another section stays open: whoever is about to sleep on this word would
 * find it as it was, and its flag lowered. So they are woken in any case.
 */
export function leaveAndWake(me: usize): void {
  storeRelease(me + Slot.SECTION, closed(me));
  wakeWaiters(me + Slot.SECTION);
}

/** Answers WAIT for a word of another thread's slot: whoever sleeps looks at it again, after the flag is up. */
export function waitFor(me: usize, word: usize, value: u64): u32 {
  storeRelease32(word + Slot.WAITED, 1);
  return answerWait(me, word, value);
}

/** The stamp for something unhooked before this call. */
@inline export function stamp(me: usize): u64 { return loadAcquire(arenaOf(me) + Header.EPOCH); }

/** Whether what was stamped `s` can be re-used, as far as this thread's last look at the slots tells. */
@inline export function ripe(me: usize, s: u64): bool { return s < own64(me + Slot.HORIZON); }

/** Adds 1 to the epoch and answers it: it never goes back, and no two get the same. */
function nextEpoch(me: usize): u64 { return add(arenaOf(me) + Header.EPOCH, 1) + 1; }

/** Whether a pin keeps it from being ripe, as far as the last look tells: then there is no use in waiting for sections. */
@inline export function isPinned(me: usize, s: u64): bool { return s >= own64(me + Slot.PIN_HORIZON); }

/** Looks at the slots: every stamp below the horizon is ripe. Outside any section: one's own would hold it back. */
export function lookAtSlots(me: usize): void { look(me, nextEpoch(me)); }
/** `horizon`: the epoch, loaded before the look. */
function look(me: usize, horizon: u64): void {
  let pinned = u64.MAX_VALUE;
  for (let i: u32 = 0; i < threadsOf(me); i++) {
    const section = sectionOf(slotOf(me, i)), pin = pinnedOf(slotOf(me, i));
    if (isOpen(section)) horizon = min(horizon, announcedEpoch(section));
    if (isOpen(pin)) pinned = min(pinned, announcedEpoch(pin));
  }
  ownStore64(me + Slot.PIN_HORIZON, pinned);
  ownStore64(me + Slot.HORIZON, min(horizon, pinned));
}

/** Begins a drain: everything cleared before this call is what it waits for. */
export function drainBegin(me: usize): void {
  ownStore64(me + Slot.DRAIN, nextEpoch(me));
  ownStore32(me + Slot.CURSOR, 0);
}

/**
 * Goes on with it: OK when every thread attached to the space has been seen outside, or in a later section; else WAIT.
 * Each slot is waited for once: a section opened later announces an epoch that is not below ours.
 * A thread that attaches after we read its slot stores ATTACHED before its section, and loads entries that are clear already.
 * Pins are not waited for: they last as long as their holder likes, and nobody uses a translation under one.
 */
export function drainNext(me: usize, space: u32): u32 {
  const target = own64(me + Slot.DRAIN);
  for (let i = own32(me + Slot.CURSOR); i < threadsOf(me); i++) {
    ownStore32(me + Slot.CURSOR, i);
    const slot = slotOf(me, i);
    const section = sectionOf(slot);
    if (!isOpen(section) || announcedEpoch(section) >= target) continue;
    if (space != Spaces.ALL && loadAcquire32(slot + Slot.ATTACHED) != space + 1) continue;
    return waitFor(me, slot + Slot.SECTION, section);
  }
  return Status.OK;
}

/** Attaches the thread to a space: its sections from now on are waited for by that space's invalidations. Outside a section. */
@inline export function attach(me: usize, space: u32): void {
  if (own32(me + Slot.ATTACHED) != space + 1) storeRelease32(me + Slot.ATTACHED, space + 1);
}
