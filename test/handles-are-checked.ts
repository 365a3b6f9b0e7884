// What comes in place of a handle, a thread, a space … : stale, forged, of another kind, or nothing of the sort. Each is refused with a
// code and one line that shows what came and what was expected, and nothing has changed.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Arena, Header, Slot } from "../assembly/layout/arena.js";
import { Agent, Engine, Machine, Migrator, Mirror, PageMirrorError, Side, Space, Table, Thread, bury, type ErrorCode } from "../src/index.js";
import { makeEngine } from "./help/engine.js";

const driver = { place: (): "remote" => "remote" };
const { engine, thread } = await makeEngine({ deviceFrames: 64, workspaceBytes: 2 ** 20 });
const migrator = new Migrator(thread), table = Table.create(thread), space = Space.create(thread), other = Space.create(thread);
const mirror = Mirror.create(space, migrator, driver), agent = new Agent(space, migrator, mirror), at = space.mmap(4096);
table.map(7, 70);
agent.store(Side.CPU, at, 5);

const goneTable = Table.create(thread), goneSpace = Space.create(thread), goneMirror = Mirror.create(goneSpace, migrator, driver), goneThread = Thread.register(engine);
const goneHandle = goneMirror.handle;
goneMirror.destroy();
goneTable.destroy();
goneSpace.destroy();
goneThread.unregister();
const buried = Thread.register(engine);
bury(thread, buried.index);

/** Anything at all in the place of a `T`. */
const as = <T>(value: unknown): T => value as T;
const attachEngine = (changes: object) => (): unknown => Engine.attach({ ...engine.handle, ...changes });
const attachTable = (handle: unknown) => (): unknown => Table.attach(thread, as(handle));
const attachSpace = (handle: unknown) => (): unknown => Space.attach(thread, as(handle));
const attachMirror = (handle: unknown, of = space) => (): unknown => Mirror.attach(of, migrator, driver, as(handle));

const CASES: { [what: string]: [code: ErrorCode, message: RegExp, call: () => unknown] } = {
  "engine: nothing": ["EINVAL", /^a handle of an engine is undefined: expected \{module, memory, arena\}$/, () => Engine.attach(as(undefined))],
  "engine: a text": ["EINVAL", /^a handle of an engine is "engine": expected/, () => Engine.attach(as("engine"))],
  "engine: a table's handle": ["EINVAL", /^a handle of an engine is \{table, generation\}: expected/, () => Engine.attach(as(table.handle))],
  "engine: the engine itself": ["EINVAL", /^a handle of an engine is \{.*handle.*\}: expected/, () => Engine.attach(as(engine))],
  "engine: no module": ["EINVAL", /^handle\.module is \{\}: expected a WebAssembly\.Module$/, attachEngine({ module: {} })],
  "engine: a buffer for a memory": ["EINVAL", /^handle\.memory is \{\}: expected a WebAssembly\.Memory$/, attachEngine({ memory: new ArrayBuffer(8) })],
  "engine: arena NaN": ["EINVAL", /^handle\.arena is NaN: /, attachEngine({ arena: NaN })],
  "engine: arena 0": ["EINVAL", /^handle\.arena is 0: /, attachEngine({ arena: 0 })],
  "engine: arena behind the memory": ["EINVAL", /^handle\.arena is 4294967296: expected a whole number from 4096 to/, attachEngine({ arena: 2 ** 32 })],
  "engine: arena misaligned": ["EINVAL", /^handle\.arena 0x1004: expected a multiple of 0x1000$/, attachEngine({ arena: 4100 })],
  "engine: arena where none is": ["ESTALE", /^no arena of version 3 at 0x2000: found magic 0x/, attachEngine({ arena: 8192 })],
  "engine: a memory without one": [
    "ESTALE", /^no arena of version 3 at 0x1000: found magic 0x0, version 0$/,
    attachEngine({ memory: new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }) })],
  "engine: an arena of another version": ["ESTALE", /found magic 0x524d4750, version 99$/, () => forgedArena({ [Header.VERSION]: 99 })],
  "engine: an arena that is cut off": ["ESTALE", /^the arena at 0x1000 ends at 0x[0-9a-f]+: expected one within the memory's 0x10000 bytes$/, () => forgedArena({})],
  "engine: an arena whose frames lie before it": ["ESTALE", /^the arena at 0x1000 ends at/, () => forgedArena({ [Header.FRAMES_AT]: 0, [Header.SYSTEM_FRAMES]: 1 })],
  "engine: a memory that the wasm is not for": [
    "EINVAL", /^the wasm does not fit a memory that is not shared: /, () => forgedArena({ [Header.FRAMES_AT]: 8192, [Header.SYSTEM_FRAMES]: 1, [Header.DEVICE_FRAMES]: 0 }, false)],

  "thread: nothing in place of the engine": ["EINVAL", /^engine is undefined: expected an Engine$/, () => Thread.register(as(undefined))],
  "thread: an engine's handle in place of the engine": ["EINVAL", /^engine is \{module, memory, arena\}: /, () => Thread.register(as(engine.handle))],
  "thread: given back twice": ["ESTALE", /^thread \d+: it has given its slot back, or was buried$/, () => goneThread.unregister()],
  "thread: buried, then given back": ["ESTALE", /^thread \d+: it has given/, () => buried.unregister()],
  "thread: audit by one that is gone": ["ESTALE", /^thread \d+: /, () => goneThread.audit()],

  "table: nothing": ["EINVAL", /^a handle of a table is null: expected \{table, generation\}$/, attachTable(null)],
  "table: a number": ["EINVAL", /^a handle of a table is 3: expected/, attachTable(3)],
  "table: a space's handle": ["EINVAL", /^a handle of a table is \{space, generation\}: expected/, attachTable(space.handle)],
  "table: an engine's handle": ["EINVAL", /^a handle of a table is \{module, memory, arena\}: /, attachTable(engine.handle)],
  "table: the table itself": ["EINVAL", /^a handle of a table is \{/, attachTable({ thread })],
  "table: a number that is a text": ["EINVAL", /^handle\.table is 0: expected a whole number/, attachTable({ table: "0", generation: 1 })],
  "table: beyond the arena's": ["EINVAL", /^handle\.table is 64: expected a whole number from 0 to 63$/, attachTable({ table: 64, generation: 1 })],
  "table: generation NaN": ["EINVAL", /^handle\.generation is NaN: /, attachTable({ ...table.handle, generation: NaN })],
  "table: stale": ["ESTALE", /^table \d+ of generation 1: it is gone \(generation is 2 now\)$/, attachTable(goneTable.handle)],
  "table: of a future generation": ["ESTALE", /^table 0 of generation 3: it is gone \(generation is 1 now\)$/, attachTable({ ...table.handle, generation: 3 })],
  "table: never made": ["ESTALE", /^table 63 of generation 0: it is gone \(generation is 0 now\)$/, attachTable({ table: 63, generation: 0 })],
  "table: nothing in place of the thread": ["EINVAL", /^thread is undefined: expected a Thread$/, () => Table.create(as(undefined))],
  "table: an engine in place of the thread": ["EINVAL", /^thread is \{.*handle.*\}: expected a Thread$/, () => Table.create(as(engine))],
  "table: made by a thread that is gone": ["ESTALE", /^thread \d+: it has given/, () => Table.create(goneThread)],
  "table: attached by a thread that was buried": ["ESTALE", /^thread \d+: /, () => Table.attach(buried, table.handle)],

  "space: nothing": ["EINVAL", /^a handle of a space is undefined: expected \{space, generation\}$/, attachSpace(undefined)],
  "space: a table's handle": ["EINVAL", /^a handle of a space is \{table, generation\}: /, attachSpace(table.handle)],
  "space: beyond the arena's": ["EINVAL", /^handle\.space is 32: expected a whole number from 0 to 31$/, attachSpace({ space: 32, generation: 1 })],
  "space: stale": ["ESTALE", /^space \d+ of generation 1: it is gone \(generation is 2 now\)$/, attachSpace(goneSpace.handle)],
  "space: a view of one that is gone maps": ["ESTALE", /^space \d+ of generation 1: /, () => goneSpace.mmap(4096)],
  "space: a view of one that is gone unmaps": ["ESTALE", /^space \d+ of generation 1: /, () => goneSpace.munmap(0, 4096)],
  "space: a view of one that is gone shows rights": ["ESTALE", /^space \d+ of generation 1: /, () => goneSpace.rightsAt(0)],
  "space: a view of one that is gone shows its table": ["ESTALE", /^space \d+ of generation 1: /, () => goneSpace.table],
  "space: destroyed twice": ["ESTALE", /^space \d+ of generation 1: /, () => goneSpace.destroy()],
  "space: a table in place of the thread": ["EINVAL", /^thread is \{.*\}: expected a Thread$/, () => Space.create(as(table))],
  "space: made by a thread that is gone": ["ESTALE", /^thread \d+: /, () => Space.create(goneThread)],

  "mirror: nothing": ["EINVAL", /^a handle of a mirror is undefined: expected \{mirror, generation\}$/, attachMirror(undefined)],
  "mirror: a space's handle": ["EINVAL", /^a handle of a mirror is \{space, generation\}: /, attachMirror(space.handle)],
  "mirror: beyond the arena's": ["EINVAL", /^handle\.mirror is 32: /, attachMirror({ mirror: 32, generation: 1 })],
  "mirror: stale": ["ESTALE", /^mirror \d+ of generation 1: it is gone \(generation is 2 now\)$/, attachMirror(goneHandle)],
  "mirror: of another space": ["ESTALE", /^mirror 0 of generation 1: space \d+ has no such mirror$/, attachMirror(mirror.handle, other)],
  "mirror: of a space that is gone": ["ESTALE", /^space \d+ of generation 1: /, () => Mirror.create(goneSpace, migrator, driver)],
  "mirror: a handle in place of the space": ["EINVAL", /^space is \{space, generation\}: expected a Space$/, () => Mirror.create(as(space.handle), migrator, driver)],
  "mirror: a thread in place of the migrator": ["EINVAL", /^migrator is \{.*\}: expected a Migrator$/, () => Mirror.create(space, as(thread), driver)],
  "mirror: killed when it is gone": ["ESTALE", /^space \d+ of generation 1: |^mirror \d+/, () => goneMirror.kill()],
  "mirror: destroyed twice": ["ESTALE", /^space \d+ of generation 1: |^mirror \d+/, () => goneMirror.destroy()],

  "agent: a table in place of the space": ["EINVAL", /^space is \{.*\}: expected a Space$/, () => new Agent(as(table), migrator)],
  "agent: of a space that is gone": ["ESTALE", /^space \d+ of generation 1: /, () => new Agent(goneSpace, migrator)],
  "agent: with a mirror's handle": ["EINVAL", /^mirror is \{mirror, generation\}: expected a Mirror$/, () => new Agent(space, migrator, as(mirror.handle))],
  "agent: with a mirror that is gone": ["ESTALE", /of generation 1: it is gone/, () => new Agent(space, migrator, goneMirror)],
  "agent: with a mirror of another space": ["EINVAL", /^mirror 0 is of space \d+: expected one of space \d+$/, () => new Agent(other, migrator, mirror)],
  "migrator: nothing in place of the thread": ["EINVAL", /^thread is undefined: expected a Thread$/, () => new Migrator(as(undefined))],
  "machine: a slot's address in place of the thread": ["EINVAL", /^thread is \d+: expected a Thread$/, () => Machine.create(as(thread.me), 16)],
  "machine: by a thread that is gone": ["ESTALE", /^thread \d+: /, () => Machine.create(goneThread, 16)],
  "bury: by a thread that is gone": ["ESTALE", /^thread \d+: /, () => bury(goneThread, 3)],
  "bury: no such slot": ["EINVAL", /^index is 8: expected a whole number from 0 to 7$/, () => bury(thread, 8)],
};

/** Attaches to a memory with a copy of our header in it, changed here and there. */
function forgedArena(changes: { [field: number]: number }, shared = true): unknown {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared }), { arena } = engine.handle;
  const words = new Uint32Array(memory.buffer, arena), original = new Uint32Array(engine.handle.memory.buffer as ArrayBufferLike, arena, 128);
  words.set(original);
  for (const [field, value] of Object.entries(changes)) words[Number(field) / 4] = value;
  return Engine.attach({ ...engine.handle, memory });
}

/** All that could differ. */
const slots = Array.from({ length: engine.header(Header.THREADS) }, (_, i) => engine.handle.arena + Arena.SLOTS_AT + i * Slot.BYTES);
const state = (): string =>
  JSON.stringify([thread.audit(), table.list(), space.table.list(), mirror.table.list(), slots.map((slot) => engine.u32(slot + Slot.STATE))]);

const handles = suite("handles are checked"), before = state();

for (const [what, [code, message, call]] of Object.entries(CASES)) handles(`${code} ${what}`, () => {
  let error: unknown;
  try { call(); } catch (thrown) { error = thrown; }
  assert.instance(error, PageMirrorError, `it answered, or threw ${String(error)}`);
  assert.is((error as PageMirrorError).code, code, (error as Error).message);
  assert.match((error as Error).message, message);
  assert.not.match((error as Error).message, /\n/);
  assert.is(state(), before);
});

handles("handles that are good go through a message and back", () => {
  const again = Engine.attach({ ...engine.handle }), me = Thread.register(again);
  assert.is(Table.attach(me, structuredClone(table.handle)).lookup(7), 70);
  const mine = Space.attach(me, structuredClone(space.handle)), migrates = new Migrator(me);
  assert.is(new Agent(mine, migrates, Mirror.attach(mine, migrates, driver, structuredClone(mirror.handle))).load(Side.DEVICE, at), 5n);
  me.unregister();
  assert.ok(thread.audit().clean);
});

handles.run();
