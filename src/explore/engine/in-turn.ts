// One thread that calls two verbs in turn: what each leaves is what the other expects. Nobody else is there, so there is one schedule.
import type { Workload } from "../workload.js";
import { spaceWorkload } from "./space-pairs.js";
import { SPACE_VERBS, type PageState } from "./space-verbs.js";
import { DEEP } from "./stage.js";
import { tableWorkload } from "./table-pairs.js";
import { TABLE_VERBS } from "./table-verbs.js";

const STATES: PageState[] = ["hole", "untouched", "in system memory", "on the device"];

export const IN_TURN_WORKLOADS: Workload[] = [
  // What a batch is about is staged before the first call.
  ...TABLE_VERBS.flatMap((a) => TABLE_VERBS.filter(({ prepare }) => !prepare).flatMap((b) => [[], [3], [3, 4, 9]].map((mapped) => tableWorkload({
    name: `${a.name}, then ${b.name}, ${["empty", "one page mapped", "", "mapped"][mapped.length]}`, format: DEEP, pageLg2: 6, systemFrames: 16, trouble: "none", mapped,
    threads: [[{ verb: a, page: 3 }, { verb: b, page: 3 }]],
  })))),
  ...SPACE_VERBS.flatMap((a) => SPACE_VERBS.flatMap((b) => STATES.map((state) => spaceWorkload({
    name: `${a.name}, then ${b.name}, ${state}`, pages: new Map([[1, state]]), trouble: "none", threads: [[{ verb: a, page: 1 }, { verb: b, page: 1 }]],
  })))),
];
