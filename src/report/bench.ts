// The report of a bench: which bars are met, the rows as bars and as a table, the curve of growth.

import { BENCH_ELEMENT, GROWTH_ELEMENT, RATIO_ELEMENT, barText, isMet, verdictText, type BenchReport, type BenchRow } from "./measurements.js";
import { ratioHeight } from "./bench-plots.js";
import { counted, threeDigits } from "./format.js";
import { htmlPage } from "./shell.js";
import { escapeHtml, parameterLine, table, type Column } from "./tables.js";

/** The page for a bench; `script` is the text of `page.ts`, bundled for a browser. */
export function renderBench(report: BenchReport, script: string): string {
  const { rows, parameters } = report, runtimes = [...new Set(rows.map(({ runtime }) => runtime))];
  const missed = rows.filter((row) => isMet(row) === false).length;
  return htmlPage({
    title: "pagemirror bench", script, data: { id: BENCH_ELEMENT, value: report },
    body: `<header>
<h1>pagemirror bench</h1>
${parameterLine([...parameters, ["runtimes", runtimes.join(", ")]])}
</header>
<p class="finding ${missed ? "quiet" : "good"}">${describeBars(rows)}</p>
${[ratios(rows), growth(rows), ...runtimes.map((runtime) => section(runtime, rows.filter((row) => row.runtime === runtime)))].filter(Boolean).join("\n")}`,
  });
}

/** The finding in one sentence. */
export function describeBars(rows: readonly BenchRow[]): string {
  const judged = rows.filter((row) => isMet(row) !== undefined), met = judged.filter((row) => isMet(row));
  if (judged.length === 0) return "Nothing was measured that has a bar.";
  return `${met.length === judged.length ? "All" : `${met.length} of`} ${counted(judged.length, "bar")} met.`;
}

function ratios(rows: readonly BenchRow[]): string {
  const compared = rows.filter(({ against }) => against);
  if (compared.length === 0) return "";
  return `<section><h2>Ours in parts of the peer's <small>the median of the pairs' ratios, logarithmic; left of 1 is faster, for speed-ups slower; a line is a bar</small></h2>
<div id="${RATIO_ELEMENT}" class="plot" style="height:${ratioHeight(rows)}px"></div></section>`;
}

function growth(rows: readonly BenchRow[]): string {
  if (!rows.some(({ pages }) => pages)) return "";
  return `<section><h2>Growth <small>nanoseconds a translation in a random batch, by pages mapped</small></h2>
<div id="${GROWTH_ELEMENT}" class="plot"></div></section>`;
}

function section(runtime: string, rows: readonly BenchRow[]): string {
  const text = (name: string): Column => ({ name, text: true }), number = (name: string): Column => ({ name });
  const columns = [text("case"), number("ours"), text("peer"), number("peer's"), number("ours/peer"), number("spread"), number("bar"), text("")];
  const cells = (row: BenchRow): string[] => [
    escapeHtml(row.case), `${threeDigits(row.ours)} ${row.unit}`, escapeHtml(row.against?.peer ?? ""), row.against ? `${threeDigits(row.against.value)} ${row.unit}` : "",
    row.against?.ratio.toFixed(2) ?? "", `${(row.spread * 100).toFixed(0)} %`, barText(row), isMet(row) === false ? `<b class="bad">missed</b>` : verdictText(row),
  ];
  return `<section><h2>${escapeHtml(runtime)} <small>times are a page's unless the case says otherwise</small></h2>
<div class="wide">${table("bench", columns, rows.map((row) => ({ cells: cells(row) })))}</div></section>`;
}
