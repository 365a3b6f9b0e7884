// W1: in each round every worker maps pages of its own that need the same missing directories. All succeed, exactly one
// directory of each place is installed, nobody's chain leaves anything in another's, and no frame is lost.
import { answer } from "../help/crew.js";
import { Member, type Job } from "./table-rounds.js";

export interface DirectoriesJob extends Job { available: number }

/** At most this many pages a worker. */
const PAGES = 8;

/** Where the first page of each worker is, and how many it maps. */
function places(common: (n: number) => number, workers: number): { firsts: number[]; count: number } {
  const count = 1 + common(PAGES), region = common(510) * 2 ** 27 + common(510) * 2 ** 18 + (1 + common(500)) * 512;
  const [first, stride] = [
    [region, PAGES], // one leaf
    [region, 512], // leaves of one directory of level 1
    [region, 2 ** 18], // such directories of one of level 2
    [region - common(count * workers), count], // side by side over the end of a leaf
    [Math.floor(region / 2 ** 18) * 2 ** 18 + 2 ** 18 - common(count * workers), count], // over the end of a directory of level 1
  ][common(5)]!;
  return { firsts: Array.from({ length: workers }, (_, worker) => first! + worker * stride!), count };
}

/** How many directories a table with these pages has, the root among them. */
function directoriesFor(pages: number[]): number {
  return 1 + [512, 512 ** 2, 512 ** 3].reduce((all, covered) => all + new Set(pages.map((page) => Math.floor(page / covered))).size, 0);
}

answer((job: DirectoriesJob): number => {
  const member = new Member(job), { workers, worker } = job, { wasm } = member.thread.engine;
  let looked = 0;
  for (; member.round < job.rounds; member.round++) {
    const { firsts, count } = places(member.common(), workers), first = firsts[worker]!, asRange = member.random(2) === 0;
    const frameOf = (owner: number, i: number): number => (member.round * workers + owner) * PAGES + i;
    const expected = firsts.flatMap((page, owner) => Array.from({ length: count }, (_, i) => ({ page: page + i, frame: frameOf(owner, i) })));
    member.meet();
    if (asRange) member.insist(() => wasm.tableMapRange(member.thread.me, job.table.table, first, first + count, frameOf(worker, 0), 1, worker % 2 === 0));
    else for (let i = 0; i < count; i++) member.insist(() => member.map(first + i, frameOf(worker, i)));
    member.meet();
    for (const { page, frame } of expected) {
      const found = member.table.lookup(page);
      if (found !== frame) member.fail(`W1: page ${page} was mapped to ${frame}; a lookup finds ${found}`);
      looked++;
    }
    member.meet();
    if (worker === 0) {
      const audit = member.thread.engine.audit(member.thread.me), directories = directoriesFor(expected.map(({ page }) => page));
      const left = job.available + 1 - directories;
      if (!audit.clean || audit.directories !== directories || audit.free + audit.retired !== left)
        member.fail(`W1: expected ${directories} directories and ${left} frames: ${JSON.stringify(audit)}`);
      const listed = member.table.list(Math.floor(firsts[0]! / 512) * 512, firsts.at(-1)! - firsts[0]! + 1024);
      if (listed.length !== expected.length) member.fail(`W1: ${expected.length} pages were mapped: ${listed.map(({ page }) => page).join(", ")} are`);
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
