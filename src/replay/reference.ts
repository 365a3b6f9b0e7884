// The flat reference: what a process's memory must hold, kept the dull way. It knows nothing of tables, devices or migration.
import { Record as Bits, RecordKind } from "../../assembly/layout/trace.js";
import { PAGE_BYTES } from "../address.js";
import type { Engine } from "../engine.js";

/** A packed record taken apart. */
export interface Access { address: number; size: number; kind: RecordKind; device: boolean }

/** Reads record `i` of a batch. */
export function recordAt(engine: Engine, batch: number, i: number): Access {
  const at = batch + (i << Bits.BYTES_LG2), low = engine.u32(at), high = engine.u32(at + 4);
  return {
    address: (high & 0xffff) * 2 ** 32 + low, size: high >>> 16 & 0xfff,
    kind: high >>> 28 & 3, device: (high >>> 30 & 1) === 1,
  };
}

/** Byte `index` of the store at `position`: written here a second time, so that the wasm's own is checked by it. */
export function patternByte(seed: number, process: number, position: number, index: number): number {
  let h = (seed ^ Math.imul(process, 0x9e3779b1) ^ Math.imul(index >>> 2, 0x85ebca6b)) >>> 0;
  h = (Math.imul(h ^ h >>> 15, 0x2c1b3c6d) + position) >>> 0;
  h = Math.imul(h ^ h >>> 12, 0x297a2d39) >>> 0;
  h = (h ^ h >>> 15) >>> 0;
  return h >>> ((index & 3) << 3) & 0xff;
}

/** A hash of 32-bit words, as `hashBytes` of the wasm computes it. */
export function hashWords(bytes: Uint8Array, seed: number): number {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  let h = seed;
  for (const word of words) h = Math.imul(h ^ word, 0x01000193);
  return h >>> 0;
}

export class Reference {
  readonly pages = new Map<number, Uint8Array>();
  mismatches = 0;
  /** The first difference seen, for the message. */
  first: string | undefined;

  constructor(readonly seed: number, readonly process: number) {}

  /** Replays a record; `seen` holds the bytes that the engine loaded, from `at` on. Returns how many of them belong to it. */
  replay({ address, size, kind }: Access, position: number, seen: Uint8Array, at: number): number {
    const loads = kind !== RecordKind.STORE, stores = kind >= RecordKind.STORE;
    for (let i = 0; i < size; i++) {
      const page = Math.floor((address + i) / PAGE_BYTES), offset = (address + i) % PAGE_BYTES;
      let bytes = this.pages.get(page);
      if (!bytes) this.pages.set(page, bytes = new Uint8Array(PAGE_BYTES));
      if (loads && seen[at + i] !== bytes[offset]) this.#differs(`access ${position} at 0x${(address + i).toString(16)}: loaded ${seen[at + i]}, expected ${bytes[offset]}`);
      if (stores) bytes[offset] = patternByte(this.seed, this.process, position, i);
    }
    return loads ? size : 0;
  }

  /** Compares a page of the final image. */
  compare(page: number, bytes: Uint8Array): void {
    const expected = this.pages.get(page);
    if (!expected) return this.#differs(`page 0x${page.toString(16)}: mapped at the end, expected none`);
    for (let i = 0; i < PAGE_BYTES; i++)
      if (bytes[i] !== expected[i]) this.#differs(`page 0x${page.toString(16)}, byte ${i}: ${bytes[i]} at the end, expected ${expected[i]}`);
  }
  /** Counts pages that the final image should have and does not. */
  missing(pages: Set<number>): void {
    for (const page of this.pages.keys()) if (!pages.has(page)) this.#differs(`page 0x${page.toString(16)}: not mapped at the end`);
  }

  #differs(what: string): void {
    this.mismatches++;
    this.first ??= `process ${this.process}: ${what}`;
  }
}
