// Bugs that the explorer must find, beside those of the other lists that say so. Stress would need luck for most of them.
import type { Plant } from "./plant.js";

const FRAMES: Plant[] = [
  { name: "a retired frame is taken before it is ripe", file: "frames.ts",
    explored: { workload: "a leaf is used again under a lookup", tells: /in frames\/tryTake[^]*in edit\/read/ },
    find: "  if (kind == OwnerKind.RETIRED && !ripe(me, ownerArgument(seen))) return Try.UNRIPE;\n", replace: "" },
  // What a dead thread left is buried: the burier sees the page gone from the frame, and frees the frame once the page is back in it.
  { name: "ABA: two uses of a frame by one thread have the same nonce", file: "slot.ts",
    explored: { workload: "a page leaves and comes back while a change is buried", method: "pct", isExtra: true,
      tells: /frame \d+\.owner: cmpxchg 0x\w+ → 0x0\n +in index\/spaceFreeGathered/ },
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

/** By atomic stores, so that what is wrong is a value, and not only a race. */
const STORES: Plant[] = [
  { name: "a walk marks the entry by a store", file: "walk.ts",
    explored: { workload: "walk for a write | unmap, same page, mapped", tells: /in walk\/translate[^]*in edit\/unmap/ },
    and: { file: "walk.ts", find: "ownStore32, swap }", replace: "ownStore32, storeRelease }" },
    find: "    if (marked == item || swap(at, item, marked)) return unpack<F>(f, marked);",
    replace: "    if (marked != item) storeRelease(at, marked);\n    return unpack<F>(f, marked);" },
  { name: "protect writes the entry by a store", file: "range.ts",
    explored: { workload: "unmap | protect, same page, mapped", tells: /in range\/visitRange/, isExtra: true },
    and: { file: "range.ts", find: "ownStoreFloat, swap }", replace: "ownStoreFloat, storeRelease, swap }" },
    find: "if (changed == entry || swap(at, item, f.packPresent(changed))) return Visit.KEPT;",
    replace: "if (changed != entry) storeRelease(at, f.packPresent(changed));\n      return Visit.KEPT;" },
  { name: "a chain of directories is published by a store", file: "edit.ts",
    explored: { workload: "map | map, same leaf", tells: /in edit\/install/, isExtra: true },
    and: { file: "edit.ts", find: "import { loadAcquire, own64, ownStore64, swap }", replace: "import { loadAcquire, own64, ownStore64, storeRelease, swap }" },
    find: "  if (swap(pathAt(me, level), item, filled)) {",
    replace: "  if (level) storeRelease(pathAt(me, level), filled);\n  if (level || swap(pathAt(me, level), item, filled)) {" },
  { name: "who loses the publishing swap goes on as if it had won", file: "edit.ts",
    explored: { workload: "map | map, same leaf", tells: /cmpxchg fails[^]*in edit\/install/ },
    find: "  if (level) unbuild<F>(f, me, level, page, count, filled);\n  return Status.AGAIN;",
    replace: "  if (level) unbuild<F>(f, me, level, page, count, filled);\n  return Status.OK;" },
  { name: "a dead directory is unhooked by a store", file: "directory.ts",
    explored: { workload: "map | unmap, same page, mapped", tells: /store 0x\w+ → 0x0\s+in directory\/(unhook|prune)/, isExtra: true },
    and: { file: "directory.ts", find: "ownStore64, storeRelease32, swap }", replace: "ownStore64, storeRelease, storeRelease32, swap }" },
    find: "  swap(parentItem, f.directory(frame), 0);", replace: "  storeRelease(parentItem, 0);" },
  { name: "munmap takes the entry by a store", file: "space.ts",
    explored: { workload: "migrate to the device | munmap, same page, in system memory", tells: /store 0x\w+ → 0x0\s+in range\/visitRange/, isExtra: true },
    find: "  if (!swap(at, item, 0)) return Visit.AGAIN;\n  gather(", replace: "  storeRelease(at, 0);\n  gather(" },
];

const WAKING: Plant[] = [
  { name: "a request that is answered while its faulter gives up stays in the ring", file: "ring.ts",
    explored: { workload: "fault | fault and give up, ring", tells: /faultComplete[^]*cmpxchg fails/, isExtra: true },
    find: "    if (swap(at, word, 0)) return; //", replace: "    swap(at, word, 0);\n    return; //" },
  { name: "who leaves a section wakes nobody", file: "section.ts",
    explored: { workload: "CPU load | mprotect to read, same page, in system memory", tells: /wait|sleep/ },
    find: "  if (loadAcquire32(me + Slot.SECTION + Slot.WAITED)) wakeWaiters(me + Slot.SECTION);\n", replace: "" },
  { name: "a burial wakes nobody who waits for a section of the dead", file: "bury.ts",
    explored: { workload: "CPU load | kill the mirror, same page, in system memory, death", method: "pct", tells: /dies[^]*in bury\/buryThread/, isExtra: true },
    find: "  wakeWaiters(slot + Slot.SECTION); // even if it had closed it: it may have died before it woke anybody\n", replace: "" },
  { name: "a burial wakes nobody who waits for a fault of the dead", file: "bury.ts",
    explored: { workload: "a fault that dies beside munmap", tells: /dies[^]*in bury\/buryThread/, isExtra: true },
    find: "  wakeWaiters(slot + Slot.ANNOUNCED);\n", replace: "" },
];

export const EXPLORED_PLANTS: readonly Plant[] = [...FRAMES, ...STORES, ...WAKING];
