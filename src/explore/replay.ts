// Plays a schedule again: what it ends with, and what each thread did on the way.
import { Status } from "./layout.js";
import { DIES, HAPPENS, type Machine } from "./machine.js";
import type { Choice, Violation } from "./outcome.js";
import { searchStates } from "./search.js";
import { choiceName } from "./trace.js";

/** States that are looked at to tell a livelock from a schedule that has not ended yet. */
const LIVELOCK_STATES = 200_000;

export interface Replayed {
  violation: Violation | undefined;
  /** What was played; whether threads could go on after it. */
  trace: Choice[];
  isUnfinished: boolean;
  /** The hash of the last state. */
  low: number;
  high: number;
}
export interface ReplayOptions {
  /** The error that is looked for. At the end of a schedule that may be a livelock, it is looked whether any thread can come to an end. */
  kind?: Violation["kind"] | undefined;
  /** Leave out what cannot be done, and go on to the end with as few switches as possible. Without it a schedule ends where it does not fit. */
  lenient?: boolean;
  /** Called before each step; what it answers is called after it. */
  onStep?: (choice: Choice) => void | (() => void);
}

/** Steps behind a schedule that are tried to bring it to an end. */
const TAIL_MAX = 2000;

/** Plays a schedule from the machine's beginning, then takes it back. */
export function replay(machine: Machine, schedule: readonly Choice[], { kind, lenient = false, onStep }: ReplayOptions = {}): Replayed {
  let violation = machine.initial, fits = true, last = 0;
  const play = (choice: Choice): void => {
    const after = onStep?.(choice);
    violation = machine.step(choice);
    after?.();
    if (choice < DIES) last = choice;
  };
  for (const choice of schedule) {
    if (violation) break;
    if (machine.choices() >>> choice & 1) play(choice);
    else if (!lenient) { fits = false; break; }
  }
  if (!violation && kind === "livelock" && fits && machine.runnable()) {
    const { failure } = searchStates(machine, { states: LIVELOCK_STATES });
    if (failure?.kind === "livelock") violation = { kind: failure.kind, message: failure.message };
  } else if (lenient) {
    for (let tail = 0; !violation && tail < TAIL_MAX && machine.runnable(); tail++) {
      const runnable = machine.runnable();
      play(runnable >>> last & 1 ? last : 31 - Math.clz32(runnable & -runnable));
    }
  }
  if (!violation && fits && machine.runnable() === 0) violation = machine.judgeEnd();
  const { low, high, path: trace } = machine, isUnfinished = machine.runnable() !== 0;
  while (machine.depth) machine.back();
  return { violation, trace, isUnfinished, low, high };
}

/** A schedule as text: a column for each thread, a line for each step, with source functions and values. */
export function timeline(machine: Machine, trace: readonly Choice[], kind?: Violation["kind"]): string {
  const { threads, bytes: { view } } = machine, width = threads > 2 ? 44 : 64, lines: string[] = [];
  const put = (thread: number, text: string): void => { lines.push((" ".repeat(width * thread) + text).trimEnd()); };
  lines.push(Array.from({ length: threads }, (_, thread) => String.fromCharCode(65 + thread).padEnd(width)).join("").trimEnd());
  const calls = new Array<string>(threads).fill("");
  const result = replay(machine, trace, { kind, onStep: (choice) => {
    if (choice >= HAPPENS) { lines.push(`! ${machine.plan.events![choice - HAPPENS]!.name}`); return; }
    if (choice >= DIES) { put(choice - DIES, `${choiceName(choice)} dies`); return; }
    const site = machine.pendingSite(choice), at = machine.pendingAddress(choice), call = machine.currentCall(choice)!;
    const isWoken = machine.isWoken(choice), isLate = machine.status(choice) === Status.ASLEEP && !isWoken;
    const name = `${call.entry}(${call.values.join(", ")})`, ended = machine.completed.length;
    if (calls[choice] !== name) put(choice, calls[choice] = name);
    const value = (): bigint => {
      const word = view.u64(at & ~7) >> BigInt(8 * (at & 7)), bits = 8 * (site?.bytes || 4);
      return BigInt.asUintN(bits, word);
    };
    const before = value();
    return () => {
      const after = value(), word = machine.plan.nameAddress?.(at) ?? `[0x${at.toString(16)}]`, shown = `0x${before.toString(16)}`;
      const what = isWoken ? "wakes up" : isLate ? "has slept long enough" : site === undefined ? `looks whether to sleep, ${shown}`
        : site.kind === "cmpxchg" && !machine.wrote ? `cmpxchg fails, ${shown}` : `${site.kind} ${shown}${before === after ? "" : ` → 0x${after.toString(16)}`}`;
      const where = `in ${site?.function ?? call.entry}`, line = `  ${word}: ${what}`;
      if (line.length + where.length < width - 2) put(choice, `${line}  ${where}`);
      else { put(choice, line); put(choice, `    ${where}`); }
      for (const { entry, result: answer, thread } of machine.completed.slice(ended)) { put(thread, `  ${entry} = ${answer}`); calls[thread] = ""; }
    };
  } });
  if (result.violation) lines.push(`${result.violation.kind}: ${result.violation.message}`);
  return lines.join("\n");
}
