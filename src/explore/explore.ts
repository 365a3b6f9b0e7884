// One workload, explored in the way asked for; a failure is minimised.
import { PageMirrorError } from "../error.js";
import { searchBounded } from "./bounded.js";
import { searchDpor } from "./dpor.js";
import { instrument, type InstrumentOptions, type Subject } from "./instrument.js";
import { DIES, Machine } from "./machine.js";
import { minimise } from "./minimise.js";
import { sameError, type Failure, type Limits, type Outcome } from "./outcome.js";
import { searchRandom } from "./random.js";
import { replay } from "./replay.js";
import { searchStates } from "./search.js";
import { burierCount, type Workload } from "./workload.js";

export const METHODS = ["states", "bounded", "dpor", "pct", "walk"] as const;
export type Method = typeof METHODS[number];

export interface ExploreOptions extends Limits {
  method?: Method;
  /** Preemptions of a schedule, at most; for `bounded`. */
  bound?: number;
  /** For `pct` and `walk`: the first seed, and schedules drawn from it. */
  seed?: number;
  runs?: number;
  /** For `pct`: how many ordered steps a bug may need. */
  depth?: number;
}

export function explore(machine: Machine, options: ExploreOptions = {}): Outcome {
  const { method = "states", bound = Infinity, seed = 1, runs = Infinity, depth = 4 } = options;
  if ((method === "pct" || method === "walk") && runs === Infinity && options.seconds === undefined)
    throw new PageMirrorError("EINVAL", `${method} has no end of its own: expected a number of runs, or of seconds`);
  const outcome = method === "states" ? searchAsFarAs(machine, options, seed) : method === "bounded" ? searchBounded(machine, bound, options)
    : method === "dpor" ? searchDpor(machine, options) : searchRandom(machine, { seed, runs, ...method === "pct" && { depth } }, options);
  if (outcome.failure) outcome.failure = minimise(machine, asPlayed(machine, outcome.failure));
  return outcome;
}

/** All states; or, where the workload has too many, some of them and then random schedules. */
function searchAsFarAs(machine: Machine, options: ExploreOptions, seed: number): Outcome {
  const { beyond } = machine.workload;
  if (!beyond || (options.states ?? Infinity) <= beyond.states) return searchStates(machine, options);
  const outcome = searchStates(machine, { ...options, states: beyond.states });
  if (outcome.complete || outcome.failure || outcome.states < beyond.states) return outcome;
  const left = options.seconds === undefined ? {} : { seconds: Math.max(0, options.seconds - outcome.seconds) };
  const { transitions, ends, cycles, seconds, failure } = searchRandom(machine, { seed, runs: beyond.runs, depth: 4 }, { ...options, ...left });
  const isWhole = ends + cycles === beyond.runs; // each schedule comes to its end, or is given up as one that spins
  return {
    ...outcome, transitions: outcome.transitions + transitions, ends: outcome.ends + ends, seconds: outcome.seconds + seconds,
    ...isWhole && { bound: `${beyond.states} states, then ${beyond.runs} random schedules` }, ...failure && { failure },
  };
}

/**
 * A race may have been found across steps that release nothing (locality.ts), where a replay sees them release: without the last of
 * those steps it shows the race itself.
 */
function asPlayed(machine: Machine, failure: Failure): Failure {
  if (failure.kind !== "race") return failure;
  const last = failure.trace.at(-1);
  for (const other of new Set(failure.trace.filter((choice) => choice < DIES && choice !== last))) {
    const trace = [...failure.trace];
    while (true) {
      const { violation, trace: played } = replay(machine, trace);
      if (sameError(violation, failure)) return { ...violation!, trace: played };
      const at = trace.lastIndexOf(other);
      if (at < 0) break;
      trace.splice(at, 1);
    }
  }
  return failure;
}

/** Workloads of one kind can share a subject. */
export function kindOf({ everyAccess = false, subjectBytes = 0 }: Workload): string { return `${everyAccess} ${subjectBytes}`; }

/** Instruments a wasm once for each kind of workload that needs a subject of its own, with the exports that any of them calls. */
export class Subjects {
  readonly #made = new Map<string, Promise<Subject>>();
  /** `mutants`: with mutants inside, the same ones for all kinds. */
  constructor(readonly wasm: Uint8Array, readonly workloads: Workload[], readonly namesFrom?: string, readonly mutants?: Pick<InstrumentOptions, "mutants" | "sourceMap">) {}

  async machineFor(workload: Workload): Promise<Machine> { return new Machine(await this.subjectFor(workload), workload); }

  subjectFor(workload: Workload): Promise<Subject> {
    const same = this.workloads.filter((each) => kindOf(each) === kindOf(workload));
    let made = this.#made.get(kindOf(workload));
    if (!made) {
      const { everyAccess = false, subjectBytes } = workload, threads = Math.max(...same.map((each) => each.threads + burierCount(each)));
      made = instrument(this.wasm, {
        threads, everyAccess, exports: [...new Set((this.mutants ? this.workloads : same).flatMap(({ entries, setup = [] }) => [...entries, ...setup]))],
        ...this.mutants, ...subjectBytes !== undefined && { subjectBytes }, ...this.namesFrom !== undefined && { namesFrom: this.namesFrom },
      });
      this.#made.set(kindOf(workload), made);
    }
    return made;
  }
  /** One for each kind of workload. */
  async all(): Promise<[kind: string, subject: Subject][]> {
    const kinds = new Map(this.workloads.map((workload) => [kindOf(workload), workload]));
    return Promise.all([...kinds].map(async ([kind, workload]) => [kind, await this.subjectFor(workload)] as const)) as Promise<[string, Subject][]>;
  }
}
