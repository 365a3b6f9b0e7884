// Going through a table under a pin: what a step finds in one directory, and the iterator that takes one step at a time.
import { Slot, Staging } from "../assembly/layout/arena.js";
import { EntryKind } from "../assembly/layout/entry.js";
import { Status } from "../assembly/layout/status.js";
import { checkWhole } from "./error.js";
import { kindIn, mapping, sizeIn, type Mapping } from "./mapping.js";
import type { Thread } from "./thread.js";

/** A directory that was met under a pin, by value. */
export interface Directory {
  /** 0 holds leaves only. Where levels may be left out, it may be several below the one above. */
  level: number;
  /** The first page that it covers. */
  page: number;
  /** Its frame: no other directory has this number as long as the pin is held. */
  directory: number;
}
/** An entry as it was seen under a pin: a value, with the place where it was seen. */
export interface Seen extends Mapping {
  level: number;
  directory: number;
}

/** What one step finds. */
export interface Batch {
  /** In the order of pages: entries, and the directories below. */
  found: (Seen | Directory)[];
  /** Whether the directory has more; and the page to go on from, in it or behind it. */
  more: boolean;
  next: number;
}

export function isEntry(found: Seen | Directory): found is Seen { return "frame" in found; }

/** The root of a table, or undefined when the table is gone. The thread holds a pin. */
export function rootOf(thread: Thread, table: number): Directory | undefined {
  const status = thread.engine.wasm.tableRoot(thread.me, table);
  return status === Status.OK ? { level: thread.count, page: 0, directory: thread.frame } : undefined;
}

/** What a directory is read by. */
export interface TableFormat { word: number; indexBits: number }
/** Reads a directory, met under a pin that is held still, from `page` on and below `end`; at most `limit` finds. The format is that of its table. */
export function scan(thread: Thread, { word, indexBits }: TableFormat, { directory, level }: Directory, page: number, end: number, limit: number): Batch {
  const { engine, me } = thread, status = engine.wasm.directoryScan(me, word, directory, page, end, limit), { staging } = thread;
  const found = Array.from({ length: thread.count }, (_, i): Seen | Directory => {
    const first = engine.f64(staging + Staging.PAGES + 8 * i), frame = engine.f64(staging + Staging.FRAMES + 8 * i);
    const bits = engine.u32(staging + Staging.FLAGS + 4 * i);
    if (kindIn(bits) === EntryKind.NONE) return { level: sizeIn(bits) / indexBits, page: first, directory: frame };
    return { ...mapping(first, frame, bits, indexBits), level, directory };
  });
  return { found, more: status === Status.MORE, next: engine.f64(me + Slot.PAGE) };
}

/** One step of whoever holds the pin: refuses once it is dropped. */
export type Step = (directory: Directory, page: number, end: number, limit: number) => Batch;

/**
 * The iterator first / next / at over a range of a table. Each answer is an entry as it is at that call; what stands all the while
 * is answered once, in the order of pages; directories hooked where the cursor has been, or beside one that it stands in and that
 * is emptied meanwhile, are not met. Under a pin, by its thread.
 */
export class Cursor {
  readonly #root: () => Directory;
  readonly #step: Step;
  /** From the root down to the directory that it stands in. */
  #path: Directory[] = [];
  #page = 0;

  /** `Pin.cursor` makes one. @internal */
  constructor(root: () => Directory, step: Step, /** The range: below `end`. */ readonly page: number, readonly end: number) {
    this.#root = root;
    this.#step = step;
    this.#place(page);
  }

  /** The first entry of the range; undefined when there is none. */
  first(): Seen | undefined {
    this.#place(this.page);
    return this.next();
  }
  /** The entry behind the one answered last, or the first; undefined behind the last one. */
  next(): Seen | undefined { return this.#advance(this.end); }
  /** The entry of a page of the range, found from the root: as it is now. Undefined when there is none. `next` goes on behind it. */
  at(page: number): Seen | undefined {
    this.#place(checkWhole("page", page, this.page, this.end - 1));
    const seen = this.#advance(page + 1);
    if (!seen) this.#place(page + 1);
    return seen;
  }
  /** From the first entry on. */
  *[Symbol.iterator](): Generator<Seen, void, void> {
    for (let seen = this.first(); seen; seen = this.next()) yield seen;
  }

  #place(page: number): void {
    this.#path = [this.#root()];
    this.#page = page;
  }
  /** Down into the first directory, along it, and up where it ends. */
  #advance(end: number): Seen | undefined {
    for (let here = this.#path.at(-1); here && this.#page < end; here = this.#path.at(-1)) {
      const { found: [found], next } = this.#step(here, this.#page, end, 1);
      if (found && !isEntry(found)) {
        this.#path.push(found);
        continue;
      }
      this.#page = next;
      if (found) return found;
      this.#path.pop();
    }
    return undefined;
  }
}
