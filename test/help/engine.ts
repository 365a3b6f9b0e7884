// Engines for tests. PAGEMIRROR_WASM names another wasm to test: one with a bug planted in it, or the one for memory that is not shared.
import { readFileSync } from "node:fs";
import { Engine, type EngineOptions } from "../../src/engine.js";
import { FORMATS, shapeOf, type FormatName } from "../../src/formats.js";
import { Thread } from "../../src/thread.js";

export { describeThreads } from "../../src/stress/describe.js";
export { generator } from "../../src/generator.js";

export const WASM_FILE = process.env["PAGEMIRROR_WASM"] ?? "build/pagemirror.wasm";
export const UNSHARED_FILE = "build/pagemirror-unshared.wasm";
const module = new WebAssembly.Module(readFileSync(WASM_FILE));
const isUnshared = WASM_FILE === UNSHARED_FILE;

export async function makeEngine(options: EngineOptions = {}): Promise<{ engine: Engine; thread: Thread }> {
  const memory = isUnshared ? { memory: new WebAssembly.Memory({ initial: 1 }) } : {};
  const engine = await Engine.create({ wasm: module, systemFrames: 256, ...memory, ...options });
  return { engine, thread: Thread.register(engine) };
}

/** The seed of this run: SEED=… repeats one. Tests put it into their messages. */
export const SEED = Number(process.env["SEED"] ?? 20141);

/** The formats of four levels, of 9 bits each: at least one of every kind that is compiled. Where runs have one length, all but that is as without. */
export const FOUR_LEVELS = (Object.keys(FORMATS) as FormatName[]).filter((name) => {
  const { levels, rootBits, runs } = shapeOf(name);
  return levels === 4 && rootBits === 9 && runs[0]?.length !== 1;
});
