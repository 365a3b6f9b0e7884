// `npm run bench`: the table bench, or with --replay the replay bench.
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { resolve } from "node:path";
import process from "node:process";
import { Command, CommanderError } from "commander";
import { PageMirrorError } from "../src/error.js";
import { checkOutputs, writeWhole } from "../src/files.js";
import { parseCount } from "../src/replay/arguments.js";
import { renderBench } from "../src/report/bench.js";
import type { BenchRow } from "../src/report/measurements.js";
import { barsMet, heading, rowAsText, rowsAsJson } from "./print.js";
import { benchReplay } from "./replay.js";
import { allRuntimes, thisRuntime } from "./runtimes.js";
import { TableBench } from "./table.js";
import { LEAF } from "./workload.js";

interface Flags {
  pages?: string; growth?: string; seed: string; pairs?: string; match: string; quick?: true; runtimes?: true; json?: string; report: string;
  replay?: string; offload?: string;
}
/** What is measured unless told; COUNT pages are passed through at least. The second only shows whether everything works. */
const FULL = { pages: 2 ** 20, growth: 24, pairs: 15, count: 2 ** 19 }, QUICK: typeof FULL = { pages: 2 ** 12, growth: 14, pairs: 1, count: 2 ** 12 };
const REPLAY_PAIRS = 7;
/** Two halves of whole leaf directories, at least four of each. */
const PAGES_MIN = 8 * LEAF;

const program = new Command("npm run bench --")
  .description("our page table against what one would use instead; C and C++ when there are compilers")
  .option("--pages <N>", `pages of the table, a power of two from ${PAGES_MIN} to 2^23 (default ${FULL.pages})`)
  .option("--growth <LG2>", "the curve of growth goes from 2^12 to 2^LG2 pages: 12 to 24 (default 24)")
  .option("--seed <N>", "seed of the orders of pages", "1")
  .option("--pairs <N>", "pairs of measurements that a ratio is taken from (default 15; with --replay 7)")
  .option("--match <TEXT>", "only rows whose `case against peer` holds TEXT", "")
  .option("--runtimes", "in Node 20, Node 24, Bun and Deno too: fetched with npm into build/runtimes")
  .option("--quick", "tiny sizes, one pair: whether it works, not how fast")
  .option("--json <FILE>", "write the rows as JSON")
  .option("--report <FILE>", "where the page of plots goes", "pagemirror-bench-report.html")
  .option("--replay <FILE>", "time `pagemirror replay FILE` (a trace in plain text) against native/trace.c instead")
  .option("--offload <LO-HI>", "with --replay: the instructions that the device plays")
  .exitOverride().showSuggestionAfterError(false).configureOutput({ outputError: () => { /* printed below, as one line */ } })
  .action(run);

async function run(flags: Flags): Promise<void> {
  const { replay, offload, match } = flags, usual = flags.quick ? QUICK : FULL;
  const whole = (option: "pages" | "growth" | "pairs", low: number, high: number, unless: number = usual[option]): number =>
    parseCount(`--${option}`, flags[option] ?? String(unless), low, high);
  if (replay !== undefined) return benchReplay({ trace: replay, offload, pairs: whole("pairs", 1, 1000, REPLAY_PAIRS) });
  checkOutputs({}, flags);
  const pages = whole("pages", PAGES_MIN, 2 ** 23), last = whole("growth", 12, 24), pairs = whole("pairs", 1, 1000);
  if (pages & (pages - 1)) throw new PageMirrorError("EINVAL", `--pages ${pages}: expected a power of two`);
  const seed = parseCount("--seed", flags.seed, 1, 2 ** 31), growth = Array.from({ length: (last - 12 >> 1) + 1 }, (_, i) => 12 + 2 * i);

  const rows: BenchRow[] = [], parameters: [string, string][] = [
    ["pages", String(pages)], ["seed", String(seed)], ["pairs", String(pairs)], ["processor", cpus()[0]?.model.trim() ?? "unknown"],
  ];
  console.log(`${parameters.map(([name, value]) => `${name} ${value}`).join(", ")}; times are a page's`);
  for (const runtime of flags.runtimes ? allRuntimes() : [thisRuntime()]) {
    const onRow = (row: BenchRow): void => { console.log(rowAsText(row)); };
    console.log(`\n${runtime.name}\n${heading()}`);
    const measured = await new TableBench(runtime, { pages, growth, count: usual.count, pairs, seed, match, onRow }).run();
    if (measured.length === 0) throw new PageMirrorError("EINVAL", `--match ${match}: expected a part of a row's \`case against peer\``);
    console.log(barsMet(measured));
    rows.push(...measured);
  }
  if (flags.json !== undefined) writeWhole(flags.json, `${JSON.stringify(rowsAsJson(rows), undefined, 2)}\n`);
  const script = readFileSync(new URL("../../dist/report-page.js", import.meta.url), "utf8");
  writeWhole(flags.report, renderBench({ parameters, rows }, script));
  console.log(`\nreport: ${resolve(flags.report)}`);
}

try { await program.parseAsync(); }
catch (error) {
  const isHelp = error instanceof CommanderError && error.exitCode === 0;
  if (!isHelp) console.error(`bench: ${(error as Error).message.replace(/^error: /, "")}`);
  process.exitCode = isHelp ? 0 : error instanceof CommanderError || (error instanceof PageMirrorError && error.code === "EINVAL") ? 2 : 1;
}
