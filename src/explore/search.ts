// The default proof: every state that any interleaving can reach, each once, told apart by its hash. Depth first, with steps taken
// back, so that one memory is enough. Final states are judged; a part of the graph that can be entered but from which no thread
// steps lead to an end is a livelock, and is found as Tarjan finds strongly connected components: when the root of one is left and
// none of its states had a way out. (Every component left before has a way to an end, or the search would have stopped there.)
// Steps that are no other thread's business are not tried in every order: locality.ts.
import type { Machine } from "./machine.js";
import { Locality, choicesWith } from "./locality.js";
import { DIES } from "./machine.js";
import { judgeHere } from "./path.js";
import { OutOfRoom } from "./stops.js";
import { Watch, emptyOutcome, type Limits, type Outcome, type Violation } from "./outcome.js";
import { States } from "./states.js";

const DONE = 1, OPEN = 2; // marks: left for good; OPEN + number: on the stack of open states
/**
 * Steps without an alternative are taken at once. Of the states that they pass one in eight is remembered, and none is counted. Its hash says
 * which, so that two ways that meet between two choices are soon seen to be one, wherever they began. After so many steps one is in any case.
 */
const CHAIN_MAX = 1000, REMEMBERED = 7;
/** A search that has learnt something, and has to be made again, goes on for twice the steps until then, and some more: there may be more to learn. */
const DOUBT = 2, DOUBT_LEAST = 10_000;

/** From the state that the machine is in; answers with the machine back there. `whole`: every step in every order. */
export function searchStates(machine: Machine, limits: Limits = {}, whole = false): Outcome {
  const began = performance.now(), locality = whole || machine.depth > 0 ? undefined : Locality.of(machine);
  for (;;) {
    const known = locality?.learnt, spent = (performance.now() - began) / 1000, seconds = limits.seconds === undefined ? undefined : limits.seconds - spent;
    const outcome = searchOnce(machine, { ...limits, ...seconds !== undefined && { seconds } }, locality);
    if (!outcome) continue;
    // What was taken for nobody else's business may have been somebody's: marks that it kept may race with nobody, and steps that were
    // left out may be the way to an end. Whatever else fails has really happened.
    const isDoubtful = outcome.failure ? outcome.failure.kind === "race" || outcome.failure.kind === "livelock" : outcome.complete;
    if (locality?.learnt !== known && isDoubtful) continue;
    outcome.seconds = (performance.now() - began) / 1000;
    return outcome;
  }
}

/** Undefined where it has been in doubt for long, and learns nothing more. */
function searchOnce(machine: Machine, limits: Limits, locality: Locality | undefined): Outcome | undefined {
  const outcome = emptyOutcome(), watch = new Watch(limits, outcome), states = new States(), base = machine.depth;
  const left: number[] = [], rest: number[] = [], alone: number[] = [], steps: number[] = [], number: number[] = [], lowest: number[] = [], ends: boolean[] = []; // by depth
  const openLow: number[] = [], openHigh: number[] = [];
  const known = locality?.learnt;
  let opened = 0, level = -1, learnt = known, learntAt = 0;
  const fail = (violation: Violation): Outcome => {
    outcome.failure = { ...violation, trace: machine.path };
    return leave(false);
  };
  const leave = (complete: boolean): Outcome => {
    while (machine.depth > base) machine.back();
    return watch.finish(complete);
  };
  /** The machine stands on a new state, so many steps behind the last one. */
  const open = (taken: number): Violation | undefined => {
    level++;
    steps[level] = taken;
    outcome.depth = Math.max(outcome.depth, machine.depth - base);
    openLow.push(machine.low);
    openHigh.push(machine.high);
    number[level] = lowest[level] = opened++;
    ends[level] = false;
    alone[level] = -1;
    rest[level] = 0;
    const runnable = machine.runnable();
    if (runnable !== 0) {
      const choices = machine.choices(), thread = alone[level] = locality ? locality.pick(runnable) : -1;
      left[level] = thread < 0 ? choices : choicesWith(thread, choices);
      rest[level] = choices & ~left[level]!;
      if (thread < 0 || left[level] !== 1 << thread) outcome.states++;
      return undefined;
    }
    outcome.states++;
    left[level] = 0;
    ends[level] = true;
    return judgeHere(machine, outcome, limits);
  };

  /** The step that was taken alone is the others' business after all. */
  const tryOthers = (): void => { left[level]! |= rest[level]!; rest[level] = 0; };

  if (machine.initial && base === 0) return fail(machine.initial);
  try {
    states.add(machine.low, machine.high, OPEN);
    const wrong = open(0);
    if (wrong) return fail(wrong);
    while (level >= 0) {
      const choices = left[level]!;
      if (choices !== 0) {
        if (watch.expired()) return leave(false);
        const choice = 31 - Math.clz32(choices & -choices);
        left[level] = choices & (choices - 1);
        const isAlone = choice === alone[level];
        if (choice < DIES) locality?.note(choice);
        const marks = machine.marks;
        let violation = machine.step(choice, isAlone), taken = 1;
        if (isAlone && locality!.meets(choice)) tryOthers();
        for (let next = -1; (machine.low & REMEMBERED) !== 0 && !violation && taken < CHAIN_MAX && (next = onlyStep(machine, locality)) >= 0; taken++) {
          locality!.note(next);
          violation = machine.step(next, true);
          if (!violation && locality!.meets(next)) { machine.back(true); break; } // from here it is tried beside the others'
        }
        locality?.notePlain(marks);
        outcome.transitions += taken;
        if (violation) return fail(violation);
        if (locality?.learnt !== learnt) {
          learnt = locality?.learnt;
          learntAt = outcome.transitions;
        } else if (learnt !== known && outcome.transitions > DOUBT_LEAST + DOUBT * learntAt) {
          leave(false);
          locality!.lookAgain(outcome.transitions);
          return undefined;
        }
        const mark = states.add(machine.low, machine.high, OPEN + opened);
        if (mark === 0) {
          const found = open(taken);
          if (found) return fail(found);
          continue;
        }
        if (mark === DONE) ends[level] ||= choice < DIES;
        else {
          outcome.cycles++;
          if (isAlone) tryOthers(); // else they might wait for ever
          lowest[level] = Math.min(lowest[level]!, mark - OPEN);
        }
        while (taken-- > 0) machine.back();
        continue;
      }
      const isRoot = lowest[level] === number[level];
      if (isRoot) {
        if (!ends[level]) return fail({ kind: "livelock", message: "no schedule from here lets every thread end" });
        while (openLow.length && opened > number[level]!) { opened--; states.mark(openLow.pop()!, openHigh.pop()!, DONE); }
      }
      const taken = steps[level]!;
      level--;
      if (level < 0) break;
      const choice = machine.choiceAt(machine.depth - taken);
      if (!isRoot) lowest[level] = Math.min(lowest[level]!, lowest[level + 1]!);
      if (ends[level + 1] && choice < DIES) ends[level] = true;
      for (let back = taken; back > 0; back--) machine.back();
    }
    return leave(true);
  } catch (error) {
    if (error instanceof OutOfRoom) return leave(false);
    throw error;
  }
}

/** The thread whose step is the only choice here, and nobody else's business; -1 when there is none. */
function onlyStep(machine: Machine, locality: Locality | undefined): number {
  const thread = locality ? locality.pick(machine.runnable()) : -1;
  return thread >= 0 && choicesWith(thread, machine.choices()) === 1 << thread ? thread : -1;
}
