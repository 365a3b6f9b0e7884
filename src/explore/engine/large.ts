// Large leaves: verbs that make, cut and merge them, beside each other and beside the verbs of single pages, on a leaf of two pages.
import { OwnerKind, Slot } from "../../../assembly/layout/arena.js";
import { Entry } from "../../../assembly/layout/entry.js";
import { GenericItem } from "../../../assembly/layout/generic.js";
import { Status } from "../../../assembly/layout/status.js";
import type { Workload } from "../workload.js";
import { assemble, pack, statusOf, valueOf } from "./program.js";
import { LARGE, LARGE_INDEX_BITS, SETUP, SUBJECT_BYTES, Stage } from "./stage.js";
import { FUNERALS, THREE, TROUBLED, burial, tableWorkload, type TableCase, type Trouble } from "./table-pairs.js";
import { BURIAL_ENTRIES, MERGE_ENTRIES, WRITABLE, entryWith, listed, mergeSteps, tableVerb, told, type Spot, type TableVerb, type Told } from "./table-verbs.js";

const NOTED = 1 << Entry.ACCESSED | 1 << Entry.DIRTY;
const single = (name: string): TableVerb => tableVerb(name);
/** A verb that has no call of its own to give. */
const none = (): never => { throw new Error("a verb of several steps"); };

const roundUp = (frame: number, count: number): number => Math.ceil(frame / count) * count;
/** The same with a frame that is a multiple of two. */
export const evenly = (spot: Spot): Spot => ({ ...spot, frame: roundUp(spot.frame, 2) });
/** One leaf of that level. */
const mapLeaf = (name: string, level: number): Omit<TableVerb, "pages"> => ({ name, wantsMapped: false, takes: true,
  call: ({ me, table, page, frame }) => ({
    entry: "tableMapRange", values: [me, table, page, page + 2 ** level, roundUp(frame, 2 ** level), WRITABLE | level * LARGE_INDEX_BITS << Entry.SIZE, 0],
    answer: (status, view) => pack(status, view.f64(me + Slot.PAGE) - page) }),
  operations: (answer, { page, frame }) => {
    const map = (i: number, isMapped: boolean): Told => ({ operation: { page: page + i, verb: "map", value: entryWith(roundUp(frame, 2 ** level) + i) }, answer: isMapped });
    if (statusOf(answer) === Status.EXIST) return [map(valueOf(answer), false)];
    return statusOf(answer) === Status.OK ? Array.from({ length: 2 ** level }, (_, i) => map(i, true)) : [];
  } });
export const MAP_LARGE: TableVerb = { ...mapLeaf("map large", 1), pages: 2 };
const MAP_FOUR: TableVerb = { ...mapLeaf("map four pages", 2), pages: 4 };
export const PROTECT_ONE: TableVerb = { name: "protect one", pages: 1, wantsMapped: true, takes: true,
  call: ({ me, table, page }) => ({ entry: "tableProtectRange", values: [me, table, page, page + 1, 0] }),
  operations: (answer, { page }) => answer === Status.NOMEM ? [] : [{ operation: { page, verb: "protect", value: 0 }, answer: undefined }] };
export const UNMAP_ONE: TableVerb = { name: "unmap one by range", pages: 1, wantsMapped: true, takes: true,
  call: (spot) => ({ entry: "tableUnmapRange", values: [spot.me, spot.table, spot.page, spot.page + 1], answer: listed(spot) }),
  operations: (answer, spot) => statusOf(answer) === Status.NOMEM ? [] : told("unmap", 1)(answer, spot) };
const CLEAR = single("read and clear");
export const CLEAR_ONE: TableVerb = { name: "read and clear one", pages: 1, wantsMapped: true, takes: true,
  call: (spot) => ({ entry: "tableReadAndClear", values: [spot.me, spot.table, spot.page, spot.page + 1, NOTED], answer: listed(spot) }),
  operations: (answer, spot) => statusOf(answer) === Status.NOMEM ? [] : told("take", 1, NOTED)(answer, spot) };
export const CUT: TableVerb = { name: "cut", pages: 2, wantsMapped: true, takes: true,
  call: ({ me, table, page }) => ({ entry: "tableCut", values: [me, table, page, 0] }), operations: () => [] };
const CUT_BY_HALF: TableVerb = { ...CUT, call: ({ me, table, page }) => ({ entry: "tableCut", values: [me, table, page, 1] }) };
export const MERGE: TableVerb = { name: "merge", pages: 2, wantsMapped: true, takes: false, call: none, steps: mergeSteps(1), operations: () => [] };
/** Begun and given up: the directory is of a later generation then. */
const GIVE_UP: TableVerb = { ...MERGE, name: "begin to merge", steps: mergeSteps(2, false) };
/** Of a merge that has lost its directory: the words differ. */
const HOLD_LATE: TableVerb = { ...MERGE, name: "hold late", steps: ({ me, table, page }) => [{ entry: "tableMergeHold", values: [me, table, page, 1] }] };
const FINISH_LATE: TableVerb = { ...MERGE, name: "finish late", steps: ({ me, table, page }) => [{ entry: "tableMergeFinish", values: [me, table, page, 1, 1] }],
  prepare: ({ me }, arena) => { arena.setU32(me + Slot.MERGE, OwnerKind.MERGING); } };
const MERGE_TWICE: TableVerb = { ...MERGE, name: "merge into four pages", steps: mergeSteps(2) };
/** Two pages to frames that follow each other, and that a large leaf could map. */
const MAP_RUN: TableVerb = { ...single("map range"), name: "map a run",
  call: (spot) => single("map range").call(evenly(spot)), operations: (answer, spot) => single("map range").operations(answer, evenly(spot)) };

/** An unmap or replacement of one page takes a frame where it must cut. */
export const cutting = (name: string): TableVerb => {
  const verb = single(name);
  return { ...verb, takes: true, operations: (answer, spot) => statusOf(answer) === Status.NOMEM ? [] : verb.operations(answer, spot) };
};
const WALK = single("walk for a write"), READERS = [single("lookup"), single("lookup batch"), WALK, single("list")];
const EDITORS = [single("map"), cutting("replace"), cutting("unmap"), single("unmap range"), single("protect"), PROTECT_ONE, UNMAP_ONE, CLEAR, CLEAR_ONE, single("write-protect")];
const LARGE_VERBS = [MAP_LARGE, CUT, MERGE];
/** Beside verbs of large leaves alone. */
const BATCHES = [single("map range"), single("map batch"), single("unmap batch")];
const ALL = [...READERS, ...EDITORS, ...BATCHES, ...LARGE_VERBS];

/** How the two pages are at first. */
const STATES: { state: string; mapped: number[]; mappedAs?: "large" | "run" }[] = [
  { state: "large", mapped: [0, 1], mappedAs: "large" }, { state: "small", mapped: [0, 1], mappedAs: "run" }, { state: "one", mapped: [1] }, { state: "empty", mapped: [] },
];
/** Who has something to do with large leaves, in that state, that is not told elsewhere. */
function matters(state: string, a: TableVerb, b: TableVerb): boolean {
  const has = (...verbs: TableVerb[]): boolean => verbs.includes(a) || verbs.includes(b);
  if (has(...BATCHES) && !has(...LARGE_VERBS)) return false;
  if (state === "large") return has(...EDITORS, ...LARGE_VERBS, WALK);
  return state === "small" ? has(MERGE, MAP_LARGE) : has(MAP_LARGE);
}

const COMMON = { format: LARGE, pageLg2: 6, systemFrames: 12 };
function pairs(trouble: Trouble): TableCase[] {
  const meets = (a: TableVerb, b: TableVerb): boolean => {
    if ((trouble === "no frames" || trouble === "stop") && [a, b].some((verb) => BATCHES.includes(verb))) return false;
    return trouble === "no frames" ? a.takes || b.takes : trouble !== "stop" || (a !== MERGE && b !== MERGE);
  };
  const secondPages = (a: TableVerb, b: TableVerb): number[] => b.pages > 1 ? [0] : a.pages > 1 ? [1] : [0, 1];
  return ALL.flatMap((a, i) => ALL.slice(i).filter((b) => meets(a, b)).flatMap((b) => STATES.filter(({ state }) => matters(state, a, b)).flatMap(({ state, ...mapped }) =>
    secondPages(a, b).map((second): TableCase => ({
      name: `${a.name} | ${b.name}, pages 0 and ${second}, ${state}${trouble === "none" ? "" : `, ${trouble}`}`, ...COMMON, trouble, ...mapped,
      threads: [[{ verb: a, page: 0 }], [{ verb: b, page: second }]], ...trouble !== "none" && { beyond: TROUBLED },
    })))));
}
/** One verb alone whose thread dies; its burier as well; two bury. */
const ALONE: TableCase[] = LARGE_VERBS.flatMap((verb) => STATES.flatMap(({ state, ...mapped }) => FUNERALS.map(({ name, ...funeral }): TableCase => ({
  name: `${verb.name} alone, ${state}, ${name}`, ...COMMON, trouble: "death", threads: [[{ verb, page: 0 }]], beyond: TROUBLED, ...mapped, ...funeral,
}))));
const calls = (...named: [verb: TableVerb, page: number][]): TableCase["threads"][number] => named.map(([verb, page]) => ({ verb, page }));
type Given = Pick<TableCase, "mapped" | "mappedAs" | "before">;
const RUN: Given = { mapped: [0, 1], mappedAs: "run" }, FOUR: Given = { mapped: [0, 1, 2, 3], mappedAs: "run" }, BIG: Given = { mapped: [0, 1], mappedAs: "large" };
const { OK, NONE, EXIST } = Status;
/** Half of a leaf of four pages goes, and the directory above the other half is of its third generation, whose mark has the held bit. */
const THIRD = calls([CUT_BY_HALF, 0], [GIVE_UP, 0], [GIVE_UP, 0], [single("unmap range"), 2], [CUT, 0]);

/** One thread, verbs in turn: what each answers, and the levels of the leaves over pages 0, 1, … in the end. */
const IN_TURN: [name: string, given: Given, verbs: TableCase["threads"][number], statuses: Status[], levels: number[]][] = [
  ["merged, cut and merged", RUN, calls([MERGE, 0], [MERGE, 1], [CUT, 1], [MERGE, 1]), [OK, NONE, OK, OK], [1, 1]],
  ["frames that do not begin a large leaf", { mapped: [0, 1] }, calls([MERGE, 0]), [NONE], [0, 0]],
  ["frames that do not follow", { mapped: [2, 0, 1] }, calls([single("unmap"), 2], [single("replace"), 1], [MERGE, 0]), [OK, OK, NONE], [0, 0]],
  ["rights that differ", RUN, calls([PROTECT_ONE, 1], [MERGE, 0]), [OK, NONE], [0, 0]],
  ["a page that is not there", RUN, calls([single("unmap"), 1], [MERGE, 0]), [OK, NONE], [0, -1]],
  ["nothing there", { mapped: [] }, calls([MERGE, 0]), [NONE], [-1]],
  ["the accessed and the dirty", RUN, calls([WALK, 1], [MERGE, 0], [single("lookup"), 0]), [OK, OK, OK], [1, 1]],
  ["two of one size into one of the next", FOUR, calls([MERGE, 0], [MERGE_TWICE, 0], [MERGE, 2], [MERGE_TWICE, 0]), [OK, NONE, OK, OK], [2, 2, 2, 2]],
  ["cut down from two sizes above", FOUR, calls([MERGE, 0], [MERGE, 2], [MERGE_TWICE, 0], [CUT, 1], [single("unmap"), 3]), [OK, OK, OK, OK, OK], [0, 0, 0, -1]],
  ["mapped large where small ones were", { mapped: [0] }, calls([MAP_LARGE, 0], [single("unmap"), 0], [MAP_LARGE, 0], [MAP_LARGE, 0]), [EXIST, OK, OK, EXIST], [1, 1]],
  ["unmapped whole and in part", BIG, calls([single("unmap range"), 0], [MAP_LARGE, 0], [UNMAP_ONE, 0], [single("list"), 0]), [OK, OK, OK, OK], [-1, 0]],
  ["noted for two, read and cleared for one", RUN, calls([MERGE, 0], [WALK, 0], [CLEAR_ONE, 0], [CLEAR, 0], [CLEAR, 0]), [OK, OK, OK, OK, OK], [0, 0]],
  ["noted and read and cleared whole", BIG, calls([WALK, 1], [CLEAR, 0], [CLEAR, 0]), [OK, OK, OK], [1, 1]],
  ["protected whole and in part", BIG, calls([single("protect"), 0], [PROTECT_ONE, 0], [MERGE, 0]), [OK, OK, OK], [1, 1]],
];
const inTurn = IN_TURN.map(([name, given, verbs, expected, levels]): TableCase => ({
  name: `${name}, large leaves in turn`, ...COMMON, trouble: "none", ...given, threads: [verbs],
  verdict: ([statuses], sizeAt) => {
    const found = [...statuses!, ...levels.map((_, page) => sizeAt(page))], wanted = [...expected, ...levels];
    return found.join() === wanted.join() ? undefined : `answers and levels are ${found.join()}, expected ${wanted.join()}`;
  },
}));

/** A walk for a write, where a merge that failed has left the pointer to the leaf held. */
const WALK_HELD: TableVerb = { ...WALK, prepare: ({ table }, arena, stage) => {
  const pointer = stage.itemAt(arena, stage.directoryIn(arena, stage.rootOf(arena, table), 0), 0);
  arena.setU32(pointer, arena.u32(pointer) | 1 << GenericItem.HELD);
} };
/** How many merges succeeded: who changes nothing that is mapped leaves them alone. */
export const merges = (wanted: number): TableCase["verdict"] => (statuses) => {
  const found = statuses.flat().filter((status) => status === OK).length;
  return found === wanted ? undefined : `${found} answers are OK, expected ${wanted}`;
};
/** What takes several verbs, or several threads. */
const MEETINGS: [name: string, given: Given, threads: TableCase["threads"], rest?: Partial<TableCase>][] = [
  ["two merge", RUN, [calls([MERGE, 0]), calls([MERGE, 1])], { verdict: merges(1) }],
  ["a merge beside a lookup", RUN, [calls([MERGE, 0]), calls([single("list"), 0])], { verdict: merges(2) }],
  ["merges of two leaves and of both", FOUR, [calls([MERGE, 0], [MERGE_TWICE, 0]), calls([MERGE, 2])]],
  ["a leaf of four pages is cut down, and by half", { mapped: [] }, [calls([MAP_FOUR, 0], [CUT, 0]), calls([CUT_BY_HALF, 0])],
    { verdict: (_, sizeAt) => sizeAt(0) === 0 ? undefined : `page 0 has a leaf of level ${sizeAt(0)}` }],
  ["a merge of two sizes beside an unmap", FOUR, [calls([MERGE, 0], [MERGE, 2], [MERGE_TWICE, 0]), calls([cutting("unmap"), 3])]],
  ["a leaf is merged, cut and merged beside a walk", RUN, [calls([MERGE, 0], [CUT, 0], [MERGE, 0]), calls([WALK, 0])]],
  ["a leaf is merged and cut beside two walks", RUN, [calls([MERGE, 0], [CUT, 0]), calls([WALK, 0], [single("lookup"), 1])]],
  ["a directory goes and comes back under a merge", RUN, [calls([MERGE, 0]), calls([single("unmap range"), 0], [single("map"), 0])]],
  ["a directory goes and comes back alike under a merge", RUN, [calls([MERGE, 0]), calls([single("unmap range"), 0], [MAP_RUN, 0])]],
  ["a directory goes and comes back alike, and another merges it", RUN, [calls([MERGE, 0]), calls([single("unmap range"), 0], [MAP_RUN, 0], [MERGE, 0])]],
  ["two merge beside an unmap", RUN, [calls([MERGE, 0]), calls([MERGE, 0]), calls([cutting("unmap"), 1])]],
  ["a merge beside an unmap and a walk", RUN, [calls([MERGE, 0]), calls([cutting("unmap"), 1]), calls([WALK, 0])]],
  ["a merge beside a walk and a read and clear", RUN, [calls([MERGE, 0]), calls([WALK, 0]), calls([CLEAR, 0])]],
  ["a merge beside a directory that goes, comes back alike and is merged by another", RUN,
    [calls([MERGE, 0]), calls([single("unmap range"), 0], [MERGE, 0]), calls([MAP_RUN, 0], [cutting("unmap"), 1])], { beyond: THREE }],
  ["a merge beside an unmap and another one that comes late to hold", RUN, [calls([MERGE, 0]), calls([cutting("unmap"), 1]), calls([HOLD_LATE, 0])], { beyond: THREE }],
  ["a merge beside another one that comes late to finish", RUN, [calls([MERGE, 0]), calls([FINISH_LATE, 0])]],
  ["a directory is frozen where it is filled and merged", RUN, [calls([single("unmap range"), 0]), calls([MAP_RUN, 0]), calls([MERGE, 0])], { beyond: THREE }],
  ["a merge beside a directory that goes, where a walk marks and a map comes late", { mapped: [0, 1, 2, 3], mappedAs: "large", before: THIRD },
    [calls([MERGE, 0]), calls([single("unmap range"), 0]), calls([WALK, 0], [single("map"), 0])], { beyond: THREE }],
  ["a held pointer to a directory that goes, where a walk marks and a map comes late", { mapped: [0, 1, 2, 3], mappedAs: "large", before: THIRD },
    [calls([single("unmap range"), 0]), calls([WALK_HELD, 0], [single("map"), 0])]],
  ["a large leaf where another is emptied", { mapped: [0] }, [calls([MAP_LARGE, 0]), calls([single("unmap"), 0]), calls([single("map"), 4])]],
  ["a large leaf where another is emptied", { mapped: [0] }, [calls([MAP_LARGE, 0]), calls([single("unmap"), 0])], { trouble: "death" }],
  ["a large leaf where two levels are emptied", { mapped: [1] }, [calls([MAP_FOUR, 0]), calls([single("unmap"), 1])]],
];
const meetings = MEETINGS.map(([name, given, threads, rest = {}]): TableCase => ({
  name: `${name}, large leaves${rest.trouble ? `, ${rest.trouble}` : ""}`, ...COMMON, trouble: "none", ...given, threads, ...rest,
}));

/** What a merger left that died when it had begun is settled by two, while another begins there. */
const MERGER_DIED: Workload = {
  name: "a dead merger is buried by two beside another merge, large leaves", threads: 3, subjectBytes: SUBJECT_BYTES, beyond: THREE,
  entries: [...BURIAL_ENTRIES, ...MERGE_ENTRIES],
  setup: [...SETUP, "tableCreate", "tableMapRange", "tableMergeBegin"],
  begin: (run, arena) => {
    const stage = new Stage(run, arena, { slots: 4, systemFrames: 12, pageLg2: COMMON.pageLg2 }), [one, two, other, dead] = stage.slots as [number, number, number, number];
    const table = stage.number("tableCreate", one, LARGE);
    stage.succeed("tableMapRange", one, table, 0, 2, 4, WRITABLE, 0);
    stage.succeed("tableMergeBegin", dead, table, 0, 1);
    return {
      threads: [burial(one, 3), burial(two, 3), assemble([mergeSteps(1)({ me: other, table, page: 0, frame: 0 })], other)],
      checkEnd: ({ view }) => stage.audit(view) ?? stage.unburied(view, [3]), nameAddress: (at) => stage.nameOf(at, arena),
    };
  },
};

// A merge waits for one that stopped, as an invalidation does.
const CASES = [...(["none", "death", "no frames", "stop"] as const).flatMap(pairs), ...ALONE, ...inTurn, ...meetings];
export const LARGE_WORKLOADS: Workload[] = [...CASES.map(tableWorkload), MERGER_DIED];
