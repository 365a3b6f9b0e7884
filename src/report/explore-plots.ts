// What an exploration costs: states against seconds, and how deep the workloads are.

import { CONTESTED_COLOUR, CPU_COLOUR, DEVICE_COLOUR, LINE_COLOUR, MUTED_COLOUR, NEUTRAL_COLOUR } from "./colours.js";
import type { PlotOption, PlotSeries, XAxis, YAxis } from "./echarts.js";
import { SUBJECTS, nameParts, verdictOf, type ListedWorkload, type Subject, type Verdict } from "./exploration.js";
import { compact, count, largest, roundStep, secondsText } from "./format.js";
import { block } from "./hover.js";
import { FONT } from "./style.js";

const SUBJECT_LOOKS: Record<Subject, { name: string; color: string }> = {
  tables: { name: "tables", color: CPU_COLOUR }, spaces: { name: "address spaces", color: DEVICE_COLOUR }, others: { name: "others", color: NEUTRAL_COLOUR },
};
/** Seconds are given with three decimals: less is drawn as this. */
const LEAST_SECONDS = 0.001;
/** So many dots are drawn as one shape, which is far quicker. */
const MANY_DOTS = 200;
const DEPTH_BINS = 30;

function logAxis(name: string, formatter: (value: number) => string): { type: "log" } & Partial<XAxis & YAxis> {
  return {
    type: "log", name, nameLocation: "middle", nameTextStyle: { color: MUTED_COLOUR }, min: decadeBelow, max: decadeAbove,
    axisLabel: { color: MUTED_COLOUR, formatter }, splitLine: { lineStyle: { color: LINE_COLOUR } },
  };
}
const decadeBelow = ({ min }: { min: number }): number => 10 ** Math.floor(Math.log10(min));
const decadeAbove = ({ max }: { max: number }): number => 10 ** (Math.floor(Math.log10(max)) + 1);

/** At least one workload must have a count of states. */
export function ratePlot(workloads: readonly ListedWorkload[]): PlotOption {
  const timed = workloads.flatMap((workload, i) => workload.states > 0 ? [{ workload, i }] : []);
  const dots = (name: string, color: string, chosen: typeof timed, look: { symbol?: string; symbolSize: number }): PlotSeries[] => chosen.length === 0 ? [] : [{
    type: "scatter", name, ...look, itemStyle: { color, opacity: 0.6 }, animation: false, large: true, largeThreshold: MANY_DOTS,
    data: chosen.map(({ workload: { states, seconds }, i }) => [states, Math.max(LEAST_SECONDS, seconds), i]),
  }];
  const of = (verdict: Verdict, subject?: Subject): typeof timed =>
    timed.filter(({ workload }) => verdictOf(workload) === verdict && (subject === undefined || nameParts(workload.name).subject === subject));
  return {
    textStyle: { fontFamily: FONT },
    legend: { right: 8, top: 0, itemWidth: 10, itemHeight: 10 },
    grid: { left: 64, right: 20, top: 30, bottom: 44, outerBoundsMode: "none" },
    xAxis: { ...logAxis("states", compact), nameGap: 26 } as XAxis,
    yAxis: { ...logAxis("seconds", secondsText), nameGap: 46 } as YAxis,
    tooltip: { className: "tip", transitionDuration: 0, confine: true, formatter: (at) => {
      const { name, states, transitions, depth, seconds, bound } = workloads[(at as { value: number[] }).value[2]!]!;
      return block(name, [
        ["states", count(states)], ["transitions", count(transitions)], ["depth", count(depth)], ["seconds", secondsText(seconds)],
        ...bound === undefined ? [] : [["bounded", bound] as [string, string]],
      ]);
    } },
    series: [
      ...SUBJECTS.flatMap((subject) => {
        const { name, color } = SUBJECT_LOOKS[subject];
        return [...dots(name, color, of("complete", subject), { symbolSize: 4 }), ...dots(name, color, of("bounded", subject), { symbol: "emptyCircle", symbolSize: 7 })];
      }),
      ...dots("violation", CONTESTED_COLOUR, of("violation"), { symbolSize: 9 }),
    ],
  };
}

export function depthPlot(workloads: readonly ListedWorkload[]): PlotOption {
  const depths = workloads.map(({ depth }) => depth), least = Math.min(...depths), most = largest(depths), step = roundStep((most - least + 1) / DEPTH_BINS);
  const first = Math.floor(least / step), starts = Array.from({ length: Math.floor(most / step) - first + 1 }, (_, i) => (first + i) * step);
  const series = SUBJECTS.flatMap((subject): PlotSeries[] => {
    const data = starts.map(() => 0);
    for (const { name, depth } of workloads) if (nameParts(name).subject === subject) data[Math.floor(depth / step) - first]!++;
    if (!data.some(Boolean)) return [];
    const { name, color } = SUBJECT_LOOKS[subject];
    return [{ type: "bar", name, stack: "workloads", data, itemStyle: { color }, barCategoryGap: "12%", barMaxWidth: 40, emphasis: { disabled: true }, animation: false }];
  });
  return {
    textStyle: { fontFamily: FONT },
    legend: { right: 8, top: 0, itemWidth: 12, itemHeight: 12 },
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" } },
    grid: { left: 68, right: 20, top: 30, bottom: 44, outerBoundsMode: "none" },
    xAxis: {
      type: "category", data: starts.map((start) => step === 1 ? count(start) : `${count(start)} to ${count(start + step - 1)}`), name: step === 1 ? "steps" : "steps, from",
      nameLocation: "middle", nameGap: 26, nameTextStyle: { color: MUTED_COLOUR }, axisTick: { show: false }, axisLine: { lineStyle: { color: MUTED_COLOUR } },
      axisLabel: { color: MUTED_COLOUR, formatter: (_: string, i: number) => count(starts[i]!) },
    },
    yAxis: {
      type: "value", minInterval: 1, name: "workloads", nameTextStyle: { color: MUTED_COLOUR, align: "right" },
      axisLabel: { color: MUTED_COLOUR, formatter: (value: number) => count(value) }, splitLine: { lineStyle: { color: LINE_COLOUR } },
    },
    series,
  };
}
