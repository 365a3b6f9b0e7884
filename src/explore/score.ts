// The mutation score of the engine: all its mutants against the workloads, on the threads of the pool.
import { PageMirrorError } from "../error.js";
import { UNNOTICED } from "./engine/unnoticed.js";
import { Subjects } from "./explore.js";
import type { Mutant } from "./mutants.js";
import type { MutationResult, Survivor } from "./mutation.js";
import { runTasks, type Task } from "./pool.js";
import { sourceLine } from "./source-lines.js";
import { MUTATION_WORKLOADS } from "./workloads.js";

/** A mutant that nobody noticed. `line`: its line of the source. `note`: why nothing is wrong with it. */
export interface Unkilled extends Omit<Survivor, "mutant"> { line?: string; note?: string }
export interface Score extends Pick<MutationResult, "total" | "killed" | "endless" | "killedBy" | "byChange"> { survivors: Unkilled[] }
export const NO_SCORE: Score = { total: 0, killed: 0, endless: 0, survivors: [], killedBy: {}, byChange: {} };

export interface MutantFlags {
  workers: number;
  sourceMap: string;
  /** Only mutants whose place or line of the source holds this; only workloads whose name holds that. */
  sites: string;
  match: string;
  /** For one mutant in one workload, at most. */
  seconds?: number;
}

/** Runs alone, after the threads, to tell what is wrong with what they left: no part of what they do. */
const MEASURE = "audit.ts";
/** Mutants a task: few, so that threads end at about the same time. */
const MUTANTS_A_TASK = 4;
/** Workloads with more states are not used for mutants. */
const BASELINE_STATES = 120_000;
/** For each mutant so many workloads at most, some of every size; fewer for one that nobody can notice: another reason is needed if one does. */
const TRIES = 240, TRIES_UNNOTICED = 12;

export async function scoreMutants({ wasm, names }: { wasm: Uint8Array; names: string | undefined }, flags: MutantFlags, progress: (text: string) => void): Promise<Score> {
  const { sourceMap, sites, match, seconds, workers } = flags, chosen = MUTATION_WORKLOADS.filter(({ name }) => name.includes(match));
  if (chosen.length === 0) throw new PageMirrorError("EINVAL", `--match ${match}: expected a part of a workload's name`);
  progress("preparing");
  const subjects = await new Subjects(wasm, chosen, names, { mutants: true, sourceMap }).all();
  const mutants = subjects[0]![1].mutants.filter(({ site }) => !site.includes(MEASURE) && (site.includes(sites) || sourceLine(sourceMap, site)?.includes(sites)));
  if (mutants.length === 0) throw new PageMirrorError("EINVAL", `--mutants ${sites}: expected a part of a place such as section.ts:46, or of its line`);
  const workloads = chosen.map(({ name }) => name), tasks: Task[] = [];
  const isUnnoticed = (mutant: Mutant): boolean => reasonFor(mutant, sourceLine(sourceMap, mutant.site)) !== undefined;
  for (const [some, tries] of [[mutants.filter((mutant) => !isUnnoticed(mutant)), TRIES], [mutants.filter(isUnnoticed), TRIES_UNNOTICED]] as const)
    for (let from = 0; from < some.length; from += MUTANTS_A_TASK)
      tasks.push({
        mutants: some.slice(from, from + MUTANTS_A_TASK).map(({ id }) => id), workloads, states: BASELINE_STATES, options: { tries, ...seconds !== undefined && { seconds } },
      });
  const score: Score = { ...NO_SCORE, survivors: [], killedBy: {}, byChange: {} };
  let tried = 0;
  await runTasks(tasks, subjects, {
    workers,
    onDone: (each) => {
      if ("progress" in each) progress(`${++tried} of ${mutants.length} mutants`);
      if ("mutation" in each) addTo(score, each.mutation, sourceMap);
    },
  });
  return score;
}

/** Why nobody can notice a change of a line of the source. */
function reasonFor({ site, change }: { site: string; change: string }, line: string | undefined): string | undefined {
  const column = Number(/:(\d+)(?: \+ \d+)?$/.exec(site)?.[1]);
  return UNNOTICED.find((each) => line?.includes(each.line) && (each.column ?? column) === column && each.changes.includes(change))?.why;
}

function addTo(score: Score, { total, killed, endless, survivors, killedBy, byChange }: MutationResult, sourceMap: string): void {
  score.total += total;
  score.killed += killed;
  score.endless += endless;
  for (const { mutant: _, ...survivor } of survivors) {
    const line = sourceLine(sourceMap, survivor.site), note = reasonFor(survivor, line);
    score.survivors.push({ ...survivor, ...line !== undefined && { line }, ...note !== undefined && { note } });
  }
  for (const [name, kills] of Object.entries(killedBy)) score.killedBy[name] = (score.killedBy[name] ?? 0) + kills;
  for (const [change, of] of Object.entries(byChange)) {
    const sum = score.byChange[change] ??= { total: 0, killed: 0 };
    sum.total += of.total;
    sum.killed += of.killed;
  }
}
