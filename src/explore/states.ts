// The states that a search has seen: 64 bits of hash and a mark each, in one table that grows.

export class States {
  #count = 0;
  #mask: number;
  #table: Int32Array; // low, high, mark; mark 0 is an empty place
  constructor(size = 1 << 16) {
    this.#mask = size - 1;
    this.#table = new Int32Array(3 * size);
  }

  /** The mark of a state, 0 when it is new; it then gets the mark given. */
  add(low: number, high: number, mark: number): number {
    const at = this.#find(low, high), found = this.#table[at + 2]!;
    if (found) return found;
    this.#table[at] = low;
    this.#table[at + 1] = high;
    this.#table[at + 2] = mark;
    if (++this.#count * 2 > this.#mask) this.#grow();
    return 0;
  }
  /** Changes the mark of a state that is there. */
  mark(low: number, high: number, mark: number): void { this.#table[this.#find(low, high) + 2] = mark; }

  #find(low: number, high: number): number {
    const table = this.#table;
    for (let place = (low ^ Math.imul(high, 0x9e3779b1)) & this.#mask; ; place = (place + 1) & this.#mask) {
      const at = 3 * place;
      if (table[at + 2] === 0 || (table[at] === low && table[at + 1] === high)) return at;
    }
  }
  #grow(): void {
    const old = this.#table;
    this.#mask = 2 * this.#mask + 1;
    this.#table = new Int32Array(3 * (this.#mask + 1));
    for (let at = 0; at < old.length; at += 3) if (old[at + 2]) {
      const to = this.#find(old[at]!, old[at + 1]!);
      for (let i = 0; i < 3; i++) this.#table[to + i] = old[at + i]!;
    }
  }
}
