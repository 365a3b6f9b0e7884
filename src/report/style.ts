// The report's style sheet.

import { CONTESTED_COLOUR, CPU_COLOUR, GOOD_COLOUR, LINE_COLOUR, MUTED_COLOUR, NEUTRAL_COLOUR, TEXT_COLOUR } from "./colours.js";

export const FONT = `system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif`;

export const STYLE = `
* { box-sizing: border-box; }
body { margin: 0; background: #f4f6f8; color: ${TEXT_COLOUR}; font: 13px/1.4 ${FONT}; font-variant-numeric: tabular-nums; }
main { max-width: 1320px; margin: 0 auto; padding: 16px 20px 40px; }
h1 { margin: 0; font-size: 20px; }
h1 small { font-weight: 400; color: ${MUTED_COLOUR}; }
h2 { margin: 0 0 6px; font-size: 14px; }
h2 small, .note, .empty { font-size: 12px; font-weight: 400; color: ${MUTED_COLOUR}; }
code { font: 12px ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
section { margin-top: 12px; padding: 12px 14px; background: #fff; border: 1px solid ${LINE_COLOUR}; border-radius: 6px; }
.parameters { display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 4px 0 0; font-size: 12px; }
.parameters b { font-weight: 400; color: ${MUTED_COLOUR}; }
.finding { margin: 12px 0 0; padding: 10px 14px; font-size: 18px; font-weight: 600; background: #fff;
  border: 1px solid ${LINE_COLOUR}; border-left: 6px solid ${CONTESTED_COLOUR}; border-radius: 6px; }
.finding.good { border-left-color: ${GOOD_COLOUR}; }
.finding.quiet { border-left-color: ${MUTED_COLOUR}; }
.top { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 12px; }
.top.quiet { grid-template-columns: 1fr; }
.figures { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 14px 12px; }
.top.quiet .figures { grid-template-columns: repeat(8, minmax(0, 1fr)); }
.figure span, .figure small { display: block; color: ${MUTED_COLOUR}; font-size: 11.5px; }
.figure strong { display: block; font-size: 19px; line-height: 1.25; }
.kinds { display: flex; flex-wrap: wrap; gap: 2px 14px; margin: 12px 0 0; font-size: 12px; color: ${MUTED_COLOUR}; }
.kinds b { color: ${TEXT_COLOUR}; }
.figure.good strong { color: ${GOOD_COLOUR}; }
.figure.bad strong, b.bad { width: fit-content; padding: 0 6px; color: #fff; background: ${CONTESTED_COLOUR};
  border-radius: 3px; }
table { width: 100%; border-collapse: collapse; }
th { font-size: 11.5px; font-weight: 400; color: ${MUTED_COLOUR}; vertical-align: bottom; }
th, td { padding: 2px 0 2px 10px; text-align: right; }
th.text, td.text { text-align: left; }
th:first-child, td:first-child { padding-left: 4px; }
tbody tr { border-top: 1px solid ${LINE_COLOUR}; }
.contests tbody tr:hover { background: #fbe9ef; }
.contests td:nth-child(2) { font-weight: 600; white-space: nowrap; }
.bar { display: inline-block; width: 56px; height: 8px; margin-right: 8px; }
.bar i { display: block; height: 100%; margin-left: auto; background: ${CONTESTED_COLOUR}; }
.note { margin: 4px 0 0 4px; }
.heat-head { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 20px; }
.heat-head h2 { margin: 0 auto 0 0; }
.touchers { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 12px; }
.touchers label { display: flex; align-items: center; gap: 5px; cursor: pointer; }
.touchers input { margin: 0; }
.ramp { display: inline-flex; }
.ramp i { width: 11px; height: 12px; }
.plots { position: relative; }
#time-plots { width: 100%; }
#service-plot { width: 100%; height: 240px; }
.cross, .band { position: absolute; display: none; pointer-events: none; }
.cross { width: 0; border-left: 1px dashed #39424d; }
.band { border: 2px solid ${CONTESTED_COLOUR}; box-shadow: 0 0 0 2px #fff; }
.readout { position: absolute; display: none; z-index: 10; min-width: 190px; padding: 8px 10px; pointer-events: none;
  background: #fff; border: 1px solid #aab4bf; border-radius: 4px; box-shadow: 0 2px 8px #0003; font-size: 12px; }
.readout b { display: block; white-space: nowrap; }
.readout b:not(:first-child) { margin-top: 6px; }
.readout dl, .tip dl { display: grid; grid-template-columns: auto auto; gap: 0 14px; margin: 2px 0 0; }
.readout dt, .tip dt { color: ${MUTED_COLOUR}; }
.readout dd, .tip dd { margin: 0; text-align: right; }
h3 { margin: 6px 0 0; font-size: 12px; font-weight: 600; color: ${MUTED_COLOUR}; }
.side-by-side { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr)); gap: 0 12px; }
.side-by-side > * { min-width: 0; }
.plot { width: 100%; height: 300px; }
.key { display: flex; align-items: center; gap: 5px; }
.key > i { width: 12px; height: 12px; border: 2px solid; }
.tip b { display: block; max-width: 420px; white-space: normal; }
.wide { overflow-x: auto; }
.total { font-weight: 600; }
.totals th:first-child, .totals td:first-child, .survivors td:nth-child(3) { white-space: nowrap; }
@media (max-width: 900px) { /* the columns that can best be done without */
  .totals :is(th, td):is(:nth-child(7), :nth-child(8), :nth-child(9)) { display: none; }
}
.meter { display: block; width: 100%; min-width: 90px; height: 10px; background: ${LINE_COLOUR}; border-radius: 2px; overflow: hidden; }
.meter i { display: block; height: 100%; background: ${CPU_COLOUR}; }
.meter.lost { background: ${CONTESTED_COLOUR}; }
.score td:nth-child(2) { width: 40%; }
.score td:nth-child(n + 3) { white-space: nowrap; }
.survivors td { vertical-align: top; }
summary { cursor: pointer; }
.survivors ul { margin: 2px 0 4px; padding-left: 18px; font-size: 12px; }
.failures details { padding: 6px 0; border-top: 1px solid ${LINE_COLOUR}; }
.failures details p { margin: 6px 0 0; }
.command code { user-select: all; }
.timeline { max-height: 480px; margin: 8px 0 0; padding: 8px 10px; overflow: auto; font: 12px/1.35 ui-monospace, "SF Mono", Menlo, Consolas,
  "DejaVu Sans Mono", monospace; background: #f4f6f8; border: 1px solid ${LINE_COLOUR}; border-radius: 4px; }
input[type="search"] { width: 320px; max-width: 100%; padding: 4px 8px; font: inherit; border: 1px solid ${NEUTRAL_COLOUR}; border-radius: 4px; }
.workloads th { cursor: pointer; white-space: nowrap; }
.workloads th[aria-sort] { font-weight: 600; color: ${TEXT_COLOUR}; }
.workloads td { white-space: nowrap; }
.workloads td.text { white-space: normal; }
`;
