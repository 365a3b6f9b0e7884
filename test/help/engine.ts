// Engines for tests. PAGEMIRROR_WASM names another wasm to test: one with a bug planted in it.
import { readFileSync } from "node:fs";
import { Arena, Header, Slot } from "../../assembly/layout/arena.js";
import { Engine, type EngineOptions } from "../../src/engine.js";
import { Thread } from "../../src/thread.js";

export const WASM_FILE = process.env["PAGEMIRROR_WASM"] ?? "build/pagemirror.wasm";
const module = new WebAssembly.Module(readFileSync(WASM_FILE));

export async function makeEngine(options: EngineOptions = {}): Promise<{ engine: Engine; thread: Thread }> {
  const engine = await Engine.create({ wasm: module, systemFrames: 256, ...options });
  return { engine, thread: Thread.register(engine) };
}

/** What each thread is doing, read from its slot: printed when a test hangs. */
export function describeThreads(engine: Engine): string {
  return Array.from({ length: engine.header(Header.THREADS) }, (_, i) => {
    const slot = engine.handle.arena + Arena.SLOTS_AT + i * Slot.BYTES;
    const waits = engine.u32(slot + Slot.WAIT_ADDRESS), value = engine.u64(slot + Slot.WAIT_VALUE);
    return `thread ${i}: state ${engine.u32(slot + Slot.STATE)}, section 0x${engine.u64(slot + Slot.SECTION).toString(16)}, `
      + `announced 0x${engine.u64(slot + Slot.ANNOUNCED).toString(16)}, attached ${engine.u32(slot + Slot.ATTACHED) - 1}, `
      + `last wait 0x${waits.toString(16)} for 0x${value.toString(16)} (now 0x${waits ? engine.u64(waits).toString(16) : "-"})`;
  }).join("\n");
}

/** A seeded generator of whole numbers below `n` (xorshift32). */
export function generator(seed: number): (n: number) => number {
  let x = seed >>> 0 || 1;
  return (n) => {
    x ^= x << 13; x >>>= 0;
    x ^= x >>> 17;
    x ^= x << 5; x >>>= 0;
    return x % n;
  };
}

/** The seed of this run: SEED=… repeats one. Tests put it into their messages. */
export const SEED = Number(process.env["SEED"] ?? 20141);
