// The rows as lines of a table for a terminal, one by one as they are measured, and as JSON.
import Table from "cli-table3";
import { threeDigits } from "../src/report/format.js";
import { barText, isMet, verdictText, type BenchRow } from "../src/report/measurements.js";

const PLAIN = {
  chars: Object.fromEntries([
    "top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right", "left", "left-mid", "mid", "mid-mid", "right", "right-mid",
  ].map((name) => [name, ""]).concat([["middle", "  "]])),
  style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
};

/** As wide as the longest that stands there. */
const WIDTHS = [62, 10, 5, 20, 10, 9, 6, 15, 6];
function line(cells: string[]): string {
  const right = "right" as const, left = "left" as const;
  const table = new Table({ ...PLAIN, colWidths: WIDTHS, colAligns: [left, right, left, left, right, right, right, right, left] });
  table.push(cells);
  return table.toString().trimEnd();
}
export const heading = (): string => line(["case", "ours", "", "peer", "peer's", "ours/peer", "spread", "bar", ""]);
export function rowAsText(row: BenchRow): string {
  const { against, ours, unit, spread } = row;
  return line([
    row.case, threeDigits(ours), unit, against?.peer ?? "", against ? threeDigits(against.value) : "", against?.ratio.toFixed(2) ?? "",
    `${(spread * 100).toFixed(0)} %`, barText(row), verdictText(row),
  ]);
}

/** How many of the bars are met. */
export function barsMet(rows: readonly BenchRow[]): string {
  const judged = rows.map(isMet).filter((met) => met !== undefined);
  return `${judged.filter(Boolean).length} of ${judged.length} bars met`;
}

/** Times are nanoseconds a page; the cases of bytes say so. */
export interface JsonRow { case: string; runtime: string; ours_ns: number; peer: string | null; peer_ns: number | null; ratio: number | null; spread: number }
export function rowsAsJson(rows: readonly BenchRow[]): JsonRow[] {
  return rows.map(({ case: name, runtime, ours, against, spread }) =>
    ({ case: name, runtime, ours_ns: ours, peer: against?.peer ?? null, peer_ns: against?.value ?? null, ratio: against?.ratio ?? null, spread }));
}
