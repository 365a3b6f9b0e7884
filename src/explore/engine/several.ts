// Workloads that no pair of verbs makes: threads that call several in turn, so that a frame, an entry or a page goes and comes back.
import { FORMATS } from "../../formats.js";
import { spaceWorkload, type SpaceCase } from "./space-pairs.js";
import { spaceVerb, type PageState } from "./space-verbs.js";
import { DEEP, SHALLOW } from "./stage.js";
import { THREE, TROUBLED, tableWorkload, type TableCase } from "./table-pairs.js";
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
  onTable("a leaf is used again under two lookups", [3], [[["lookup", 3]], [["lookup", 3]], [["unmap", 3], ["map", 19]]], { beyond: THREE }),
  onTable("a freeze is called off", [0], [[["unmap", 0]], [["map", 1], ["map", 0]]]),
  onTable("a freeze is called off, a range", [0], [[["unmap", 0]], [["map", 1], ["map range", 2], ["map", 0]]]),
  onTable("two leave a leaf to others", [0, 1, 2, 3], [[["unmap", 0]], [["unmap", 1]]]),
  onTable("a killer that is late meets a newer mark", [0], [[["unmap", 0], ["map", 2]], [["map", 1], ["unmap", 1]]], { format: SHALLOW }),
  onTable("two begin a freeze beside a map", [0, 1], [[["unmap", 0]], [["unmap", 1]], [["map", 2]]], { format: SHALLOW, beyond: THREE }),
  onTable("two leave a leaf to another, x86-64", [3, 4, 9], [[["unmap", 3]], [["unmap", 4]]], { format: FORMATS["x86-64"], pageLg2: 12 }),
  ...[[["map", 0], ["map", 1]], [["unmap", 0], ["unmap", 1]], [["map", 1], ["unmap", 0]], [["unmap", 0], ["map", 4]]].map((calls) => onTable(
    `${calls.map(([verb, page]) => `${verb} ${page}`).join(" beside ")}, two levels, death`, calls.flatMap(([verb, page]) => verb === "unmap" ? [page as number] : []),
    calls.map((call) => [call as [string, number]]), { format: SHALLOW, systemFrames: 5, trouble: "death", beyond: TROUBLED })),
  onTable("directories that were given back are the only ones", [3], [[["unmap", 3], ["map", 19], ["unmap", 19], ["map", 3]]], { systemFrames: 4 }),
];
/** So many areas that the index has two chunks. */
const AREAS: [page: number, state: PageState][] = [0, 2, 4, 6, 8].map((page) => [page, "untouched"]);
const IN_MEMORY: [page: number, state: PageState][] = [[1, "in system memory"]], ON_DEVICE: typeof IN_MEMORY = [[1, "on the device"]];

const SPACE_CASES: SpaceCase[] = [
  ...["CPU load", "device load", "CPU store", "device store"].flatMap((access) => [IN_MEMORY, ON_DEVICE].map((pages, i) =>
    onSpace(`${access} twice beside munmap, ${i ? "device" : "system"} memory`, pages, [[[access, 1], [access, 1]], [["munmap", 1]]]))),
  ...["CPU load", "device store"].map((access) => onSpace(`${access} before and after another mapping`, IN_MEMORY, [[[access, 1], ["munmap", 1], ["mmap", 1], [access, 1]]])),
  ...["CPU load", "device load"].map((access) => onSpace(`${access} before and after its frame is another page's`, [[0, "untouched"], [1, "in system memory"]],
    [[[access, 1], ["munmap", 1], ["CPU store", 0], ["mmap", 1], [access, 1]]], { together: true })),
  onSpace("a mirror is killed between two loads of an untouched page", [[1, "untouched"]], [[["device load", 1], ["device load", 1]], [["kill the mirror", 1]]]),
  onSpace("a mirror is killed between two loads", IN_MEMORY, [[["device load", 1], ["device load", 1]], [["kill the mirror", 1]]]),
  onSpace("two munmaps beside mmap", [[1, "untouched"], [5, "untouched"]], [[["munmap", 5], ["munmap", 1]], [["mmap", 1]]]),
  onSpace("two munmaps beside mmap and a store", IN_MEMORY, [[["munmap", 5], ["munmap", 1]], [["mmap", 1], ["CPU store", 1]]]),
  onSpace("a fault that dies beside munmap", [[1, "untouched"]], [[["CPU load", 1]], [["munmap", 1]]], DEATH),
  onSpace("mmap beside a munmap that dies", [[1, "untouched"]], [[["munmap", 1]], [["mmap", 1]]], DEATH),
  onSpace("a page moves twice beside a load", IN_MEMORY, [[["migrate to the device", 1], ["migrate to the system", 1]], [["CPU load", 1]]]),
  onSpace("a page is claimed twice beside a load", IN_MEMORY, [[["claim and give up", 1], ["claim and give up", 1]], [["CPU load", 1]]]),
  onSpace("munmap of an untouched page beside one in memory", [[1, "in system memory"], [2, "untouched"], [3, "untouched"]], [[["munmap", 2], ["CPU load", 3]]]),
  onSpace("a frame of the device is not one of the system", [[1, "on the device"], [2, "untouched"]], [[["munmap", 1], ["CPU load", 2]]]),
  onSpace("a frame of the system is not one of the device", [[1, "in system memory"], [2, "untouched"]], [[["munmap", 1], ["device store, migrating", 2]]]),
  ...[[0], [1], [0, 1], [1, 0]].flatMap((freed) => [[2, 3], [3, 2]].map((taken) => onSpace(`frames of both classes, ${freed.join(" and ")} freed, ${taken.join(" and ")} taken`,
    [[0, "on the device"], [1, "in system memory"], [2, "untouched"], [3, "untouched"]],
    [[...freed.map((page): [string, number] => ["munmap", page]), ...taken.map((page): [string, number] => [page === 2 ? "CPU load" : "device store, migrating", page])]],
    { together: true }))),
  onSpace("a page is mapped again while it is unmapped", IN_MEMORY, [[["munmap", 1]], [["mmap", 1], ["CPU store", 1]]]),
  onSpace("a dirty frame is used again for reading", [[0, "untouched"], [1, "in system memory"]], [[["munmap", 1], ["CPU load", 0]]]),
  ...["system memory", "device memory"].map((where, i) => onSpace(`a guarded page is opened, ${where}`, i ? ON_DEVICE : IN_MEMORY,
    [[["mprotect to none", 1], ["mprotect to all", 1], ["CPU load", 1], ["device store", 1], ["mprotect to read", 1], ["device load", 1], ["CPU load", 1]]])),
  ...["system memory", "device memory"].map((where, i) => onSpace(`a guarded page moves, ${where}`, i ? ON_DEVICE : IN_MEMORY,
    [[["mprotect to none", 1], [i ? "migrate to the system" : "migrate to the device", 1], ["mprotect to all", 1], ["device load", 1], ["CPU load", 1]]])),
  ...[IN_MEMORY, ON_DEVICE].map((pages, i) => onSpace(`rights are taken and given, ${i ? "device" : "system"} memory`, pages,
    [[["mprotect to execute", 1], ["CPU store", 1], ["mprotect to all", 1], ["device store", 1], ["mprotect to read", 1], ["device load", 1], ["CPU load", 1]]])),
  ...["munmap", "mprotect to read"].flatMap((verb) => [0, 4, 8].map((page) => onSpace(`${verb} of page ${page} among many areas`, [...AREAS, [9, "hole"], [5, "hole"]],
    [[[verb, page], ["mmap", 9], ["mmap", 5], ["munmap", 2], ["CPU load", 8], ["munmap", 6], ["mprotect to read", 8], ["CPU store", 4]]]))),
  onSpace("two changes among many areas", AREAS, [[["munmap", 0]], [["mprotect to read", 8]]]),
  onSpace("mmap fills a gap among many areas beside munmap", [...AREAS, [3, "hole"]], [[["mmap", 3]], [["munmap", 6]]]),
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
