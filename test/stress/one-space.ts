// A worker of the stress on one address space: reads, writes, munmap, mprotect, migrations both ways, all at random, for the CPU
// or for the device. Worker 0 looks at everything between rounds, while the others wait.
import { Descriptor, Slot } from "../../assembly/layout/arena.js";
import { Agent, Side } from "../../src/agent.js";
import { Engine, type EngineHandle } from "../../src/engine.js";
import { PageMirrorError } from "../../src/error.js";
import { Direction, Migrator } from "../../src/migrate.js";
import { Mirror, type MirrorHandle } from "../../src/mirror.js";
import { Right, Space, type SpaceHandle } from "../../src/space.js";
import { Thread } from "../../src/thread.js";
import { answer } from "../help/crew.js";
import { generator } from "../help/engine.js";
import { Ledger, PAGES, WRITERS } from "../help/ledger.js";

export interface OneSpaceJob {
  handle: EngineHandle; space: SpaceHandle; mirror: MirrorHandle; ledger: SharedArrayBuffer;
  /** Even writers act for the CPU, odd ones for the device. */
  writer: number; writers: number; seed: number; seconds: number; basePage: number;
  /** Workers are killed on the way: nobody waits for another, and nobody looks between rounds. */
  kills?: boolean;
}
export interface OneSpaceAnswer { violations: string[]; operations: Record<string, number>; rounds: number }

const ROUND_OPERATIONS = 2000;
const VIOLATIONS_MAX = 5;
const ANY = Right.READ | Right.WRITE;

class Actor {
  readonly #thread: Thread;
  readonly #space: Space;
  readonly #migrator: Migrator;
  readonly #mirror: Mirror;
  readonly #agent: Agent;
  readonly #ledger: Ledger;
  readonly #random: (n: number) => number;
  readonly #side: Side;
  readonly #violations: string[] = [];
  readonly #operations: Record<string, number> = {};

  constructor(readonly job: OneSpaceJob) {
    this.#thread = Thread.register(Engine.attach(job.handle));
    this.#space = Space.attach(this.#thread, job.space);
    this.#migrator = new Migrator(this.#thread, { evicted: () => this.#count("evict") });
    this.#mirror = Mirror.attach(this.#space, this.#migrator, { place: (page) => page % 3 ? "migrate" : "remote" }, job.mirror);
    this.#agent = new Agent(this.#space, this.#migrator, this.#mirror);
    this.#ledger = new Ledger(job.ledger);
    this.#random = generator(job.seed * 7919 + job.writer + 1);
    this.#side = job.writer % 2 ? Side.DEVICE : Side.CPU;
  }

  run(): OneSpaceAnswer {
    const until = performance.now() + this.job.seconds * 1000;
    let rounds = 0;
    this.#ledger.setSlot(this.job.writer, this.#thread.index);
    if (this.job.kills) this.#takeOver();
    for (; !this.#ledger.stopped; rounds++) {
      for (let i = 0; i < ROUND_OPERATIONS && this.#violations.length < VIOLATIONS_MAX; i++) this.#operation();
      if (this.job.kills) continue;
      this.#ledger.meet(this.job.writers);
      if (this.job.writer === 0) {
        this.#look();
        if (performance.now() > until || this.#violations.length) this.#ledger.stop();
      }
      this.#ledger.meet(this.job.writers);
    }
    if (this.#thread.lostWakeUps) this.#violation(`${this.#thread.lostWakeUps} wake-ups lost`);
    return { violations: this.#violations, operations: this.#operations, rounds };
  }

  #operation(): void {
    const page = this.#random(PAGES), dice = this.#random(100);
    if (dice < 45) this.#read(page, this.#random(this.job.writers));
    else if (dice < 80) this.#write(page);
    else if (dice < 90) this.#move(page, this.#random(2) ? Direction.TO_DEVICE : Direction.TO_SYSTEM);
    else if (dice < 95) this.#remap(page, Math.min(PAGES, page + 1 + this.#random(4)));
    else this.#toggle(page, Math.min(PAGES, page + 1 + this.#random(4)));
  }

  /** Words of different writers lie apart on the page; the last one ends it. */
  #address(page: number, writer: number): number {
    return (this.job.basePage + page) * 4096 + (writer === WRITERS - 1 ? 4088 : writer * 1032);
  }

  #read(page: number, writer: number): void {
    const era = this.#ledger.era(page), done = this.#ledger.done(page, writer);
    const value = this.#try("read", () => this.#agent.load(this.#side, this.#address(page, writer)));
    const begun = this.#ledger.begun(page, writer), stands = era % 2 === 0 && this.#ledger.era(page) === era;
    if (value instanceof PageMirrorError) {
      if (stands) this.#violation(`read of page ${page} refused: ${value.message}`);
      return;
    }
    const version = Number(value & 0xffffffffn), tag = Number(value >> 32n);
    if (value !== 0n && tag !== tagOf(page, writer)) return this.#violation(`page ${page}, writer ${writer}: found tag 0x${tag.toString(16)}, a foreign or torn word`);
    if (version > begun) return this.#violation(`page ${page}, writer ${writer}: version ${version} was not begun (${begun} was)`);
    if (!stands) return;
    if (done.era === era && version < done.version) this.#violation(`page ${page}, writer ${writer}: version ${version}, but ${done.version} was stored: lost or stale`);
    if (done.era < era && version !== 0 && version <= done.version) this.#violation(`page ${page}, writer ${writer}: version ${version} of before the munmap`);
  }

  #write(page: number): void {
    const { writer } = this.job, era = this.#ledger.era(page), guard = this.#ledger.guard(page), version = this.#ledger.begin(page, writer);
    const failed = this.#try("write", () => this.#agent.store(this.#side, this.#address(page, writer), BigInt(tagOf(page, writer)) << 32n | BigInt(version)));
    const guarded = this.#ledger.guard(page) === guard, stands = era % 2 === 0 && this.#ledger.era(page) === era;
    if (failed instanceof PageMirrorError) {
      if (stands && guarded && guard % 4 === 0) this.#violation(`write to page ${page} refused: ${failed.message}`);
      return;
    }
    if (stands && guarded && guard % 4 === 2) this.#violation(`write to page ${page} went through after mprotect had returned`);
    if (stands) this.#ledger.finish(page, writer, version, era);
  }

  #move(page: number, direction: Direction): void {
    this.#count(direction === Direction.TO_DEVICE ? "to device" : "to system");
    this.#migrator.move(this.#space.number, this.job.basePage + page, direction);
  }

  /** munmap, then mmap anew: what was written before must be gone. */
  #remap(first: number, end: number): void {
    if (!this.#ledger.lock(first, end, this.job.writer)) return;
    this.#count("munmap");
    for (let page = first; page < end; page++) this.#ledger.moveEra(page);
    this.#mapAnew(first, end);
  }
  #mapAnew(first: number, end: number): void {
    const at = (this.job.basePage + first) * 4096, bytes = (end - first) * 4096;
    this.#space.munmap(at, bytes);
    this.#space.mmap(bytes, ANY, at);
    for (let page = first; page < end; page++) {
      while (this.#ledger.guard(page) % 4) this.#ledger.moveGuard(page); // mapped anew: it can be written
      this.#ledger.moveEra(page);
    }
    this.#ledger.unlock(first, end);
  }

  /** What a predecessor that was killed has left locked is in an unknown state: mapped anew. */
  #takeOver(): void {
    for (let page = 0; page < PAGES; page++) {
      if (!this.#ledger.isLockedBy(page, this.job.writer)) continue;
      if (this.#ledger.era(page) % 2 === 0) this.#ledger.moveEra(page);
      this.#mapAnew(page, page + 1);
    }
  }

  /** Read-only for a page that can be written, and back. */
  #toggle(first: number, end: number): void {
    if (!this.#ledger.lock(first, end, this.job.writer)) return;
    this.#count("mprotect");
    for (let page = first; page < end; page++) {
      this.#ledger.moveGuard(page);
      this.#space.mprotect((this.job.basePage + page) * 4096, 4096, this.#ledger.guard(page) % 4 === 1 ? Right.READ : ANY);
      this.#ledger.moveGuard(page);
    }
    this.#ledger.unlock(first, end);
  }

  /** Between rounds: every frame accounted for, no dirty bit lost. */
  #look(): void {
    const { engine } = this.#thread, audit = engine.audit(this.#thread.me);
    if (!audit.clean) this.#violation(`audit: ${JSON.stringify(audit)}`);
    const descriptors = engine.u32(this.#thread.me + Slot.DESCRIPTORS);
    const device = new Map(this.#mirror.table.list().map((entry) => [entry.page, entry]));
    for (const { page, frame, dirty } of this.#space.table.list()) {
      const local = page - this.job.basePage, era = this.#ledger.era(local);
      const written = Array.from({ length: this.job.writers }, (_, writer) => this.#ledger.done(local, writer)).some((done) => done.era === era && done.version > 0);
      const marked = dirty || engine.u32(descriptors + frame * Descriptor.BYTES + Descriptor.DIRTY) === 1 || device.get(page)?.dirty;
      if (written && !marked) this.#violation(`page ${local} was written and is not dirty anywhere`);
    }
  }

  #try<T>(name: string, access: () => T): T | PageMirrorError {
    this.#count(name);
    try { return access(); }
    catch (error) {
      if (error instanceof PageMirrorError && (error.code === "EFAULT" || error.code === "EACCES")) return error;
      throw error;
    }
  }
  #count(name: string): void { this.#operations[name] = (this.#operations[name] ?? 0) + 1; }
  #violation(what: string): void { if (this.#violations.length < VIOLATIONS_MAX) this.#violations.push(`thread ${this.job.writer}: ${what}`); }
}

function tagOf(page: number, writer: number): number { return (page + 1) | (writer + 1) << 16; }

answer((job: OneSpaceJob): OneSpaceAnswer => new Actor(job).run());
