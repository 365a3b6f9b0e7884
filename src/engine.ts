// The engine: one shared memory, one instance of the wasm, and the only views of that memory. Everything else asks it.
import { instantiateSync } from "@assemblyscript/loader";
import { Arena, Audit, Header, Place, Slot } from "../assembly/layout/arena.js";
import { PageMirrorError, checkWhole, hex } from "./error.js";
import { checkInstance, checkKind } from "./handle.js";
import type { __AdaptedExports } from "../build/pagemirror.js";

/** The verbs of the wasm, as the compiler describes them. Addresses come back signed: see `address`. */
export type Wasm = typeof __AdaptedExports;

export interface EngineOptions {
  /**
   * The compiled `pagemirror.wasm`, or `pagemirror-unshared.wasm` for a memory that is not shared; without it the file beside this
   * module is loaded (Node, Deno, Bun: read; browser: fetched).
   */
  wasm?: WebAssembly.Module;
  /**
   * A memory that somebody else owns, shared or not; without it the engine makes one, shared. An arena in it touches no byte outside.
   * Its owner may make it larger at any time. One that is not shared is for one thread.
   */
  memory?: WebAssembly.Memory;
  /** Where in that memory the arena begins: a multiple of `pageBytes`, not 0. What lies there is overwritten. Default: the memory's end. */
  base?: number;
  /** How many bytes the arena may take there; without `systemFrames` it has as many frames as these hold. The memory grows when it ends before them. */
  size?: number;
  /** Bytes of a page: a power of two; the formats of this build have pages of 4096. */
  pageBytes?: number;
  /** Frames of system memory; rounded up to a multiple of 64. Default 16384 (64 MiB). */
  systemFrames?: number;
  /** Frames of device memory. Default 0. */
  deviceFrames?: number;
  /** How many threads may be registered at once: 1 to 64. Default 8. */
  threads?: number;
  /** How many page tables, address spaces and mirrors may exist at once, 4096 together. Defaults 64, 32, 32. */
  tables?: number;
  spaces?: number;
  mirrors?: number;
  /** Bytes for agents and whatever else lives in the arena beside frames. Default 256 KiB. */
  workspaceBytes?: number;
}

/** What another worker needs to attach to the same arena: post it, then `Engine.attach`. */
export interface EngineHandle { module: WebAssembly.Module; memory: WebAssembly.Memory; arena: number }

const WASM_PAGE = 65536;
/** Numbers of page tables have 12 bits in places and intents. */
const TABLES_MAX = 2 ** Place.HOME_BITS;
/** By a name that bundlers do not follow: one for browsers would find no such module. */
const NODE_FILES = ["node:fs", "promises"].join("/");
/** To `arenaCreate`, in place of an address: only tell the size. */
const MEASURE = 0xffffffff;
/** A memory's first bytes stay free of arenas, so that address 0 is nowhere. */
export const FIRST_ARENA = 4096;

export class Engine {
  readonly wasm: Wasm;
  #bytes!: Uint8Array;
  #u32!: Uint32Array;
  #u64!: BigUint64Array;
  #i64!: BigInt64Array;
  #f64!: Float64Array;

  private constructor(readonly handle: EngineHandle, wasm: Wasm) {
    this.wasm = wasm;
    this.#look();
  }
  #look(): void {
    const { buffer } = this.handle.memory;
    this.#bytes = new Uint8Array(buffer);
    this.#u32 = new Uint32Array(buffer);
    this.#u64 = new BigUint64Array(buffer);
    this.#i64 = new BigInt64Array(buffer);
    this.#f64 = new Float64Array(buffer);
  }
  /** Before a view is used up to `end`: when the memory's owner has made it larger, the views end too early; of one not shared, they are empty. */
  #reach(end: number): void { if (end > this.#bytes.length) this.#look(); }

  /**
   * Makes an arena, in a memory of its own or in the one given. EINVAL for a number out of range, or a wasm that is not for that kind of
   * memory; ENOMEM when `size`, the memory, or 4 GiB do not hold the arena: the memory is as before.
   */
  static async create(options: EngineOptions = {}): Promise<Engine> {
    const pageBytes = checkWhole("pageBytes", options.pageBytes ?? 4096, 4096, 4096), module = options.wasm ?? await loadModule(isShared(options.memory));
    const given = givenMemory(options, pageBytes); // nobody comes between here and the growth: two arenas behind the end lie one behind the other
    const memory = given?.memory ?? new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
    const wasm = instantiate(module, memory), before = memory.buffer.byteLength;
    const arena = given?.base ?? FIRST_ARENA, room = given?.size ?? 2 ** 32 - WASM_PAGE - arena;
    const deviceFrames = checkWhole("deviceFrames", options.deviceFrames ?? 0, 0, 2 ** 20);
    const counts = [
      checkWhole("tables", options.tables ?? 64, 1, 4096), checkWhole("spaces", options.spaces ?? 32, 1, 4096),
      checkWhole("mirrors", options.mirrors ?? 32, 1, 4096), checkWhole("workspaceBytes", options.workspaceBytes ?? 262144, 0, 2 ** 30),
    ] as const;
    const records = counts[0] + counts[1] + counts[2];
    if (records > TABLES_MAX) throw new PageMirrorError("EINVAL", `tables, spaces and mirrors are ${records}: expected at most ${TABLES_MAX}, for each has a page table`);
    const threads = checkWhole("threads", options.threads ?? 8, 1, 64);
    const create = (at: number, system: number): number => wasm.arenaCreate(at, Math.log2(pageBytes), threads, system, deviceFrames, ...counts);
    let system = Math.ceil(checkWhole("systemFrames", options.systemFrames ?? 16384, 64, 2 ** 20) / 64) * 64;
    if (given?.size !== undefined && options.systemFrames === undefined)
      for (system = Math.min(Math.ceil(room / pageBytes / 64) * 64, 2 ** 20); system > 64 && create(MEASURE, system) > room;) system -= 64;
    const bytes = create(MEASURE, system);
    if (bytes > room)
      throw new PageMirrorError("ENOMEM", `an arena of ${inMiB(bytes)} MiB was asked for: expected at most ${inMiB(room)} MiB; lower systemFrames or deviceFrames`);
    const missing = Math.ceil((arena + bytes - before) / WASM_PAGE);
    try { if (missing > 0) memory.grow(missing); }
    catch { throw new PageMirrorError("ENOMEM", `a memory of ${inMiB(before)} MiB cannot grow to ${inMiB(arena + bytes)} MiB: expected a larger maximum, or a smaller arena`); }
    const engine = new Engine({ module, memory, arena }, wasm);
    engine.#bytes.fill(0, arena, Math.min(before, arena + bytes)); // an arena begins as zeros, as new memory is
    create(arena, system);
    return engine;
  }

  /** Attaches to an arena made elsewhere, in this worker. EINVAL for what is no such handle, ESTALE when the memory holds none of this version. */
  static attach(handle: EngineHandle): Engine {
    checkKind("an engine", handle, ["module", "memory", "arena"]);
    const { module, memory, arena } = handle;
    checkInstance("handle.module", module, WebAssembly.Module, "a WebAssembly.Module");
    checkInstance("handle.memory", memory, WebAssembly.Memory, "a WebAssembly.Memory");
    checkWhole("handle.arena", arena, FIRST_ARENA, memory.buffer.byteLength - Arena.SLOTS_AT);
    if (arena % FIRST_ARENA) throw new PageMirrorError("EINVAL", `handle.arena ${hex(arena)}: expected a multiple of ${hex(FIRST_ARENA)}`);
    const header = new Uint32Array(memory.buffer, arena, Arena.SLOTS_AT / 4), at = (field: Header): number => header[field / 4]!;
    if (at(Header.MAGIC) !== Arena.MAGIC || at(Header.VERSION) !== Arena.VERSION)
      throw new PageMirrorError("ESTALE", `no arena of version ${Arena.VERSION} at ${hex(arena)}: found magic ${hex(at(Header.MAGIC))}, version ${at(Header.VERSION)}`);
    const end = at(Header.FRAMES_AT) + (at(Header.SYSTEM_FRAMES) + at(Header.DEVICE_FRAMES)) * 2 ** at(Header.PAGE_LG2);
    if (at(Header.FRAMES_AT) <= arena || end > memory.buffer.byteLength)
      throw new PageMirrorError("ESTALE", `the arena at ${hex(arena)} ends at ${hex(end)}: expected one within the memory's ${hex(memory.buffer.byteLength)} bytes`);
    return new Engine(handle, instantiate(module, memory));
  }

  /** EINVAL when the wasm was built without this verb. @internal */
  needs(verb: keyof Wasm): void {
    if (!(verb in this.wasm)) throw new PageMirrorError("EINVAL", `this build of the wasm has no ${verb}: expected one whose entry file exports it`);
  }

  /** How many bytes the memory has that this engine sees. */
  get memoryBytes(): number { return this.#bytes.length; }
  /** A number of the header (layout/arena.ts). */
  header(field: Header): number { return this.u32(this.handle.arena + field); }
  u32(at: number): number { this.#reach(at + 4); return this.#u32[at >>> 2]!; }
  setU32(at: number, value: number): void { this.#reach(at + 4); this.#u32[at >>> 2] = value; }
  u64(at: number): bigint { this.#reach(at + 8); return this.#u64[at >>> 3]!; }
  setU64(at: number, value: bigint): void { this.#reach(at + 8); this.#u64[at >>> 3] = value; }
  f64(at: number): number { this.#reach(at + 8); return this.#f64[at >>> 3]!; }
  setF64(at: number, value: number): void { this.#reach(at + 8); this.#f64[at >>> 3] = value; }
  /** Copies bytes out of, or into, the arena. */
  bytes(at: number, length: number): Uint8Array { this.#reach(at + length); return this.#bytes.slice(at, at + length); }
  setBytes(at: number, bytes: Uint8Array): void { this.#reach(at + bytes.length); this.#bytes.set(bytes, at); }
  moveBytes(to: number, from: number, length: number): void { this.#reach(Math.max(to, from) + length); this.#bytes.copyWithin(to, from, from + length); }
  lastByte(at: number, length: number, byte: number): number { this.#reach(at + length); return this.#bytes.subarray(at, at + length).lastIndexOf(byte); }
  /** Batches to and from a thread's staging. */
  copyFloatsIn(at: number, from: Float64Array, first: number, count: number): void {
    this.#reach(at + 8 * count);
    this.#f64.set(from.subarray(first, first + count), at >>> 3);
  }
  copyFloatsOut(at: number, to: Float64Array, first: number, count: number): void {
    this.#reach(at + 8 * count);
    to.set(this.#f64.subarray(at >>> 3, (at >>> 3) + count), first);
  }

  /** Adds to a shared word; answers the sum. */
  addU32(at: number, value: number): number { this.#reach(at + 4); return (Atomics.add(this.#u32, at >>> 2, value) + value) >>> 0; }

  /**
   * Sleeps while the 64-bit word is `value`, at most `ms`. Not on a browser's main thread. False when the time ran out. EBUSY when the
   * memory is not shared: the one thread that there is would sleep for ever.
   */
  sleep(at: number, value: bigint, ms: number): boolean {
    this.#checkShared(at, value);
    return Atomics.wait(this.#i64, at >>> 3, BigInt.asIntN(64, value), ms) !== "timed-out";
  }
  /** The same without blocking the thread. */
  async sleepAsync(at: number, value: bigint, ms: number): Promise<void> {
    this.#checkShared(at, value);
    const outcome = Atomics.waitAsync(this.#i64, at >>> 3, BigInt.asIntN(64, value), ms);
    if (outcome.async) await outcome.value;
  }
  #checkShared(at: number, value: bigint): void {
    this.#reach(at + 8);
    if (!isShared(this.handle.memory))
      throw new PageMirrorError("EBUSY", `would wait for the word at ${hex(at)} to change from ${hex(value)}: expected shared memory, where another thread can change it`);
  }

  /** Counts what every frame is: `Thread.audit` for others. `me` is a registered thread's slot. @internal */
  audit(me: number): AuditResult {
    this.wasm.audit(me);
    const at = this.u32(me + Slot.STAGING), counter = (which: Audit): number => this.u32(at + 4 * which);
    const leakedFrames = counter(Audit.LEAKED) | 0, faults = counter(Audit.FAULTS);
    return {
      clean: leakedFrames === 0 && faults === 0, free: counter(Audit.FREE), retired: counter(Audit.RETIRED), transit: counter(Audit.TRANSIT),
      directories: counter(Audit.DIRECTORIES), pages: counter(Audit.PAGES), records: counter(Audit.RECORDS),
      parts: counter(Audit.PARTS), leakedFrames, faults,
    };
  }
}

export interface AuditResult {
  /** Nothing leaked, nothing is wrong. */
  clean: boolean;
  free: number; retired: number; transit: number; directories: number; pages: number; records: number;
  /** Frames that directories larger than a frame have behind their first. */
  parts: number;
  /** Frames that are owned but that no table, entry or area reaches. */
  leakedFrames: number;
  /** Things reached that should not be: empty directories, entries under way, foreign pages, open sections. */
  faults: number;
}

/** Of a memory that the engine makes too: none was given. */
function isShared(memory?: WebAssembly.Memory): boolean { return (memory?.buffer as ArrayBufferLike | undefined)?.[Symbol.toStringTag] !== "ArrayBuffer"; }
const inMiB = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);

/** The memory that an embedder gave, and where in it. EINVAL when it is none, or the arena may not begin there. */
function givenMemory({ memory, base, size }: EngineOptions, pageBytes: number): { memory: WebAssembly.Memory; base: number; size?: number } | undefined {
  if (memory === undefined) {
    if (base === undefined && size === undefined) return undefined;
    throw new PageMirrorError("EINVAL", `${base === undefined ? `size ${size}` : `base ${base}`} without a memory: expected the memory that it is a part of`);
  }
  checkInstance("memory", memory, WebAssembly.Memory, "a WebAssembly.Memory");
  const end = memory.buffer.byteLength, at = checkWhole("base", base ?? end, pageBytes, 2 ** 32 - WASM_PAGE);
  if (at % pageBytes) throw new PageMirrorError("EINVAL", `base ${hex(at)}: expected a multiple of pageBytes, ${hex(pageBytes)}`);
  if (at > end) throw new PageMirrorError("EINVAL", `base ${hex(at)}: expected at most ${hex(end)}, where the memory ends`);
  return { memory, base: at, ...size !== undefined && { size: checkWhole("size", size, 1, 2 ** 32 - at) } };
}

function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Wasm {
  try {
    return instantiateSync(module, { env: { memory } }).instance.exports as unknown as Wasm; // not the loader's wrappers: a verb costs less than one
  } catch (error) {
    if (!(error instanceof WebAssembly.LinkError)) throw error;
    const [kind, file] = isShared(memory) ? ["shared", "pagemirror.wasm"] : ["not shared", "pagemirror-unshared.wasm"];
    throw new PageMirrorError("EINVAL", `the wasm does not fit a memory that is ${kind}: expected ${file} (${error.message})`);
  }
}

/** An address that the wasm answered: it comes back as a signed number. */
export function address(answer: number): number { return answer >>> 0; }

async function loadModule(shared: boolean): Promise<WebAssembly.Module> {
  const url = new URL(shared ? "./pagemirror.wasm" : "./pagemirror-unshared.wasm", import.meta.url);
  if (url.protocol !== "file:") return WebAssembly.compileStreaming(fetch(url));
  const { readFile } = await import(NODE_FILES) as typeof import("node:fs/promises");
  try { return await WebAssembly.compile(await readFile(url)); }
  catch (error) { throw new PageMirrorError("EIO", `cannot load ${url.pathname}: ${(error as Error).message}; build it, or pass options.wasm`); }
}
