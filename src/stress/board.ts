// What all threads of a run share beside the arena: the clock of the stamps, the bell that starts rounds, who is to be buried,
// and a log for each worker. It lies in a memory of its own, so it outlives a worker that is terminated, and no bug of the
// engine writes into it.
//
// One worker sits in each seat; when it dies its seat is filled again. A burial is WANTED when the main thread knows that the
// worker cannot run any more; whoever takes it puts its own seat there, and says when it is DONE.

export const SEATS_MAX = 16;
/** Numbers in a log, for the operations of one round. */
const LOG_NUMBERS = 1 << 16;
/** Numbers that nobody has used yet are handed out in blocks. */
export const NUMBERS_A_BLOCK = 4096;

const enum Word { CLOCK = 0, BELL = 1, STOPPED = 2, WANTED = 3, BLOCKS = 4, SEATS = 16 }
/** Words of a seat. */
const enum Per { BURIAL = 0, SLOT = 1, USED = 2, ROUND = 3, PROGRESS = 4, WORDS = 8 }
const enum Burial { NONE = 0, WANTED = 1, DONE = 2, TAKEN = 3 }
const WORDS_BYTES = 4 * (Word.SEATS + SEATS_MAX * Per.WORDS);

export class Board {
  readonly #words: Int32Array;

  constructor(readonly buffer: SharedArrayBuffer) { this.#words = new Int32Array(buffer, 0, WORDS_BYTES / 4); }
  static create(seats: number): Board { return new Board(new SharedArrayBuffer(WORDS_BYTES + seats * LOG_NUMBERS * 8)); }

  /** A stamp that nobody had before; stamps of a round that are less happened earlier. */
  stamp(): number { return Atomics.add(this.#words, Word.CLOCK, 1) + 1; }
  resetClock(): void { Atomics.store(this.#words, Word.CLOCK, 0); }
  /** The first of NUMBERS_A_BLOCK numbers that nobody has used in this scene. */
  numbers(): number { return Atomics.add(this.#words, Word.BLOCKS, 1) * NUMBERS_A_BLOCK; }
  /** Lets some time go by: so many looks at a word. */
  linger(looks: number): void { for (let i = 0; i < looks; i++) Atomics.load(this.#words, Word.BELL); }

  /** The round that the worker in a seat shall play, or has played. */
  round(seat: number): number { return Atomics.load(this.#words, at(seat, Per.ROUND)); }
  startRound(seats: readonly number[], round: number): void {
    for (const seat of seats) Atomics.store(this.#words, at(seat, Per.ROUND), round);
    this.#ring();
  }
  /** Says how far a worker is, and waits until the others are as far, but not long: they may be interrupted, or dead. */
  meet(seat: number, seats: number, progress: number, looks: number): void {
    Atomics.store(this.#words, at(seat, Per.PROGRESS), progress);
    for (let i = 0, other = 0; i < looks && other < seats; i++) if (Atomics.load(this.#words, at(other, Per.PROGRESS)) >= progress) other++;
  }
  get stopped(): boolean { return Atomics.load(this.#words, Word.STOPPED) === 1; }
  stop(): void {
    Atomics.store(this.#words, Word.STOPPED, 1);
    this.#ring();
  }
  #ring(): void {
    Atomics.add(this.#words, Word.BELL, 1);
    Atomics.notify(this.#words, Word.BELL);
  }
  /** How often the bell has rung: look at it, then at whatever it may have rung for, then wait. */
  get rung(): number { return Atomics.load(this.#words, Word.BELL); }
  waitForBell(rung: number): void { Atomics.wait(this.#words, Word.BELL, rung); }

  /** The engine's slot of the worker in a seat. */
  slot(seat: number): number { return Atomics.load(this.#words, at(seat, Per.SLOT)); }
  setSlot(seat: number, slot: number): void { Atomics.store(this.#words, at(seat, Per.SLOT), slot); }

  get burialsWanted(): number { return Atomics.load(this.#words, Word.WANTED); }
  wantBurial(seat: number): void {
    Atomics.store(this.#words, at(seat, Per.BURIAL), Burial.WANTED);
    Atomics.add(this.#words, Word.WANTED, 1);
    this.#ring();
  }
  /** Takes a burial for `taker` (a seat; -1 is the main thread). False: somebody else has it. */
  takeBurial(seat: number, taker: number): boolean {
    if (Atomics.compareExchange(this.#words, at(seat, Per.BURIAL), Burial.WANTED, Burial.TAKEN + taker + 1) !== Burial.WANTED) return false;
    Atomics.sub(this.#words, Word.WANTED, 1);
    return true;
  }
  burialDone(seat: number): void { Atomics.store(this.#words, at(seat, Per.BURIAL), Burial.DONE); }
  isBuried(seat: number): boolean { return Atomics.load(this.#words, at(seat, Per.BURIAL)) === Burial.DONE; }
  isTakenBy(seat: number, taker: number): boolean { return Atomics.load(this.#words, at(seat, Per.BURIAL)) === Burial.TAKEN + taker + 1; }
  forgetBurial(seat: number): void { Atomics.store(this.#words, at(seat, Per.BURIAL), Burial.NONE); }

  /** The log of a seat, and how much of it is used. */
  log(seat: number): Float64Array { return new Float64Array(this.buffer, WORDS_BYTES + seat * LOG_NUMBERS * 8, LOG_NUMBERS); }
  used(seat: number): number { return Atomics.load(this.#words, at(seat, Per.USED)); }
  setUsed(seat: number, used: number): void { Atomics.store(this.#words, at(seat, Per.USED), used); }
}

function at(seat: number, word: Per): number { return Word.SEATS + seat * Per.WORDS + word; }
