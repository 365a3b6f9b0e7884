// What the ways of exploring that keep no states have in common.
import type { Machine } from "./machine.js";
import { OutOfRoom } from "./stops.js";
import type { Outcome, Violation, Watch } from "./outcome.js";

/** Whether the last state of a path has occurred in it before. */
export function isRepeated(low: readonly number[], high: readonly number[], level: number): boolean {
  for (let i = 0; i < level; i++) if (low[i] === low[level] && high[i] === high[level]) return true;
  return false;
}

/** Explores, notes a violation with the path that led to it, and takes every step back. True stands for a limit that was reached. */
export function unwindAfter(machine: Machine, watch: Watch, explore: () => Violation | boolean): Outcome {
  let found: Violation | boolean;
  try { found = explore(); }
  catch (error) {
    if (!(error instanceof OutOfRoom || error instanceof RangeError)) throw error; // the path is too long for the machine, or for recursion
    found = true;
  }
  if (typeof found === "object") watch.outcome.failure = { ...found, trace: machine.path };
  while (machine.depth) machine.back();
  return watch.finish(found === false);
}
