// P1: a holder takes a pin, notes every directory that it can reach, and looks at them again and again, while others empty, unhook and
// fill directories with so few frames that each is used again at once. Until the pin is dropped each stays what it was: a directory of
// its pages, alive and then dead; and what it holds are entries of its pages. Then some are used again, or the test has shown nothing.
import { Descriptor, Owner, OwnerKind, Slot, Staging } from "../../assembly/layout/arena.js";
import { Status } from "../../assembly/layout/status.js";
import type { Directory } from "../../src/cursor.js";
import { Pin } from "../../src/pin.js";
import { answer } from "../help/crew.js";
import { Member, SHARED_AT, type Job } from "./table-rounds.js";

export interface PinJob extends Job { role: "holder" | "mover"; holders: number }
export interface PinAnswer { held: number; died: number; usedAgain: number; entries: number; moved: number; refused: number }

/** Leaves far and near, each with the same places in it; a page's frame is made from its number, so that a foreign entry shows. */
const LEAVES = [0, 512, 1024, 2 ** 18, 2 ** 18 + 512, 2 ** 27, 2 ** 27 + 2 ** 18, 2 ** 35], IN_LEAF = 4;
const frameOf = (page: number): number => page % 2 ** 20 + 2 ** 20 * (1 + Math.floor(page / 2 ** 20) % 2 ** 18);
const LOOKS = 12, MOVES = 10;

class Actor extends Member {
  /** How many holders run, and how often movers moved. */
  readonly #shared: Int32Array;
  readonly tally: PinAnswer = { held: 0, died: 0, usedAgain: 0, entries: 0, moved: 0, refused: 0 };
  constructor(readonly pinJob: PinJob) {
    super(pinJob);
    this.#shared = new Int32Array(pinJob.words, SHARED_AT, 2);
    if (pinJob.role === "holder") Atomics.add(this.#shared, 0, 1);
  }
  get holdersRun(): boolean { return Atomics.load(this.#shared, 0) > 0; }
  finish(): void { Atomics.sub(this.#shared, 0, 1); }

  /** Fills or empties a leaf. */
  move(): void {
    Atomics.add(this.#shared, 1, 1);
    Atomics.notify(this.#shared, 1);
    const leaf = LEAVES[this.random(LEAVES.length)]!;
    for (let i = 0, maps = this.random(2) === 0; i < IN_LEAF; i++) {
      if (!maps) this.table.unmap(leaf + i);
      else if (this.map(leaf + i, frameOf(leaf + i)) === Status.NOMEM) { this.tally.refused++; return; }
    }
    this.tally.moved++;
  }

  /** The owner and place words of a frame. */
  #frame(frame: number): { kind: OwnerKind; place: bigint } {
    const { engine, me } = this.thread, at = engine.u32(me + Slot.DESCRIPTORS) + frame * Descriptor.BYTES;
    return { kind: Number(engine.u64(at + Descriptor.OWNER)) & (1 << Owner.KIND_BITS) - 1, place: engine.u64(at + Descriptor.PLACE) };
  }
  hold(): void {
    const pin = Pin.take(this.thread), known: (Directory & { place: bigint; isDead: boolean })[] = [];
    pin.walk(this.table, { enter: (each) => { known.push({ ...each, place: this.#frame(each.directory).place, isDead: false }); } });
    for (let look = 0; look < LOOKS; look++) for (const each of known) this.#look(each);
    const died = known.filter(({ isDead }) => isDead);
    pin.drop();
    this.tally.held += known.length;
    this.tally.died += died.length;
    for (let moves = Atomics.load(this.#shared, 1), now = moves; now - moves < MOVES; now = Atomics.load(this.#shared, 1)) Atomics.wait(this.#shared, 1, now);
    // By then it may be anything; if it is not what it was, or lives, it has been used again.
    this.tally.usedAgain += died.filter(({ directory, place }) => this.#frame(directory).place !== place || this.#frame(directory).kind === OwnerKind.LIVE).length;
  }
  #look(each: Directory & { place: bigint; isDead: boolean }): void {
    const { engine, me } = this.thread, { level, page, directory } = each, { kind, place } = this.#frame(directory), isDead = kind === OwnerKind.DEAD || kind === OwnerKind.RETIRED;
    const what = `directory ${directory} of level ${level}, page ${page}`;
    if (place !== each.place) this.fail(`P1: ${what} is pinned, and is another one now`);
    if (!isDead && kind !== OwnerKind.LIVE && kind !== OwnerKind.FREEZING && kind !== OwnerKind.TRANSIT) this.fail(`P1: ${what} is pinned; its owner is ${OwnerKind[kind]}`);
    if (each.isDead && !isDead) this.fail(`P1: ${what} was dead; its owner is ${OwnerKind[kind]}`);
    each.isDead = isDead;
    engine.wasm.directoryScan(me, this.table.word, directory, page, this.table.pages, Staging.ITEMS);
    const count = this.thread.count, staging = this.thread.staging;
    if (isDead && count) this.fail(`P1: ${what} is dead, and has ${count} entries`);
    if (level) return;
    for (let i = 0; i < count; i++) {
      const at = engine.f64(staging + Staging.PAGES + 8 * i), frame = engine.f64(staging + Staging.FRAMES + 8 * i);
      if (frame !== frameOf(at)) this.fail(`R2: page ${at} of ${what} is mapped to ${frame}, not ${frameOf(at)}`);
      this.tally.entries++;
    }
  }
}

answer((job: PinJob): PinAnswer => {
  const actor = new Actor(job);
  actor.meet();
  if (job.role === "mover") while (actor.holdersRun) actor.move();
  else {
    for (; actor.round < job.rounds; actor.round++) actor.hold();
    actor.finish();
  }
  actor.meet();
  if (job.worker === 0) for (const leaf of LEAVES) actor.table.unmapRange(leaf, IN_LEAF);
  actor.thread.unregister();
  return actor.tally;
});
