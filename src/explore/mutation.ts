// Switches mutants on, one at a time, and looks which workload notices: a measure of the workloads, not of the subject.
import type { Attempts } from "./baselines.js";
import type { Subject } from "./instrument.js";
import { Machine } from "./machine.js";
import { changed, type Mutant } from "./mutants.js";
import type { Limits, Violation, ViolationKind } from "./outcome.js";
import { searchStates } from "./search.js";
import { OutOfRoom } from "./stops.js";
import type { Workload } from "./workload.js";

/** The subject with a mutant switched on: for machines made from now on. */
export function switchOn(subject: Subject, mutant: Mutant): Subject {
  const sites = subject.sites.map((site) => site.place === mutant.number ? { ...site, ...changed(site, mutant.code) } : site);
  return { ...subject, sites, mutant };
}

export interface MutationLimits {
  /** Seconds for one mutant in one workload, at most. Default: no limit. */
  seconds?: number;
  /** A mutant may have so many times the states of the workload without it, and so many more. Default: 3 and 20 000. */
  times?: number;
  more?: number;
  /** States for one mutant in all its workloads: none is begun whose own states would bring them above that. Default: no limit. */
  states?: number;
}

/** A workload that has so many times the states, or a path so many times as long, with a mutant will not end. */
const ENDLESS = 20;

/**
 * What came of a mutant. `killer`: the workload that noticed it, and how; `isEndless`: by having no end of states, as far as anybody
 * waited. `tried`: workloads that could have noticed and saw nothing wrong; `cut`: those of them that reached a limit. `left`: how
 * many were not begun, for the mutant's states were used up. `meets`: whether there is one where threads meet at the place.
 */
export interface Verdict {
  mutant: Mutant; killer?: { workload: string; kind: ViolationKind; message: string; isEndless: boolean }; tried: string[]; cut: string[]; left: number; meets: boolean;
}
export interface MutationResult {
  total: number;
  killed: number;
  /** Those of them that were killed because there was no end of states. */
  endless: number;
  /** How many mutants each workload was the first to notice. */
  killedBy: { [workload: string]: number };
  byChange: { [change: string]: { total: number; killed: number } };
}

/** Tries a mutant with one workload after the other until one fails. `staged`: a workload by its name, and the subject that it runs on. */
export function tryMutant(
  mutant: Mutant, { attempts, meets }: Attempts, staged: (name: string) => { workload: Workload; subject: Subject }, limits: MutationLimits = {},
): Verdict {
  const { times = 3, more = 20_000, seconds, states: inAll = Infinity } = limits, tried: string[] = [], cut: string[] = [];
  let spent = 0, left = 0;
  for (const { name, states, depth } of attempts) {
    if (spent + states > inAll) { left++; continue; }
    const { workload, subject } = staged(name), most = times * states + more;
    const outcome = explored(workload, switchOn(subject, mutant), { states: most, ...seconds !== undefined && { seconds } });
    spent += outcome.states;
    if (outcome.failure) return { mutant, killer: { workload: name, ...outcome.failure, isEndless: false }, tried, cut, left, meets };
    if (!outcome.complete && (outcome.depth >= ENDLESS * depth || outcome.states >= Math.max(most, ENDLESS * states))) {
      const message = `${outcome.states} states, ${states} without the mutant; a path of ${outcome.depth} steps, at most ${depth} without: there is no end of them`;
      return { mutant, killer: { workload: name, kind: "livelock", message, isEndless: true }, tried, cut, left, meets };
    }
    tried.push(name);
    if (!outcome.complete) cut.push(name);
  }
  return { mutant, tried, cut, left, meets };
}

export function sumOf(verdicts: readonly Verdict[]): MutationResult {
  const result: MutationResult = { total: verdicts.length, killed: 0, endless: 0, killedBy: {}, byChange: {} };
  for (const { mutant: { change }, killer } of verdicts) {
    const score = result.byChange[change] ??= { total: 0, killed: 0 };
    score.total++;
    if (!killer) continue;
    score.killed++;
    result.killed++;
    if (killer.isEndless) result.endless++;
    result.killedBy[killer.workload] = (result.killedBy[killer.workload] ?? 0) + 1;
  }
  return result;
}

function explored(workload: Workload, subject: Subject, limits: Limits): { failure?: Violation; complete: boolean; states: number; depth: number } {
  try {
    const { failure, complete, states, depth } = searchStates(new Machine(subject, workload), limits);
    return { ...failure && { failure: { kind: failure.kind, message: failure.message } }, complete, states, depth };
  } catch (error) { // without the mutant there is none: the workload's own functions cannot make sense of what they read
    if (error instanceof OutOfRoom) return { complete: false, states: 0, depth: 0 };
    if (!(error instanceof Error)) throw error;
    return { failure: { kind: "check", message: error.message }, complete: false, states: 0, depth: 0 };
  }
}
