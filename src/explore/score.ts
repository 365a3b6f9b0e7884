// The mutation score of the engine: all its mutants against the workloads, on the threads of the pool.
import { PageMirrorError } from "../error.js";
import { attemptsFor, type Baseline } from "./baselines.js";
import { UNNOTICED } from "./engine/unnoticed.js";
import { Subjects } from "./explore.js";
import type { Mutant } from "./mutants.js";
import { sumOf, type MutationResult, type Verdict } from "./mutation.js";
import { PARTS, type Part } from "./mutation-parts.js";
import { runTasks, type Task } from "./pool.js";
import { sourceLine } from "./source-lines.js";
import type { Workload } from "./workload.js";
import { WORKLOADS } from "./workloads.js";

/** A mutant that nobody noticed. `line`: its line of the source. `note`: why nothing is wrong with it. */
export interface Unkilled extends Pick<Verdict, "tried" | "cut" | "left" | "meets"> { site: string; change: string; line?: string; note?: string }
export interface Score extends MutationResult { survivors: Unkilled[] }
export const NO_SITES = "expected a part of a place such as section.ts:46, or of its line";
export const NO_SCORE: Score = { ...sumOf([]), survivors: [] };

export interface MutantFlags {
  workers: number;
  /** The checkout whose sources are compiled. */
  root: string;
  /** Only mutants whose place or line of the source holds this; only workloads whose name holds that. */
  sites: string;
  match: string;
  /** For one mutant in one workload, at most. */
  seconds?: number;
}

/** Workloads with more states are not used for mutants, but for those that are made for them. */
const BASELINE_STATES = 120_000;
/**
 * For each mutant so many workloads at most, some of every size, and so many states in all of them; fewer for one that nobody can
 * notice: another reason is needed if somebody does.
 */
const EFFORT = { tries: 240, states: 4_000_000 }, EFFORT_UNNOTICED = { tries: 60, states: 300_000 };

export async function scoreMutants(flags: MutantFlags, progress: (text: string) => void): Promise<Score> {
  const found = new Map<string, Found>();
  if (!PARTS.some((part) => playedBy(part, flags.match).length))
    throw new PageMirrorError("EINVAL", `--match ${flags.match}: expected a part of a workload's name`);
  for (const [i, part] of PARTS.entries()) await scorePart(part, flags, found, (text) => { progress(`part ${i + 1} of ${PARTS.length}: ${text}`); });
  if (found.size === 0) throw new PageMirrorError("EINVAL", `--mutants ${flags.sites}: ${NO_SITES}`);
  const all = [...found.values()].sort((a, b) => a.order - b.order); // whoever was ready first
  return { ...sumOf(all.map(({ verdict }) => verdict)), survivors: all.filter(({ verdict }) => !verdict.killer).map(unkilled) };
}

function playedBy(part: Part, match: string): Workload[] { return WORKLOADS.filter(({ name }) => name.includes(match) && part.plays(name)); }

/** A verdict so far; `line`: the place's line of the source; `order`: as the parts make them. */
interface Found { verdict: Verdict; line: string | undefined; order: number }

/** Tries the mutants of a part that no earlier part has noticed. */
async function scorePart(part: Part, { root, sites, match, seconds, workers }: MutantFlags, found: Map<string, Found>, progress: (text: string) => void): Promise<void> {
  const workloads = playedBy(part, match);
  if (workloads.length === 0) return;
  progress("preparing");
  const { wasm, names, sourceMap } = await part.compile(root), subjects = await new Subjects(wasm, workloads, names, { mutants: true, sourceMap }).all();
  const key = ({ site, change }: Mutant): string => `${site}: ${change}`, lineOf = ({ site }: Mutant): string | undefined => sourceLine(sourceMap, site);
  const isAsked = (mutant: Mutant): boolean => part.has(mutant.site) && (mutant.site.includes(sites) || lineOf(mutant)?.includes(sites) === true);
  const mutants = subjects[0]![1].mutants.filter((mutant) => isAsked(mutant) && !found.get(key(mutant))?.verdict.killer), before = found.size;
  if (mutants.length === 0) return;

  const baselines: Baseline[] = [];
  let known = 0, tried = 0;
  await runTasks(workloads.map(({ name, isForMutants }): Task => ({ baseline: name, states: isForMutants ? Infinity : BASELINE_STATES })), subjects, { workers, onDone: (done) => {
    if ("baseline" in done && done.baseline) baselines.push(done.baseline);
    progress(`${++known} of ${workloads.length} workloads without mutants`);
  } });
  const tasks = mutants.map((mutant): Task => {
    const { tries, states } = reasonFor(mutant, lineOf(mutant)) === undefined ? EFFORT : EFFORT_UNNOTICED;
    return { mutant, with: attemptsFor(mutant, baselines, tries), limits: { states, ...seconds !== undefined && { seconds } } };
  });
  await runTasks(tasks, subjects, { workers, onDone: (done) => {
    progress(`${++tried} of ${mutants.length} mutants`);
    if (!("verdict" in done)) return;
    const { verdict } = done, { mutant } = verdict, earlier = found.get(key(mutant));
    if (earlier) earlier.verdict = both(earlier.verdict, verdict);
    else found.set(key(mutant), { verdict, line: lineOf(mutant), order: before + mutant.id });
  } });
}
function both(a: Verdict, b: Verdict): Verdict {
  return { ...b, tried: [...a.tried, ...b.tried], cut: [...a.cut, ...b.cut], left: a.left + b.left, meets: a.meets || b.meets };
}

/** Why nobody can notice a change of a line of the source. */
function reasonFor({ site, change }: { site: string; change: string }, line: string | undefined): string | undefined {
  const column = Number(/:(\d+)(?: \+ \d+)?$/.exec(site)?.[1]);
  return UNNOTICED.find((each) => line?.includes(each.line) && (each.column ?? column) === column && each.changes.includes(change))?.why;
}

function unkilled({ verdict: { mutant, tried, cut, left, meets }, line }: Found): Unkilled {
  const { site, change } = mutant, note = reasonFor(mutant, line);
  return { site, change, tried, cut, left, meets, ...line !== undefined && { line }, ...note !== undefined && { note } };
}
