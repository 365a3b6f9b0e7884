// The verb `pagemirror walk`: addresses through the page tables of a memory dump, level by level, as the hardware would walk them.
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { Allowed, Verdict } from "../../assembly/layout/hardware.js";
import { Engine } from "../engine.js";
import { PageMirrorError, hex } from "../error.js";
import { Machine, type LeafRun, type WalkResult } from "../machine.js";
import { Thread } from "../thread.js";
import { describeItem, flagsOf } from "./fields.js";
import { FORMAT_NAMES, parseAddress, treesFrom, type Family, type FormatWords } from "./formats.js";
import { openDump } from "./dump.js";

interface Flags extends FormatWords { base?: string; all?: true; json?: true }

/** Pages of tables that are kept at hand: 32 MiB. */
const PAGES_KEPT = 8192;

export function walkCommand(program: Command): void {
  program.command("walk")
    .description("translate addresses by the page tables in a dump of physical memory")
    .argument("<DUMP>", "a raw image, an ELF64 core with physical addresses, or a set of pages (records of an address and 4096 bytes); plain or .gz")
    .argument("[ADDRESS...]", "virtual addresses, in hexadecimal with 0x; without any, one a line on standard input")
    .requiredOption("--format <NAME>", FORMAT_NAMES.join(", "))
    .option("--levels <N>", "levels of the tables, where the format leaves it open (default 4)")
    .option("--root <ADDRESS>", "physical address of the top table; on aarch64 of the lower half")
    .option("--root-high <ADDRESS>", "aarch64: of the upper half")
    .option("--va-bits <N>", "aarch64: how wide the lower half is (default 48; 52 with lpa2)")
    .option("--va-bits-high <N>", "aarch64: how wide the upper half is")
    .option("--register <NAME=VALUE>", "a control register (cr0, cr3, cr4, efer; satp; hgatp; ttbr0, ttbr1, tcr; vttbr, vtcr) instead of these; repeatable",
      (text: string, all: string[]) => [...all, text], [])
    .option("--base <ADDRESS>", "where a raw image begins in physical memory (default 0)")
    .option("--all", "list every mapping, as ranges")
    .option("--json", "one object a line")
    .action(runWalk);
}

async function runWalk(file: string, addresses: string[], flags: Flags): Promise<void> {
  const { family, trees } = treesFrom(flags), base = flags.base === undefined ? undefined : parseAddress("--base", flags.base);
  if (flags.all && addresses.length) throw new PageMirrorError("EINVAL", `--all with ${addresses[0]}: expected either all mappings or addresses`);
  const dump = openDump(file, base);
  try {
    const engine = await Engine.create({ systemFrames: 64, threads: 1, workspaceBytes: Machine.bytes(PAGES_KEPT) });
    const machine = Machine.create(Thread.register(engine), PAGES_KEPT, (pa) => dump.page(pa));
    if (flags.all) for (const { tree, first } of trees.trees) for (const run of machine.leaves(tree, first)) console.log(flags.json ? runAsJson(family, run) : describeRun(run));
    else for (const text of addresses.length ? addresses : linesOf()) {
      const va = parseAddress("address", text), tree = trees.select(va);
      const walk: WalkResult = tree ? machine.walk(tree, va) : { verdict: Verdict.NON_CANONICAL, allowed: 0, level: 0, path: [] };
      console.log(flags.json ? walkAsJson(family, va, walk) : describeWalk(family, va, walk));
    }
  } finally { dump.close(); }
}
function linesOf(): string[] { return readFileSync(0, "utf8").split("\n").map((line) => line.trim()).filter((line) => line !== ""); }

const letters = (allowed: number, from: number): string => ["r", "w", "x"].map((letter, i) => allowed >> from + i & 1 ? letter : "-").join("");
const userOf = (allowed: number): string => letters(allowed, 0), kernelOf = (allowed: number): string => letters(allowed, Math.log2(Allowed.READ));
const nameOf = (verdict: Verdict): string => Verdict[verdict].toLowerCase().replaceAll("_", " ");

function walkAsJson(family: Family, va: bigint, { verdict, pa, sizeLg2, allowed, path }: WalkResult): string {
  const isLeaf = verdict === Verdict.LEAF;
  return JSON.stringify({
    va: hex(va), pa: isLeaf ? hex(pa!) : null, page_bytes: isLeaf ? 2 ** sizeLg2! : null, fault: isLeaf ? null : nameOf(verdict),
    flags: isLeaf ? { user: userOf(allowed), kernel: kernelOf(allowed), ...flagsOf(family, path.at(-1)!.item) } : {},
    path: path.map(({ level, at, item }) => ({ level, entry_pa: hex(at), entry: hex(item) })),
  });
}
function describeWalk(family: Family, va: bigint, { verdict, pa, sizeLg2, allowed, path }: WalkResult): string {
  const isLeaf = verdict === Verdict.LEAF, wide = (value: bigint): string => `0x${value.toString(16).padStart(16, "0")}`;
  const steps = path.map(({ level, at, item }, i) => `  level ${level}  ${wide(at)}  ${wide(item)}  ${describeItem(family, item, isLeaf && i === path.length - 1)}`);
  const end = isLeaf ? `${hex(pa!)}  page of ${sizeOf(2n ** BigInt(sizeLg2!))}, user ${userOf(allowed)}, kernel ${kernelOf(allowed)}`
    : `fault: ${nameOf(verdict)}${path.length ? ` at level ${path.at(-1)!.level}` : ""}`;
  return [`${hex(va)} -> ${end}`, ...steps].join("\n");
}

const UNITS = ["", " KiB", " MiB", " GiB", " TiB", " PiB"];
function sizeOf(bytes: bigint): string {
  let unit = 0;
  while (bytes % 1024n === 0n && unit < UNITS.length - 1) { bytes /= 1024n; unit++; }
  return `${bytes}${UNITS[unit]}`;
}
function describeRun({ va, pa, bytes, count, allowed }: LeafRun): string {
  return `${hex(va)}-${hex(va + bytes * BigInt(count) - 1n)} -> ${hex(pa)}  ${count} x ${sizeOf(bytes)}, user ${userOf(allowed)}, kernel ${kernelOf(allowed)}`;
}
function runAsJson(family: Family, { va, pa, bytes, count, allowed, item }: LeafRun): string {
  const flags = { user: userOf(allowed), kernel: kernelOf(allowed), ...flagsOf(family, item) };
  return JSON.stringify({ va: hex(va), last: hex(va + bytes * BigInt(count) - 1n), pa: hex(pa), page_bytes: Number(bytes), pages: count, flags });
}
