// The plots over time: the heat map, and bars of faults, pages on the device and bytes moved below it.

import { CPU_COLOUR, DEVICE_COLOUR, LINE_COLOUR, MUTED_COLOUR, TEXT_COLOUR, TOUCHER_NAMES } from "./colours.js";
import { findContests } from "./contest.js";
import type { PageData } from "./data.js";
import type { PlotOption, PlotSeries, Title, XAxis, YAxis } from "./echarts.js";
import { byteSize, byteUnit, count, counted, largest, roundStep, sum } from "./format.js";
import { heatSeries, heatShades, movesSeries } from "./heat.js";
import { BYTES, FAULTS, HEAT, MOVES, ON_DEVICE, TIME_GRIDS, type Layout } from "./layout.js";
import { rowAxis } from "./row-axis.js";
import { FONT } from "./style.js";

/** Buckets between two round labels below which every bucket is labelled with its start: a label is centred on its bucket,
 * which may be too far from the round position once buckets are wide. */
const LEAST_LABEL_BUCKETS = 5;
const LABELS = 10;

/** Labels for the buckets that hold a round trace position, where `shown` buckets fill the axis. */
export function positionLabels(bucket_accesses: number, shown: number): {
  interval: "auto" | ((index: number, bucket: string) => boolean); formatter: (bucket: string) => string;
} {
  const step = roundStep((shown * bucket_accesses) / LABELS);
  if (step < LEAST_LABEL_BUCKETS * bucket_accesses) {
    return { interval: "auto", formatter: (bucket) => count(Number(bucket) * bucket_accesses) };
  }
  const mark = (bucket: number): number => Math.ceil((bucket * bucket_accesses) / step) * step;
  return {
    interval: (_, bucket) => mark(Number(bucket)) < (Number(bucket) + 1) * bucket_accesses,
    formatter: (bucket) => count(mark(Number(bucket))),
  };
}

export function axisId(grid: number): string {
  return `time ${grid}`;
}

function timeAxis({ timeline }: PageData, grid: number): XAxis {
  const buckets = timeline.device_pages.length;
  const labelled = grid === HEAT || grid === BYTES;
  return {
    type: "category",
    id: axisId(grid),
    gridIndex: grid,
    data: timeline.device_pages.map((_, bucket) => String(bucket)),
    axisTick: { show: false },
    axisLine: { show: labelled, onZero: false, lineStyle: { color: LINE_COLOUR } },
    axisLabel: {
      show: labelled,
      color: MUTED_COLOUR,
      ...positionLabels(timeline.bucket_accesses, buckets),
    },
    splitLine: { show: false },
    ...(labelled ? { name: "accesses" } : {}),
    nameGap: 28,
    nameTextStyle: { color: MUTED_COLOUR, verticalAlign: "top", padding: [7, 0] },
  };
}

/** An axis of amounts; those of the lower half of a plot are drawn as negative, and labelled without the sign. */
function amountAxis(grid: number, whole: boolean): YAxis {
  return {
    type: "value",
    gridIndex: grid,
    splitNumber: 3,
    ...(whole ? { minInterval: 1 } : {}),
    axisLabel: { color: MUTED_COLOUR, formatter: (value: number) => count(Math.abs(value)) },
    splitLine: { lineStyle: { color: LINE_COLOUR } },
  };
}

function bars(grid: number, name: string, color: string, data: number[]): PlotSeries {
  return {
    type: "bar",
    name,
    stack: String(grid),
    xAxisIndex: grid,
    yAxisIndex: grid,
    // A little over the bucket's width: no seams between neighbours.
    barWidth: "108%",
    itemStyle: { color },
    data,
    emphasis: { disabled: true },
    animation: false,
  };
}

function title(layout: Layout, grid: number, text: string): Title {
  const { left, right, top } = layout.grids[grid]!;
  return {
    text,
    ...(left === undefined ? { right } : { left }),
    top: top - 23,
    padding: 0,
    textStyle: {
      fontSize: 13,
      color: TEXT_COLOUR,
      rich: {
        cpu: { fontSize: 13, color: CPU_COLOUR },
        device: { fontSize: 13, color: DEVICE_COLOUR },
        plain: { fontSize: 12, fontWeight: "normal", color: MUTED_COLOUR },
      },
    },
  };
}

function titles({ timeline, device_capacity }: PageData, layout: Layout): Title[] {
  const { faults, bytes, device_pages } = timeline;
  const peak = `peak ${count(largest(device_pages))} of ${counted(device_capacity, "page")}`;
  const pair = (up: string, down: string): string => `{cpu|  ▲} {plain|${up}}{device|   ▼} {plain|${down}}`;
  return [
    title(layout, HEAT, "Accesses {plain|to each page, by its address}"),
    title(layout, MOVES, "Moves"),
    title(layout, FAULTS, `Faults${pair(`CPU ${count(sum(faults.cpu))}`, `device ${count(sum(faults.device))}`)}`),
    title(layout, ON_DEVICE, `Pages on the device{plain|   ${peak}}`),
    title(layout, BYTES, `${byteUnit(mostBytes(timeline.bytes)).name} moved${
      pair(`to system memory ${byteSize(sum(bytes.to_system))}`, `to device memory ${byteSize(sum(bytes.to_device))}`)}`),
  ];
}

function mostBytes(bytes: PageData["timeline"]["bytes"]): number {
  return Math.max(largest(bytes.to_device), largest(bytes.to_system));
}

export function timePlots(data: PageData, layout: Layout): PlotOption {
  const { timeline, device_capacity } = data;
  const { divisor } = byteUnit(mostBytes(timeline.bytes));
  const full = largest(timeline.device_pages) * 2 >= device_capacity;
  const contests = findContests(timeline);
  return {
    textStyle: { fontFamily: FONT },
    title: titles(data, layout),
    legend: { show: false, data: Object.values(TOUCHER_NAMES) },
    grid: layout.grids.map((box) => ({ ...box, outerBoundsMode: "none" as const })),
    xAxis: [
      timeAxis(data, HEAT),
      { type: "value", gridIndex: MOVES, show: false, max: ({ max }) => Math.max(1, max * 2.2) },
      ...[FAULTS, ON_DEVICE, BYTES].map((grid) => timeAxis(data, grid)),
    ],
    yAxis: [
      rowAxis(data, contests, layout.grids[HEAT]!.height / timeline.rows.length),
      { type: "category", gridIndex: MOVES, data: timeline.rows.map((_, row) => String(row)), axisTick: { show: false },
        axisLabel: { show: false }, axisLine: { lineStyle: { color: LINE_COLOUR } } },
      amountAxis(FAULTS, true),
      { ...amountAxis(ON_DEVICE, true), ...(full ? { max: device_capacity } : {}) } as YAxis,
      amountAxis(BYTES, divisor === 1),
    ],
    visualMap: heatShades(),
    series: [
      ...heatSeries(timeline),
      movesSeries(timeline, contests),
      bars(FAULTS, "CPU faults", CPU_COLOUR, timeline.faults.cpu),
      bars(FAULTS, "device faults", DEVICE_COLOUR, timeline.faults.device.map((faults) => -faults)),
      bars(ON_DEVICE, "pages on the device", DEVICE_COLOUR, timeline.device_pages),
      bars(BYTES, "to system memory", CPU_COLOUR, timeline.bytes.to_system.map((bytes) => bytes / divisor)),
      bars(BYTES, "to device memory", DEVICE_COLOUR, timeline.bytes.to_device.map((bytes) => -bytes / divisor)),
    ],
    dataZoom: [
      { type: "slider", xAxisIndex: [...TIME_GRIDS], ...layout.zoom, brushSelect: false, showDetail: false, showDataShadow: false,
        minValueSpan: Math.min(8, timeline.device_pages.length) },
      { type: "inside", xAxisIndex: [...TIME_GRIDS], zoomOnMouseWheel: "ctrl", moveOnMouseWheel: false },
    ],
  };
}
