// The report of a replay: one HTML file that carries its data, its style and the script that draws its plots.

import type { ReplayResult, Timeline } from "../replay/result.js";
import { SHADES, TOUCHER_NAMES, TOUCHERS } from "./colours.js";
import { describeContests, findContests } from "./contest.js";
import { DATA_ELEMENT, pageData, SERVICE_ELEMENT, TIME_ELEMENT } from "./data.js";
import { counted, largest } from "./format.js";
import { medianTimes } from "./service.js";
import { STYLE } from "./style.js";
import { contestTable, escapeHtml, figures, parameters, processTable } from "./tables.js";

/** The page for a replay; `script` is the text of `page.ts`, bundled for a browser. */
export function renderReport(result: ReplayResult, timeline: Timeline, script: string): string {
  const contests = findContests(timeline);
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(result.trace)} – pagemirror replay</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>
<h1>${escapeHtml(result.trace)} <small>pagemirror replay</small></h1>
${parameters(result)}
</header>
<p class="finding${contests.length === 0 ? " quiet" : ""}">${describeContests(timeline, contests, result.page_bytes)}</p>
<div class="top${contests.length === 0 ? " quiet" : ""}">
<section><h2>Figures</h2>${figures(result)}</section>
${contests.length === 0 ? "" : `<section><h2>Most contested pages</h2>${
  contestTable(timeline, contests, result.page_bytes)}</section>`}
</div>
${timeSection(timeline)}
${serviceSection(timeline)}
${processTable(result)}
<noscript><section>The plots need JavaScript.</section></noscript>
</main>
<script type="application/json" id="${DATA_ELEMENT}">${embeddedJson(pageData(result, timeline))}</script>
<script>${embeddedScript(script)}</script>
</body>
</html>
`;
}

function timeSection(timeline: Timeline): string {
  if (timeline.device_pages.length === 0 || timeline.rows.length === 0) {
    return `<section><h2>Pages over time</h2><p class="empty">The trace has no accesses to show.</p></section>`;
  }
  const touchers = TOUCHERS.map((toucher) => {
    const ramp = SHADES[toucher].map((shade) => `<i style="background:${shade}"></i>`).join("");
    return `<label><input type="checkbox" checked data-toucher="${toucher}">` +
      `<span class="ramp">${ramp}</span>${TOUCHER_NAMES[toucher]}</label>`;
  }).join("");
  const run_pages = largest(timeline.rows.map((row) => row.pages));
  const row_text = run_pages === 1 ? "a row is a page" : `a row is a run of up to ${counted(run_pages, "page")}`;
  return `<section>
<div class="heat-head"><h2>Who touches which page <small>${row_text}, a column ${
  counted(timeline.bucket_accesses, "access", "accesses")}; darker, more accesses</small></h2>
<div class="touchers">${touchers}</div></div>
<div class="plots"><div id="${TIME_ELEMENT}"></div></div>
<p class="note">To zoom, drag the handles of the bar, or turn the wheel with Ctrl held.</p>
</section>`;
}

function serviceSection(timeline: Timeline): string {
  const { cpu, device } = timeline.service_ns_lg2;
  if (largest(cpu) + largest(device) === 0) {
    return `<section><h2>Fault service time</h2><p class="empty">No fault was timed.</p></section>`;
  }
  return `<section><h2>Fault service time <small>${medianTimes(timeline)}</small></h2>
<div id="${SERVICE_ELEMENT}"></div></section>`;
}

/** JSON in which no `<` is left, so that no text in it can end the element that holds it. */
function embeddedJson(value: unknown): string {
  return JSON.stringify(value).replace(/</g, "\\u003c");
}

/** A bundled script holds these two sequences in string, template and regular expression literals only, where the added
 * backslash changes nothing. */
function embeddedScript(script: string): string {
  return script.replace(/<(?=\/script|!--)/gi, "<\\");
}
