// Makes a failing schedule easy to read: fewest switches first, then fewest steps, and always the same error.
import type { Machine } from "./machine.js";
import { sameError, type Choice, type Failure } from "./outcome.js";
import { replay } from "./replay.js";
import { switches } from "./trace.js";

/** Longer schedules are only cut at their end. */
const STEPS_MAX = 5000;

interface Segment { choice: Choice; count: number }
function segmentsOf(trace: readonly Choice[]): Segment[] {
  const segments: Segment[] = [];
  for (const choice of trace) {
    const last = segments.at(-1);
    if (last?.choice === choice) last.count++;
    else segments.push({ choice, count: 1 });
  }
  return segments;
}
const traceOf = (segments: Segment[]): Choice[] => segments.flatMap(({ choice, count }) => new Array<Choice>(count).fill(choice));

export function minimise(machine: Machine, failure: Failure): Failure {
  let best = failure;
  /** Keeps a schedule, brought to its end, if it fails in the same way and is better. */
  const attempt = (trace: Choice[]): boolean => {
    const { violation, trace: played } = replay(machine, trace, { kind: failure.kind, lenient: true });
    if (!violation || !sameError(violation, failure) || !isBetter(played, best.trace)) return false;
    best = { ...violation, trace: played };
    return true;
  };
  if (failure.trace.length > STEPS_MAX) return failure;
  for (let isShorter = true; isShorter;) {
    isShorter = false;
    const segments = segmentsOf(best.trace);
    for (let i = 0; i < segments.length && !isShorter; i++) {
      // Leave a segment out; or bring the next one of the same thread forward to it; or push it back to that one.
      isShorter = attempt(traceOf(segments.filter((_, at) => at !== i)));
      const next = segments.findIndex(({ choice }, at) => at > i && choice === segments[i]!.choice);
      if (isShorter || next < 0) continue;
      const joined = { choice: segments[i]!.choice, count: segments[i]!.count + segments[next]!.count }, rest = segments.filter((_, at) => at !== i && at !== next);
      isShorter = attempt(traceOf(rest.toSpliced(i, 0, joined))) || attempt(traceOf(rest.toSpliced(next - 1, 0, joined)));
    }
    for (let i = 0; i < segments.length && !isShorter; i++) if (segments[i]!.count > 1)
      isShorter = attempt(traceOf(segments.map((segment, at) => at === i ? { ...segment, count: segment.count - 1 } : segment)));
  }
  return best;
}

function isBetter(a: readonly Choice[], b: readonly Choice[]): boolean {
  const fewer = switches(a) - switches(b);
  return fewer < 0 || (fewer === 0 && a.length < b.length);
}
