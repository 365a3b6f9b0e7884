// Which places of a subject a workload executes, and where threads meet there: a change of an operation on a word that no other thread
// works on will hardly be noticed.

/** A thread is there; something there has answered no, or yes; another thread works on a word of the place, one of the two writing it. */
export const Seen = { THERE: 1, NO: 2, YES: 4, MEETING: 8 } as const;

export class Reached {
  readonly #words = new Map<number, Map<number, number>>(); // place, word: threads as bits
  readonly #told = new Map<number, number>(); // place: Seen.NO, Seen.YES
  readonly #touched = new Map<number, number>();
  readonly #wrote = new Map<number, number>();

  /** A thread executes an operation on a word. */
  operation(thread: number, word: number, writes: boolean): void {
    this.#touched.set(word, (this.#touched.get(word) ?? 0) | 1 << thread);
    if (writes) this.#wrote.set(word, (this.#wrote.get(word) ?? 0) | 1 << thread);
  }
  /** It does so at a place, or a check there depends on it. */
  place(number: number, thread: number, word: number): void {
    const words = this.#words.get(number) ?? new Map<number, number>();
    words.set(word, (words.get(word) ?? 0) | 1 << thread);
    this.#words.set(number, words);
  }
  /** A check there holds or not, a compare-and-swap succeeds or not. */
  told(number: number, yes: boolean): void { this.#told.set(number, (this.#told.get(number) ?? 0) | (yes ? Seen.YES : Seen.NO)); }
  /** All of it, by the place's number, as bits of Seen: it can cross between threads. */
  seen(): Uint8Array {
    const seen = new Uint8Array(Math.max(-1, ...this.#words.keys(), ...this.#told.keys()) + 1);
    for (const number of this.#words.keys()) seen[number]! |= Seen.THERE | (this.#isContended(number) ? Seen.MEETING : 0);
    for (const [number, told] of this.#told) seen[number]! |= told;
    return seen;
  }
  /** Whether another thread works on a word of the place, one of the two writing it. */
  #isContended(number: number): boolean {
    return [...this.#words.get(number) ?? []].some(([word, threads]) => {
      const touched = this.#touched.get(word) ?? 0, wrote = this.#wrote.get(word) ?? 0;
      for (let left = threads; left; left &= left - 1) {
        const mine = left & -left;
        if (wrote & ~mine || (wrote & mine && touched & ~mine)) return true;
      }
      return false;
    });
  }
}
