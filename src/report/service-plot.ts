// The histogram of fault service times.

import type { Timeline } from "../replay/result.js";
import { CPU_COLOUR, DEVICE_COLOUR, LINE_COLOUR, MUTED_COLOUR } from "./colours.js";
import type { PlotOption, PlotSeries } from "./echarts.js";
import { count, powerOfTwoTime } from "./format.js";
import { timeRange } from "./service.js";
import { FONT } from "./style.js";

/** At least one fault must have been timed. */
export function servicePlot(timeline: Timeline): PlotOption {
  const { cpu, device } = timeline.service_ns_lg2;
  const used = (buckets: number[]): number[] => buckets.flatMap((faults, power) => (faults > 0 ? [power] : []));
  const powers = [...used(cpu), ...used(device)];
  const first = Math.min(...powers);
  const shown = Array.from({ length: Math.max(...powers) - first + 1 }, (_, index) => first + index);
  const side = (name: string, color: string, buckets: number[]): PlotSeries => ({
    type: "bar",
    name,
    itemStyle: { color },
    barCategoryGap: "20%",
    barGap: 0,
    barMaxWidth: 40,
    data: shown.map((power) => buckets[power] ?? 0),
    emphasis: { disabled: true },
    animation: false,
  });
  return {
    textStyle: { fontFamily: FONT },
    legend: { right: 8, top: 0, itemWidth: 12, itemHeight: 12 },
    tooltip: {
      trigger: "axis",
      axisPointer: { type: "shadow" },
      valueFormatter: (value) => (typeof value === "number" ? count(value) : ""),
    },
    grid: { left: 108, right: 24, top: 30, bottom: 44, outerBoundsMode: "none" },
    xAxis: {
      type: "category",
      data: shown.map((power) => timeRange(power)),
      name: "time, from",
      nameLocation: "middle",
      nameGap: 26,
      nameTextStyle: { color: MUTED_COLOUR },
      axisTick: { show: false },
      axisLine: { lineStyle: { color: MUTED_COLOUR } },
      axisLabel: { color: MUTED_COLOUR, formatter: (_: string, index: number) => powerOfTwoTime(shown[index]!) },
    },
    yAxis: {
      type: "value",
      minInterval: 1,
      name: "faults",
      nameTextStyle: { color: MUTED_COLOUR, align: "right" },
      axisLabel: { color: MUTED_COLOUR, formatter: (value: number) => count(value) },
      splitLine: { lineStyle: { color: LINE_COLOUR } },
    },
    series: [side("CPU", CPU_COLOUR, cpu), side("device", DEVICE_COLOUR, device)],
  };
}
