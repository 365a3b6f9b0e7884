// After a violation: which schedule leads there? Pairs of verbs that overlapped on the page before the history fails are explored in
// the small table of the explorer, on the same wasm; each pair is one of its workloads, so what is found can be played again.
import { tablePairs, type TableCase } from "../explore/engine/table-pairs.js";
import { Subjects, explore } from "../explore/explore.js";
import type { Failure } from "../explore/outcome.js";
import { timeline } from "../explore/replay.js";
import { formatTrace } from "../explore/trace.js";
import { WORKLOADS } from "../explore/workloads.js";
import type { Verb } from "./history.js";
import type { PageHistory, PageOperation } from "./violation.js";

/** What the explorer calls a verb of a table. */
const NAMES: Partial<Record<Verb, string>> = {
  "lookup": "lookup", "walk": "walk for a write", "walk for write": "walk for a write", "map": "map", "replace": "replace", "unmap": "unmap", "mapRange": "map range",
  "unmapRange": "unmap range", "protect": "protect", "readAndClear": "read and clear", "list": "list",
  "lookupBatch": "lookup batch", "mapBatch": "map batch", "unmapBatch": "unmap batch",
};
const READS = new Set<Verb>(["lookup", "list", "lookupBatch"]);

export interface Schedule {
  workload: string;
  failure: Failure;
  trace: string;
  timeline: string;
}
export interface ScheduleSearch { found: Schedule | undefined; tried: string[]; states: number; seconds: number }

function overlap(a: PageOperation, b: PageOperation): boolean {
  return a.thread !== b.thread && a.begin <= (b.end ?? Infinity) && b.begin <= (a.end ?? Infinity);
}

/** The explorer's workloads of pairs that overlapped, the last before the failure first. Each pair meets on one page, mapped or empty. */
export function suspects({ operations, failsAt }: Pick<PageHistory, "operations" | "failsAt">): string[] {
  const known = operations.filter(({ verb, begin }) => NAMES[verb] !== undefined && (failsAt === 0 || begin <= failsAt));
  const pairs = known.flatMap((a, i) => known.slice(i + 1).filter((b) => overlap(a, b) && !(READS.has(a.verb) && READS.has(b.verb))).map((b) => [a, b] as const))
    .sort((x, y) => Math.max(y[0].begin, y[1].begin) - Math.max(x[0].begin, x[1].begin));
  const table = tablePairs("none"), isOf = ({ name, threads }: TableCase, a: string, b: string): boolean => {
    const [first, second] = threads.map(([call]) => call!.verb.name);
    return name.includes(", same page") && ((first === a && second === b) || (first === b && second === a));
  };
  return [...new Set(pairs.flatMap(([a, b]) => table.filter((each) => isOf(each, NAMES[a.verb]!, NAMES[b.verb]!)).map(({ name }) => name)))];
}

/** Explores the suspects, one after the other, until one fails or the time is over. `namesFrom`: the text that asc wrote beside the wasm. */
export async function findSchedule(history: PageHistory, wasm: Uint8Array, seconds: number, namesFrom?: string): Promise<ScheduleSearch> {
  const began = performance.now(), spent = (): number => (performance.now() - began) / 1000, names = suspects(history);
  const workloads = WORKLOADS.filter(({ name }) => names.includes(name)), subjects = new Subjects(wasm, workloads, namesFrom);
  const search: ScheduleSearch = { found: undefined, tried: [], states: 0, seconds: 0 };
  for (const name of names) {
    if (spent() >= seconds) break;
    const machine = await subjects.machineFor(workloads.find((workload) => workload.name === name)!);
    const { failure, states } = explore(machine, { seconds: Math.max(0.1, seconds - spent()) });
    search.tried.push(name);
    search.states += states;
    if (!failure) continue;
    search.found = { workload: name, failure, trace: formatTrace(failure.trace), timeline: timeline(machine, failure.trace, failure.kind) };
    break;
  }
  search.seconds = spent();
  return search;
}
