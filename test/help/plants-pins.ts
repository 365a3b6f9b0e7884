// Bugs of pins and of what is done under them, each with the test that must notice, and with the workload that does.
import type { Plant } from "./plant.js";

const PINS = "pins-keep-directories", WALKS = "walks-meet-what-stands";
const READ = "read beside unmap, then map elsewhere, 4 frames, pins";

export const PIN_PLANTS: readonly Plant[] = [
  { name: "P1: the horizon ignores pins", file: "section.ts", test: PINS, explored: { workload: READ, tells: /in frames\/tryTake/, isExtra: true },
    find: "    if (isOpen(pin)) pinned = min(pinned, announcedEpoch(pin));\n", replace: "" },
  { name: "P1: a look finds that memory is pinned, and goes by sections alone", file: "section.ts", test: PINS,
    explored: { workload: READ, tells: /in frames\/tryTake/, isExtra: true },
    find: "  ownStore64(me + Slot.HORIZON, min(horizon, pinned));", replace: "  ownStore64(me + Slot.HORIZON, horizon);" },
  { name: "P1: a pin announces an epoch to come", file: "pin.ts",
    explored: { workload: "take, read, drop beside unmap, then map elsewhere, 4 frames, pins", tells: /pinTake/, isExtra: true },
    and: { file: "pin.ts", find: "  if (!held) storeRelease(me + Slot.PINNED, pinnedWord(epoch));\n", replace: "" },
    find: "  const epoch = loadAcquire(arenaOf(me) + Header.EPOCH);\n",
    replace: "  if (!held) storeRelease(me + Slot.PINNED, pinnedWord(1 << 30));\n  const epoch = loadAcquire(arenaOf(me) + Header.EPOCH);\n" },
  { name: "P1: a younger pin moves the announcement", file: "pin.ts", test: PINS,
    explored: { workload: "what was given back between two pins, pins", tells: /pinTake/, isExtra: true },
    find: "  if (!held) storeRelease(", replace: "  storeRelease(" },
  { name: "P1: who drops one pin drops all", file: "pin.ts", test: PINS,
    explored: { workload: "two pins, the younger goes first, pins", tells: /pinDrop/, isExtra: true },
    find: "  storeRelease(me + Slot.PINNED, oldestPin(me));", replace: "  storeRelease(me + Slot.PINNED, 0);" },
  { name: "P1: the youngest pin decides", file: "pin.ts", test: PINS, find: "word < oldest", replace: "word > oldest" },
  { name: "P1: a dropped pin holds memory back", file: "pin.ts", test: PINS, find: "  storeRelease(me + Slot.PINNED, oldestPin(me));\n", replace: "" },
  { name: "P1: a thread leaves with its pins", file: "slot.ts", test: WALKS, find: "  if (own32(me + Slot.PINS_HELD)) return Status.BUSY;\n", replace: "" },
  { name: "X1: a burial forgets pins", file: "bury.ts", test: PINS,
    explored: { workload: "a dead thread's pin, pins", tells: /buryThread/, isExtra: true },
    find: "  dropAll(slot);\n", replace: "" },
  { name: "M1: memory that is pinned is waited for", file: "section.ts", test: PINS, find: "return s >= own64(me + Slot.PIN_HORIZON);", replace: "return false;" },
  { name: "an update swaps whatever stands there", file: "pinned.ts", test: WALKS,
    explored: { workload: "change beside replace, same page, pins", tells: /Update|pinned/, isExtra: true },
    find: " || unpack<F>(f, item) != seen) return", replace: ") return" },
  { name: "an update revives a dead directory", file: "pinned.ts", test: WALKS,
    explored: { workload: "change beside unmap, then map again, pins", tells: /pinned/, isExtra: true },
    find: " || unpack<F>(f, item) != seen) return", replace: " || (!f.isEmpty(item) && unpack<F>(f, item) != seen)) return" },
  { name: "W4: a removal under a pin gives nothing back", file: "pinned.ts", test: WALKS,
    explored: { workload: "remove, two levels, pins", tells: /pinned/, isExtra: true },
    find: "      prune<F>(f, me, descend<F>(f, me, rootOf<F>(f, me, table), page));\n", replace: "" },
  { name: "W4: a removal under a pin announces no intent", file: "pinned.ts", explored: { workload: "take, remove, drop, death, pins", tells: /dies/, isExtra: true },
    find: "    intend(me, table, page);\n", replace: "" },
  { name: "a scan goes on behind its directory", file: "pinned.ts", test: WALKS, find: "min(end, base + (<u64>1 << shift + f.indexBits()))", replace: "end" },
  { name: "a scan begins before the range", file: "pinned.ts", test: WALKS, find: "from = max(page, base),", replace: "from = base," },
];
