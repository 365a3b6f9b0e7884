// The words of the verb `pagemirror explore`. What they start is loaded only then: thousands of workloads are made.
import { InvalidArgumentError, type Command } from "commander";
import { checkWhole } from "../error.js";
import { METHODS } from "./explore.js";
import type { Flags } from "./print.js";

export function exploreCommand(program: Command): void {
  const count = (low: number, high = 2 ** 31 - 1) => (text: string): number => {
    try { return checkWhole("it", /^\d+$/.test(text) ? Number(text) : NaN, low, high); }
    catch { throw new InvalidArgumentError(`Expected a whole number from ${low} to ${high}.`); }
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
    .option("--workers <N>", "threads that explore; default as many as there are processors", count(1, 64))
    .option("--mutants [SITES]", "change the wasm, one atomic operation or check at a time (or those whose place or source line holds SITES), and look which workload notices")
    .option("--wasm <FILE>", "a wasm of your own that exports thread0, thread1, … and, if it likes, setup, check and step; with NAMES or --all: another engine")
    .option("--names <FILE>", "the text that asc wrote beside the wasm, or its (func $name) heads: function names for one that has none")
    .option("--replay <TRACE>", "play one schedule, such as \"A3 B17 A12\", and show what each thread did")
    .option("--json <FILE>", "write the figures as JSON; - for standard output")
    .option("--report <FILE>", "write a page of plots")
    .action(async (words: string[], flags: Flags) => { await (await import("./run.js")).runExplore(words, flags); });
}
