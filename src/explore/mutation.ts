// Switches mutants on, one at a time, and looks which workload notices: a measure of the workloads, not of the subject.
import { PageMirrorError } from "../error.js";
import type { Subject } from "./instrument.js";
import { Machine } from "./machine.js";
import { Change, changed, type Mutant } from "./mutants.js";
import type { Limits, Violation, ViolationKind } from "./outcome.js";
import { searchStates } from "./search.js";
import { OutOfRoom } from "./stops.js";
import { Reached } from "./reached.js";
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
  /** Workloads for one mutant, at most. Default: all that could notice it. */
  tries?: number;
  /** Called before each mutant. */
  onProgress?(mutant: Mutant): void;
}

/** A workload that has so many times the states, or a path so many times as long, with a mutant will not end. */
const ENDLESS = 20;

export interface Kill { mutant: Mutant; workload: string; kind: ViolationKind; message: string }
/**
 * `tried`: workloads that could have noticed it and saw nothing wrong. `cut`: those of them that reached a limit. `meets`: whether there is
 * one where threads meet at the site.
 */
export interface Survivor { mutant: Mutant; site: string; change: string; tried: string[]; cut: string[]; meets: boolean }
export interface MutationResult {
  total: number;
  killed: number;
  /** Those of them that were killed because there was no end of states, as far as anybody waited. */
  endless: number;
  kills: Kill[];
  survivors: Survivor[];
  /** How many mutants each workload was the first to notice. */
  killedBy: { [workload: string]: number };
  byChange: { [change: string]: { total: number; killed: number } };
}

/** A workload without a mutant: how large it is, and which sites it executes. */
export interface Baseline { workload: Workload; subject: Subject; states: number; depth: number; reached: Reached }

/**
 * Explores the workloads as they are; those with more states than that are left out. The subjects must have been instrumented with
 * the same exports, so that all of them have the same mutants. Small ones first.
 */
export async function baselinesOf(workloads: readonly Workload[], subjectFor: (workload: Workload) => Promise<Subject> | Subject, states = Infinity): Promise<Baseline[]> {
  const baselines: Baseline[] = [];
  for (const workload of workloads) {
    const baseline = explored(workload, await subjectFor(workload), states);
    if (baseline) baselines.push(baseline);
  }
  return baselines.sort((a, b) => a.states - b.states);
}

/** Tries each mutant with workloads that could notice it, small ones first, until one fails. */
export function findSurvivors(mutants: readonly Mutant[], baselines: readonly Baseline[], options: MutationOptions = {}): MutationResult {
  const { times = 3, more = 20_000, seconds, tries = Infinity, onProgress } = options;
  const result: MutationResult = { total: mutants.length, killed: 0, endless: 0, kills: [], survivors: [], killedBy: {}, byChange: {} };
  for (const mutant of mutants) {
    onProgress?.(mutant);
    const tried: string[] = [], cut: string[] = [], fit = baselines.filter(({ reached }) => couldNotice(reached, mutant));
    // When they are too many: the smallest, then some of every size where threads meet at the place.
    const small = fit.slice(0, Math.min(fit.length, Math.ceil(tries / 2))), meet = fit.filter(({ reached }) => reached.isContended(mutant.number));
    const others = (meet.length ? meet : fit).filter((each) => !small.includes(each)), rest = Math.min(others.length, tries - small.length);
    const chosen = [...small, ...Array.from({ length: rest }, (_, i) => others[Math.floor(i * others.length / rest)]!)];
    const killer = chosen.find(({ workload, subject, states, depth }) => {
      const most = times * states + more, outcome = tryMutant(workload, switchOn(subject, mutant), { states: most, ...seconds !== undefined && { seconds } });
      const isEndless = !outcome.failure && !outcome.complete && (outcome.depth >= ENDLESS * depth || outcome.states >= Math.max(most, ENDLESS * states));
      const message = `${outcome.states} states, ${states} without the mutant; a path of ${outcome.depth} steps, at most ${depth} without: there is no end of them`;
      const failure = isEndless ? { kind: "livelock" as const, message } : outcome.failure;
      const { complete } = outcome;
      if (isEndless) result.endless++;
      if (failure) result.kills.push({ mutant, workload: workload.name, kind: failure.kind, message: failure.message });
      else tried.push(workload.name);
      if (!failure && !complete) cut.push(workload.name);
      return failure !== undefined;
    });
    const score = result.byChange[mutant.change] ??= { total: 0, killed: 0 };
    score.total++;
    if (killer) score.killed++;
    if (!killer) { result.survivors.push({ mutant, site: mutant.site, change: mutant.change, tried, cut, meets: meet.length > 0 }); continue; }
    result.killed++;
    result.killedBy[killer.workload.name] = (result.killedBy[killer.workload.name] ?? 0) + 1;
  }
  return result;
}

/** Whether a workload could notice a mutant: one that changes nothing of what happens in it cannot be noticed. */
function couldNotice(reached: Reached, { number, code }: Mutant): boolean {
  if (!reached.has(number)) return false;
  if (code === Change.TRUE || code === Change.STORE) return reached.hasTold(number, false);
  if (code === Change.FALSE) return reached.hasTold(number, true);
  return code === Change.DROPPED || reached.isContended(number); // made plain, or two steps: if others are there at the time
}

function explored(workload: Workload, subject: Subject, most: number): Baseline | undefined {
  const reached = new Reached(), { failure, states, depth, complete } = searchStates(new Machine({ ...subject, reached }, workload), { states: most + 1 });
  if (failure) throw new PageMirrorError("EINVAL", `${workload.name} fails without a mutant (${failure.kind}: ${failure.message}): expected a workload that holds`);
  return complete ? { workload, subject, states, depth, reached } : undefined;
}

function tryMutant(workload: Workload, subject: Subject, limits: Limits): { failure?: Violation; complete: boolean; states: number; depth: number } {
  try { return searchStates(new Machine(subject, workload), limits); }
  catch (error) { // without the mutant there is none: the workload's own functions cannot make sense of what they read
    if (error instanceof OutOfRoom) return { complete: false, states: 0, depth: 0 };
    if (!(error instanceof Error)) throw error;
    return { failure: { kind: "check", message: error.message }, complete: false, states: 0, depth: 0 };
  }
}
