// What a batch of numbers must be, and the room for its answers: judged before anything is done.
import { PageMirrorError } from "./error.js";

/** Where a batch's answers go. */
export function checkRoom(frames: Float64Array, count: number): void {
  if (!(frames instanceof Float64Array)) throw new PageMirrorError("EINVAL", `frames of type ${typeof frames}: expected a Float64Array`);
  if (frames.length < count) throw new PageMirrorError("EINVAL", `frames has length ${frames.length}: expected at least ${count}`);
}
/** Whether every number of a batch is a whole one below `end`. One tight loop: whoever gets false asks again, number by number. */
export function isBatch(numbers: Float64Array, end: number): boolean {
  if (!(numbers instanceof Float64Array)) throw new PageMirrorError("EINVAL", `a batch of type ${typeof numbers}: expected a Float64Array`);
  let good = true;
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i]!;
    good = good && number >= 0 && number < end && number === Math.floor(number);
  }
  return good;
}
