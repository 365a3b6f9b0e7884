// Bugs of the table to plant, each with the test that must notice. The first block lets no single thread see anything wrong.
import type { Plant } from "./plant.js";

const RACE = "readers-and-writers-race", MODEL = "table-agrees-with-the-model", MEMORY = "allocation-failure-leaves-nothing", FORMAT = "formats-round-trip";
const SPANS = "directories-span-frames";

const RACES: Plant[] = [
  {
    name: "R2: a retired directory is used again at once", file: "section.ts", test: RACE,
    find: "return s < own64(me + Slot.HORIZON); }", replace: "return true; }",
  },
  {
    name: "R2: the horizon heeds only the first thread", file: "section.ts", test: RACE,
    find: "pinned = u64.MAX_VALUE;\n  for (let i: u32 = 0; i < threadsOf(me); i++) {", replace: "pinned = u64.MAX_VALUE;\n  for (let i: u32 = 0; i < 1; i++) {",
  },
  {
    name: "R2: a batch of lookups opens no section", file: "flight.ts", test: RACE,
    find: "  enter(me);\n  const root", replace: "  const root",
  },
  {
    name: "R2: a batch of lookups remembers directories of the one before", file: "flight.ts", test: RACE,
    find: "  for (let i: u32 = 0; i < kept; i++)", replace: "  for (let i: u32 = 0; i < 0; i++)",
  },
  {
    name: "R2: an entry is read in two halves", file: "walk.ts", test: RACE,
    find: "    item = loadItem<F>(f, itemBelowRoot<F>(f, frames + (<usize>f.directoryFrame(item) << shift), page, level));",
    replace: "    const at = itemBelowRoot<F>(f, frames + (<usize>f.directoryFrame(item) << shift), page, level);\n    item = <u64>own32(at) | <u64>own32(at + 4) << 32;",
  },
  {
    name: "R2: a binding mark is taken for an entry", file: "format/format.ts", test: RACE,
    find: "  if (f.isMark(item)) return 0;\n", replace: "",
  },
  {
    name: "R3: a lookup moves the epoch", file: "section.ts", test: RACE,
    find: "const epoch = loadAcquire(arenaOf(me) + Header.EPOCH);", replace: "const epoch = add(arenaOf(me) + Header.EPOCH, 1);",
  },
  {
    name: "W1: a chain of directories is published by a store", file: "edit.ts", test: RACE,
    find: "if (swapItem<F>(f, pathAt(me, level), item, filled)) {",
    replace: "if (level) ownStoreItem<F>(f, pathAt(me, level), filled);\n  if (level || swapItem<F>(f, pathAt(me, level), item, filled)) {",
  },
  {
    name: "W1: the loser of an installation forgets a frame", file: "edit.ts", test: RACE,
    find: "    keep(me, frame);", replace: "    if (below) keep(me, frame);",
  },
  {
    name: "W1: a chain that was not installed keeps its entries", file: "edit.ts", test: RACE,
    find: "else for (let i: u64 = 0; i < count; i++) ownStoreItem<F>(f, at + (<usize>i << f.itemLg2()), 0);", replace: "",
  },
  {
    name: "W1: two threads may take the same frame", file: "frames.ts", test: RACE,
    find: "if (!changeOwner(me, frame, seen, owner(OwnerKind.TRANSIT, nonce(me) << Owner.THREAD_BITS | threadOf(me)))) return Try.OWNED;",
    replace: "changeOwner(me, frame, seen, owner(OwnerKind.TRANSIT, nonce(me) << Owner.THREAD_BITS | threadOf(me)));",
  },
  {
    name: "W2: a page is mapped by a store", file: "edit.ts", test: RACE,
    find: "isThere<F>(f, me) && swapItem<F>(f, at, 0, pack<F>(f, replacement))) {", replace: "isThere<F>(f, me) && !loadItem<F>(f, at)) {\n      ownStoreItem<F>(f, at, pack<F>(f, replacement));",
  },
  {
    name: "W2: a page is mapped over a mark by a store", file: "edit.ts", test: RACE,
    find: "if (swapItem<F>(f, pathAt(me, level), item, filled)) {",
    replace: "if (!level) ownStoreItem<F>(f, pathAt(me, level), filled);\n  if (!level || swapItem<F>(f, pathAt(me, level), item, filled)) {",
  },
  {
    name: "W3: unmap takes the entry by a store", file: "edit.ts", test: RACE,
    find: "        if (!swapAlone<F>(f, at, item, page, 0, 0)) continue;\n", replace: "        ownStoreItem<F>(f, at, 0);\n",
  },
  {
    name: "W3: unmapRange takes the entry by a store", file: "range.ts", test: RACE,
    and: { file: "range.ts", find: "pageNumberBits, storeItem, ", replace: "ownStoreItem, pageNumberBits, storeItem, " },
    find: "if (!swapAlone<F>(f, at, item, page, level, 0)) return Visit.AGAIN;", replace: "ownStoreItem<F>(f, at, 0);",
  },
  {
    name: "W3: protect brings an unmapped page back", file: "range.ts", test: RACE,
    and: { file: "range.ts", find: "pageNumberBits, storeItem, ", replace: "ownStoreItem, pageNumberBits, storeItem, " },
    find: "if (changes && !swapAlone<F>(f, at, item, page, level, pack<F>(f, left, level))) return Visit.AGAIN;",
    replace: "if (deed == Deed.PROTECT) ownStoreItem<F>(f, at, pack<F>(f, left, level));\n    else if (changes && !swapAlone<F>(f, at, item, page, level, pack<F>(f, left, level))) return Visit.AGAIN;",
  },
  {
    name: "W3: a walk brings an unmapped page back", file: "walk.ts", test: RACE,
    and: { file: "walk.ts", find: "import { itemAt, itemBelowRoot, loadItem,", replace: "import { itemAt, itemBelowRoot, loadItem, ownStoreItem," },
    find: "else if (swapItem<F>(f, at, item, touched)) return",
    replace: "else { ownStoreItem<F>(f, at, touched); } if (true) return",
  },
  {
    name: "W4: a killer that meets an entry calls the freeze off when it has marked the rest", file: "directory.ts", test: RACE,
    and: {
      file: "directory.ts", find: "if (!markAll<F>(f, me, frame, generation)) return 0;",
      replace: "if (!markAll<F>(f, me, frame, generation)) { changeOwner(me, frame, freezing, owner(OwnerKind.LIVE, generation)); return 0; }",
    },
    find: `  for (let i: usize = 0; i < <usize>1 << f.indexBits(); i++) {
    const at = directory + (i << f.itemLg2());
    let item: u64;
    do {
      item = loadItem<F>(f, at);
      if (!f.isEmpty(item) || f.markGeneration(item) > generation) return false;
    } while (item != mark && !swapItem<F>(f, at, item, mark)); // lost: another verb's change succeeded
  }
  return true;
`,
    replace: `  let all = true;
  for (let i: usize = 0; i < <usize>1 << f.indexBits(); i++) {
    const at = directory + (i << f.itemLg2());
    let item: u64;
    do {
      item = loadItem<F>(f, at);
      if (!f.isEmpty(item) || f.markGeneration(item) > generation) { all = false; break; }
    } while (item != mark && !swapItem<F>(f, at, item, mark));
  }
  return all;
`,
  },
  {
    name: "W4: a second killer leaves it to the first", file: "directory.ts", test: RACE,
    find: "    if (isLive(kind) && !changeOwner(", replace: "    if (kind == OwnerKind.FREEZING) return 0;\n    if (isLive(kind) && !changeOwner(",
  },
  {
    name: "W4: a freeze is called off before the directories are in hand", file: "edit.ts", test: RACE,
    find: "  if (reserved(me) < length) return Status.MORE;\n",
    replace: "  if (meeting == Meeting.BINDING) revive(me, pathFrame<F>(f, me, level), owner(OwnerKind.FREEZING, f.markGeneration(item)));\n  if (reserved(me) < length) return Status.MORE;\n",
  },
  {
    name: "W4: a mapper swaps over a binding mark", file: "directory.ts", test: RACE,
    find: "  if (kind == OwnerKind.FREEZING && f.markGeneration(item) == ownerArgument(seen)) return Meeting.BINDING;\n", replace: "",
  },
  {
    name: "W4: a mapper takes a freezing directory for a dead one", file: "directory.ts", test: RACE,
    find: "  if (kind == OwnerKind.DEAD) {\n", replace: "  if (kind == OwnerKind.DEAD || kind == OwnerKind.FREEZING) {\n",
  },
  {
    name: "W4: every freeze has the same generation", file: "directory.ts", test: RACE,
    find: "const generation = generationOf(seen) + <u64>isLive(kind)", replace: "const generation: u64 = 1",
  },
  {
    name: "W4: a directory dies although its freeze was called off", file: "directory.ts", test: RACE,
    find: "return changeOwner(me, frame, freezing, dead) ? dead : 0;",
    replace: "return changeOwner(me, frame, ownerOf(me, frame), dead) ? dead : 0;",
  },
];

const ALONE: Plant[] = [
  { name: "W4: unmap gives nothing back", file: "edit.ts", test: MODEL, find: "        prune<F>(f, me, table, 0);\n        status", replace: "        status" },
  { name: "W4: unmapRange gives nothing back", file: "range.ts", test: MODEL, find: "    if (cleared) prune<F>(f, me, table, level);\n", replace: "" },
  {
    name: "W4: only leaves are given back", file: "directory.ts", test: MODEL,
    find: "  while (level < topLevel<F>(f, me)) {", replace: "  while (level < 1) {",
  },
  { name: "a published chain is not relabelled", file: "edit.ts", test: MODEL, find: "    if (level > leaf) relabelChain<F>(f, me, level, leaf, page, filled);\n", replace: "" },
  { name: "mapRange maps over what is there", file: "range.ts", test: MODEL, find: "if (f.isEmpty(item) || isBeside) status", replace: "if (true) status" },
  { name: "a list skips a page where it goes on", file: "range.ts", test: MODEL, find: "ownStoreFloat(me + Slot.PAGE, <f64>page);", replace: "ownStoreFloat(me + Slot.PAGE, <f64>(page + 1));" },
  { name: "protect forgets accessed and dirty", file: "range.ts", test: MODEL, find: "entry & ~RIGHTS | a;", replace: "entry >> Entry.PAYLOAD << Entry.PAYLOAD | kindOf(entry) | a;" },
  { name: "readAndClear clears what it was not asked for", file: "range.ts", test: MODEL, find: "return entry & ~a;", replace: "return entry & a ? entry & ~((<u64>1 << Entry.ACCESSED) | a) : entry;" },
  { name: "writeProtect takes the right of what came in a shared page's place", file: "range.ts", test: "clones-are-copy-on-write", find: " && payloadOf(entry) - page == a ?", replace: " ?" },
  { name: "a walk for a write does not set dirty", file: "walk.ts", test: MODEL, find: "f.touched(item, write)", replace: "f.touched(item, false)" },
  { name: "a table that is gone keeps its generation", file: "table.ts", test: MODEL, find: "own32(at + Table.GENERATION) + 1);\n}", replace: "own32(at + Table.GENERATION) + 0);\n}" },
  { name: "a table that could not be made keeps its record", file: "table.ts", test: MEMORY, find: "    storeRelease32(at + Table.GENERATION, generation + 2);\n    return -<i32>status;", replace: "    return -<i32>status;" },

  { name: "R2: a walk of a table that is gone goes on behind frame 0", file: "walk.ts", test: SPANS,
    find: "return isTooShort<F>(f, me, root) ? 0 : page; }", replace: "return page; }" },
  { name: "the frames of a run are not cleared behind its head", file: "run.ts", test: SPANS, find: "  dataClear(frameAt(me, head + 1), ((<usize>1 << order) - 1) << pageLg2(me));\n", replace: "" },
  { name: "a run is not aligned", file: "run.ts", test: SPANS, find: "  return frames & ~(<u64>0) / runBits(order);", replace: "  return frames;" },
  { name: "the path leads to a part of a directory, and not to its head", file: "walk.ts", test: SPANS, find: "  return frameOfAddress(me, pathAt(me, level)) >> order << order;", replace: "  return frameOfAddress(me, pathAt(me, level)) + 0 * order;" },
  { name: "M1: a verb keeps what it reserved", file: "edit.ts", test: MEMORY, find: "status = reserve(me, expected ? 1 : missing<F>(f, me, level, 0, page), directoryOrder<F>(f, me)) ? Status.AGAIN : Status.NOMEM;\n  }\n  unreserve(me, directoryOrder<F>(f, me));\n", replace: "status = reserve(me, expected ? 1 : missing<F>(f, me, level, 0, page), directoryOrder<F>(f, me)) ? Status.AGAIN : Status.NOMEM;\n  }\n" },
  {
    name: "M1: mapRange reserves nothing before its first change", file: "range.ts", test: MEMORY,
    find: "reserve(me, worstCase<F>(f, me, table, first, end, frame, largest), directoryOrder<F>(f, me)) ? Status.OK : Status.NOMEM", replace: "Status.OK",
  },
  {
    name: "M1: mapRange asks for more than it could need", file: "range.ts", test: MEMORY,
    find: "chainLength<F>(f, mostLevels<F>(f) - 1, level, page);", replace: "chainLength<F>(f, mostLevels<F>(f), level, page);",
  },
  { name: "M1: mapBatch goes on behind a page that failed", file: "range.ts", test: MEMORY, find: "    if (status != Status.OK) break;\n  }\n  ownStore32(me + Slot.COUNT, i);", replace: "  }\n  ownStore32(me + Slot.COUNT, i);" },

  { name: "x86-64: accessed and dirty change places", file: "layout/x86_64.ts", test: FORMAT, find: "ACCESSED = 5, DIRTY = 6", replace: "ACCESSED = 6, DIRTY = 5" },
  {
    name: "x86-64: execute-disable means its opposite", file: "format/x86_64.ts", test: FORMAT,
    and: { file: "format/x86_64.ts", find: "flag(!bit(entry, Entry.EXECUTE), X86.EXECUTE_DISABLE)", replace: "flag(bit(entry, Entry.EXECUTE), X86.EXECUTE_DISABLE)" },
    find: "(item >> X86.EXECUTE_DISABLE ^ 1) << Entry.EXECUTE", replace: "(item >> X86.EXECUTE_DISABLE) << Entry.EXECUTE",
  },
  { name: "x86-64: directories withhold the user's right", file: "format/x86_64.ts", test: FORMAT, find: " | flag(true, X86.USER) | flag(true, X86.ACCESSED);", replace: " | flag(true, X86.ACCESSED);" },
  { name: "RISC-V: the frame number is where the address would be", file: "layout/riscv.ts", test: FORMAT, find: "NUMBER = 10", replace: "NUMBER = 12" },
  { name: "RISC-V: a leaf cannot be read", file: "format/riscv.ts", test: FORMAT, find: " | flag(true, RiscvItem.READ)", replace: "" },
  { name: "a software entry is present to hardware", file: "format/format.ts", test: FORMAT, find: "<< Absent.FLAGS;\n}", replace: "<< Absent.FLAGS | 1;\n}" },
  { name: "VT-d: a software entry allows writes", file: "layout/entry.ts", test: FORMAT, find: "FLAGS = 3, GENERATION", replace: "FLAGS = 1, GENERATION" },
  { name: "Sv32: directories have nine bits", file: "layout/riscv.ts", test: FORMAT, find: "NARROW_INDEX_BITS = 10", replace: "NARROW_INDEX_BITS = 9" },
  { name: "Armv8: a clean page may be written", file: "format/armv8.ts", test: FORMAT, find: "flag((write && dirty) == isStage2", replace: "flag(write == isStage2" },
  { name: "Armv8: dirty goes with the right to write", file: "format/armv8.ts", test: FORMAT, find: " | flag(dirty && !write, ArmOwn.DIRTY)", replace: "" },
  { name: "AMD: a table is of its pointer's level", file: "format/amdv1.ts", test: FORMAT, find: "<u64>(below + 1) << AmdItem", replace: "<u64>(below + 2) << AmdItem" },
  { name: "VT-d: hardware sets accessed where x86 has it", file: "layout/vtd.ts", test: FORMAT, find: "ACCESSED = 8", replace: "ACCESSED = 5" },
];

export const TABLE_PLANTS: readonly Plant[] = [...RACES, ...ALONE];
