// The verb `pagemirror stress`: reads its words, runs, prints, and keeps the history of what went wrong.
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { PageMirrorError } from "../error.js";
import { quoted } from "../explore/print.js";
import { checkOutputs, outlivePipe, ownFile, writeWhole } from "../files.js";
import { parseChoice, parseCount } from "../replay/arguments.js";
import { SEATS_MAX } from "./board.js";
import { Hang, direct } from "./direct.js";
import { MIXES } from "./plan.js";
import { printStress } from "./print.js";
import type { StressResult } from "./stress.js";

interface Flags { seconds: string; workers: string; mix: string; seed?: string; kills: boolean; json?: string; history?: string; wasm?: string }

const SECONDS_MAX = 24 * 3600;
/** The explorer gets so long to find a schedule for what went wrong. */
const SCHEDULE_SECONDS = 20;

export function stressCommand(program: Command): void {
  program.command("stress")
    .description("real threads at full speed, some of them killed: every operation is checked against a dull model")
    .option("--seconds <N>", "how long", "10")
    .option("--workers <N>", `worker threads: 1 to ${SEATS_MAX}`, "2")
    .option("--mix <MIX>", "hot: few pages; wide: many directories; space: one address space with a device; all: each in turn", "all")
    .option("--seed <N>", "what is drawn; from the clock unless given")
    .option("--no-kills", "let all workers live")
    .option("--json <FILE>", "write the figures as JSON; - for standard output")
    .option("--history <FILE>", "where the history of a failure goes (default: pagemirror-stress-SEED.json)")
    .option("--wasm <FILE>", "the compiled engine to stress, if not the one that belongs to this command")
    .action(runStress);
}

async function runStress(flags: Flags): Promise<void> {
  const seed = flags.seed === undefined ? Date.now() % 2 ** 32 : parseCount("--seed", flags.seed, 0, 2 ** 32 - 1);
  const seconds = parseCount("--seconds", flags.seconds, 1, SECONDS_MAX), workers = parseCount("--workers", flags.workers, 1, SEATS_MAX);
  const mix = parseChoice("--mix", flags.mix, MIXES), history = flags.history ?? `pagemirror-stress-${seed}.json`;
  checkOutputs({ wasm: flags.wasm }, { ...flags, history });
  const wasm = loadWasm(flags.wasm);
  outlivePipe();
  console.error(`pagemirror stress: mix ${mix}, ${workers} worker${workers === 1 ? "" : "s"}, ${seconds} s, seed ${seed}`);
  try {
    const result = await direct({ seconds, workers, mix, seed, kills: flags.kills, wasm }, showProgress);
    clearProgress();
    if (flags.json !== "-") console.log(printStress(result));
    writeJson(flags.json, result);
    if (!result.violations.length) return;
    process.exitCode = 1;
    writeWhole(history, `${JSON.stringify({ seed, mix, workers, violations: result.violations }, undefined, 2)}\n`);
    console.error(`pagemirror: history: ${resolve(history)}`);
    await lookForSchedule(result, flags.wasm);
  } catch (error) {
    clearProgress();
    if (!(error instanceof Hang)) throw error;
    console.error(`pagemirror: ${error.message}`);
    process.exit(1); // threads that hang do not end by themselves
  }
}

/** Of the first page with a history that a table's verbs explain: an address space has more state than its page. */
async function lookForSchedule({ violations }: StressResult, file: string | undefined): Promise<void> {
  const history = violations.map((violation) => violation.history).find((each) => each && each.format !== "space");
  if (!history) return;
  console.error("pagemirror: looking for a schedule");
  const path = file ?? ownFile("pagemirror.wasm")!, beside = path.replace(/\.wasm$/, ".wat");
  const names = file === undefined ? ownFile("pagemirror.functions") : existsSync(beside) ? beside : undefined;
  try {
    const { findSchedule } = await import("./schedule.js"); // with all workloads of the explorer, which no other run needs
    const { found, tried, states, seconds } = await findSchedule(history, readFileSync(path), SCHEDULE_SECONDS, names && readFileSync(names, "utf8"));
    const where = `in ${states} states of ${tried.length} workload${tried.length === 1 ? "" : "s"}, ${seconds.toFixed(1)} s`;
    if (!found) { console.error(`pagemirror: no schedule found ${where}`); return; }
    const words = [found.workload, ...file === undefined ? [] : ["--wasm", file, ...names === undefined ? [] : ["--names", names]]];
    console.error([`pagemirror: schedule found ${where}: ${found.failure.kind}: ${found.failure.message}`, "", found.timeline, "",
      `replay: pagemirror explore ${words.map(quoted).join(" ")} --replay "${found.trace}"`].join("\n"));
  } catch (error) {
    if (!(error instanceof PageMirrorError)) throw error;
    console.error(`pagemirror: no schedule: ${error.message}`);
  }
}

let isShown = false;
function showProgress({ seconds, rounds, kills, perSecond, mix }: StressResult): void {
  if (!process.stderr.isTTY) return;
  isShown = true;
  process.stderr.write(`\r${mix}: ${seconds.toFixed(0)} s, ${rounds} rounds, ${perSecond.toLocaleString("en-US")} operations a second, ${kills} killed\u001b[K`);
}
function clearProgress(): void { if (isShown) process.stderr.write("\r\u001b[K"); }

function loadWasm(file: string | undefined): WebAssembly.Module {
  const path = file ?? ownFile("pagemirror.wasm")!;
  try { return new WebAssembly.Module(readFileSync(path) as Buffer<ArrayBuffer>); }
  catch (error) { throw new PageMirrorError("EINVAL", `--wasm ${path}: ${(error as Error).message}; expected a compiled engine`); }
}
function writeJson(file: string | undefined, result: StressResult): void {
  if (file === undefined) return;
  const json = `${JSON.stringify(result, undefined, 2)}\n`;
  if (file === "-") process.stdout.write(json); else writeWhole(file, json);
}
