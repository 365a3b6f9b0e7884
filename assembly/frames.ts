// Frames: who owns each one, taking and giving. Ownership is one compare-and-swap on the owner word; the bitmap and the
// per-thread caches are hints about where to look, so a stale hint costs a retry and nothing else (no ABA, no shared lock).
//
//   FREE ──take──> TRANSIT(me, nonce) ──publish──> LIVE / PAGE / RECORD ──unhook──> RETIRED(e) ──take, when ripe──> TRANSIT
//     ^────────────── give back ──────┘                     └── PAGE after its drain: FREE at once (H1 has passed)
//
// Bitmap: bit set = not worth a look. Who takes sets it after the swap; who finds a frame owned sets it, looks at the owner
// again and clears it if the frame was freed meanwhile; who frees clears it after the swap. So a free frame whose bit stays
// set would need its freer to have died between the two steps.
import { Descriptor, FrameClass, HeldBack, Owner, OwnerKind, Place, Slot } from "./layout/arena";
import { clearBits, dataClear, loadAcquire, own32, ownAddress, ownStore32, setBits, storeRelease, storeRelease32, swap } from "./door";
import { descriptorOf, frameAt, nonce, pageBytes, systemFrames, threadOf, totalFrames } from "./slot";
import { isPinned, lookAtSlots, ripe, stamp } from "./section";

@inline export function ownerKind(owner: u64): u32 { return <u32>owner & ((1 << Owner.KIND_BITS) - 1); }
@inline export function ownerArgument(owner: u64): u64 { return owner >> Owner.ARGUMENT; }
@inline export function owner(kind: u32, argument: u64): u64 { return argument << Owner.ARGUMENT | kind; }
@inline export function ownerOf(me: usize, frame: u32): u64 { return loadAcquire(descriptorOf(me, frame) + Descriptor.OWNER); }
@inline export function changeOwner(me: usize, frame: u32, from: u64, to: u64): bool { return swap(descriptorOf(me, frame) + Descriptor.OWNER, from, to); }
/** Of a frame whose word nobody else changes: in transit to this thread, and out of reach yet; or of a table that ends. */
@inline export function setOwner(me: usize, frame: u32, to: u64): void { storeRelease(descriptorOf(me, frame) + Descriptor.OWNER, to); }

@inline export function bitmapWord(me: usize, frame: u32): usize { return ownAddress(me + Slot.BITMAP) + (<usize>(frame >> 6) << 3); }
@inline function bitmapBit(frame: u32): u64 { return <u64>1 << (frame & 63); }
@inline function cacheAt(me: usize, device: bool): usize { return me + (device ? Slot.CACHE_DEVICE : Slot.CACHE_SYSTEM); }
@inline function cachedAt(me: usize, device: bool): usize { return me + (device ? Slot.CACHED_DEVICE : Slot.CACHED_SYSTEM); }

/** What came of a frame that looked worth it. UNRIPE and PINNED: retired, and held back as far as the last look at the slots tells. */
export enum Try { TAKEN = 0, OWNED = 1, UNRIPE = 2, PINNED = 3 }

/** Whether a search would look at the frame. */
export function looksFree(me: usize, frame: u32): bool { return (loadAcquire(bitmapWord(me, frame)) & bitmapBit(frame)) == 0; }

/** How many frames from `first` to below `end` a search would look at. */
export function countLooksFree(me: usize, first: u32, end: u32): u32 {
  let count: u32 = 0;
  for (let word = first >> 6 << 6; word < end; word += 64) count += <u32>popcnt(~loadAcquire(bitmapWord(me, word)) & bitsBetween(word, first, end));
  return count;
}

/** Whether the frame with the owner word `seen` is there to be taken: free, or retired and ripe. One that is owned is hidden from searches. */
@inline export function judge(me: usize, frame: u32, seen: u64): Try {
  const kind = ownerKind(seen);
  if (kind != OwnerKind.FREE && kind != OwnerKind.RETIRED) {
    setBits(bitmapWord(me, frame), bitmapBit(frame));
    const again = ownerKind(ownerOf(me, frame));
    if (again == OwnerKind.FREE || again == OwnerKind.RETIRED) clearBits(bitmapWord(me, frame), bitmapBit(frame));
    return Try.OWNED;
  }
  if (kind == OwnerKind.RETIRED && !ripe(me, ownerArgument(seen))) return isPinned(me, ownerArgument(seen)) ? Try.PINNED : Try.UNRIPE;
  return Try.TAKEN;
}

/** Takes the frame if it can. */
export function tryTake(me: usize, frame: u32): Try {
  const seen = ownerOf(me, frame), found = judge(me, frame, seen);
  if (found != Try.TAKEN) return found;
  if (!changeOwner(me, frame, seen, owner(OwnerKind.TRANSIT, nonce(me) << Owner.THREAD_BITS | threadOf(me)))) return Try.OWNED;
  setBits(bitmapWord(me, frame), bitmapBit(frame));
  dataClear(frameAt(me, frame), pageBytes(me));
  return Try.TAKEN;
}

/**
 * A zeroed frame in transit to this thread, 0 when there is none. Never waits; outside any section.
 * Bound: each hint of the cache once, then the frames of the class at most twice: again after a look at the slots, when
 * retired frames were passed over.
 */
export function take(me: usize, kind: u32): u32 {
  const quota = own32(me + Slot.QUOTA); // 0 = no limit, 1 = used up, else one more than may still be taken
  if (quota == 1) {
    ownStore32(me + Slot.HELD_BACK, HeldBack.NOTHING);
    ownStore32(me + Slot.SCATTERED, 0);
    return 0;
  }
  const device = kind == FrameClass.DEVICE;
  let frame = takeCached(me, device);
  if (!frame) frame = search<Singles>(changetype<Singles>(0), me, device);
  if (frame && quota) ownStore32(me + Slot.QUOTA, quota - 1);
  return frame;
}

/** What this thread freed or retired last. Worth a look at the slots: memory in use stays small, and in the cache. */
function takeCached(me: usize, device: bool): u32 {
  const counter = cachedAt(me, device);
  let looked = false;
  for (let n = own32(counter); n > 0; n--) {
    const hint = own32(cacheAt(me, device) + ((n - 1) << 2));
    ownStore32(counter, n - 1);
    let outcome = tryTake(me, hint);
    if (outcome >= Try.UNRIPE && !looked) {
      lookAtSlots(me);
      looked = true;
      outcome = tryTake(me, hint);
    }
    if (outcome == Try.TAKEN) return hint;
  }
  return 0;
}

/** What a search is for: which of the frames that look free it tries, and how it takes one. */
@unmanaged @final class Singles {
  @inline among(frames: u64): u64 { return frames; }
  @inline attempt(me: usize, frame: u32): Try { return tryTake(me, frame); }
}

/** Goes through the bitmap from where this thread found its last frame. Frames of the other class in the same word are passed over. */
export function search<T>(taker: T, me: usize, device: bool): u32 {
  const first = device ? systemFrames(me) : 0, end = device ? totalFrames(me) : systemFrames(me);
  const from = first >> 6, words = ((end + 63) >> 6) - from;
  const rove = me + (device ? Slot.ROVE_DEVICE : Slot.ROVE_SYSTEM);
  ownStore32(me + Slot.SCATTERED, 0);
  for (let turn = 0; turn < 2; turn++) {
    const start = own32(rove);
    let held = HeldBack.NOTHING;
    for (let i: u32 = 0; i < words; i++) {
      const nth = start + i < words ? start + i : start + i - words, word = (from + nth) << 6;
      for (let maybe = taker.among(~loadAcquire(bitmapWord(me, word)) & bitsBetween(word, first, end)); maybe; maybe &= maybe - 1) {
        const frame = word + <u32>ctz(maybe), outcome = taker.attempt(me, frame);
        if (outcome == Try.UNRIPE) held = HeldBack.SECTION;
        else if (outcome == Try.PINNED && held == HeldBack.NOTHING) held = HeldBack.PIN;
        if (outcome != Try.TAKEN) continue;
        ownStore32(rove, nth);
        return frame;
      }
    }
    ownStore32(me + Slot.HELD_BACK, held); // memory comes back when the sections end that are open now; or when pins are dropped
    if (held == HeldBack.NOTHING) return 0;
    lookAtSlots(me);
  }
  return 0;
}
/** The bits of frames from `first` to below `end` in the word of 64 that begins with frame `word`. */
@inline function bitsBetween(word: u32, first: u32, end: u32): u64 {
  const below = first > word ? ~(<u64>0) << (first - word) : ~(<u64>0);
  return end - word < 64 ? below & ((<u64>1 << (end - word)) - 1) : below;
}

function release(me: usize, frame: u32): void {
  clearBits(bitmapWord(me, frame), bitmapBit(frame));
  const device = frame >= systemFrames(me);
  const counter = cachedAt(me, device);
  const n = own32(counter);
  if (n == <u32>Slot.CACHE_SIZE) return;
  ownStore32(cacheAt(me, device) + (n << 2), frame);
  ownStore32(counter, n + 1);
}

/** Frees a frame that nobody can reach any more, if its owner word is still `from`. */
export function give(me: usize, frame: u32, from: u64): void {
  if (changeOwner(me, frame, from, owner(OwnerKind.FREE, 0))) release(me, frame);
}

/** Retires an unhooked frame: others may still be reading it. The stamp is read after the unhooking (protocol D). */
export function retire(me: usize, frame: u32, from: u64): void {
  if (changeOwner(me, frame, from, owner(OwnerKind.RETIRED, stamp(me)))) release(me, frame);
}

/** Says what a frame is for and where it will be hooked, before it is published. */
@inline export function describe(me: usize, frame: u32, role: u32, page: u64, level: u32, home: u32): void {
  const at = descriptorOf(me, frame);
  storeRelease(at + Descriptor.PLACE, page << Place.PAGE | <u64>home << Place.HOME | level << Place.LEVEL | role);
  storeRelease32(at + Descriptor.DIRTY, 0); // a late burier may still look at what the frame was
}

/** The hints of 64 frames: a bit is set where no search looks. */
export function hintsAt(me: usize, frame: u32): u64 { return loadAcquire(bitmapWord(me, frame)); }
/** Makes a free frame worth a look again, should its freer have died before it said so. */
export function clearHint(me: usize, frame: u32): void { clearBits(bitmapWord(me, frame), bitmapBit(frame)); }

@inline export function placeOf(me: usize, frame: u32): u64 { return loadAcquire(descriptorOf(me, frame) + Descriptor.PLACE); }
@inline export function levelOf(place: u64): u32 { return <u32>(place >> Place.LEVEL) & ((1 << Place.LEVEL_BITS) - 1); }
@inline export function homeOf(place: u64): u32 { return <u32>(place >> Place.HOME) & ((1 << Place.HOME_BITS) - 1); }

/**
 * Confirms what a published frame in transit has become; the (thread, nonce) pair stays, and names this use of the frame. Does
 * nothing to one that somebody confirmed, or retired, before us: one load decides, and the swap is from what it saw.
 */
export function confirm(me: usize, frame: u32, kind: u32): void {
  const seen = ownerOf(me, frame);
  if (ownerKind(seen) == OwnerKind.TRANSIT) changeOwner(me, frame, seen, owner(kind, ownerArgument(seen)));
}

/** The same for a published directory. */
export function relabel(me: usize, frame: u32): void {
  const seen = ownerOf(me, frame);
  if (ownerKind(seen) == OwnerKind.TRANSIT) changeOwner(me, frame, seen, owner(OwnerKind.LIVE, 0));
}

/** Whether a frame with this owner word is in transit to the thread. */
export function isMyTransit(me: usize, seen: u64): bool {
  return ownerKind(seen) == OwnerKind.TRANSIT && (<u32>ownerArgument(seen) & ((1 << Owner.THREAD_BITS) - 1)) == threadOf(me);
}
