// The dull reference of a page table: a Map from page to frame and flags, and every verb in its most obvious words. A verb
// answers what the table's verb answers; where that throws, the model answers the code.
import { EntryKind } from "../../assembly/layout/entry.js";
import { PageMirrorError, type ErrorCode } from "../../src/error.js";
import type { Flags, Mapping } from "../../src/table.js";

export type FlagSet = Required<Flags>;
export const FLAG_NAMES = ["write", "execute", "user", "accessed", "dirty"] as const satisfies readonly (keyof Flags)[];
export const NO_FLAGS: FlagSet = { write: false, execute: false, user: false, accessed: false, dirty: false };

/** Every set of flags, by the bits of its number. */
export const FLAG_SETS: readonly FlagSet[] = Array.from({ length: 1 << FLAG_NAMES.length }, (_, bits) =>
  Object.fromEntries(FLAG_NAMES.map((name, at) => [name, (bits >> at & 1) === 1])) as unknown as FlagSet);

export type Outcome = "OK" | ErrorCode;

/** What a call of the library came to. Only errors of the library count: anything else is a fault of its own. */
export function outcome(call: () => void): Outcome {
  try { call(); } catch (error) {
    if (error instanceof PageMirrorError) return error.code;
    throw error;
  }
  return "OK";
}

export class ModelTable {
  readonly #entries = new Map<number, { frame: number; flags: FlagSet }>();

  get size(): number { return this.#entries.size; }

  entry(page: number): Mapping | undefined {
    const entry = this.#entries.get(page);
    return entry && { page, frame: entry.frame, kind: EntryKind.PRESENT, ...entry.flags };
  }

  lookup(page: number): number { return this.#entries.get(page)?.frame ?? -1; }

  lookupBatch(pages: readonly number[]): number[] { return pages.map((page) => this.lookup(page)); }

  walk(page: number, write: boolean): number {
    const entry = this.#entries.get(page);
    if (!entry || (write && !entry.flags.write)) return -1;
    entry.flags = { ...entry.flags, accessed: true, dirty: entry.flags.dirty || write };
    return entry.frame;
  }

  map(page: number, frame: number, flags: Flags, replace = false): Outcome {
    if (this.#entries.has(page) && !replace) return "EEXIST";
    this.#entries.set(page, { frame, flags: { ...NO_FLAGS, ...flags } });
    return "OK";
  }

  unmap(page: number): number {
    const frame = this.lookup(page);
    this.#entries.delete(page);
    return frame;
  }

  /** Stops before the first page that is mapped; those before it stay. */
  mapRange(page: number, count: number, frame: number, flags: Flags): Outcome {
    for (let i = 0; i < count; i++) if (this.map(page + i, frame + i, flags) !== "OK") return "EEXIST";
    return "OK";
  }

  /** Stops at the first page that is mapped; those before it stay. */
  mapBatch(pages: readonly number[], frames: readonly number[], flags: Flags): Outcome {
    for (const [i, page] of pages.entries()) if (this.map(page, frames[i]!, flags) !== "OK") return "EEXIST";
    return "OK";
  }

  unmapRange(page: number, count: number): Mapping[] {
    const found = this.list(page, count);
    for (const mapping of found) this.#entries.delete(mapping.page);
    return found;
  }

  unmapBatch(pages: readonly number[]): number[] { return pages.map((page) => this.unmap(page)); }

  protect(page: number, count: number, rights: Pick<Flags, "write" | "execute" | "user">): void {
    for (const { page: mapped } of this.list(page, count)) {
      const entry = this.#entries.get(mapped)!;
      const { accessed, dirty } = entry.flags;
      entry.flags = { ...NO_FLAGS, ...rights, accessed, dirty };
    }
  }

  list(page = 0, count = Infinity): Mapping[] {
    const inside = [...this.#entries.keys()].filter((mapped) => mapped >= page && mapped < page + count);
    return inside.sort((a, b) => a - b).map((mapped) => this.entry(mapped)!);
  }
}
