// Our table as the bench plays it: through the public verbs only. Two threads on it are in two.ts.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Descriptor } from "../assembly/layout/arena.js";
import { Engine, Table, Thread, type EngineHandle, type FormatName, type GenericFormat, type TableHandle } from "../src/index.js";
import { Two } from "./two.js";
import { LEAF, Workload, wallNs, type Case, type PageTable, type Player, type Sample, type WorkloadOptions } from "./workload.js";

export const WASM = fileURLToPath(new URL("../../dist/pagemirror.wasm", import.meta.url));
const RIGHTS = { write: true, user: true };
const FRAME_BYTES = 4096;
/** The runs of a measurement of what lasts milliseconds; the median counts. */
const STARTS = 31;

export class Ours implements PageTable<number, Float64Array> {
  readonly #unmapped = new Float64Array(LEAF);
  constructor(readonly table: Table) {}
  convert(pages: Float64Array): Float64Array { return pages; }
  lookup(page: number): number { return this.table.lookup(page); }
  lookupBatch(pages: Float64Array, frames: Float64Array): void { this.table.lookupBatch(pages, frames); }
  lookupRange(page: number, frames: Float64Array): void { this.table.lookupRange(page, frames.length, frames); }
  map(page: number, frame: number): void { this.table.map(page, frame, RIGHTS); }
  unmap(page: number): number { return this.table.unmap(page); }
  mapRange(page: number, count: number, frame: number, owned = false): void { this.table.mapRange(page, count, frame, RIGHTS, undefined, owned); }
  unmapRange(page: number, count: number): number {
    this.table.unmapFrames(page, count, this.#unmapped);
    let sum = 0;
    for (let i = 0; i < count; i++) sum = (sum + this.#unmapped[i]!) | 0;
    return sum;
  }
  clear(): void { /* every directory was given back when it emptied */ }
}

/** Attaches another worker to the table. */
export function attach(engine: EngineHandle, table: TableHandle): Ours {
  return new Ours(Table.attach(Thread.register(Engine.attach(engine)), table));
}

/** What only ours is asked for, beside the cases of every table. */
export class OurPlayer implements Player {
  readonly #workload: Workload<number, Float64Array>;
  readonly #options: WorkloadOptions;
  #two: Two | undefined;

  private constructor(readonly table: Table, readonly bytes: BufferSource, options: WorkloadOptions) {
    this.#options = { ...options, first: options.first + options.pages <= table.pages ? options.first : 0 }; // few bits: from 0 on
    this.#workload = new Workload(new Ours(table), this.#options);
  }
  static async create(options: WorkloadOptions, format: FormatName | GenericFormat): Promise<OurPlayer> {
    const bytes = readFileSync(WASM), systemFrames = 1024 + Math.ceil(options.pages / (LEAF / 2));
    const engine = await Engine.create({ wasm: await WebAssembly.compile(bytes), systemFrames, threads: 64 });
    return new OurPlayer(Table.create(Thread.register(engine), format), bytes, options);
  }

  async play(name: Case, count: number, seed: number): Promise<Sample> {
    switch (name) {
      case "bytes": return this.#value(this.#bytesAPage());
      case "compile": return this.#value(startNs(() => new WebAssembly.Module(this.bytes)));
      case "instantiate": return this.#value(startNs(() => Engine.attach(this.table.thread.engine.handle)));
      case "two-disjoint": case "two-same": {
        const { thread, handle } = this.table, shared = { engine: thread.engine.handle, table: handle, options: this.#options };
        this.#two ??= await Two.start(this.#workload, shared);
        return this.#two.play(name, count, seed);
      }
      default: return this.#workload.play(name, count, seed);
    }
  }
  #value(ns: number): Sample { return { ns, check: 0, alone: 0 }; }

  #bytesAPage(): number {
    this.#workload.beFull();
    return this.table.thread.audit().directories * (FRAME_BYTES + Descriptor.BYTES) / this.#options.pages;
  }
}

/** The median of a few runs. */
function startNs(run: () => unknown): number {
  const took = Array.from({ length: STARTS }, () => {
    const begin = wallNs();
    run();
    return wallNs() - begin;
  });
  return took.sort((a, b) => a - b)[STARTS >> 1]!;
}
