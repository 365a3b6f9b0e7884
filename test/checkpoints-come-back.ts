// An arena goes to bytes and comes back: in this worker, in another, in a memory of somebody else's, in one that is not shared. Everything is as it was,
// and both go on by themselves. The same state gives the same bytes. What is damaged, does not fit, or is under way is refused, and nothing is half made.
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Arena, Header, Slot } from "../assembly/layout/arena.js";
import { ArenaImage } from "../assembly/layout/checkpoint.js";
import { Mirror, Ticket } from "../assembly/layout/space.js";
import { Status } from "../assembly/layout/status.js";
import { checkpoint, restore, type RestoreOptions } from "../src/checkpoint.js";
import { Engine } from "../src/engine.js";
import { PageMirrorError, type ErrorCode } from "../src/error.js";
import { generator } from "../src/generator.js";
import { Pin } from "../src/pin.js";
import { crc32, seal } from "../src/sealed.js";
import { Table } from "../src/table.js";
import { Thread } from "../src/thread.js";
import { Tlb } from "../src/tlb.js";
import { runCrew } from "./help/crew.js";
import { SEED, UNSHARED_FILE, makeEngine } from "./help/engine.js";
import { outcome } from "./help/model.js";
import { World } from "./help/world.js";
import type { RestoredAnswer, RestoredJob } from "./stress/restored-arena.js";

const PAGE = 4096, SIZES = { systemFrames: 256, deviceFrames: 20, workspaceBytes: 2 ** 17, threads: 3 };
const back = suite("checkpoints come back");

async function worked(seed: number, steps = 150): Promise<{ engine: Engine; thread: Thread; world: World }> {
  const { engine, thread } = await makeEngine(SIZES), world = World.create(thread);
  world.work(generator(seed), steps);
  return { engine, thread, world };
}
async function refusal(made: Promise<unknown>): Promise<PageMirrorError> {
  const error: unknown = await made.then(() => undefined, (reason: unknown) => reason);
  assert.instance(error, PageMirrorError, `it answered, or threw ${String(error)}`);
  assert.not.match((error as Error).message, /\n/);
  return error as PageMirrorError;
}

back(`everything is as it was, and both go on by themselves (seed ${SEED})`, async () => {
  await fc.assert(fc.asyncProperty(fc.nat(2 ** 30), async (seed) => {
    const { engine, thread, world } = await worked(seed), bytes = checkpoint(thread), picture = world.picture();
    assert.equal(checkpoint(thread), bytes, "looking at it changes nothing");
    const copy = await restore(bytes, { wasm: engine.handle.module }), twin = World.attach(Thread.register(copy), world.parts);
    assert.is(twin.picture(), picture);
    world.work(generator(seed + 1), 60);
    assert.is(twin.picture(), picture);
    const later = world.picture();
    assert.is.not(later, picture);
    twin.work(generator(seed + 2), 60);
    assert.is(world.picture(), later);
    for (const each of [world, twin]) {
      assert.equal(each.misread(), []);
      assert.ok(each.thread.audit().clean);
    }
    const again = await restore(checkpoint(twin.thread), { wasm: engine.handle.module });
    assert.is(World.attach(Thread.register(again), twin.parts).picture(), twin.picture(), "and once more");
  }), { seed: SEED, numRuns: 8 });
});

back("in another worker", async () => {
  const { engine, world, thread } = await worked(5), job: RestoredJob = { module: engine.handle.module, bytes: checkpoint(thread), parts: world.parts, seed: 9 };
  const answers = await runCrew<RestoredJob, RestoredAnswer>("restored-arena", [job, job], engine, 30);
  for (const { picture, misread } of answers) assert.equal([picture, misread], [world.picture(), []]);
  assert.is(answers[0]!.later, answers[1]!.later, "D1: two that come back go on alike");
});

back("D1: the same program gives the same bytes, whoever else is registered, and after lookups, walks and pins", async () => {
  const [one, two] = [await worked(7), await worked(7)], bytes = checkpoint(one.thread);
  assert.equal(checkpoint(two.thread), bytes);
  one.world.tables[0]!.list();
  Pin.take(one.thread).walk(one.world.tables[0]!, {});
  assert.equal(checkpoint(one.thread), bytes);
  const slots = Thread.register(two.engine);
  slots.unregister();
  assert.is.not(crc32(checkpoint(two.thread)), crc32(bytes), "but the generation of a slot that somebody had counts");
});

back("an arena without workspace in use comes back at any place, shared or not; nothing around it is touched", async () => {
  const { engine, thread } = await makeEngine({ ...SIZES, workspaceBytes: 0 }), table = Table.create(thread), unshared = new WebAssembly.Module(readFileSync(UNSHARED_FILE));
  table.mapRange(500, 600, 512, { write: true });
  const bytes = checkpoint(thread), base = 37 * PAGE, list = table.list();
  for (const memory of [new WebAssembly.Memory({ initial: 48, maximum: 48, shared: true }), new WebAssembly.Memory({ initial: 48 })]) {
    new Uint8Array(memory.buffer).fill(0xa5);
    const wasm = memory.buffer instanceof ArrayBuffer ? unshared : engine.handle.module, copy = await restore(bytes, { wasm, memory, base, size: 400 * PAGE });
    const twin = Table.attach(Thread.register(copy), table.handle), end = copy.header(Header.FRAMES_AT) + 276 * PAGE;
    assert.equal([copy.handle.arena, twin.list()], [base, list]);
    twin.map(2 ** 30, 7);
    assert.ok(twin.thread.audit().clean);
    assert.ok(new Uint8Array(memory.buffer).every((byte, at) => byte === 0xa5 || (at >= base && at < end)));
  }
  assert.equal((await restore(bytes, { wasm: engine.handle.module })).handle.arena, engine.handle.arena);
});

back("with workspace in use only where it was: a TLB model goes on with what it had", async () => {
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 64, shared: true }), base = 16 * PAGE, { engine, thread } = await makeEngine({ ...SIZES, memory, base });
  const tlb = Tlb.create(thread, { tlbs: [{ name: "L1", sets: 4, ways: 2, pageBytes: [4096] }] });
  engine.setU64(tlb.handle.at + 32, 77n);
  const bytes = checkpoint(thread), wasm = engine.handle.module, fresh = (): WebAssembly.Memory => new WebAssembly.Memory({ initial: 64, maximum: 64, shared: true });
  for (const options of [{}, { memory: fresh(), base: 17 * PAGE }]) {
    const { code, message } = await refusal(restore(bytes, { wasm, ...options }));
    assert.is(code, "EINVAL");
    assert.match(message, /^restore at 0x1[0]?[1]?000: expected base 0x10000, where it was, for the \d+ bytes of workspace in use hold addresses$/);
  }
  const copy = await restore(bytes, { wasm, memory: fresh() });
  assert.is(copy.handle.arena, base);
  assert.equal(Tlb.attach(Thread.register(copy), tlb.handle).statistics, tlb.statistics);
  assert.is(tlb.statistics.memoryAccesses, 77);
});

back("over itself: it is as it was then, and threads of the time between are refused", async () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 99, shared: true }), { engine, thread } = await makeEngine({ memory, systemFrames: 64 });
  const table = Table.create(thread);
  table.map(7, 70);
  const bytes = checkpoint(thread), gone = Table.create(thread);
  table.map(8, 80);
  const copy = await restore(bytes, { wasm: engine.handle.module, memory }), next = Thread.register(copy);
  assert.is(copy.handle.arena, engine.handle.arena);
  assert.equal(Table.attach(next, table.handle).list().map(({ page }) => page), [7]);
  assert.is(outcome(() => { Table.attach(next, gone.handle); }), "ESTALE");
  assert.is(outcome(() => { thread.unregister(); }), "ESTALE");
  assert.ok(next.audit().clean);
});

back("numbers that name something once are not used again: nonces and generations go on", async () => {
  const { engine, thread } = await worked(3), copy = await restore(checkpoint(thread), { wasm: engine.handle.module }), next = Thread.register(copy);
  assert.is(copy.u64(next.me + Slot.NONCE), engine.u64(thread.me + Slot.NONCE));
  assert.is(copy.u32(next.me + Slot.STATE), engine.u32(thread.me + Slot.STATE) + 0x10000);
  assert.is(copy.u64(copy.handle.arena + Header.EPOCH), engine.u64(engine.handle.arena + Header.EPOCH));
});

back("what is free takes no bytes, and what is retired comes back free", async () => {
  const { engine, thread } = await makeEngine({ systemFrames: 16384 }), table = Table.create(thread);
  table.mapRange(0, 4096, 1, {}, 1);
  const full = checkpoint(thread).length;
  table.unmapRange(0, 4096);
  const bytes = checkpoint(thread), copy = await restore(bytes, { wasm: engine.handle.module }), { clean, free, retired, directories } = copy.audit(Thread.register(copy).me);
  assert.ok(full > 8 * 4096 && full < 12 * 4096, `${full}`);
  assert.ok(bytes.length < 1024, `${bytes.length}`);
  assert.equal([clean, free, retired, directories, thread.audit().retired > 0], [true, 16382, 0, 1, true]);
});

back("what is under way is refused with EBUSY, and all is well when it is over", async () => {
  const { engine, thread, world } = await worked(11), other = Thread.register(engine), mirror = engine.header(Header.MIRRORS_AT), before = checkpoint(thread);
  const words: { [what: string]: number } = {
    "a section": other.me + Slot.SECTION, "a CPU fault": other.me + Slot.ANNOUNCED, "a change of areas": other.me + Slot.CHANGE, "an unmap": other.me + Slot.INTENT,
    "a migration": engine.header(Header.TICKETS_AT) + 17 * Ticket.BYTES, "a device fault": mirror + Mirror.RING + 8, "a server": mirror + Mirror.SERVICE,
  };
  const isBusy = ({ code, message }: PageMirrorError): boolean => code === "EBUSY" && /^checkpoint: .*; expected no thread inside a verb, and the dead buried$/.test(message);
  const busy = (what: string): void => { assert.throws(() => checkpoint(thread), isBusy, what); };
  for (const [what, at] of Object.entries(words)) {
    const was = engine.u64(at);
    engine.setU64(at, was | 1n);
    busy(what);
    engine.setU64(at, was);
    assert.equal(checkpoint(thread), before, what);
  }
  const table = world.tables[0]!, page = 2 ** 30;
  table.mapRange(page, 512, 0, {}, 1);
  assert.is(engine.wasm.tableMergeBegin(other.me, table.handle.table, page, table.indexBits), Status.OK);
  busy("a merge");
  engine.wasm.tableMergeFinish(other.me, table.handle.table, page, table.indexBits, false);
  const pin = Pin.take(other), copy = await restore(checkpoint(thread), { wasm: engine.handle.module });
  assert.ok(Thread.register(copy).audit().clean, "a pin is nothing under way, and does not come along");
  pin.drop();
  other.unregister();
  assert.is(outcome(() => { checkpoint(other); }), "ESTALE");
});

/** Bytes of a checkpoint, changed, and the refusal that they meet; in a memory of which not a byte changes. */
back(`damage: any bit, any length, another version or kind (seed ${SEED})`, async () => {
  const { engine, thread } = await makeEngine({ systemFrames: 64 }), table = Table.create(thread), wasm = engine.handle.module;
  table.mapRange(0, 3, 1);
  const good = checkpoint(thread), memory = new WebAssembly.Memory({ initial: 8, maximum: 8, shared: true });
  new Uint8Array(memory.buffer).fill(0xa5);
  const refused = async (bytes: Uint8Array, message: RegExp): Promise<void> => {
    const error = await refusal(restore(bytes, { wasm, memory }));
    assert.is(error.code, "EINVAL");
    assert.match(error.message, message);
    assert.ok(new Uint8Array(memory.buffer).every((byte) => byte === 0xa5) && memory.buffer.byteLength === 8 * 65536);
  };
  const flipped = (bit: number): Uint8Array => { const bytes = good.slice(); bytes[bit >> 3]! ^= 1 << bit % 8; return bytes; };
  const says = [/begins with 0x.*: expected 0x41434d50$/, /is of version \d+: expected 3$/, /has \d+ bytes: expected .*, as it says$/, /has \d+ bytes: expected .*, as it says$/];
  for (let bit = 0; bit < 8 * ArenaImage.PIECES; bit++) await refused(flipped(bit), says[bit >> 5] ?? /is damaged: its check sum is 0x[0-9a-f]+, expected 0x[0-9a-f]+$/);
  await fc.assert(fc.asyncProperty(fc.nat(8 * good.length - 1), fc.nat(good.length - 1), async (bit, length) => {
    await refused(flipped(bit), /^a checkpoint of an arena (begins|is|has)/);
    await refused(good.slice(0, length), length < ArenaImage.PIECES ? /has \d+ bytes: expected at least 60$/ : /has \d+ bytes: expected \d+, as it says$/);
  }), { seed: SEED, numRuns: 100 });
  await refused(Uint8Array.from([...good, 0]), /as it says$/);
  await refused(seal(good.slice(), ArenaImage.MAGIC_WORD, Arena.VERSION + 1), /is of version 4: expected 3$/);
  await refused(undefined as unknown as Uint8Array, /^a checkpoint of an arena is undefined: expected a Uint8Array$/);
  await refused(good.buffer as unknown as Uint8Array, /^a checkpoint of an arena is \{\}: expected a Uint8Array$/);
  assert.is(crc32(new TextEncoder().encode("123456789")), 0xcbf43926, "the check value of CRC-32");
});

back("a place that does not fit: the errors of Engine.create, and nothing has changed", async () => {
  const { engine, thread } = await makeEngine({ systemFrames: 256 }), bytes = checkpoint(thread), wasm = engine.handle.module;
  const memory = new WebAssembly.Memory({ initial: 8, maximum: 8, shared: true }), alone = new WebAssembly.Memory({ initial: 8 });
  for (const each of [memory, alone]) new Uint8Array(each.buffer).fill(0xa5);
  const cases: [code: ErrorCode, options: RestoreOptions][] = [
    ["ENOMEM", { memory }], ["ENOMEM", { memory, size: 2 ** 16 }], ["EINVAL", { memory, base: 4097 }], ["EINVAL", { memory, base: 2 ** 20 }], ["EINVAL", { base: 8192 }],
    ["EINVAL", { memory: alone }],
  ];
  for (const [code, options] of cases) {
    assert.is((await refusal(restore(bytes, { wasm, ...options }))).code, code, JSON.stringify(options));
    for (const each of [memory, alone]) assert.ok(new Uint8Array(each.buffer).every((byte) => byte === 0xa5) && each.buffer.byteLength === 8 * 65536);
  }
});

back.run();
