// Walks that mark as hardware does, through tables that others change meanwhile: tables of this engine, which a machine's walk finds in a
// window over the frames. They are verbs of a page like the others, and held against the same model: no bit in an item that maps nothing, no
// dirty bit lost, none that an unmap does not return. And items of four bytes, which two walks mark at once; TLBs that walk the same tables.
//
// A machine's walk is in no section: whoever lets it walk tables of this engine keeps their directories. So the leaf stays.
import { Slot } from "../../../assembly/layout/arena.js";
import { Entry, EntryKind } from "../../../assembly/layout/entry.js";
import { Allowed, HardwareId, Physical, Setup, Verdict, WalkRequest, Walked } from "../../../assembly/layout/hardware.js";
import { RiscvFeature, RiscvItem } from "../../../assembly/layout/riscv.js";
import { Table } from "../../../assembly/layout/table.js";
import { Tlb, TlbAccess, TlbBatch, TlbCache } from "../../../assembly/layout/tlb.js";
import { X86, X86Feature } from "../../../assembly/layout/x86_64.js";
import { FORMATS } from "../../formats.js";
import type { Memory, View, Workload } from "../workload.js";
import { meeting, type Meeting } from "./meeting.js";
import type { Step } from "./program.js";
import type { SpaceStage } from "./space-pairs.js";
import { SHIPPED, SUBJECT_BYTES } from "./stage.js";
import { tableWorkload, THREE, type TableCase } from "./table-pairs.js";
import { TABLE_VERBS, packEntries, tableVerb, told, type Spot, type TableVerb } from "./table-verbs.js";

const PAGE = 4096, UPDATE = 1 << WalkRequest.UPDATE, NO_ITEM = PAGE - 1;
const setupOf = (format: HardwareId, levels: number, vaBits: number, ...features: number[]): number =>
  features.reduce((word, at) => word | 1 << at, format << Setup.FORMAT | levels << Setup.LEVELS | vaBits << Setup.VA_BITS | 52 << Setup.OA_BITS);
const SETUPS: { [format: number]: number } = {
  [FORMATS["x86-64"]]: setupOf(HardwareId.X86, 4, 48, X86Feature.WRITE_PROTECT, X86Feature.NO_EXECUTE),
  [FORMATS["riscv-sv48"]]: setupOf(HardwareId.RISCV, 4, 48, RiscvFeature.HARDWARE_AD),
};
/** Where the fields of an entry are in an item. */
const FIELDS: { [format: number]: { frame: number; write: number; accessed: number; dirty: number } } = {
  [FORMATS["x86-64"]]: { frame: X86.ADDRESS, write: X86.WRITE, accessed: X86.ACCESSED, dirty: X86.DIRTY },
  [FORMATS["riscv-sv48"]]: { frame: RiscvItem.NUMBER, write: RiscvItem.WRITE, accessed: RiscvItem.ACCESSED, dirty: RiscvItem.DIRTY },
};

/** A machine at the end of memory, behind the arena: one a thread. */
const machineOf = ({ me }: Spot, view: View): number => SUBJECT_BYTES - PAGE * (view.u32(me + Slot.INDEX) + 1);
const outOf = (spot: Spot, view: View): number => machineOf(spot, view) + PAGE / 2;
const topOf = ({ me, table }: Spot, view: View): number => view.u32(me + Slot.TABLES) + table * Table.BYTES + Table.TOP;
const rootOf = (spot: Spot, view: View): number => view.u32(topOf(spot, view) + Table.ROOT / 8) * PAGE;
/** All frames are its memory, from physical address 0 on. */
function windowOnFrames(spot: Spot, arena: Memory): void {
  const machine = machineOf(spot, arena), frames = arena.u32(spot.me + Slot.FRAMES);
  arena.setU32(machine + Physical.WINDOWS, 1);
  arena.setU32(machine + Physical.WINDOW + Physical.WINDOW_LENGTH, SUBJECT_BYTES / 2 - frames);
  arena.setU32(machine + Physical.WINDOW + Physical.WINDOW_AT, frames);
}
/** The entry in the last item that a walk read. */
function entryAfter(spot: Spot, verdict: number, view: View): number {
  if (verdict === Verdict.NOT_PRESENT) return 0;
  if (verdict !== Verdict.LEAF && verdict !== Verdict.PERMISSION) return NO_ITEM;
  const at = outOf(spot, view), item = view.u64(at + Walked.STEP + Walked.STEP_BYTES * (view.u32(at + Walked.STEPS) - 1) + Walked.ITEM);
  const { frame, write, accessed, dirty } = FIELDS[view.u32(topOf(spot, view))]!, has = (from: number, to: number): number => Number(item >> BigInt(from) & 1n) << to;
  return Number(item >> BigInt(frame) & 0xfn) << Entry.FLAGS_BITS | EntryKind.PRESENT | has(write, Entry.WRITE) | has(accessed, Entry.ACCESSED) | has(dirty, Entry.DIRTY);
}
const hardwareWalk = (name: string, wanted: Allowed): TableVerb => ({
  name: `hardware walk for a ${name}`, pages: 1, wantsMapped: true, takes: false, prepare: windowOnFrames,
  call: (spot) => ({
    entry: "machineWalk",
    values: [
      (view) => machineOf(spot, view), (view) => SETUPS[view.u32(topOf(spot, view))]!, (view) => rootOf(spot, view), 0, spot.page * PAGE, wanted | UPDATE,
      (view) => outOf(spot, view),
    ],
    answer: (verdict, view) => packEntries(0, entryAfter(spot, verdict, view)),
  }),
  operations: told("mark", 1, wanted === Allowed.WRITE ? 1 : 0),
});
const READS = hardwareWalk("read", Allowed.READ), WRITES = hardwareWalk("write", Allowed.WRITE);
const SINGLE = TABLE_VERBS.filter(({ pages, name }) => pages === 1 || ["protect", "read and clear"].includes(name));

const ANCHOR = 9, CALLED = 3;
function onTables(): TableCase[] {
  return SHIPPED.flatMap((name) => {
    const common = { format: FORMATS[name], pageLg2: 12, systemFrames: 12, trouble: "none" as const };
    const threads = (...verbs: TableVerb[]): Pick<TableCase, "threads" | "name"> =>
      ({ name: verbs.map((verb) => verb.name).join(" | "), threads: verbs.map((verb) => [{ verb, page: CALLED }]) });
    const pairs = [[WRITES, WRITES], [READS, WRITES], ...SINGLE.map((verb) => [WRITES, verb])].map((verbs) => threads(...verbs));
    const triples = ["unmap", "read and clear"].map((verb) => threads(READS, WRITES, tableVerb(verb)));
    return [
      ...pairs.flatMap((each) => [[CALLED, ANCHOR], [ANCHOR]].map((mapped): TableCase =>
        ({ ...common, ...each, name: `${each.name}, ${name}, ${mapped.length === 2 ? "mapped" : "empty"}`, mapped }))),
      ...triples.map((each): TableCase => ({ ...common, ...each, name: `${each.name}, ${name}`, mapped: [CALLED, ANCHOR], beyond: THREE })),
    ];
  });
}

/** Sv32: a root at 0x1000 and a leaf table at 0x2000 of the machine; its item 5 is a page, and items 4 and 6 are its neighbours in the same eight bytes. */
const SV32 = setupOf(HardwareId.RISCV, 2, 32, RiscvFeature.HARDWARE_AD), LEAF = 0x12340007, MACHINE_BYTES = 5 * PAGE, TLB_BYTES = Tlb.BYTES + 64;
const MARKED = 1 << RiscvItem.ACCESSED | 1 << RiscvItem.DIRTY, itemsOf = new WeakMap<SpaceStage, number>();
function narrowMachine(stage: SpaceStage, arena: Memory): number {
  const machine = stage.number("workspaceTake", stage.slots[0]!, MACHINE_BYTES), at = Math.ceil((machine + 2048) / PAGE) * PAGE, items = at + PAGE;
  arena.setU32(machine + Physical.WINDOWS, 1);
  arena.setU32(machine + Physical.WINDOW, PAGE);
  arena.setU32(machine + Physical.WINDOW + Physical.WINDOW_LENGTH, 2 * PAGE);
  arena.setU32(machine + Physical.WINDOW + Physical.WINDOW_AT, at);
  arena.setU32(at, 2 << RiscvItem.NUMBER | 1 << RiscvItem.VALID);
  for (const i of [4, 5, 6]) arena.setU32(items + 4 * i, LEAF + (i << RiscvItem.NUMBER));
  itemsOf.set(stage, items);
  return machine;
}
/** Items 4 and 5 were written through, item 6 was not. */
function narrowVerdict(stage: SpaceStage, view: View): string | undefined {
  const items = itemsOf.get(stage)!, left = [4, 5, 6].find((i) => view.u32(items + 4 * i) !== (LEAF + (i << RiscvItem.NUMBER) | (i === 6 ? 0 : MARKED)));
  return left === undefined ? undefined : `item ${left} is ${view.u32(items + 4 * left).toString(16)}`;
}
const NARROW: Meeting = {
  name: "hardware walk for a read | hardware walk for a write, neighbours in eight bytes, riscv-sv32", threads: 2, entries: ["machineWalk"], workspaceBytes: MACHINE_BYTES + 64,
  plans: (stage, arena) => {
    const machine = narrowMachine(stage, arena), walk = (page: number, wanted: number, out: number): Step[] =>
      [{ entry: "machineWalk", values: [machine, SV32, PAGE, 0, page * PAGE, wanted | UPDATE, machine + 512 * out] }];
    return [[walk(5, Allowed.READ, 1), walk(4, Allowed.WRITE, 1)], [walk(5, Allowed.WRITE, 2)]];
  },
  verdict: (completed, stage, view) => {
    const wrong = completed.find(({ result }) => result !== Verdict.LEAF);
    return wrong ? `a walk answers ${Verdict[wrong.result]}` : narrowVerdict(stage, view);
  },
};

/** A TLB of two entries in the workspace, with a batch: page 5 is read, then both pages are written. */
function tlbOn(stage: SpaceStage, arena: Memory, machine: number): number {
  const tlb = stage.number("workspaceTake", stage.slots[0]!, TLB_BYTES), cache = tlb + Tlb.CACHE, { READ, WRITE } = Allowed;
  const words: [at: number, value: number][] = [
    [tlb + Tlb.TRANSLATIONS, 1], [tlb + Tlb.CACHES, 1], [tlb + Tlb.MEMORY, machine], [tlb + Tlb.SETUP, SV32], [tlb + Tlb.ROOT, PAGE], [tlb + Tlb.PAGE_LG2, 12],
    [tlb + Tlb.INDEX_BITS, 10], [tlb + Tlb.FLAGS, TlbBatch.UPDATE], [cache + TlbCache.SPANS, PAGE], [cache + TlbCache.SERVES, TlbAccess.DATA], [cache + TlbCache.SETS, 1],
    [cache + TlbCache.WAYS, 2], [cache + TlbCache.ENTRIES_AT, tlb + Tlb.BYTES], [tlb + Tlb.WANTED, READ | WRITE << 8 | WRITE << 16],
  ];
  for (const [at, value] of words) arena.setU32(at, value);
  [5, 5, 4].forEach((page, i) => { arena.setU32(tlb + Tlb.ADDRESSES + 8 * i, page * PAGE); });
  return tlb;
}
const TLBS: Meeting = {
  name: "TLB | TLB, walks that mark, riscv-sv32", threads: 2, entries: ["tlbTranslate", "tlbInvalidate"], workspaceBytes: MACHINE_BYTES + 2 * TLB_BYTES + 128,
  plans: (stage, arena) => {
    const machine = narrowMachine(stage, arena);
    return [0, 1].map((): Step[][] => {
      const tlb = tlbOn(stage, arena, machine), verdicts = (view: View): number => view.u32(tlb + Tlb.VERDICTS) & 0xffffff;
      return [[{ entry: "tlbTranslate", values: [tlb, 0, 3], answer: (done, view) => done === 3 ? verdicts(view) : -1 }], [{ entry: "tlbInvalidate", values: [tlb, 0, 0, 0, 0] }]];
    });
  },
  verdict: (completed, stage, view) => {
    const wrong = completed.find(({ entry, result }) => entry === "tlbTranslate" && result !== 0); // three times LEAF
    return wrong ? `a batch answers ${wrong.result}` : narrowVerdict(stage, view);
  },
};

export const HARDWARE_WALK_WORKLOADS: Workload[] = [...onTables().map(tableWorkload), ...[NARROW, TLBS].map(meeting)];
