// Tables that grow: a thread that maps beyond the top raises it, beside every verb of a table; several raise it at once; the former root is
// emptied, given back and used again meanwhile. Directories of four items, one level at first: pages 0 to 3; 4 to 15 need two, 16 to 63 three. Where
// the table gets two levels at once they have two items: pages 0 and 1; 2 and 3; 4 to 7.
import type { Workload } from "../workload.js";
import { CUT, MAP_LARGE, MERGE, cutting } from "./large.js";
import { GROWING, LARGE_GROWING, NARROW_GROWING } from "./stage.js";
import { casesOf, type Calls } from "./table-calls.js";
import { FUNERALS, THREE, tableWorkload, type TableCase, type Trouble } from "./table-pairs.js";
import { MAP_AWAY, TABLE_VERBS, tableVerb, type TableVerb } from "./table-verbs.js";

const grows = casesOf("the table grows", { format: GROWING, pageLg2: 6, systemFrames: 36, apart: 15 });

interface Given { mapped: number[]; threads: Calls[] }
/** Where a verb meets the one that raises the table: in the former root, from that into what was beyond it, beyond it. */
function beside({ name, pages, wantsMapped }: TableVerb, raisedFor: number, last: number): Given[] {
  const low = wantsMapped ? Array.from({ length: pages }, (_, page) => page) : [], threads = (page: number): Calls[] => [[["map", raisedFor]], [[name, page]]];
  return [
    { mapped: low, threads: threads(0) }, ...low.length && pages <= last ? [{ mapped: [...low, last], threads: threads(0) }] : [],
    { mapped: wantsMapped ? [last] : [], threads: threads(pages === 2 ? last : raisedFor) },
  ];
}
const raisers = (pages: [number, number][]): Given[] =>
  pages.flatMap(([a, b]) => (a === b ? [[0]] : [[], [0]]).map((mapped) => ({ mapped, threads: [[["map", a]], [["map", b]]] })));
const NEXT = [...TABLE_VERBS.flatMap((verb) => beside(verb, 5, 3)), ...raisers([[5, 5], [5, 6], [5, 9]])];
/** Two levels at once: asked of those who change what is there. */
const FARTHER = [...["lookup", "map", "unmap", "map range", "unmap range", "list"].flatMap((name) => beside(tableVerb(name), 4, 1)),
  ...raisers([[2, 4], [4, 4], [4, 5], [4, 6]])];

const TROUBLES: Trouble[] = ["none", "death", "no frames", "stop"];
const pairs = TROUBLES.flatMap((trouble) => [
  ...NEXT.map(({ mapped, threads }) => grows(mapped, threads, { trouble })),
  ...FARTHER.map(({ mapped, threads }) => grows(mapped, threads, { trouble, format: NARROW_GROWING })),
]);

const ALONE: [calls: Calls, format: number][] = [[[["map", 5]], GROWING], [[["map", 4]], NARROW_GROWING], [[["map range", 3]], GROWING]];
const alone = FUNERALS.flatMap(({ name, ...funeral }) => [[], [0]].flatMap((mapped) => ALONE.map(([calls, format]) => {
  const given = grows(mapped, [calls], { trouble: "death", format, ...funeral });
  return { ...given, name: given.name.replace(/death$/, `alone, ${name}`) };
})));

/** What takes several verbs of a thread, or three threads. */
const NARROW: Partial<TableCase> = { format: NARROW_GROWING };
const FEW: Partial<TableCase> = { systemFrames: 5, apart: 0, isScarce: true };
const MEETINGS: (Given & { rest?: Partial<TableCase> })[] = [
  { mapped: [0], threads: [[["map", 5], ["unmap", 5]], [["unmap", 0]]] }, { mapped: [0], threads: [[["map", 5]], [["unmap", 0], ["map", 0]]] },
  { mapped: [0], threads: [[["map", 2], ["map", 4]], [["unmap", 0]]], rest: NARROW }, { mapped: [], threads: [[["map", 2], ["map", 4]], [["map", 0], ["unmap", 0]]], rest: NARROW },
  { mapped: [0], threads: [[["map", 5], ["unmap", 0]], [["map", 1]]] }, { mapped: [0], threads: [[["map", 5], ["unmap", 0]], [["unmap", 0], ["map", 1]]] },
  { mapped: [0], threads: [[["map", 5]], [["unmap", 0], [MAP_AWAY, 0]]] },
  // Who loses the race to raise builds its path of what it built for nothing.
  { mapped: [0], threads: [[["map", 5]], [["map", 6], ["lookup", 4]]] },
  // The former root's frame is the only one that is left.
  { mapped: [0], threads: [[["map", 5], ["unmap", 0], ["map", 9]], [["lookup", 0]]], rest: FEW },
  { mapped: [0], threads: [[["map", 5], ["unmap", 0], ["map", 9]], [["map", 1]]], rest: FEW },
  { mapped: [0], threads: [[["map", 5]], [["unmap", 0]], [["lookup", 0]]], rest: { beyond: THREE, apart: 8 } },
  { mapped: [0], threads: [[["map", 2]], [["map", 4]], [["unmap", 0]]], rest: { ...NARROW, beyond: THREE, apart: 8 } },
  { mapped: [0], threads: [[["map", 5]], [["unmap", 0]], [["map", 1]]], rest: { beyond: THREE, apart: 8 } },
  { mapped: [], threads: [[["map", 5]], [["map", 6]], [["map", 9]]], rest: { beyond: THREE, apart: 8 } },
  // The former root is frozen again and again for a large leaf, and each of the others calls that off.
  { mapped: [], threads: [[[MAP_LARGE, 0]], [["map", 0]], [["map", 1]]], rest: { format: LARGE_GROWING, apart: 8 } },
];
const meetings = MEETINGS.map(({ mapped, threads, rest }) => grows(mapped, threads, rest));

/** A large leaf of two pages needs a level above the root's, where the root is in its way; the former root is merged, and cut again. */
const OF_LARGE: { mapped: number[]; mappedAs?: "run"; threads: Calls[] }[] = [
  { mapped: [], threads: [[[MAP_LARGE, 0]], [["map", 1]]] }, { mapped: [1], threads: [[[MAP_LARGE, 0]], [[cutting("unmap"), 1]]] },
  { mapped: [], threads: [[[MAP_LARGE, 0]], [[MAP_LARGE, 0]]] }, { mapped: [], threads: [[[MAP_LARGE, 0]], [["map", 2]]] },
  { mapped: [0, 1], mappedAs: "run", threads: [[["map", 2], [MERGE, 0]], [[cutting("unmap"), 1]]] },
  { mapped: [0, 1], mappedAs: "run", threads: [[["map", 2]], [[MERGE, 0]]] },
  { mapped: [0, 1], mappedAs: "run", threads: [[["map", 2], [MERGE, 0], [CUT, 0]], [["walk for a write", 0]]] },
];
const large = OF_LARGE.flatMap(({ mapped, threads, ...rest }) => (["none", "death", "no frames"] as const).map((trouble) =>
  grows(mapped, threads, { ...rest, trouble, format: LARGE_GROWING })));

export const GROWTH_WORKLOADS: Workload[] = [...pairs, ...alone, ...meetings, ...large].map(tableWorkload);
