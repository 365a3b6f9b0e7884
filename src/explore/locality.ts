// Which steps need not be tried in every order: those on words that are no other thread's business. An atomic load of a word that no
// other thread ever writes, any operation on a word that no other thread ever touches, or the notify of a word on which no other thread
// ever sleeps, commutes with all that others do; so where a thread is about to take such a step the search tries that step alone (and
// the thread's death, and events), not everybody's. Plain accesses count as well: an atomic that goes before them would leave no mark for
// them to meet.
//
// That nobody ever touches a word is an assumption. It comes from random schedules; the search notes every operation, and a search
// that finds the assumption wrong is made again with what it has learnt. When one ends without learning anything it is the proof: the
// first operation against the assumption would have been met on the reduced paths as well, since all that precedes it commutes.
// Such a step releases nothing to others, so plain accesses before it keep their marks: a race is found as before, or sooner.
//
// Plain accesses that follow the operation belong to its step. Where no race is declared they commute, or the race is found; a step that
// makes declared ones on words of others is others' business, which is known once it is made.
import { generator } from "../generator.js";
import { DIES, HAPPENS, type Machine } from "./machine.js";
import { drawBit } from "./path.js";
import { OutOfRoom } from "./stops.js";

/** Schedules of the first look, and their steps at most. */
const LOOKS = 50, LOOK_STEPS = 1500;

export class Locality {
  /** A bit for each thread that has touched, or written, the eight bytes. */
  readonly #touched: Uint8Array;
  readonly #wrote: Uint8Array;
  /** And for each that has slept on them. */
  readonly #slept: Uint8Array;
  /** Whether something was learnt since this was set to false. */
  grown = false;

  private constructor(readonly machine: Machine) {
    this.#touched = new Uint8Array(machine.subject.places.subjectBytes >>> 3);
    this.#wrote = new Uint8Array(this.#touched.length);
    this.#slept = new Uint8Array(this.#touched.length);
  }

  /** Undefined for a workload that looks at memory after every step, where the order of deaths matters, or events are anybody's business. */
  static of(machine: Machine): Locality | undefined {
    const { workload: { everyAccess, deaths = 0 }, plan } = machine;
    if (everyAccess || plan.checkStep || deaths > 1 || plan.events?.some(({ reader }) => reader === undefined)) return undefined;
    const locality = new Locality(machine);
    locality.notePlain(machine.subject.places.marks);
    try { locality.#look(); }
    catch (error) {
      if (!(error instanceof OutOfRoom)) throw error;
      while (machine.depth) machine.back(); // the search will say so
    }
    return locality;
  }

  /** Notes what a thread is about to do. */
  note(thread: number): void {
    const kind = this.machine.pendingSite(thread)?.kind, word = this.machine.pendingAddress(thread) >>> 3; // no site: it sleeps between two calls
    if (kind === "notify") return;
    if (kind === undefined || kind === "wait") this.#learnIn(this.#slept, word, 1 << thread);
    this.#learn(word, 1 << thread, kind !== undefined && kind !== "load" && kind !== "wait");
  }

  /** Notes plain accesses: all that have left marks since the machine's marks ended at `from`. */
  notePlain(from: number): void {
    this.machine.eachMark(from, (thread, at, bytes, writes) => {
      for (let word = at >>> 3; word <= (at + bytes - 1) >>> 3; word++) this.#learn(word, 1 << thread, writes);
    });
  }
  /**
   * Whether the step that a thread has just made may race, as declared, with what others do. All its marks count, for what is marked already
   * is not marked again.
   */
  meets(thread: number): boolean {
    let meets = false;
    if (this.machine.workload.races) this.machine.eachMark(this.machine.marksOf(thread), (of, at, bytes, writes, site) => {
      if (meets || of !== thread || !this.machine.races.isDeclared(site)) return;
      for (let word = at >>> 3; word <= (at + bytes - 1) >>> 3; word++) meets ||= ((writes ? this.#touched : this.#wrote)[word]! & ~(1 << thread)) !== 0;
    });
    return meets;
  }
  #learn(word: number, bit: number, writes: boolean): void {
    this.#learnIn(this.#touched, word, bit);
    if (writes) this.#learnIn(this.#wrote, word, bit);
  }
  #learnIn(threads: Uint8Array, word: number, bit: number): void {
    if (threads[word]! & bit) return;
    threads[word]! |= bit;
    this.grown = true;
  }

  /** A thread whose next step is its own business; -1 when there is none. */
  pick(runnable: number): number {
    for (let left = runnable; left; left &= left - 1) {
      const thread = 31 - Math.clz32(left & -left), kind = this.machine.pendingSite(thread)?.kind;
      if (kind === undefined || kind === "wait" || this.machine.beginsOperation(thread)) continue;
      const word = this.machine.pendingAddress(thread) >>> 3, others = ~(1 << thread);
      if (((kind === "load" ? this.#wrote : kind === "notify" ? this.#slept : this.#touched)[word]! & others) === 0) return thread;
    }
    return -1;
  }

  #look(): void {
    const { machine } = this, random = generator(1);
    for (let look = 0; look < LOOKS && machine.initial === undefined; look++) {
      for (let steps = 0; steps < LOOK_STEPS && machine.runnable() !== 0; steps++) {
        // Mostly steps: a death or an event now and then, at another moment each time.
        const choice = drawBit(random(40) ? machine.runnable() : machine.choices(), random);
        if (choice < DIES) this.note(choice);
        const marks = machine.marks, wrong = machine.step(choice);
        this.notePlain(marks);
        if (wrong) break;
      }
      while (machine.depth) machine.back();
    }
  }
}

/** The choices that go with a thread's step where that step is tried alone. */
export function choicesWith(thread: number, choices: number): number { return choices & (1 << thread | 1 << (DIES + thread) | -1 << HAPPENS); }
