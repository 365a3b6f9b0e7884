// The parts of echarts that the plots use.

import {
  BarChart, HeatmapChart, LineChart, ScatterChart, type BarSeriesOption, type HeatmapSeriesOption, type LineSeriesOption, type ScatterSeriesOption,
} from "echarts/charts";
import {
  DataZoomComponent, GridComponent, LegendPlainComponent, TitleComponent, TooltipComponent, VisualMapPiecewiseComponent,
  type DataZoomComponentOption, type GridComponentOption, type LegendComponentOption, type TitleComponentOption,
  type TooltipComponentOption, type VisualMapComponentOption,
} from "echarts/components";
import { init, use, type ComposeOption } from "echarts/core";
import { LabelLayout } from "echarts/features";
import { CanvasRenderer } from "echarts/renderers";

use([
  BarChart, HeatmapChart, LineChart, ScatterChart, DataZoomComponent, GridComponent, LegendPlainComponent, TitleComponent, TooltipComponent,
  VisualMapPiecewiseComponent, LabelLayout, CanvasRenderer,
]);

export { init };
export type Plot = ReturnType<typeof init>;
export type PlotSeries = BarSeriesOption | HeatmapSeriesOption | LineSeriesOption | ScatterSeriesOption;
export type PlotOption = ComposeOption<
  | PlotSeries | DataZoomComponentOption | GridComponentOption | LegendComponentOption | TitleComponentOption
  | TooltipComponentOption | VisualMapComponentOption>;
export type XAxis = Extract<NonNullable<PlotOption["xAxis"]>, unknown[]>[number];
export type YAxis = Extract<NonNullable<PlotOption["yAxis"]>, unknown[]>[number];
export type Title = TitleComponentOption;
