// Every schedule with at most so many preemptions (a switch away from a thread that could have gone on). Without a bound it is the
// plain enumeration of all schedules, which the other ways are checked against. A schedule that comes back to a state that it has
// left is given up: whatever follows is reached without the detour.
import { DIES, type Machine } from "./machine.js";
import { Watch, emptyOutcome, type Choice, type Limits, type Outcome, type Violation } from "./outcome.js";
import { isRepeated, judgeHere, unwindAfter } from "./path.js";

export function searchBounded(machine: Machine, bound = Infinity, limits: Limits = {}): Outcome {
  const outcome = emptyOutcome(), watch = new Watch(limits, outcome), low: number[] = [], high: number[] = [];
  let isCut = false;

  /** Answers a violation, or true when a limit is reached. */
  const visit = (level: number, last: Choice, spent: number): Violation | boolean => {
    outcome.depth = Math.max(outcome.depth, level);
    const runnable = machine.runnable();
    if (runnable === 0) return judgeHere(machine, outcome, limits) ?? false;
    low[level] = machine.low;
    high[level] = machine.high;
    if (isRepeated(low, high, level)) { outcome.cycles++; return false; }
    const canGoOn = last >= 0 && (runnable >>> last & 1) === 1, others = canGoOn ? spent + 1 : spent;
    let choices = machine.choices();
    if (others > bound) {
      const allowed = choices & ((1 << last) | ~((1 << DIES) - 1));
      if (allowed !== choices) isCut = true;
      choices = allowed;
    }
    while (choices) {
      // Going on first: schedules with few switches come early.
      const choice = canGoOn && choices >>> last & 1 ? last : 31 - Math.clz32(choices & -choices);
      choices &= ~(1 << choice);
      if (watch.expired()) return true;
      outcome.transitions++;
      const violation = machine.step(choice);
      if (violation) return violation;
      const found = visit(level + 1, choice < DIES ? choice : last, choice < DIES && choice !== last ? others : spent);
      if (found) return found;
      machine.back();
    }
    return false;
  };
  unwindAfter(machine, watch, () => machine.initial ?? visit(0, -1, 0));
  if (outcome.complete && isCut) { // all that the bound allows
    outcome.complete = false;
    outcome.bound = `at most ${bound} preemption${bound === 1 ? "" : "s"}`;
  }
  return outcome;
}
