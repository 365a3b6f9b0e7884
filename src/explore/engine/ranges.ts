// Ranges that are mapped by who knows that nobody else maps these pages: others are in their directory, empty it and freeze it, merge and cut beside them, and
// readers are at the pages. And lookups of a range, which are batches whose pages are not listed; and of lists with a range in them.
import { Slot, Staging } from "../../../assembly/layout/arena.js";
import { FORMATS } from "../../formats.js";
import type { Workload } from "../workload.js";
import { FUSE, FUSED_BY_TWO } from "./fused.js";
import { CUT, MERGE, UNMAP_ONE } from "./large.js";
import { DEEP, FLAT_OF_2, FLAT_OF_32, LARGE, TREE_OF_1, TREE_OF_4 } from "./stage.js";
import { casesOf, type Calls } from "./table-calls.js";
import { FUNERALS, THREE, tableWorkload, type TableCase, type Trouble } from "./table-pairs.js";
import { lookedUp, setFloat, tableVerb, told, type TableVerb } from "./table-verbs.js";

/** Its last argument says so. */
const MAP = ((verb): TableVerb => (
  { ...verb, name: "owned map range", call: (spot) => { const call = verb.call(spot); return { ...call, values: [...call.values!.slice(0, -1), 1] }; } }
))(tableVerb("map range"));
const LOOKUP_RANGE: TableVerb = { name: "lookup range", pages: 2, wantsMapped: true, takes: false,
  call: ({ me, table, page }) => ({ entry: "tableLookupRange", values: [me, table, page, 2], answer: lookedUp(me, 0, 1) }),
  operations: told("find", 2) };

/** A list whose first pages follow each other, so many that they are looked up as a range is, directory by directory; and the page before them. */
const IN_ORDER = 16, LOOKUP_RUN: TableVerb = { name: "lookup run in list", pages: 2, wantsMapped: true, takes: false,
  prepare: ({ me, page }, arena) => {
    const pages = arena.u32(me + Slot.STAGING) + Staging.PAGES;
    for (let i = 0; i <= IN_ORDER; i++) setFloat(arena, pages + 8 * i, i < IN_ORDER ? page + 1 + i : page);
  },
  call: ({ me, table }) => ({ entry: "tableLookupBatch", values: [me, table, IN_ORDER + 1], answer: lookedUp(me, IN_ORDER, 0) }),
  operations: told("find", 2) };

const meets = casesOf("ranges", { format: DEEP, pageLg2: 6, systemFrames: 12 });

/** Pages 0 and 1 are an owner's; 2 is another's, in the same leaf; a leaf further is 4. */
const BESIDE: [mapped: number[], call: Calls[number]][] = [
  [[], ["map", 2]], [[2], ["unmap", 2]], [[], ["map range", 2]], [[2, 3], ["unmap range", 2]], [[2], ["replace", 2]], [[], [MAP, 2]], [[4], ["unmap", 4]],
];
const READERS: Calls[number][] = [["lookup", 0], ["lookup", 1], ["walk for a write", 1], ["list", 0], ["lookup batch", 0], [LOOKUP_RANGE, 0]];
const pairs = (["none", "death", "no frames", "stop"] as const).flatMap((trouble: Trouble) => [
  ...BESIDE.map(([mapped, call]) => meets(mapped, [[[MAP, 0]], [call]], { trouble })),
  ...(trouble === "none" ? READERS : []).flatMap((call) => [meets([], [[[MAP, 0]], [call]]), meets([2], [[[MAP, 0]], [call]])]),
]);
const alone = FUNERALS.flatMap(({ name, ...funeral }) => [[], [2]].map((mapped): TableCase => {
  const given = meets(mapped, [[[MAP, 0]]], { trouble: "death", ...funeral });
  return { ...given, name: given.name.replace(/death$/, `alone, ${name}`) };
}));

/** What takes several verbs of a thread, or three threads; what was mapped already. */
const MEETINGS: [mapped: number[], threads: Calls[], rest?: Partial<TableCase>][] = [
  [[2], [[[MAP, 0], ["unmap range", 0]], [["unmap", 2]]]], [[2], [[[MAP, 0]], [["unmap", 2], ["map", 2]]]], [[0, 1], [[["unmap range", 0], [MAP, 0]], [["map", 2], ["unmap", 2]]]],
  [[], [[[MAP, 0], ["unmap range", 0]], [["map", 2], ["unmap", 2]]]], [[0, 1], [[["unmap range", 0], [MAP, 0]], [["walk for a write", 1]]]],
  [[1], [[[MAP, 0], ["unmap range", 0], [MAP, 0]]]], [[5], [[[MAP, 3]], [["unmap", 5]]]], [[2, 5], [[[MAP, 3]], [["unmap", 5], ["unmap", 2]]]],
  [[2], [[[MAP, 0]], [["unmap", 2]], [["map", 3]]], { beyond: THREE }], [[2], [[[MAP, 0]], [["unmap", 2]], [["lookup", 1]]], { beyond: THREE }],
];
const meetings = MEETINGS.flatMap(([mapped, threads, rest]) =>
  (["none", ...threads.length === 2 ? ["death"] as const : []] as const).map((trouble) => meets(mapped, threads, { ...rest, trouble })));

/** Others fuse, merge and cut beside the pages, and at the leaf that they were in. */
const RUN: Partial<TableCase> = { ...FUSED_BY_TWO, mappedAs: "run" }, SMALL: Partial<TableCase> = { format: LARGE, mappedAs: "run" };
const SIZED: [mapped: number[], threads: Calls[], rest: Partial<TableCase>][] = [
  [[2, 3], [[[MAP, 0]], [[FUSE, 2]]], RUN], [[0, 1, 2, 3], [[["unmap range", 0], [MAP, 0]], [[FUSE, 2]]], RUN], [[0, 1], [[["unmap range", 0], [MAP, 0]], [[FUSE, 0]]], RUN],
  [[0, 1], [[["unmap range", 0], [MAP, 0]], [[MERGE, 0]]], SMALL], [[0, 1], [[["unmap range", 0], [MAP, 0]], [[CUT, 0]]], { ...SMALL, mappedAs: "large" }],
  [[0, 1], [[["unmap range", 0], [MAP, 0]], [[MERGE, 0], [UNMAP_ONE, 2]]], SMALL],
  [[0, 1], [[[LOOKUP_RANGE, 0]], [[CUT, 0]]], { ...SMALL, mappedAs: "large" }], [[0, 1], [[[LOOKUP_RANGE, 0]], [[UNMAP_ONE, 1]]], { ...SMALL, mappedAs: "large" }],
];
const sized = SIZED.flatMap(([mapped, threads, rest]) => (["none", "death"] as const).map((trouble): TableCase => {
  const given = meets(mapped, threads, { ...rest, trouble });
  return { ...given, name: given.name.replace(" mapped,", ` mapped as ${rest.mappedAs === "large" ? "one leaf" : "a run"},`) };
}));

/** A range is looked up beside all that changes it. */
const CHANGES: Calls[number][] = [["map", 3], ["unmap", 3], ["replace", 3], ["map range", 3], ["unmap range", 3], ["protect", 3], ["unmap", 4], ["map", 4]];
const lookups = CHANGES.flatMap((call) => [
  ...[[3, 4], []].map((mapped) => meets(mapped, [[[LOOKUP_RANGE, 3]], [call]])), meets([3, 4], [[[LOOKUP_RUN, 3]], [call]]),
]);
/** The range ends where its pages no longer follow each other, and not with a directory. */
const inOne = [3, 4].map((page): TableCase => {
  const given = meets([3, 4], [[[LOOKUP_RUN, 3]], [["unmap", page]]], { format: FLAT_OF_32, pageLg2: 8 });
  return { ...given, name: `${given.name}, one directory` };
});

const SHIPPED: [mapped: number[], threads: Calls[]][] = [[[2, 9], [[[MAP, 0]], [["unmap", 2]]]], [[2, 9], [[[MAP, 0]], [["lookup", 1]]]], [[2], [[[MAP, 0]], [["unmap", 2]]]]];
const shipped = SHIPPED.map(([mapped, threads]) => {
  const given = meets(mapped, threads, { format: FORMATS["x86-64"], pageLg2: 12 });
  return { ...given, name: `${given.name}, x86-64` };
});

/** Items of every size. */
const DESCRIBED: [table: string, format: number][] = [["items of 1 byte", TREE_OF_1], ["items of 2 bytes", FLAT_OF_2], ["items of 4 bytes", TREE_OF_4], ["items of 8 bytes", DEEP]];
const described = DESCRIBED.flatMap(([table, format]) => [meets([2], [[[MAP, 0]], [["unmap", 2]]], { format }), meets([2], [[[MAP, 0]], [["lookup", 1]]], { format })]
  .map((given): TableCase => ({ ...given, name: `${given.name}, ${table}, described` })));

export const RANGE_WORKLOADS: Workload[] = [...pairs, ...alone, ...meetings, ...sized, ...lookups, ...inOne, ...shipped, ...described].map(tableWorkload);
