// The plots of a bench: every ratio with its bar, and the time of a translation by the size of the table.

import { CONTESTED_COLOUR, CPU_COLOUR, DEVICE_COLOUR, GOOD_COLOUR, LINE_COLOUR, MUTED_COLOUR, NEUTRAL_COLOUR, TEXT_COLOUR } from "./colours.js";
import type { PlotOption, PlotSeries } from "./echarts.js";
import { threeDigits } from "./format.js";
import { block } from "./hover.js";
import { barText, isMet, verdictText, type BenchRow } from "./measurements.js";
import { FONT } from "./style.js";

const ROW_PIXELS = 18, HEAD_PIXELS = 34, FOOT_PIXELS = 30, BAR_PIXELS = 9;
/** One for each runtime, from the first on; the peer's curve is neutral. */
const RUNTIME_COLOURS = [CPU_COLOUR, DEVICE_COLOUR, GOOD_COLOUR, CONTESTED_COLOUR] as const;

interface Line { label: string; rows: BenchRow[] }
/** A line for each case and peer, with a dot for each runtime. */
function linesOf(rows: readonly BenchRow[]): Line[] {
  const lines = new Map<string, Line>();
  for (const row of rows) {
    if (!row.against) continue;
    const label = `${row.case}  ·  ${row.against.peer}`;
    const line = lines.get(label) ?? { label, rows: [] };
    line.rows.push(row);
    lines.set(label, line);
  }
  return [...lines.values()];
}
function runtimesOf(rows: readonly BenchRow[]): string[] { return [...new Set(rows.map(({ runtime }) => runtime))]; }
const colourOf = (runtime: number): string => RUNTIME_COLOURS[runtime % RUNTIME_COLOURS.length]!;

export function ratioHeight(rows: readonly BenchRow[]): number { return HEAD_PIXELS + FOOT_PIXELS + ROW_PIXELS * linesOf(rows).length; }

export function ratioPlot(rows: readonly BenchRow[]): PlotOption {
  const lines = linesOf(rows), runtimes = runtimesOf(rows);
  const dots = runtimes.map((runtime, at): PlotSeries => ({
    type: "scatter", name: runtime, animation: false, symbolSize: BAR_PIXELS, itemStyle: { color: colourOf(at), opacity: 0.85 },
    data: lines.flatMap(({ rows: of }, y) => of.flatMap((row) => row.runtime === runtime ? [[row.against!.ratio, y, rows.indexOf(row)]] : [])),
  }));
  const bars: PlotSeries = {
    type: "scatter", name: "bar", animation: false, symbol: "rect", symbolSize: [2, ROW_PIXELS - 4], itemStyle: { color: TEXT_COLOUR }, silent: true,
    data: lines.flatMap(({ rows: of }, y) => [...new Set(of.flatMap(({ bar }) => bar ? [bar.atMost ?? bar.atLeast!] : []))].map((value) => [value, y, -1])),
  };
  return {
    textStyle: { fontFamily: FONT },
    legend: { right: 8, top: 0, itemWidth: 10, itemHeight: 10 },
    grid: { left: 460, right: 24, top: HEAD_PIXELS, bottom: FOOT_PIXELS, outerBoundsMode: "none" },
    xAxis: {
      type: "log", axisLabel: { color: MUTED_COLOUR, formatter: threeDigits }, splitLine: { lineStyle: { color: LINE_COLOUR } },
      min: ({ min }: { min: number }) => 10 ** Math.floor(Math.log10(min)), max: ({ max }: { max: number }) => 10 ** Math.ceil(Math.log10(max)),
    },
    yAxis: {
      type: "category", inverse: true, data: lines.map(({ label }) => label), axisTick: { show: false }, axisLine: { show: false },
      axisLabel: { color: TEXT_COLOUR, width: 450, overflow: "truncate", interval: 0, fontSize: 11.5 }, splitLine: { show: true, lineStyle: { color: LINE_COLOUR } },
    },
    tooltip: { className: "tip", transitionDuration: 0, confine: true, formatter: (at) => {
      const row = rows[(at as { value: number[] }).value[2]!]!, { peer, value, ratio } = row.against!;
      return block(row.case, [
        ["runtime", row.runtime], ["ours", `${threeDigits(row.ours)} ${row.unit}`], [peer, `${threeDigits(value)} ${row.unit}`],
        ["ours/peer", threeDigits(ratio)], ["spread", `${(row.spread * 100).toFixed(0)} %`],
        ...isMet(row) === undefined ? [] : [["bar", `${barText(row)}, ${verdictText(row)}`] as [string, string]],
      ]);
    } },
    series: [bars, ...dots],
  };
}

export function growthPlot(rows: readonly BenchRow[]): PlotOption {
  const grown = rows.filter(({ pages }) => pages), runtimes = runtimesOf(grown);
  const curve = (name: string, color: string, points: [pages: number, ns: number][], dashed: boolean): PlotSeries => ({
    type: "line", name, color, data: points, animation: false, symbolSize: 6, lineStyle: { width: 2, type: dashed ? "dashed" : "solid" },
  });
  return {
    textStyle: { fontFamily: FONT },
    legend: { right: 8, top: 0, itemWidth: 18, itemHeight: 8 },
    grid: { left: 64, right: 24, top: 48, bottom: 44, outerBoundsMode: "none" },
    tooltip: { trigger: "axis", valueFormatter: (value) => `${threeDigits(Number(value))} ns` },
    xAxis: {
      type: "log", logBase: 2, name: "pages", nameLocation: "middle", nameGap: 26, nameTextStyle: { color: MUTED_COLOUR }, min: "dataMin", max: "dataMax",
      axisLabel: { color: MUTED_COLOUR, formatter: (pages: number) => `2^${Math.round(Math.log2(pages))}` }, splitLine: { lineStyle: { color: LINE_COLOUR } },
    },
    yAxis: {
      type: "value", min: 0, name: "ns", nameTextStyle: { color: MUTED_COLOUR, align: "right" }, axisLabel: { color: MUTED_COLOUR },
      splitLine: { lineStyle: { color: LINE_COLOUR } },
    },
    series: runtimes.flatMap((runtime, at) => {
      const of = grown.filter((row) => row.runtime === runtime), peer = of[0]!.against!.peer;
      return [
        curve(runtime, colourOf(at), of.map(({ pages, ours }) => [pages!, ours]), false),
        // The peer was measured beside each runtime; its curves tell how far the machine wanders.
        curve(runtimes.length === 1 ? peer : `${peer}, beside ${runtime}`, runtimes.length === 1 ? NEUTRAL_COLOUR : colourOf(at),
          of.map(({ pages, against }) => [pages!, against!.value]), true),
      ];
    }),
  };
}
