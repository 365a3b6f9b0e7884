// Dynamic partial-order reduction (Flanagan and Godefroid, 2005) with sleep sets: of all schedules that differ only in the order of steps
// that do not touch the same word, about one is run. Two steps depend on each other when they are of one thread, or touch
// overlapping bytes and one may write, or one wakes the other. Plain accesses need no place in this: in a program without races the
// atomics order them, and a program with one fails. Deaths and events depend on everything, and declared races on what only the step
// itself tells, so a workload that has them is refused.
// Orders of whole calls (checkHistory) are seen as the schedules run happen to have them: the stateful search is the proof for those.
import { PageMirrorError } from "../error.js";
import { Status } from "./layout.js";
import type { Machine } from "./machine.js";
import { Watch, emptyOutcome, type Limits, type Outcome, type Violation } from "./outcome.js";
import { isRepeated, judgeHere, unwindAfter } from "./path.js";

/** What a step touches. `writes`: it may change the word, or whom it wakes. */
interface Access { thread: number; from: number; to: number; writes: boolean }
interface Taken extends Access {
  /** By thread: the latest step of it that comes before this one, in the order of dependence. */
  clock: number[];
  /** The threads that it woke, as bits. */
  wakes: number;
}

function depend(a: Access, b: Access): boolean {
  return a.thread === b.thread || (a.from < b.to && b.from < a.to && (a.writes || b.writes));
}

export function searchDpor(machine: Machine, limits: Limits = {}): Outcome {
  if (machine.workload.deaths || machine.plan.events?.length)
    throw new PageMirrorError("EINVAL", `${machine.workload.name} has deaths or events: expected none with partial-order reduction`);
  if (machine.workload.races?.length && !machine.workload.everyAccess)
    throw new PageMirrorError("EINVAL", `${machine.workload.name} has declared races inside of steps: expected none, or steps at every access, with partial-order reduction`);
  const outcome = emptyOutcome(), watch = new Watch(limits, outcome), { threads } = machine;
  const path: Taken[] = [], runnables: number[] = [], wanted: number[] = [], low: number[] = [], high: number[] = [];
  let isCut = false;

  /** What a thread is about to do. The way back from sleep touches nothing: it only follows from the step that woke the sleeper. */
  const pending = (thread: number): Access => {
    if (machine.isWoken(thread)) return { thread, from: 0, to: 0, writes: false };
    const site = machine.pendingSite(thread), from = machine.pendingAddress(thread), bytes = site ? Math.max(site.bytes, 1) : 8;
    return { thread, from, to: from + bytes, writes: site ? site.kind !== "load" && site.kind !== "plain load" : true };
  };

  const visit = (level: number, asleep: Access[]): Violation | boolean => {
    outcome.depth = Math.max(outcome.depth, level);
    const runnable = machine.runnable();
    if (runnable === 0) return judgeHere(machine, outcome, limits) ?? false;
    low[level] = machine.low;
    high[level] = machine.high;
    runnables[level] = runnable;
    const nexts = Array.from({ length: threads }, (_, thread) => pending(thread));
    for (let thread = 0; thread < threads; thread++) if (runnable >>> thread & 1 && !machine.isWoken(thread)) wantBefore(level, nexts[thread]!);
    if (isRepeated(low, high, level)) { outcome.cycles++; isCut = true; return false; }
    let done = 0;
    const first = runnable & ~bits(asleep);
    if (first === 0) return false; // whatever comes has been seen in another order
    // A sleep that may end by itself is over once somebody wakes the sleeper: that both can come first must not wait to be asked for.
    const mayEnd = nexts.some(({ thread }) => machine.status(thread) === Status.ASLEEP && runnable >>> thread & 1);
    wanted[level] = mayEnd ? runnable : first & -first;
    for (;;) {
      const choices = wanted[level]! & runnable & ~done & ~bits(asleep);
      if (choices === 0) return false;
      const thread = 31 - Math.clz32(choices & -choices), access = nexts[thread]!;
      if (watch.expired()) return true;
      done |= 1 << thread;
      outcome.transitions++;
      const isSwap = machine.pendingSite(thread)?.kind === "cmpxchg", wasWoken = wokenThreads();
      const violation = machine.step(thread);
      if (violation) return violation;
      const site = isSwap && !machine.wrote ? { ...access, writes: false } : access; // a failed compare-and-swap was a load
      path[level] = { ...site, clock: clockOf(level, site, wasWoken), wakes: wokenThreads() & ~wasWoken };
      const found = visit(level + 1, asleep.filter((other) => !depend(other, site)));
      if (found) return found;
      machine.back();
      asleep = [...asleep, access];
    }
  };

  /**
   * Asks for the other order at every step that the next one races with: depends on, and does not follow through others. What must
   * come first then are the steps after it that do not follow from it, and the next one; whoever can begin those is asked for
   * (source sets: Abdulla and others, 2014), since the thread itself may be asleep there.
   */
  const wantBefore = (level: number, next: Access): void => {
    const own = clockOfThread(level, next.thread), precedes: number[] = [];
    for (let i = level - 1; i >= 0; i--) {
      const step = path[i]!, isOwn = own[step.thread]! >= i, isDependent = depend(step, next), isFollowed = precedes.some((k) => path[k]!.clock[step.thread]! >= i);
      if (isOwn || isDependent || isFollowed) precedes.push(i);
      if (!isDependent || isOwn || isFollowed) continue;
      const free: number[] = [];
      for (let k = i + 1; k < level; k++) if (path[k]!.clock[step.thread]! < i) free.push(k);
      let beginners = 0, seen = 0;
      for (const k of free) {
        const { thread, clock } = path[k]!;
        if (!(seen >>> thread & 1) && !free.some((earlier) => earlier < k && clock[path[earlier]!.thread]! >= earlier)) beginners |= 1 << thread;
        seen |= 1 << thread;
      }
      if (!(seen >>> next.thread & 1) && !free.some((k) => own[path[k]!.thread]! >= k || depend(path[k]!, next))) beginners |= 1 << next.thread;
      beginners &= runnables[i]!;
      if (beginners === 0) wanted[i] = runnables[i]!;
      else if (!(wanted[i]! & beginners)) wanted[i]! |= beginners >>> next.thread & 1 ? 1 << next.thread : beginners & -beginners;
    }
  };
  const clockOfThread = (level: number, thread: number): number[] => {
    for (let i = level - 1; i >= 0; i--) if (path[i]!.thread === thread) return path[i]!.clock;
    return new Array<number>(threads).fill(-1);
  };
  const wokenThreads = (): number => {
    let woken = 0;
    for (let thread = 0; thread < threads; thread++) if (machine.isWoken(thread)) woken |= 1 << thread;
    return woken;
  };
  const clockOf = (level: number, access: Access, woken: number): number[] => {
    const clock = new Array<number>(threads).fill(-1), { thread } = access;
    for (let i = 0; i < level; i++) {
      const before = path[i]!;
      if (depend(before, access) || (woken & before.wakes) >>> thread & 1)
        for (let t = 0; t < threads; t++) clock[t] = Math.max(clock[t]!, before.clock[t]!);
    }
    clock[thread] = level;
    return clock;
  };

  const answer = unwindAfter(machine, watch, () => machine.initial ?? visit(0, []));
  if (isCut) answer.complete = false;
  return answer;
}

function bits(accesses: Access[]): number { return accesses.reduce((all, { thread }) => all | 1 << thread, 0); }
