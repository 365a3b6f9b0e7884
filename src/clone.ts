// Copy-on-write: one table comes to map what another maps, and neither may write there any more. Composed of verbs that are atomic per
// leaf; other threads may do anything to the source meanwhile.
//
//  1 list the source           what is mapped, writable or not
//  2 map the target, read-only: all of it, or (ENOMEM) none. Nothing has happened to the source yet, and nothing after this needs memory (M1)
//  3 write-protect the source  each leaf by one swap, if it still maps the frame that the target was given
//
//  cloner                                   another thread
//  1 page 7 -> frame 40, writable
//  2 target: page 7 -> frame 40, read-only
//                                           replaces page 7: frame 50, writable
//  3 finds frame 50: leaves it alone        [the target keeps frame 40, which the source does not map any more]
//
// So the moment at which a page is cloned is the one at which the source loses its write to that frame, whoever takes it. What became
// read-only is returned as its swap saw it: a fault handler makes those pages its own again, and nothing else.
import { EntryKind } from "../assembly/layout/entry.js";
import { PageMirrorError, hex } from "./error.js";
import type { Flags } from "./formats.js";
import { PartialError, type Mapping } from "./mapping.js";
import type { Table } from "./table.js";

/** Pages that follow each other, mapped by leaves of one size to frames that follow each other, with the same rights but that to write. */
interface Run { page: number; count: number; frame: number; leaf: number; rights: Flags }

/**
 * Maps in `target`, from `targetPage` on, what `source` maps in [page, page + count), and makes both read-only there. Returns the leaves of
 * the source that lost their right to write, as they were. In the target nothing is accessed or dirty yet: the source's marks stay with it.
 *
 * Any thread may use and change the source meanwhile: each page of the target has the frame and rights that the source had at one moment
 * of the call, and at a later one the source cannot write to that frame through that page; what is mapped there anew is not cloned.
 * The target's range is the caller's alone until it returns. A machine that caches translations may write on: invalidate what is returned.
 *
 * Leaves of the source that lie across the range's ends are cut; the target's are as large as its format has them, and never larger than the
 * source's. ENOMEM: source and target map what they did. EEXIST: stopped before the first leaf that would lie over a mapped
 * page of the target; the error is a `PartialError`, its `done` what was made read-only; from there on the source is as it was.
 */
export function cloneRange(source: Table, page: number, count: number, target: Table, targetPage = page): Mapping[] {
  check(source, page, count, target, targetPage);
  const shift = targetPage - page, runs = runsOf(wholeLeaves(source, page, page + count)), mapped: Run[] = [];
  let stopped: PageMirrorError | undefined;
  for (const run of runs) {
    const { leaf, frame, rights } = run, largest = target.sizes.filter((size) => size <= leaf).at(-1)!;
    try { target.mapRange(run.page + shift, run.count, frame, rights, largest); mapped.push(run); }
    catch (error) {
      if (!(error instanceof PageMirrorError) || error.code !== "EEXIST") {
        for (const each of mapped) target.unmapRange(each.page + shift, each.count);
        throw error;
      }
      // Whole leaves of the source only: what is mapped of the one that met something goes again.
      const done = target.thread.count, whole = done - done % leaf;
      if (done > whole) target.unmapRange(run.page + shift + whole, done - whole);
      if (whole) mapped.push({ ...run, count: whole });
      stopped = error;
      break;
    }
  }
  const protectedLeaves = mapped.flatMap((run) => source.writeProtect(run.page, run.count, run.frame)); // somebody may have allowed it since
  if (stopped) throw new PartialError(stopped, protectedLeaves);
  return protectedLeaves;
}

function check(source: Table, page: number, count: number, target: Table, targetPage: number): void {
  if (source.thread !== target.thread)
    throw new PageMirrorError("EINVAL", `a target of thread ${target.thread.index}: expected a view of thread ${source.thread.index}, as the source`);
  if (source.fixed.write || target.fixed.write) throw new PageMirrorError("EINVAL", "a format in which every mapping can be written: expected one that can say read-only");
  source.checkRange(page, count);
  target.checkRange(targetPage, count);
  if (source.handle.table === target.handle.table && Math.abs(targetPage - page) < count)
    throw new PageMirrorError("EINVAL", `target page ${hex(targetPage)}: expected a range that does not overlap [${hex(page)}, ${hex(page + count)}) of the same table`);
}

/** The leaves in the range, none of which lies across its ends. It looks again only after another thread's merge. */
function wholeLeaves(table: Table, page: number, end: number): Mapping[] {
  for (;;) {
    for (const at of [page, end]) if (at < table.pages) table.cut(at, table.sizes.filter((size) => at % size === 0).at(-1));
    const leaves = table.list(page, end - page).filter(({ kind }) => kind === EntryKind.PRESENT);
    if (leaves.every((leaf) => leaf.page >= page && leaf.page + leaf.pages <= end)) return leaves;
  }
}

function runsOf(leaves: readonly Mapping[]): Run[] {
  const runs: Run[] = [];
  for (const { page, frame, pages, execute, user } of leaves) {
    const last = runs.at(-1), isLike = last?.leaf === pages && last.rights.execute === execute && last.rights.user === user;
    if (isLike && last.page + last.count === page && last.frame + last.count === frame) last.count += pages;
    else runs.push({ page, count: pages, frame, leaf: pages, rights: { execute, user } });
  }
  return runs;
}
