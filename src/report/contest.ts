// Which pages the two sides fight over.

import type { Timeline } from "../replay/result.js";
import { count, counted, largest, percent, runAddresses, sum } from "./format.js";

/** A row of the timeline that both sides touched. */
export interface Contest {
  /** Index in `timeline.rows`. */
  row: number;
  cpu: number;
  device: number;
  moves: number;
  /** Buckets in which both sides touched it. */
  shared_buckets: number;
}

/** The rows that both sides touched, the most moved ones first. */
export function findContests(timeline: Timeline): Contest[] {
  const contests: Contest[] = [];
  timeline.rows.forEach((row, index) => {
    const cpu = sum(row.cpu);
    const device = sum(row.device);
    if (cpu === 0 || device === 0) return;
    const shared_buckets = row.cpu.filter((accesses, bucket) => accesses > 0 && row.device[bucket]! > 0).length;
    contests.push({ row: index, cpu, device, moves: row.moves, shared_buckets });
  });
  return contests.sort((a, b) =>
    b.moves - a.moves || b.shared_buckets - a.shared_buckets || b.cpu + b.device - (a.cpu + a.device));
}

/** The finding in one sentence. */
export function describeContests(timeline: Timeline, contests: readonly Contest[], page_bytes: number): string {
  if (timeline.rows.length === 0) return "No page was touched.";
  if (!timeline.rows.some((row) => largest(row.device) > 0)) return "The device touched no page, so none is contested.";
  const worst = contests[0];
  if (worst === undefined) return "No page is touched by both sides.";

  const runs = contests.some((contest) => timeline.rows[contest.row]!.pages > 1);
  const touched = `${runs ? counted(contests.length, "run of pages", "runs of pages") : counted(contests.length, "page")} ` +
    `${contests.length === 1 ? "is" : "are"} touched by both sides`;
  if (worst.moves === 0) return `${touched}; none of them moved.`;

  const row = timeline.rows[worst.row]!;
  const all_moves = sum(timeline.rows.map((each) => each.moves));
  return `${touched}; ${row.pages > 1 ? "pages" : "page"} ${runAddresses(row, page_bytes)} moved ` +
    `${worst.moves === 1 ? "once" : `${count(worst.moves)} times`}, ${percent(worst.moves, all_moves)} of all moves.`;
}
