// The engine: one shared memory, one instance of the wasm, and the only views of that memory. Everything else asks it.
import { instantiateSync } from "@assemblyscript/loader";
import { Arena, Audit, Header, Slot } from "../assembly/layout/arena.js";
import { PageMirrorError, checkWhole, hex } from "./error.js";
import type { __AdaptedExports } from "../build/pagemirror.js";

/** The verbs of the wasm, as the compiler describes them. Addresses come back signed: see `address`. */
export type Wasm = typeof __AdaptedExports;

export interface EngineOptions {
  /** The compiled `pagemirror.wasm`; without it the file beside this module is loaded (Node, Deno, Bun: read; browser: fetched). */
  wasm?: WebAssembly.Module;
  /** Bytes of a page: a power of two; the formats of this build have pages of 4096. */
  pageBytes?: number;
  /** Frames of system memory; rounded up to a multiple of 64. Default 16384 (64 MiB). */
  systemFrames?: number;
  /** Frames of device memory. Default 0. */
  deviceFrames?: number;
  /** How many threads may be registered at once: 1 to 64. Default 8. */
  threads?: number;
  /** How many page tables, address spaces and mirrors may exist at once. Defaults 64, 32, 32. */
  tables?: number;
  spaces?: number;
  mirrors?: number;
  /** Bytes for agents and whatever else lives in the arena beside frames. Default 256 KiB. */
  workspaceBytes?: number;
}

/** What another worker needs to attach to the same arena: post it, then `Engine.attach`. */
export interface EngineHandle { module: WebAssembly.Module; memory: WebAssembly.Memory; arena: number }

const WASM_PAGE = 65536;
/** A memory's first bytes stay free of arenas, so that address 0 is nowhere. */
const FIRST_ARENA = 4096;

export class Engine {
  readonly wasm: Wasm;
  readonly #buffer: SharedArrayBuffer;
  readonly #bytes: Uint8Array;
  readonly #u32: Uint32Array;
  readonly #u64: BigUint64Array;
  readonly #i64: BigInt64Array;
  readonly #f64: Float64Array;

  private constructor(readonly handle: EngineHandle, wasm: Wasm) {
    this.wasm = wasm;
    this.#buffer = handle.memory.buffer as unknown as SharedArrayBuffer;
    this.#bytes = new Uint8Array(this.#buffer);
    this.#u32 = new Uint32Array(this.#buffer);
    this.#u64 = new BigUint64Array(this.#buffer);
    this.#i64 = new BigInt64Array(this.#buffer);
    this.#f64 = new Float64Array(this.#buffer);
  }

  /** Makes an arena in a memory of its own. EINVAL for a number out of range, ENOMEM when 4 GiB do not hold it. */
  static async create(options: EngineOptions = {}): Promise<Engine> {
    const module = options.wasm ?? await loadModule();
    const pageBytes = checkWhole("pageBytes", options.pageBytes ?? 4096, 4096, 4096);
    const round = (frames: number): number => Math.ceil(frames / 64) * 64;
    const system = round(checkWhole("systemFrames", options.systemFrames ?? 16384, 64, 2 ** 20));
    const deviceFrames = checkWhole("deviceFrames", options.deviceFrames ?? 0, 0, 2 ** 20);
    const numbers = [
      Math.log2(pageBytes), checkWhole("threads", options.threads ?? 8, 1, 64), system, deviceFrames,
      checkWhole("tables", options.tables ?? 64, 1, 4096), checkWhole("spaces", options.spaces ?? 32, 1, 4096),
      checkWhole("mirrors", options.mirrors ?? 32, 1, 4096), checkWhole("workspaceBytes", options.workspaceBytes ?? 262144, 0, 2 ** 30),
    ] as const;
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
    const wasm = instantiate(module, memory);
    const bytes = FIRST_ARENA + pageBytes + wasm.arenaCreate(0xffffffff, ...numbers);
    if (bytes > 2 ** 32 - WASM_PAGE)
      throw new PageMirrorError("ENOMEM", `an arena of ${Math.ceil(bytes / 2 ** 20)} MiB was asked for: expected at most 4095 MiB; lower systemFrames or deviceFrames`);
    try { memory.grow(Math.ceil(bytes / WASM_PAGE) - 1); }
    catch { throw new PageMirrorError("ENOMEM", `the host has no ${Math.ceil(bytes / 2 ** 20)} MiB of shared memory for the arena`); }
    wasm.arenaCreate(FIRST_ARENA, ...numbers);
    return new Engine({ module, memory, arena: FIRST_ARENA }, wasm);
  }

  /** Attaches to an arena made elsewhere, in this worker. ESTALE when the memory holds none of this version. */
  static attach(handle: EngineHandle): Engine {
    const { module, memory, arena } = handle;
    const header = new Uint32Array(memory.buffer, Math.min(arena, memory.buffer.byteLength - 8) & ~3, 2);
    if (header[Header.MAGIC / 4] !== Arena.MAGIC || header[Header.VERSION / 4] !== Arena.VERSION)
      throw new PageMirrorError("ESTALE", `no arena of version ${Arena.VERSION} at ${hex(arena)}: found magic ${hex(header[0]!)}, version ${header[1]}`);
    return new Engine(handle, instantiate(module, memory));
  }

  /** A number of the header (layout/arena.ts). */
  header(field: Header): number { return this.#u32[(this.handle.arena + field) >>> 2]!; }
  u32(at: number): number { return this.#u32[at >>> 2]!; }
  setU32(at: number, value: number): void { this.#u32[at >>> 2] = value; }
  u64(at: number): bigint { return this.#u64[at >>> 3]!; }
  setU64(at: number, value: bigint): void { this.#u64[at >>> 3] = value; }
  f64(at: number): number { return this.#f64[at >>> 3]!; }
  setF64(at: number, value: number): void { this.#f64[at >>> 3] = value; }
  /** Copies bytes out of, or into, the arena. */
  bytes(at: number, length: number): Uint8Array { return this.#bytes.slice(at, at + length); }
  setBytes(at: number, bytes: Uint8Array): void { this.#bytes.set(bytes, at); }
  moveBytes(to: number, from: number, length: number): void { this.#bytes.copyWithin(to, from, from + length); }
  lastByte(at: number, length: number, byte: number): number { return this.#bytes.subarray(at, at + length).lastIndexOf(byte); }
  /** Batches to and from a thread's staging. */
  copyFloatsIn(at: number, from: Float64Array, first: number, count: number): void {
    this.#f64.set(from.subarray(first, first + count), at >>> 3);
  }
  copyFloatsOut(at: number, to: Float64Array, first: number, count: number): void {
    to.set(this.#f64.subarray(at >>> 3, (at >>> 3) + count), first);
  }

  /** Adds to a shared word; answers the sum. */
  addU32(at: number, value: number): number { return (Atomics.add(this.#u32, at >>> 2, value) + value) >>> 0; }

  /** Sleeps while the 64-bit word is `value`, at most `ms`. Not on a browser's main thread. False when the time ran out. */
  sleep(at: number, value: bigint, ms: number): boolean {
    return Atomics.wait(this.#i64, at >>> 3, BigInt.asIntN(64, value), ms) !== "timed-out";
  }
  /** The same without blocking the thread. */
  async sleepAsync(at: number, value: bigint, ms: number): Promise<void> {
    const outcome = Atomics.waitAsync(this.#i64, at >>> 3, BigInt.asIntN(64, value), ms);
    if (outcome.async) await outcome.value;
  }

  /** Counts what every frame is: `Thread.audit` for others. `me` is a registered thread's slot. @internal */
  audit(me: number): AuditResult {
    this.wasm.audit(me);
    const at = this.u32(me + Slot.STAGING), counter = (which: Audit): number => this.u32(at + 4 * which);
    const leakedFrames = counter(Audit.LEAKED) | 0, faults = counter(Audit.FAULTS);
    return {
      clean: leakedFrames === 0 && faults === 0, free: counter(Audit.FREE), retired: counter(Audit.RETIRED), transit: counter(Audit.TRANSIT),
      directories: counter(Audit.DIRECTORIES), pages: counter(Audit.PAGES), records: counter(Audit.RECORDS), leakedFrames, faults,
    };
  }
}

export interface AuditResult {
  /** Nothing leaked, nothing is wrong. */
  clean: boolean;
  free: number; retired: number; transit: number; directories: number; pages: number; records: number;
  /** Frames that are owned but that no table, entry or area reaches. */
  leakedFrames: number;
  /** Things reached that should not be: empty directories, entries under way, foreign pages, open sections. */
  faults: number;
}

function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Wasm {
  return instantiateSync(module, { env: { memory } }).instance.exports as unknown as Wasm; // not the loader's wrappers: a verb costs less than one
}

/** An address that the wasm answered: it comes back as a signed number. */
export function address(answer: number): number { return answer >>> 0; }

async function loadModule(): Promise<WebAssembly.Module> {
  const url = new URL("./pagemirror.wasm", import.meta.url);
  if (url.protocol !== "file:") return WebAssembly.compileStreaming(fetch(url));
  const { readFile } = await import("node:fs/promises");
  try { return await WebAssembly.compile(await readFile(url)); }
  catch (error) { throw new PageMirrorError("EIO", `cannot load ${url.pathname}: ${(error as Error).message}; build it, or pass options.wasm`); }
}
