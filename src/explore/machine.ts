// Plays a workload step by step, in any order, and back again. All that a state is lies in one memory (layout.ts): the subject's bytes
// with an undo log, and the control words, which are copied as a whole before each step. So a step back costs less than a step.
//
// A step of a thread: its pending operation, then its code up to the next one (into its following calls, if need be). Choices:
//   0 … 7    thread takes a step      8 … 15   thread - 8 dies      16 …   event - 16 happens
import { PageMirrorError } from "../error.js";
import type { Site, Subject } from "./instrument.js";
import { Control, ENDED, Status, Thread, Word } from "./layout.js";
import type { Choice, Violation } from "./outcome.js";
import { Player } from "./player.js";
import { OutOfRoom } from "./stops.js";
import { burierCount, type Completed, type Workload } from "./workload.js";

export const DIES = 8, HAPPENS = 16;
/** Of a thread's words, what it was told before it died: the history is judged with that. */
const TOLD: ReadonlySet<number> = new Set([Thread.HISTORY, Thread.HISTORY + 1, Thread.BEFORE]);

export class Machine extends Player {
  /** What went wrong while the threads ran to their first operation. */
  readonly initial: Violation | undefined;
  /** The hash of the present state. */
  low = 0;
  high = 0;
  readonly #path: number[] = [];

  constructor(subject: Subject, workload: Workload) {
    super(subject, workload);
    const { words, control } = this, { places } = subject;
    const setU32 = (at: number, value: number): void => { this.bytes.check(at, 4); words[at >>> 2] = value; };
    try { this.plan = workload.begin(this.run, { ...this.bytes.view, setU32 }); }
    catch (error) {
      if (error instanceof PageMirrorError) throw error;
      throw new PageMirrorError("EINVAL", `the setup of ${workload.name} fails: ${(error as Error).message}; expected one that ends while nobody else runs`);
    }
    this.ordered = this.plan.checkHistory !== undefined;
    if (this.plan.threads.length !== workload.threads)
      throw new PageMirrorError("EINVAL", `${workload.name} plans ${this.plan.threads.length} threads: expected ${workload.threads}`);
    const { deaths = 0, buriers = 1 } = workload;
    if (deaths > 1 && buriers > 1) throw new PageMirrorError("EINVAL", `${workload.name} has ${deaths} deaths and ${buriers} buriers: expected one of either`);
    if (this.plan.recover) this.threads += burierCount(workload);
    if (this.threads > places.threads)
      throw new PageMirrorError("EINVAL", `${workload.name} needs ${this.threads} threads to bury the dead: expected at most the subject's ${places.threads}`);
    words[this.scratch + Word.TRACKED / 4] = 1;
    words[control + Control.DEATHS] = deaths;
    try {
      for (let thread = 0; thread < this.threads; thread++) {
        const base = this.base(thread);
        words[base + Thread.PROGRAM] = this.programs.add(this.plan.threads[thread] ?? []);
        words[base + Thread.MARKS_FROM] = words[control + Control.MARKS]!;
        words[base + Thread.STATUS] = Status.READY;
        this.enter(thread);
        this.call(thread, base, 0);
      }
      for (let thread = 0; thread < this.threads; thread++) this.complain("mixed sizes", this.races.mixedSizes(this.threads, thread));
    } catch (error) { this.trapped(error); }
    this.initial = this.violation;
    this.#readKey();
  }

  // ---- what may happen next ------------------------------------------------------------------------------------------------

  /** The threads that can take a step, as bits. */
  runnable(): number {
    let bits = 0;
    for (let thread = 0, base = this.base(0); thread < this.threads; thread++, base += this.stride) {
      const status = this.words[base + Thread.STATUS];
      if (status === Status.READY || (status === Status.ASLEEP && this.words[base + Thread.WAKE] === 2)) bits |= 1 << thread;
    }
    return bits;
  }
  /** All choices, as bits. */
  choices(): number {
    let bits = this.runnable();
    if (this.words[this.control + Control.DEATHS]! > 0)
      for (let thread = 0; thread < this.threads; thread++) if (this.words[this.base(thread) + Thread.STATUS]! < Status.FINISHED) bits |= 1 << (DIES + thread);
    const { events } = this.plan;
    if (events && bits) events.forEach(({ times }, i) => { if ((this.words[this.control + Control.EVENTS]! >>> (4 * i) & 15) < times) bits |= 1 << (HAPPENS + i); });
    return bits;
  }
  status(thread: number): number { return this.words[this.base(thread) + Thread.STATUS]!; }
  /** The number of the operation that a thread is about to do; negative for one that sleeps outside the subject, or has ended. */
  pendingNumber(thread: number): number { return this.words[this.base(thread) + Thread.SITE]!; }
  /** Undefined where the number is negative. */
  pendingSite(thread: number): Site | undefined { return this.subject.sites[this.pendingNumber(thread)]; }
  pendingAddress(thread: number): number { return this.words[this.base(thread) + Thread.ADDRESS]! >>> 0; }
  /** Whether somebody has woken the thread, and its next step only comes back from sleep. */
  isWoken(thread: number): boolean { const base = this.base(thread); return this.words[base + Thread.WAKE] === 1; }
  /** Whether the thread's next step begins an operation whose place among the others is noted. */
  beginsOperation(thread: number): boolean { return this.ordered && (this.words[this.base(thread) + Thread.BEGUN]! & 1) === 0; }
  /** Whether the last atomic operation changed, or could have changed, its word. */
  get wrote(): boolean { return this.words[this.scratch + Word.WROTE / 4] !== 0; }
  /** The call that a thread is in. */
  currentCall(thread: number): { entry: string; values: (number | bigint)[] } | undefined {
    const base = this.base(thread), step = this.programs.get(this.words[base + Thread.PROGRAM]!).steps[this.words[base + Thread.PC]!];
    return step && { entry: step.entry, values: this.programs.values(this.words[base + Thread.VALUES]!) };
  }
  /** The hash of the subject's memory alone. */
  get memoryHash(): string { return `${this.words[this.control + Control.HASH]} ${this.words[this.control + Control.HASH + 1]}`; }
  /** Calls that have ended, in that order. */
  get completed(): Completed[] { return this.ended.slice(0, this.words[this.control + Control.HISTORY]); }

  /** Where the marks of plain accesses end; and each of those that were left behind some earlier end. */
  get marks(): number { return this.words[this.control + Control.MARKS]!; }
  /** Where those begin that a thread has left since it last released anything. */
  marksOf(thread: number): number { return this.words[this.base(thread) + Thread.MARKS_FROM]!; }
  eachMark(from: number, see: (thread: number, at: number, bytes: number, writes: boolean, site: number) => void): void {
    const { words, marks } = this;
    for (let i = from >>> 2; i < marks >>> 2; i += 3) see(words[i + 1]! >>> 8, words[i]! >>> 0, words[i + 1]! & 15, (words[i + 1]! & 16) !== 0, words[i + 2]!);
  }

  // ---- steps ---------------------------------------------------------------------------------------------------------------

  /**
   * Makes a choice; answers what went wrong. Either way `back` undoes it. `keepsMarks`: a step that releases nothing to other threads,
   * so that plain accesses before it may still race.
   */
  step(choice: Choice, keepsMarks = false): Violation | undefined {
    const { places } = this.subject, frame = places.frames + this.depth * places.controlBytes;
    if (frame > places.framesEnd) throw new OutOfRoom(`a path is longer than ${this.depth} steps`);
    this.hooks["pm.save"](frame);
    this.#path[this.depth++] = choice;
    this.violation = undefined;
    try {
      if (choice < DIES) this.advance(choice, keepsMarks);
      else if (choice < HAPPENS) this.#die(choice - DIES);
      else this.#happen(choice - HAPPENS);
      if (this.plan.checkStep && this.violation === undefined) this.complain("check", this.plan.checkStep(this.bytes.view));
    } catch (error) { this.trapped(error); }
    this.#readKey();
    return this.violation;
  }
  /** Takes the last step back. The hash stays that of the last state reached, but at the beginning, and where it `goesOn` from here. */
  back(goesOn = false): void {
    const { places } = this.subject, choice = this.#path[--this.depth]!, frame = places.frames + this.depth * places.controlBytes;
    if (choice < DIES) this.hooks["pm.back"](frame, 4 * this.base(choice), choice);
    else { // whoever survives a death may have begun something
      this.#paintAll(0);
      this.hooks["pm.back"](frame, 0, 0);
      this.#paintAll(1);
    }
    if (goesOn || this.depth === 0) this.#readKey();
  }
  #paintAll(set: number): void {
    for (let thread = 0, base = this.base(0); thread < this.threads; thread++, base += this.stride)
      this.hooks["pm.paint"](this.words[base + Thread.MARKS_FROM]!, this.words[base + Thread.MARKS_TO]!, thread, set);
  }
  /** The choice that was made at a depth of the present path. */
  choiceAt(depth: number): Choice { return this.#path[depth]!; }
  /** The choices that led here. */
  get path(): Choice[] { return this.#path.slice(0, this.depth); }

  /** When no thread can take a step: what is wrong with that, or with what they leave. */
  judgeEnd(): Violation | undefined {
    const asleep: string[] = [], dead: number[] = [];
    for (let thread = 0; thread < this.threads; thread++) {
      const status = this.status(thread);
      if (status === Status.DEAD) dead.push(thread);
      if (status !== Status.ASLEEP) continue;
      const word = this.plan.nameAddress?.(this.pendingAddress(thread));
      asleep.push(`${String.fromCharCode(65 + thread)} sleeps in ${this.currentCall(thread)!.entry}${word === undefined ? "" : ` on ${word}`}`);
    }
    if (asleep.length) return { kind: "deadlock", message: `${asleep.join(", ")}, and nobody is left to wake them` };
    const { places } = this.subject, frame = places.frames + this.depth * places.controlBytes;
    if (frame > places.framesEnd) throw new OutOfRoom(`a path is longer than ${this.depth} steps`);
    this.violation = undefined;
    this.hooks["pm.save"](frame);
    try {
      const end = { view: this.bytes.view, run: this.run, completed: this.completed, dead };
      if (this.plan.checkEnd) this.complain("check", this.plan.checkEnd(end));
      if (this.plan.checkHistory) this.complain("history", this.plan.checkHistory(end));
    } catch (error) { this.trapped(error); }
    this.hooks["pm.back"](frame, 0, 0);
    return this.violation;
  }

  // ---- death, events ---------------------------------------------------------------------------------------------------------

  #die(thread: number): void {
    const words = this.words, base = this.base(thread);
    this.sleepers.remove(thread);
    this.enter(thread);
    this.hooks["pm.unmark"](); // whoever buries it knows that it has ended
    for (let i = Thread.SITE; i < Thread.STATE; i++) if (!TOLD.has(i)) words[base + i] = i === Thread.SITE ? ENDED : 0;
    for (const [from, to] of this.plan.privateOf?.(thread) ?? [])
      for (let at = from; at < to; at += 4) if (words[at >>> 2] !== 0) this.hooks["pm.poke"](at, 0);
    words[base + Thread.STATUS] = Status.DEAD;
    words[this.control + Control.DEATHS]!--;
    const first = this.workload.threads;
    if (!this.plan.recover) return;
    let by = first;
    while (this.status(by) === Status.DEAD) by++;
    const duties = thread < first ? [thread] : [thread, ...this.programs.get(words[base + Thread.PROGRAM]!).duties]; // it first: others may wait for its section
    for (let burier = by; burier < by + (this.workload.buriers ?? 1); burier++) this.#charge(burier, duties);
  }
  /** A burier has more to do. */
  #charge(by: number, duties: number[]): void {
    const words = this.words, base = this.base(by), { recover } = this.plan;
    for (const dead of duties) words[base + Thread.PROGRAM] = this.programs.extend(words[base + Thread.PROGRAM]!, dead, (each) => recover!(each, by));
    if (this.status(by) !== Status.FINISHED) return;
    words[base + Thread.STATUS] = Status.READY;
    this.enter(by);
    this.call(by, base, 0);
  }
  #happen(event: number): void {
    this.words[this.control + Control.EVENTS]! += 1 << (4 * event);
    this.plan.events![event]!.happen({ ...this.bytes.view, setU32: (at, value) => { this.bytes.check(at, 4); this.hooks["pm.poke"](at, value); } });
  }
  #readKey(): void {
    this.hooks["pm.key"](this.threads);
    this.low = this.words[this.scratch + Word.KEY / 4]!;
    this.high = this.words[this.scratch + Word.KEY / 4 + 1]!;
  }
}
