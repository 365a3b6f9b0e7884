// Directories: how an empty one is given back while others map into it, without a lock and without a count.
//
//  TRANSIT ──published──> LIVE(0) ──killer──> FREEZING(g+1) ──killer──> DEAD(g+1) ──anybody──> RETIRED(e)
//                            ^                     │
//                            └──── LIVE(g+1) <─────┘ a mapper calls it off, with its directories in hand
//
// A killer marks every empty item with mark(g); when all are marked it swaps the owner word to DEAD. Marks are not present to
// hardware and mean "empty". Only mappers call a freeze off, never killers: a killer that gives up leaves the word alone,
// because another killer may have joined it and rely on it. A mapper calls the first one off that it meets in a directory, and is
// liable: it goes on until a live item stands there. Who wants a large leaf there freezes again (clearAway), and the two would go on for
// ever; so the next time it joins the killers, and what it maps comes with a directory of its own. If the frozen one cannot die, because
// a page stands in it, the very freeze that was met is called off: who froze it will see the page.
//
//   K (unmapped page 0)                       T (maps page 1, unmaps it)
//   scan: empty; FREEZING(1); marks item 0
//                                             maps item 1: still 0, one swap, no question asked
//   item 1 is live: stops, word stays
//                                             clears item 1; scan: empty; joins FREEZING(1); marks all; DEAD
//   [nobody leaves an empty directory behind: W4]
//
// Why DEAD is safe: each item was mark(g) once while FREEZING(g) stood; an item leaves a binding mark only after the word left
// FREEZING(g), and g never comes back. Why a mapper may swap a void (older) mark: the directory can die only after that very
// item became a newer mark, and then the mapper's swap fails.
import { Descriptor, Intent, Owner, OwnerKind, Place, Slot } from "./layout/arena";
import { loadAcquire32, ownStore64, storeRelease32 } from "./door";
import { descriptorOf, frameAt } from "./slot";
import { directoryOrder, indexBitsAt, itemBelowRoot, loadItem, swapItem, topLevel } from "./item";
import { changeOwner, levelOf, owner, ownerArgument, ownerKind, ownerOf, placeOf, relabel, setOwner } from "./frames";
import { retireRun } from "./run";
import { descend, pathAt, pathFrame, rootOf, topOf } from "./walk";
import { Format, GENERATION_BITS, levelsIn } from "./format/format";

/** The generation of a directory, from an owner word that says it is one: a merge has its thread's number below it. */
@inline export function generationOf(seen: u64): u64 { return ownerKind(seen) == OwnerKind.MERGING ? seen >> Owner.NONCE : ownerArgument(seen); }
/** Makes a directory live again, from the exact word of who freezes or merges it: a freeze is called off, a merge given up. */
@inline export function revive(me: usize, frame: u32, from: u64): void { changeOwner(me, frame, from, owner(OwnerKind.LIVE, generationOf(from))); }
/** Whether an owner word says that it is a directory, and that nobody gives it back. */
@inline function isLive(kind: u32): bool { return kind == OwnerKind.LIVE || kind == OwnerKind.MERGING; }

/** The first page that a directory of that level covers. */
@inline export function firstPage<F extends Format>(f: F, page: u64, level: i32): u64 {
  const covered = (level + 1) * f.indexBits();
  return page >> covered << covered;
}

/** Whether no item of the directory is live. Looks first where the last live item was seen: most scans end after one load. */
export function isEmpty<F extends Format>(f: F, me: usize, frame: u32): bool {
  const directory = frameAt(me, frame);
  const hint = descriptorOf(me, frame) + Descriptor.HINT;
  const items: u32 = 1 << f.indexBits();
  const first = loadAcquire32(hint) & (items - 1);
  for (let n: u32 = 0; n < items; n++) {
    const i = (first + n) & (items - 1);
    if (f.isEmpty(loadItem<F>(f, directory + (<usize>i << f.itemLg2())))) continue;
    if (n) storeRelease32(hint, i);
    return false;
  }
  return true;
}

/**
 * Freezes an empty directory to death. Answers the owner word of the dead one, or 0: it stays, or somebody else is liable for it.
 * Inside a section; the directory is hooked or was when walked to. Whoever is late does no harm: its marks are void, its last swap fails.
 * Bound: it looks again when the directory was published this instant, when another killer began, and when a merge began or ended.
 */
export function kill<F extends Format>(f: F, me: usize, frame: u32): u64 {
  while (true) {
    const seen = ownerOf(me, frame), kind = ownerKind(seen);
    if (kind == OwnerKind.TRANSIT) { relabel(me, frame); continue; } // published: I walked to it
    if (!isLive(kind) && kind != OwnerKind.FREEZING) return 0; // its killer unhooks it, and goes on upwards
    if (!isEmpty<F>(f, me, frame)) return 0; // loads first: no swap is wasted on a directory in use
    const generation = generationOf(seen) + <u64>isLive(kind), freezing = owner(OwnerKind.FREEZING, generation);
    if (isSpent<F>(f, generation)) return 0; // marks would repeat: it stays until the table ends
    if (isLive(kind) && !changeOwner(me, frame, seen, freezing)) continue; // lost to another killer, whose freeze we join, or to a merger
    if (!markAll<F>(f, me, frame, generation)) return 0;
    const dead = owner(OwnerKind.DEAD, generation);
    return changeOwner(me, frame, freezing, dead) ? dead : 0; // called off: the mapper is liable
  }
}

/** Whether a generation could have no room in a mark: a constant no where all items have eight bytes. */
@inline export function canBeSpent<F extends Format>(f: F): bool { return f.generationBits(f.itemLg2()) < GENERATION_BITS; }
@inline function isSpent<F extends Format>(f: F, generation: u64): bool { return canBeSpent<F>(f) && generation >> f.generationBits(f.itemLg2()) != 0; }
/**
 * Whether a directory with that owner word, live and empty, stays until its table ends: its freezes were called off as often as marks of
 * the format can tell. It is no loss but memory: pages go on being mapped in it, and its last mapping leaves it as it is.
 */
@inline export function isStuck<F extends Format>(f: F, seen: u64): bool { return isLive(ownerKind(seen)) && isSpent<F>(f, generationOf(seen) + 1); }

/**
 * Takes what is stuck below an item's directory out, when its table ends and all is unmapped: nobody changes the table any more. As a death, though
 * nothing is marked: if we die half-way, a burier goes on from there.
 */
export function sweep<F extends Format>(f: F, me: usize, frame: u32, level: i32): void {
  for (let i: usize = 0; level && i < <usize>1 << indexBitsAt<F>(f, level); i++) {
    const at = frameAt(me, frame) + (i << f.itemLg2()), item = loadItem<F>(f, at);
    if (!f.isDirectory(item)) continue;
    const below = <u32>f.directoryFrame(item), dead = owner(OwnerKind.DEAD, 0);
    sweep<F>(f, me, below, f.levelBelow(item, level));
    setOwner(me, below, dead);
    unhook<F>(f, me, at, below, dead);
  }
}

/** Swaps mark(g) into every item; false when one is live, or carries a newer mark. */
function markAll<F extends Format>(f: F, me: usize, frame: u32, generation: u64): bool {
  const directory = frameAt(me, frame), mark = f.mark(generation);
  for (let i: usize = 0; i < <usize>1 << f.indexBits(); i++) {
    const at = directory + (i << f.itemLg2());
    let item: u64;
    do {
      item = loadItem<F>(f, at);
      if (!f.isEmpty(item) || f.markGeneration(item) > generation) return false;
    } while (item != mark && !swapItem<F>(f, at, item, mark)); // lost: another verb's change succeeded
  }
  return true;
}

/**
 * Takes a dead directory out of its parent and retires it. Anybody may, any number of times. The frame decides, not the whole item: a merge that
 * lost its directory to a killer may still hold the item, and hardware of some kinds marks pointers as accessed; each does so once: bound. False:
 * another directory was put between (skip.ts), and may be empty now.
 */
export function unhook<F extends Format>(f: F, me: usize, parentItem: usize, frame: u32, dead: u64): bool {
  let isAbove = true;
  for (let item = loadItem<F>(f, parentItem); f.isDirectory(item); item = loadItem<F>(f, parentItem)) {
    if (f.directoryFrame(item) == frame) {
      if (swapItem<F>(f, parentItem, item, 0)) break;
      continue;
    }
    if (!f.skips()) break;
    const place = placeOf(me, frame), below = f.levelBelow(item, 0);
    if (below <= <i32>levelOf(place)) break;
    parentItem = itemBelowRoot<F>(f, frameAt(me, <u32>f.directoryFrame(item)), place >> Place.PAGE, below);
    isAbove = false;
  }
  retireRun(me, frame, dead, directoryOrder<F>(f, me));
  return isAbove;
}
/** The level of the directory above one, on the path of the last descent. */
@inline function above<F extends Format>(f: F, me: usize, level: i32): i32 {
  level++;
  while (f.skips() && !pathAt(me, level)) level++;
  return level;
}

/**
 * After something was cleared at `level` of the last descent's path: gives back each directory upwards that is empty now.
 * The root is never frozen. Stops at the first that stays. A root that is the root no more has its place on the path to page 0 (raise.ts):
 * who emptied it looks again from the top. Bound: the levels that a table may get.
 */
export function prune<F extends Format>(f: F, me: usize, table: u32, level: i32): void {
  while (level < topLevel<F>(f, me)) {
    const frame = pathFrame<F>(f, me, level), dead = kill<F>(f, me, frame);
    if (!dead) return;
    level = above<F>(f, me, level);
    if (!unhook<F>(f, me, pathAt(me, level), frame, dead)) { pruneTo<F>(f, me, table, placeOf(me, frame) >> Place.PAGE); return; }
  }
  if (f.mayGrow() && levelsIn(<u32>topOf(me, table)) - 1 != topLevel<F>(f, me)) pruneTo<F>(f, me, table, 0);
}
/** Gives back what is empty at the end of the path to a page, and upwards. Inside a section. */
export function pruneTo<F extends Format>(f: F, me: usize, table: u32, page: u64): void {
  prune<F>(f, me, table, descend<F>(f, me, rootOf<F>(f, me, table), page));
}

/**
 * Announces that this thread may leave an empty directory on the path to the page: before it clears an entry there, or calls a
 * freeze off. Whoever buries the thread prunes that path. A plain store: nobody looks before the thread has ended.
 */
@inline export function intend(me: usize, table: u32, page: u64): void {
  ownStore64(me + Slot.INTENT, <u64>table << Intent.TABLE | page + 1);
}
/** Nothing is owed any more. */
@inline export function settleIntent(me: usize): void { ownStore64(me + Slot.INTENT, 0); }

/** What a mapper must do about the mark that it met in the item of `level`. */
export enum Meeting {
  VOID = 0, // swap over it
  BINDING = 1, // call the freeze off, once the directories are in hand
  LOST = 2, // the directory is gone: walk again
}

/** Looks at the directory that holds a marked item; helps a dead one away. */
export function meetMark<F extends Format>(f: F, me: usize, level: i32, item: u64): Meeting {
  const frame = pathFrame<F>(f, me, level);
  const seen = ownerOf(me, frame);
  const kind = ownerKind(seen);
  if (kind == OwnerKind.DEAD) {
    if (level < topLevel<F>(f, me)) unhook<F>(f, me, pathAt(me, above<F>(f, me, level)), frame, seen);
    return Meeting.LOST;
  }
  if (kind == OwnerKind.FREEZING && f.markGeneration(item) == ownerArgument(seen)) return Meeting.BINDING;
  return isLive(kind) || kind == OwnerKind.FREEZING ? Meeting.VOID : Meeting.LOST;
}
