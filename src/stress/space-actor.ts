// A thread of the stress on one address space: reads, writes, munmap, mprotect, migrations both ways, all at random, for the CPU
// or for the device. The ledger says what each load may see and each store may do; what it forbids is a violation.
import { Descriptor, Slot } from "../../assembly/layout/arena.js";
import { Status } from "../../assembly/layout/status.js";
import { Agent, Side } from "../agent.js";
import { PageMirrorError } from "../error.js";
import { Direction, Migrator } from "../migrate.js";
import { Mirror, type MirrorHandle } from "../mirror.js";
import { Right, Space, type SpaceHandle } from "../space.js";
import type { Thread } from "../thread.js";
import { generator, seedOf, type Random } from "../generator.js";
import type { Verb } from "./history.js";
import { Ledger, PAGES, WRITERS_MAX } from "./ledger.js";

export interface SpaceScene {
  space: SpaceHandle; mirror: MirrorHandle; ledger: Ledger["buffer"];
  /** Even writers act for the CPU, odd ones for the device. */
  writers: number;
  /** The first of the ledger's pages. */
  basePage: number;
}
/** Told of each operation before and after it; pages are those of the ledger. */
export interface Recorder {
  begin(call: { verb: Verb; page: number; count?: number; frame?: number }): void;
  /** `value`: what a load found. */
  end(status: Status, value?: number): void;
}

/** Where operations are for a while, and how many in a hundred change something: half of those migrate, the rest unmap or protect. */
export interface Range { first: number; pages: number; changes: number }
const EVERYWHERE: Range = { first: 0, pages: PAGES, changes: 20 };

const VIOLATIONS_MAX = 5;
const ANY = Right.READ | Right.WRITE;

export class SpaceActor {
  readonly violations: string[] = [];
  readonly operations: Partial<Record<Verb, number>> = {};
  readonly #space: Space;
  readonly #migrator: Migrator;
  readonly #mirror: Mirror;
  readonly #agent: Agent;
  readonly #ledger: Ledger;
  readonly #random: Random;
  readonly #side: Side;

  constructor(readonly thread: Thread, readonly scene: SpaceScene, readonly writer: number, seed: number, readonly recorder?: Recorder) {
    this.#space = Space.attach(thread, scene.space);
    this.#migrator = new Migrator(thread, { evicted: () => this.#count("evict") });
    this.#mirror = Mirror.attach(this.#space, this.#migrator, { place: (page) => page % 3 ? "migrate" : "remote" }, scene.mirror);
    this.#agent = new Agent(this.#space, this.#migrator, this.#mirror);
    this.#ledger = new Ledger(scene.ledger);
    this.#random = generator(seedOf(seed, writer));
    this.#side = writer % 2 ? Side.DEVICE : Side.CPU;
  }
  get isDone(): boolean { return this.violations.length >= VIOLATIONS_MAX; }

  /** One operation, any of them. */
  operate({ first, pages, changes }: Range = EVERYWHERE): void {
    const page = first + this.#random(pages), end = Math.min(first + pages, page + 1 + this.#random(4)), dice = this.#random(100);
    if (dice >= changes) {
      if (this.#random(16) < 9) this.#read(page, this.#random(this.scene.writers)); else this.#write(page);
    } else if (dice < changes / 2) this.#move(page, this.#random(2) ? Direction.TO_DEVICE : Direction.TO_SYSTEM);
    else if (this.#random(2)) this.#remap(page, end);
    else this.#toggle(page, end);
  }

  /** What a predecessor that was killed has left locked is in an unknown state: mapped anew. */
  takeOver(): void {
    for (let page = 0; page < PAGES; page++) {
      if (!this.#ledger.isLockedBy(page, this.writer)) continue;
      if (this.#ledger.era(page) % 2 === 0) this.#ledger.moveEra(page);
      this.#mapAnew(page, page + 1);
    }
  }

  /** Words of different writers lie apart on the page; the last one ends it. */
  #address(page: number, writer: number): number {
    return (this.scene.basePage + page) * 4096 + (writer === WRITERS_MAX - 1 ? 4088 : writer * 264);
  }

  #read(page: number, writer: number): void {
    const era = this.#ledger.era(page), done = this.#ledger.done(page, writer);
    const value = this.#try("load", page, writer, () => this.#agent.load(this.#side, this.#address(page, writer)));
    const begun = this.#ledger.begun(page, writer), stands = era % 2 === 0 && this.#ledger.era(page) === era;
    if (value instanceof PageMirrorError) {
      if (stands) this.#violation(`load from page ${page} refused: ${value.message}`);
      return;
    }
    const version = Number(value & 0xffffffffn), tag = Number(value >> 32n), where = `page ${page}, writer ${writer}`;
    if (value !== 0n && tag !== tagOf(page, writer)) return this.#violation(`${where}: found tag 0x${tag.toString(16)}, a foreign or torn word`);
    if (version > begun) return this.#violation(`${where}: version ${version} was not begun (${begun} was)`);
    if (!stands) return;
    if (done.era === era && version < done.version) this.#violation(`${where}: version ${version}, but ${done.version} was stored: lost or stale`);
    if (done.era < era && version !== 0 && version <= done.version) this.#violation(`${where}: version ${version} of before the munmap`);
  }

  #write(page: number): void {
    const { writer } = this, era = this.#ledger.era(page), guard = this.#ledger.guard(page), version = this.#ledger.begin(page, writer);
    const word = BigInt(tagOf(page, writer)) << 32n | BigInt(version);
    const failed = this.#try("store", page, version, () => this.#agent.store(this.#side, this.#address(page, writer), word));
    const guarded = this.#ledger.guard(page) === guard, stands = era % 2 === 0 && this.#ledger.era(page) === era;
    if (failed instanceof PageMirrorError) {
      if (stands && guarded && guard % 4 === 0) this.#violation(`store to page ${page} refused: ${failed.message}`);
      return;
    }
    if (stands && guarded && guard % 4 === 2) this.#violation(`store to page ${page} went through after mprotect had returned`);
    if (stands) this.#ledger.finish(page, writer, version, era);
  }

  #move(page: number, direction: Direction): void {
    this.#recorded({ verb: direction === Direction.TO_DEVICE ? "migrate to device" : "migrate to system", page },
      () => this.#migrator.move(this.#space.number, this.scene.basePage + page, direction));
  }

  /** munmap, then mmap anew: what was written before must be gone. */
  #remap(first: number, end: number): void {
    if (!this.#ledger.lock(first, end, this.writer)) return;
    for (let page = first; page < end; page++) this.#ledger.moveEra(page);
    this.#mapAnew(first, end);
  }
  #mapAnew(first: number, end: number): void {
    const at = (this.scene.basePage + first) * 4096, bytes = (end - first) * 4096;
    this.#recorded({ verb: "munmap and mmap", page: first, count: end - first }, () => {
      this.#space.munmap(at, bytes);
      this.#space.mmap(bytes, ANY, at);
      return Status.OK;
    });
    for (let page = first; page < end; page++) {
      while (this.#ledger.guard(page) % 4) this.#ledger.moveGuard(page); // mapped anew: it can be written
      this.#ledger.moveEra(page);
    }
    this.#ledger.unlock(first, end);
  }

  /** Read-only for a page that can be written, and back. */
  #toggle(first: number, end: number): void {
    if (!this.#ledger.lock(first, end, this.writer)) return;
    for (let page = first; page < end; page++) {
      this.#ledger.moveGuard(page);
      const rights = this.#ledger.guard(page) % 4 === 1 ? Right.READ : ANY;
      this.#recorded({ verb: "mprotect", page, frame: rights }, () => {
        this.#space.mprotect((this.scene.basePage + page) * 4096, 4096, rights);
        return Status.OK;
      });
      this.#ledger.moveGuard(page);
    }
    this.#ledger.unlock(first, end);
  }

  /** While no other thread acts: every frame accounted for, no dirty bit lost. */
  lookAround(): void {
    const { engine } = this.thread, audit = this.thread.audit();
    if (!audit.clean) this.#violation(`audit: ${JSON.stringify(audit)}`);
    const descriptors = engine.u32(this.thread.me + Slot.DESCRIPTORS);
    const device = new Map(this.#mirror.table.list().map((entry) => [entry.page, entry]));
    for (const { page, frame, dirty } of this.#space.table.list()) {
      const local = page - this.scene.basePage, era = this.#ledger.era(local);
      const written = Array.from({ length: this.scene.writers }, (_, writer) => this.#ledger.done(local, writer)).some((done) => done.era === era && done.version > 0);
      const marked = dirty || engine.u32(descriptors + frame * Descriptor.BYTES + Descriptor.DIRTY) === 1 || device.get(page)?.dirty;
      if (written && !marked) this.#violation(`page ${local} was written and is not dirty anywhere`);
    }
  }

  #recorded(call: Parameters<Recorder["begin"]>[0], verb: () => Status): void {
    this.#count(call.verb);
    this.recorder?.begin(call);
    const status = verb();
    this.recorder?.end(status);
  }
  #try(verb: "load" | "store", page: number, frame: number, access: () => bigint | void): bigint | PageMirrorError {
    this.#count(verb);
    this.recorder?.begin({ verb, page, frame });
    try {
      const value = access() ?? 0n;
      this.recorder?.end(Status.OK, Number(value & 0xffffffffn));
      return value;
    } catch (error) {
      if (!(error instanceof PageMirrorError) || (error.code !== "EFAULT" && error.code !== "EACCES")) throw error;
      this.recorder?.end(error.code === "EFAULT" ? Status.HOLE : Status.DENIED);
      return error;
    }
  }
  #count(verb: Verb): void { this.operations[verb] = (this.operations[verb] ?? 0) + 1; }
  #violation(what: string): void { if (!this.isDone) this.violations.push(`thread ${this.writer}: ${what}`); }
}

function tagOf(page: number, writer: number): number { return (page + 1) | (writer + 1) << 16; }
