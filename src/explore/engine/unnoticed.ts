// Mutants of the engine that change nothing that anybody could notice, each with its reason: the changed engine does the same in another
// way, mostly a slower one: a check that saves work, a hint, a guard. (A condition is true or false as it was compiled: the source may say
// the opposite.)

/** `line`: a part of the source line; `column`: where in it, when other mutants of the line are noticed. `changes`: what is done to it there. */
export interface Unnoticed { line: string; column?: number; changes: readonly string[]; why: string }

const PLAIN = "made plain", DROPPED = "dropped", LOAD = "made a load", STORE = "made a store", FALSE = "always false", TRUE = "always true";
const DONE = "dropped, answering that it succeeded";

export const UNNOTICED: Unnoticed[] = [
  // work that is saved
  { line: "if (own64(at + Agent.SEQUENCE) != sequence)", changes: [TRUE], why: "the TLB is emptied at each access" },
  { line: "if (left == entry) return Visit.KEPT;", changes: [FALSE], why: "the entry is swapped with itself" },
  { line: "if (visit == Visit.CLEARED) cleared = true;", changes: [TRUE], why: "a directory that stays is scanned once more" },
  { line: "if (loadAcquire32(me + Slot.SECTION + Slot.WAITED))", changes: [TRUE], why: "a wake-up that nobody waits for" },
  { line: "if (loadAcquire32(me + Slot.ANNOUNCED + Slot.WAITED))", changes: [TRUE], why: "a wake-up that nobody waits for" },
  { line: "if (loadAcquire32(me + Slot.CHANGE + Slot.WAITED))", changes: [TRUE], why: "a wake-up that nobody waits for" },
  { line: "storeRelease32(word + Slot.WAITED, 0);", changes: [DROPPED], why: "later wake-ups that nobody waits for" },
  { line: "if (space != Spaces.ALL && loadAcquire32(slot + Slot.ATTACHED)", changes: [FALSE], why: "a drain waits for threads of other spaces too" },
  { line: "if (<u32>field(word, ChangeWord.SPACE", changes: [FALSE], why: "an mmap waits for a munmap in another space" },
  { line: "if (loadAcquire(slot + Slot.CHANGE_FIRST) >= end", changes: [FALSE], why: "an mmap waits for a munmap elsewhere" },
  { line: "if (isDead(mirror)) return Status.DEAD;", changes: [FALSE], why: "an entry is made in a dead mirror, and each access looks whether it is dead" },
  { line: "if (stepOf(word) == TicketStep.FREE || generationOf(word) != payload", changes: [TRUE, FALSE],
    why: "it asks again at once, or sleeps until a later use of the ticket ends" },
  { line: "return waits == Status.WAIT ?", changes: [FALSE], why: "it asks again at once instead of sleeping" },
  { line: "storeRelease(me + Slot.CHANGE_FIRST, first);", changes: [DROPPED], why: "a change is taken to begin at page 0: others wait for it longer, and more is conformed" },
  { line: "wake(ring + Ring.PRODUCED);", changes: [DROPPED], why: "the reader starts later: the end of the trace wakes it as well" },
  { line: "let changed = rights & Right.WRITE ? entry", changes: [FALSE], why: "the right to write comes back by a fault" },
  { line: "const back = isDeviceFrame(me, <u32>payloadOf(entry))", changes: [TRUE], why: "a page of system memory is moved to system memory once" },
  { line: "@inline isEmpty(item: u64): bool", changes: [FALSE], why: "an empty directory is looked for in vain: who marks its items looks again" },
  // hints
  { line: "if (n) storeRelease32(hint, i);", changes: [DROPPED], why: "a hint where to look first" },
  { line: "@inline function bitmapBit(frame: u32): u64", changes: [LOAD], why: "a hint where not to look: the owner word decides" },
  { line: "if (again == OwnerKind.FREE || again == OwnerKind.RETIRED)", changes: [TRUE], why: "a hint where to look: the owner word decides" },
  { line: "if (!changeOwner(me, frame, from, owner(OwnerKind.FREE, 0))) return false;", changes: [TRUE], why: "a hint where to look: the owner word decides" },
  { line: "if (changeOwner(me, frame, from, owner(OwnerKind.RETIRED, stamp(me)))) release", changes: [TRUE], why: "a hint where to look: the owner word decides" },
  { line: "setBits(bitmapWord(me, head), runBits(order)", changes: [LOAD], why: "a hint where not to look: the owner word decides" },
  { line: "if (order) letGo(me, head, from, order,", changes: [TRUE], why: "a single frame is a run without parts: it goes, and is no hint for its thread" },
  // a later step decides
  { line: "if (!(state & SlotState.LIVE) || slot == me)", changes: [FALSE], why: "in a slot that is free there is nothing to find" },
  { line: "else if (step != TicketStep.FREE) rollBack", changes: [TRUE], why: "what a free ticket names is gone: each of its swaps fails" },
  { line: "if (intent) onTable<Prune>", changes: [TRUE], why: "a prune where nothing is owed" },
  { line: "return change ? Status.MORE : Status.OK;", changes: [TRUE], why: "a change of no page is finished" },
  { line: "return swap(mirror + Mirror.SERVICE, 0, nonce(me)", changes: [STORE, DONE, TRUE], why: "two servers at once: each request is answered by one swap" },
  { line: "if (service && (<u32>service &", changes: [TRUE, STORE], why: "two servers at once: each request is answered by one swap" },
  { line: "if (ownerOf(me, frame) != use) continue; // the place is of this use", changes: [FALSE], why: "another page than the clock's is evicted, or none: its entry decides" },
  { line: "storeRelease(mirror + Mirror.SERVICE, 0);", changes: [DROPPED, PLAIN], why: "nobody serves a mirror that is destroyed: the word is 0 already" },
  { line: "clearBits(bitmapWord(me, frame), bitmapBit(frame));", changes: [STORE], why: "a thread gives back what it has in hand: nobody else changes the owner word" },
  { line: "export function owner(kind: u32, argument: u64)", changes: [TRUE], why: "a thread gives back what it has in hand: nobody else changes the owner word" },
  // guards against what no small arena reaches
  { line: "for (let at = topLevel<F>(f, me); at > <i32>level; at--)", changes: [TRUE], why: "only a root has no level, and whoever died with a root in hand had not published it" },
  { line: "return head + 1 < totalFrames(me) ?", changes: [TRUE], why: "nobody dies with the last of an odd number of frames in hand" },
];
