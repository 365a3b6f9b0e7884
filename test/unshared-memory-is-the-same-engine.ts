// The build for memory that is not shared answers as the other one does: the same tests, over the same source with another door. And
// where a thread would wait for another one, there is none: an error, at once.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Arena, Header, Section, Slot } from "../assembly/layout/arena.js";
import { Spaces } from "../assembly/layout/space.js";
import { Agent, Engine, Migrator, Mirror, PageMirrorError, Side, Space, Table, Thread } from "../src/index.js";
import { UNSHARED_FILE, WASM_FILE } from "./help/engine.js";

const shared = new WebAssembly.Module(readFileSync(WASM_FILE)), unshared = new WebAssembly.Module(readFileSync(UNSHARED_FILE));
const refused = (code: string, text: RegExp) => (error: unknown): boolean =>
  error instanceof PageMirrorError && error.code === code && text.test(error.message) && !error.message.includes("\n");

const same = suite("unshared memory is the same engine");

for (const file of ["table-agrees-with-the-model", "allocation-failure-leaves-nothing", "areas-agree-with-the-model", "device-memory-fails-softly", "formats-round-trip"])
  same(`${file}, over memory that is not shared`, () => {
    const env = { ...process.env, PAGEMIRROR_WASM: UNSHARED_FILE };
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, `${file}.js`)], { encoding: "utf8", env });
    assert.is(status, 0, stdout + stderr);
    assert.match(stdout, /Passed:\s+[1-9]/);
  });

same("without a base the arena begins where the memory ended", async () => {
  const { handle } = await Engine.create({ wasm: unshared, systemFrames: 64, memory: new WebAssembly.Memory({ initial: 2 }) });
  assert.is(handle.arena, 2 * 65536);
  Table.create(Thread.register(Engine.attach(handle))).map(3, 4);
});

for (const [isShared, wasm, message] of [[true, unshared, /is shared: expected pagemirror\.wasm/], [false, shared, /is not shared: expected pagemirror-unshared\.wasm/]] as const)
  same(`EINVAL: a wasm that is not for a memory that is ${isShared ? "" : "not "}shared`, async () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 99, shared: isShared });
    assert.ok(refused("EINVAL", message)(await Engine.create({ wasm, memory }).catch((error: unknown) => error)));
  });

same("a device fault, an eviction and a munmap never wait", async () => {
  const engine = await Engine.create({ wasm: unshared, memory: new WebAssembly.Memory({ initial: 1 }), systemFrames: 256, deviceFrames: 2 });
  const thread = Thread.register(engine), space = Space.create(thread), migrator = new Migrator(thread);
  const agent = new Agent(space, migrator, Mirror.create(space, migrator, { place: () => "migrate" }));
  const at = Number(space.mmap(16 * 4096));
  for (let i = 0; i < 64; i++) agent.store(i % 3 ? Side.DEVICE : Side.CPU, at + i % 16 * 4096 + i * 8, i);
  for (let i = 0; i < 64; i++) assert.is(agent.load(i % 2 ? Side.DEVICE : Side.CPU, at + i % 16 * 4096 + i * 8), BigInt(i));
  space.munmap(at, 16 * 4096);
  const { clean, pages } = thread.audit();
  assert.equal({ clean, pages }, { clean: true, pages: 0 });
});

same("EBUSY: who would wait is told so", async () => {
  const engine = await Engine.create({ wasm: unshared, memory: new WebAssembly.Memory({ initial: 1 }), systemFrames: 64 });
  const thread = Thread.register(engine), other = Thread.register(engine), space = Space.create(thread), at = space.mmap(4096);
  const epoch = engine.handle.arena + Header.EPOCH;
  assert.throws(() => engine.sleep(epoch, engine.u64(epoch), 0), refused("EBUSY", /^would wait .* expected shared memory/));
  engine.setU64(engine.handle.arena + Arena.SLOTS_AT + other.index * Slot.BYTES + Slot.SECTION, BigInt(1 << Section.OPEN)); // as if it stood inside a verb
  assert.throws(() => thread.drain(Spaces.ALL), refused("EBUSY", /^would wait for the word at 0x/));
  engine.setU64(other.me + Slot.SECTION, 0n);
  space.munmap(at, 4096);
  assert.ok(refused("EBUSY", /shared memory/)(await engine.sleepAsync(other.me, 0n, 0).catch((error: unknown) => error)));
});

same.run();
