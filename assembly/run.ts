// Runs: 2^order frames in a row, aligned to their number, for a directory that is larger than a frame. The first frame, the *head*,
// stands for all: its owner and place words carry the run's life as those of a single frame do, and whoever is not in this file knows
// heads only. The frames behind it are PART, and say of which run: the order leads to the head, the rest names the use.
//
//   head   FREE ──> TRANSIT(me, n) ────────────────────> LIVE ... DEAD ──────────────────────────> RETIRED(e)
//   parts           FREE ──> PART(order, me, n), upward                    RETIRED(e), downward <── PART
//                   └─────────── head first ───────────┘              └──────────── head last ────────────┘
//
// One rule holds it together: a frame is PART only while its head belongs to the same use. So no part is ever on its own: who dies
// half-way leaves a head that its burial settles, and the parts with it, and nobody looks for any. Parts are taken upward and go
// downward, so the frame behind a head tells the order of what is left of the run. A run that cannot be had whole goes back the same way.
//
// Anybody may retire a dead run, inside a section, and bury one that a thread had in hand, any number of times, beside others who do. Which
// use a part belongs to is seen by a look at the head after the look at the part: while the head is what it was, no other use of it has
// begun. From then on the swap is exact: the name of a use never repeats.
//
//   one of two who bury                       the other, and somebody who takes the run again
//   head TRANSIT(dead, n): no pointer to it
//                                             parts, then head: FREE; taken: head TRANSIT(t, n'), parts PART(t, n')
//   loads a part: PART(t, n')
//   loads the head again: another, stops      [nobody takes a part out of a run in use]
import { FrameClass, Owner, OwnerKind, Slot } from "./layout/arena";
import { clearBits, dataClear, own32, ownStore32, setBits } from "./door";
import { frameAt, pageLg2, systemFrames, totalFrames } from "./slot";
import { stamp } from "./section";
import { Try, bitmapWord, changeOwner, countLooksFree, give, judge, owner, ownerArgument, ownerOf, retire, search, take, tryTake } from "./frames";

/** The bits of a run at the bottom of a word of the bitmap. */
@inline function runBits(order: u32): u64 { return (<u64>1 << (1 << order)) - 1; }

/** Of the frames with a bit, those that an aligned run of such frames begins with. */
function headsIn(frames: u64, order: u32): u64 {
  for (let i: u32 = 0; i < order; i++) frames &= frames >> (1 << i);
  return frames & ~(<u64>0) / runBits(order);
}

/** The order of the run that a frame is part of; 0 when it is none. */
@inline function orderIn(seen: u64): u32 { return <u32>(seen >> Owner.ORDER) & ((1 << Owner.ORDER_BITS) - 1); }
/** The head of that run, or the frame itself. */
@inline export function headOf(frame: u32, seen: u64): u32 { return frame >> orderIn(seen) << orderIn(seen); }

/** The order of the run with that head, from the frame behind it: what is left of it, for who settles it. 0: a single frame. */
export function orderAt(me: usize, head: u32): u32 {
  return head + 1 < totalFrames(me) ? orderIn(ownerOf(me, head + 1)) : 0;
}

/** Takes the run whole, or gives back what it took: others may have found some of its frames owned meanwhile, and answer ENOMEM (M1). */
function tryTakeRun(me: usize, head: u32, order: u32): Try {
  const found = tryTake(me, head);
  if (found != Try.TAKEN) return found;
  const mine = ownerOf(me, head), part = ownerArgument(mine) << Owner.ARGUMENT | <u64>order << Owner.ORDER | OwnerKind.PART;
  for (let i: u32 = 1; i < <u32>1 << order; i++) {
    const seen = ownerOf(me, head + i);
    let outcome = judge(me, head + i, seen);
    if (outcome == Try.TAKEN && !changeOwner(me, head + i, seen, part)) outcome = Try.OWNED;
    if (outcome == Try.TAKEN) continue;
    letGo(me, head, mine, order, owner(OwnerKind.FREE, 0));
    return outcome;
  }
  setBits(bitmapWord(me, head), runBits(order) << (head & 63));
  dataClear(frameAt(me, head + 1), ((<usize>1 << order) - 1) << pageLg2(me));
  return Try.TAKEN;
}

/** Its order is its address, as that of a format is its shape. */
@unmanaged @final class Runs {
  @inline order(): u32 { return <u32>changetype<usize>(this); }
  @inline among(frames: u64): u64 { return headsIn(frames, this.order()); }
  @inline attempt(me: usize, frame: u32): Try { return tryTakeRun(me, frame, this.order()); }
}

/** Leaves in SCATTERED how many frames look free if it finds no run among them. */
function takeSeveral(me: usize, order: u32): u32 {
  const frames: u32 = 1 << order, quota = own32(me + Slot.QUOTA); // as in `take`
  if (quota && quota <= frames) {
    ownStore32(me + Slot.HELD_BACK, 0);
    ownStore32(me + Slot.SCATTERED, 0);
    return 0;
  }
  const head = search<Runs>(changetype<Runs>(<usize>order), me, false);
  if (!head) ownStore32(me + Slot.SCATTERED, countLooksFree(me, 0, systemFrames(me)));
  else if (quota) ownStore32(me + Slot.QUOTA, quota - frames);
  return head;
}

/**
 * Lets a run go whose head has the owner word `from`: all of it becomes `to`, the head last. Then the hints for all, whoever of several let
 * the head go: one that looked at a part in between may have hidden it. A hint too many costs a look.
 */
function letGo(me: usize, head: u32, from: u64, order: u32, to: u64): void {
  for (let i: u32 = (1 << order) - 1; i > 0; i--) {
    const seen = ownerOf(me, head + i);
    if (headOf(head + i, seen) != head) continue; // gone already
    if (ownerOf(me, head) != from) break; // it may be of another use
    changeOwner(me, head + i, seen, to);
  }
  changeOwner(me, head, from, to);
  clearBits(bitmapWord(me, head), runBits(order) << (head & 63));
}

// What others call. A run of order 0 is a frame: where the order is a constant, nothing is left of the question.

/** A zeroed run of system memory, in transit to this thread: its head; 0 when there is none. As `take`. */
@inline export function takeRun(me: usize, order: u32): u32 { return order ? takeSeveral(me, order) : take(me, FrameClass.SYSTEM); }
/** As `give`: nobody can reach it. */
@inline export function giveRun(me: usize, head: u32, from: u64, order: u32): void {
  if (order) letGo(me, head, from, order, owner(OwnerKind.FREE, 0)); else give(me, head, from);
}
/** As `retire`: it was unhooked before. Inside the section in which it was reached, or by who buries. */
@inline export function retireRun(me: usize, head: u32, from: u64, order: u32): void {
  if (order) letGo(me, head, from, order, owner(OwnerKind.RETIRED, stamp(me))); else retire(me, head, from);
}
