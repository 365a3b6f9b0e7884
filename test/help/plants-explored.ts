// Bugs that the explorer must find, beside those of the other lists that say so. Stress would need luck for most of them.
import type { Plant } from "./plant.js";

const FRAMES: Plant[] = [
  { name: "a retired frame is taken before it is ripe", file: "frames.ts",
    explored: { workload: "a leaf is used again under a lookup", tells: /in frames\/tryTake[^]*in (?:edit\/read|walk\/lookupEntry)/ },
    find: "  if (kind == OwnerKind.RETIRED && !ripe(me, ownerArgument(seen))) return isPinned(me, ownerArgument(seen)) ? Try.PINNED : Try.UNRIPE;\n", replace: "" },
  // What a dead thread left is buried: the burier sees the page gone from the frame, and frees the frame once the page is back in it.
  { name: "ABA: two uses of a frame by one thread have the same nonce", file: "slot.ts",
    explored: { workload: "a page leaves and comes back while a change is buried", method: "pct", isExtra: true,
      tells: /frame \d+\.owner: cmpxchg 0x\w+ → 0x0\n +in (?:index\/spaceFreeGathered|frames\/give)/ },
    find: "const next = own64(me + Slot.NONCE) + 1;", replace: "const next = max<u64>(own64(me + Slot.NONCE), 1);" },
  { name: "ABA: every reservation has the same number", file: "mirror.ts",
    explored: { workload: "a reservation comes back", tells: /in edit\/change/, isExtra: true },
    find: "nonce(me) << Entry.THREAD_BITS & ((<u64>1 << Entry.PAYLOAD_BITS) - 1) | threadOf(me)", replace: "1" },
  { name: "ABA: a frame is cleared before it is taken", file: "frames.ts",
    explored: { workload: "a frame is taken, freed and taken again", tells: /in frames\/tryTake/, isExtra: true },
    and: { file: "frames.ts", find: "  dataClear(frameAt(me, frame), pageBytes(me));\n  return Try.TAKEN;", replace: "  return Try.TAKEN;" },
    find: "  if (!changeOwner(me, frame, seen, owner(OwnerKind.TRANSIT,",
    replace: "  dataClear(frameAt(me, frame), pageBytes(me));\n  if (!changeOwner(me, frame, seen, owner(OwnerKind.TRANSIT," },
];

const GIVEN_BACK_BY_TWO = "a leaf that a dead thread gave back, 0 of 3 parts are gone, buried by two, needed by one, runs";
const EMPTIED_AGAIN = "a leaf of one frame that a dead thread retired, 0 of 3 parts are gone, buried by two, needed by one and emptied again, runs";
const RUNS: Plant[] = [
  { name: "the head of a run goes before its parts", file: "run.ts",
    explored: { workload: "unmap alone, runs of 4 frames, death", tells: /dies/, isExtra: true },
    and: {
      file: "run.ts", replace: "    changeOwner(me, head + i, seen, to);\n  }\n  ",
      find: "    if (ownerOf(me, head) != from) break; // it may be of another use\n    changeOwner(me, head + i, seen, to);\n  }\n  changeOwner(me, head, from, to);\n  ",
    },
    find: "  for (let i: u32 = (1 << order) - 1; i > 0; i--) {", replace: "  changeOwner(me, head, from, to);\n  for (let i: u32 = (1 << order) - 1; i > 0; i--) {" },
  { name: "a part of a run is let go without a look at the head", file: "run.ts",
    explored: { workload: GIVEN_BACK_BY_TWO, tells: /in run\/letGo/, isExtra: true },
    find: "    if (ownerOf(me, head) != from) break; // it may be of another use\n", replace: "" },
  { name: "ABA: the parts of every run have the same name", file: "run.ts",
    explored: { workload: GIVEN_BACK_BY_TWO, tells: /in run\/letGo/, isExtra: true },
    find: "part = ownerArgument(mine) << Owner.ARGUMENT | <u64>order << Owner.ORDER", replace: "part = <u64>order << Owner.ORDER" },
  { name: "a burial gives back the head of a run, and not its parts", file: "bury.ts",
    explored: { workload: "map alone, runs of 2 frames, death", tells: /dies/, isExtra: true },
    find: "giveRun(me, frame, seen, orderAt(me, frame))", replace: "giveRun(me, frame, seen, 0)" },
  { name: "a run that cannot be had whole is not given back", file: "run.ts",
    explored: { workload: "one run for a run and a frame, runs", tells: /in run\/tryTakeRun/, isExtra: true },
    find: "    letGo(me, head, mine, order, owner(OwnerKind.FREE, 0));\n", replace: "" },
  { name: "a part of a run is taken without a swap", file: "run.ts",
    explored: { workload: "one run for a run and a frame, runs", tells: /in run\/tryTakeRun/, isExtra: true },
    and: {
      file: "run.ts", find: "if (outcome == Try.TAKEN && !changeOwner(me, head + i, seen, part)) outcome = Try.OWNED;",
      replace: "if (outcome == Try.TAKEN) setOwner(me, head + i, part);",
    },
    find: "retire, search, take, tryTake }", replace: "retire, search, setOwner, take, tryTake }" },
];

const RAISED = "map 5 | unmap 0, 0 mapped, the table grows";
const GROWTH: Plant[] = [
  { name: "who meets a second freeze of a directory in use does not call it off", file: "edit.ts",
    explored: { workload: "map large 0 | map 0 | map 1, empty, the table grows", tells: /cmpxchg 0x\w+ → 0x\w+2\s+in edit\/install/, isExtra: true },
    find: "prune<F>(f, me, table, level); // frozen again: help, so that somebody comes to an end",
    replace: "{ prune<F>(f, me, table, level); return Status.AGAIN; }" },
  { name: "W4: who empties a former root takes it for the root still", file: "directory.ts", explored: { workload: RAISED, tells: /table 1\.top/, isExtra: true },
    find: "  if (f.mayGrow() && levelsIn(<u32>topOf(me, table)) - 1 != topLevel<F>(f, me)) pruneTo<F>(f, me, table, 0);\n", replace: "" },
  { name: "W4: who raises a table leaves its empty root", file: "raise.ts", explored: { workload: RAISED, tells: /table 1\.top/, isExtra: true },
    find: "    pruneTo<F>(f, me, table, 0);\n", replace: "" },
  { name: "X1: a table is raised without an intent", file: "raise.ts",
    explored: { workload: "map 5, empty, the table grows, alone, death", tells: /dies/, isExtra: true },
    find: "  intend(me, table, 0);\n", replace: "" },
  { name: "X1: a burial gives back a root that was put on top this instant", file: "bury.ts",
    explored: { workload: "map 5, 0 mapped, the table grows, alone, death", tells: /dies/, isExtra: true },
    find: "return root == <u32>frame ? tableOf(me, <u32>table) + Table.TOP : 0;", replace: "return 0;" },
  { name: "W1: who loses a race to raise a table keeps a directory that is not zero", file: "raise.ts",
    explored: { workload: "map 5 | map 6 then lookup 4, 0 mapped, the table grows", tells: /table 1\.top/, isExtra: true },
    find: "    ownStoreItem<F>(f, at, 0);\n", replace: "" },
];

/** By atomic stores, so that what is wrong is a value, and not only a race. */
const STORES: Plant[] = [
  { name: "a walk marks the entry by a store", file: "walk.ts",
    explored: { workload: "walk for a write | unmap, same page, mapped", tells: /in walk\/translate[^]*in edit\/unmap/, isExtra: true },
    and: { file: "walk.ts", find: "loadAcquire, own32, ownStore32 }", replace: "loadAcquire, own32, ownStore32, storeRelease }" },
    find: "else if (swapItem<F>(f, at, item, touched)) return",
    replace: "else { storeRelease(at, touched); } if (true) return" },
  { name: "protect writes the entry by a store", file: "range.ts",
    explored: { workload: "unmap | protect, same page, mapped", tells: /in range\/visitRange/, isExtra: true },
    and: { file: "range.ts", find: "ownStore32, ownStoreFloat }", replace: "ownStore32, ownStoreFloat, storeRelease }" },
    find: "if (changes && !swapAlone<F>(f, at,",
    replace: "if (changes && deed == Deed.PROTECT) storeRelease(at, pack<F>(f, left, level)); else if (changes && !swapAlone<F>(f, at," },
  { name: "H3: accessed and dirty are cleared by a store", file: "range.ts",
    explored: { workload: "hardware walk for a read | hardware walk for a write | read and clear, x86-64", tells: /in range\/visitRange/, isExtra: true },
    and: { file: "range.ts", find: "ownStore32, ownStoreFloat }", replace: "ownStore32, ownStoreFloat, storeRelease }" },
    find: "if (changes && !swapAlone<F>(f, at,",
    replace: "if (changes && deed == Deed.TAKE) storeRelease(at, pack<F>(f, left, level)); else if (changes && !swapAlone<F>(f, at," },
  { name: "a chain of directories is published by a store", file: "edit.ts",
    explored: { workload: "map | map, same leaf", tells: /in edit\/install/, isExtra: true },
    and: { file: "edit.ts", find: "import { own32, ownStore32, ownStoreFloat }", replace: "import { own32, ownStore32, ownStoreFloat, storeRelease }" },
    find: "  if (swapItem<F>(f, pathAt(me, level), item, filled)) {",
    replace: "  if (level) storeRelease(pathAt(me, level), filled);\n  if (level || swapItem<F>(f, pathAt(me, level), item, filled)) {" },
  { name: "who loses the publishing swap goes on as if it had won", file: "edit.ts",
    explored: { workload: "map | map, same leaf", tells: /cmpxchg fails[^]*in (?:edit\/install|item\/put)/, isExtra: true },
    find: "  if (level > leaf) unbuild<F>(f, me, level, leaf, page, count, filled);\n  return Status.AGAIN;",
    replace: "  if (level > leaf) unbuild<F>(f, me, level, leaf, page, count, filled);\n  return Status.OK;" },
  { name: "a dead directory is unhooked by a store", file: "directory.ts",
    explored: { workload: "map | unmap, same page, mapped", tells: /store 0x\w+ → 0x0\s+in directory\/(unhook|prune)/, isExtra: true },
    and: { file: "directory.ts", find: "ownStore64, storeRelease32 }", replace: "ownStore64, storeRelease, storeRelease32 }" },
    find: "  for (let item = loadItem<F>(f, parentItem); f.isDirectory", replace: "  storeRelease(parentItem, 0);\n  for (let item = loadItem<F>(f, parentItem); f.isDirectory" },
  { name: "munmap takes the entry by a store", file: "space.ts",
    explored: { workload: "migrate to the device | munmap, same page, in system memory", tells: /store 0x\w+ → 0x0\s+in range\/visitRange/, isExtra: true },
    find: "  if (!swapItem<F>(f, at, item, 0)) return Visit.AGAIN;\n  gather(", replace: "  storeRelease(at, 0);\n  gather(" },
];

const LARGE: Plant[] = [
  { name: "a cut publishes by a store", file: "cut.ts",
    explored: { workload: "walk for a write | cut, pages 0 and 0, large", tells: /in cut\/cut/, isExtra: true },
    and: { file: "cut.ts", find: "import { dataClear }", replace: "import { dataClear, storeRelease }" },
    find: "  if (swapItem<F>(f, pathAt(me, level), item, f.directory(frame, level))) relabel(me, frame);",
    replace: "  storeRelease(pathAt(me, level), f.directory(frame, level));\n  if (true) relabel(me, frame);" },
  { name: "a walk notes under a merge", file: "walk.ts",
    explored: { workload: "walk for a write | merge, pages 0 and 0, small", tells: /in merge\/mergeFinish/, isExtra: true },
    find: "      if (bit(item, f.heldBit())) held = at;\n", replace: "" },
  { name: "an editor leaves a merge on its way", file: "walk.ts",
    explored: { workload: "unmap | merge, pages 0 and 0, small", tells: /in edit\/unmap/, isExtra: true },
    find: "if (edits && bit(item, f.heldBit()) &&", replace: "if (false &&" },
  { name: "a merge does not ask whether its way is still held", file: "merge.ts",
    explored: { workload: "unmap | merge, pages 0 and 0, small", tells: /in merge\/mergeFinish/, isExtra: true },
    find: "commit && bit(item, f.heldBit()) ?", replace: "commit ?" },
  { name: "a mark is taken for a held pointer", file: "walk.ts",
    explored: { workload: "a merge beside a directory that goes, where a walk marks and a map comes late, large leaves", tells: /in walk\/translate/, isExtra: true },
    find: "if (f.isDirectory(pointer) && bit(", replace: "if (bit(" },
  { name: "a killer that lost to a merger believes in its own freeze", file: "directory.ts",
    explored: { workload: "unmap range | merge, pages 0 and 0, small", tells: /in directory\/kill/, isExtra: true },
    find: "    if (isLive(kind) && !changeOwner(me, frame, seen, freezing)) continue;", replace: "    if (isLive(kind)) changeOwner(me, frame, seen, freezing);" },
  { name: "who clears a directory away for a large leaf says nothing of it", file: "edit.ts",
    explored: { workload: "a large leaf where another is emptied, large leaves, death", tells: /dies[^]*in edit\/clearAway|in edit\/clearAway[^]*dies/, isExtra: true },
    find: "  intend(me, table, page);\n  for (let i", replace: "  for (let i" },
];

const BY_ITEM = "an unmap beside a write by the next item, fused leaves", LAST = "unmaps of the first and the last, fused leaves";
const FUSED: Plant[] = [
  { name: "an item of a run is changed alone", file: "fused.ts",
    explored: { workload: LAST, tells: /a fused item of level 0/, isExtra: true },
    find: "!f.present(item) || stood<F>(f, at, page, level);", replace: "true;" },
  { name: "a plain item is changed while others of its run are fused", file: "fused.ts",
    explored: { workload: "unmap | unmap, seen at each step, fused leaves", tells: /a fused item of level 0/, isExtra: true },
    find: "!f.present(item) || stood<F>(f, at, page, level);", replace: "!isFused<F>(f, item, level) || stood<F>(f, at, page, level);" },
  { name: "a run becomes plain downward", file: "fused.ts",
    explored: { workload: "unmaps, one stops, fused leaves", tells: /a fused item of level 0/, isExtra: true },
    find: "    const each = start + (<usize>i << f.itemLg2()), item = loadItem<F>(f, each), first = pageOf<F>(f, page, level, i);",
    replace: "    const j = lengthOf<F>(f, level) - 1 - i, each = start + (<usize>j << f.itemLg2());\n"
      + "    const item = loadItem<F>(f, each), first = pageOf<F>(f, page, level, j);" },
  { name: "H3: an item becomes plain with what the others do not say", file: "fused.ts",
    explored: { workload: "an unmap beside a write by the next item, and an unmap of what was written to, fused leaves", tells: /no order explains/, isExtra: true },
    find: "    if (unpackLeaf<F>(f, item, first, level) & NOTED & ~noted || !swapItem", replace: "    if (!swapItem" },
  { name: "H3: what is noted in a run is not given to all", file: "fused.ts",
    explored: { workload: BY_ITEM, tells: /no order explains/, isExtra: true },
    find: "    if (!(noted & ~entry)) continue;", replace: "    continue;" },
  { name: "H3: marks are taken by what an item said before its run became plain", file: "fused.ts",
    explored: { workload: "two take marks beside a write, fused leaves", tells: /no order explains/, isExtra: true },
    find: "return loadItem<F>(f, at) == item;", replace: "return true;" },
  { name: "a copy with a fused run takes the place of what was changed", file: "merge.ts",
    explored: { workload: "a run is fused beside an unmap of another, fused leaves", tells: /in merge\/mergeFinish/, isExtra: true },
    find: "commit && bit(item, f.heldBit()) ?", replace: "commit ?" },
];

const BURIAL: Plant[] = [
  { name: "a burial looks for dead directories in a section that heeds nobody's stamp", file: "bury.ts",
    explored: { workload: EMPTIED_AGAIN, tells: /in bury\/settleFrame/, isExtra: true },
    and: { file: "bury.ts", find: "enter, enterAtHorizon, leave", replace: "enter, leave" }, find: "  enterAtHorizon(me);\n", replace: "  enter(me);\n" },
  { name: "a burial looks where a dead directory was, and then whether it is dead", file: "bury.ts",
    explored: { workload: EMPTIED_AGAIN, tells: /in bury\/settleFrame/, isExtra: true },
    find: "  enterAtHorizon(me);\n  if (ownerKind(ownerOf(me, frame)) == OwnerKind.DEAD) {\n    const place = placeOf(me, frame);\n",
    replace: "  const place = placeOf(me, frame);\n  enterAtHorizon(me);\n  if (ownerKind(ownerOf(me, frame)) == OwnerKind.DEAD) {\n" },
];

const WAKING: Plant[] = [
  { name: "a request that is answered while its faulter gives up stays in the ring", file: "ring.ts",
    explored: { workload: "fault | fault and give up, ring", tells: /faultComplete[^]*cmpxchg fails/, isExtra: true },
    find: "    if (swap(at, word, 0)) return; //", replace: "    swap(at, word, 0);\n    return; //" },
  { name: "who leaves a section wakes nobody", file: "section.ts",
    explored: { workload: "CPU load | mprotect to read, same page, in system memory", tells: /wait|sleep/, isExtra: true },
    find: "  if (loadAcquire32(me + Slot.SECTION + Slot.WAITED)) wakeWaiters(me + Slot.SECTION);\n", replace: "" },
  { name: "a burial wakes nobody who waits for a section of the dead", file: "bury.ts",
    explored: { workload: "CPU load | kill the mirror, same page, in system memory, death", method: "pct", tells: /dies[^]*in bury\/buryThread/, isExtra: true },
    find: "  wakeWaiters(slot + Slot.SECTION); // even if it had closed it: it may have died before it woke anybody\n", replace: "" },
  { name: "a burial wakes nobody who waits for a fault of the dead", file: "bury.ts",
    explored: { workload: "a fault that dies beside munmap", tells: /dies[^]*in bury\/buryThread/, isExtra: true },
    find: "  wakeWaiters(slot + Slot.ANNOUNCED);\n", replace: "" },
];

export const EXPLORED_PLANTS: readonly Plant[] = [...FRAMES, ...RUNS, ...GROWTH, ...STORES, ...LARGE, ...FUSED, ...BURIAL, ...WAKING];
