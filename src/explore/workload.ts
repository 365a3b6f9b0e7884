// What is explored: a few threads, each a list of calls of the subject's exports, and what must hold. A workload is plain data and
// pure functions: it keeps nothing of its own, so that the explorer can go back to any state.
import { PageMirrorError } from "../error.js";
import { THREADS_MAX } from "./layout.js";

/** Reads the subject's memory. */
export interface View {
  u8(at: number): number;
  u32(at: number): number;
  i32(at: number): number;
  u64(at: number): bigint;
  f64(at: number): number;
}
export interface Memory extends View { setU32(at: number, value: number): void }
/** Calls an export to its end, while nobody else runs. */
export type Run = (entry: string, ...values: (number | bigint)[]) => number;

/** What a thread does after a call has answered: nothing special, the same call again, another of its calls, or sleep while a word
 * has a value (4 bytes; 8 when `high` is given) and then the same call again. */
export type Next = undefined | "again" | { goto: number } | { wait: number; low: number; high?: number };

export interface Call {
  entry: string;
  /** Numbers, or what gives them when the call begins. */
  values?: (number | bigint | ((view: View) => number | bigint))[];
  /** What is noted as the call's result, when that is more than what the export answers. Whole and below 2^53. */
  answer?(result: number, view: View): number;
  after?(result: number, view: View): Next;
  /** Whether the thread's present operation ends with this call: only then is it noted in the history. Default: always. */
  ends?(result: number, view: View): boolean;
}

/**
 * An operation that has ended, most often one call; `call` and what follows are its last one's. `before`: how many operations each
 * thread had completed when this one took its first step; an operation without an atomic step of its own comes after its thread's.
 */
export interface Completed { thread: number; call: number; entry: string; values: (number | bigint)[]; result: number; before: number[] }

/** Something that happens from outside, at any moment, at most `times` times (at most 7): an allocation fails from now on. */
/** `reader`: the one thread that ever looks at what the event changes, and plainly; if there is one. */
export interface Event { name: string; reader?: number; times: number; happen(memory: Memory): void }

export interface End { view: View; run: Run; completed: Completed[]; dead: number[] }

export interface Plan {
  /** At most 15 operations a thread, each one or more calls. */
  threads: Call[][];
  /**
   * How thread `dead` is buried once it has died. The calls run on a thread of their own, number `by`, beside the survivors: the first
   * burier has the number behind the last thread's. A burier may die as well: the next one then buries it, and its dead once more.
   * Where several bury at once each has these calls.
   */
  recover?(dead: number, by: number): Call[];
  /**
   * Words that no other thread ever looks at, as first and end address: they are cleared when the thread dies, so that deaths which
   * differ in nothing else are one state.
   */
  privateOf?(thread: number): [from: number, to: number][];
  events?: Event[];
  /** After every step: what is wrong, or undefined. Cheap. */
  checkStep?(view: View): string | undefined;
  /** When every thread has ended: what is wrong, or undefined. */
  checkEnd?(end: End): string | undefined;
  /** Like checkEnd, when the order of operations matters as well: it makes that order part of the state. */
  checkHistory?(end: End): string | undefined;
  /** What an address is called in a timeline. */
  nameAddress?(address: number): string | undefined;
}

export interface DeclaredRace { /** The functions whose plain accesses may race. */ functions: string[]; reason: string }

export interface Workload {
  name: string;
  about?: string;
  /** How many threads; `begin` plans as many. At most 8, with the buriers. */
  threads: number;
  /** The exports that threads call, and those that stage and checks call; what they do not reach is left out of the subject. */
  entries: string[];
  setup?: string[];
  /** How many threads may die, at any step. */
  deaths?: number;
  /** How many threads bury one that has died, all at once; more than one only with a single death. Default 1. */
  buriers?: number;
  races?: DeclaredRace[];
  /** Plain accesses are scheduling points too: for a workload with declared races. */
  everyAccess?: boolean;
  subjectBytes?: number;
  /** Too many states to see all: after so many, so many random schedules instead. The result then names this bound. */
  beyond?: { states: number; runs: number };
  /** Mutants are tried with it though it is larger than others: nothing smaller notices some of them. */
  isForMutants?: true;
  /** Sets the stage; called once. */
  begin(run: Run, memory: Memory): Plan;
}

/** How many threads are there to bury others. */
export function burierCount({ deaths = 0, buriers = 1 }: Workload): number { return deaths && deaths + buriers - 1; }

/**
 * The workload of a module that brings its own, for `pagemirror explore --wasm FILE`. Its exports are:
 *
 *   thread0(), thread1(), …   what each thread does; all of them run at once, in every order
 *   setup()                   optional: runs before them
 *   check(): i32              optional: runs when all have ended; answers 0 when all is well
 *   step(): i32               optional: runs after every step, alone; answers 0 when all is well
 *
 * Compile with `asc FILE --runtime stub --importMemory --sharedMemory --initialMemory 1 --maximumMemory 2 --enable threads`.
 * `threads` limits how many of them run.
 */
export function ownWorkload(name: string, exports: string[], threads?: number): Workload | undefined {
  const all = exports.filter((each) => /^thread(0|[1-9]\d*)$/.test(each)), gap = all.findIndex((_, i) => !all.includes(`thread${i}`)), count = threads ?? all.length;
  if (all.length === 0) return undefined;
  if (gap >= 0) throw new PageMirrorError("EINVAL", `${name} exports ${all.join(", ")}: expected thread${gap} as well`);
  if (count > all.length) throw new PageMirrorError("EINVAL", `--threads ${count}: ${name} exports ${all.length}; expected at most as many`);
  if (count > THREADS_MAX) throw new PageMirrorError("EINVAL", `${name} exports ${all.length} threads: expected at most ${THREADS_MAX}; choose the first with --threads`);
  const bodies = Array.from({ length: count }, (_, i) => `thread${i}`);
  const has = (entry: string): boolean => exports.includes(entry);
  return {
    name, threads: bodies.length, entries: [...bodies, "setup", "check", "step"].filter(has),
    begin: (run) => {
      if (has("setup")) run("setup");
      const verdict = (entry: string): string | undefined => { const answer = run(entry); return answer === 0 ? undefined : `${entry}() answered ${answer}, expected 0`; };
      return {
        threads: bodies.map((entry) => [{ entry }]),
        ...has("check") && { checkEnd: () => verdict("check") },
        ...has("step") && { checkStep: () => verdict("step") },
      };
    },
  };
}
