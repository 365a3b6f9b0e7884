// Workloads without a mutant: how large each of them is and what it does at which place; and so, which of them to try a mutant with.
import { PageMirrorError } from "../error.js";
import type { Subject } from "./instrument.js";
import { Machine } from "./machine.js";
import { Change, type Mutant } from "./mutants.js";
import { Reached, Seen } from "./reached.js";
import { searchStates } from "./search.js";
import type { Workload } from "./workload.js";

/** `seen`: what it does at the place of each number. */
export interface Baseline { name: string; states: number; depth: number; seen: Uint8Array }

/** Explores the workload as it is; undefined if it has more states than that. The subject has all mutants inside, and none switched on. */
export function baselineOf(workload: Workload, subject: Subject, most = Infinity): Baseline | undefined {
  const reached = new Reached(), { failure, states, depth, complete } = searchStates(new Machine({ ...subject, reached }, workload), { states: most + 1 });
  if (failure) throw new PageMirrorError("EINVAL", `${workload.name} fails without a mutant (${failure.kind}: ${failure.message}): expected a workload that holds`);
  return complete ? { name: workload.name, states, depth, seen: reached.seen() } : undefined;
}

/** A workload to try a mutant with, and what to measure it by. */
export type Attempt = Omit<Baseline, "seen">;
/** `meets`: whether threads meet at the place in one of them. */
export interface Attempts { attempts: Attempt[]; meets: boolean }

/**
 * Those that could notice the mutant, small ones first. When they are more than `tries`: the smallest, then some of every size where
 * threads meet at the place.
 */
export function attemptsFor(mutant: Mutant, baselines: readonly Baseline[], tries = Infinity): Attempts {
  const fit = baselines.filter(({ seen }) => couldNotice(seen[mutant.number] ?? 0, mutant)).sort((a, b) => a.states - b.states || (a.name < b.name ? -1 : 1));
  const small = fit.slice(0, Math.min(fit.length, Math.ceil(tries / 2))), meet = fit.filter(({ seen }) => seen[mutant.number]! & Seen.MEETING);
  const others = (meet.length ? meet : fit).filter((each) => !small.includes(each)), rest = Math.min(others.length, tries - small.length);
  const chosen = [...small, ...Array.from({ length: rest }, (_, i) => others[Math.floor(i * others.length / rest)]!)];
  return { attempts: chosen.map(({ seen: _, ...attempt }) => attempt), meets: meet.length > 0 };
}

/** Whether a workload could notice a mutant: one that changes nothing of what happens in it cannot be noticed. */
function couldNotice(seen: number, { code }: Mutant): boolean {
  if (code === Change.TRUE || code === Change.STORE) return (seen & Seen.NO) !== 0;
  if (code === Change.FALSE) return (seen & Seen.YES) !== 0;
  return (seen & (code === Change.DROPPED ? Seen.THERE : Seen.MEETING)) !== 0; // made plain, or two steps: if others are there at the time
}
