// Walks through a machine's own tables while their pages are supplied: by one thread, or by two that meet in the same buckets.
import { HardwareId, Physical, Setup, Verdict, Walked } from "../../../assembly/layout/hardware.js";
import type { Completed, Memory, View, Workload } from "../workload.js";
import { meeting, type Meeting } from "./meeting.js";
import type { Step } from "./program.js";
import type { SpaceStage } from "./space-pairs.js";

const PAGE = 4096, X86 = HardwareId.X86 << Setup.FORMAT | 4 << Setup.LEVELS | 48 << Setup.VA_BITS | 52 << Setup.OA_BITS, PRESENT = 1;
/** The three upper tables lie in a window; the leaf table at 0x3000, and a page at 0x5000 that nobody needs, are supplied. */
const UPPER_TABLES = 3, LEAF_TABLE = 3, OTHER = 5, MAPPED = 0x1234, PAGES = UPPER_TABLES + 3;
const VA = 7 * PAGE;

const machines = new WeakMap<SpaceStage, { memory: number; out: number[]; supplied: (pa: number) => number }>();
/** A machine in the workspace, with two buckets: both pages fill them. */
function machineOn(stage: SpaceStage, arena: Memory): NonNullable<ReturnType<typeof machines.get>> {
  const bytes = 1024 + PAGE * (PAGES + 1), memory = stage.number("workspaceTake", stage.slots[0]!, bytes), first = Math.ceil((memory + 1024) / PAGE) * PAGE;
  const set = (at: number, value: number): void => { arena.setU32(at, value); arena.setU32(at + 4, 0); };
  arena.setU32(memory + Physical.BUCKETS_AT, memory + 64);
  arena.setU32(memory + Physical.BUCKETS_LG2, 1);
  arena.setU32(memory + Physical.WINDOWS, 1);
  set(memory + Physical.WINDOW, 0);
  set(memory + Physical.WINDOW + Physical.WINDOW_LENGTH, UPPER_TABLES * PAGE);
  set(memory + Physical.WINDOW + Physical.WINDOW_AT, first);
  for (let level = 0; level < UPPER_TABLES; level++) set(first + level * PAGE, (level + 1) * PAGE | PRESENT);
  const machine = { memory, out: [0, 1].map((i) => memory + 128 + Walked.BYTES * i), supplied: (pa: number): number => first + pa * PAGE };
  set(machine.supplied(LEAF_TABLE) + 7 * 8, MAPPED * PAGE | PRESENT);
  machines.set(stage, machine);
  return machine;
}
const walk = (memory: number, out: number): Step[] => [{ entry: "machineWalk", values: [memory, X86, 0, 0, VA, 0, out] }];
const supply = (memory: number, pa: number, at: number): Step[] => [{ entry: "physicalSupply", values: [memory, pa, at] }];

function verdict(completed: Completed[], stage: SpaceStage, view: View): string | undefined {
  const { memory, out } = machines.get(stage)!, wrong = completed.find(({ entry, result }) => entry === "machineWalk" && result !== Verdict.LEAF && result !== Verdict.ABSENT);
  if (wrong) return `a walk answers ${Verdict[wrong.result]}`;
  if (completed.some(({ entry, result }) => entry === "physicalSupply" && result !== 1)) return "a page is refused, and there is room";
  const end = stage.run("machineWalk", memory, X86, 0, 0, VA, 0, out[1]!);
  return end === Verdict.LEAF && Number(view.u64(out[1]! + Walked.OUTPUT)) === MAPPED * PAGE ? undefined : `a walk answers ${Verdict[end]} at the end`;
}

const entries = ["machineWalk", "physicalSupply", "physicalHost"], common = { entries, verdict, workspaceBytes: 1024 + PAGE * (PAGES + 1) + 64 };
export const MACHINE_WORKLOADS: Workload[] = ([
  { name: "walk | supply, machine", threads: 2, ...common, plans: (stage, arena) => {
    const { memory, out, supplied } = machineOn(stage, arena);
    return [[walk(memory, out[0]!)], [supply(memory, OTHER, supplied(OTHER - 1)), supply(memory, LEAF_TABLE, supplied(LEAF_TABLE))]];
  } },
  { name: "walk | supply | supply, machine", threads: 3, ...common, plans: (stage, arena) => {
    const { memory, out, supplied } = machineOn(stage, arena);
    return [[walk(memory, out[0]!)], [supply(memory, OTHER, supplied(OTHER - 1))], [supply(memory, LEAF_TABLE, supplied(LEAF_TABLE))]];
  } },
  { name: "supply | supply, one page, machine", threads: 2, ...common, plans: (stage, arena) => {
    const { memory, supplied } = machineOn(stage, arena);
    return [0, 1].map(() => [supply(memory, LEAF_TABLE, supplied(LEAF_TABLE))]);
  } },
] as Meeting[]).map(meeting);
