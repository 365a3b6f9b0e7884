// Runs the threads of a workload: one step of one thread, from its pending operation to the next one, through the calls of its program.
// What a thread is lies in its control words (layout.ts); machine.ts decides who takes a step, and takes steps back.
import { PageMirrorError } from "../error.js";
import type { Subject } from "./instrument.js";
import { Control, ENDED, Parked, SLEEPS_OUTSIDE, Status, Thread, Word } from "./layout.js";
import { Told } from "./mutant-hooks.js";
import { Change } from "./mutants.js";
import type { Violation } from "./outcome.js";
import { Programs, type Step } from "./program.js";
import { Races } from "./races.js";
import { SharedMemory } from "./shared.js";
import { Sleepers } from "./sleepers.js";
import { Stop, stoppingImports, violationOf } from "./stops.js";
import type { Completed, Plan, Workload } from "./workload.js";

/** Operations of one step beside its first: more is a loop without an end. */
const FUEL = 250_000;
/** Their counts are four bits each. */
const OPERATIONS_MAX = 15;
/** Calls that a thread may make within one step. */
const CALLS_MAX = 10_000;

export interface Hooks {
  "pm.save"(frame: number): void;
  "pm.back"(frame: number, base: number, thread: number): void;
  "pm.key"(threads: number): void;
  "pm.settle"(): void;
  "pm.unmark"(): void;
  "pm.paint"(from: number, to: number, thread: number, set: number): void;
  "pm.poke"(at: number, value: number): void;
}

export class Player {
  readonly bytes: SharedMemory;
  /** Those of the workload, and behind them the buriers: one for each death that may happen. */
  threads: number;
  depth = 0;
  plan!: Plan;
  protected readonly hooks: Hooks;
  protected readonly programs: Programs;
  protected readonly words: Int32Array; // the whole memory
  protected readonly control: number; // index of the first control word
  protected readonly scratch: number; // and of the first scratch word
  protected readonly stride: number;
  readonly races: Races;
  protected readonly sleepers: Sleepers;
  protected readonly ended: Completed[] = [];
  protected ordered = false;
  protected violation: Violation | undefined;
  readonly #change: number;
  /** Numbers of places that are checks, while places are recorded. */
  readonly #checks: Set<number>;
  #comesTo = -1;

  constructor(readonly subject: Subject, readonly workload: Workload) {
    const { places, globals } = subject;
    this.threads = workload.threads;
    if (this.threads > places.threads)
      throw new PageMirrorError("EINVAL", `${workload.name} has ${this.threads} threads: expected at most the subject's ${places.threads}`);
    this.bytes = new SharedMemory(places);
    const instance = new WebAssembly.Instance(subject.module, this.imports());
    this.hooks = instance.exports as unknown as Hooks;
    this.programs = new Programs(subject, instance.exports);
    const words = this.words = this.bytes.words;
    [this.control, this.scratch, this.stride] = [places.control >>> 2, places.words >>> 2, places.threadWords];
    const base = (thread: number): number => this.base(thread);
    this.races = new Races(words, subject, workload, base);
    this.sleepers = new Sleepers(words, this.control, base);
    words[this.control + Control.UNDO] = places.undo;
    words[this.control + Control.MARKS] = places.marks;
    words[this.control + Control.STACK] = places.stacks;
    words[this.scratch + Word.DATA_END / 4] = places.stacksEnd + 4096;
    words[this.scratch + Word.MUTATED / 4] = subject.mutant?.number ?? -1;
    const checks = subject.reached ? subject.mutants.filter(({ code }) => code === Change.TRUE || code === Change.FALSE) : [];
    this.#checks = new Set(checks.map((mutant) => mutant.number));
    this.#change = subject.reached ? Change.RECORD : subject.mutant?.code ?? Change.NONE;
    for (let thread = 0; thread <= places.threads; thread++) {
      const at = this.base(thread);
      globals.forEach(({ type, initial }, i) => this.bytes.write(4 * (at + Thread.WORDS) + 8 * i, type, initial));
      words[at + Thread.STATUS] = Status.FINISHED;
      words[at + Thread.SITE] = ENDED;
      words[at + Thread.MARKS_FROM] = words[at + Thread.MARKS_TO] = places.marks;
      if (subject.hasStart) this.runFree(thread, "start function", []);
    }
  }

  /** Calls an export to its end while nobody else runs. */
  readonly run = (entry: string, ...values: (number | bigint)[]): number => this.runFree(this.subject.places.threads, entry, values);

  protected advance(thread: number, keepsMarks: boolean): void {
    const words = this.words, base = this.base(thread), site = words[base + Thread.SITE]!;
    this.enter(thread);
    if ((words[base + Thread.BEGUN]! & 1) === 0) {
      words[base + Thread.BEGUN]! |= 1;
      if (this.ordered) words[base + Thread.BEFORE] = this.doneCounts();
    }
    if (site === SLEEPS_OUTSIDE) { this.sleepOrCall(thread, base); return; }
    const step = this.stepOf(base);
    if (words[base + Thread.STATUS] === Status.ASLEEP) { // its time runs out
      this.sleepers.remove(thread);
      words[base + Thread.STATUS] = Status.READY;
      words[this.scratch + Word.WAKE / 4] = 2;
    } else words[this.scratch + Word.WAKE / 4] = 0;
    words[base + Thread.WAKE] = 0;
    this.subject.reached?.operation(thread, words[base + Thread.ADDRESS]! >>> 3, this.races.writes(site));
    step.go(this.races.isAtomic(site) && !keepsMarks ? 3 : 1);
    this.goOn(thread, base, step);
  }

  /** From now on the subject runs as this thread. */
  protected enter(thread: number): void {
    const words = this.words, scratch = this.scratch, mine = 0x01010101 << thread;
    words[scratch + Word.CURRENT / 4] = 4 * this.base(thread);
    words[scratch + Word.MINE / 4] = words[scratch + Word.MINE / 4 + 1] = mine;
    words[scratch + Word.FOOT / 4] = words[scratch + Word.FOOT / 4 + 1] = 0;
    words[scratch + Word.FUEL / 4] = FUEL;
    words[scratch + Word.YIELDS / 4] = 1;
    words[scratch + Word.CHANGE / 4] = this.#change;
  }

  /** Begins the call that is next, and goes on. */
  protected call(thread: number, base: number, calls: number): void {
    const words = this.words, step = this.stepOf(base);
    if (step === undefined) { this.end(base); return; }
    if (calls > CALLS_MAX) throw new Stop(`${step.entry} was called ${calls} times without an atomic operation`, "livelock");
    words[base + Thread.VALUES] = this.pass(step);
    step.go(0);
    this.goOn(thread, base, step, calls);
  }

  /** After the subject came back: it wants to do an operation, or to sleep, or the call has ended. */
  protected goOn(thread: number, base: number, step: Step, calls = 0): void {
    const words = this.words, parked = words[this.scratch + Word.PARKED / 4]!;
    if (parked === Parked.NO) { this.returned(thread, base, step, calls); return; }
    words[base + Thread.SITE] = words[this.scratch + Word.SITE / 4]!;
    words[base + Thread.ADDRESS] = words[this.scratch + Word.ADDRESS / 4]!;
    if (this.#comesTo >= 0) { this.#notePlace(this.#comesTo); this.#comesTo = -1; }
    if (parked !== Parked.YIELD) {
      this.sleepers.add(thread);
      words[base + Thread.WAKE] = parked === Parked.ASLEEP_FINITE ? 2 : 0;
    }
    this.hooks["pm.settle"]();
    if (this.depth) this.complain("mixed sizes", this.races.mixedSizes(this.threads, thread));
  }

  protected returned(thread: number, base: number, step: Step, calls: number): void {
    const words = this.words, result = step.result === undefined ? 0 : this.bytes.read(4 * this.scratch + Word.RESULT, step.result);
    const next = step.after?.(result, this.bytes.view);
    words[base + Thread.STACK_HASH] = words[base + Thread.STACK_HASH + 1] = 0;
    if (typeof next === "object" && "wait" in next) {
      words[base + Thread.SITE] = SLEEPS_OUTSIDE;
      words[base + Thread.ADDRESS] = next.wait;
      words[base + Thread.EXPECTED] = next.low;
      words[base + Thread.EXPECTED + 1] = next.high ?? 0;
      words[base + Thread.WAKE] = 0;
      words[base + Thread.BEGUN] = (words[base + Thread.BEGUN]! & 1) | (next.high === undefined ? 0 : 2);
      this.hooks["pm.settle"]();
      return;
    }
    if (next !== "again") {
      if (step.ends?.(result, this.bytes.view) ?? true) {
        this.complete(thread, base, step, step.answer ? step.answer(result, this.bytes.view) : result);
        words[base + Thread.BEGUN] = 0;
        words[base + Thread.BEFORE] = 0;
      } else words[base + Thread.BEGUN]! &= 1;
      words[base + Thread.PC] = next === undefined ? words[base + Thread.PC]! + 1 : next.goto;
    }
    this.call(thread, base, calls + 1);
  }

  protected complete(thread: number, base: number, step: Step, result: number): void {
    const words = this.words, before = (words[base + Thread.BEGUN]! & 1) === 0 ? words[base + Thread.DONE]! << (4 * thread) : words[base + Thread.BEFORE]!;
    const at = words[this.control + Control.HISTORY]!++;
    this.ended[at] = {
      thread, call: words[base + Thread.PC]!, entry: step.entry, values: this.programs.values(words[base + Thread.VALUES]!), result,
      before: Array.from({ length: this.threads }, (_, i) => before >>> (4 * i) & 15),
    };
    if (++words[base + Thread.DONE]! > OPERATIONS_MAX) throw new PageMirrorError("EINVAL", `${this.workload.name}: thread ${thread} ends more than ${OPERATIONS_MAX} operations`);
    const [low, high] = this.bytes.bitsOf(result);
    let a = words[base + Thread.HISTORY]!, b = words[base + Thread.HISTORY + 1]!;
    for (const word of [words[base + Thread.PC]!, low, high, before]) {
      a = Math.imul(a ^ word ^ (a >>> 15), 0x9e3779b1) + 0x7f4a7c15;
      b = Math.imul(b ^ word ^ (b >>> 13), 0x85ebca6b) + 0x165667b1;
    }
    words[base + Thread.HISTORY] = a;
    words[base + Thread.HISTORY + 1] = b;
  }

  protected end(base: number): void {
    this.words[base + Thread.STATUS] = Status.FINISHED;
    this.words[base + Thread.SITE] = ENDED;
    this.words[base + Thread.ADDRESS] = 0;
    this.hooks["pm.settle"]();
  }

  /** A thread outside the subject that wants to sleep while a word has a value; or that has been woken. */
  protected sleepOrCall(thread: number, base: number): void {
    const words = this.words, at = words[base + Thread.ADDRESS]! >>> 2;
    this.hooks["pm.unmark"]();
    words[this.scratch + Word.WROTE / 4] = 0;
    const isWide = (words[base + Thread.BEGUN]! & 2) !== 0;
    if (words[base + Thread.WAKE] === 0 && words[at] === words[base + Thread.EXPECTED] && (!isWide || words[at + 1] === words[base + Thread.EXPECTED + 1])) {
      this.sleepers.add(thread);
      this.hooks["pm.settle"]();
      return;
    }
    words[base + Thread.WAKE] = 0;
    words[base + Thread.BEGUN]! &= 1;
    this.call(thread, base, 0);
  }

  protected base(thread: number): number { return this.control + Control.THREADS + thread * this.stride; }
  protected stepOf(base: number): Step { return this.programs.get(this.words[base + Thread.PROGRAM]!).steps[this.words[base + Thread.PC]!]!; }
  protected doneCounts(): number {
    let packed = 0;
    for (let thread = 0; thread < this.threads; thread++) packed |= this.words[this.base(thread) + Thread.DONE]! << (4 * thread);
    return packed;
  }
  /** Leaves a call's values where the subject finds them; answers their number. */
  protected pass(step: Step): number {
    const at = 4 * this.scratch + Word.ARGUMENTS, { parameters } = step;
    const values = step.constant >= 0 ? this.programs.values(step.constant)
      : step.values.map((value) => typeof value === "function" ? value(this.bytes.view) : value);
    for (let i = 0; i < values.length; i++) this.bytes.write(at + 8 * i, parameters[i]!, values[i]!);
    return step.constant >= 0 ? step.constant : this.programs.idOf(values);
  }
  protected runFree(thread: number, entry: string, values: (number | bigint)[]): number {
    return this.runCall(thread, this.programs.resolve({ entry, values }));
  }
  protected runCall(thread: number, step: Step): number {
    const words = this.words, scratch = this.scratch;
    words[scratch + Word.CURRENT / 4] = 4 * this.base(thread);
    words[scratch + Word.MINE / 4] = words[scratch + Word.MINE / 4 + 1] = 0; // leaves no marks
    words[scratch + Word.YIELDS / 4] = 0;
    words[scratch + Word.CHANGE / 4] = Change.NONE;
    words[scratch + Word.FUEL / 4] = 100 * FUEL;
    for (let calls = 0; calls < CALLS_MAX; calls++) {
      this.pass(step);
      step.go(0);
      const result = step.result === undefined ? 0 : this.bytes.read(4 * this.scratch + Word.RESULT, step.result);
      const next = step.after?.(result, this.bytes.view);
      if (next !== "again") {
        if (typeof next === "object" && "wait" in next) throw new Stop(`${step.entry} would wait while nobody else runs`);
        return result;
      }
    }
    throw new Stop(`${step.entry} was called ${CALLS_MAX} times, and again`, "livelock");
  }

  /** The subject comes to a place: an operation, which is pending from then on, or a check that depends on the last one; or tells how it went. */
  #reach(number: number, told: number): void {
    if (told !== Told.COMES) this.subject.reached!.told(number, told === Told.YES);
    if (this.#checks.has(number)) this.#notePlace(number);
    else if (told === Told.COMES) this.#comesTo = number;
  }
  #notePlace(number: number): void {
    const current = this.words[this.scratch + Word.CURRENT / 4]! >>> 2;
    this.subject.reached!.place(number, Math.floor((current - this.base(0)) / this.stride), this.words[current + Thread.ADDRESS]! >>> 3);
  }

  protected complain(kind: Violation["kind"], message: string | undefined): void { if (message !== undefined) this.violation ??= { kind, message }; }

  protected trapped(error: unknown): void {
    const { kind, message } = violationOf(error, this.subject);
    this.complain(kind, message);
  }

  protected imports(): WebAssembly.Imports {
    return {
      explore: {
        memory: this.bytes.handle,
        race: (site: number, at: number, bytes: number) => {
          const text = this.races.raceOf(this.threads, this.words[this.scratch + Word.CURRENT / 4]! >>> 2, site, at >>> 0, bytes);
          this.complain("race", text && `${text} on ${this.plan.nameAddress?.(at >>> 0) ?? `[0x${(at >>> 0).toString(16)}]`}`);
        },
        notify: (at: number, count: number) => this.sleepers.notify(at, count),
        reached: (number: number, told: number) => { this.#reach(number, told); },
        ...stoppingImports(this.subject),
      },
      env: { abort: () => { throw new Stop("abort was called (an assertion)"); } },
    };
  }
}
