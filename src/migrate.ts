// Migration of pages between system and device memory: prepare → unmap → drain → finish, and eviction to make room.
import { Direction } from "../assembly/layout/space.js";
import { Status } from "../assembly/layout/status.js";
import { PAGES } from "./address.js";
import { PageMirrorError, checkWhole } from "./error.js";
import { Header } from "../assembly/layout/arena.js";
import { checkThread, type Thread } from "./thread.js";

export { Direction };

/** Told what happens while faults are served; for statistics. Every method is optional and must not throw. */
export interface Observer {
  /** A page moved, of whatever space. */
  moved?(space: number, page: number, direction: Direction): void;
  /** A page left the device because somebody needed room; its move is reported as well. */
  evicted?(space: number, page: number): void;
}

/** Rounds of eviction before a device that others fill again at once counts as full. */
const EVICTION_ROUNDS = 64;

export class Migrator {
  /** A migrator belongs to its thread. */
  constructor(readonly thread: Thread, readonly observer: Observer = {}) {
    checkThread(thread);
    thread.engine.needs("migratePrepare");
  }

  /**
   * Moves one page. OK; BUSY: it is not a page that can go there, or it changed meanwhile; NOMEM: no frame at the destination,
   * even after eviction. Waits for a migration of that page that is under way. Call it outside any section.
   */
  move(space: number, page: number, direction: Direction): Status {
    const { thread } = this, { wasm } = thread.engine, { me } = thread;
    if (direction !== Direction.TO_DEVICE && direction !== Direction.TO_SYSTEM)
      throw new PageMirrorError("EINVAL", `direction ${String(direction)}: expected Direction.TO_DEVICE or Direction.TO_SYSTEM`);
    checkWhole("space", space, 0, thread.engine.header(Header.SPACES) - 1);
    checkWhole("page", page, 0, PAGES - 1);
    for (let round = 0; ; round++) {
      const status = thread.settleWithMemory(() => wasm.migratePrepare(me, space, page, direction));
      if (status === Status.OK) break;
      if (status !== Status.NOMEM || direction !== Direction.TO_DEVICE || round === EVICTION_ROUNDS || !this.#evict()) return status;
    }
    wasm.migrateUnmap(me);
    try { thread.drain(space); }
    catch (error) { // a thread that does not run holds a section open: the page stays as it was
      wasm.migrateAbort(me);
      throw error;
    }
    wasm.migrateFinish(me);
    if (thread.count === 0) return Status.BUSY;
    this.observer.moved?.(space, page, direction);
    return Status.OK;
  }

  /** Brings one page of the device back to system memory, whosever it is. False when none can come. */
  #evict(): boolean {
    const { thread } = this;
    if (thread.engine.wasm.evictChoose(thread.me) !== Status.OK) return false;
    const space = thread.count, page = thread.page;
    const status = this.move(space, page, Direction.TO_SYSTEM);
    if (status === Status.OK) this.observer.evicted?.(space, page);
    return status !== Status.NOMEM; // BUSY: another thread was there first; look again
  }
}
