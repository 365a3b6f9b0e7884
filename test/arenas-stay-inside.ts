// An arena in a memory that somebody else owns: every byte outside stays as it is, whatever is done inside and whatever fails. The
// owner may make the memory larger in between; what it does not hold is refused with figures, and nothing has changed.
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Header } from "../assembly/layout/arena.js";
import { Agent, Engine, Machine, Migrator, Mirror, PageMirrorError, Right, Side, Space, Table, Thread, bury, riscvTrees, type EngineOptions } from "../src/index.js";
import { SEED, UNSHARED_FILE, WASM_FILE } from "./help/engine.js";

const PAGE = 4096, WASM_PAGE = 65536, GUARD = 0xa5;
const moduleIn = (file: string): WebAssembly.Module => new WebAssembly.Module(readFileSync(file));
const KINDS: { [name: string]: { wasm: WebAssembly.Module; memory: (initial: number, maximum: number) => WebAssembly.Memory } } = {
  "shared": { wasm: moduleIn(WASM_FILE), memory: (initial, maximum) => new WebAssembly.Memory({ initial, maximum, shared: true }) },
  "not shared": { wasm: moduleIn(UNSHARED_FILE), memory: (initial, maximum) => new WebAssembly.Memory({ initial, maximum }) },
};

/** A memory full of the guard pattern, and how many bytes outside `from` to `end` differ from it. */
function guarded(memory: WebAssembly.Memory): (from: number, end: number) => number {
  new Uint8Array(memory.buffer).fill(GUARD);
  return (from, end) => new Uint8Array(memory.buffer).reduce((found, byte, at) => found + Number(byte !== GUARD && (at < from || at >= end)), 0);
}
async function refusal(options: EngineOptions): Promise<PageMirrorError> {
  const error: unknown = await Engine.create(options).then(() => undefined, (reason: unknown) => reason);
  assert.instance(error, PageMirrorError);
  assert.not.match((error as Error).message, /\n/);
  return error as PageMirrorError;
}
function enomem(call: () => void): void { assert.throws(call, (error: PageMirrorError) => error.code === "ENOMEM"); }

/** All that an engine has, until it has no more. */
function work(engine: Engine): void {
  const thread = Thread.register(engine), other = Thread.register(engine);
  const tables = (["x86-64", "riscv-sv48", { levels: 3, indexBits: 5 }] as const).map((format) => Table.create(thread, format));
  for (const table of tables) {
    table.mapRange(100, 700, 1);
    table.map(table.pages - 1, 2 ** 40 - 1, { write: true, user: true, execute: true });
    assert.is(table.walk(table.pages - 1, true), 2 ** 40 - 1);
    table.mapBatch(Float64Array.of(5, 9, 2000), Float64Array.of(50, 90, 20));
    assert.is(table.unmapRange(0, table.pages).length, 704);
  }
  enomem(() => { for (let page = 0; ; page += 2 ** 27) tables[0]!.map(page % 2 ** 36 + page / 2 ** 36 * 512, 1); });
  enomem(() => tables[1]!.mapRange(0, 512 * 600, 1));
  tables[0]!.unmapRange(0, tables[0]!.pages);

  const space = Space.create(thread), migrator = new Migrator(thread), mirror = Mirror.create(space, migrator, { place: () => "migrate" }, "riscv-sv48");
  const agent = new Agent(space, migrator, mirror), at = Number(space.mmap(4096 * PAGE));
  enomem(() => { for (let i = 0; i < 4096; i++) agent.store(i % 2 ? Side.DEVICE : Side.CPU, at + i * PAGE + i * 8 % PAGE, i); });
  enomem(() => space.mprotect(at, 64 * PAGE, Right.READ));
  space.munmap(at, 4096 * PAGE);

  const machine = Machine.create(thread, 16), page = new Uint8Array(PAGE).fill(0xff);
  for (let i = 0; i < 16; i++) machine.supply(BigInt(i * PAGE), page);
  machine.walk(riscvTrees(0x8000000000000003n).trees[0]!.tree, 0x123456789000n);
  enomem(() => void Machine.create(thread, 2 ** 18));
  bury(thread, other.index);
  mirror.destroy();
  space.destroy();
  for (const table of tables) table.destroy();
  assert.ok(thread.audit().clean);
}

const inside = suite("arenas stay inside");

inside("arenas that are made at once, without a base, lie one behind the other", async () => {
  const library = await import(pathToFileURL("dist/index.js").href) as typeof import("../src/index.js"); // it loads its wasm, and so waits
  for (const { memory: make } of Object.values(KINDS)) {
    const memory = make(3, 999), engines = await Promise.all([1, 2, 3].map(() => library.Engine.create({ memory, systemFrames: 64 })));
    const places = engines.map(({ handle: { arena } }) => arena).sort((a, b) => a - b);
    assert.is(places[0], 3 * WASM_PAGE);
    assert.ok(places.every((place, i) => i === 0 || place - places[i - 1]! > 64 * PAGE), places.join());
  }
});

for (const [name, { wasm, memory: make }] of Object.entries(KINDS)) {
  const base = 5 * PAGE, size = 400 * PAGE;
  inside(`${name}: hard work at ${base} touches nothing outside its ${size} bytes`, async () => {
    const memory = make(32, 32), differ = guarded(memory);
    const engine = await Engine.create({ wasm, memory, base, size, deviceFrames: 8, threads: 2, workspaceBytes: 160000 });
    assert.equal([engine.handle.arena, memory.buffer.byteLength], [base, 32 * WASM_PAGE]);
    work(engine);
    const end = engine.header(Header.FRAMES_AT) + (engine.header(Header.SYSTEM_FRAMES) + engine.header(Header.DEVICE_FRAMES)) * PAGE;
    assert.ok(end <= base + size && end > base + size - 65 * PAGE, `it takes as many frames as fit, by 64s, and ends at ${end}`);
    assert.is(differ(base, end), 0);
    assert.ok(differ(0, 0) > size / 2, "it was used");
  });

  inside(`${name}: two arenas side by side`, async () => {
    const memory = make(32, 32), differ = guarded(memory);
    const first = { base: 16 * PAGE, size: 220 * PAGE }, second = { base: 236 * PAGE, size: 230 * PAGE };
    const engines = await Promise.all([first, second].map((place) => Engine.create({ wasm, memory, ...place, deviceFrames: 8, threads: 2, workspaceBytes: 160000 })));
    for (const engine of engines) work(engine);
    for (const engine of engines) assert.ok(Thread.register(engine).audit().clean, "the other one's work did not reach it");
    assert.is(differ(first.base, second.base + second.size), 0);
  });

  inside(`${name}: any base and size, or ENOMEM, and nothing outside has changed (seed ${SEED})`, async () => {
    const where = fc.record({ base: fc.integer({ min: 1, max: 60 }), size: fc.integer({ min: 1, max: 700 * PAGE }), threads: fc.integer({ min: 1, max: 4 }) });
    await fc.assert(fc.asyncProperty(where, async ({ base, size, threads }) => {
      const memory = make(16, 48), differ = guarded(memory), options = { wasm, memory, base: base * PAGE, size, threads, workspaceBytes: 0 };
      try {
        const table = Table.create(Thread.register(await Engine.create(options)));
        try { for (let page = 0; ; page += 512) table.map(page, 7); } catch (error) { assert.is((error as PageMirrorError).code, "ENOMEM"); }
        assert.is(table.lookup(0), 7);
        const grown = new Uint8Array(memory.buffer).subarray(Math.max(16 * WASM_PAGE, base * PAGE + size));
        assert.ok(grown.every((byte) => byte === 0), "what the memory grew by beyond the arena");
        grown.fill(GUARD);
        assert.is(differ(base * PAGE, base * PAGE + size), 0);
      } catch (error) {
        if ((error as PageMirrorError).code !== "ENOMEM") throw error;
        assert.is(differ(0, 0), 0, "nothing has changed");
      }
    }), { seed: SEED, numRuns: 60 });
  });

  inside(`${name}: its owner makes the memory larger, and all views go on`, async () => {
    const memory = make(1, 200), engine = await Engine.create({ wasm, memory, systemFrames: 64, workspaceBytes: Machine.bytes(16) }), thread = Thread.register(engine);
    const table = Table.create(thread), before = memory.buffer, end = before.byteLength;
    table.mapRange(0, 8, 100);
    const pages = Float64Array.of(1, 2, 9), frames = new Float64Array(3);
    memory.grow(3);
    assert.is.not(memory.buffer, before);
    table.map(9, 42, { write: true });
    table.lookupBatch(pages, frames);
    assert.equal([...frames, table.lookup(7), thread.audit().clean], [101, 102, 42, 107, true]);
    memory.grow(1);
    assert.is(table.list().length, 9);
    memory.grow(1);
    Machine.create(thread, 16).supply(0n, new Uint8Array(PAGE));
    memory.grow(1);
    assert.is(Table.attach(Thread.register(Engine.attach(engine.handle)), table.handle).entry(9)?.frame, 42);
    // What the owner added is in reach too: a view that was made before ends before it.
    new Uint8Array(memory.buffer)[end + 17] = 99;
    assert.equal([...engine.bytes(end + 16, 2)], [0, 99]);
    engine.setU64(end + 24, 0x123n);
    assert.is(engine.u64(end + 24), 0x123n);
  });

  inside(`${name}: whatever is wrong with the place is refused in one line`, async () => {
    const memory = make(8, 16), differ = guarded(memory), at = { wasm, memory };
    const cases: [code: string, message: RegExp, options: EngineOptions][] = [
      ["EINVAL", /^base 0x1800: expected a multiple of pageBytes, 0x1000$/, { ...at, base: 6144 }],
      ["EINVAL", /^base 0x81000: expected at most 0x80000, where the memory ends$/, { ...at, base: 8 * WASM_PAGE + PAGE }],
      ["EINVAL", /^base is 0: expected a whole number from 4096 to/, { ...at, base: 0 }],
      ["EINVAL", /^base is -4096: /, { ...at, base: -4096 }],
      ["EINVAL", /^base is NaN: /, { ...at, base: NaN }],
      ["EINVAL", /^size is 0: /, { ...at, base: PAGE, size: 0 }],
      ["EINVAL", /^size is 1\.5: /, { ...at, base: PAGE, size: 1.5 }],
      ["EINVAL", /^size is 4294967296: /, { ...at, base: PAGE, size: 2 ** 32 }],
      ["EINVAL", /^memory is \{\}: expected a WebAssembly\.Memory$/, { wasm, memory: {} as WebAssembly.Memory }],
      ["EINVAL", /^base 4096 without a memory: /, { wasm, base: 4096 }],
      ["EINVAL", /^size 9 without a memory: /, { wasm, size: 9 }],
      ["ENOMEM", /^an arena of 0\.\d MiB was asked for: expected at most 0\.1 MiB; /, { ...at, base: PAGE, size: 100000 }],
      ["ENOMEM", /^an arena of 1\.\d MiB was asked for: expected at most 1\.0 MiB; /, { ...at, base: PAGE, size: 2 ** 20, systemFrames: 256 }],
      ["ENOMEM", /^a memory of 0\.5 MiB cannot grow to 4\.\d MiB: expected a larger maximum, or a smaller arena$/, { ...at, base: PAGE, systemFrames: 1024 }],
      ["ENOMEM", /^a memory of 0\.5 MiB cannot grow to 1\.\d MiB: /, { ...at, size: 2 ** 20 }],
      ["ENOMEM", /^an arena of \d+\.\d MiB was asked for: expected at most 4095\.\d MiB; /, { ...at, base: PAGE, systemFrames: 2 ** 20 }],
    ];
    for (const [code, message, options] of cases) {
      const error = await refusal(options);
      assert.is(error.code, code, error.message);
      assert.match(error.message, message);
    }
    assert.is(differ(0, 0), 0);
    assert.is(memory.buffer.byteLength, 8 * WASM_PAGE);
  });
}

inside.run();
