// The report of a replay.

import type { ReplayResult, Timeline } from "../replay/result.js";
import { SHADES, TOUCHER_NAMES, TOUCHERS } from "./colours.js";
import { describeContests, findContests } from "./contest.js";
import { DATA_ELEMENT, pageData, SERVICE_ELEMENT, TIME_ELEMENT } from "./data.js";
import { counted, largest } from "./format.js";
import { medianTimes } from "./service.js";
import { htmlPage } from "./shell.js";
import { contestTable, escapeHtml, figures, parameters, processTable } from "./tables.js";

/** The page for a replay; `script` is the text of `page.ts`, bundled for a browser. */
export function renderReport(result: ReplayResult, timeline: Timeline, script: string): string {
  const contests = findContests(timeline);
  const title = `${result.trace} – pagemirror replay`, data = { id: DATA_ELEMENT, value: pageData(result, timeline) };
  return htmlPage({ title, data, script, body: `<header>
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
${processTable(result)}` });
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
