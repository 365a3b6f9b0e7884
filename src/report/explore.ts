// The report of an exploration: from the finding down to every workload.

import {
  DEPTH_ELEMENT, EXPLORATION_ELEMENT, LIST_ELEMENT, MATRIX_ELEMENTS, RATE_ELEMENT, listed, nameParts, verdictOf, type ExplorationReport,
  type ExploredWorkload,
} from "./exploration.js";
import { BOUNDED_COLOUR, CONTESTED_COLOUR, STATE_SHADES } from "./colours.js";
import { failureSections } from "./explore-failures.js";
import { mutationSection } from "./explore-mutants.js";
import { totalsTable } from "./explore-totals.js";
import { count, counted, percent, sum } from "./format.js";
import { htmlPage } from "./shell.js";
import { escapeHtml, parameterLine } from "./tables.js";

/** Limits that the finding names; a page has few different ones. */
const BOUNDS_NAMED = 3;

/** The page for an exploration; `script` is the text of `page.ts`, bundled for a browser. */
export function renderExploration(report: ExplorationReport, script: string): string {
  const { workloads, mutants } = report, sections = [totalsTable(workloads), matrices(report), plots(report)];
  return htmlPage({
    title: "pagemirror explore", script, data: { id: EXPLORATION_ELEMENT, value: listed(workloads) },
    body: `<header>
<h1>pagemirror explore</h1>
${parameterLine(parametersOf(report))}
</header>
<p class="finding ${findingState(report)}">${escapeHtml(describeFinding(report))}</p>
${[...workloads.length === 0 ? [] : sections, mutants.total === 0 ? "" : mutationSection(mutants), failureSections(workloads), list(report)].filter(Boolean).join("\n")}`,
  });
}

function parametersOf({ wasm, seconds, machine, workloads }: ExplorationReport): [name: string, value: string][] {
  const methods = [...new Set(workloads.map(({ method }) => method))];
  return [
    ["wasm", wasm], ["method", methods.join(", ") || "none"],
    ["states", count(sum(workloads.map(({ states }) => states)))], ["transitions", count(sum(workloads.map(({ transitions }) => transitions)))],
    ["seconds", count(seconds)], ...machine === undefined ? [] : [["machine", machine] as [string, string]],
  ];
}

/** The finding in one sentence. */
export function describeFinding({ workloads, mutants }: ExplorationReport): string {
  const score = mutants.total === 0 ? "" : `; ${count(mutants.killed)} of ${counted(mutants.total, "mutant")} killed (${percent(mutants.killed, mutants.total)})`;
  if (workloads.length === 0) return `No workload was explored${score}.`;
  const of = { complete: 0, bounded: 0, violation: 0 };
  for (const workload of workloads) of[verdictOf(workload)]++;
  const all = counted(workloads.length, "workload");
  if (of.complete === workloads.length) return `${all}, ${workloads.length === 1 ? "" : "all "}complete: no violation${score}.`;
  const bounds = [...new Set(workloads.flatMap(({ bound }) => bound ?? []))], more = bounds.length > BOUNDS_NAMED ? ", …" : "";
  const named = bounds.length ? ` (${bounds.slice(0, BOUNDS_NAMED).join(", ")}${more})` : "", violations = sum(workloads.map((each) => each.violations));
  const inThem = workloads.length === 1 ? "" : ` in ${count(of.violation)} of them`;
  const parts = [
    violations ? `${counted(violations, "violation")}${inThem}` : "no violation",
    ...of.complete ? [`${count(of.complete)} complete`] : [], ...of.bounded ? [`${count(of.bounded)} bounded${named}`] : [],
  ];
  return `${all}: ${parts.join(", ")}${score}.`;
}
function findingState({ workloads }: ExplorationReport): string {
  const verdicts = new Set(workloads.map(verdictOf));
  if (verdicts.has("violation")) return "";
  return verdicts.size === 0 || verdicts.has("bounded") ? "quiet" : "good";
}

function matrices({ workloads }: ExplorationReport): string {
  const pairs = workloads.map(({ name }) => nameParts(name)).filter(({ verbs }) => verbs.length === 2);
  const titles = { tables: "Tables", spaces: "Address spaces" } as const;
  const shown = (["tables", "spaces"] as const).filter((subject) => pairs.some((pair) => pair.subject === subject));
  if (shown.length === 0) return "";
  const isCounted = (each: ExploredWorkload): boolean => each.states > 0, unit = workloads.every(isCounted) ? "states"
    : workloads.some(isCounted) ? "states, or transitions where no states are counted," : "transitions";
  const ramp = STATE_SHADES.map((shade) => `<i style="background:${shade}"></i>`).join("");
  const key = (style: string, text: string): string => `<span class="key"><i style="${style}"></i>${text}</span>`;
  return `<section>
<div class="heat-head"><h2>Pairs of verbs <small>the ${unit} of each pair's largest workload; click one to list its workloads</small></h2>
<div class="touchers"><span class="key">few <span class="ramp">${ramp}</span> many</span>${
  key(`border-color:${BOUNDED_COLOUR}`, "bounded")}${key(`border-color:${CONTESTED_COLOUR};background:${CONTESTED_COLOUR}`, "violation")}</div></div>
<div class="side-by-side">${shown.map((subject) => `<div><h3>${titles[subject]}</h3><div id="${MATRIX_ELEMENTS[subject]}"></div></div>`).join("")}</div>
</section>`;
}

function plots({ workloads }: ExplorationReport): string {
  const timed = workloads.filter(({ states }) => states > 0), states = sum(timed.map((each) => each.states)), seconds = sum(timed.map((each) => each.seconds));
  const rate = seconds > 0 ? `a dot is a workload, a ring a bounded one; ${count(Math.round(states / seconds))} states/s in all` : "a dot is a workload, a ring a bounded one";
  const left = workloads.length - timed.length, missing = left ? `; ${counted(left, "workload")} without a count of states left out` : "";
  const hasDots = timed.length > 0;
  return `<div class="side-by-side">
<section><h2>States and seconds <small>${rate}${missing}</small></h2>${
  hasDots ? `<div id="${RATE_ELEMENT}" class="plot"></div>` : `<p class="empty">The method counts no states.</p>`}</section>
<section><h2>Depth <small>the longest path of each workload, in steps</small></h2><div id="${DEPTH_ELEMENT}" class="plot"></div></section>
</div>`;
}

function list({ workloads }: ExplorationReport): string {
  if (workloads.length === 0) return "";
  return `<section id="${LIST_ELEMENT}"><div class="heat-head"><h2>Workloads <small></small></h2>
<input type="search" placeholder="words, or &quot;a phrase&quot;" aria-label="Filter the workloads"></div>
<div class="wide"><table class="workloads"></table></div></section>`;
}
