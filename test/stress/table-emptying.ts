// W4: workers map and unmap pages of the same few leaves, so that the last entry of a directory goes again and again while
// somebody maps into it. Each page has one owner, so each verb's answer is known. The workers play a script of a few verbs with
// short pauses, so that they meet in ever other ways; at its end all is unmapped, and what is still hooked then was left behind.
//
//   worker 0   (0 is mapped)   unmap 0 ─────────── map 2 ── unmap 2
//   worker 1                        map 1 ── unmap 1                      and so on, pauses at random
//   a poor worker, in some scripts: no frame may be taken. What it calls off and cannot use must not stay.
//
// A round is one script in each of some regions of the table, which share nothing but the root.
import { Slot } from "../../assembly/layout/arena.js";
import { Status } from "../../assembly/layout/status.js";
import { Table as Record } from "../../assembly/layout/table.js";
import { answer } from "../help/crew.js";
import { Member, SHARED_AT, type Job } from "./table-rounds.js";

export interface EmptyingJob extends Job {
  available: number;
  /** At most so many pairs of map and unmap in a script: short ones end where the last entry goes, long ones freeze a leaf and call it back. */
  steps: number;
  /** In how many regions, REGIONS at most. */
  regions: number;
  /** Whether a page beside them keeps all directories but the leaf: then everything happens in that one. */
  anchored: boolean;
}
export interface EmptyingAnswer { mapped: number; refused: number }

const REGIONS = 16;
const REGION = 2 ** 28;
/** The first page of each leaf of a region: two of one directory of level 1, one of another, one of another directory of level 2. */
const LEAVES = [512 * 3, 512 * 4, 2 ** 18 + 512, 2 ** 27];
const ANCHOR = 512 * 5;
/** Where in a leaf pages are: items are marked in this order. */
const PLACES = [0, 250, 480];
/** Pages of a place that a worker owns. */
const OWN = 8;
/** A pause is below one of these, in looks at a shared word. */
const PAUSES = [1, 10, 50, 250];
const POOR_TRIES = 60;
/** How long a worker waits for the others to begin the same script, in looks: not long, for they may be interrupted. */
const PATIENCE = 400;

class Emptier extends Member {
  readonly tally: EmptyingAnswer = { mapped: 0, refused: 0 };
  readonly #scripts = new Int32Array(this.job.words, SHARED_AT, this.job.workers);
  #frame = this.job.worker * 2 ** 30;

  /** Maps own pages: a range, or one. Zero frames: it was refused for memory. */
  fill(first: number, count: number): number[] {
    const { me, engine } = this.thread, frames = Array.from({ length: count }, (_, i) => this.#frame + i);
    this.#frame += OWN;
    const status = count === 1 ? this.map(first, frames[0]!)
      : engine.wasm.tableMapRange(me, this.table.handle.table, first, first + count, frames[0]!, 1, this.#frame % (2 * OWN) === 0);
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

  /** Waits for the others, if they are near. */
  begin(script: number): void {
    Atomics.store(this.#scripts, this.job.worker, script);
    for (let looks = 0, worker = 0; looks < PATIENCE && worker < this.job.workers; looks++)
      if (Atomics.load(this.#scripts, worker) >= script) worker++;
  }

  /** Nothing hangs below the root. */
  expectBare(): void {
    const { engine, me } = this.thread, { table } = this.table.handle;
    const root = engine.u32(me + Slot.FRAMES) + engine.u32(engine.u32(me + Slot.TABLES) + table * Record.BYTES + Record.ROOT) * 4096;
    for (let i = 0; i < REGIONS * REGION / 2 ** 27; i++) {
      const item = engine.u64(root + 8 * i);
      if (item !== 0n) this.fail(`W4: all is unmapped, and item ${i} of the root still holds 0x${item.toString(16)}`);
    }
  }

  /** A script in the region that begins at `base`. */
  play(base: number, steps: number, common: (n: number) => number): void {
    // Mostly one leaf and one place for all: there they meet.
    const { random } = this, { worker, workers } = this.job;
    const leaves = common(2) ? 1 : 1 + common(LEAVES.length), places = common(2) ? 1 : PLACES.length;
    const shift = common(LEAVES.length), poor = common(3 * workers) === worker, early = common(workers + 1) === worker, paces = common(PAUSES.length);
    const pause = PAUSES[poor ? 1 : paces]!;
    const spot = (count: number): number =>
      base + LEAVES[(shift + random(leaves)) % LEAVES.length]! + PLACES[random(places)]! + worker * OWN + random(OWN - count + 1);
    let first = spot(1), frames = early && !poor ? this.fill(first, 1) : [];
    this.thread.quota = poor ? 0 : Infinity;
    this.begin(this.round * REGIONS + base / REGION);
    for (let i = 0; i < (poor ? POOR_TRIES : steps); i++) {
      if (!frames.length) {
        this.linger(random(pause));
        const count = random(4) === 0 ? 1 + random(OWN) : 1;
        first = spot(count);
        frames = this.fill(first, count);
      }
      this.linger(random(pause));
      if (frames.length) this.empty(first, frames);
      frames = [];
    }
    this.thread.quota = Infinity;
  }
}

answer((job: EmptyingJob): EmptyingAnswer => {
  const emptier = new Emptier(job);
  for (; emptier.round < job.rounds; emptier.round++) {
    const common = emptier.common(), anchor = job.anchored && job.worker === 0 ? emptier.fill(ANCHOR, 1) : [];
    emptier.meet();
    for (let region = 0; region < job.regions; region++) emptier.play(region * REGION, 1 + emptier.random(job.steps), common);
    emptier.meet();
    if (job.worker === 0) {
      if (anchor.length) emptier.empty(ANCHOR, anchor);
      emptier.expectBare();
      emptier.expectEmpty(job.available);
    }
  }
  emptier.thread.unregister();
  return emptier.tally;
});
