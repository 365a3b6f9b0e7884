// Directories in hand: what a verb takes before its first visible change, so that it cannot fail for memory later (M1). All of one verb are
// runs of one order, as the directories below a root are (run.ts).
// The frames are in transit to this thread and zeroed; they are linked through their place words, which a burier may load on its
// way past a frame that it held for a dead directory a moment ago: it finds nothing hooked there.
import { Descriptor, Place, Slot } from "./layout/arena";
import { own32, own64, ownStore32, storeRelease } from "./door";
import { descriptorOf } from "./slot";
import { ownerOf } from "./frames";
import { giveRun, takeRun } from "./run";

@inline export function reserved(me: usize): u32 { return own32(me + Slot.RESERVED); }

/** Puts a frame of this thread, zeroed again, among those in hand. */
export function keep(me: usize, frame: u32): void {
  storeRelease(descriptorOf(me, frame) + Descriptor.PLACE, <u64>own32(me + Slot.RESERVE) << Place.PAGE); // of no role
  ownStore32(me + Slot.RESERVE, frame);
  ownStore32(me + Slot.RESERVED, reserved(me) + 1);
}

/** Takes runs of that order until `count` are in hand. False when there are none left: those in hand stay. Outside a section. */
export function reserve(me: usize, count: u32, order: u32 = 0): bool {
  while (reserved(me) < count) {
    const frame = takeRun(me, order);
    if (!frame) return false;
    keep(me, frame);
  }
  return true;
}

/** One of the frames in hand. */
export function draw(me: usize): u32 {
  const frame = own32(me + Slot.RESERVE);
  ownStore32(me + Slot.RESERVE, <u32>(own64(descriptorOf(me, frame) + Descriptor.PLACE) >> Place.PAGE));
  ownStore32(me + Slot.RESERVED, reserved(me) - 1);
  return frame;
}

/** Gives back what was not needed. */
export function unreserve(me: usize, order: u32 = 0): void {
  while (reserved(me)) {
    const frame = draw(me);
    giveRun(me, frame, ownerOf(me, frame), order);
  }
}
