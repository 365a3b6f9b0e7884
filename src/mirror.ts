// A mirror: a device's view of an address space. Its faults are gathered in a ring in the arena and served in batches by
// whichever waiting thread takes the service; a driver decides where a page shall be.
import { Header, Slot, Staging } from "../assembly/layout/arena.js";
import { Mirror as Record, MirrorState } from "../assembly/layout/space.js";
import { Status } from "../assembly/layout/status.js";
import { PAGE_BYTES } from "./address.js";
import { Direction, Migrator } from "./migrate.js";
import { PageMirrorError, hex, statusError } from "./error.js";
import { checkHandle, checkInstance } from "./handle.js";
import { checkSpace, type Space } from "./space.js";
import { formatWord, nameOfFormat, pageNumberBits, shapeOf, type FormatName, type GenericFormat } from "./formats.js";
import { Table } from "./table.js";

/** What a device's driver decides. A callback that throws kills its mirror, and nothing else (H4). */
export interface Driver {
  /** Where a page of system memory that the device faulted on shall be used: moved to the device, or mapped where it lies. */
  place(page: number, write: boolean): "migrate" | "remote";
}

export interface MirrorHandle { mirror: number; generation: number }

/** How often a page that others keep changing is tried before it is mapped where it lies. */
const BUSY_TRIES = 64;

/** What a CPU fault did: filled a page touched first, brought one back, or raised a right (or found that somebody else had). */
export type CpuFaultKind = "fill" | "back" | "right";
/** How a device fault ended: `map` an entry was made for memory where it lies, `migrate` the page moved first. */
export type Service = { status: Status; kind: "map" | "migrate" };

export class Mirror {
  private constructor(readonly space: Space, readonly migrator: Migrator, readonly driver: Driver, readonly handle: MirrorHandle) {
    if (typeof driver.place !== "function") throw new PageMirrorError("EINVAL", "the driver has no place(): expected a function that answers \"migrate\" or \"remote\"");
  }

  /**
   * Mirrors a space for a device whose own table has the given format. EINVAL when its tables map fewer pages than a space has, or larger ones, or
   * its items have no room for the entry that keeps a page for a fault, or do not say what was written. ENOSPC, ENOMEM.
   */
  static create(space: Space, migrator: Migrator, driver: Driver, format: FormatName | GenericFormat = "x86-64"): Mirror {
    checkSpace(space);
    checkInstance("migrator", migrator, Migrator, "a Migrator");
    const shape = shapeOf(format), most = pageNumberBits(shapeOf("x86-64")), isSilent = (["write", "accessed", "dirty"] as const).some((flag) => flag in shape.fixed);
    if (shape.isNarrow || isSilent || 2 ** shape.pageLg2 !== PAGE_BYTES || pageNumberBits(shape) < most)
      throw new PageMirrorError("EINVAL", `format ${nameOfFormat(format)}: expected one with items of 8 bytes, valid by bits 0 to 2, that say write, accessed and dirty, `
        + `pages of ${PAGE_BYTES} and at least ${most} bits of page number`);
    const { thread } = space, mirror = thread.engine.wasm.mirrorCreate(thread.me, space.number, formatWord(thread, format));
    if (mirror < 0) throw statusError(-mirror, `a mirror of space ${space.number}`);
    return new Mirror(space, migrator, driver, { mirror, generation: thread.engine.u32(recordAt(space, mirror) + Record.GENERATION) });
  }
  /** A view of a mirror for the thread of `space`, with a driver of its own. ESTALE when the mirror is gone. */
  static attach(space: Space, migrator: Migrator, driver: Driver, handle: MirrorHandle): Mirror {
    checkSpace(space);
    checkInstance("migrator", migrator, Migrator, "a Migrator");
    const { engine } = space.thread;
    checkHandle("mirror", handle, engine.header(Header.MIRRORS), (mirror) => engine.u32(recordAt(space, mirror) + Record.GENERATION));
    if (engine.u32(recordAt(space, handle.mirror) + Record.SPACE) !== space.number)
      throw new PageMirrorError("ESTALE", `mirror ${handle.mirror} of generation ${handle.generation}: space ${space.number} has no such mirror`);
    return new Mirror(space, migrator, driver, handle);
  }

  get number(): number { return this.handle.mirror; }
  /** The device's own table. ESTALE as every verb when the mirror is gone. */
  get table(): Table {
    this.check();
    const { thread } = this.space, { engine } = thread;
    return Table.view(thread, engine.header(Header.TABLES) + engine.header(Header.SPACES) + this.number);
  }
  /** ESTALE when the mirror, its space or its thread is gone. @internal */
  check(): void {
    checkSpace(this.space);
    checkHandle("mirror", this.handle, this.number + 1, (mirror) => this.space.thread.engine.u32(recordAt(this.space, mirror) + Record.GENERATION));
  }

  /** Ends the device's view: when this returns no device access is running or can begin; each answers ENODEV. Pages stay. */
  kill(): void {
    this.check();
    this.space.thread.engine.wasm.mirrorKill(this.space.thread.me, this.number);
    this.space.thread.drain(this.space.number);
  }
  /** Kills the mirror and gives its table back. No other thread may be using it. */
  destroy(): void {
    this.kill();
    this.space.thread.engine.wasm.mirrorDestroy(this.space.thread.me, this.number);
  }

  /** What the driver threw when this view killed its mirror; the `cause` of the errors that follow. */
  failure: unknown;
  /** True while this view's driver decides. */
  #deciding = false;

  /**
   * Has a device fault served, by this thread or by one that serves already. Outside any section. The status is OK (access
   * again), HOLE, DENIED, NOMEM or DEAD.
   */
  fault(page: number, write: boolean): Service {
    if (this.#deciding) throw new PageMirrorError("EBUSY", `device fault on page ${hex(page)} from inside the driver's own place(): expected it to decide without device accesses`);
    const { thread } = this.space, { wasm } = thread.engine, { me } = thread;
    if (wasm.faultPost(me, this.number, page, write) === Status.FULL) return this.#serve(page, write);
    const request = thread.count;
    try {
      for (let own: Service | undefined; ;) {
        const status = thread.settle(() => wasm.faultPoll(me, this.number, request), Infinity); // as long as the server's driver takes
        if (status !== Status.MORE) return own ?? { status, kind: "map" };
        try { own = this.#serveBatch(request); }
        finally { wasm.faultRelease(me, this.number); }
      }
    } finally { wasm.faultWithdraw(me, this.number, request); }
  }

  /** Serves what is posted now; answers how this thread's own request ended. */
  #serveBatch(request: number): Service | undefined {
    const { thread } = this.space, { wasm } = thread.engine;
    wasm.faultGather(thread.me, this.number);
    const batch = Array.from({ length: thread.count }, (_, i) => ({
      page: thread.engine.f64(thread.staging + Staging.PAGES + 8 * i), word: thread.engine.u32(thread.staging + Staging.FLAGS + 4 * i),
    }));
    let own: Service | undefined;
    for (const { page, word } of batch) {
      const service = this.#serve(page, word % 2 === 1);
      if ((word >>> 1 & 0x7fff) === request) own = service;
      wasm.faultComplete(thread.me, this.number, word, page, service.status);
    }
    return own;
  }

  #serve(page: number, write: boolean): Service {
    const { thread, number } = this.space, { wasm } = thread.engine;
    let migrate = this.#place(page, write), kind: Service["kind"] = "map";
    for (let tries = 0; ;) {
      const status = thread.settleWithMemory(() => wasm.deviceFault(thread.me, this.number, page, write, migrate));
      if (status === Status.MIGRATE) {
        const moved = this.migrator.move(number, page, Direction.TO_DEVICE);
        if (moved === Status.OK) kind = "migrate";
        // No room even after eviction, or others keep changing the page: use it where it lies.
        else if (moved !== Status.BUSY || ++tries === BUSY_TRIES) migrate = false;
      } else if (status === Status.CPU_FAULT) {
        const filled = cpuFault(this.space, this.migrator, page, write, false).status;
        if (filled !== Status.OK) return { status: filled, kind };
      } else return { status, kind };
    }
  }

  #place(page: number, write: boolean): boolean {
    const { engine } = this.space.thread;
    if (engine.u32(recordAt(this.space, this.number) + Record.STATE) !== MirrorState.LIVE) return false; // the fault answers DEAD
    this.#deciding = true;
    try {
      const place = this.driver.place(page, write);
      if (place !== "migrate" && place !== "remote") throw new PageMirrorError("EINVAL", `place() answered ${String(place)}: expected "migrate" or "remote"`);
      return place === "migrate";
    } catch (error) {
      this.failure = error;
      this.kill();
      return false;
    }
    finally { this.#deciding = false; }
  }
}

/**
 * Serves a CPU fault, outside any section: OK (access again), HOLE, DENIED, NOMEM. A page on the device comes back by itself;
 * `bringBack` false leaves it there (a device that asks for a right does not want its page moved).
 */
export function cpuFault(space: Space, migrator: Migrator, page: number, write: boolean, bringBack: boolean): { status: Status; kind: CpuFaultKind } {
  const { thread, number } = space;
  for (let kind: CpuFaultKind = "right"; ;) {
    const status = thread.settleWithMemory(() => thread.engine.wasm.cpuFault(thread.me, number, page, write));
    if (status !== Status.BACK) return { status, kind: thread.count === 1 ? "fill" : kind };
    if (!bringBack) return { status: Status.OK, kind };
    const moved = migrator.move(number, page, Direction.TO_SYSTEM);
    if (moved !== Status.OK && moved !== Status.BUSY) return { status: moved, kind };
    if (moved === Status.OK) kind = "back";
  }
}

function recordAt(space: Space, mirror: number): number { return space.thread.engine.u32(space.thread.me + Slot.MIRRORS) + mirror * Record.BYTES; }
