// Switches mutants on, one at a time, and looks which workload notices: a measure of the workloads, not of the subject.
import { PageMirrorError } from "../error.js";
import type { Subject } from "./instrument.js";
import { Machine } from "./machine.js";
import { changed, type Mutant } from "./mutants.js";
import type { Limits, Violation, ViolationKind } from "./outcome.js";
import { searchStates } from "./search.js";
import type { Workload } from "./workload.js";

/** The subject with a mutant switched on: for machines made from now on. */
export function switchOn(subject: Subject, mutant: Mutant): Subject {
  const sites = subject.sites.map((site) => site.place === mutant.number ? { ...site, ...changed(site, mutant.code) } : site);
  return { ...subject, sites, mutant };
}

export interface MutationOptions {
  /** Seconds for one mutant in one workload, at most. Default: no limit. */
  seconds?: number;
  /** A mutant may have so many times the states of the workload without it, and so many more. Default: 3 and 20 000. */
  times?: number;
  more?: number;
  onProgress?(progress: MutationProgress): void;
}
/** `workload` is the one that begins; `mutant` is missing while the workloads are explored without one. */
export interface MutationProgress { done: number; total: number; killed: number; workload: string; mutant?: Mutant }

export interface Kill { mutant: Mutant; workload: string; kind: ViolationKind; message: string }
/** `tried`: workloads that execute the site and saw nothing wrong. `cut`: those of them that reached a limit. */
export interface Survivor { mutant: Mutant; site: string; change: string; tried: string[]; cut: string[] }
export interface MutationResult {
  total: number;
  killed: number;
  kills: Kill[];
  survivors: Survivor[];
  /** How many mutants each workload was the first to notice. */
  killedBy: { [workload: string]: number };
}

interface Baseline { workload: Workload; subject: Subject; states: number; reached: Set<number> }

/**
 * Tries each mutant with the workloads that execute its site, small ones first, until one fails. The subjects must have been
 * instrumented with the same exports, so that all of them have the same mutants.
 */
export async function findSurvivors(
  mutants: readonly Mutant[], workloads: readonly Workload[], subjectFor: (workload: Workload) => Promise<Subject> | Subject, options: MutationOptions = {},
): Promise<MutationResult> {
  const { times = 3, more = 20_000, seconds, onProgress } = options;
  const result: MutationResult = { total: mutants.length, killed: 0, kills: [], survivors: [], killedBy: {} };
  const report = (done: number, workload: string, mutant?: Mutant): void => onProgress?.({ done, total: mutants.length, killed: result.killed, workload, ...mutant && { mutant } });
  const baselines: Baseline[] = [];
  for (const workload of workloads) {
    report(0, workload.name);
    baselines.push(explored(workload, await subjectFor(workload), seconds));
  }
  baselines.sort((a, b) => a.states - b.states);

  mutants.forEach((mutant, done) => {
    const tried: string[] = [], cut: string[] = [];
    for (const { workload, subject, states, reached } of baselines) {
      if (!reached.has(mutant.number)) continue;
      report(done, workload.name, mutant);
      const { failure, complete } = tryMutant(workload, switchOn(subject, mutant), { states: times * states + more, ...seconds !== undefined && { seconds } });
      if (failure) {
        result.kills.push({ mutant, workload: workload.name, kind: failure.kind, message: failure.message });
        result.killed++;
        result.killedBy[workload.name] = (result.killedBy[workload.name] ?? 0) + 1;
        return;
      }
      tried.push(workload.name);
      if (!complete) cut.push(workload.name);
    }
    result.survivors.push({ mutant, site: mutant.site, change: mutant.change, tried, cut });
  });
  return result;
}

/** Explores a workload as it is: how large it is, and which sites it executes. */
function explored(workload: Workload, subject: Subject, seconds: number | undefined): Baseline {
  const reached = new Set<number>();
  const { failure, states } = searchStates(new Machine({ ...subject, reached }, workload), seconds === undefined ? {} : { seconds });
  if (failure) throw new PageMirrorError("EINVAL", `${workload.name} fails without a mutant (${failure.kind}: ${failure.message}): expected a workload that holds`);
  return { workload, subject, states, reached };
}

function tryMutant(workload: Workload, subject: Subject, limits: Limits): { failure?: Violation; complete: boolean } {
  try { return searchStates(new Machine(subject, workload), limits); }
  catch (error) { // the workload's own functions cannot make sense of what they read
    if (!(error instanceof Error)) throw error;
    return { failure: { kind: "check", message: error.message }, complete: false };
  }
}
