// One verb alone, whose thread dies at some step: what a burial finds. The burier dies as well; two bury at once.
import { FORMATS } from "../../formats.js";
import type { Workload } from "../workload.js";
import { spaceWorkload, type SpaceCase } from "./space-pairs.js";
import { SPACE_VERBS, type PageState, type SpaceVerb } from "./space-verbs.js";
import { DEEP, FURTHER, SHIPPED, framesFor } from "./stage.js";
import { FUNERALS, TROUBLED, tableWorkload, type TableCase } from "./table-pairs.js";
import { TABLE_VERBS, tableVerb, type TableVerb } from "./table-verbs.js";

const STATES: PageState[] = ["untouched", "in system memory", "on the device"];

function onTable(verb: TableVerb): TableCase[] {
  return FUNERALS.flatMap(({ name, ...funeral }) => [[], [3, 4], [3, 4, 9]].map((mapped): TableCase => ({
    name: `${verb.name} alone, ${["empty", "", "mapped", "mapped, leaf stays"][mapped.length]}, ${name}`, format: DEEP, pageLg2: 6, systemFrames: 12, trouble: "death",
    threads: [[{ verb, page: 3 }]], mapped, beyond: TROUBLED, ...funeral,
  })));
}
/** In the formats that are shipped, so that a burial walks their tables. */
const IN_SHIPPED: TableCase[] = [...SHIPPED, ...FURTHER].flatMap((formatName, i) => (i < SHIPPED.length ? ["map", "unmap"] : ["map"]).map((name): TableCase => ({
  name: `${name} alone, ${formatName}, death`, format: FORMATS[formatName], pageLg2: 12, systemFrames: framesFor(formatName, 8), trouble: "death",
  threads: [[{ verb: tableVerb(name), page: 3 }]], mapped: name === "map" ? [] : [3], beyond: TROUBLED,
})));
function onSpace(verb: SpaceVerb): SpaceCase[] {
  return FUNERALS.flatMap(({ name, ...funeral }) => [...STATES, ...verb.wants === "hole" ? ["hole" as const] : []].map((state): SpaceCase => ({
    name: `${verb.name} alone, ${state}, ${name}`, pages: new Map([[0, state]]), trouble: "death", threads: [[{ verb, page: 0 }]], beyond: TROUBLED, ...funeral,
  })));
}

export const ALONE_WORKLOADS: Workload[] = [...[...TABLE_VERBS.flatMap(onTable), ...IN_SHIPPED].map(tableWorkload), ...SPACE_VERBS.flatMap(onSpace).map(spaceWorkload)];
