// W1: in each round every worker maps pages of its own that need the same missing directories. All succeed, exactly one
// directory of each place is installed, and no frame is lost.
import { Status } from "../../assembly/layout/status.js";
import { answer } from "../help/crew.js";
import { Member, type Job } from "./table-rounds.js";

export interface DirectoriesJob extends Job { available: number }

/** How far apart the workers' pages are: in one leaf, in leaves of one directory of level 1, in such directories of one of level 2. */
const STRIDES = [8, 512, 2 ** 18];
/** At most this many pages a worker. */
const PAGES = 8;

answer((job: DirectoriesJob): number => {
  const member = new Member(job), { workers, worker } = job, frameOf = (owner: number, i: number): number => (member.round * workers + owner) * PAGES + i;
  let looked = 0;
  for (; member.round < job.rounds; member.round++) {
    const common = member.common(), shape = common(STRIDES.length), stride = STRIDES[shape]!, count = 1 + common(PAGES);
    const base = common(512) * 2 ** 27 + common(500) * 2 ** 18 + common(500) * 512, first = base + worker * stride;
    const asRange = member.random(2) === 0;
    member.meet();
    if (asRange) {
      const status = member.thread.engine.wasm.tableMapRange(member.thread.me, job.table.table, first, first + count, frameOf(worker, 0), 1);
      if (status !== Status.OK) member.fail(`W1: map of ${count} pages answers ${Status[status]}`);
    } else for (let i = 0; i < count; i++) {
      const status = member.map(first + i, frameOf(worker, i));
      if (status !== Status.OK) member.fail(`W1: map answers ${Status[status]}`);
    }
    member.meet();
    for (let owner = 0; owner < workers; owner++) for (let i = 0; i < count; i++) {
      const found = member.table.lookup(base + owner * stride + i);
      if (found !== frameOf(owner, i)) member.fail(`W1: page ${i} of worker ${owner} was mapped to ${frameOf(owner, i)} and is ${found} now`);
      looked++;
    }
    if (worker === 0) {
      const audit = member.thread.engine.audit(member.thread.me), expected = [4, 3 + workers, 2 + 2 * workers][shape]!;
      if (!audit.clean || audit.directories !== expected || audit.free + audit.retired !== job.available + 1 - expected)
        member.fail(`W1: expected ${expected} directories and ${job.available + 1 - expected} frames: ${JSON.stringify(audit)}`);
    }
    member.meet();
    for (let i = 0; i < count; i++) {
      const frame = member.table.unmap(first + i);
      if (frame !== frameOf(worker, i)) member.fail(`W3: unmap returns ${frame}, not ${frameOf(worker, i)}`);
    }
    member.meet();
    if (worker === 0) member.expectEmpty(job.available);
  }
  member.thread.unregister();
  return looked;
});
