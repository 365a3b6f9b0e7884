// `npm run bench`: the table bench, or with --replay the replay bench.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { benchReplay } from "./replay.js";
import { PEERS, benchTable, playSide } from "./table.js";
import { CASES, RANGE, type Case } from "./workload.js";

const USAGE = `npm run bench -- [options]
  --pages N          pages of the table, a multiple of ${RANGE} (default 65536)
  --first PAGE       number of the first page (default 0x7f0000000: where programs have their libraries)
  --seed N           seed of the order of pages (default 1)
  --pairs N          pairs of measurements a ratio is taken from (default 15; with --replay 7)
  --case NAME        only this case; may be repeated: ${CASES.join(", ")}
  --peer NAME        only this peer; may be repeated: ${PEERS.join("; ")}
  --json FILE        writes the rows as JSON too
  --replay FILE      times \`pagemirror replay FILE\` (a trace in plain text) against native/trace.c instead
  --offload LO-HI    with --replay: the instructions that the device plays`;

class UsageError extends Error {}

function whole(name: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw new UsageError(`--${name} is ${text}: expected a whole number from ${low} to ${high}`);
}

function chosen<Name extends string>(option: string, names: readonly Name[], wanted: readonly string[] | undefined): readonly Name[] {
  for (const name of wanted ?? [])
    if (!(names as readonly string[]).includes(name))
      throw new UsageError(`--${option} is ${name}: expected one of ${names.join("; ")}`);
  return wanted ? names.filter((name) => wanted.includes(name)) : names;
}

async function main(): Promise<void> {
  const text = { type: "string" } as const, repeated = { type: "string", multiple: true } as const;
  const { values } = parseArgs({
    options: {
      pages: text, first: text, seed: text, pairs: text, json: text, replay: text, offload: text, case: repeated, peer: repeated,
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(USAGE);
  if (values.replay !== undefined) {
    await benchReplay({ trace: values.replay, offload: values.offload, pairs: whole("pairs", values.pairs ?? "7", 1, 1000) });
    return;
  }
  const pages = whole("pages", values.pages ?? "65536", RANGE, 2 ** 23);
  if (pages % RANGE) throw new UsageError(`--pages is ${pages}: expected a multiple of ${RANGE}`);
  const cases: readonly Case[] = chosen("case", CASES, values.case);
  const rows = await benchTable({
    pages, first: whole("first", values.first ?? "0x7f0000000", 0, 2 ** 36 - 2 ** 23),
    seed: whole("seed", values.seed ?? "1", 1, 2 ** 32 - 1), pairs: whole("pairs", values.pairs ?? "15", 1, 1000), cases, peers: chosen("peer", PEERS, values.peer),
  });
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
}

try {
  if (process.argv[2] === "--side") {
    const [name, pages, seed, first] = process.argv.slice(3);
    await playSide(name!, { pages: Number(pages), seed: Number(seed), first: Number(first) });
  } else await main();
} catch (error) {
  const { message, code } = error as NodeJS.ErrnoException;
  console.error(`bench: ${message}`);
  process.exitCode = error instanceof UsageError || code?.startsWith("ERR_PARSE_ARGS") ? 2 : 1;
}
