/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// The script of the reports' pages: reads the data that the page carries and draws its plots.

import { TOUCHER_NAMES, type Toucher } from "./colours.js";
import { drawBench } from "./bench-page.js";
import { DATA_ELEMENT, SERVICE_ELEMENT, TIME_ELEMENT, type PageData } from "./data.js";
import { init, type Plot } from "./echarts.js";
import { EXPLORATION_ELEMENT, type ListedWorkload } from "./exploration.js";
import { drawExploration } from "./explore-page.js";
import { followMouse, followTable } from "./hover.js";
import { HEAT, layOut, TIME_GRIDS, type Layout } from "./layout.js";
import { BENCH_ELEMENT, type BenchReport } from "./measurements.js";
import { servicePlot } from "./service-plot.js";
import { axisId, positionLabels, timePlots } from "./time-plots.js";

/** Keeps the labels of trace positions round while the shown part changes. */
function relabelOnZoom(plot: Plot, bucket_accesses: number, layout: Layout): void {
  const { left = 0, right } = layout.grids[HEAT]!;
  const bucketAt = (x: number): number => Number(plot.convertFromPixel({ xAxisIndex: HEAT }, x));
  plot.on("datazoom", () => {
    const shown = bucketAt(plot.getWidth() - right) - bucketAt(left) + 1;
    const axisLabel = positionLabels(bucket_accesses, shown);
    plot.setOption({ xAxis: TIME_GRIDS.map((grid) => ({ id: axisId(grid), axisLabel })) });
  });
}

function drawTime(element: HTMLElement, data: PageData): void {
  const { timeline } = data;
  const layout = layOut(timeline.rows.length);
  element.style.height = `${layout.height}px`;
  const plot = init(element);
  plot.setOption(timePlots(data, layout));
  const holder = element.parentElement ?? element;
  followMouse(plot, holder, data, layout);
  followTable(holder, timeline.rows.length, layout);
  relabelOnZoom(plot, timeline.bucket_accesses, layout);
  for (const box of document.querySelectorAll<HTMLInputElement>("input[data-toucher]")) {
    box.addEventListener("change", () => {
      const name = TOUCHER_NAMES[box.dataset["toucher"] as Toucher];
      plot.dispatchAction({ type: box.checked ? "legendSelect" : "legendUnSelect", name });
    });
  }
  window.addEventListener("resize", () => plot.resize());
}

function drawService(element: HTMLElement, { timeline }: PageData): void {
  const plot = init(element);
  plot.setOption(servicePlot(timeline));
  window.addEventListener("resize", () => plot.resize());
}

function drawReplay(data: PageData): void {
  const time_element = document.getElementById(TIME_ELEMENT);
  const service_element = document.getElementById(SERVICE_ELEMENT);
  if (time_element !== null) drawTime(time_element, data);
  if (service_element !== null) drawService(service_element, data);
}

const replayed = document.getElementById(DATA_ELEMENT)?.textContent;
const explored = document.getElementById(EXPLORATION_ELEMENT)?.textContent;
const measured = document.getElementById(BENCH_ELEMENT)?.textContent;
if (replayed) drawReplay(JSON.parse(replayed) as PageData);
if (explored) drawExploration(JSON.parse(explored) as ListedWorkload[]);
if (measured) drawBench(JSON.parse(measured) as BenchReport);
