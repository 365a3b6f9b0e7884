// How many mutants were killed, by which workloads, and which survived.

import type { MutationScore, SurvivingMutant } from "./exploration.js";
import { count, counted, largest, percent } from "./format.js";
import { escapeHtml, table } from "./tables.js";

const KILLERS_SHOWN = 10;
/** A mutant that survives was often tried with hundreds of workloads: their names would fill the page. */
const TRIED_SHOWN = 20;

export function mutationSection(mutants: MutationScore): string {
  const { total, killed, survivors } = mutants;
  return `<div class="side-by-side">
<section><h2>Mutants <small>${count(killed)} of ${count(total)} killed, ${percent(killed, total)}</small></h2>${scoreTable(mutants)}</section>
<section><h2>Who kills <small>how many mutants a workload was the first to kill</small></h2>${killerTable(mutants)}</section>
</div>
${survivors.length === 0 ? "" : survivorSection(survivors)}`;
}

/** `rest`: a class for what is missing from the whole. */
function bar(share: number, rest = ""): string { return `<span class="meter ${rest}"><i style="width:${(100 * share).toFixed(1)}%"></i></span>`; }

function scoreTable({ total, killed, survivors, byChange }: MutationScore): string {
  const all = { change: "all changes", total, killed }, kinds = Object.entries(byChange ?? {}).map(([change, of]) => ({ change, ...of })).filter((kind) => kind.total > 0);
  const rows = [...kinds.sort((a, b) => b.total - a.total), ...kinds.length === 1 ? [] : [all]].map((row) => ({
    attributes: row === all ? ` class="total"` : "",
    cells: [escapeHtml(row.change), bar(row.killed / row.total, "lost"), `${count(row.killed)} of ${count(row.total)}`, percent(row.killed, row.total)],
  }));
  const lost = survivors.length === 0 ? `<p class="note">None survives.</p>` : "";
  return table("score", [{ name: "change", text: true }, { name: "", text: true }, { name: "killed" }, { name: "" }], rows) + lost;
}

function killerTable({ killedBy }: MutationScore): string {
  const killers = Object.entries(killedBy).sort(([, a], [, b]) => b - a), most = largest(killers.map(([, kills]) => kills));
  if (killers.length === 0) return `<p class="empty">No workload killed any.</p>`;
  const rows = killers.slice(0, KILLERS_SHOWN).map(([name, kills]) => ({ cells: [escapeHtml(name), bar(kills / most), count(kills)] }));
  const more = killers.length > KILLERS_SHOWN ? `<p class="note">and ${counted(killers.length - KILLERS_SHOWN, "workload")} more</p>` : "";
  return table("score", [{ name: "workload", text: true }, { name: "", text: true }, { name: "mutants" }], rows) + more;
}

function survivorSection(survivors: readonly SurvivingMutant[]): string {
  const hasNotes = survivors.some(({ note }) => note !== undefined);
  const rows = survivors.map(({ site, change, tried, note = "" }) => ({
    cells: [`<code>${escapeHtml(site)}</code>`, escapeHtml(change), triedBy(tried), ...hasNotes ? [escapeHtml(note)] : []],
  }));
  const columns = ["operation", "change", "tried with", ...hasNotes ? ["note"] : []].map((name) => ({ name, text: true }));
  return `<section><h2>Survivors <small>${counted(survivors.length, "mutant")} that no workload notices</small></h2>
<div class="wide">${table("survivors", columns, rows)}</div></section>`;
}

function triedBy(tried: readonly string[]): string {
  if (tried.length === 0) return "no workload reaches it";
  const names = tried.slice(0, TRIED_SHOWN).map((name) => `<li>${escapeHtml(name)}</li>`).join("");
  const more = tried.length > TRIED_SHOWN ? `<li>and ${count(tried.length - TRIED_SHOWN)} more</li>` : "";
  return `<details><summary>${counted(tried.length, "workload")}</summary><ul>${names}${more}</ul></details>`;
}
