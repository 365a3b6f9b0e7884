// Which steps need not be tried in every order: those on words that are no other thread's business. An atomic load of a word that no
// other thread ever writes, any operation on a word that no other thread ever touches, or the notify of a word on which no other thread
// ever sleeps, commutes with all that others do; so where a thread is about to take such a step the search tries that step alone (and
// the thread's death, and events), not everybody's. Plain accesses count as well: an atomic that goes before them would leave no mark for
// them to meet.
//
// That nobody ever touches a word is an assumption. It comes from random schedules; the search notes every operation, and a search
// that finds the assumption wrong is made again with what it has learnt, soon (search.ts). When one ends without learning anything it is the proof: the
// first operation against the assumption would have been met on the reduced paths as well, since all that precedes it commutes.
// Such a step releases nothing to others, so plain accesses before it keep their marks: a race is found as before, or sooner.
//
// Plain accesses that follow the operation belong to its step. Where no race is declared they commute, or the race is found; a step that
// makes declared ones on words of others is others' business, which is known once it is made.
import { generator } from "../generator.js";
import { DIES, HAPPENS, type Machine } from "./machine.js";
import { drawBit } from "./path.js";
import { OutOfRoom } from "./stops.js";

/** Steps of the first look, and the most of a further one; the least schedules of a look, and when it ends: after so many that taught nothing. */
const FIRST_LOOK = 30_000, LOOK_MOST = 500_000, LOOKS = 20, IDLE = 50;
/** A thread goes on for so many steps or so, before another is drawn: in turn. */
const BURSTS = [1, 2, 8, 32, 128];

export class Locality {
  /** A bit for each thread that has touched, or written, the eight bytes. */
  readonly #touched: Uint8Array;
  readonly #wrote: Uint8Array;
  /** And for each that has slept on them. */
  readonly #slept: Uint8Array;
  /** By the site of an operation: where another thread's bit makes it somebody else's business. Undefined for a wait, which always is. */
  readonly #business: readonly (Uint8Array | undefined)[];
  readonly #random = generator(1);
  /** How often something was learnt. */
  learnt = 0;

  private constructor(readonly machine: Machine) {
    this.#touched = new Uint8Array(machine.subject.places.subjectBytes >>> 3);
    this.#wrote = new Uint8Array(this.#touched.length);
    this.#slept = new Uint8Array(this.#touched.length);
    this.#business = machine.subject.sites.map(({ kind }) => kind === "wait" ? undefined : kind === "load" ? this.#wrote : kind === "notify" ? this.#slept : this.#touched);
  }

  /** Undefined for a workload that looks at memory after every step, where the order of deaths matters, or events are anybody's business. */
  static of(machine: Machine): Locality | undefined {
    const { workload: { everyAccess, deaths = 0 }, plan } = machine;
    if (everyAccess || plan.checkStep || deaths > 1 || plan.events?.some(({ reader }) => reader === undefined)) return undefined;
    const locality = new Locality(machine);
    locality.notePlain(machine.subject.places.marks);
    locality.look(FIRST_LOOK);
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
    this.learnt++;
  }

  /** A thread whose next step is its own business; -1 when there is none. */
  pick(runnable: number): number {
    for (let left = runnable; left; left &= left - 1) {
      const thread = 31 - Math.clz32(left & -left), site = this.machine.pendingNumber(thread), business = site < 0 ? undefined : this.#business[site];
      if (business && (business[this.machine.pendingAddress(thread) >>> 3]! & ~(1 << thread)) === 0 && !this.machine.beginsOperation(thread)) return thread;
    }
    return -1;
  }

  /** After a search that was in doubt for so many steps. */
  lookAgain(steps: number): void { this.look(Math.min(steps, LOOK_MOST)); }
  /** Plays random schedules, of at most so many steps in all, to learn from them. */
  look(steps: number): void {
    const { machine } = this, most = Math.ceil(steps / LOOKS);
    let idle = 0;
    try {
      for (let look = 0; steps > 0 && idle < IDLE && machine.initial === undefined; look++, steps--) { // a schedule may have no step
        const burst = BURSTS[look % BURSTS.length]!, { learnt } = this;
        let choice = -1;
        for (const end = steps - most; steps > end && machine.runnable() !== 0; steps--) {
          // Mostly steps: a death or an event now and then, at another moment each time.
          const choices = this.#random(40) ? machine.runnable() : machine.choices();
          if (choice < 0 || this.#random(burst) === 0 || !(choices >>> choice & 1)) choice = drawBit(choices, this.#random);
          if (choice < DIES) this.note(choice);
          const marks = machine.marks, wrong = machine.step(choice);
          this.notePlain(marks);
          if (wrong) break;
        }
        while (machine.depth) machine.back();
        idle = this.learnt === learnt ? idle + 1 : 0;
      }
    } catch (error) {
      if (!(error instanceof OutOfRoom)) throw error;
      while (machine.depth) machine.back(); // the search will say so
    }
  }
}

/** The choices that go with a thread's step where that step is tried alone. */
export function choicesWith(thread: number, choices: number): number { return choices & (1 << thread | 1 << (DIES + thread) | -1 << HAPPENS); }
