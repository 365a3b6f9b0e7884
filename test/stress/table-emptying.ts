// W4: workers map and unmap pages of the same few leaves, so that the last entry of a directory goes again and again while
// somebody maps into it. Each page has one owner, so each verb's answer is known. A round is a script of a few verbs with short
// pauses, so that they meet in ever other ways; at its end all is unmapped, and what is still hooked then was left behind.
//
//   worker 0   (0 is mapped)   unmap 0 ─────────── map 2 ── unmap 2
//   worker 1                        map 1 ── unmap 1                      and so on, pauses at random
//   a poor worker, in some rounds: no frame may be taken. What it calls off and cannot use must not stay.
import { Slot } from "../../assembly/layout/arena.js";
import { Status } from "../../assembly/layout/status.js";
import { Table as Record } from "../../assembly/layout/table.js";
import { answer } from "../help/crew.js";
import { Member, type Job } from "./table-rounds.js";

export interface EmptyingJob extends Job {
  available: number;
  /** At most so many pairs of map and unmap in a script. Long ones are for workers that are interrupted. */
  steps: number;
}
export interface EmptyingAnswer { mapped: number; refused: number }

/** The first page of each leaf: two of one directory of level 1, one of another, one of another directory of level 2. */
const LEAVES = [512 * 3, 512 * 4, 2 ** 18 + 512, 2 ** 27];
/** Where in a leaf pages are: items are marked in this order. */
const PLACES = [0, 250, 480];
/** Pages of a place that a worker owns. */
const OWN = 8;
/** A pause is below one of these, in looks at a shared word. */
const PAUSES = [1, 20, 200, 1000];
const POOR_TRIES = 60;
/** An audit looks at every frame; that nothing hangs below the root is seen in two items. */
const AUDIT_EVERY = 32;

class Emptier extends Member {
  readonly tally: EmptyingAnswer = { mapped: 0, refused: 0 };
  #frame = this.job.worker * 2 ** 30;

  /** Maps own pages: a range, or one. Zero frames: it was refused for memory. */
  fill(first: number, count: number): number[] {
    const { me, engine } = this.thread, frames = Array.from({ length: count }, (_, i) => this.#frame + i);
    this.#frame += OWN;
    const status = count > 1 ? engine.wasm.tableMapRange(me, this.table.handle.table, first, first + count, frames[0]!, 1) : this.map(first, frames[0]!);
    if (status === Status.NOMEM) { this.tally.refused++; return []; }
    if (status !== Status.OK) this.fail(`an own page is not mapped: map answers ${Status[status]}`);
    this.tally.mapped++;
    for (const [i, frame] of frames.entries()) {
      const found = this.table.lookup(first + i);
      if (found !== frame) this.fail(`page ${first + i} was mapped to ${frame}: a lookup finds ${found}`);
    }
    return frames;
  }

  empty(first: number, frames: number[]): void {
    const returned = frames.length > 1 ? this.table.unmapRange(first, frames.length).map(({ frame }) => frame) : [this.table.unmap(first)];
    if (returned.length !== frames.length || returned.some((frame, i) => frame !== frames[i]))
      this.fail(`page ${first} and on was mapped to ${frames.join(", ")}; unmap returns ${returned.join(", ")}`);
  }

  expectBare(): void {
    const { engine, me } = this.thread, { table } = this.table.handle;
    const root = engine.u32(me + Slot.FRAMES) + engine.u32(engine.u32(me + Slot.TABLES) + table * Record.BYTES + Record.ROOT) * 4096;
    for (const leaf of LEAVES) {
      const item = engine.u64(root + Math.floor(leaf / 2 ** 27) * 8);
      if (item !== 0n) this.fail(`W4: all is unmapped, and the root still holds 0x${item.toString(16)}`);
    }
  }
}

answer((job: EmptyingJob): EmptyingAnswer => {
  const emptier = new Emptier(job), { random } = emptier, { workers, worker } = job;
  for (; emptier.round < job.rounds; emptier.round++) {
    // Mostly one leaf and one place for all: there they meet.
    const common = emptier.common(), leaves = common(2) ? 1 : 1 + common(LEAVES.length), places = common(2) ? 1 : PLACES.length;
    const shift = common(LEAVES.length), poor = common(3 * workers) === worker, pause = PAUSES[common(PAUSES.length)]!;
    const spot = (count: number): number => LEAVES[(shift + random(leaves)) % LEAVES.length]! + PLACES[random(places)]! + worker * OWN + random(OWN - count + 1);
    const steps = poor ? POOR_TRIES : 1 + random(job.steps);
    let first = spot(1), frames = poor || common(workers + 1) !== worker ? [] : emptier.fill(first, 1);
    emptier.thread.quota = poor ? 0 : Infinity;
    emptier.meet();
    for (let i = 0; i < steps; i++) {
      if (!frames.length) {
        emptier.linger(random(pause));
        const count = random(4) === 0 ? 1 + random(OWN) : 1;
        first = spot(count);
        frames = emptier.fill(first, count);
      }
      emptier.linger(random(pause));
      if (frames.length) emptier.empty(first, frames);
      frames = [];
    }
    emptier.meet();
    if (worker === 0) {
      emptier.expectBare();
      if (emptier.round % AUDIT_EVERY === 0) emptier.expectEmpty(job.available);
    }
    emptier.meet();
  }
  emptier.thread.quota = Infinity;
  emptier.thread.unregister();
  return emptier.tally;
});
