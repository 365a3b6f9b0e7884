// The figures and tables of the report, as HTML.

import type { FaultKind, ReplayResult, Sides, Timeline } from "../replay/result.js";
import type { Contest } from "./contest.js";
import { byteSize, count, counted, largest, runAddresses } from "./format.js";

const CONTESTS_SHOWN = 8;
const KIND_MEANINGS: Record<FaultKind, string> = {
  fill: "a page touched for the first time",
  right: "a missing right",
  back: "the CPU touched a page on the device",
  map: "a device entry made for memory where it lies",
  migrate: "a device fault that moved the page",
};

export function escapeHtml(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}

/** The parameters of the run, in one line. */
export function parameters(result: ReplayResult): string {
  const capacity = Math.floor(result.device_memory_bytes / result.page_bytes);
  const { I, L, S, M } = result.records;
  const pairs: [string, string][] = [
    ["policy", result.policy],
    ["offload", result.offload.length === 0 ? "nothing" : result.offload.join(", ")],
    ["device memory", `${byteSize(result.device_memory_bytes)} (${counted(capacity, "page")} of ${byteSize(result.page_bytes)})`],
    ["processes", count(result.processes.length)],
    ["workers", count(result.workers)],
    ["seed", String(result.seed)],
    ["records", `${count(I)} instructions, ${count(L)} loads, ${count(S)} stores, ${count(M)} modifies`],
  ];
  return parameterLine(pairs);
}

export function parameterLine(pairs: readonly [name: string, value: string][]): string {
  return `<p class="parameters">${
    pairs.map(([name, value]) => `<span><b>${name}</b> ${escapeHtml(value)}</span>`).join(" ")}</p>`;
}

function figure(name: string, value: string, details: string[], state: "" | "good" | "bad" = ""): string {
  const lines = details.map((detail) => `<small>${detail}</small>`).join("");
  return `<div class="figure ${state}"><span>${name}</span><strong>${value}</strong>${lines}</div>`;
}

function bySide(sides: Sides): string[] {
  return [`CPU ${count(sides.cpu)}`, `device ${count(sides.device)}`];
}

/** The main figures. */
export function figures(result: ReplayResult): string {
  const { accesses, faults, fault_kinds, migrations, audit } = result;
  const all_accesses = accesses.cpu + accesses.device;
  const kinds = Object.entries(fault_kinds).map(([kind, faults_of_kind]) =>
    `<span title="${KIND_MEANINGS[kind as FaultKind]}">${kind} <b>${count(faults_of_kind)}</b></span>`).join("");
  const rate = result.seconds > 0 ? [`${count(Math.round(all_accesses / result.seconds))} accesses/s`] : [];
  return `<div class="figures">${[
    figure("accesses", count(all_accesses), bySide(accesses)),
    figure("faults", count(faults.cpu + faults.device), bySide(faults)),
    figure("migrations", count(migrations.to_device + migrations.to_system),
      [`to device ${count(migrations.to_device)}`, `to system ${count(migrations.to_system)}`]),
    figure("bytes moved", byteSize(result.bytes_moved), [counted(result.bytes_moved, "byte")]),
    figure("evictions", count(result.evictions), ["to make room on the device"]),
    figure("mismatches", count(result.mismatches), ["bytes unlike the reference"],
      result.mismatches > 0 ? "bad" : ""),
    figure("audit", audit.clean ? "clean" : "not clean", [counted(audit.leaked_frames, "leaked frame")],
      audit.clean ? "good" : "bad"),
    figure("seconds", count(result.seconds), rate),
  ].join("")}</div><p class="kinds">faults by kind ${kinds}</p>`;
}

export interface Column { name: string; text?: boolean }

export function table(name: string, columns: Column[], rows: { attributes?: string; cells: string[] }[]): string {
  const align = (index: number): string => (columns[index]!.text ? ` class="text"` : "");
  const head = columns.map((column, index) => `<th${align(index)}>${column.name}</th>`).join("");
  const body = rows.map(({ attributes, cells }) =>
    `<tr${attributes ?? ""}>${cells.map((cell, index) => `<td${align(index)}>${cell}</td>`).join("")}</tr>`).join("\n");
  return `<table class="${name}"><thead><tr>${head}</tr></thead>\n<tbody>${body}</tbody></table>`;
}

/** The most contested rows, of which there must be one; `data-row` ties a line to its row of the heat map. */
export function contestTable(timeline: Timeline, contests: readonly Contest[], page_bytes: number): string {
  const shown = contests.slice(0, CONTESTS_SHOWN);
  const most_moves = largest(shown.map((contest) => contest.moves));
  const rows = shown.map((contest) => {
    const row = timeline.rows[contest.row]!;
    const width = most_moves === 0 ? 0 : (100 * contest.moves) / most_moves;
    return {
      attributes: ` data-row="${contest.row}"`,
      cells: [
        `<code>${runAddresses(row, page_bytes)}</code>`,
        `<span class="bar"><i style="width:${width.toFixed(1)}%"></i></span>${count(contest.moves)}`,
        count(contest.cpu),
        count(contest.device),
        `${count(contest.shared_buckets)} of ${count(row.cpu.length)}`,
      ],
    };
  });
  const more = contests.length > shown.length ? `<p class="note">and ${count(contests.length - shown.length)} more</p>` : "";
  return table("contests", [
    { name: "page", text: true }, { name: "moves" }, { name: "CPU accesses" }, { name: "device accesses" },
    { name: "contested buckets" },
  ], rows) + more;
}

/** One line for each process; nothing when there is only one, for the figures say it all. */
export function processTable(result: ReplayResult): string {
  if (result.processes.length < 2) return "";
  const rows = result.processes.map((each) => ({
    cells: [
      count(each.process), count(each.accesses.cpu), count(each.accesses.device), count(each.faults.cpu),
      count(each.faults.device), count(each.migrations.to_device), count(each.migrations.to_system), count(each.evictions),
      each.mismatches > 0 ? `<b class="bad">${count(each.mismatches)}</b>` : "0",
      count(each.pages), count(each.device_pages), `<code>${escapeHtml(each.image_hash)}</code>`,
    ],
  }));
  const columns = [
    "process", "CPU accesses", "device accesses", "CPU faults", "device faults", "to device", "to system", "evictions",
    "mismatches", "pages", "on device",
  ].map((name): Column => ({ name }));
  return `<section><h2>Processes</h2>${table("processes", [...columns, { name: "image hash", text: true }], rows)}</section>`;
}
