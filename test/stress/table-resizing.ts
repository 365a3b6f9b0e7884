// Large leaves that are cut and merged under those who use them. Worker 0 resizes; the others look up and walk for writes: no page is
// ever missing or elsewhere, and what was written to is dirty at the end of the round.
import { PageMirrorError } from "../../src/error.js";
import { answer } from "../help/crew.js";
import { Member, SHARED_AT, type Job } from "./table-rounds.js";

export interface ResizingJob extends Job { seconds: number }
export interface ResizingAnswer { rounds: number; cuts: number; merges: number; refused: number; lookups: number; walks: number }

const REGIONS = 4, REGION = 512, FIRST_FRAME = 2 ** 20, RESIZES = 40;

answer((job: ResizingJob): ResizingAnswer => {
  const member = new Member(job), { table, random } = member, flags = new Int32Array(job.words, SHARED_AT, 2), until = performance.now() + job.seconds * 1000;
  const done: ResizingAnswer = { rounds: 0, cuts: 0, merges: 0, refused: 0, lookups: 0, walks: 0 };
  const [BUSY, OVER] = [0, 1], pages = new Float64Array(256), frames = new Float64Array(256);

  function resize(): void {
    for (let i = 0; i < RESIZES; i++) {
      const page = random(REGIONS) * REGION + random(REGION);
      if (random(2) === 0) { table.cut(page); done.cuts++; continue; }
      try { if (table.merge(page, REGION)) done.merges++; } catch (error) {
        if (!(error instanceof PageMirrorError && error.code === "EAGAIN")) throw error;
        done.refused++;
      }
    }
  }
  function use(written: Set<number>): void {
    for (let i = 0; i < pages.length; i++) pages[i] = random(REGIONS * REGION);
    table.lookupBatch(pages, frames);
    const wrong = frames.findIndex((frame, i) => frame !== FIRST_FRAME + pages[i]!);
    if (wrong >= 0) member.fail(`page ${pages[wrong]} is at frame ${frames[wrong]}, mapped to ${FIRST_FRAME + pages[wrong]!}`);
    done.lookups += pages.length;
    const page = random(REGIONS * REGION), frame = table.walk(page, true);
    if (frame !== FIRST_FRAME + page) member.fail(`a walk finds page ${page} at frame ${frame}`);
    written.add(page);
    done.walks++;
  }

  for (; Atomics.load(flags, OVER) === 0; member.round++, done.rounds++) {
    const written = new Set<number>();
    if (job.worker === 0) {
      table.mapRange(0, REGIONS * REGION, FIRST_FRAME, { write: true });
      Atomics.store(flags, BUSY, 1);
    }
    member.meet();
    if (job.worker === 0) {
      resize();
      Atomics.store(flags, BUSY, 0);
    } else while (Atomics.load(flags, BUSY) === 1) use(written);
    member.meet();
    for (const page of written) if (table.entry(page)?.dirty !== true) member.fail(`page ${page} was written to and is not dirty`);
    member.meet();
    if (job.worker === 0) {
      if (table.unmapRange(0, REGIONS * REGION).reduce((sum, leaf) => sum + leaf.pages, 0) !== REGIONS * REGION) member.fail("not all is unmapped");
      if (performance.now() > until) Atomics.store(flags, OVER, 1);
    }
    member.meet();
  }
  return done;
});
