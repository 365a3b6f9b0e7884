// One process of a replay: an address space of its own, its mirror, and the player that runs a batch in the wasm until it faults.
import { Agent as AgentRecord } from "../../assembly/layout/agent.js";
import { Slot } from "../../assembly/layout/arena.js";
import { EntryKind } from "../../assembly/layout/entry.js";
import { Status } from "../../assembly/layout/status.js";
import { Player } from "../../assembly/layout/trace.js";
import { PAGE_BYTES } from "../address.js";
import { Agent, Side } from "../agent.js";
import { PageMirrorError, hex, statusError } from "../error.js";
import type { Migrator } from "../migrate.js";
import { Mirror, cpuFault } from "../mirror.js";
import { Right, Space } from "../space.js";
import { Reference, hashWords, recordAt } from "./reference.js";
import type { FaultKind, Sides } from "./result.js";
import type { Lane } from "./timeline.js";

export interface ProcessOptions { number: number; seed: number; policy: "migrate" | "remote"; verify: boolean }

/** What a process has to say at the end, but for its migrations: those are counted by the threads that made them. */
export interface ProcessReport {
  process: number;
  space: number;
  accesses: Sides;
  faults: Sides;
  fault_kinds: Record<FaultKind, number>;
  mismatches: number;
  first_mismatch: string | undefined;
  pages: number;
  device_pages: number;
  image_hash: string;
}

/**
 * An access that has faulted that often without getting through, because its pages push each other off the device, or others do,
 * has them mapped where they lie: two pages that one access needs may be more than the device has frames.
 */
const PATIENCE = 8;
/** Pages of the block that becomes an area when one of its pages is touched: 2 MiB. */
const AREA_PAGES = 512;
const ANY_RIGHT = Right.READ | Right.WRITE | Right.EXECUTE;

/** Room for the bytes that a batch loads, so that they can be compared: one per thread. */
export const WITNESS_BYTES = 1 << 20;

export class ReplayProcess {
  readonly space: Space;
  readonly mirror: Mirror;
  readonly agent: Agent;
  readonly reference: Reference | undefined;
  readonly faults: Sides = { cpu: 0, device: 0 };
  readonly kinds: Record<FaultKind, number> = { fill: 0, right: 0, back: 0, map: 0, migrate: 0 };
  readonly #player: number;
  /** How often the access being played has faulted. */
  #faultsHere = 0;

  /** `witness` is the thread's WITNESS_BYTES of workspace, 0 without verification. */
  constructor(readonly migrator: Migrator, readonly options: ProcessOptions, readonly witness: number, readonly lane?: Lane) {
    const { thread } = migrator;
    this.space = Space.create(thread);
    this.mirror = Mirror.create(this.space, migrator, { place: () => this.#faultsHere > PATIENCE ? "remote" : options.policy }, "riscv-sv48");
    this.agent = new Agent(this.space, migrator, this.mirror);
    if (options.verify) this.reference = new Reference(options.seed, options.number);
    this.#player = this.agent.at + AgentRecord.BYTES;
    thread.engine.setU32(this.#player + Player.SEED, options.seed);
    thread.engine.setU32(this.#player + Player.PROCESS, options.number);
    thread.engine.setU32(this.#player + Player.WITNESS, options.verify ? 1 : 0);
  }

  /** Plays a whole batch, serving faults on the way. `position` is the trace position of its first record. */
  play(batch: number, count: number, position: number): void {
    const { thread } = this.space, { engine } = thread;
    engine.setF64(this.#player + Player.POSITION, position);
    for (let from = 0; from < count;) {
      if (this.reference) {
        engine.setU32(this.#player + Player.WITNESS_AT, this.witness);
        engine.setU32(this.#player + Player.WITNESS_END, this.witness + WITNESS_BYTES);
      }
      const status = engine.wasm.play(thread.me, this.agent.at, batch, from, count);
      const next = thread.count;
      const side = thread.entry === BigInt(Side.DEVICE) ? "device" : "cpu", page = thread.page, write = thread.flags === 1;
      if (this.reference) this.#check(this.reference, batch, from, next, position);
      if (next > from) this.#faultsHere = 0;
      from = next;
      if (status === Status.MORE) this.#serve(side, page, write, position + next);
      else if (status !== Status.OK && status !== Status.FULL) throw statusError(status, `process ${this.options.number} at access ${position + next}`);
    }
  }

  #check(reference: Reference, batch: number, from: number, end: number, position: number): void {
    const { engine } = this.space.thread;
    const seen = engine.bytes(this.witness, engine.u32(this.#player + Player.WITNESS_AT) - this.witness);
    for (let i = from, at = 0; i < end; i++) at += reference.replay(recordAt(engine, batch, i), position + i, seen, at);
  }

  /** Serves one fault; a page that no area covers gets one first, since the trace names no mappings. */
  #serve(side: "cpu" | "device", page: number, write: boolean, position: number): void {
    const began = this.lane ? performance.now() : 0;
    if (this.lane) this.lane.position = position;
    this.#faultsHere++;
    for (let kind: FaultKind = "right"; ;) {
      let status: Status;
      if (side === "device") {
        const service = this.mirror.fault(page, write);
        status = service.status;
        kind = service.kind;
      } else {
        const served = cpuFault(this.space, this.migrator, page, write, true);
        status = served.status;
        kind = served.kind;
      }
      if (status === Status.OK) {
        this.faults[side]++;
        this.kinds[kind]++;
        break;
      }
      if (status !== Status.HOLE) throw this.#refused(status, `${side} ${write ? "store" : "load"} in page ${hex(page)}`);
      this.#map(page);
    }
    this.lane?.fault(side, (performance.now() - began) * 1e6);
  }

  /** Makes the area of a page: an aligned block, so that a sparse program needs few areas. Only touched pages get frames. */
  #map(page: number): void {
    const first = page - page % AREA_PAGES, at = BigInt.asUintN(64, BigInt.asIntN(48, BigInt(first * PAGE_BYTES)));
    try { this.space.mmap(AREA_PAGES * PAGE_BYTES, ANY_RIGHT, at); }
    catch (error) { throw (error as PageMirrorError).code === "ENOMEM" ? this.#refused(Status.NOMEM, `area for page ${hex(page)}`) : error; }
  }
  #refused(status: Status, what: string): PageMirrorError {
    const named = `process ${this.options.number}, ${what}`;
    return status === Status.NOMEM ? new PageMirrorError("ENOMEM", `${named}: system memory is used up; expected more with --system-memory`) : statusError(status, named);
  }

  /** The memory image at the end. No thread may be playing, evicting included. */
  report(): ProcessReport {
    const { thread } = this.space, { engine } = thread, frames = engine.u32(thread.me + Slot.FRAMES);
    const pages = this.space.table.list();
    let hash = 0;
    for (const { page, frame } of pages) {
      const at = frames + frame * PAGE_BYTES;
      hash = engine.wasm.hashBytes(at, PAGE_BYTES, mixPage(hash, page)) >>> 0;
      this.reference?.compare(page, engine.bytes(at, PAGE_BYTES));
    }
    this.reference?.missing(new Set(pages.map(({ page }) => page)));
    const accesses = (side: Side): number => Number(engine.u64(this.#player + Player.ACCESSES + 8 * side));
    return {
      process: this.options.number, space: this.space.number, accesses: { cpu: accesses(Side.CPU), device: accesses(Side.DEVICE) }, faults: this.faults, fault_kinds: this.kinds,
      mismatches: this.reference?.mismatches ?? 0, first_mismatch: this.reference?.first,
      pages: pages.length, device_pages: pages.filter(({ kind }) => kind === EntryKind.PRIVATE).length, image_hash: hash.toString(16).padStart(8, "0"),
    };
  }
}

/** Folds a page's number into the hash of the image. */
function mixPage(hash: number, page: number): number {
  return hashWords(new Uint8Array(Uint32Array.of(page >>> 0, Math.floor(page / 2 ** 32)).buffer), hash);
}
