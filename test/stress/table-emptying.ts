// W4: all workers map and unmap single pages, or short ranges, of the same two or three leaves, so that the last entry of a
// directory goes again and again while somebody maps into it. Each page has one owner, so each verb's answer is known.
// In some rounds a worker has no frames: what it calls off and cannot use must not stay behind.
import { Status } from "../../assembly/layout/status.js";
import { answer } from "../help/crew.js";
import { Member, type Job } from "./table-rounds.js";

export interface EmptyingJob extends Job {
  available: number;
  /** At most so many pairs of map and unmap a worker in a round. Short rounds end where the last entry goes, long ones are interrupted more often. */
  steps: number;
}
export interface EmptyingAnswer { mapped: number; refused: number }

/** The first page of each leaf: two of one directory of level 1, one of another, one of another directory of level 2. */
const LEAVES = [512 * 3, 512 * 4, 2 ** 18 + 512, 2 ** 27];
/** Pages of a leaf that a worker owns. */
const OWN = 8;

answer((job: EmptyingJob): EmptyingAnswer => {
  const member = new Member(job), { wasm } = member.thread.engine, { me } = member.thread, { workers, worker } = job, number = job.table.table;
  const tally: EmptyingAnswer = { mapped: 0, refused: 0 };

  /** Maps and unmaps `count` own pages. False when it was refused for memory. */
  const step = (first: number, count: number, frame: number, asRange: boolean): boolean => {
    const status = asRange ? wasm.tableMapRange(me, number, first, first + count, frame, 1) : member.map(first, frame);
    if (status === Status.NOMEM) return false;
    if (status !== Status.OK) member.fail(`an own page is not mapped: map answers ${Status[status]}`);
    for (let i = 0; i < count; i++) {
      const found = member.table.lookup(first + i);
      if (found !== frame + i) member.fail(`page ${first + i} was mapped to ${frame + i}: a lookup finds ${found}`);
    }
    const returned = asRange ? member.table.unmapRange(first, count).map((mapping) => mapping.frame) : [member.table.unmap(first)];
    if (returned.length !== count || returned.some((found, i) => found !== frame + i)) member.fail(`unmap of ${count} pages at frame ${frame} returns ${returned.join(", ")}`);
    for (let i = 0; i < count; i++) if (member.table.lookup(first + i) !== -1) member.fail(`page ${first + i} was unmapped and is still there`);
    return true;
  };

  for (let frame = worker * 2 ** 30; member.round < job.rounds; member.round++) {
    const common = member.common(), leaves = 1 + common(LEAVES.length), poor = common(2 * workers) === worker;
    const steps = 1 + member.random(job.steps);
    member.thread.quota = poor ? 0 : Infinity;
    member.meet();
    for (let i = 0; i < steps; i++) {
      const count = member.random(4) === 0 ? 1 + member.random(OWN) : 1, asRange = count > 1;
      const first = LEAVES[member.random(leaves)]! + worker * OWN + member.random(OWN - count + 1);
      // Others may be refused too: while a worker is interrupted in a section, nothing that was retired since is used again.
      if (step(first, count, frame, asRange)) tally.mapped++; else tally.refused++;
      frame += OWN;
    }
    member.meet();
    if (worker === 0) member.expectEmpty(job.available);
    member.meet();
  }
  member.thread.quota = Infinity;
  member.thread.unregister();
  return tally;
});
