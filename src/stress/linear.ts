// Whether what threads were told about one page fits the dull model: a page holds nothing, or one mapping, and every step took
// place at one moment between its begin and its end (linearizability, by the search of Wing and Gong; states that were seen
// are not looked at twice).
import { RIGHTS, frameOf, type Step, type Word } from "./history.js";

/** How many states a search may look at before it gives up: pages of a round need some hundreds. */
const STATES_MAX = 300_000;

/** What the page holds after the step; -1 when the step cannot take place, or not with that result. */
export function apply({ effect, word, result, finished }: Step, state: Word): Word {
  switch (effect) {
    case "see": return state === result ? state : -1;
    case "find": return frameOf(state) === frameOf(result) ? state : -1;
    case "exists": return state ? state : -1;
    case "map": return state ? -1 : word;
    case "replace": return !finished || state === result ? word : -1;
    case "unmap": return !finished || state === result ? 0 : -1;
    case "protect": return state ? state - (state & RIGHTS) + word : 0;
    case "take": return !finished || result === (state & word ? state : 0) ? state - (state & word) : -1;
    case "walk": {
      const after = state ? state - (state & 0xff) + (state & 0xff | word) : 0;
      return !finished || after === result ? after : -1;
    }
  }
}
/** Steps that never change anything may be taken as soon as they fit: whatever fits later fits without them. */
function isLook({ effect }: Step): boolean { return effect === "see" || effect === "find" || effect === "exists"; }

/** True or false; undefined when the search gave up. An unfinished step may be left out. */
export function isLinearizable(initial: Word, history: readonly Step[], statesMax = STATES_MAX): boolean | undefined {
  const steps = history.filter((step) => step.finished || !isLook(step)).sort((a, b) => a.begin - b.begin);
  const taken = new Uint8Array(steps.length), seen = new Set<string>();
  let gaveUp = false;

  /** Whether a step's thread was dead before something that is taken began. */
  function isOver(i: number, latest: number): boolean { return !steps[i]!.finished && steps[i]!.end < latest; }

  /** Steps that may come next: nothing that is not taken ended before they began. Undefined when only unfinished ones are left. */
  function candidates(first: number, latest: number): number[] | undefined {
    const found: number[] = [];
    let earliestEnd = Infinity;
    for (let i = first; i < steps.length && steps[i]!.begin < earliestEnd; i++) {
      if (taken[i] || isOver(i, latest)) continue;
      if (steps[i]!.finished) earliestEnd = Math.min(earliestEnd, steps[i]!.end);
      found.push(i);
    }
    return earliestEnd === Infinity ? undefined : found.filter((i) => steps[i]!.begin < earliestEnd).sort((a, b) => steps[a]!.end - steps[b]!.end);
  }

  /** `first`: all steps before it are taken; `latest`: the latest begin of a step that is taken. */
  function search(state: Word, first: number, latest: number): boolean {
    const looks: number[] = [];
    const fail = (): boolean => { for (const i of looks) taken[i] = 0; return false; };
    let next: number[] | undefined;
    for (let isMore = true; isMore;) {
      while (first < steps.length && (taken[first] || isOver(first, latest))) first++;
      next = candidates(first, latest);
      if (!next) return true;
      isMore = false;
      for (const i of next) {
        if (!isLook(steps[i]!) || apply(steps[i]!, state) < 0) continue;
        taken[i] = 1;
        looks.push(i);
        latest = Math.max(latest, steps[i]!.begin);
        isMore = true;
      }
    }
    let key = `${state} ${first}`;
    for (let i = first + 1; i < steps.length && steps[i]!.begin <= latest; i++) if (taken[i]) key += ` ${i}`;
    if (seen.has(key)) return fail();
    if (seen.size === statesMax) { gaveUp = true; return fail(); }
    seen.add(key);
    for (const i of next!) {
      if (isLook(steps[i]!)) continue;
      const after = apply(steps[i]!, state);
      if (after < 0) continue;
      taken[i] = 1;
      if (search(after, first, Math.max(latest, steps[i]!.begin))) return true;
      taken[i] = 0;
      if (gaveUp) break;
    }
    return fail();
  }
  return search(initial, 0, 0) || (gaveUp ? undefined : false);
}

/**
 * The stamp at which a history that fails cannot be saved any more: up to there it fails, up to the end before it does not.
 * What was under way then is taken for unfinished.
 */
export function failsAt(initial: Word, history: readonly Step[]): number {
  const ends = [...new Set(history.filter(({ finished }) => finished).map(({ end }) => end))].sort((a, b) => a - b);
  let low = 0, high = ends.length - 1;
  while (low < high) {
    const middle = low + high >> 1;
    if (isLinearizable(initial, upTo(history, ends[middle]!)) === false) high = middle; else low = middle + 1;
  }
  return ends[high] ?? 0;
}

/** The history as somebody at that moment knew it. */
export function upTo(history: readonly Step[], stamp: number): Step[] {
  return history.filter(({ begin }) => begin <= stamp)
    .map((step) => step.finished && step.end > stamp ? { ...step, finished: false, end: Infinity } : step);
}
