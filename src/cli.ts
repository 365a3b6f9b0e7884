#!/usr/bin/env node
// The command: parses words, calls a verb, prints. Exit code 0, 1 (the job found a fault), 2 (bad usage).
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Command, CommanderError } from "commander";
import { PageMirrorError } from "./error.js";
import { exploreCommand } from "./explore/command.js";
import { checkOutputs, writeWhole } from "./files.js";
import { SYSTEM_MEMORY_MIN, checkMemory, checkRanges, parseChoice, parseCount, parseRange, parseSize } from "./replay/arguments.js";
import { printReplay } from "./replay/print.js";
import { replay } from "./replay/replay.js";
import { renderReport } from "./report/html.js";
import { stressCommand } from "./stress/command.js";
import { walkCommand } from "./walk/command.js";

interface ReplayFlags {
  offload: string[]; processes: string; firstProcess: string; workers: string; deviceMemory: string; systemMemory: string;
  policy: string; seed: string; verify?: true; fetch?: true; json?: string; report?: string;
}

/** A pipe that nobody reads any more is no error: `pagemirror … | head` ends quietly. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  console.error(`pagemirror: standard output: ${error.message}`);
  process.exit(1);
});

declare const PAGEMIRROR_VERSION: string; // put in by the build, from package.json
const program = new Command("pagemirror")
  .description("A page-table engine with a device that mirrors an address space")
  .version(PAGEMIRROR_VERSION)
  .option("--debug", "print the stack of an error")
  .exitOverride()
  .showSuggestionAfterError(false)
  .configureOutput({ outputError: () => { /* printed below, as one line */ } });

program.command("replay")
  .description("replay a memory trace (valgrind --tool=lackey --trace-mem=yes), part of the program on a device")
  .argument("[FILE]", "the trace, plain or .gz; - for standard input", "-")
  .option("--offload <LO-HI>", "instructions in this range run on the device; repeatable", (text: string, all: string[]) => [...all, text], [])
  .option("--processes <N>", "copies of the program, each in an address space of its own", "1")
  .option("--first-process <N>", "number of the first copy: it goes into the bytes that the copy stores", "0")
  .option("--workers <W>", "threads that the processes are spread over", "1")
  .option("--device-memory <SIZE>", "memory of the device", "16M")
  .option("--system-memory <SIZE>", "memory of the system", "512M")
  .option("--policy <POLICY>", "migrate a page that the device faults on, or map it where it is: migrate or remote", "migrate")
  .option("--seed <N>", "goes into the bytes that are stored", "1")
  .option("--verify", "compare every byte loaded, and the image at the end, with a flat reference")
  .option("--fetch", "instruction fetches touch their pages too")
  .option("--json <FILE>", "write the figures as JSON; - for standard output")
  .option("--report <FILE>", "write a page of plots")
  .action(runReplay);

exploreCommand(program);
stressCommand(program);
walkCommand(program);

async function runReplay(trace: string, flags: ReplayFlags): Promise<void> {
  checkOutputs({ trace }, flags);
  const options = {
    trace, offload: checkRanges(flags.offload.map(parseRange)), fetch: flags.fetch ?? false,
    processes: parseCount("--processes", flags.processes, 1, 256), firstProcess: parseCount("--first-process", flags.firstProcess, 0, 2 ** 31),
    workers: parseCount("--workers", flags.workers, 1, 63), seed: parseCount("--seed", flags.seed, 0, 2 ** 32 - 1),
    deviceBytes: parseSize("--device-memory", flags.deviceMemory), systemBytes: parseSize("--system-memory", flags.systemMemory, SYSTEM_MEMORY_MIN),
    policy: parseChoice("--policy", flags.policy, ["migrate", "remote"] as const), verify: flags.verify ?? false, timeline: flags.report !== undefined,
  };
  checkMemory(options.deviceBytes, options.systemBytes);
  const { result, timeline, gatheringMs, firstMismatch } = await replay({ ...options, onProgress: (accesses) => progress.show(`${(accesses / 1e6).toFixed(1)} M accesses read`) });
  progress.clear();
  if (options.offload.length && !result.accesses.device) console.error(`pagemirror: no access of the trace is made by an instruction in ${result.offload.join(", ")}`);
  if (flags.json !== "-") console.log(printReplay(result, options.verify));
  const json = `${JSON.stringify(result, undefined, 2)}\n`;
  if (flags.json === "-") process.stdout.write(json);
  else if (flags.json) writeWhole(flags.json, json);
  if (flags.report && timeline) {
    const began = performance.now();
    writeWhole(flags.report, renderReport(result, timeline, readFileSync(new URL("./report-page.js", import.meta.url), "utf8")));
    console.error(`report: ${resolve(flags.report)} (gathered in ${gatheringMs.toFixed(0)} ms, drawn in ${(performance.now() - began).toFixed(0)} ms)`);
  }
  if (firstMismatch) console.error(`pagemirror: ${firstMismatch}`);
  if (result.mismatches || !result.audit.clean) process.exitCode = 1;
}

/** One line on the terminal, from two seconds on. */
class Progress {
  readonly #began = performance.now();
  #shown = 0;
  show(text: string): void {
    const now = performance.now();
    if (!process.stderr.isTTY || now - this.#began < 2000 || now - this.#shown < 200) return;
    this.#shown = now;
    process.stderr.write(`\r${text}\u001b[K`);
  }
  clear(): void { if (this.#shown) process.stderr.write("\r\u001b[K"); }
}

/** What the argument parser refused, as one line with what was expected. */
function usageMessage({ code, message }: CommanderError): string {
  const verbs = program.commands.map((command) => command.name()).join(" or ");
  if (code === "commander.help") return `no verb: expected ${verbs}; see pagemirror --help`;
  const argument = /option '(--\S+).*' argument '(.*)' is invalid\. Expected (.*?)\.?$/.exec(message);
  if (argument) return `${argument[1]} ${argument[2]}: expected ${argument[3]}`;
  const expected = code === "commander.unknownCommand" ? verbs : `what pagemirror ${process.argv[2]} --help lists`;
  return `${message.replace(/^error: /, "").replace(/\.$/, "").replace(/\. Expected.*/, `, got ${JSON.stringify(program.args.slice(1).join(" "))}`)}; expected ${expected}`;
}

const progress = new Progress();
try {
  await program.parseAsync();
} catch (error) {
  progress.clear();
  if (error instanceof CommanderError && error.exitCode === 0) process.exitCode = 0; // --help, --version
  else {
    const message = error instanceof CommanderError ? usageMessage(error) : (error as Error).message;
    console.error(program.opts<{ debug?: true }>().debug ? (error as Error).stack : `pagemirror: ${message}`);
    process.exit(error instanceof CommanderError || error instanceof PageMirrorError ? 2 : 1);
  }
}
