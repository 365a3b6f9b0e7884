// Runs of alike leaves: what a table holds, said once for many.
import type { Mapping } from "./mapping.js";

/** So many leaves, one behind the other, on frames one behind the other, all of one size and with the same flags. The rest is said of the first. */
export interface Run extends Mapping { count: number }

export function isRun(item: object): item is Run { return "frame" in item; }

/** Whether a leaf goes on where a run ends. */
function continues(run: Run, leaf: Mapping): boolean {
  const behind = run.count * run.pages;
  return leaf.pages === run.pages && leaf.fused === run.fused && leaf.page === run.page + behind && leaf.frame === run.frame + behind && leaf.kind === run.kind
    && leaf.write === run.write && leaf.execute === run.execute && leaf.user === run.user && leaf.accessed === run.accessed && leaf.dirty === run.dirty;
}
/** Adds the next leaf to what has been found so far: to the run at the end, if it goes on there. */
export function addLeaf<T extends object>(items: (Run | T)[], leaf: Mapping): void {
  const last = items.at(-1);
  if (last && isRun(last) && continues(last, leaf)) {
    last.count++;
    return;
  }
  const { page, frame, pages, fused, kind, write, execute, user, accessed, dirty } = leaf;
  items.push({ page, frame, pages, ...fused !== undefined && { fused }, count: 1, kind, write, execute, user, accessed, dirty });
}
