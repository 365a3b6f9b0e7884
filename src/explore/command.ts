// The verb `pagemirror explore`: chooses workloads, shows how far it is, prints what was found and how to see it again.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { InvalidArgumentError, type Command } from "commander";
import { PageMirrorError, checkWhole } from "../error.js";
import { METHODS, Subjects, type ExploreOptions, type Method } from "./explore.js";
import type { Machine } from "./machine.js";
import type { Survivor } from "./mutation.js";
import { runTasks, type Task } from "./pool.js";
import { replay, timeline } from "./replay.js";
import { exploreTask, type WorkloadResult } from "./task.js";
import { parseTrace } from "./trace.js";
import { ownWorkload, type Workload } from "./workload.js";
import { MUTATION_WORKLOADS, WORKLOADS } from "./workloads.js";

interface Flags {
  list?: true; all?: true; threads?: number; bound?: number; seconds?: number; states?: number; method?: Method; seed?: number; runs?: number; workers?: number;
  wasm?: string; names?: string; replay?: string; json?: string; mutants?: true; match?: string;
}
interface MutantsResult { total: number; killed: number; survivors: Pick<Survivor, "site" | "change" | "tried" | "cut">[]; killedBy: { [workload: string]: number } }
export interface ExploreResult { workloads: WorkloadResult[]; mutants: MutantsResult }

export function exploreCommand(program: Command): void {
  const count = (low: number) => (text: string): number => {
    try { return checkWhole("it", Number(text), low, 2 ** 31 - 1); }
    catch { throw new InvalidArgumentError(`Expected a whole number from ${low}.`); }
  };
  program.command("explore")
    .description("visit every interleaving of a few threads of the compiled WebAssembly")
    .argument("[NAMES...]", "workloads of the engine: see --list")
    .option("--list", "print the workloads")
    .option("--all", "explore all of them")
    .option("--match <TEXT>", "only workloads whose name holds TEXT")
    .option("--threads <N>", "only workloads of N threads; of a wasm of your own: so many of its threads", count(1))
    .option("--method <METHOD>", `${METHODS.join(", ")}: all states (default), few preemptions, partial orders, or drawn by a seed`)
    .option("--bound <N>", "at most N preemptions in a schedule", count(0))
    .option("--seconds <N>", "stop a workload after N seconds", count(1))
    .option("--states <N>", "stop a workload after N states", count(1))
    .option("--seed <N>", "for pct and walk", count(0))
    .option("--runs <N>", "schedules of pct and walk", count(1))
    .option("--workers <N>", "threads that explore; default as many as there are processors", count(1))
    .option("--mutants", "also change the wasm, one atomic operation or check at a time, and look which workload notices")
    .option("--wasm <FILE>", "a wasm of your own that exports thread0, thread1, … and, if it likes, setup, check and step; with NAMES or --all: another engine")
    .option("--names <FILE>", "the text that asc wrote beside the wasm: function names for one that has none")
    .option("--replay <TRACE>", "play one schedule, such as \"A3 B17 A12\", and show what each thread did")
    .option("--json <FILE>", "write the figures as JSON; - for standard output")
    .action(runExplore);
}

/** What is explored, and what it is made of. */
interface Choice { workloads: Workload[]; wasm: Buffer<ArrayBuffer>; names: string | undefined; isOwn: boolean }

async function runExplore(words: string[], flags: Flags): Promise<void> {
  const method = flags.method ?? (flags.bound === undefined ? "states" : "bounded");
  if (!METHODS.includes(method)) throw new PageMirrorError("EINVAL", `--method ${String(method)}: expected ${METHODS.join(", ")}`);
  const choice = choose(words, flags);
  if (flags.list) {
    for (const { name, threads, about } of choice.workloads) console.log(`${name.padEnd(60)} ${threads} threads${about ? `  ${about}` : ""}`);
    return;
  }
  if (flags.replay !== undefined) { await showReplay(choice, flags.replay); return; }

  const options: ExploreOptions = { method, seed: flags.seed ?? 1 };
  for (const name of ["bound", "runs", "seconds", "states"] as const) if (flags[name] !== undefined) options[name] = flags[name];
  const printer = new Printer(choice, flags), result: ExploreResult = { workloads: [], mutants: { total: 0, killed: 0, survivors: [], killedBy: {} } };
  const onWorkload = (each: WorkloadResult): void => { result.workloads.push(each); printer.workload(each); };
  if (choice.isOwn) await exploreHere(choice, options, printer, onWorkload);
  else await explorePooled(choice, options, flags, printer, onWorkload);
  if (flags.mutants) await tryMutants(choice, flags, printer, result.mutants);
  printer.end(result);
  const json = `${JSON.stringify(result, undefined, 2)}\n`;
  if (flags.json === "-") process.stdout.write(json);
  else if (flags.json) { writeFileSync(`${flags.json}.part`, json); renameSync(`${flags.json}.part`, flags.json); }
  if (result.workloads.some(({ violations }) => violations)) process.exitCode = 1;
}

/** A wasm of one's own has one workload, whose functions cannot cross to another thread. */
async function exploreHere({ workloads, wasm, names }: Choice, options: ExploreOptions, printer: Printer, onWorkload: (result: WorkloadResult) => void): Promise<void> {
  const machine = await new Subjects(wasm, workloads, names).machineFor(workloads[0]!);
  onWorkload(exploreTask(machine, { ...options, onProgress: ({ states, transitions }) => { printer.progress(`${states || transitions} ${states ? "states" : "steps"}`); } }));
}

async function explorePooled(choice: Choice, options: ExploreOptions, flags: Flags, printer: Printer, onWorkload: (result: WorkloadResult) => void): Promise<void> {
  const { workloads, wasm, names } = choice;
  printer.progress("preparing");
  const subjects = await new Subjects(wasm, workloads, names).all();
  let done = 0;
  await runTasks(workloads.map(({ name }): Task => ({ explore: name, options })), subjects, {
    workers: workersOf(flags),
    onDone: (each) => { if ("workload" in each) { onWorkload(each.workload); printer.progress(`${++done} of ${workloads.length} workloads`); } },
  });
}

/** Mutants a task: few, so that threads end at about the same time. */
const MUTANTS_A_TASK = 8;
/** Workloads with more states are not used for mutants, and for each mutant so many at most: some of every size. */
const BASELINE_STATES = 20_000, TRIES = 60;

async function tryMutants({ wasm, names }: Choice, flags: Flags, printer: Printer, result: MutantsResult): Promise<void> {
  const map = ownFile("pagemirror.wasm.map");
  if (!map) throw new PageMirrorError("EINVAL", "--mutants needs the source map that the build leaves in build/: expected a checkout of the sources");
  const subjects = await new Subjects(wasm, MUTATION_WORKLOADS, names, { mutants: true, sourceMap: readFile(map).toString("utf8") }).all();
  const count = subjects[0]![1].mutants.length, workloads = MUTATION_WORKLOADS.map(({ name }) => name), tasks: Task[] = [];
  for (let from = 0; from < count; from += MUTANTS_A_TASK)
    tasks.push({ mutants: Array.from({ length: Math.min(MUTANTS_A_TASK, count - from) }, (_, i) => from + i), workloads, states: BASELINE_STATES, options: { tries: TRIES } });
  let tried = 0;
  await runTasks(tasks, subjects, {
    workers: workersOf(flags),
    onDone: (each) => {
      if ("progress" in each) printer.progress(`${++tried} of ${count} mutants`);
      if (!("mutation" in each)) return;
      const { total, killed, survivors, killedBy } = each.mutation;
      result.total += total;
      result.killed += killed;
      result.survivors.push(...survivors.map(({ site, change, tried, cut }) => ({ site, change, tried, cut })));
      for (const [name, kills] of Object.entries(killedBy)) result.killedBy[name] = (result.killedBy[name] ?? 0) + kills;
    },
  });
}
function workersOf(flags: Flags): number { return flags.workers ?? Math.min(availableParallelism(), 16); }

/** The table on standard output, line by line, and how far it is on standard error. */
class Printer {
  readonly #isQuiet: boolean;
  constructor(readonly choice: Choice, readonly flags: Flags) {
    this.#isQuiet = flags.json === "-";
    if (!this.#isQuiet) console.log(`${"workload".padEnd(60)} threads     states  transitions  depth  seconds`);
  }
  progress(text: string): void { if (process.stderr.isTTY) process.stderr.write(`\r${text}\u001b[K`); }
  workload(result: WorkloadResult): void {
    if (this.#isQuiet) return;
    this.progress("");
    const { name, threads, states, transitions, depth, seconds, complete, bound, failure } = result;
    const columns: [string | number, number][] = [[threads, 7], [states || "", 10], [transitions, 12], [depth, 6], [seconds.toFixed(2), 8]];
    const figures = columns.map(([value, width]) => String(value).padStart(width)).join(" ");
    console.log(`${name.padEnd(60)} ${figures}  ${failure ? "VIOLATION" : complete ? "complete" : bound ? `bounded: ${bound}` : "not complete"}`);
    if (failure) {
      console.log([
        `${failure.kind}: ${failure.message}`, `wasm ${failure.wasm}, workload ${name}, seed ${failure.seed}, trace ${failure.trace}`, "",
        failure.timeline, "", `replay: ${this.#replayCommand(name, failure.trace)}`,
      ].join("\n"));
    }
  }
  #replayCommand(name: string, trace: string): string {
    const { flags: { wasm, names, threads }, choice: { isOwn } } = this, words: (string | number)[] = isOwn ? [] : [name];
    if (wasm !== undefined) words.push("--wasm", wasm);
    if (names !== undefined) words.push("--names", names);
    if (isOwn && threads !== undefined) words.push("--threads", threads);
    return `pagemirror explore ${words.map(quoted).join(" ")} --replay "${trace}"`;
  }
  end({ workloads, mutants }: ExploreResult): void {
    if (this.#isQuiet) return;
    this.progress("");
    if (workloads.length > 1) {
      const sum = (of: (each: WorkloadResult) => number): number => workloads.reduce((total, each) => total + of(each), 0);
      console.log(`${workloads.length} workloads: ${sum(({ complete }) => Number(complete))} complete, ${sum(({ bound }) => Number(bound !== undefined))} bounded, `
        + `${sum(({ violations }) => violations)} violations, ${sum(({ states }) => states)} states, ${sum(({ transitions }) => transitions)} transitions`);
    }
    if (!this.flags.mutants) return;
    console.log(`${mutants.total} mutants: ${mutants.killed} killed, ${mutants.survivors.length} survive`);
    for (const { site, change, tried, cut } of mutants.survivors) {
      const seen = `${tried.length} workloads saw nothing${cut.length ? `, ${cut.length} were cut short` : ""}`;
      console.log(`  ${site}: ${change}  (${tried.length === 0 ? "never executed" : seen})`);
    }
  }
}

function choose(words: string[], flags: Flags): Choice {
  const { all, list, wasm: file, threads, match } = flags, isOwn = file !== undefined && words.length === 0 && !all && !list;
  const wasm = readFile(file ?? ownFile("pagemirror.wasm") ?? "dist/pagemirror.wasm"), table = isOwn ? [workloadOf(file, wasm, threads)] : WORKLOADS;
  const unknown = words.find((name) => !table.some((workload) => workload.name === name));
  if (unknown !== undefined) throw new PageMirrorError("EINVAL", `workload ${JSON.stringify(unknown)}: expected a name that pagemirror explore --list prints`);
  if (words.length === 0 && !all && !list && !isOwn) throw new PageMirrorError("EINVAL", "no workload: expected names, --all, --list or --wasm FILE");
  const fits = ({ name, threads: count }: Workload): boolean =>
    (words.length === 0 || words.includes(name)) && (match === undefined || name.includes(match)) && (threads === undefined || count === threads);
  const workloads = isOwn ? table : table.filter(fits);
  if (workloads.length === 0) throw new PageMirrorError("EINVAL", "no workload has that name and so many threads: expected one that pagemirror explore --list prints");
  const namesFile = flags.names ?? (file === undefined ? ownFile("pagemirror.wat") : undefined);
  return { workloads, wasm, names: namesFile === undefined ? undefined : readFile(namesFile).toString("utf8"), isOwn };
}

function workloadOf(file: string, wasm: Buffer<ArrayBuffer>, threads: number | undefined): Workload {
  let exports: string[];
  try { exports = WebAssembly.Module.exports(new WebAssembly.Module(wasm)).map(({ name }) => name); }
  catch (error) { throw new PageMirrorError("EINVAL", `${file} is no wasm: ${(error as Error).message}`); }
  const workload = ownWorkload(file.replace(/^.*\//, "").replace(/\.wasm$/, ""), exports, threads);
  if (!workload) throw new PageMirrorError("EINVAL", `${file} exports ${exports.join(", ") || "nothing"}: expected thread0, thread1, … and, if it likes, setup, check and step`);
  return workload;
}

async function showReplay({ workloads, wasm, names }: Choice, text: string): Promise<void> {
  if (workloads.length !== 1) throw new PageMirrorError("EINVAL", `--replay with ${workloads.length} workloads: expected the name of one`);
  const machine: Machine = await new Subjects(wasm, workloads, names).machineFor(workloads[0]!);
  const trace = parseTrace(text), outcome = [undefined, "livelock" as const].map((kind) => replay(machine, trace, { kind })).find(({ violation }) => violation);
  const played = outcome ?? replay(machine, trace);
  console.log(timeline(machine, played.trace, outcome?.violation?.kind));
  if (!outcome && played.trace.length < trace.length)
    throw new PageMirrorError("EINVAL", `the trace does not fit from step ${played.trace.length + 1} on: expected one of this workload and of wasm ${machine.subject.hash}`);
  if (outcome) process.exitCode = 1;
}

function quoted(word: string | number): string { return /^[\w./-]+$/.test(String(word)) ? String(word) : `'${String(word).replaceAll("'", "'\\''")}'`; }

/** A file that the build leaves beside the command, or in the folder of a checkout where it is made. */
function ownFile(name: string): string | undefined {
  return [`./${name}`, `../build/${name}`].map((path) => new URL(path, import.meta.url)).filter((url) => existsSync(url)).map(({ pathname }) => pathname)[0];
}
function readFile(file: string): Buffer<ArrayBuffer> {
  try { return readFileSync(file) as Buffer<ArrayBuffer>; }
  catch (error) { throw new PageMirrorError("EINVAL", `${file}: ${(error as Error).message}; expected a file to read`); }
}
