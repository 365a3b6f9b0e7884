// Schedules as text: "A3 B17 A12" is three steps of thread A, seventeen of B, twelve of A. "~A" is the death of A, "!0" event 0.
import { PageMirrorError } from "../error.js";
import { DIES, HAPPENS } from "./machine.js";
import type { Choice } from "./outcome.js";

const letter = (thread: number): string => String.fromCharCode(65 + thread);

/** The name of a choice without its count. */
export function choiceName(choice: Choice): string {
  return choice < DIES ? letter(choice) : choice < HAPPENS ? `~${letter(choice - DIES)}` : `!${choice - HAPPENS}`;
}
export function formatTrace(trace: readonly Choice[]): string {
  const parts: string[] = [];
  for (let i = 0; i < trace.length;) {
    const from = i, choice = trace[i]!;
    do i++; while (choice < DIES && trace[i] === choice);
    parts.push(`${choiceName(choice)}${choice < DIES ? i - from : ""}`);
  }
  return parts.join(" ");
}
/** More than a path can have. */
const STEPS_MAX = 1_000_000;
export function parseTrace(text: string): Choice[] {
  return text.trim().split(/\s+/).filter(Boolean).flatMap((part) => {
    const [, thread, count, dead, event] = /^(?:([A-H])(\d+)|~([A-H])|!(\d))$/.exec(part) ?? [];
    if (thread && Number(count) > STEPS_MAX) throw new PageMirrorError("EINVAL", `trace part ${part}: expected at most ${STEPS_MAX} steps`);
    if (thread) return new Array<Choice>(Number(count)).fill(thread.charCodeAt(0) - 65);
    if (dead) return [DIES + dead.charCodeAt(0) - 65];
    if (event) return [HAPPENS + Number(event)];
    throw new PageMirrorError("EINVAL", `trace part ${JSON.stringify(part)}: expected a thread and a count (A12), a death (~A) or an event (!0)`);
  });
}
/** How often a schedule changes from one thread to another. */
export function switches(trace: readonly Choice[]): number { return trace.filter((choice, i) => i > 0 && choice !== trace[i - 1]).length; }
