// The table that a stress run prints in the terminal.
import Table from "cli-table3";
import { VERBS } from "./history.js";
import type { StressResult } from "./stress.js";
import { excerpt } from "./violation.js";

const number = (n: number): string => n.toLocaleString("en-US");

/** Between rows. */
const NO_LINES = { "mid": "", "left-mid": "", "mid-mid": "", "right-mid": "" };

/** Operations by verb, then what was survived, then what was wrong. */
export function printStress(result: StressResult): string {
  const { operations, audit, kills, buried, buriedByWorkers, violations, undecided } = result;
  const table = new Table({ head: ["verb", "operations"], colAligns: ["left", "right"], style: { head: [], border: [] }, chars: NO_LINES });
  for (const verb of VERBS) if (operations[verb]) table.push([verb, number(operations[verb])]);
  table.push(["all", number(Object.values(operations).reduce((all, n) => all + n, 0))]);
  const lines = [
    `mix ${result.mix}, ${result.workers} worker${result.workers === 1 ? "" : "s"}, ${result.seconds.toFixed(1)} s, seed ${result.seed}`, table.toString(),
    `${number(result.perSecond)} operations a second in ${number(result.rounds)} rounds, ${number(result.failedAllocations)} without memory`,
    `${kills} killed, ${buried} buried (${buriedByWorkers} by other workers), ${undecided ? `${undecided} pages not decided, ` : ""}`
      + `violations ${violations.length}, audit ${!audit ? "not reached" : audit.clean ? "clean" : "NOT CLEAN"}`,
  ];
  for (const { message, history, mix, scene, round } of violations) {
    lines.push("", `violation (mix ${mix}, scene ${scene}, round ${round}): ${message}`);
    if (history) lines.push(excerpt(history));
  }
  return lines.join("\n");
}
