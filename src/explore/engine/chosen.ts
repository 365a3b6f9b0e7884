// Pairs in the formats that are shipped, with their own pages of 4 KiB; and the triples of verbs that are dangerous together: those that
// install and remove directories, those that take and give frames (ABA needs three), and those that move one page.
import { FORMATS, shapeOf, type FormatName } from "../../formats.js";
import type { Workload } from "../workload.js";
import { THREE, tableWorkload, type TableCase } from "./table-pairs.js";
import { TABLE_VERBS, tableVerb, type TableVerb } from "./table-verbs.js";
import { spaceWorkload, type SpaceCase } from "./space-pairs.js";
import { spaceVerb, type PageState } from "./space-verbs.js";
import { DEEP, FURTHER, SHALLOW, SHIPPED, framesFor } from "./stage.js";

const SINGLE = TABLE_VERBS.filter(({ pages, name }) => pages === 1 || ["protect", "read and clear"].includes(name));
/** A page beside the others, so that their leaf stays; without it the last unmap gives back three directories. */
const ANCHOR = 9;

/** What the further formats are asked: an item comes and goes, hardware marks one that another thread takes. */
const FEW = [["map", "unmap"], ["walk for a write", "unmap"], ["replace", "walk for a write"]] as const;

function inFormat(name: FormatName, a: TableVerb, b: TableVerb, states: number[][]): TableCase[] {
  return states.map((mapped) => ({
    name: `${a.name} | ${b.name}, ${name}, ${mapped.includes(3) ? "mapped" : "empty"}, ${mapped.includes(ANCHOR) ? "leaf stays" : "leaf goes"}`,
    format: FORMATS[name], pageLg2: 12, systemFrames: framesFor(name, 12), trouble: "none", mapped, threads: [[{ verb: a, page: 3 }], [{ verb: b, page: 3 }]],
  }));
}
function shippedPairs(): TableCase[] {
  return SHIPPED.flatMap((name) => SINGLE.flatMap((a, i) => SINGLE.slice(i).flatMap((b) => inFormat(name, a, b, [[3, ANCHOR], [3], [ANCHOR], []]))));
}
/** A directory of four levels that goes has too many states to be asked of each format. Hardware that notes nothing is asked about no mark. */
function furtherPairs(): TableCase[] {
  return FURTHER.flatMap((name) => FEW.slice(0, "dirty" in shapeOf(name).fixed ? 1 : FEW.length).flatMap(([a, b]) =>
    inFormat(name, tableVerb(a), tableVerb(b), shapeOf(name).levels === 2 ? [[3, ANCHOR], [3], [ANCHOR], []] : [[3, ANCHOR], [ANCHOR]])));
}

/** Verbs with their pages, and the pages that are mapped at first. */
const TABLE_TRIPLES: { verbs: [string, number][]; mapped: number[]; format?: number; systemFrames?: number }[] = [
  { verbs: [["map", 0], ["unmap", 0], ["lookup", 0]], mapped: [0] },
  { verbs: [["map", 1], ["unmap", 0], ["lookup", 1]], mapped: [0] },
  { verbs: [["map", 1], ["unmap", 0], ["unmap", 2]], mapped: [0, 2] },
  { verbs: [["map", 1], ["map", 4], ["unmap", 0]], mapped: [0] },
  { verbs: [["unmap", 0], ["unmap", 1], ["unmap", 4]], mapped: [0, 1, 4] },
  { verbs: [["unmap", 0], ["unmap range", 0], ["map", 0]], mapped: [0] },
  { verbs: [["replace", 0], ["unmap", 0], ["walk for a write", 0]], mapped: [0] },
  { verbs: [["protect", 0], ["walk for a write", 0], ["unmap", 0]], mapped: [0] },
  { verbs: [["read and clear", 0], ["walk for a write", 0], ["unmap", 0]], mapped: [0] },
  { verbs: [["map", 0], ["map", 0], ["unmap", 0]], mapped: [] , format: SHALLOW },
  { verbs: [["map", 0], ["map", 4], ["unmap", 8]], mapped: [8], format: SHALLOW, systemFrames: 5 },
];
const SPACE_TRIPLES: { verbs: string[]; state: PageState }[] = [
  { verbs: ["CPU load", "device store", "munmap"], state: "in system memory" },
  { verbs: ["device store", "migrate to the device", "mprotect to read"], state: "in system memory" },
  { verbs: ["evict", "device load", "munmap"], state: "on the device" },
  { verbs: ["migrate to the device", "migrate to the system", "munmap"], state: "on the device" },
  { verbs: ["mmap", "munmap", "munmap"], state: "in system memory" },
  { verbs: ["device load", "device load", "mprotect to read"], state: "in system memory" },
  { verbs: ["device load by the ring", "device load by the ring", "device load by the ring"], state: "in system memory" },
];

const tableTriple = ({ verbs, mapped, format = DEEP, systemFrames = 12 }: typeof TABLE_TRIPLES[number]): TableCase => ({
  name: `${verbs.map(([name, page]) => `${name} ${page}`).join(" | ")}, three threads`, format, pageLg2: 6, systemFrames, trouble: "none", beyond: THREE, mapped,
  threads: verbs.map(([name, page]) => [{ verb: tableVerb(name), page }]),
});
const spaceTriple = ({ verbs, state }: typeof SPACE_TRIPLES[number]): SpaceCase => ({
  name: `${verbs.join(" | ")}, ${state}, three threads`, pages: new Map([[1, state]]), trouble: "none", beyond: THREE,
  threads: verbs.map((name) => [{ verb: spaceVerb(name), page: 1 }]),
});

export const CHOSEN_WORKLOADS: Workload[] = [
  ...[...shippedPairs(), ...furtherPairs(), ...TABLE_TRIPLES.map(tableTriple)].map(tableWorkload), ...SPACE_TRIPLES.map(spaceTriple).map(spaceWorkload),
];
