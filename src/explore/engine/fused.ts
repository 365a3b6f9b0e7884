// Fused leaves: verbs that change a page of a run, take its marks, make runs, part and fuse them, beside each other and beside hardware that notes
// in one item what it does to another's page. Whatever happens, and wherever a thread stops: what a fused item says of its run is what the run says.
import { Slot } from "../../../assembly/layout/arena.js";
import { AmdItem, AmdNext, AmdShape } from "../../../assembly/layout/amdv1.js";
import { Entry } from "../../../assembly/layout/entry.js";
import { GenericItem } from "../../../assembly/layout/generic.js";
import { Table as Record } from "../../../assembly/layout/table.js";
import { FORMATS } from "../../formats.js";
import type { View, Workload } from "../workload.js";
import { CLEAR_ONE, CUT, MERGE, PROTECT_ONE, UNMAP_ONE, cutting, evenly, merges } from "./large.js";
import { assemble, pack, statusOf } from "./program.js";
import { SETUP, SUBJECT_BYTES, Stage, described } from "./stage.js";
import { FUNERALS, THREE, TROUBLED, burial, tableWorkload, type TableCase, type Trouble } from "./table-pairs.js";
import { BURIAL_ENTRIES, MERGE_ENTRIES, WRITABLE, entryIn, mergeSteps, packEntries, sizeOf, tableVerb, told, type TableVerb, type Told } from "./table-verbs.js";

/** What an item says: of a fused one, how many leaves its run has, and the frame of its own page. */
interface Said { isLeaf: boolean; frame: number; rights: number; run: number }
interface Shape { levels: number; indexBits: number; fused: readonly number[]; word: number; pageLg2: number; saidBy(item: bigint, i: number, level: number): Said | undefined }

const RIGHTS = 1 << GenericItem.WRITE | 1 << GenericItem.EXECUTE | 1 << GenericItem.USER;
/** A format of the house, in frames of 64 bytes. */
const shapeWith = (given: { levels: number; indexBits: number; largest?: number; fused: 2 | 4 }): Shape => ({
  ...given, fused: [given.fused], word: described(given), pageLg2: 6,
  saidBy: (item64, _, level) => {
    const item = Number(item64 & 0xffff_ffffn), has = (bit: number): boolean => (item >> bit & 1) === 1;
    if (!has(GenericItem.PRESENT)) return undefined;
    const isLeaf = level === 0 || has(GenericItem.LARGE);
    return { isLeaf, frame: item >>> GenericItem.WIDE_FRAME, rights: item & RIGHTS, run: isLeaf && has(GenericItem.FUSED) ? given.fused : 1 };
  },
});
/** Two levels of AMD, whose runs have any power of two: an address ends in a zero, and ones below it. */
const AMD: Shape = { levels: 2, indexBits: AmdShape.INDEX_BITS, fused: [2, 4, 8], word: FORMATS["amd-v1-2"], pageLg2: AmdShape.PAGE_LG2,
  saidBy: (item, i) => {
    if (!(item >> BigInt(AmdItem.PRESENT) & 1n)) return undefined;
    const next = Number(item >> BigInt(AmdItem.NEXT_LEVEL) & 7n), frame = Number(item >> BigInt(AmdItem.ADDRESS) & 0xff_ffffn), isSized = next === AmdNext.SIZED;
    const run = isSized ? (frame ^ frame + 1) + 1 : 1;
    return { isLeaf: isSized || next === AmdNext.PAGE, frame: isSized ? frame - frame % run + i % run : frame, rights: Number(item >> BigInt(AmdItem.READ) & 3n), run };
  } };
/** Two levels of four items, of which two may be fused; of eight, of which four may; and three levels, the lower two with leaves. */
const TWOS = shapeWith({ levels: 2, indexBits: 2, fused: 2 }), FOURS = shapeWith({ levels: 2, indexBits: 3, fused: 4 });
const TIERS = shapeWith({ levels: 3, indexBits: 2, largest: 1, fused: 2 });
/** The size of two leaves that are fused. */
const BY_TWO = 1;

/** What is wrong with a table whose runs must say what their fused items say: of the same rights, each item a leaf to the frames behind those before it. */
function runsAgree({ levels, indexBits, pageLg2, saidBy }: Shape): NonNullable<TableCase["holds"]> {
  return (view: View, me: number, table: number) => {
    const wrongIn = (frame: number, level: number): string | undefined => {
      const items = Array.from({ length: 2 ** indexBits }, (_, i) => saidBy(view.u64(view.u32(me + Slot.FRAMES) + frame * 2 ** pageLg2 + 8 * i), i, level));
      const isLike = (a: Said, b: Said | undefined, apart: number): boolean =>
        b?.isLeaf === true && b.frame - a.frame === apart * 2 ** (level * indexBits) && b.rights === a.rights && (b.run === 1 || b.run === a.run);
      for (const [i, item] of items.entries()) {
        if (!item) continue;
        const first = i - i % item.run, run = items.slice(first, first + item.run);
        if (item.run > 1 && !run.every((each, j) => isLike(item, each, first + j - i)))
          return `item ${i} of level ${level} is fused in a run of ${run.map((each) => each ? `${each.frame}:${each.rights}:${each.run}` : "-").join()}`;
        const wrong = item.isLeaf ? undefined : wrongIn(item.frame, level - 1);
        if (wrong) return wrong;
      }
      return undefined;
    };
    return wrongIn(view.u32(view.u32(me + Slot.TABLES) + table * Record.BYTES + Record.TOP + 4), levels - 1);
  };
}

const single = (name: string): TableVerb => tableVerb(name), WALK = single("walk for a write");
/** It must take the item out of a run, but no frame. */
const free = (verb: TableVerb): TableVerb => ({ ...verb, takes: false });
/** A write to the page by what hardware read of the next one's item: if that was fused when it was marked, the page is written to as well. */
const WALK_NEXT: TableVerb = { name: "walk for a write by the next item", pages: 2, wantsMapped: true, takes: false,
  call: ({ me, table, page }) => ({ entry: "tableWalk", values: [me, table, page + 1, 1],
    answer: (_, view) => packEntries(Number(sizeOf(view.u32(me + Slot.FLAGS)) > 0), entryIn(view, me)) }),
  operations: (answer, { page }) => [
    ...told("mark", 1, 1)(answer, { me: 0, table: 0, page: page + 1, frame: 0 }),
    ...statusOf(answer) ? [{ operation: { page, verb: "mark" as const, value: 1 }, answer: undefined }] : [],
  ] };
/** Two pages to frames that may be fused. */
const MAP_FUSED: TableVerb = { ...single("map range"), name: "map fused",
  call: (spot) => {
    const { me, table, page, frame } = evenly(spot);
    return { entry: "tableMapRange", values: [me, table, page, page + 2, frame, WRITABLE | BY_TWO << Entry.SIZE, 0],
      answer: (status, view) => pack(status, view.u32(me + Slot.COUNT)) };
  },
  operations: (answer, spot): Told[] => single("map range").operations(answer, evenly(spot)) };
export const FUSE: TableVerb = { ...MERGE, name: "fuse", takes: true, steps: mergeSteps(BY_TWO) };
/** Of three levels of four items. */
const MERGE_FOUR: TableVerb = { ...MERGE, steps: mergeSteps(2) }, FUSE_LARGE: TableVerb = { ...FUSE, name: "fuse large leaves", steps: mergeSteps(2 + BY_TWO) };
const PART: TableVerb = { ...free(CUT), name: "part" };
/** Where runs have several lengths. */
const FUSE_FOUR: TableVerb = { ...FUSE, name: "fuse four", steps: mergeSteps(2) };
const PART_BY_TWO: TableVerb = { ...PART, name: "part by two", call: ({ me, table, page }) => ({ entry: "tableCut", values: [me, table, page, BY_TWO] }) };

const READERS = [single("lookup"), WALK, WALK_NEXT, single("list")];
const EDITORS = [single("map"), single("replace"), single("unmap"), single("unmap range"), single("protect"), free(PROTECT_ONE), free(UNMAP_ONE), single("read and clear"),
  free(CLEAR_ONE), single("write-protect"), PART];
const ALL = [...READERS, ...EDITORS, MAP_FUSED, FUSE];
const STATES: { state: string; mapped: number[]; mappedAs?: "fused" | "run" }[] = [
  { state: "fused", mapped: [0, 1], mappedAs: "fused" }, { state: "plain", mapped: [0, 1], mappedAs: "run" }, { state: "empty", mapped: [] },
];
/** Who has something to do with fused leaves, in that state, that is not told elsewhere. A lookup of a page says what its own item says. */
function matters(state: string, a: TableVerb, b: TableVerb): boolean {
  const has = (...verbs: TableVerb[]): boolean => verbs.includes(a) || verbs.includes(b);
  if (has(WALK_NEXT) && !has(...EDITORS.filter(({ name }) => name !== "map" && name !== "list"))) return false;
  if (state === "fused") return has(...EDITORS);
  return state === "plain" ? has(FUSE) : has(MAP_FUSED);
}

type Rest = Partial<TableCase>;
const cased = (shape: Shape, name: string, rest: Rest & Pick<TableCase, "threads" | "mapped">): TableCase =>
  ({ name, format: shape.word, pageLg2: shape.pageLg2, systemFrames: 12, trouble: "none", runs: shape, holds: runsAgree(shape), ...rest });
/** What a case is made of, all but its calls, where two leaves may be fused. */
export const FUSED_BY_TWO: Partial<TableCase> = { format: TWOS.word, pageLg2: TWOS.pageLg2, runs: TWOS, holds: runsAgree(TWOS) };
const calls = (...named: [verb: TableVerb, page: number][]): TableCase["threads"][number] => named.map(([verb, page]) => ({ verb, page }));

/** With trouble only those that differ in what they do to a run. */
const FEW = [WALK_NEXT, single("replace"), single("unmap"), free(CLEAR_ONE), PART, MAP_FUSED, FUSE];
function pairs(trouble: Trouble): TableCase[] {
  const verbs = trouble === "none" ? ALL : ALL.filter(({ name }) => FEW.some((verb) => verb.name === name));
  const meets = (a: TableVerb, b: TableVerb): boolean => trouble === "no frames" ? a.takes || b.takes : trouble !== "stop" || (a !== FUSE && b !== FUSE);
  const secondPages = (a: TableVerb, b: TableVerb): number[] => b.pages > 1 ? [0] : a.pages > 1 ? [1] : [0, 1];
  return verbs.flatMap((a, i) => verbs.slice(i).filter((b) => meets(a, b)).flatMap((b) => STATES.filter(({ state }) => matters(state, a, b)).flatMap(({ state, ...mapped }) =>
    secondPages(a, b).map((second) => cased(TWOS, `${a.name} | ${b.name}, pages 0 and ${second}, ${state}, runs of two${trouble === "none" ? "" : `, ${trouble}`}`,
      { trouble, ...mapped, threads: [calls([a, 0]), calls([b, second])], ...trouble !== "none" && { beyond: TROUBLED } })))));
}
/** One verb alone whose thread dies; its burier as well; two bury. */
const ALONE = [PART, FUSE, MAP_FUSED, single("unmap")].flatMap((verb) => STATES.flatMap(({ state, ...mapped }) => FUNERALS.map(({ name, ...funeral }) =>
  cased(TWOS, `${verb.name} alone, ${state}, ${name}, runs of two`, { trouble: "death", threads: [calls([verb, 0])], beyond: TROUBLED, ...mapped, ...funeral }))));

const RUN: Pick<TableCase, "mapped" | "mappedAs"> = { mapped: [0, 1, 2, 3], mappedAs: "fused" }, EIGHT = [0, 1, 2, 3, 4, 5, 6, 7];
const MEETINGS: [name: string, shape: Shape, rest: Rest & Pick<TableCase, "threads" | "mapped">][] = [
  ["unmaps of the first and the last", FOURS, { ...RUN, threads: [calls([single("unmap"), 0]), calls([single("unmap"), 3])] }],
  ["unmaps of two in the middle", FOURS, { ...RUN, threads: [calls([single("unmap"), 1]), calls([single("unmap"), 2])] }],
  ["an unmap beside a write by the next item", FOURS, { ...RUN, threads: [calls([single("unmap"), 1]), calls([WALK_NEXT, 1])] }],
  ["an unmap beside a write by the next item, and an unmap of what was written to", FOURS,
    { ...RUN, threads: [calls([single("unmap"), 3]), calls([WALK_NEXT, 1], [single("unmap"), 1])] }],
  ["an unmap and a map again beside a write by the last item", FOURS, { ...RUN, threads: [calls([single("unmap"), 2], [single("map"), 2]), calls([WALK_NEXT, 2])] }],
  ["marks are taken of one beside a write by the next item", FOURS, { ...RUN, threads: [calls([free(CLEAR_ONE), 0], [free(CLEAR_ONE), 0]), calls([WALK_NEXT, 0])] }],
  ["two unmaps beside a write", FOURS, { ...RUN, threads: [calls([single("unmap"), 0]), calls([single("unmap"), 3]), calls([WALK_NEXT, 1])], beyond: THREE }],
  ["unmaps of both beside a write, seen at each step", TWOS, { mapped: [0, 1], mappedAs: "fused",
    threads: [calls([single("unmap"), 0]), calls([single("unmap"), 1]), calls([WALK, 0])], isHeldEachStep: true, beyond: THREE }],
  ["two take marks beside a write", FOURS, { ...RUN, threads: [calls([free(CLEAR_ONE), 0]), calls([free(CLEAR_ONE), 2]), calls([WALK_NEXT, 0])], beyond: THREE }],
  ["unmaps, one stops", FOURS, { ...RUN, trouble: "stop", threads: [calls([single("unmap"), 0]), calls([single("unmap"), 3])], beyond: TROUBLED }],
  ["an unmap beside a write, one dies", FOURS, { ...RUN, trouble: "death", threads: [calls([single("unmap"), 0]), calls([WALK_NEXT, 1])], beyond: TROUBLED }],
  ["unmap | unmap, seen at each step", TWOS, { mapped: [0, 1], mappedAs: "fused", threads: [calls([single("unmap"), 0]), calls([single("unmap"), 1])], isHeldEachStep: true }],
  ["replace | walk, seen at each step", TWOS, { mapped: [0, 1], mappedAs: "fused", threads: [calls([single("replace"), 0]), calls([WALK_NEXT, 0])], isHeldEachStep: true }],
  ["a run is fused, parted and fused beside a write", TWOS, { mapped: [0, 1], mappedAs: "run", threads: [calls([FUSE, 0], [PART, 0], [FUSE, 0]), calls([WALK, 1])] }],
  ["a run is fused twice", TWOS, { mapped: [0, 1], mappedAs: "run", threads: [calls([FUSE, 0]), calls([FUSE, 1])], verdict: merges(1) }],
  ["two runs of a directory are fused", TWOS, { mapped: [0, 1, 2, 3], mappedAs: "run", threads: [calls([FUSE, 0]), calls([FUSE, 2])] }],
  ["a run is fused beside an unmap of another", TWOS, { mapped: [0, 1, 2, 3], mappedAs: "run", threads: [calls([FUSE, 0]), calls([single("unmap"), 2])] }],
  ["a run is fused beside a map of another, and an unmap", TWOS,
    { mapped: [0, 1], mappedAs: "run", threads: [calls([FUSE, 0]), calls([single("map"), 2]), calls([single("unmap"), 0])], beyond: THREE }],
  ["a directory goes and comes back alike where a run is fused", TWOS,
    { mapped: [0, 1], mappedAs: "run", threads: [calls([FUSE, 0]), calls([single("unmap range"), 0], [MAP_FUSED, 0], [PART, 0])] }],
  ["a large leaf becomes runs beside an unmap", TIERS, { mapped: [0, 1, 2, 3], mappedAs: "large", threads: [calls([CUT, 0]), calls([cutting("unmap"), 1])] }],
  ["a large leaf becomes runs beside a write", TIERS, { mapped: [0, 1, 2, 3], mappedAs: "large", threads: [calls([CUT, 0]), calls([WALK, 0], [WALK, 1])] }],
  ["runs become a large leaf beside a write", TIERS, { mapped: [0, 1, 2, 3], mappedAs: "fused", threads: [calls([MERGE_FOUR, 0]), calls([WALK, 1])] }],
  ["runs become a large leaf beside an unmap", TIERS, { mapped: [0, 1, 2, 3], mappedAs: "fused", threads: [calls([MERGE_FOUR, 0]), calls([cutting("unmap"), 1])] }],
  ["fused large leaves are cut beside a write", TIERS, { mapped: EIGHT, mappedAs: "fused large", threads: [calls([cutting("unmap"), 0]), calls([WALK, 5])] }],
  ["fused large leaves are cut from both ends", TIERS, { mapped: EIGHT, mappedAs: "fused large", threads: [calls([cutting("unmap"), 0]), calls([cutting("unmap"), 5])] }],
  ["large leaves are fused beside small ones that go", TIERS,
    { mapped: EIGHT, mappedAs: "large", threads: [calls([single("map"), 8], [FUSE_LARGE, 0]), calls([single("unmap"), 8])] }],
  ["large leaves are fused beside a cut", TIERS, { mapped: EIGHT, mappedAs: "large", threads: [calls([FUSE_LARGE, 0]), calls([CUT, 5])] }],
];
/** Runs of four and of two pages; and of two alone. */
const SIX: Pick<TableCase, "mapped" | "mappedAs"> = { mapped: [0, 1, 2, 3, 4, 5], mappedAs: "fused" }, PAIRS: typeof SIX = { mapped: [0, 1, 2, 3], mappedAs: "fused by two" };
const SEVERAL: [name: string, rest: Rest & Pick<TableCase, "threads" | "mapped">][] = [
  ["unmaps of both runs", { ...SIX, threads: [calls([single("unmap"), 1]), calls([single("unmap"), 4])] }],
  ["unmaps of the first and the last", { ...SIX, threads: [calls([single("unmap"), 0]), calls([single("unmap"), 3])] }],
  ["an unmap beside a write by the next item", { ...SIX, threads: [calls([single("unmap"), 1]), calls([WALK_NEXT, 2])] }],
  ["an unmap beside a write by the next item, of two", { ...SIX, threads: [calls([single("unmap"), 5]), calls([WALK_NEXT, 4])] }],
  ["marks are taken of one beside a write by the next item", { ...SIX, threads: [calls([free(CLEAR_ONE), 0]), calls([WALK_NEXT, 0])] }],
  ["an unmap beside a list", { ...SIX, threads: [calls([single("unmap"), 3]), calls([single("list"), 2])] }],
  ["a replacement beside a batch", { ...SIX, threads: [calls([single("replace"), 3]), calls([single("lookup batch"), 2])] }],
  ["both runs are parted by two", { ...SIX, threads: [calls([PART_BY_TWO, 0], [PART_BY_TWO, 4])],
    verdict: (_, sizeAt) => SIX.mapped.map(sizeAt).join() === "0,0,0,0,1,1" ? undefined : `sizes are ${SIX.mapped.map(sizeAt).join()}, expected 0,0,0,0,1,1` }],
  ["two of four are fused that are fused", { ...SIX, threads: [calls([FUSE, 0], [FUSE_FOUR, 0])], verdict: merges(0) }],
  ["four are fused of two and two beside an unmap", { ...PAIRS, threads: [calls([FUSE_FOUR, 0]), calls([single("unmap"), 3])] }],
  ["four are fused of two and two beside a write", { ...PAIRS, threads: [calls([FUSE_FOUR, 0]), calls([WALK_NEXT, 2])] }],
  ["four are fused beside two", { mapped: [0, 1, 2, 3], mappedAs: "run", threads: [calls([FUSE_FOUR, 0]), calls([FUSE, 2])] }],
  ["four are fused and parted beside a write", { ...PAIRS, threads: [calls([FUSE_FOUR, 0], [PART, 1]), calls([WALK_NEXT, 0])] }],
  ["an unmap beside a write, one dies", { ...SIX, trouble: "death", threads: [calls([single("unmap"), 1]), calls([WALK_NEXT, 2])], beyond: TROUBLED }],
  ["four are fused of two and two, one dies", { ...PAIRS, trouble: "death", threads: [calls([FUSE_FOUR, 0]), calls([single("unmap"), 3])], beyond: TROUBLED }],
];
const meetings = [
  ...MEETINGS.map(([name, shape, rest]) => cased(shape, `${name}, fused leaves`, { systemFrames: 16, ...rest })),
  ...SEVERAL.map(([name, rest]) => cased(AMD, `${name}, fused leaves, amd-v1-2`, { systemFrames: 16, ...rest })),
];

/** Beside a run of large leaves that is fused there is a directory whose thread died when it had killed it: its burier takes it out. */
const DIRECTORY_DIED: Workload = {
  name: "large leaves are fused beside a dead directory that is buried, fused leaves", threads: 2, subjectBytes: SUBJECT_BYTES,
  entries: [...BURIAL_ENTRIES, ...MERGE_ENTRIES],
  setup: [...SETUP, "tableCreate", "tableMap", "tableMapRange"],
  begin: (run, arena) => {
    const stage = new Stage(run, arena, { slots: 3, systemFrames: 8, pageLg2: TIERS.pageLg2 }), [by, me, dead] = stage.slots as [number, number, number];
    const table = stage.number("tableCreate", by, TIERS.word);
    stage.succeed("tableMapRange", by, table, 0, 8, 8, WRITABLE | TIERS.indexBits << Entry.SIZE, 0);
    stage.succeed("tableMap", dead, table, 8, 3, WRITABLE, 0);
    stage.leaveDead(arena, stage.directoryIn(arena, stage.directoryIn(arena, stage.rootOf(arena, table), 0), 2), 4);
    return {
      threads: [burial(by, 2), assemble([FUSE_LARGE.steps!({ me, table, page: 0, frame: 0 })], me)],
      checkEnd: ({ view }) => stage.audit(view) ?? stage.unburied(view, [2]), nameAddress: (at) => stage.nameOf(at, arena),
    };
  },
};

// A fuse waits for one that stopped, as a merge does.
const CASES = [...(["none", "death", "no frames", "stop"] as const).flatMap(pairs), ...ALONE, ...meetings];
export const FUSED_WORKLOADS: Workload[] = [...CASES.map(tableWorkload), DIRECTORY_DIED];
