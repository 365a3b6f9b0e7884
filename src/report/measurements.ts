// What the report of a bench is made from: plain data, as JSON holds it.
import { threeDigits } from "./format.js";

export interface BenchReport {
  /** One line: pages, seed, pairs. */
  parameters: [name: string, value: string][];
  rows: BenchRow[];
}
export interface BenchRow {
  case: string;
  runtime: string;
  /** Nanoseconds, or bytes where `unit` says so. */
  ours: number;
  /** What it is compared with, if it is. */
  against?: Against;
  /** The quartile distance of the pairs' ratios, or of the values, in parts of their median. */
  spread: number;
  unit: "ns" | "bytes";
  /** What the ratio shall be, or the value where nothing is compared. */
  bar?: Bar;
  /** For the curve of growth: of how many pages. */
  pages?: number;
}
export interface Against {
  peer: string;
  value: number;
  /** Ours in parts of the peer's; of two threads: our speed-up in parts of the peer's speed-up. */
  ratio: number;
}
export interface Bar { atMost?: number; atLeast?: number }

export const BENCH_ELEMENT = "bench-data";
export const RATIO_ELEMENT = "ratio-plot";
export const GROWTH_ELEMENT = "growth-plot";

/** Whether a bar is met; undefined where there is none. */
export function isMet({ bar, against, ours }: BenchRow): boolean | undefined {
  if (!bar) return undefined;
  const value = against?.ratio ?? ours;
  return value <= (bar.atMost ?? Infinity) && value >= (bar.atLeast ?? -Infinity);
}
export function barText({ bar, against, unit }: BenchRow): string {
  if (!bar) return "";
  const value = bar.atMost ?? bar.atLeast!;
  return `${bar.atMost === undefined ? "≥" : "≤"} ${against ? value.toFixed(2) : threeDigits(value)}${against ? "" : ` ${unit}`}`;
}
export function verdictText(row: BenchRow): string {
  const met = isMet(row);
  return met === undefined ? "" : met ? "met" : "missed";
}
