// The physical memory of a machine while its pages are supplied: by threads that meet in the same buckets, beside walks that need them.
// And tables of ours, which another thread changes while they are walked as hardware would.
import { Slot } from "../../../assembly/layout/arena.js";
import { Entry, EntryKind } from "../../../assembly/layout/entry.js";
import { HardwareId, Physical, Setup, Verdict, Walked } from "../../../assembly/layout/hardware.js";
import { Table } from "../../../assembly/layout/table.js";
import { FORMATS } from "../../formats.js";
import type { Call, Completed, Memory, View, Workload } from "../workload.js";
import { assemble } from "./program.js";
import { SETUP, SUBJECT_BYTES, Stage } from "./stage.js";

export function set64(arena: Memory, at: number, value: bigint | number): void {
  arena.setU32(at, Number(BigInt(value) & 0xffffffffn));
  arena.setU32(at + 4, Number(BigInt(value) >> 32n));
}
/** A machine's record: windows on memory, and log2 of the buckets that lie behind them, or 0. Answers where they are. */
export function layMachine(arena: Memory, record: number, windows: { pa: bigint | number; bytes: number; at: number }[], bucketsLg2 = 0): number {
  const buckets = record + Physical.WINDOW + Physical.WINDOW_BYTES * windows.length;
  arena.setU32(record + Physical.BUCKETS_AT, buckets);
  arena.setU32(record + Physical.BUCKETS_LG2, bucketsLg2);
  arena.setU32(record + Physical.WINDOWS, windows.length);
  windows.forEach(({ pa, bytes, at }, i) => {
    const window = record + Physical.WINDOW + Physical.WINDOW_BYTES * i;
    set64(arena, window, pa);
    set64(arena, window + Physical.WINDOW_LENGTH, bytes);
    arena.setU32(window + Physical.WINDOW_AT, at);
  });
  return buckets;
}
/** What a walk has answered and left, as far as it says anything. */
export function told(verdict: number, view: View, out: number): string {
  const steps = Array.from({ length: view.u32(out + Walked.STEPS) }, (_, i) => out + Walked.STEP + i * Walked.STEP_BYTES);
  const path = steps.map((at) => `${view.u64(at)}: ${view.u64(at + Walked.ITEM)} (${view.i32(at + Walked.STEP_LEVEL)})`);
  const isLeaf = verdict === Verdict.LEAF || verdict === Verdict.PERMISSION;
  const leaf = isLeaf ? [view.u64(out + Walked.OUTPUT), view.u32(out + Walked.SIZE_LG2), view.u32(out + Walked.ALLOWED)] : [];
  return [Verdict[verdict], ...path, ...leaf].join(", ");
}

const PAGE = 4096, RECORD = PAGE, OUT = RECORD + 1024, X86 = HardwareId.X86 << Setup.FORMAT | 4 << Setup.LEVELS | 48 << Setup.VA_BITS | 52 << Setup.OA_BITS, PRESENT = 1;
/** The three upper tables lie in a window, from page 1 on; the leaf table is supplied, and other pages that nobody needs. */
const UPPER_TABLES = 3, ROOT = 1, LEAF_TABLE = ROOT + UPPER_TABLES, MAPPED = 0x1234, VA = 7 * PAGE, OFFSET = 8;
const placeOf = (number: number, copy = 0): number => PAGE * (2 + number + 64 * copy);

/** The bucket where the search for a page begins: assembly/physical.ts. */
const firstBucket = (number: number, lg2: number): bigint => (BigInt(number) * 0x9e3779b97f4a7c15n & (1n << 64n) - 1n) >> BigInt(64 - lg2);
/** Pages whose search begins where that of the leaf table does. */
const MEETING = Array.from({ length: 60 }, (_, i) => i + LEAF_TABLE).filter((number) => firstBucket(number, 2) === firstBucket(LEAF_TABLE, 2));
const [, OTHER, THIRD] = MEETING as [number, number, number];

const ELSEWHERE = -1;
function walk(thread: number): Call {
  const out = OUT + Walked.BYTES * thread;
  const answer = (verdict: number, view: View): number => verdict === Verdict.LEAF && view.u64(out + Walked.OUTPUT) !== BigInt(MAPPED * PAGE) ? ELSEWHERE : verdict;
  return { entry: "machineWalk", values: [RECORD, X86, ROOT * PAGE, 0, VA, 0, out], answer };
}
const supply = (number: number, copy = 0): Call => ({ entry: "physicalSupply", values: [RECORD, number, placeOf(number, copy)] });
const find = (number: number): Call => ({ entry: "physicalHost", values: [RECORD, 0, number * PAGE + OFFSET, 8] });

/** What was supplied is found, where the first who supplied it has it; what nobody supplied is not; and there is room for so many pages. */
function verdict(completed: Completed[], room: number): string | undefined {
  const supplies = completed.filter(({ entry }) => entry === "physicalSupply"), taken = supplies.filter(({ result }) => result === 1);
  const pages = (calls: Completed[]): Set<number> => new Set(calls.map(({ values }) => Number(values[1])));
  if (pages(taken).size !== Math.min(pages(supplies).size, room)) return `of ${pages(supplies).size} pages ${pages(taken).size} are taken, and there is room for ${room}`;
  const found = new Map<number, number>();
  for (const [i, { thread, entry, values, result }] of completed.entries()) {
    const isOwn = (number: number): boolean => completed.slice(0, i).some((call) => call.thread === thread && taken.includes(call) && call.values[1] === number);
    if (entry === "machineWalk" && result !== Verdict.LEAF && (result !== Verdict.ABSENT || isOwn(LEAF_TABLE))) return `a walk answers ${Verdict[result] ?? "another page"}`;
    if (entry !== "physicalHost") continue;
    const number = Math.floor(Number(values[2]) / PAGE), places = taken.filter((call) => call.values[1] === number).map((call) => Number(call.values[2]) + OFFSET);
    const isWrong = result === 0 ? isOwn(number) : !places.includes(result) || (found.get(number) ?? result) !== result;
    if (isWrong) return `page ${number} is found at ${result}: expected one of ${places.join()}`;
    if (result) found.set(number, result);
  }
  return undefined;
}

function supplied(name: string, bucketsLg2: number, threads: Call[][]): Workload {
  return {
    name: `${name}, machine`, threads: threads.length, entries: ["machineWalk", "physicalSupply", "physicalHost"], subjectBytes: 2 ** 17,
    begin: (_, arena) => {
      layMachine(arena, RECORD, [{ pa: ROOT * PAGE, bytes: UPPER_TABLES * PAGE, at: placeOf(ROOT) }], bucketsLg2);
      for (let table = ROOT; table < LEAF_TABLE; table++) set64(arena, placeOf(table), (table + 1) * PAGE | PRESENT);
      set64(arena, placeOf(LEAF_TABLE) + VA / PAGE * 8, MAPPED * PAGE | PRESENT);
      return { threads, checkEnd: ({ completed }) => verdict(completed, 2 ** bucketsLg2) };
    },
  };
}

/** A page of a table of ours gets another frame, and other rights, while it is walked as hardware would: what is answered is before or after. */
const OURS: Workload = {
  name: "walk | replace, a table of ours, x86-64, machine", threads: 2, entries: ["machineWalk", "tableMap"],
  setup: [...SETUP, "tableCreate", "workspaceTake"], subjectBytes: SUBJECT_BYTES,
  begin: (run, arena) => {
    const stage = new Stage(run, arena, { slots: 1, systemFrames: 8, pageLg2: 12, workspaceBytes: 1024 }), me = stage.slots[0]!;
    const table = stage.number("tableCreate", me, FORMATS["x86-64"]), record = stage.number("workspaceTake", me, 1024), out = record + 256;
    layMachine(arena, record, [{ pa: 0, bytes: 9 * PAGE, at: arena.u32(me + Slot.FRAMES) }]);
    const map = (frame: number, flags: number): number[] => [me, table, VA / PAGE, frame, EntryKind.PRESENT | flags, 1];
    const before = map(0x1234, 1 << Entry.WRITE), after = map(0x4321, 1 << Entry.USER);
    stage.succeed("tableMap", ...before);
    const top = arena.u64(arena.u32(me + Slot.TABLES) + table * Table.BYTES + Table.TOP);
    const values = [record, X86, Number(top >> BigInt(Table.ROOT)) * PAGE, 0, VA, 0, out];
    const alone = (): string => told(run("machineWalk", ...values), arena, out), first = alone();
    run("tableMap", ...after);
    const answers = [first, alone()];
    run("tableMap", ...before);
    return {
      threads: [
        assemble([1, 2].map(() => [{ entry: "machineWalk", values, answer: (result, view) => answers.indexOf(told(result, view, out)) }]), me),
        [{ entry: "tableMap", values: after }],
      ],
      checkEnd: ({ completed }) => {
        const walks = completed.filter(({ entry }) => entry === "machineWalk").map(({ result }) => result).join();
        return ["0,0", "0,1", "1,1"].includes(walks) ? undefined : `walks answer ${walks}: expected what is there before (0), then after (1)`;
      },
    };
  },
};

export const MACHINE_WORKLOADS: Workload[] = [
  supplied("walk | supply", 1, [[walk(0)], [supply(OTHER), walk(1), supply(LEAF_TABLE), walk(1)]]),
  supplied("walk | supply | supply", 1, [[walk(0)], [supply(OTHER)], [supply(LEAF_TABLE), walk(2)]]),
  supplied("supply | supply, one page", 1, [0, 1].map((copy) => [supply(OTHER, copy), find(OTHER)])),
  supplied("supply | supply, pages that meet", 2, [[find(0), supply(OTHER), find(OTHER), find(THIRD)], [supply(THIRD), find(THIRD), find(0), find(OTHER)]]),
  supplied("supply | supply, more than there is room for", 1, [[supply(OTHER), supply(LEAF_TABLE), find(LEAF_TABLE)], [supply(THIRD), find(THIRD), find(OTHER)]]),
  OURS,
];
