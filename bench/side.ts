// A table in a process of its own: plays what each line of the standard input asks for, in whatever runtime it was started.
//   side.js NAME PAGES SEED FIRST      NAME is one of TABLES, or the name of a format of ours, or `generic`
import { createInterface } from "node:readline";
import process from "node:process";
import { FORMATS, type FormatName } from "../src/index.js";
import { OurPlayer } from "./ours.js";
import { TABLES } from "./tables.js";
import type { Case, Player, WorkloadOptions } from "./workload.js";

/** The shape of x86-64, told at run time. */
const GENERIC = { levels: 4, indexBits: 9 };

async function start(name: string, options: WorkloadOptions): Promise<Player> {
  if (Object.hasOwn(TABLES, name)) return TABLES[name as keyof typeof TABLES](options);
  if (name !== "generic" && !Object.hasOwn(FORMATS, name)) throw new Error(`no table is called "${name}"`);
  return OurPlayer.create(options, name === "generic" ? GENERIC : name as FormatName);
}

const [name, pages, seed, first] = process.argv.slice(2);
const player = await start(name!, { pages: Number(pages), seed: Number(seed), first: Number(first) });
for await (const line of createInterface({ input: process.stdin })) {
  const [asked, count, round] = line.split(" ");
  console.log(JSON.stringify(await player.play(asked as Case, Number(count), Number(round))));
}
process.exit(0); // the second thread has no end
