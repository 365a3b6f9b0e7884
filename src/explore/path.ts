// What the ways of exploring have in common.
import type { Machine } from "./machine.js";
import { OutOfRoom } from "./stops.js";
import type { Limits, Outcome, Violation, Watch } from "./outcome.js";

/** The end of a schedule: what is wrong with it, or undefined. */
export function judgeHere(machine: Machine, outcome: Outcome, limits: Limits): Violation | undefined {
  outcome.ends++;
  const violation = machine.judgeEnd();
  if (!violation) limits.onEnd?.();
  return violation;
}

/** One of the bits, drawn. */
export function drawBit(bits: number, random: (n: number) => number): number {
  let count = 0;
  for (let rest = bits; rest; rest &= rest - 1) count++;
  for (let skip = random(count); skip > 0; skip--) bits &= bits - 1;
  return 31 - Math.clz32(bits & -bits);
}

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
