// Draws the plots of an exploration, and its list.

import { init, type Plot, type PlotOption } from "./echarts.js";
import { DEPTH_ELEMENT, LIST_ELEMENT, MATRIX_ELEMENTS, RATE_ELEMENT, type ListedWorkload } from "./exploration.js";
import { drawList } from "./explore-list.js";
import { matrixHeight, matrixOf, matrixPlot, matrixWidthMax } from "./explore-matrix.js";
import { depthPlot, ratePlot } from "./explore-plots.js";

function draw(element: HTMLElement, option: PlotOption): Plot {
  const plot = init(element);
  plot.setOption(option);
  window.addEventListener("resize", () => plot.resize());
  return plot;
}

export function drawExploration(workloads: readonly ListedWorkload[]): void {
  const section = document.getElementById(LIST_ELEMENT), setFilter = section && drawList(section, workloads);
  for (const subject of ["tables", "spaces"] as const) {
    const element = document.getElementById(MATRIX_ELEMENTS[subject]);
    if (!element) continue;
    const matrix = matrixOf(workloads, subject);
    element.style.maxWidth = `${matrixWidthMax(matrix)}px`;
    element.style.height = `${matrixHeight(matrix)}px`;
    // The comma keeps out verbs that only begin like the second one.
    draw(element, matrixPlot(matrix)).on("click", ({ value }) => setFilter?.(`"${matrix.pairs[(value as number[])[3]!]!.verbs.join(" | ")},"`));
  }
  const rate = document.getElementById(RATE_ELEMENT), depth = document.getElementById(DEPTH_ELEMENT);
  if (rate) draw(rate, ratePlot(workloads));
  if (depth) draw(depth, depthPlot(workloads));
}
