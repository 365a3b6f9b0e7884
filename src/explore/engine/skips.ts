// Levels that are left out: a thread needs a directory between a pointer and what it leads to, beside every verb of the pages below; what hangs lower than
// it was seen dies, and is buried; a table that grows points to its former root from far above. Directories of four items, three levels: pages 0 to 3 hang
// from the root, until another of its first 16 pages is mapped. A few in AMD's tables, of 512 items.
import { AmdShape } from "../../../assembly/layout/amdv1.js";
import { Slot } from "../../../assembly/layout/arena.js";
import { Entry } from "../../../assembly/layout/entry.js";
import { Status } from "../../../assembly/layout/status.js";
import { FORMATS } from "../../formats.js";
import type { Workload } from "../workload.js";
import { CUT, MERGE, cutting, merges } from "./large.js";
import { pack, statusOf } from "./program.js";
import { SKIPPING, SKIPPING_GROWING, SKIPPING_INDEX_BITS } from "./stage.js";
import { casesOf, type Calls } from "./table-calls.js";
import { FUNERALS, THREE, tableWorkload, type TableCase, type Trouble } from "./table-pairs.js";
import { MAP_AWAY, TABLE_VERBS, WRITABLE, entryWith, mergeSteps, type TableVerb } from "./table-verbs.js";

/** The first page of the next directory, for which one is put between; and of one that hangs from the root at another place. */
const NEXT = 2 ** SKIPPING_INDEX_BITS, FAR = NEXT ** 2;
const skips = casesOf("levels are left out", { format: SKIPPING, pageLg2: 6, systemFrames: 24, apart: 8 });

/** The leaves of a directory become one, and two pages one run. */
const MERGE_ALL: TableVerb = { ...MERGE, takes: true, steps: mergeSteps(SKIPPING_INDEX_BITS) }, FUSE: TableVerb = { ...MERGE, name: "fuse", takes: true, steps: mergeSteps(1) };
/** The pages of a directory, or of one a level above, as one leaf. */
const mapLeaf = (name: string, level: 1 | 2): TableVerb => ({ name, pages: 4, wantsMapped: false, takes: true,
  call: ({ me, table, page }) => ({ entry: "tableMapRange", values: [me, table, page, page + NEXT ** level, 0, WRITABLE | level * SKIPPING_INDEX_BITS << Entry.SIZE, 0],
    answer: (status, view) => pack(status, status === Status.EXIST ? view.f64(me + Slot.PAGE) - page : 0) }),
  operations: (answer, { page }) => Array.from({ length: statusOf(answer) === Status.OK ? NEXT ** level : 0 }, (_, i) =>
    ({ operation: { page: page + i, verb: "map", value: entryWith(i) }, answer: true })) });
const MAP_LARGE = mapLeaf("map large", 1), MAP_HUGE = mapLeaf("map huge", 2);

const BESIDE = TABLE_VERBS.filter(({ name }) => name !== "map" && name !== "map range");
/** A verb on what hangs from the root, or beside it, while one needs a directory between. */
const pairs = (["none", "death", "no frames", "stop"] as const).flatMap((trouble: Trouble) => [
  ...(trouble === "none" ? BESIDE : BESIDE.filter(({ name }) => name === "unmap" || name === "unmap range")).map((verb) =>
    skips(Array.from({ length: verb.wantsMapped ? verb.pages : 0 }, (_, page) => page), [[["map", NEXT]], [[verb, 0]]], { trouble })),
  ...trouble === "none" ? BESIDE.map((verb) => skips([0], [[["map", NEXT]], [[verb, NEXT]]])) : [],
  skips([0], [[["map", NEXT]], [["map", NEXT]]], { trouble }), skips([0], [[["map", NEXT]], [["map", 2 * NEXT]]], { trouble }),
  skips([0], [[["map", NEXT]], [["map", 1]]], { trouble }), skips([], [[["map", NEXT]], [["map", 0]]], { trouble }),
  skips([0, NEXT], [[["unmap", 0]], [["unmap", NEXT]]], { trouble }), skips([0], [[["map range", NEXT - 1]], [["unmap", 0]]], { trouble }),
]);
const LONE: [mapped: number[], call: Calls[number]][] = [[[0], ["map", NEXT]], [[0, NEXT], ["unmap", 0]], [[0], ["unmap", 0]]];
const alone = FUNERALS.flatMap(({ name, ...funeral }) => LONE.map(([mapped, call]) => {
  const given = skips(mapped, [[call]], { trouble: "death", ...funeral });
  return { ...given, name: given.name.replace(/death$/, `alone, ${name}`) };
}));

const GROWING: Partial<TableCase> = { format: SKIPPING_GROWING }, WHOLE = [0, 1, 2, 3];
const AS_RUN: Partial<TableCase> = { mappedAs: "run", runs: { indexBits: SKIPPING_INDEX_BITS, fused: [2] } };
const MERGES: Partial<TableCase> = { ...AS_RUN, verdict: merges(1) };
/** What takes several verbs of a thread, or three threads; merges and large leaves where the level is left out that they need; tables that grow. */
const MEETINGS: [mapped: number[], threads: Calls[], rest?: Partial<TableCase>][] = [
  [[0], [[["map", NEXT], ["unmap", NEXT]], [["unmap", 0]]]], [[0], [[["map", NEXT]], [["unmap", 0], ["map", 0]]]], [[0], [[["map", NEXT], ["unmap", 0]], [["lookup", 0]]]],
  [[0], [[["map", NEXT]], [["unmap", 0], ["map", FAR]]]], [[], [[["map", NEXT], ["unmap", NEXT]], [["map", 0], ["unmap", 0]]]],
  [[0], [[["map", NEXT]], [["unmap", 0]], [["lookup", 0]]], { beyond: THREE, systemFrames: 32 }],
  [[0], [[["map", NEXT]], [["unmap", 0]], [["map", 1]]], { beyond: THREE, systemFrames: 32 }],
  [[0, 1], [[[FUSE, 0]], [["map", NEXT]]], AS_RUN], [[0, 1], [[[FUSE, 0]], [[cutting("unmap"), 1]]], AS_RUN], [[0, 1], [[[FUSE, 0], [CUT, 0]], [["walk for a write", 1]]], AS_RUN],
  [WHOLE, [[[MERGE_ALL, 0]], [["map", NEXT]]], AS_RUN], [WHOLE, [[[MERGE_ALL, 0]], [[cutting("unmap"), 1]]], AS_RUN], [WHOLE, [[[MERGE_ALL, 0]], [[MERGE_ALL, 1]]], AS_RUN],
  [[0, 1], [[[FUSE, 1]]], { ...AS_RUN, systemFrames: 3, apart: 0, isScarce: true, verdict: merges(0) }],
  [WHOLE, [[[MERGE_ALL, 0]]], MERGES], [[...WHOLE, NEXT], [[[MERGE_ALL, 0]]], MERGES], [[0, 1], [[[FUSE, 0]]], MERGES],
  [[0], [[[MAP_LARGE, 0]], [["unmap", 0]]]], [[0], [[[MAP_LARGE, NEXT]], [["unmap", 0]]]], [[0], [[["unmap", 0], [MAP_LARGE, 0]], [["lookup", 0]]]],
  [[0], [[["unmap", 0], [MAP_LARGE, 0]], [["map", NEXT]]]], [[0], [[["unmap", 0], [MAP_HUGE, 0]], [["map", NEXT], [cutting("unmap"), NEXT]]]],
  [[], [[[MAP_LARGE, 0]], [["map", 1]]]], [[], [[[MAP_LARGE, 0], ["map range", 1]]]],
  [[0], [[["map", FAR]], [["unmap", 0]]], GROWING], [[0], [[["map", FAR]], [["lookup", 0]]], GROWING], [[0], [[["map", FAR], ["map", NEXT]], [["unmap", 0]]], GROWING],
  [[0], [[["map", NEXT * FAR], ["lookup batch", FAR]]], GROWING], [[0], [[["lookup batch", FAR]]]], [[1, 0], [[["lookup batch", 0]]]],
  [[0], [[["map", FAR]], [["map", NEXT]]], GROWING],
  [[0], [[["map", FAR]], [["unmap", 0], [MAP_AWAY, 0]]], GROWING], [[0], [[["map range", NEXT]], [["unmap", 0]]]], [[0], [[["map range", 2 * NEXT - 1]], [["unmap", 0]]]],
  [[0], [[["map", FAR]], [["map", NEXT], ["unmap", 0]]], GROWING], [[], [[["map", FAR]], [["map", 0], ["unmap", 0]]], GROWING],
];
const meetings = MEETINGS.flatMap(([mapped, threads, rest]) => (["none", ...threads.length === 2 ? ["death", "no frames"] as const : []] as const).flatMap((trouble) => {
  const given = skips(mapped, threads, { ...rest, trouble });
  return rest?.format === undefined ? [given] : [{ ...given, name: given.name.replace("levels are left out", "the table grows, levels are left out") }];
}));
/** In AMD's own tables: pages of 4 KiB, directories of 512 items. */
const AMD_NEXT = 2 ** AmdShape.INDEX_BITS, OF_AMD: [mapped: number[], threads: Calls[]][] = [
  [[0], [[["map", AMD_NEXT]], [["lookup", 0]]]], [[0], [[["map", AMD_NEXT]], [["unmap", 0]]]],
  [[0], [[["map", AMD_NEXT]], [["map", AMD_NEXT]]]], [[], [[["map", AMD_NEXT]], [["map", 0]]]],
];
const amd = OF_AMD.map(([mapped, threads]) => {
  const given = skips(mapped, threads, { format: FORMATS["amd-v1-3"], pageLg2: AmdShape.PAGE_LG2 });
  return { ...given, name: `${given.name}, amd-v1-3` };
});

export const SKIP_WORKLOADS: Workload[] = [...pairs, ...alone, ...meetings, ...amd].map(tableWorkload);
