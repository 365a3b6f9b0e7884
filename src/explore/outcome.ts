// What an exploration answers, whichever way it went.

export type ViolationKind = "check" | "history" | "race" | "mixed sizes" | "trap" | "deadlock" | "livelock";
export interface Violation { kind: ViolationKind; message: string }

/** One step of a schedule: a thread takes a step, or dies, or an event happens. See `machine.ts`. */
export type Choice = number;
export interface Failure extends Violation { trace: Choice[] }

export interface Limits {
  /** Stop after so many seconds, or so many states. The outcome is then not complete. */
  seconds?: number; states?: number;
  onProgress?(outcome: Outcome): void;
  /** Called at the end of each schedule (stateful search: at each final state), while the machine stands there. */
  onEnd?(): void;
}
export interface Outcome {
  /** Every schedule that the method promises to cover was covered. */
  complete: boolean;
  /** Different states, without those that steps with no alternative only pass; 0 where the method does not tell them apart. */
  states: number;
  transitions: number;
  /** Schedules that came to an end. */
  ends: number;
  /** Schedules that came back to a state that they had left. */
  cycles: number;
  /** The longest path, in steps. */
  depth: number;
  seconds: number;
  /** What was done instead of all, where the workload itself says so. */
  bound?: string;
  failure?: Failure;
}

/** Whether two violations are the same error: their numbers may differ, since addresses and values do from path to path. */
export function sameError(a: Violation | undefined, b: Violation | undefined): boolean {
  const plain = (message: string): string => message.replace(/0x[0-9a-f]+|-?\d+/g, "#");
  return a !== undefined && b !== undefined && a.kind === b.kind && plain(a.message) === plain(b.message);
}

/** Says when it is time to stop; asks the clock rarely. */
export class Watch {
  readonly #began = performance.now();
  #calls = 0;
  #spent = false;
  #shown = 0;
  constructor(readonly limits: Limits, readonly outcome: Outcome) {}

  get seconds(): number { return (performance.now() - this.#began) / 1000; }
  /** Whether a limit is reached. */
  expired(): boolean {
    if (this.outcome.states >= (this.limits.states ?? Infinity)) return true;
    if ((++this.#calls & 1023) === 0) {
      const { seconds } = this;
      this.#spent = seconds > (this.limits.seconds ?? Infinity);
      if (this.limits.onProgress && seconds - this.#shown > 0.2) {
        this.#shown = seconds;
        this.outcome.seconds = seconds;
        this.limits.onProgress(this.outcome);
      }
    }
    return this.#spent;
  }
  finish(complete: boolean): Outcome {
    this.outcome.complete = complete;
    this.outcome.seconds = this.seconds;
    return this.outcome;
  }
}

export function emptyOutcome(): Outcome { return { complete: false, states: 0, transitions: 0, ends: 0, cycles: 0, depth: 0, seconds: 0 }; }
