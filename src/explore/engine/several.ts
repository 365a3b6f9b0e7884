// Workloads that no pair of verbs makes: threads that call several in turn, so that a frame, an entry or a page goes and comes back.
import { spaceWorkload, type SpaceCase } from "./space-pairs.js";
import { spaceVerb, type PageState } from "./space-verbs.js";
import { DEEP } from "./stage.js";
import { THREE, tableWorkload, type TableCase } from "./table-pairs.js";
import { tableVerb } from "./table-verbs.js";
import type { Workload } from "../workload.js";

/** What a thread calls: verbs by name, each with its page. */
type Calls = [verb: string, page: number][];

function threadsOf<V>(verbOf: (name: string) => V, threads: Calls[]): { verb: V; page: number }[][] {
  return threads.map((calls) => calls.map(([name, page]) => ({ verb: verbOf(name), page })));
}
function onTable(name: string, mapped: number[], threads: Calls[], rest: Partial<TableCase> = {}): TableCase {
  return { name, format: DEEP, pageLg2: 6, systemFrames: 12, trouble: "none", mapped, threads: threadsOf(tableVerb, threads), ...rest };
}
function onSpace(name: string, pages: [page: number, state: PageState][], threads: Calls[], rest: Partial<SpaceCase> = {}): SpaceCase {
  return { name, pages: new Map(pages), trouble: "none", threads: threadsOf(spaceVerb, threads), ...rest };
}
const DEATH: Partial<SpaceCase> = { trouble: "death", beyond: THREE };

const TABLE_CASES: TableCase[] = [
  onTable("a leaf is used again under a lookup", [3], [[["lookup", 3]], [["unmap", 3], ["map", 19]]]),
];
const SPACE_CASES: SpaceCase[] = [
  onSpace("a freed frame is filled again under a load", [[0, "untouched"], [1, "in system memory"]], [[["CPU load", 1]], [["munmap", 1], ["CPU store", 0]]]),
  onSpace("a frame is freed under a load, and taken by a third thread", [[2, "hole"], [1, "in system memory"]],
    [[["CPU load", 1]], [["munmap", 1]], [["mmap", 2]]], { together: true }),
  onSpace("a frame is taken, freed and taken again", [[0, "untouched"], [1, "untouched"]], [[["CPU load", 0]], [["CPU store", 1], ["munmap", 1]]], { together: true }),
  onSpace("two changes against a fault", [[1, "untouched"]], [[["CPU load", 1]], [["mprotect to read", 1], ["munmap", 1]]]),
  onSpace("a reservation comes back", [[1, "untouched"]], [[["device store", 1]], [["mprotect to read", 1], ["device load", 1]]]),
  onSpace("a page leaves and comes back while a change is buried", [[1, "in system memory"]],
    [[["migrate to the device", 1], ["migrate to the system", 1]], [["mprotect to read", 1]]], DEATH),
];

export const SEVERAL_WORKLOADS: Workload[] = [...TABLE_CASES.map(tableWorkload), ...SPACE_CASES.map(spaceWorkload)];
