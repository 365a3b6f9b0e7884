// What the verb `pagemirror explore` prints, and the data of its report.
import { cpus } from "node:os";
import { createHash } from "node:crypto";
import type { ExplorationReport } from "../report/exploration.js";
import type { Method } from "./explore.js";
import type { Score } from "./score.js";
import type { WorkloadResult } from "./task.js";
import type { Workload } from "./workload.js";

export interface Flags {
  list?: true; all?: true; threads?: number; bound?: number; seconds?: number; states?: number; method?: Method; seed?: number; runs?: number; workers?: number;
  wasm?: string; names?: string; replay?: string; json?: string; mutants?: true | string; match?: string; report?: string;
}
/** A result with the command that plays its failure again. */
export type Printed = WorkloadResult & { failure?: { replay: string } };
export interface ExploreResult { workloads: Printed[]; mutants: Score }
export function withCommand(result: WorkloadResult, choice: Choice, flags: Flags): Printed {
  const { failure, ...rest } = result;
  return failure ? { ...rest, failure: { ...failure, replay: replayCommand(result.name, failure.trace, choice, flags) } } : rest;
}

/** What is explored, and what it is made of. `isAsked`: not only mutants are asked for. */
export interface Choice { workloads: Workload[]; wasm: Buffer<ArrayBuffer>; names: string | undefined; isOwn: boolean; isAsked: boolean }

/** The table on standard output, line by line, and how far it is on standard error. */
export class Printer {
  readonly #isQuiet: boolean;
  constructor(readonly flags: Flags) {
    this.#isQuiet = flags.json === "-";
    if (!this.#isQuiet) console.log(`${"workload".padEnd(60)} threads     states  transitions  depth  seconds`);
  }
  progress(text: string): void { if (process.stderr.isTTY) process.stderr.write(`\r${text}\u001b[K`); }
  workload(result: Printed): void {
    if (this.#isQuiet) return;
    this.progress("");
    const { name, threads, states, transitions, depth, seconds, complete, bound, failure } = result;
    const columns: [string | number, number][] = [[threads, 7], [states || "", 10], [transitions, 12], [depth, 6], [seconds.toFixed(2), 8]];
    const figures = columns.map(([value, width]) => String(value).padStart(width)).join(" ");
    console.log(`${name.padEnd(60)} ${figures}  ${failure ? "VIOLATION" : complete ? "complete" : bound ? `bounded: ${bound}` : "not complete"}`);
    if (failure) {
      console.log([
        `${failure.kind}: ${failure.message}`, `wasm ${failure.wasm}, workload ${name}, seed ${failure.seed}, trace ${failure.trace}`, "",
        failure.timeline, "", `replay: ${failure.replay}`,
      ].join("\n"));
    }
  }
  end({ workloads, mutants }: ExploreResult): void {
    if (this.#isQuiet) return;
    this.progress("");
    if (workloads.length > 1) {
      const sum = (of: (each: WorkloadResult) => number): number => workloads.reduce((total, each) => total + of(each), 0);
      console.log(`${workloads.length} workloads: ${sum(({ complete }) => Number(complete))} complete, ${sum(({ bound }) => Number(bound !== undefined))} bounded, `
        + `${sum(({ violations }) => violations)} violations, ${sum(({ states }) => states)} states, ${sum(({ transitions }) => transitions)} transitions`);
    }
    if (this.flags.mutants === undefined) return;
    const explained = mutants.survivors.filter(({ note }) => note !== undefined).length;
    const killed = `${mutants.killed} killed (${mutants.endless} of them by states without an end)`;
    console.log(`${mutants.total} mutants: ${killed}, ${explained} change nothing, ${mutants.survivors.length - explained} survive`);
    for (const { site, change, tried, cut, left, meets, line, note } of mutants.survivors) {
      const more = [cut.length && `, ${cut.length} were cut short`, left && `, ${left} were not begun`, !meets && ", and threads never meet there"].filter(Boolean).join("");
      const seen = `${tried.length} workloads saw nothing${more}`;
      console.log(`  ${site}: ${change}  (${note ?? (tried.length === 0 ? "no workload could notice" : seen)})${line === undefined ? "" : `\n      ${line}`}`);
    }
  }
}

/** The command that plays a schedule again. */
function replayCommand(name: string, trace: string, { isOwn }: Choice, { wasm, names, threads }: Flags): string {
  const words: (string | number)[] = isOwn ? [] : [name];
  if (wasm !== undefined) words.push("--wasm", wasm);
  if (names !== undefined) words.push("--names", names);
  if (isOwn && threads !== undefined) words.push("--threads", threads);
  return `pagemirror explore ${words.map(quoted).join(" ")} --replay "${trace}"`;
}
/** A word for a shell. */
export function quoted(word: string | number): string { return /^[\w./-]+$/.test(String(word)) ? String(word) : `'${String(word).replaceAll("'", "'\\''")}'`; }

/** The result as plain data for the report's page, which knows neither machines nor flags. */
export function reportOf({ workloads, mutants }: ExploreResult, choice: Choice, flags: Flags, seconds: number): ExplorationReport {
  return {
    wasm: createHash("sha256").update(choice.wasm).digest("hex").slice(0, 16), seconds: Number(seconds.toFixed(1)), mutants,
    machine: `${cpus()[0]?.model.trim() ?? "unknown"}, ${cpus().length} threads; node ${process.version}`,
    workloads: workloads.map(({ failure, bound, ...workload }) => {
      const limits = bound ?? boundOf(workload, flags);
      return { ...workload, ...limits && { bound: limits }, ...failure && { failure } };
    }),
  };
}
/** What kept a workload from being visited as a whole; empty when nothing did. */
function boundOf({ method, complete, violations }: Omit<WorkloadResult, "bound" | "failure">, { bound, seconds, states, runs }: Flags): string {
  if (violations) return "";
  const limits = [...seconds === undefined ? [] : [`${seconds} seconds`], ...states === undefined ? [] : [`${states} states`]];
  const promises = method === "bounded" && bound !== undefined ? [`at most ${bound} preemption${bound === 1 ? "" : "s"}`]
    : method === "pct" || method === "walk" ? [runs === undefined ? "drawn schedules" : `${runs} drawn schedules`] : [];
  return [...promises, ...complete ? [] : limits].join(", ");
}
