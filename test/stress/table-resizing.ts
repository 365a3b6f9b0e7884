// Large leaves that are cut and merged under those who use them. Worker 0 resizes; worker 1 reads, in every way; worker 2 walks for writes and
// takes the dirty marks again. No page is ever missing or elsewhere, and each write is in the answer of the next who takes.
import { PageMirrorError } from "../../src/error.js";
import type { Mapping } from "../../src/mapping.js";
import { answer } from "../help/crew.js";
import { Member, SHARED_AT, type Job } from "./table-rounds.js";

export interface ResizingJob extends Job { seconds: number }
export interface ResizingAnswer { rounds: number; cuts: number; merges: number; refused: number; reads: number; writes: number; takes: number }

const REGIONS = 4, REGION_MAX = 1024, FIRST_FRAME = 2 ** 20, RESIZES = 40, WRITES = 20;

answer((job: ResizingJob): ResizingAnswer => {
  const member = new Member(job), { table, random } = member, flags = new Int32Array(job.words, SHARED_AT, 2), until = performance.now() + job.seconds * 1000;
  const done: ResizingAnswer = { rounds: 0, cuts: 0, merges: 0, refused: 0, reads: 0, writes: 0, takes: 0 };
  const [BUSY, OVER] = [0, 1], pages = new Float64Array(256), frames = new Float64Array(256);
  /** The sizes that leaves come to have here; a region is one of the largest. */
  const sizes = table.sizes.filter((size) => size <= REGION_MAX), region = sizes.at(-1)!;
  const anyPage = (): number => random(REGIONS * region);

  function resize(): void {
    for (let i = 0; i < RESIZES; i++) {
      const page = anyPage(), smaller = random(sizes.length - 1);
      if (random(2) === 0) { table.cut(page, sizes[smaller]); done.cuts++; continue; }
      try { if (table.merge(page, sizes[smaller + 1]!)) done.merges++; } catch (error) {
        if (!(error instanceof PageMirrorError && error.code === "EAGAIN")) throw error;
        done.refused++;
      }
    }
  }
  function expect(page: number, frame: number, by: string): void {
    if (frame !== FIRST_FRAME + page) member.fail(`${by} finds page ${page} at frame ${frame}, mapped to ${FIRST_FRAME + page}`);
    done.reads++;
  }
  function read(): void {
    for (let i = 0; i < pages.length; i++) pages[i] = anyPage();
    table.lookupBatch(pages, frames);
    for (let i = 0; i < pages.length; i++) expect(pages[i]!, frames[i]!, "a batch");
    for (let i = 0; i < pages.length; i++) expect(pages[i]!, table.lookup(pages[i]!), "a lookup");
    let next = random(REGIONS) * region;
    const end = next + region;
    for (const leaf of table.list(next, region)) {
      const behind = leaf.page + leaf.pages; // one that was merged since its first pages were listed begins before `next`
      if (leaf.page > next || behind <= next) member.fail(`a list finds pages ${leaf.page} to ${behind - 1} after page ${next - 1}`);
      expect(leaf.page, leaf.frame, "a list");
      next = behind;
    }
    if (next !== end) member.fail(`a list ends before page ${next}: expected ${end}`);
  }
  /** Writes, and takes what is dirty: nobody else does, so each write since the last time is in it. */
  function write(): void {
    const first = random(REGIONS) * region, written = Array.from({ length: 1 + random(WRITES) }, () => first + random(region));
    for (const page of written) {
      const frame = table.walk(page, true);
      if (frame !== FIRST_FRAME + page) member.fail(`a walk finds page ${page} at frame ${frame}`);
      done.writes++;
    }
    const taken = table.readAndClear(first, region, { dirty: true });
    const lost = written.find((page) => !taken.some((leaf) => covers(leaf, page)));
    if (lost !== undefined) member.fail(`page ${lost} was written to, and is not among what was dirty: ${JSON.stringify(taken)}`);
    done.takes++;
  }

  for (; Atomics.load(flags, OVER) === 0; member.round++, done.rounds++) {
    if (job.worker === 0) {
      table.mapRange(0, REGIONS * region, FIRST_FRAME, { write: true }, region);
      Atomics.store(flags, BUSY, 1);
    }
    member.meet();
    if (job.worker === 0) {
      resize();
      Atomics.store(flags, BUSY, 0);
    } else while (Atomics.load(flags, BUSY) === 1) if (job.worker === 1) read(); else write();
    member.meet();
    if (job.worker === 0) {
      if (table.unmapRange(0, REGIONS * region).reduce((sum, leaf) => sum + leaf.pages, 0) !== REGIONS * region) member.fail("not all is unmapped");
      if (performance.now() > until) Atomics.store(flags, OVER, 1);
    }
    member.meet();
  }
  return done;
});

function covers({ page: first, pages }: Mapping, page: number): boolean { return page >= first && page < first + pages; }
