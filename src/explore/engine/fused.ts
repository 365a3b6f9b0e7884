// Fused leaves: verbs that change a page of a run, take its marks, make runs, part and fuse them, beside each other and beside hardware that notes
// in one item what it does to another's page. Whatever happens, and wherever a thread stops: what a fused item says of its run is what the run says.
import { Slot } from "../../../assembly/layout/arena.js";
import { Entry, Size } from "../../../assembly/layout/entry.js";
import { GenericItem } from "../../../assembly/layout/generic.js";
import { Table as Record } from "../../../assembly/layout/table.js";
import type { View, Workload } from "../workload.js";
import { CLEAR_ONE, CUT, MERGE, PROTECT_ONE, UNMAP_ONE, cutting, evenly, merges } from "./large.js";
import { assemble, pack, statusOf } from "./program.js";
import { SETUP, SUBJECT_BYTES, Stage, described } from "./stage.js";
import { FUNERALS, THREE, TROUBLED, burial, tableWorkload, type TableCase, type Trouble } from "./table-pairs.js";
import { BURIAL_ENTRIES, WRITABLE, entryIn, mergeSteps, packEntries, tableVerb, told, type TableVerb, type Told } from "./table-verbs.js";

interface Shape { levels: number; indexBits: number; largest?: number; fused: 2 | 4; word: number }
const shapeWith = (given: Omit<Shape, "word">): Shape => ({ ...given, word: described(given) });
/** Two levels of four items, of which two may be fused; of eight, of which four may; and three levels, the lower two with leaves. */
const TWOS = shapeWith({ levels: 2, indexBits: 2, fused: 2 }), FOURS = shapeWith({ levels: 2, indexBits: 3, fused: 4 });
const TIERS = shapeWith({ levels: 3, indexBits: 2, largest: 1, fused: 2 });
const PAGE_LG2 = 6, FUSED = 1 << Size.FUSED;

/** What is wrong with a table whose runs must say what their fused items say: of the same rights, each item a leaf to the frames behind those before it. */
function runsAgree({ levels, indexBits, fused }: Shape): NonNullable<TableCase["holds"]> {
  const RIGHTS = 1 << GenericItem.WRITE | 1 << GenericItem.EXECUTE | 1 << GenericItem.USER, has = (item: number, bit: number): boolean => (item >> bit & 1) === 1;
  return (view: View, me: number, table: number) => {
    const wrongIn = (frame: number, level: number): string | undefined => {
      const items = Array.from({ length: 2 ** indexBits }, (_, i) => view.u32(view.u32(me + Slot.FRAMES) + frame * 2 ** PAGE_LG2 + 8 * i));
      const isLeaf = (item: number): boolean => has(item, GenericItem.PRESENT) && (level === 0 || has(item, GenericItem.LARGE));
      for (let first = 0; first < items.length; first += fused) {
        const run = items.slice(first, first + fused), said = run.map((item, i) => isLeaf(item) ? (item >>> GenericItem.WIDE_FRAME) - i * 2 ** (level * indexBits) : -1);
        const isOne = said.every((frames, i) => frames === said[0] && (run[i]! & RIGHTS) === (run[0]! & RIGHTS));
        if (!isOne && run.some((item) => isLeaf(item) && has(item, GenericItem.FUSED)))
          return `a fused item of level ${level} stands in a run of ${run.map((item) => item.toString(16)).join()}`;
      }
      for (const item of items) {
        const wrong = has(item, GenericItem.PRESENT) && !isLeaf(item) ? wrongIn(item >>> GenericItem.WIDE_FRAME, level - 1) : undefined;
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
    answer: (_, view) => packEntries(view.u32(me + Slot.FLAGS) >> Entry.FUSED & 1, entryIn(view, me)) }),
  operations: (answer, { page }) => [
    ...told("mark", 1, 1)(answer, { me: 0, table: 0, page: page + 1, frame: 0 }),
    ...statusOf(answer) ? [{ operation: { page, verb: "mark" as const, value: 1 }, answer: undefined }] : [],
  ] };
/** Two pages to frames that may be fused. */
const MAP_FUSED: TableVerb = { ...single("map range"), name: "map fused",
  call: (spot) => {
    const { me, table, page, frame } = evenly(spot);
    return { entry: "tableMapRange", values: [me, table, page, page + 2, frame, WRITABLE | FUSED << Entry.LEVEL],
      answer: (status, view) => pack(status, view.u32(me + Slot.COUNT)) };
  },
  operations: (answer, spot): Told[] => single("map range").operations(answer, evenly(spot)) };
const FUSE: TableVerb = { ...MERGE, name: "fuse", takes: true, steps: mergeSteps(FUSED) };
const FUSE_LARGE: TableVerb = { ...FUSE, name: "fuse large leaves", steps: mergeSteps(1 | FUSED) };
const PART: TableVerb = { ...free(CUT), name: "part" };

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
  ({ name, format: shape.word, pageLg2: PAGE_LG2, systemFrames: 12, trouble: "none", runs: shape, holds: runsAgree(shape), ...rest });
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
  ["runs become a large leaf beside a write", TIERS, { mapped: [0, 1, 2, 3], mappedAs: "fused", threads: [calls([MERGE, 0]), calls([WALK, 1])] }],
  ["runs become a large leaf beside an unmap", TIERS, { mapped: [0, 1, 2, 3], mappedAs: "fused", threads: [calls([MERGE, 0]), calls([cutting("unmap"), 1])] }],
  ["fused large leaves are cut beside a write", TIERS, { mapped: EIGHT, mappedAs: "fused large", threads: [calls([cutting("unmap"), 0]), calls([WALK, 5])] }],
  ["fused large leaves are cut from both ends", TIERS, { mapped: EIGHT, mappedAs: "fused large", threads: [calls([cutting("unmap"), 0]), calls([cutting("unmap"), 5])] }],
  ["large leaves are fused beside small ones that go", TIERS,
    { mapped: EIGHT, mappedAs: "large", threads: [calls([single("map"), 8], [FUSE_LARGE, 0]), calls([single("unmap"), 8])] }],
  ["large leaves are fused beside a cut", TIERS, { mapped: EIGHT, mappedAs: "large", threads: [calls([FUSE_LARGE, 0]), calls([CUT, 5])] }],
];
const meetings = MEETINGS.map(([name, shape, rest]) => cased(shape, `${name}, fused leaves`, { systemFrames: 16, ...rest }));

/** Beside a run of large leaves that is fused there is a directory whose thread died when it had killed it: its burier takes it out. */
const DIRECTORY_DIED: Workload = {
  name: "large leaves are fused beside a dead directory that is buried, fused leaves", threads: 2, subjectBytes: SUBJECT_BYTES,
  entries: [...BURIAL_ENTRIES, "tableMergeBegin", "drainBegin", "drainNext", "tableMergeHold", "tableMergeFinish"],
  setup: [...SETUP, "tableCreate", "tableMap", "tableMapRange"],
  begin: (run, arena) => {
    const stage = new Stage(run, arena, { slots: 3, systemFrames: 8, pageLg2: PAGE_LG2 }), [by, me, dead] = stage.slots as [number, number, number];
    const table = stage.number("tableCreate", by, TIERS.word);
    stage.succeed("tableMapRange", by, table, 0, 8, 8, WRITABLE | 1 << Entry.LEVEL);
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
