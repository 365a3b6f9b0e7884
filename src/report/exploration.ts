// What the report of an exploration is made from, and what a workload's name tells: its verbs, their place, its trouble.

/** All of it is plain data: numbers and text, as JSON holds them. */
export interface ExplorationReport {
  /** The hash of what was explored. */
  wasm: string;
  seconds: number;
  machine?: string;
  workloads: ExploredWorkload[];
  mutants: MutationScore;
}
export interface ExploredWorkload {
  name: string;
  threads: number;
  method: string;
  /** 0 where the method does not tell states apart. */
  states: number;
  transitions: number;
  ends: number;
  depth: number;
  /** Everything that the method promises was visited. */
  complete: boolean;
  /** What kept the visit from being one of every interleaving, such as `at most 2 preemptions` or `60 seconds`. */
  bound?: string;
  violations: number;
  seconds: number;
  failure?: ExploredFailure;
}
export interface ExploredFailure {
  kind: string;
  message: string;
  trace: string;
  /** The command that plays the trace. */
  replay: string;
  /** The trace as text, a column for each thread. */
  timeline: string;
}
export interface MutationScore {
  total: number;
  killed: number;
  survivors: SurvivingMutant[];
  /** How many mutants each workload was the first to kill. */
  killedBy: { [workload: string]: number };
  /** The same two counts for each kind of change, if they are known: survivors alone do not tell how many there were. */
  byChange?: { [change: string]: { total: number; killed: number } };
}
/** `tried`: workloads that execute the site and saw nothing wrong. `note`: why that is right. */
export interface SurvivingMutant { site: string; change: string; tried: string[]; note?: string }

export const EXPLORATION_ELEMENT = "exploration-data";
export const MATRIX_ELEMENTS = { tables: "table-matrix", spaces: "space-matrix" } as const;
export const RATE_ELEMENT = "rate-plot";
export const DEPTH_ELEMENT = "depth-plot";
export const LIST_ELEMENT = "workload-list";

/** What the page carries for its plots and its list. Failures are in the page as text. */
export type ListedWorkload = Omit<ExploredWorkload, "failure">;
export function listed(workloads: readonly ExploredWorkload[]): ListedWorkload[] {
  return workloads.map(({ failure: _, ...workload }) => workload);
}

export type Verdict = "complete" | "bounded" | "violation";
export function verdictOf({ violations, complete, bound }: ListedWorkload): Verdict {
  if (violations > 0) return "violation";
  return complete && bound === undefined ? "complete" : "bounded";
}

/** How large a workload is: in states, or in transitions where the method counts no states. */
export function sizeOf({ states, transitions }: ListedWorkload): number { return states || transitions; }

/** What the threads work on: page tables, address spaces, or a wasm of the user's own. */
export type Subject = "tables" | "spaces" | "others";
export const SUBJECTS: readonly Subject[] = ["tables", "spaces", "others"];

/** The names themselves do not tell tables from spaces, for some of both have the same places: their verbs do. */
const TABLE_VERBS = new Set([
  "lookup", "walk for a write", "map", "replace", "unmap", "list", "lookup batch", "map range", "map batch", "unmap range", "unmap batch", "protect", "read and clear",
  "write-protect", "hardware walk for a read", "hardware walk for a write", "map large", "cut", "merge", "protect one", "read and clear one", "unmap one by range",
  "walk for a write by the next item", "map fused", "fuse", "part", "owned map range", "lookup range", "lookup run in list",
]);
/** The verbs end where one of these begins: a verb may have a comma of its own. */
const PLACE = /, (?:same page|same leaf|neighbouring leaves|pages 0 and [01])(?=,|$)/;
const TROUBLES = /, (death|no frames|stop)$/;

export interface NameParts { verbs: string[]; subject: Subject; trouble: string }

export function nameParts(name: string): NameParts {
  const at = PLACE.exec(name)?.index ?? name.indexOf(",");
  const verbs = (at < 0 ? name : name.slice(0, at)).split("|").map((verb) => verb.trim());
  const subject = verbs.length < 2 ? "others" : verbs.some((verb) => TABLE_VERBS.has(verb.replace(/ \d+( then .*)?$/, ""))) ? "tables" : "spaces";
  return { verbs, subject, trouble: TROUBLES.exec(name)?.[1] ?? "" };
}
