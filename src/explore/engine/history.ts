// Whether what a few operations answered could have come from operations that happen one after the other: linearizability against a
// dull model, whose state is one number.
import type { Completed } from "../workload.js";

/** What an operation does to the model's state, and what it then answers: undefined if any answer will do. Undefined: it cannot come now. `told`: what it did answer. */
export type Model<O> = (state: number, operation: O, told: Answer) => { left: number; answer: Answer } | undefined;
export type Answer = number | boolean | undefined;

/** An operation with its place in time. */
export interface Timed<O> {
  operation: O;
  /** What was answered; undefined where nothing is told. */
  answer: Answer;
  thread: number;
  /** How many operations of its thread ended before it; Infinity: it never ended, and may never have happened. */
  ended: number;
  /** How many operations of each thread had ended when it began. */
  before: number[];
}

/** What the completed calls did, in time; and what was begun by those who died. `pending`: what thread `dead` would do after `done`. */
export function timeline<O>(
  completed: Completed[], dead: number[], decode: (call: Completed) => { operation: O; answer: Answer }[], pending: (dead: number, done: number) => O[],
): Timed<O>[] {
  const counts: number[] = [];
  const ended = completed.flatMap((call): Timed<O>[] => {
    const before = counts[call.thread] ?? 0;
    counts[call.thread] = before + 1;
    return decode(call).map((each) => ({ ...each, thread: call.thread, ended: before, before: call.before }));
  });
  const begun = dead.flatMap((thread): Timed<O>[] => {
    const done = counts[thread] ?? 0, before: number[] = [];
    before[thread] = done;
    return pending(thread, done).map((operation) => ({ operation, answer: undefined, thread, ended: Infinity, before }));
  });
  return [...ended, ...begun];
}

/** Whether some order of the operations leads from one state to another: each after those that ended before it began. */
export function hasOrder<O>(operations: Timed<O>[], model: Model<O>, first: number, last: number): boolean {
  if (first === last && operations.every(({ ended }) => ended === Infinity)) return true;
  return operations.some((each, i) => {
    if (operations.some((other, j) => j !== i && other.ended < (each.before[other.thread] ?? 0))) return false;
    const next = model(first, each.operation, each.answer);
    if (!next) return false;
    const { left, answer } = next;
    if (each.ended !== Infinity && each.answer !== undefined && answer !== undefined && answer !== each.answer) return false;
    return hasOrder(operations.filter((_, j) => j !== i), model, left, last);
  });
}

/** The operations as text, for a violation. */
export function describe<O>(operations: Timed<O>[], name: (operation: O) => string): string {
  return operations.map(({ operation, answer, thread, ended }) => {
    const told = ended === Infinity ? " (died)" : answer === undefined ? "" : ` = ${Number(answer)}`;
    return `${String.fromCharCode(65 + thread)} ${name(operation)}${told}`;
  }).join(", ");
}
