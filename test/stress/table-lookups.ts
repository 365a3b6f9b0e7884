// R3: a reader that does nothing but look.
import { answer } from "../help/crew.js";
import { Member, type Job } from "./table-rounds.js";

export interface LookupsJob extends Job { mapped: number[] }
export interface LookupsAnswer { index: number; found: number }

answer((job: LookupsJob): LookupsAnswer => {
  const member = new Member(job), { table, random } = member, pages = new Float64Array(1024), frames = new Float64Array(1024);
  const some = (): number => job.mapped[random(job.mapped.length)]! + (random(3) === 0 ? random(1024) : 0);
  let found = 0;
  member.meet();
  for (; member.round < job.rounds; member.round++) {
    for (let i = 0; i < 64; i++) found += Number(table.lookup(some()) !== -1) + Number(table.entry(some()) !== undefined);
    for (let i = 0; i < pages.length; i++) pages[i] = some();
    table.lookupBatch(pages, frames);
    found += frames.filter((frame) => frame !== -1).length;
    found += table.list(job.mapped[random(job.mapped.length)]!, 2000).length;
  }
  member.meet();
  // The slot stays this worker's: giving it back would be a write of its own.
  return { index: member.thread.index, found };
});
