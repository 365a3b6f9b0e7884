// What `pagemirror explore` does: chooses workloads, shows how far it is, prints what was found and how to see it again.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PageMirrorError } from "../error.js";
import { checkOutputs, outlivePipe, ownFile, readInput, writeWhole } from "../files.js";
import { renderExploration } from "../report/explore.js";
import { METHODS, Subjects, type ExploreOptions, type Method } from "./explore.js";
import type { Machine } from "./machine.js";
import { runTasks, type Task } from "./pool.js";
import { Printer, reportOf, withCommand, type Choice, type ExploreResult, type Flags } from "./print.js";
import { replay, timeline } from "./replay.js";
import { exploreTask, type WorkloadResult } from "./task.js";
import { NO_SCORE, NO_SITES, scoreMutants, type MutantFlags } from "./score.js";
import { parseTrace } from "./trace.js";
import { ownWorkload, type Workload } from "./workload.js";
import { WORKLOADS } from "./workloads.js";

export async function runExplore(words: string[], flags: Flags): Promise<void> {
  const method = flags.method ?? (flags.bound === undefined ? "states" : "bounded");
  if (!METHODS.includes(method)) throw new PageMirrorError("EINVAL", `--method ${String(method)}: expected ${METHODS.join(", ")}`);
  checkOutputs({ wasm: flags.wasm, names: flags.names }, flags);
  refuseContradictions(words, flags, method);
  const choice = choose(words, flags), began = performance.now();
  if (flags.list) {
    for (const { name, threads, about } of choice.workloads) console.log(`${name.padEnd(60)} ${threads} threads${about ? `  ${about}` : ""}`);
    return;
  }
  if (flags.replay !== undefined) { await showReplay(choice, flags.replay); return; }

  outlivePipe();
  const options: ExploreOptions = { method, seed: flags.seed ?? 1 };
  for (const name of ["bound", "runs", "seconds", "states"] as const) if (flags[name] !== undefined) options[name] = flags[name];
  const printer = new Printer(flags), result: ExploreResult = { workloads: [], mutants: NO_SCORE };
  const onWorkload = (each: WorkloadResult): void => {
    const printed = withCommand(each, choice, flags);
    result.workloads.push(printed);
    printer.workload(printed);
  };
  if (choice.isOwn) await exploreHere(choice, options, printer, onWorkload);
  else await explorePooled(choice, options, flags, printer, onWorkload);
  if (flags.mutants !== undefined) result.mutants = await scoreMutants(mutantFlags(flags), (text) => { printer.progress(text); });
  printer.end(result);
  const json = `${JSON.stringify(result, undefined, 2)}\n`;
  if (flags.json === "-") process.stdout.write(json);
  else if (flags.json) writeWhole(flags.json, json);
  if (flags.report !== undefined) {
    const script = readInput(ownFile("report-page.js") ?? "dist/report-page.js").toString("utf8");
    writeWhole(flags.report, renderExploration(reportOf(result, choice, flags, (performance.now() - began) / 1000), script));
  }
  if (result.workloads.some(({ violations }) => violations)) process.exitCode = 1;
}

/** Words that say nothing together: better refused than one of them passed over. */
function refuseContradictions(words: string[], { all, list, match, bound, runs, seconds, replay: trace, json, report, wasm, mutants }: Flags, method: Method): void {
  const draws = method === "pct" || method === "walk", prints = list ? "--list" : trace === undefined ? undefined : "--replay";
  const rules: [is: boolean, why: string][] = [
    [words.length > 0 && all === true, `--all with ${JSON.stringify(words[0])}: expected names, or all`],
    [match === "", "--match \"\": expected a part of a workload's name"],
    [bound !== undefined && method !== "bounded", `--bound with --method ${method}: expected --method bounded, or none`],
    [runs !== undefined && !draws, `--runs with --method ${method}: expected --method pct or walk`],
    [draws && runs === undefined && seconds === undefined, `--method ${method} has no end of its own: expected --runs N or --seconds N`],
    [prints !== undefined && (json ?? report) !== undefined, `--json or --report with ${prints!}: expected neither, since it only prints`],
    [prints !== undefined && mutants !== undefined, `--mutants with ${prints!}: expected one of them`],
    [mutants !== undefined && wasm !== undefined, `--mutants with --wasm ${wasm!}: expected the engine of this checkout, which it compiles`],
  ];
  const wrong = rules.find(([is]) => is);
  if (wrong) throw new PageMirrorError("EINVAL", wrong[1]);
}

/** A wasm of one's own has one workload, whose functions cannot cross to another thread. */
async function exploreHere({ workloads, wasm, names }: Choice, options: ExploreOptions, printer: Printer, onWorkload: (result: WorkloadResult) => void): Promise<void> {
  const machine = await new Subjects(wasm, workloads, names).machineFor(workloads[0]!);
  onWorkload(exploreTask(machine, { ...options, onProgress: ({ states, transitions }) => { printer.progress(`${states || transitions} ${states ? "states" : "steps"}`); } }));
}

async function explorePooled(choice: Choice, options: ExploreOptions, flags: Flags, printer: Printer, onWorkload: (result: WorkloadResult) => void): Promise<void> {
  const { wasm, names } = choice, workloads = choice.isAsked ? choice.workloads : [];
  if (workloads.length === 0) return;
  printer.progress("preparing");
  const subjects = await new Subjects(wasm, workloads, names).all();
  let done = 0;
  await runTasks(workloads.map(({ name }): Task => ({ explore: name, options })), subjects, {
    workers: workersOf(flags),
    onDone: (each) => { if ("workload" in each) { onWorkload(each.workload); printer.progress(`${++done} of ${workloads.length} workloads`); } },
  });
}

function mutantFlags(flags: Flags): MutantFlags {
  const root = fileURLToPath(new URL("..", import.meta.url));
  if (!existsSync(join(root, "asconfig.json"))) throw new PageMirrorError("EINVAL", "--mutants compiles the sources: expected the command of a checkout");
  const sites = typeof flags.mutants === "string" ? flags.mutants : "", folder = join(root, "assembly");
  const files = (readdirSync(folder, { recursive: true }) as string[]).filter((name) => name.endsWith(".ts"));
  if (!files.some((name) => name.includes(sites.replace(/:.*$/, "")) || readFileSync(join(folder, name), "utf8").includes(sites)))
    throw new PageMirrorError("EINVAL", `--mutants ${sites}: ${NO_SITES}`);
  return {
    workers: workersOf(flags), root, match: flags.match ?? "", sites, ...flags.seconds !== undefined && { seconds: flags.seconds },
  };
}
function workersOf(flags: Flags): number { return flags.workers ?? Math.min(availableParallelism(), 16); }

function choose(words: string[], flags: Flags): Choice {
  const { all, list, wasm: file, threads, match } = flags, isOwn = file !== undefined && words.length === 0 && !all && !list && match === undefined;
  const wasm = readInput(file ?? ownFile("pagemirror.wasm") ?? "dist/pagemirror.wasm"), table = isOwn ? [workloadOf(file, wasm, threads)] : WORKLOADS;
  const unknown = words.find((name) => !table.some((workload) => workload.name === name));
  if (unknown !== undefined) throw new PageMirrorError("EINVAL", `workload ${JSON.stringify(unknown)}: expected a name that pagemirror explore --list prints`);
  if (words.length === 0 && !all && !list && !isOwn && match === undefined && flags.mutants === undefined)
    throw new PageMirrorError("EINVAL", "no workload: expected names, --all, --match TEXT, --list, --mutants or --wasm FILE");
  const fits = ({ name, threads: count }: Workload): boolean =>
    (words.length === 0 || words.includes(name)) && (match === undefined || name.includes(match)) && (threads === undefined || count === threads);
  const workloads = isOwn ? table : table.filter(fits);
  const asked = [...match === undefined ? [] : [`--match ${match}`], ...threads === undefined ? [] : [`--threads ${threads}`]].join(" ");
  if (workloads.length === 0) throw new PageMirrorError("EINVAL", `${asked}: expected what fits a workload that pagemirror explore --list prints`);
  const missing = file === undefined || isOwn ? undefined : workloads[0]!.entries.find((entry) => !exportsOf(file, wasm).includes(entry));
  if (missing !== undefined) throw new PageMirrorError("EINVAL", `${file!} exports no ${missing}: expected an engine, or only --wasm for a wasm of your own`);
  const namesFile = flags.names ?? (file === undefined ? ownFile("pagemirror.functions") : undefined);
  const isAsked = isOwn || words.length > 0 || all === true || (match !== undefined && flags.mutants === undefined);
  return { workloads, wasm, names: namesFile === undefined ? undefined : readInput(namesFile).toString("utf8"), isOwn, isAsked };
}

function workloadOf(file: string, wasm: Buffer<ArrayBuffer>, threads: number | undefined): Workload {
  const exports = exportsOf(file, wasm);
  const workload = ownWorkload(file.replace(/^.*\//, "").replace(/\.wasm$/, ""), exports, threads);
  if (!workload) throw new PageMirrorError("EINVAL", `${file} exports ${exports.join(", ") || "nothing"}: expected thread0, thread1, … and, if it likes, setup, check and step`);
  return workload;
}

function exportsOf(file: string, wasm: Buffer<ArrayBuffer>): string[] {
  try { return WebAssembly.Module.exports(new WebAssembly.Module(wasm)).map(({ name }) => name); }
  catch (error) { throw new PageMirrorError("EINVAL", `${file} is no wasm: ${(error as Error).message}`); }
}

async function showReplay({ workloads, wasm, names }: Choice, text: string): Promise<void> {
  if (workloads.length !== 1) throw new PageMirrorError("EINVAL", `--replay with ${workloads.length} workloads: expected the name of one`);
  const machine: Machine = await new Subjects(wasm, workloads, names).machineFor(workloads[0]!);
  const trace = parseTrace(text), outcome = [undefined, "livelock" as const].map((kind) => replay(machine, trace, { kind })).find(({ violation }) => violation);
  const played = outcome ?? replay(machine, trace);
  console.log(timeline(machine, played.trace, outcome?.violation?.kind));
  if (!outcome && played.trace.length < trace.length)
    throw new PageMirrorError("EINVAL", `the trace does not fit from step ${played.trace.length + 1} on: expected one of this workload and of wasm ${machine.subject.hash}`);
  if (outcome) { process.exitCode = 1; return; }
  console.log(played.isUnfinished ? "the schedule ends here, and threads can go on" : "all threads have ended, and nothing is wrong");
}
