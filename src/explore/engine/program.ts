// A verb of an address space is several calls, put in order by the library. Here it is a list of steps with labels: where each answer
// leads. What the library does between the calls (src/space.ts, src/mirror.ts, src/migrate.ts, src/bury.ts) is done here in the same order.
import { Slot } from "../../../assembly/layout/arena.js";
import { Status } from "../../../assembly/layout/status.js";
import type { Call, Next, View } from "../workload.js";

export interface Step {
  label?: string;
  entry: string;
  values: Call["values"];
  /** Where an answer leads: a label, "again", "wait" for the word that the slot names, or "end". Default: the next step; AGAIN and WAIT as the library does. */
  on?: { [answer: number]: string };
  /** The same, decided by what is in memory as well. */
  choose?(answer: number, view: View): string | undefined;
  /** What is noted when the operation ends with this step; default its answer. */
  answer?(result: number, view: View): number;
}

/** An answer where it is not a step's own status: `pack(status, value)`. */
export const pack = (status: number, value = 0): number => value * 32 + status;
export const statusOf = (answer: number): number => answer % 32;
export const valueOf = (answer: number): number => Math.floor(answer / 32);

/** Operations one after the other, as calls. `me`: the slot whose WAIT is meant. */
export function assemble(operations: Step[][], me: number): Call[] {
  const calls: Call[] = [];
  for (const steps of operations) {
    const first = calls.length, end = first + steps.length, labels = new Map(steps.flatMap(({ label }, i) => label === undefined ? [] : [[label, first + i] as const]));
    steps.forEach(({ entry, values = [], on = {}, choose, answer }, i) => {
      const leads = (result: number, view: View): string | undefined =>
        choose?.(result, view) ?? on[result] ?? (result === Status.AGAIN && RETRIED.has(entry) ? "again" : result === Status.WAIT && RETRIED.has(entry) ? "wait" : undefined);
      const place = (result: number, view: View): number => {
        const where = leads(result, view);
        if (where === undefined) return first + i + 1;
        if (where === "end") return end;
        const at = labels.get(where);
        if (at === undefined) throw new Error(`${entry} leads to ${where}: expected a label of its operation`);
        return at;
      };
      calls.push({
        entry, values,
        after: (result, view): Next => {
          const where = leads(result, view);
          if (where === "again") return "again";
          if (where === "wait") return { wait: view.u32(me + Slot.WAIT_ADDRESS), low: view.i32(me + Slot.WAIT_VALUE), high: view.i32(me + Slot.WAIT_VALUE + 4) };
          return { goto: place(result, view) };
        },
        ends: (result, view) => { const where = leads(result, view); return where !== "again" && where !== "wait" && place(result, view) >= end; },
        ...answer && { answer },
      });
    });
  }
  return calls;
}
/** Exports whose answer is a status, AGAIN and WAIT among them. */
const RETRIED = new Set(["spacePublish", "spaceQuiesce", "spaceEdit", "cpuFault", "deviceFault", "migratePrepare", "drainNext", "faultPoll", "buryConform"]);
