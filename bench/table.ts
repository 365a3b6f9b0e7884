// The table bench: our page table against what one would use instead, case by case.
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { LineProcess, compare, formatTable, threeDigits } from "./harness.js";
import { compile, findCompiler } from "./native.js";
import { TABLES } from "./tables.js";
import { BATCH, type Case, type Sample, type WorkloadOptions } from "./workload.js";

const OURS = "pagemirror";
const WARM_UPS = 3;
/** Pages that one measurement passes through at least: long enough for the clock. */
const PAGES_MEASURED = 2 ** 19;

export interface Row { case: Case; runtime: string; ours_ns: number; peer: string; peer_ns: number; ratio: number; spread: number }

export interface TableBenchOptions extends WorkloadOptions {
  pairs: number;
  /** Only these, when given. */
  cases: readonly Case[];
  peers: readonly string[];
}

const NATIVE = [
  { peer: "C, plain", language: "c", source: "plain.c", name: "plain", flags: [] },
  { peer: "C, same protocol", language: "c", source: "same.c", name: "same", flags: [] },
  { peer: "C++ unordered_map", language: "c++", source: "standard.cc", name: "unordered", flags: [] },
  { peer: "C++ map", language: "c++", source: "standard.cc", name: "ordered", flags: ["-DORDERED"] },
] as const;

export const PEERS: readonly string[] = [...Object.keys(TABLES).filter((name) => name !== OURS), ...NATIVE.map(({ peer }) => peer)];

/** A table in a process of its own. */
class Side {
  private constructor(readonly process: LineProcess, readonly rounds: number) {}
  static javascript(name: string, options: WorkloadOptions): Side {
    const numbers = [options.pages, options.seed, options.first].map(String);
    return Side.#start(name, process.execPath, [fileURLToPath(import.meta.url), "--side", name, ...numbers], options);
  }
  static native(name: string, program: string, options: WorkloadOptions): Side {
    return Side.#start(name, program, [options.pages, options.seed, options.first, BATCH].map(String), options);
  }
  static #start(name: string, command: string, args: string[], options: WorkloadOptions): Side {
    return new Side(new LineProcess(name, command, args), Math.ceil(PAGES_MEASURED / options.pages));
  }
  async play(name: Case): Promise<Sample> { return JSON.parse(await this.process.ask(`${name} ${this.rounds}`)) as Sample; }
  async measure(name: Case): Promise<number> { return (await this.play(name)).ns; }
  /** Lets compilers settle; answers the check. */
  async warmUp(name: Case): Promise<number> {
    let check = 0;
    for (let i = 0; i < WARM_UPS; i++) ({ check } = await this.play(name));
    return check;
  }
}

/** The other end of `Side.javascript`: plays what each line of the standard input asks for. */
export async function playSide(name: string, options: WorkloadOptions): Promise<void> {
  const make = TABLES[name];
  if (!make) throw new Error(`no table is called "${name}": expected ${Object.keys(TABLES).join(", ")}`);
  const player = await make(options);
  for await (const line of createInterface({ input: process.stdin })) {
    const [asked, rounds] = line.split(" ");
    console.log(JSON.stringify(player.play(asked as Case, Number(rounds))));
  }
}

export async function benchTable(options: TableBenchOptions): Promise<Row[]> {
  const runtime = process.versions.bun ? `bun ${process.versions.bun}` : `node ${process.versions.node}`;
  const { pages, first, seed, pairs } = options;
  console.log(`${pages} pages from 0x${first.toString(16)}, seed ${seed}, ${pairs} pairs, ${runtime}; ns a page`);
  const peers = startPeers(options), ours = Side.javascript(OURS, options);
  const rows: Row[] = [], cells: string[][] = [["case", "ours ns", "peer", "peer ns", "ours/peer", "least", "spread"]];
  try {
    for (const name of options.cases) {
      const check = await ours.warmUp(name);
      for (const peer of peers) {
        const peerName = peer.process.name;
        showProgress(`${name} against ${peerName}`);
        const peerCheck = await peer.warmUp(name);
        if (peerCheck !== check) throw new Error(`${name}: ${OURS} answers ${check}, ${peerName} answers ${peerCheck}`);
        const { oursNs, peerNs, ratio, least, spread } = await compare(pairs, () => ours.measure(name), () => peer.measure(name));
        rows.push({ case: name, runtime, ours_ns: oursNs, peer: peerName, peer_ns: peerNs, ratio, spread });
        const percent = `${(spread * 100).toFixed(0)} %`;
        cells.push([name, threeDigits(oursNs), peerName, threeDigits(peerNs), ratio.toFixed(2), least.toFixed(2), percent]);
      }
    }
  } finally {
    showProgress("");
    for (const side of [ours, ...peers]) side.process.close();
  }
  console.log(formatTable(cells));
  return rows;
}

function startPeers(options: TableBenchOptions): Side[] {
  const wanted = new Set(options.peers), programs: { peer: string; program: string }[] = [];
  for (const language of ["c", "c++"] as const) {
    const sources = NATIVE.filter((source) => source.language === language && wanted.has(source.peer));
    const compiler = sources.length ? findCompiler(language) : undefined;
    if (!compiler) continue;
    if ("missing" in compiler) console.log(compiler.missing);
    else for (const { peer, source, name, flags } of sources)
      programs.push({ peer, program: compile(compiler.command, source, name, flags) });
  }
  return [
    ...Object.keys(TABLES).filter((name) => wanted.has(name)).map((name) => Side.javascript(name, options)),
    ...programs.map(({ peer, program }) => Side.native(peer, program, options)),
  ];
}

function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
