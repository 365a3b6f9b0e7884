// The mutation score of the engine: all its mutants against the workloads, on the threads of the pool.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FormatClass } from "../../assembly/layout/table.js";
import { PageMirrorError } from "../error.js";
import { attemptsFor, type Baseline } from "./baselines.js";
import { compileEngine } from "./compile.js";
import { UNNOTICED } from "./engine/unnoticed.js";
import { Subjects } from "./explore.js";
import { sumOf, type MutationResult, type Verdict } from "./mutation.js";
import { runTasks, type Task } from "./pool.js";
import { sourceLine } from "./source-lines.js";
import { MUTATION_WORKLOADS } from "./workloads.js";

/** A mutant that nobody noticed. `line`: its line of the source. `note`: why nothing is wrong with it. */
export interface Unkilled extends Pick<Verdict, "tried" | "cut" | "meets"> { site: string; change: string; line?: string; note?: string }
export interface Score extends MutationResult { survivors: Unkilled[] }
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

/**
 * Places that are not mutated: what runs alone, after the threads, to tell what is wrong with what they left; and formats, which touch no
 * memory: what they make of an item is the same whoever else runs, and other tests' matter.
 */
const LEFT_OUT = ["audit.ts", "format/"];
/** Workloads with more states are not used for mutants. */
const BASELINE_STATES = 60_000;
/**
 * For each mutant so many workloads at most, some of every size, and so many states in all of them; fewer for one that nobody can
 * notice: another reason is needed if somebody does.
 */
const EFFORT = { tries: 240, states: 1_500_000 }, EFFORT_UNNOTICED = { tries: 60, states: 300_000 };

export async function scoreMutants(flags: MutantFlags, progress: (text: string) => void): Promise<Score> {
  const { root, sites, match, seconds, workers } = flags, chosen = MUTATION_WORKLOADS.filter(({ name }) => name.includes(match));
  if (chosen.length === 0) throw new PageMirrorError("EINVAL", `--match ${match}: expected a part of a workload's name`);
  progress("preparing");
  const { wasm, names, sourceMap } = await compileEngine(root, 1 << FormatClass.GENERIC, inLine(root));
  const subjects = await new Subjects(wasm, chosen, names, { mutants: true, sourceMap }).all();
  const mutants = subjects[0]![1].mutants.filter(({ site }) => !LEFT_OUT.some((part) => site.includes(part)) && (site.includes(sites) || sourceLine(sourceMap, site)?.includes(sites)));
  if (mutants.length === 0) throw new PageMirrorError("EINVAL", `--mutants ${sites}: expected a part of a place such as section.ts:46, or of its line`);

  const baselines: Baseline[] = [], verdicts: Verdict[] = [];
  let known = 0;
  await runTasks(chosen.map(({ name }): Task => ({ baseline: name, states: BASELINE_STATES })), subjects, { workers, onDone: (done) => {
    if ("baseline" in done && done.baseline) baselines.push(done.baseline);
    progress(`${++known} of ${chosen.length} workloads without mutants`);
  } });
  const tasks = mutants.map((mutant): Task => {
    const { tries, states } = reasonFor(mutant, sourceLine(sourceMap, mutant.site)) === undefined ? EFFORT : EFFORT_UNNOTICED;
    return { mutant, with: attemptsFor(mutant, baselines, tries), limits: { states, ...seconds !== undefined && { seconds } } };
  });
  await runTasks(tasks, subjects, { workers, onDone: (done) => {
    if ("verdict" in done) verdicts.push(done.verdict);
    progress(`${verdicts.length} of ${mutants.length} mutants`);
  } });
  return { ...sumOf(verdicts), survivors: verdicts.filter(({ killer }) => !killer).map((verdict) => unkilled(verdict, sourceMap)) };
}

/** The run-time format with items of eight bytes alone: each access to an item is in line then, as in other formats, and a place of its own. */
function inLine(root: string): Map<string, string> {
  const file = "format/generic.ts", any = "hasAnyItem(): bool { return true; }", text = readFileSync(join(root, "assembly", file), "utf8");
  if (!text.includes(any)) throw new PageMirrorError("EIO", `assembly/${file} has no ${any}: this is a fault of the explorer`);
  return new Map([[file, text.replace(any, any.replace("true", "false"))]]);
}

/** Why nobody can notice a change of a line of the source. */
function reasonFor({ site, change }: { site: string; change: string }, line: string | undefined): string | undefined {
  const column = Number(/:(\d+)(?: \+ \d+)?$/.exec(site)?.[1]);
  return UNNOTICED.find((each) => line?.includes(each.line) && (each.column ?? column) === column && each.changes.includes(change))?.why;
}

function unkilled({ mutant, tried, cut, meets }: Verdict, sourceMap: string): Unkilled {
  const { site, change } = mutant, line = sourceLine(sourceMap, site), note = reasonFor(mutant, line);
  return { site, change, tried, cut, meets, ...line !== undefined && { line }, ...note !== undefined && { note } };
}
