// The table that a replay prints in the terminal.
import Table from "cli-table3";
import type { ReplayResult } from "./result.js";

const number = (n: number): string => n.toLocaleString("en-US");

/** Bytes as people read them. */
export function bytes(n: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  let i = 0;
  for (; n >= 1024 && i < units.length - 1; i++) n /= 1024;
  return `${i ? n.toFixed(1) : n} ${units[i]}`;
}

/** A few lines: what each side did, what moved, how it ended. */
export function printReplay(result: ReplayResult, verified: boolean): string {
  const { accesses, faults, fault_kinds: kinds, migrations, records } = result;
  const bare = { head: [], border: [] };
  const sides = new Table({ head: ["", "CPU", "device"], colAligns: ["left", "right", "right"], style: bare });
  sides.push(
    ["accesses", number(accesses.cpu), number(accesses.device)],
    ["faults", number(faults.cpu), number(faults.device)],
    ["  page touched first", number(kinds.fill), ""],
    ["  missing right, or mended by another", number(kinds.right), ""],
    ["  page on the device, brought back", number(kinds.back), ""],
    ["  mapped where it is", "", number(kinds.map)],
    ["  migrated", "", number(kinds.migrate)],
    ["pages migrated from here", number(migrations.to_device), number(migrations.to_system)],
    ["bytes migrated from here", bytes(migrations.to_device * result.page_bytes), bytes(migrations.to_system * result.page_bytes)],
    ["pages resident at the end", number(sum(result, (p) => p.pages - p.device_pages)), number(sum(result, (p) => p.device_pages))],
  );
  const lines = [
    `${result.trace}: I ${number(records.I)}, L ${number(records.L)}, S ${number(records.S)}, M ${number(records.M)}; `
      + `${result.processes.length} process${result.processes.length === 1 ? "" : "es"}, ${result.workers} worker${result.workers === 1 ? "" : "s"}, `
      + `device memory ${bytes(result.device_memory_bytes)}, policy ${result.policy}, seed ${result.seed}`,
    sides.toString(),
  ];
  if (result.processes.length > 1) lines.push(processTable(result));
  const audit = result.audit.clean ? "clean" : `NOT CLEAN, ${result.audit.leaked_frames} frames leaked`;
  const mismatches = verified ? number(result.mismatches) : "not looked for (--verify)";
  lines.push(`evictions ${number(result.evictions)}, mismatches ${mismatches}, audit ${audit}, ${result.seconds.toFixed(2)} s`);
  return lines.join("\n");
}

function processTable({ processes }: ReplayResult): string {
  const table = new Table({
    head: ["process", "faults CPU", "faults device", "to device", "to system", "evicted", "mismatches", "pages", "image"],
    colAligns: Array.from({ length: 9 }, () => "right" as const), style: { head: [], border: [] },
  });
  for (const p of processes)
    table.push([p.process, ...[p.faults.cpu, p.faults.device, p.migrations.to_device, p.migrations.to_system, p.evictions, p.mismatches, p.pages].map(number), p.image_hash]);
  return table.toString();
}

function sum({ processes }: ReplayResult, of: (process: ReplayResult["processes"][number]) => number): number {
  return processes.reduce((total, process) => total + of(process), 0);
}
