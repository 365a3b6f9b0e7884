// Draws the plots of a bench.

import { growthPlot, ratioPlot } from "./bench-plots.js";
import { init, type PlotOption } from "./echarts.js";
import { GROWTH_ELEMENT, RATIO_ELEMENT, type BenchReport } from "./measurements.js";

export function drawBench({ rows }: BenchReport): void {
  const draw = (id: string, option: (of: typeof rows) => PlotOption): void => {
    const element = document.getElementById(id);
    if (!element) return;
    const plot = init(element);
    plot.setOption(option(rows));
    window.addEventListener("resize", () => plot.resize());
  };
  draw(RATIO_ELEMENT, ratioPlot);
  draw(GROWTH_ELEMENT, growthPlot);
}
