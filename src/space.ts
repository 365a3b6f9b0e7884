// An address space: areas, and the changes that many threads make to them at once. The steps are in the wasm; here they are put
// in order and waited for.
import { Header, Slot } from "../assembly/layout/arena.js";
import { Change, Right, Space as Record } from "../assembly/layout/space.js";
import { Status } from "../assembly/layout/status.js";
import { PAGES, PAGE_BYTES, addressBits, pageOf, pagesIn, type Address } from "./address.js";
import { PageMirrorError, checkWhole, hex, statusError } from "./error.js";
import { FORMATS } from "./formats.js";
import { Table } from "./table.js";
import { checkHandle, checkInstance } from "./handle.js";
import { checkThread, type Thread } from "./thread.js";

export { Right };

/** Where `mmap` without an address begins to look. */
const LOWEST_PAGE = 0x10000;

export interface SpaceHandle { space: number; generation: number }

export class Space {
  private constructor(readonly thread: Thread, readonly handle: SpaceHandle) {}

  /** Makes an empty space with an x86-64 table. ENOSPC, ENOMEM. */
  static create(thread: Thread): Space {
    checkThread(thread);
    thread.engine.needs("spaceCreate");
    const space = thread.engine.wasm.spaceCreate(thread.me, FORMATS["x86-64"]);
    if (space < 0) throw statusError(-space, "an address space");
    return new Space(thread, { space, generation: generationOf(thread, space) });
  }
  /** A view of a space for the calling thread. ESTALE when it is gone. */
  static attach(thread: Thread, handle: SpaceHandle): Space {
    checkThread(thread);
    thread.engine.needs("spaceCreate");
    checkHandle("space", handle, thread.engine.header(Header.SPACES), (space) => generationOf(thread, space));
    return new Space(thread, handle);
  }
  /** Unmaps everything and ends the space. Its mirrors must be destroyed, and no other thread may be using it. */
  destroy(): void {
    this.check();
    for (let i = 0; i < Record.MIRRORS_MAX; i++) {
      const mirror = this.thread.engine.u32(recordAt(this.thread, this.number) + Record.MIRRORS + 4 * i);
      if (mirror) throw new PageMirrorError("EBUSY", `space ${this.number} has mirror ${mirror - 1}: destroy its mirrors first`);
    }
    this.#change(Change.UNMAP, 0, PAGES, 0, "unmap all");
    this.thread.engine.wasm.spaceDestroy(this.thread.me, this.number);
  }

  get number(): number { return this.handle.space; }
  /** The CPU's table of this space. ESTALE as every verb when the space is gone. */
  get table(): Table {
    this.check();
    return Table.view(this.thread, this.thread.engine.header(Header.TABLES) + this.number);
  }

  /**
   * Makes an area of anonymous memory (zeros) with the given rights and returns its first address. Without `at` the lowest gap is
   * taken. EEXIST when an area is there already, ENOMEM, ENOSPC (too many areas).
   */
  mmap(bytes: number | bigint, rights: number = Right.READ | Right.WRITE, at?: Address): Address {
    const given = checkRights(rights, 1);
    if (at !== undefined) {
      const page = pageOf("mmap address", at), pages = pagesIn("mmap length", bytes, page);
      this.#publish(Change.MAP, page, page + pages, given, `mmap ${hex(bytes)} at ${hex(at)}`);
      return at;
    }
    this.check();
    const pages = pagesIn("mmap length", bytes);
    for (;;) {
      const page = this.thread.engine.wasm.spaceGap(this.thread.me, this.number, LOWEST_PAGE, pages);
      if (page + pages > PAGES / 2) throw new PageMirrorError("ENOMEM", `mmap ${hex(bytes)}: no gap of that size is left below 2^47`);
      try {
        this.#publish(Change.MAP, page, page + pages, given, `mmap ${hex(bytes)}`);
        return page * PAGE_BYTES;
      } catch (error) {
        if ((error as PageMirrorError).code !== "EEXIST") throw error; // another thread took the gap
      }
    }
  }
  /** Unmaps the areas and frees the pages of a range; holes in it are fine. When it returns no access to the old pages is running (H1). */
  munmap(at: Address, bytes: number | bigint): void {
    const page = pageOf("munmap address", at);
    this.#change(Change.UNMAP, page, page + pagesIn("munmap length", bytes, page), 0, `munmap ${hex(bytes)} at ${hex(at)}`);
  }
  /** Sets the rights of a range that areas cover whole (EFAULT otherwise). Rights taken away are gone everywhere when it returns. */
  mprotect(at: Address, bytes: number | bigint, rights: number): void {
    const given = checkRights(rights, 0);
    const page = pageOf("mprotect address", at);
    this.#change(Change.PROTECT, page, page + pagesIn("mprotect length", bytes, page), given, `mprotect ${hex(bytes)} at ${hex(at)}`);
  }
  /** The rights of the area that covers an address, undefined in a hole. */
  rightsAt(address: Address): number | undefined {
    this.check();
    const rights = this.thread.engine.wasm.spaceRights(this.thread.me, this.number, Math.floor(addressBits(address) / PAGE_BYTES));
    return rights < 0 ? undefined : rights;
  }

  #change(op: Change, first: number, end: number, rights: number, what: string): void {
    this.#publish(op, first, end, rights, what);
    this.#finish(op, first, end, rights);
  }
  /** ESTALE when the space, or its thread, is gone. @internal */
  check(): void {
    this.thread.check();
    checkHandle("space", this.handle, this.number + 1, (space) => generationOf(this.thread, space));
  }
  #publish(op: Change, first: number, end: number, rights: number, what: string): void {
    this.check();
    const { thread } = this;
    const status = thread.settleWithMemory(() => thread.engine.wasm.spacePublish(thread.me, this.number, op, first, end, rights));
    if (status === Status.FULL) throw new PageMirrorError("ENOSPC", `${what}: the space has as many areas as it can hold; expected fewer, larger ones`);
    if (status !== Status.OK) throw statusError(status, what);
  }
  /** Everything after the publication. It waits, as long as it takes, for threads inside sections; one that died must be buried. */
  #finish(op: Change, first: number, end: number, rights: number): void {
    const { thread, number } = this, { wasm } = thread.engine;
    const lost = op === Change.PROTECT && rights & Right.READ ? Right.WRITE : 0;
    finishChange(thread, number, first, end, lost, (from) => wasm.spaceEdit(thread.me, number, op, from, end, rights));
    wasm.spaceChangeEnd(thread.me);
  }
}

/** What follows the publication of a change: quiesce, then batches of edit, invalidate, drain, free. `edit` answers as `spaceEdit`. */
export function finishChange(thread: Thread, space: number, first: number, end: number, lost: number, edit: (from: number) => number): void {
  const { wasm } = thread.engine, { me } = thread;
  thread.settle(() => wasm.spaceQuiesce(me, space, first, end), Infinity);
  for (let from = first; ;) {
    const status = edit(from);
    const at = thread.waitAddress, value = thread.waitValue, next = status === Status.OK ? end : thread.page;
    if (next > from) invalidateAndFree(thread, space, from, next, lost);
    if (status === Status.OK) return;
    from = next;
    if (status === Status.WAIT) thread.sleep(Infinity, at, value);
  }
}
/** Ends what mirrors and threads know of the range, and frees the frames that were gathered. */
export function invalidateAndFree(thread: Thread, space: number, first: number, end: number, lost: number): void {
  thread.engine.wasm.spaceInvalidate(thread.me, space, first, end, lost);
  thread.drain(space, Infinity); // entries are out already: there is no way back
  thread.engine.wasm.spaceFreeGathered(thread.me);
}

/** Rights as the formats have them: what can be written or executed can be read. */
function checkRights(rights: number, least: number): number {
  checkWhole("rights", rights, least, 7);
  return rights ? rights | Right.READ : 0;
}
function recordAt(thread: Thread, space: number): number { return thread.engine.u32(thread.me + Slot.SPACES) + space * Record.BYTES; }
function generationOf(thread: Thread, space: number): number { return thread.engine.u32(recordAt(thread, space) + Record.GENERATION); }

/** Refuses what is no space (EINVAL), or one that is gone (ESTALE). */
export function checkSpace(space: Space): void {
  checkInstance("space", space, Space, "a Space");
  space.check();
}
