// The heat map of who touched which page when, and the bars of how often each page moved.

import type { Timeline } from "../replay/result.js";
import { CONTESTED_COLOUR, NEUTRAL_COLOUR, SHADE_LEVELS, SHADES, TOUCHER_NAMES, TOUCHERS, type Toucher } from "./colours.js";
import type { Contest } from "./contest.js";
import type { PlotOption, PlotSeries } from "./echarts.js";
import { count, largest } from "./format.js";
import { HEAT, MOVES } from "./layout.js";

const LABELLED_MOVES = 5;
/** Up to so many contested cells get a frame, which makes them larger than their neighbours; more need no such help, and
 * frames would hide their shades. */
const FRAMED_CELLS = 400;

/** Bucket, row, shade. */
type Cell = [number, number, number];

export function toucherOf(cpu: number, device: number): Toucher | undefined {
  if (cpu > 0 && device > 0) return "both";
  if (cpu > 0) return "cpu";
  return device > 0 ? "device" : undefined;
}

function cells({ rows }: Timeline): Record<Toucher, Cell[]> {
  const of: Record<Toucher, Cell[]> = { cpu: [], device: [], both: [] };
  const most = largest(rows.map((row) => largest(row.cpu.map((cpu, bucket) => cpu + row.device[bucket]!))));
  const levels_per_unit = SHADE_LEVELS / Math.log(most + 1);
  rows.forEach((row, index) => row.cpu.forEach((cpu, bucket) => {
    const device = row.device[bucket]!;
    const toucher = toucherOf(cpu, device);
    if (toucher === undefined) return;
    const level = Math.min(SHADE_LEVELS - 1, Math.floor(Math.log(cpu + device) * levels_per_unit));
    of[toucher].push([bucket, index, level]);
  }));
  return of;
}

/** One series for each toucher, in the order of `TOUCHERS`, so that each can be hidden. */
export function heatSeries(timeline: Timeline): PlotSeries[] {
  const of = cells(timeline);
  return TOUCHERS.map((toucher) => ({
    type: "heatmap",
    name: TOUCHER_NAMES[toucher],
    xAxisIndex: HEAT,
    yAxisIndex: HEAT,
    data: of[toucher],
    ...(toucher === "both" && of.both.length <= FRAMED_CELLS
      ? { itemStyle: { borderColor: CONTESTED_COLOUR, borderWidth: 1 } } : {}),
    emphasis: { disabled: true },
    animation: false,
  }));
}

/** The shades of the heat map's series, which must be the first ones of the plot. */
export function heatShades(): NonNullable<PlotOption["visualMap"]> {
  return TOUCHERS.map((toucher, series) => ({
    type: "piecewise",
    show: false,
    seriesIndex: series,
    dimension: 2,
    pieces: SHADES[toucher].map((color, value) => ({ value, color })),
  }));
}

/** How often each row moved, beside the heat map: rows that both sides touch in the colour of contest. */
export function movesSeries(timeline: Timeline, contests: readonly Contest[]): PlotSeries {
  const contested = new Set(contests.map((contest) => contest.row));
  const by_moves = timeline.rows.map((_, row) => row).sort((a, b) => timeline.rows[b]!.moves - timeline.rows[a]!.moves);
  const labelled = new Set(by_moves.slice(0, LABELLED_MOVES));
  return {
    type: "bar",
    name: "moves",
    xAxisIndex: MOVES,
    yAxisIndex: MOVES,
    barCategoryGap: "10%",
    barMaxWidth: 14,
    labelLayout: { hideOverlap: true },
    data: timeline.rows.map(({ moves }, row) => ({
      value: moves,
      itemStyle: { color: contested.has(row) ? CONTESTED_COLOUR : NEUTRAL_COLOUR },
      label: { show: moves > 0 && labelled.has(row), position: "right", formatter: count(moves) },
    })),
    emphasis: { disabled: true },
    animation: false,
  };
}
