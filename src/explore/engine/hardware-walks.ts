// Walks that mark as hardware does, through tables that others change meanwhile: tables of this engine, which a machine's walk finds in a
// window over the frames. They are verbs of a page like the others, and held against the same model: no bit in an item that maps nothing, no
// dirty bit lost, none that an unmap does not return. And items of four bytes, which two walks mark at once.
//
// A machine's walk is in no section: whoever lets it walk tables of this engine keeps their directories. So the leaf stays.
import { Slot } from "../../../assembly/layout/arena.js";
import { Entry, EntryKind } from "../../../assembly/layout/entry.js";
import { Allowed, HardwareId, Physical, Setup, Verdict, WalkRequest, Walked } from "../../../assembly/layout/hardware.js";
import { RiscvFeature, RiscvItem } from "../../../assembly/layout/riscv.js";
import { FormatId, Table } from "../../../assembly/layout/table.js";
import { X86, X86Feature } from "../../../assembly/layout/x86_64.js";
import type { Memory, View, Workload } from "../workload.js";
import { meeting } from "./meeting.js";
import { SHIPPED, SUBJECT_BYTES } from "./stage.js";
import { tableWorkload, THREE, type TableCase } from "./table-pairs.js";
import { TABLE_VERBS, packEntries, told, type Spot, type TableVerb } from "./table-verbs.js";

const PAGE = 4096, UPDATE = 1 << WalkRequest.UPDATE, NO_ITEM = PAGE - 1;
const setupOf = (format: HardwareId, levels: number, vaBits: number, ...features: number[]): number =>
  features.reduce((word, at) => word | 1 << at, format << Setup.FORMAT | levels << Setup.LEVELS | vaBits << Setup.VA_BITS | 52 << Setup.OA_BITS);
const SETUPS: { [format: number]: number } = {
  [FormatId.X86_64]: setupOf(HardwareId.X86, 4, 48, X86Feature.WRITE_PROTECT, X86Feature.NO_EXECUTE),
  [FormatId.SV48]: setupOf(HardwareId.RISCV, 4, 48, RiscvFeature.HARDWARE_AD),
};
/** Where the fields of an entry are in an item. */
const FIELDS: { [format: number]: { frame: number; write: number; accessed: number; dirty: number } } = {
  [FormatId.X86_64]: { frame: X86.ADDRESS, write: X86.WRITE, accessed: X86.ACCESSED, dirty: X86.DIRTY },
  [FormatId.SV48]: { frame: RiscvItem.NUMBER, write: RiscvItem.WRITE, accessed: RiscvItem.ACCESSED, dirty: RiscvItem.DIRTY },
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
const SINGLE = TABLE_VERBS.filter(({ pages, name }) => pages === 1 || name === "protect");

const ANCHOR = 9, CALLED = 3;
function onTables(): TableCase[] {
  return Object.entries(SHIPPED).flatMap(([name, format]) => {
    const common = { format, pageLg2: 12, systemFrames: 12, trouble: "none" as const };
    const threads = (...verbs: TableVerb[]): Pick<TableCase, "threads" | "name"> =>
      ({ name: verbs.map((verb) => verb.name).join(" | "), threads: verbs.map((verb) => [{ verb, page: CALLED }]) });
    const pairs = [[WRITES, WRITES], [READS, WRITES], ...SINGLE.map((verb) => [WRITES, verb])].map((verbs) => threads(...verbs));
    const triple = threads(READS, WRITES, TABLE_VERBS.find((verb) => verb.name === "unmap")!);
    return [
      ...pairs.flatMap((each) => [[CALLED, ANCHOR], [ANCHOR]].map((mapped): TableCase =>
        ({ ...common, ...each, name: `${each.name}, ${name}, ${mapped.length === 2 ? "mapped" : "empty"}`, mapped }))),
      { ...common, ...triple, name: `${triple.name}, ${name}`, mapped: [CALLED, ANCHOR], beyond: THREE },
    ];
  });
}

/** Sv32: a root at 0x1000 and a leaf table at 0x2000 of the machine; its item 5 is a page, and items 4 and 6 are its neighbours in the same eight bytes. */
const SV32 = setupOf(HardwareId.RISCV, 2, 32, RiscvFeature.HARDWARE_AD), LEAF = 0x12340007, MACHINE_BYTES = 5 * PAGE;
const itemsOf = new WeakMap<object, number>();
const NARROW: Workload = meeting({
  name: "hardware walk for a read | hardware walk for a write, neighbours in eight bytes, riscv-sv32", threads: 2, entries: ["machineWalk"], workspaceBytes: MACHINE_BYTES + 64,
  plans: (stage, arena) => {
    const machine = stage.number("workspaceTake", stage.slots[0]!, MACHINE_BYTES), at = Math.ceil((machine + 2048) / PAGE) * PAGE, items = at + PAGE;
    arena.setU32(machine + Physical.WINDOWS, 1);
    arena.setU32(machine + Physical.WINDOW, PAGE);
    arena.setU32(machine + Physical.WINDOW + Physical.WINDOW_LENGTH, 2 * PAGE);
    arena.setU32(machine + Physical.WINDOW + Physical.WINDOW_AT, at);
    arena.setU32(at, 2 << RiscvItem.NUMBER | 1 << RiscvItem.VALID);
    for (const i of [4, 5, 6]) arena.setU32(items + 4 * i, LEAF + (i << RiscvItem.NUMBER));
    itemsOf.set(stage, items);
    const walk = (page: number, wanted: number, out: number): { entry: string; values: number[] }[] =>
      [{ entry: "machineWalk", values: [machine, SV32, PAGE, 0, page * PAGE, wanted | UPDATE, machine + 512 * out] }];
    return [[walk(5, Allowed.READ, 1), walk(4, Allowed.WRITE, 1)], [walk(5, Allowed.WRITE, 2)]];
  },
  verdict: (completed, stage, view) => {
    const items = itemsOf.get(stage)!, both = 1 << RiscvItem.ACCESSED | 1 << RiscvItem.DIRTY;
    const wrong = completed.find(({ result }) => result !== Verdict.LEAF);
    if (wrong) return `a walk answers ${Verdict[wrong.result]}`;
    const left = [4, 5, 6].find((i) => view.u32(items + 4 * i) !== (LEAF + (i << RiscvItem.NUMBER) | (i === 6 ? 0 : both)));
    return left === undefined ? undefined : `item ${left} is ${view.u32(items + 4 * left).toString(16)}`;
  },
});

export const HARDWARE_WALK_WORKLOADS: Workload[] = [...onTables().map(tableWorkload), NARROW];
