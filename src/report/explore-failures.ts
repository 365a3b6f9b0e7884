// What went wrong: for each failure its message, the command that shows it again, and what each thread did.

import type { ExploredFailure, ExploredWorkload } from "./exploration.js";
import { counted } from "./format.js";
import { escapeHtml } from "./tables.js";

/** Failures that are not folded up. */
const OPEN = 3;
/** A broken build fails everywhere: so many characters of timelines are on the page, behind them only the commands. */
const TIMELINE_CHARACTERS = 1_000_000;

export function failureSections(workloads: readonly ExploredWorkload[]): string {
  const failed = workloads.flatMap(({ name, failure }) => failure ? [{ name, failure }] : []);
  if (failed.length === 0) return "";
  let left = TIMELINE_CHARACTERS;
  const items = failed.map(({ name, failure }, i) => {
    left -= failure.timeline.length;
    return item(name, failure, i < OPEN, left >= 0);
  });
  return `<section class="failures"><h2>Failures <small>${counted(failed.length, "workload")}; each with the shortest schedule that was found</small></h2>
${items.join("\n")}</section>`;
}

function item(name: string, { kind, message, replay, timeline }: ExploredFailure, isOpen: boolean, isWhole: boolean): string {
  const played = isWhole ? `<pre class="timeline">${escapeHtml(timeline)}</pre>` : `<p class="note">The command shows what each thread did: the page has no room for it.</p>`;
  return `<details${isOpen ? " open" : ""}><summary><b class="bad">${escapeHtml(kind)}</b> ${escapeHtml(name)}</summary>
<p>${escapeHtml(message)}</p>
<p class="command"><code>${escapeHtml(replay)}</code></p>
${played}</details>`;
}
