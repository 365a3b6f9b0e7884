// The verb `pagemirror explore`: chooses workloads, shows how far it is, prints what was found and how to see it again.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { InvalidArgumentError, type Command } from "commander";
import { PageMirrorError, checkWhole } from "../error.js";
import { METHODS, Subjects, explore, type Method } from "./explore.js";
import type { Machine } from "./machine.js";
import type { Outcome, Violation } from "./outcome.js";
import { replay, timeline } from "./replay.js";
import { formatTrace, parseTrace } from "./trace.js";
import { ownWorkload, type Workload } from "./workload.js";
import { WORKLOADS } from "./workloads.js";

interface Flags {
  list?: true; all?: true; threads?: number; bound?: number; seconds?: number; states?: number; method?: Method; seed?: number; runs?: number;
  wasm?: string; names?: string; replay?: string; json?: string;
}
interface WorkloadResult {
  name: string; threads: number; method: Method; states: number; transitions: number; ends: number; depth: number; complete: boolean; violations: number; seconds: number;
  failure?: Violation & { wasm: string; seed: number; trace: string; replay: string };
}
export interface ExploreResult { workloads: WorkloadResult[]; mutants: { total: number; killed: number; survivors: string[] } }

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
    .option("--threads <N>", "only workloads of N threads; of a wasm of your own: so many of its threads", count(1))
    .option("--method <METHOD>", `${METHODS.join(", ")}: all states (default), few preemptions, partial orders, or drawn by a seed`)
    .option("--bound <N>", "at most N preemptions in a schedule", count(0))
    .option("--seconds <N>", "stop a workload after N seconds", count(1))
    .option("--states <N>", "stop a workload after N states", count(1))
    .option("--seed <N>", "for pct and walk", count(0))
    .option("--runs <N>", "schedules of pct and walk", count(1))
    .option("--wasm <FILE>", "a wasm of your own that exports thread0, thread1, … and, if it likes, setup, check and step")
    .option("--names <FILE>", "the text that asc wrote beside the wasm: function names for one that has none")
    .option("--replay <TRACE>", "play one schedule, such as \"A3 B17 A12\", and show what each thread did")
    .option("--json <FILE>", "write the figures as JSON; - for standard output")
    .action(runExplore);
}

async function runExplore(names: string[], flags: Flags): Promise<void> {
  const method = flags.method ?? (flags.bound === undefined ? "states" : "bounded");
  if (!METHODS.includes(method)) throw new PageMirrorError("EINVAL", `--method ${String(method)}: expected ${METHODS.join(", ")}`);
  const wasm = readFile(flags.wasm ?? ownFile("pagemirror.wasm") ?? "dist/pagemirror.wasm");
  const table = flags.wasm === undefined ? WORKLOADS : [workloadOf(flags.wasm, wasm, flags.threads)];
  const chosen = choose(table, names, flags);
  if (flags.list) {
    for (const { name, threads, about } of chosen) console.log(`${name.padEnd(40)} ${threads} threads${about ? `  ${about}` : ""}`);
    return;
  }
  const namesFile = flags.names ?? (flags.wasm === undefined ? ownFile("pagemirror.wat") : undefined);
  const subjects = new Subjects(wasm, chosen, namesFile === undefined ? undefined : readFile(namesFile).toString("utf8"));
  if (flags.replay !== undefined) {
    if (chosen.length !== 1) throw new PageMirrorError("EINVAL", `--replay with ${chosen.length} workloads: expected the name of one`);
    showReplay(await subjects.machineFor(chosen[0]!), flags.replay);
    return;
  }
  const result: ExploreResult = { workloads: [], mutants: { total: 0, killed: 0, survivors: [] } }, isQuiet = flags.json === "-";
  const limits = { ...flags.seconds !== undefined && { seconds: flags.seconds }, ...flags.states !== undefined && { states: flags.states } };
  if (!isQuiet) console.log(`${"workload".padEnd(40)} threads     states  transitions  depth  seconds`);
  for (const workload of chosen) {
    const progress = (text: string): void => { if (process.stderr.isTTY) process.stderr.write(`\r${text}\u001b[K`); };
    progress(`${workload.name}: preparing`);
    const machine = await subjects.machineFor(workload);
    const outcome = explore(machine, {
      ...limits, method, seed: flags.seed ?? 1,
      ...flags.bound !== undefined && { bound: flags.bound }, ...flags.runs !== undefined && { runs: flags.runs },
      onProgress: ({ states, transitions, seconds }) => progress(`${workload.name}: ${states || transitions} ${states ? "states" : "steps"}, ${seconds.toFixed(0)} s`),
    });
    progress("");
    result.workloads.push(resultOf(workload, machine, method, outcome, flags));
    if (isQuiet) continue;
    console.log(`${workload.name.padEnd(40)} ${String(workload.threads).padStart(7)} ${String(outcome.states || "").padStart(10)} ${String(outcome.transitions).padStart(12)} `
      + `${String(outcome.depth).padStart(6)} ${outcome.seconds.toFixed(2).padStart(8)}  ${outcome.failure ? "VIOLATION" : outcome.complete ? "complete" : "not complete"}`);
    if (outcome.failure) console.log(failureText(machine, result.workloads.at(-1)!, outcome));
  }
  const json = `${JSON.stringify(result, undefined, 2)}\n`;
  if (flags.json === "-") process.stdout.write(json);
  else if (flags.json) { writeFileSync(`${flags.json}.part`, json); renameSync(`${flags.json}.part`, flags.json); }
  if (result.workloads.some(({ violations }) => violations)) process.exitCode = 1;
}

function choose(table: Workload[], names: string[], { all, list, wasm, threads }: Flags): Workload[] {
  const unknown = names.find((name) => !table.some((workload) => workload.name === name));
  if (unknown !== undefined) throw new PageMirrorError("EINVAL", `workload ${JSON.stringify(unknown)}: expected a name that pagemirror explore --list prints`);
  if (names.length === 0 && !all && !list && wasm === undefined) throw new PageMirrorError("EINVAL", "no workload: expected names, --all, --list or --wasm FILE");
  return table.filter(({ name, threads: count }) => (names.length === 0 || names.includes(name)) && (threads === undefined || wasm !== undefined || count === threads));
}

function workloadOf(file: string, wasm: Buffer<ArrayBuffer>, threads: number | undefined): Workload {
  let exports: string[];
  try { exports = WebAssembly.Module.exports(new WebAssembly.Module(wasm)).map(({ name }) => name); }
  catch (error) { throw new PageMirrorError("EINVAL", `${file} is no wasm: ${(error as Error).message}`); }
  const workload = ownWorkload(file.replace(/^.*\//, "").replace(/\.wasm$/, ""), exports, threads);
  if (!workload) throw new PageMirrorError("EINVAL", `${file} exports ${exports.join(", ") || "nothing"}: expected thread0, thread1, … and, if it likes, setup, check and step`);
  return workload;
}

function showReplay(machine: Machine, text: string): void {
  const trace = parseTrace(text), outcome = [undefined, "livelock" as const].map((kind) => replay(machine, trace, { kind })).find(({ violation }) => violation);
  const played = outcome ?? replay(machine, trace);
  console.log(timeline(machine, played.trace, outcome?.violation?.kind));
  if (!outcome && played.trace.length < trace.length)
    throw new PageMirrorError("EINVAL", `the trace does not fit from step ${played.trace.length + 1} on: expected one of this workload and of wasm ${machine.subject.hash}`);
  if (outcome) process.exitCode = 1;
}

function resultOf({ name, threads }: Workload, machine: Machine, method: Method, outcome: Outcome, flags: Flags): WorkloadResult {
  const { states, transitions, ends, depth, complete, failure } = outcome;
  const result = {
    name, threads, method, states, transitions, ends, depth, complete, violations: failure ? 1 : 0, seconds: Number(outcome.seconds.toFixed(3)),
  };
  if (!failure) return result;
  const { kind, message } = failure, trace = formatTrace(failure.trace), words: (string | number)[] = flags.wasm === undefined ? [name] : ["--wasm", flags.wasm];
  if (flags.names !== undefined) words.push("--names", flags.names);
  if (flags.wasm !== undefined && flags.threads !== undefined) words.push("--threads", flags.threads);
  const replay = `pagemirror explore ${words.map(quoted).join(" ")} --replay "${trace}"`;
  return { ...result, failure: { kind, message, wasm: machine.subject.hash, seed: flags.seed ?? 1, trace, replay } };
}
function failureText(machine: Machine, { name, failure }: WorkloadResult, outcome: Outcome): string {
  return [
    `${failure!.kind}: ${failure!.message}`, `wasm ${failure!.wasm}, workload ${name}, seed ${failure!.seed}, trace ${failure!.trace}`, "",
    timeline(machine, outcome.failure!.trace, outcome.failure!.kind), "", `replay: ${failure!.replay}`,
  ].join("\n");
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
