// The totals of an exploration, by what the threads work on and what troubles them.

import { SUBJECTS, nameParts, verdictOf, type ExploredWorkload, type Subject } from "./exploration.js";
import { count, largest, sum } from "./format.js";
import { escapeHtml, table, type Column } from "./tables.js";

const SUBJECT_NAMES: Record<Subject, string> = { tables: "tables", spaces: "address spaces", others: "others" };
const SECONDS = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });

/** `tables`, `address spaces, death`; threads are named when they are no pair, for those workloads are far larger. */
export function groupName({ name, threads }: { name: string; threads: number }): string {
  const { subject, trouble } = nameParts(name);
  return [SUBJECT_NAMES[subject], ...subject === "others" || threads === 2 ? [] : [`${threads} threads`], ...trouble ? [trouble] : []].join(", ");
}

/** Workloads by group: tables first, then spaces; without trouble first. */
function groups(workloads: readonly ExploredWorkload[]): [name: string, members: ExploredWorkload[]][] {
  const found = new Map<string, ExploredWorkload[]>();
  for (const subject of SUBJECTS) for (const workload of workloads) {
    if (nameParts(workload.name).subject !== subject) continue;
    const name = groupName(workload);
    found.set(name, [...found.get(name) ?? [], workload]);
  }
  return [...found];
}

function cells(name: string, members: readonly ExploredWorkload[]): string[] {
  const of = { complete: 0, bounded: 0, violation: 0 };
  for (const workload of members) of[verdictOf(workload)]++;
  const total = (field: "states" | "transitions" | "ends" | "violations"): number => sum(members.map((each) => each[field]));
  const violations = total("violations");
  return [
    escapeHtml(name), count(members.length), count(of.complete), count(of.bounded), violations ? `<b class="bad">${count(violations)}</b>` : "0",
    count(total("states")), count(largest(members.map(({ states }) => states))), count(total("transitions")), count(total("ends")),
    count(largest(members.map(({ depth }) => depth))), SECONDS.format(sum(members.map(({ seconds }) => seconds))),
  ];
}

export function totalsTable(workloads: readonly ExploredWorkload[]): string {
  const found = groups(workloads), rows: { attributes?: string; cells: string[] }[] = found.map(([name, members]) => ({ cells: cells(name, members) }));
  if (found.length > 1) rows.push({ attributes: ` class="total"`, cells: cells("all", workloads) });
  const columns: Column[] = [
    { name: "workloads of", text: true },
    ...["number", "complete", "bounded", "violations", "states", "of the largest", "transitions", "ends", "deepest", "seconds"].map((name) => ({ name })),
  ];
  return `<section><h2>Totals</h2><div class="wide">${table("totals", columns, rows)}</div></section>`;
}
