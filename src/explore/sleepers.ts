// Who sleeps on which word, in order: one control word, four bits a sleeper.
import { Control, Status, Thread } from "./layout.js";

export class Sleepers {
  /** `base`: index of a thread's first control word. */
  constructor(readonly words: Int32Array, readonly control: number, readonly base: (thread: number) => number) {}

  add(thread: number): void {
    const { words, control } = this;
    words[this.base(thread) + Thread.STATUS] = Status.ASLEEP;
    let at = 0;
    while (words[control + Control.QUEUE]! >>> at & 15) at += 4;
    words[control + Control.QUEUE]! |= (thread + 1) << at;
  }
  remove(thread: number): void {
    let rest = 0, at = 0;
    for (let queue = this.words[this.control + Control.QUEUE]!; queue; queue >>>= 4) if ((queue & 15) !== thread + 1) { rest |= (queue & 15) << at; at += 4; }
    this.words[this.control + Control.QUEUE] = rest;
  }
  /** Wakes up to `count` (unsigned) of those who sleep on an address, the oldest first; answers how many. */
  notify(address: number, count: number): number {
    let woken = 0;
    for (let queue = this.words[this.control + Control.QUEUE]!; queue && woken < count >>> 0; queue >>>= 4) {
      const thread = (queue & 15) - 1, base = this.base(thread);
      if (this.words[base + Thread.ADDRESS] !== address) continue;
      this.remove(thread);
      this.words[base + Thread.STATUS] = Status.READY;
      this.words[base + Thread.WAKE] = 1;
      woken++;
    }
    return woken;
  }
}
