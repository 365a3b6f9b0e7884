// For programs too large to visit whole: schedules drawn by a seed. A random walk takes any thread at each step; PCT (Burckhardt and
// others, 2010) runs the thread with the highest priority and lowers it at d - 1 random steps, which finds a bug that needs d ordered
// steps with a known least probability. Shallow bugs are found faster by the walk, deep ones by PCT: use both.
import { generator } from "../generator.js";
import { DIES, type Machine } from "./machine.js";
import { Watch, emptyOutcome, type Limits, type Outcome, type Violation } from "./outcome.js";
import { drawBit, isRepeated, judgeHere, unwindAfter } from "./path.js";

export interface RandomOptions {
  seed: number;
  /** How many schedules. */
  runs: number;
  /** PCT with so many change points and one; without it a random walk. */
  depth?: number;
  /** Steps after which a schedule is given up (a thread may spin). Default 4096. */
  steps?: number;
}

export function searchRandom(machine: Machine, { seed, runs, depth, steps = 4096 }: RandomOptions, limits: Limits = {}): Outcome {
  const outcome = emptyOutcome(), watch = new Watch(limits, outcome), random = generator(Math.imul(seed + 1, 0x9e3779b1)), low: number[] = [], high: number[] = [];
  let longest = 32; // steps of a schedule, as seen so far: change points lie below

  const run = (): Violation | boolean => {
    const priorities = shuffled(machine.threads, random), changes = new Set<number>();
    for (let i = 1; depth !== undefined && i < depth; i++) changes.add(random(longest));
    for (let level = 0, lowest = -1; level < steps; level++) {
      const choices = machine.choices(), runnable = machine.runnable();
      if (runnable === 0) {
        longest = Math.max(longest, level);
        return judgeHere(machine, outcome, limits) ?? false;
      }
      if (watch.expired()) return true;
      let choice = drawBit(choices, random);
      if (depth !== undefined && choice < DIES) {
        choice = highest(priorities, runnable);
        low[level] = machine.low;
        high[level] = machine.high;
        if (changes.has(level) || isRepeated(low, high, level)) { // a thread that spins must let the others go on
          priorities[choice] = lowest--;
          choice = highest(priorities, runnable);
        }
      }
      outcome.transitions++;
      outcome.depth = Math.max(outcome.depth, level + 1);
      const violation = machine.step(choice);
      if (violation) return violation;
    }
    outcome.cycles++;
    return false;
  };
  const answer = unwindAfter(machine, watch, () => {
    if (machine.initial) return machine.initial;
    for (let i = 0; i < runs; i++) {
      const found = run();
      if (found) return found;
      while (machine.depth) machine.back();
    }
    return false;
  });
  answer.complete = false; // whatever it saw, it did not see all
  return answer;
}

function highest(priorities: number[], runnable: number): number {
  let best = -1;
  for (let thread = 0; thread < priorities.length; thread++) if (runnable >>> thread & 1 && (best < 0 || priorities[thread]! > priorities[best]!)) best = thread;
  return best;
}
function shuffled(count: number, random: (n: number) => number): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) { const j = random(i + 1); [order[i], order[j]] = [order[j]!, order[i]!]; }
  return order;
}
