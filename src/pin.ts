/// <reference lib="esnext.disposable" preserve="true" />
// Pins (P1): while a thread holds one, no directory that it can reach is used again for anything else. Others map, unmap and give
// directories back meanwhile as they like; nobody waits, and nothing is allocated.
import { Descriptor, Place, Slot, Staging } from "../assembly/layout/arena.js";
import { EntryKind } from "../assembly/layout/entry.js";
import { Status } from "../assembly/layout/status.js";
import { Table as Record } from "../assembly/layout/table.js";
import { Cursor, isEntry, rootOf, scan, type Batch, type Directory, type Seen, type Step } from "./cursor.js";
import { PageMirrorError, checkWhole, hex } from "./error.js";
import { frameBitsOf, type Flags } from "./formats.js";
import { packFlags } from "./shape.js";
import { recordOf, type Table } from "./table.js";
import type { Thread } from "./thread.js";

/** What a walk calls. Each gets values, and may call any verb; it may not drop the walk's pin. */
export interface Visitor {
  /** Before what is in a directory. */
  enter?(directory: Directory): void;
  /** For each entry. */
  leaf?(seen: Seen): void;
  /** After what is in a directory. */
  leave?(directory: Directory): void;
}

export class Pin {
  #isHeld = true;
  private constructor(readonly thread: Thread, readonly number: number) {}

  /**
   * Takes a pin for the calling thread: on all tables of the arena, whatever range it is meant for, at the same cost. EAGAIN when the
   * thread holds 8. Memory that is given back meanwhile stays out of use until the pin is dropped, so allocations may answer
   * ENOMEM: drop it soon, or say `using pin = Pin.take(thread)`. What is done under a pin uses no translation: whoever touches
   * bytes of a frame that was seen asks a mirror, or an agent.
   */
  static take(thread: Thread): Pin {
    const number = thread.engine.wasm.pinTake(thread.me);
    if (number < 0) throw new PageMirrorError("EAGAIN", `thread ${thread.index} holds ${Slot.PINS_MAX} pins: expected at most ${Slot.PINS_MAX}, drop one before`);
    return new Pin(thread, number);
  }
  /** Drops it: what it held back can be used again. Once dropped, nothing happens. */
  drop(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.thread.engine.wasm.pinDrop(this.thread.me, this.number);
  }
  [Symbol.dispose](): void { this.drop(); }

  /**
   * Goes through the directories and entries of [page, page + count), in order: a directory before and after what is in it. What stands
   * in the table all the while is met once; the rest as it was at some moment of the walk; a directory that is emptied while the
   * walk is in it has nothing more, and what is mapped there anew is not met. Entries are read a directory at a time.
   */
  walk(table: Table, visitor: Visitor, page = 0, count = table.pages - page): void {
    const end = this.#range(table, page, count), step = this.#stepIn(table);
    const visit = (directory: Directory): void => {
      visitor.enter?.(directory);
      for (let from = page, more = true; more;) {
        const batch = step(directory, from, end, Staging.ITEMS);
        for (const found of batch.found) {
          if (isEntry(found)) visitor.leaf?.(found);
          else visit(found);
        }
        ({ next: from, more } = batch);
      }
      visitor.leave?.(directory);
    };
    visit(this.#root(table));
  }
  /** An iterator over the entries of [page, page + count): first / next / at. ESTALE once the pin is dropped. */
  cursor(table: Table, page = 0, count = table.pages - page): Cursor {
    const end = this.#range(table, page, count), met = this.#root(table);
    return new Cursor(() => this.#root(table, met), this.#stepIn(table), page, end);
  }

  /**
   * Changes an entry from what was seen to `replacement`, or unmaps it. EAGAIN, and nothing is done, when another entry stands there
   * now, or none; so also when its directory is dead, even if the same page has the same entry again in another one. Never ENOMEM.
   */
  update(seen: Seen, replacement?: Flags & { frame: number }): void {
    this.#check();
    const { thread: { engine, me } } = this, { page, directory, frame, kind } = seen;
    const bits = packFlags(flagsOf(seen)) & ~EntryKind.PRESENT | kind;
    const to = replacement ? [checkWhole("frame", replacement.frame, 0, this.#framesOf(directory) - 1), packFlags(flagsOf(replacement))] as const : [0, 0] as const;
    const status = engine.wasm.directoryUpdate(me, directory, page, frame, bits, ...to);
    if (status !== Status.OK) throw new PageMirrorError("EAGAIN", `update of page ${hex(page)}: it has changed since it was seen; look again`);
  }

  /** Frames that an entry in a directory can name. */
  #framesOf(directory: number): number {
    const { engine, me } = this.thread, place = engine.u64(engine.u32(me + Slot.DESCRIPTORS) + directory * Descriptor.BYTES + Descriptor.PLACE);
    const table = Number(BigInt.asUintN(Place.HOME_BITS, place >> BigInt(Place.HOME)));
    return 2 ** frameBitsOf(this.thread.engine, this.#record(table, Record.TOP));
  }
  #record(table: number, field: Record): number {
    return this.thread.engine.u32(recordOf(this.thread, table) + field);
  }
  #check(): void {
    if (!this.#isHeld) throw new PageMirrorError("ESTALE", `pin ${this.number} of thread ${this.thread.index} is dropped: expected one that is held`);
  }
  #range({ thread, pages }: Table, page: number, count: number): number {
    this.#check();
    if (thread !== this.thread) throw new PageMirrorError("EINVAL", `a table of thread ${thread.index}: expected a view of thread ${this.thread.index}, which holds the pin`);
    checkWhole("page", page, 0, pages - 1);
    return page + checkWhole("count", count, 1, pages - page);
  }
  #root({ handle: { table, generation } }: Table, met?: Directory): Directory {
    const root = rootOf(this.thread, table); // then its generation: the root of a later table, if it is one, is not taken for this one's
    if (root && this.#record(table, Record.GENERATION) === generation) return root;
    if (met) return met; // the table is gone, and empty
    throw new PageMirrorError("ESTALE", `table ${table} of generation ${generation}: that table is gone`);
  }
  #stepIn(table: Table): Step {
    return (directory, page, end, limit): Batch => {
      this.#check();
      return scan(this.thread, table, directory, page, end, limit);
    };
  }
}

/** The flags alone of what may be a whole mapping. */
function flagsOf({ write, execute, user, accessed, dirty }: Flags): Flags { return { write, execute, user, accessed, dirty }; }
