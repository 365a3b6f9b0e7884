// The ledger of the stress on one address space: what each writer has begun and finished on each page, and which change of the
// page's area is under way. It lies in a shared memory of its own and says what a load may see.
//
// Every writer has a word of its own on each page and writes rising versions into it. A page's era is even while its area
// stands and odd while it is unmapped and mapped anew; its guard is 0 while it can be written, 2 while it is read-only, odd
// while that changes. A change is made by whoever holds the page's lock; accesses take no lock at all.

export const PAGES = 64;
/** Writers have numbers below this. */
export const WRITERS_MAX = 16;

const enum Per { ERA = 0, GUARD = 1, LOCK = 2, WORDS = 4 }

export class Ledger {
  readonly #state: Int32Array;
  readonly #begun: Int32Array;
  readonly #done: BigInt64Array;
  readonly #barrier: Int32Array;
  readonly #slots: Int32Array;

  constructor(readonly buffer: SharedArrayBuffer) {
    this.#done = new BigInt64Array(buffer, 0, PAGES * WRITERS_MAX);
    this.#begun = new Int32Array(buffer, PAGES * WRITERS_MAX * 8, PAGES * WRITERS_MAX);
    this.#state = new Int32Array(buffer, PAGES * WRITERS_MAX * 12, PAGES * Per.WORDS);
    this.#barrier = new Int32Array(buffer, PAGES * WRITERS_MAX * 12 + PAGES * Per.WORDS * 4, 3);
    this.#slots = new Int32Array(buffer, PAGES * WRITERS_MAX * 12 + PAGES * Per.WORDS * 4 + 16, WRITERS_MAX);
  }
  static create(): SharedArrayBuffer { return new SharedArrayBuffer(Ledger.BYTES); }
  static readonly BYTES = PAGES * WRITERS_MAX * 12 + PAGES * Per.WORDS * 4 + 16 + WRITERS_MAX * 4;

  /** The engine's slot of a writer's thread, once it has registered; -1 before. */
  slot(writer: number): number { return Atomics.load(this.#slots, writer) - 1; }
  setSlot(writer: number, slot: number): void { Atomics.store(this.#slots, writer, slot + 1); }

  era(page: number): number { return Atomics.load(this.#state, page * Per.WORDS + Per.ERA); }
  guard(page: number): number { return Atomics.load(this.#state, page * Per.WORDS + Per.GUARD); }
  moveEra(page: number): void { Atomics.add(this.#state, page * Per.WORDS + Per.ERA, 1); }
  moveGuard(page: number): void { Atomics.add(this.#state, page * Per.WORDS + Per.GUARD, 1); }
  /** Locks [first, end) for a change by a writer, or nothing. */
  lock(first: number, end: number, writer: number): boolean {
    for (let page = first; page < end; page++) {
      if (Atomics.compareExchange(this.#state, page * Per.WORDS + Per.LOCK, 0, writer + 1) === 0) continue;
      this.unlock(first, page);
      return false;
    }
    return true;
  }
  unlock(first: number, end: number): void {
    for (let page = first; page < end; page++) Atomics.store(this.#state, page * Per.WORDS + Per.LOCK, 0);
  }

  /** Whether a writer, perhaps one that died since, holds the page's lock. */
  isLockedBy(page: number, writer: number): boolean { return Atomics.load(this.#state, page * Per.WORDS + Per.LOCK) === writer + 1; }

  /** The next version of a writer's word; only that writer calls this. */
  begin(page: number, writer: number): number { return Atomics.add(this.#begun, page * WRITERS_MAX + writer, 1) + 1; }
  begun(page: number, writer: number): number { return Atomics.load(this.#begun, page * WRITERS_MAX + writer); }
  /** The version was stored while `era` stood, from before the store until after it. */
  finish(page: number, writer: number, version: number, era: number): void {
    Atomics.store(this.#done, page * WRITERS_MAX + writer, BigInt(era) << 32n | BigInt(version));
  }
  /** The last version that was finished, and in which era. */
  done(page: number, writer: number): { version: number; era: number } {
    const word = Atomics.load(this.#done, page * WRITERS_MAX + writer);
    return { version: Number(word & 0xffffffffn), era: Number(word >> 32n) };
  }

  /** All `count` threads meet here. */
  meet(count: number): void {
    const round = Atomics.load(this.#barrier, 1);
    if (Atomics.add(this.#barrier, 0, 1) + 1 === count) {
      Atomics.store(this.#barrier, 0, 0);
      Atomics.add(this.#barrier, 1, 1);
      Atomics.notify(this.#barrier, 1);
    } else while (Atomics.load(this.#barrier, 1) === round) Atomics.wait(this.#barrier, 1, round);
  }
  /** Asks everybody to end after this round. */
  stop(): void { Atomics.store(this.#barrier, 2, 1); }
  get stopped(): boolean { return Atomics.load(this.#barrier, 2) === 1; }
}
