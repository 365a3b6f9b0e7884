// The replay bench: the whole process `pagemirror replay FILE` against the whole process of native/trace.c over the same file.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ReplayResult } from "../src/replay/result.js";
import { threeDigits } from "../src/report/format.js";
import { compare } from "./harness.js";
import { TRACE, compile, findCompiler } from "./native.js";

const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const TIME = "/usr/bin/time";

export interface ReplayBenchOptions { trace: string; offload: string | undefined; pairs: number }
interface Command { file: string; args: readonly string[] }

export async function benchReplay({ trace, offload, pairs }: ReplayBenchOptions): Promise<void> {
  if (/\.(gz|xz|zst)$/.test(trace)) throw new Error(`${trace}: expected a trace in plain text, unpack it first`);
  const compiler = findCompiler("c");
  if ("missing" in compiler) return console.log(compiler.missing);
  const flags = offload === undefined ? [] : ["--offload", offload];
  const ours = (json: string): Command => ({ file: process.execPath, args: [CLI, "replay", trace, "--json", json, ...flags] });
  const peer: Command = { file: await compile(compiler.command, TRACE), args: [trace, ...flags.slice(1)] };

  checkSameAnswer(ours, peer);
  const timed = await compare(pairs, { ours: () => wallNs(ours("/dev/null")), peer: () => wallNs(peer), reported: (ns) => ns });
  const memory = peakBytes(ours("/dev/null"));
  console.log([
    `pagemirror replay   ${threeDigits(timed.ours / 1e9)} s`,
    `native/trace.c      ${threeDigits(timed.peer / 1e9)} s`,
    `ours/peer           ${timed.ratio.toFixed(2)} (spread ${(timed.spread * 100).toFixed(0)} %, ${pairs} pairs)`,
    memory ? `peak memory of ours ${(memory / 2 ** 20).toFixed(0)} MiB` : `peak memory of ours not measured: no GNU time at ${TIME}`,
  ].join("\n"));
}

/** Runs both once, which also brings the file into the page cache. */
function checkSameAnswer(ours: (json: string) => Command, peer: Command): void {
  const folder = mkdtempSync(join(tmpdir(), "pagemirror-bench-"));
  try {
    const json = join(folder, "result.json");
    output(ours(json));
    const { records, accesses, processes } = JSON.parse(readFileSync(json, "utf8")) as ReplayResult;
    const counted = new Map(output(peer).trim().split("\n").map((line) => line.split(" ") as [string, string]));
    for (const [what, count] of Object.entries({ ...records, pages: processes[0]!.pages, offloaded: accesses.device }))
      if (Number(counted.get(what) ?? 0) !== count)
        throw new Error(`${what}: replay counts ${count}, trace.c counts ${counted.get(what)}`);
  } finally { rmSync(folder, { recursive: true }); }
}

function output({ file, args }: Command): string {
  const { status, stdout, stderr, error } = spawnSync(file, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${file} ${args.join(" ")}: ${(error?.message ?? stderr).trim()}`);
  return stdout;
}

function wallNs({ file, args }: Command): Promise<number> {
  return new Promise((resolve, reject) => {
    const begin = performance.now();
    const child = spawn(file, args, { stdio: "ignore" });
    child.on("error", reject);
    child.on("close", (status) => {
      if (status === 0) resolve((performance.now() - begin) * 1e6);
      else reject(new Error(`${file} ${args.join(" ")}: ended with ${status}`));
    });
  });
}

/** The largest resident set of the command, 0 when it cannot be measured. */
function peakBytes({ file, args }: Command): number {
  const { stderr } = spawnSync(TIME, ["-v", file, ...args], { encoding: "utf8" });
  return 1024 * Number(/Maximum resident set size \(kbytes\): (\d+)/.exec(stderr ?? "")?.[1] ?? 0);
}
