// M1 for address spaces, mirrors and migration: each allocation made to fail in turn leaves everything as it was. H4: a driver
// that throws kills its own mirror and nothing else. And what happens when there is no room at all.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Status } from "../assembly/layout/status.js";
import { Agent, Side } from "../src/agent.js";
import type { AuditResult, Engine } from "../src/engine.js";
import { PageMirrorError } from "../src/error.js";
import { Direction, Migrator } from "../src/migrate.js";
import { Mirror, type Driver } from "../src/mirror.js";
import { Space } from "../src/space.js";
import type { FormatName, GenericFormat } from "../src/formats.js";
import type { Thread } from "../src/thread.js";
import { FOUR_LEVELS, makeEngine } from "./help/engine.js";

const softly = suite("failing softly");
const AT = 0x7000_0000;

interface World { engine: Engine; thread: Thread; space: Space; mirror: Mirror; agent: Agent; migrator: Migrator }
async function makeWorld(place: Driver["place"] = () => "migrate", format: FormatName = "x86-64", deviceFrames = 8): Promise<World> {
  const { engine, thread } = await makeEngine({ deviceFrames });
  const space = Space.create(thread), migrator = new Migrator(thread);
  const mirror = Mirror.create(space, migrator, { place }, format), agent = new Agent(space, migrator, mirror);
  return { engine, thread, space, mirror, agent, migrator };
}
/** What a verb that failed must not have changed. Reservations of device faults that gave up may stay; they are no mapping. */
function picture({ engine, thread, space }: World): unknown {
  const { free, retired, pages, records, clean }: AuditResult = engine.audit(thread.me);
  assert.ok(clean);
  return { free: free + retired, pages, records, list: space.table.list() };
}

const VERBS: { name: string; before?: (world: World) => void; verb: (world: World) => void }[] = [
  { name: "mmap", verb: ({ space }) => { space.mmap(4096, 3, AT + 64 * 4096); } },
  { name: "munmap that splits an area", verb: ({ space }) => { space.munmap(AT + 4 * 4096, 4096); } },
  { name: "mprotect that splits an area", verb: ({ space }) => { space.mprotect(AT + 4 * 4096, 4096, 1); } },
  { name: "CPU fault", verb: ({ agent }) => { agent.store(Side.CPU, AT, 1); } },
  { name: "device fault on a page that the CPU never touched", verb: ({ agent }) => { agent.store(Side.DEVICE, AT, 1); } },
  { name: "device fault that migrates", before: ({ agent }) => { agent.store(Side.CPU, AT, 1); }, verb: ({ agent }) => { agent.store(Side.DEVICE, AT + 8, 1); } },
  { name: "CPU touch of a page on the device", before: ({ agent }) => { agent.store(Side.DEVICE, AT, 1); }, verb: ({ agent }) => { agent.store(Side.CPU, AT + 8, 1); } },
  { name: "a space", verb: ({ thread }) => { Space.create(thread).destroy(); } },
  { name: "a mirror", verb: ({ space, migrator }) => { Mirror.create(space, migrator, { place: () => "remote" }).destroy(); } },
];

for (const format of FOUR_LEVELS) for (const { name, before, verb } of VERBS) softly(`${name}, each allocation failing in turn (${format})`, async () => {
  let failures = 0;
  for (let quota = 0; ; quota++) {
    const world = await makeWorld(undefined, format);
    world.space.mmap(16 * 4096, 3, AT);
    before?.(world);
    const picture0 = picture(world);
    world.thread.quota = quota;
    try { verb(world); world.thread.quota = Infinity; break; }
    catch (error) {
      world.thread.quota = Infinity;
      assert.is((error as PageMirrorError).code, "ENOMEM", `${name} with ${quota} frames`);
      failures++;
    }
    assert.equal(afterFailure(picture(world), name), afterFailure(picture0, name), `after ${name} with ${quota} frames`);
    verb(world); // and it works once there is memory
  }
  assert.ok(failures > 0, "some allocation failed");
});

/**
 * A device access is several verbs: the CPU's page that its fault filled first, and the reservation that joins the next fault,
 * may stay. They are counted by the audit; what they hold is compared with everything else.
 */
function afterFailure(of: unknown, name: string): unknown {
  if (!name.startsWith("device fault")) return of;
  const { records } = of as { records: number };
  return { records };
}

softly("a device without room maps the page where it lies", async () => {
  const { agent, mirror, space } = await makeWorld(undefined, "x86-64", 0);
  space.mmap(4096, 3, AT);
  agent.store(Side.DEVICE, AT, 5);
  assert.is(mirror.table.lookup(AT / 4096), space.table.lookup(AT / 4096));
  assert.is(agent.load(Side.CPU, AT), 5n);
});

softly("one device frame for many pages: eviction, and no byte is lost", async () => {
  const { agent, space } = await makeWorld(undefined, "riscv-sv48", 1);
  space.mmap(16 * 4096, 3, AT);
  for (let round = 0; round < 3; round++) for (let i = 0; i < 16; i++) {
    assert.is(agent.load(Side.DEVICE, AT + i * 4096), BigInt(round * 100 * Math.sign(round) + (round ? i : 0)));
    agent.store(Side.DEVICE, AT + i * 4096, (round + 1) * 100 + i);
  }
  for (let i = 0; i < 16; i++) assert.is(agent.load(Side.CPU, AT + i * 4096), BigInt(300 + i));
});

softly("pages that go to and fro use the same few frames again and again", async () => {
  const { agent, space, thread } = await makeWorld(undefined, "riscv-sv48", 8);
  space.mmap(4096, 3, AT);
  for (let i = 0; i < 2000; i++) agent.store(i % 2 ? Side.DEVICE : Side.CPU, AT, i);
  const { retired } = thread.audit();
  assert.ok(retired < 32, `${retired} frames are retired: each was touched, and none was used again`);
});

softly("H4: a driver that throws kills its mirror and nothing else", async () => {
  let angry = false;
  const world = await makeWorld(() => { if (angry) throw new Error("driver bug"); return "migrate"; });
  const { agent, space, engine, thread, migrator } = world;
  const other = Space.create(thread), otherMirror = Mirror.create(other, migrator, { place: () => "migrate" }), otherAgent = new Agent(other, migrator, otherMirror);
  space.mmap(4 * 4096, 3, AT);
  other.mmap(4 * 4096, 3, AT);
  agent.store(Side.DEVICE, AT, 11);
  otherAgent.store(Side.DEVICE, AT, 22);
  angry = true;
  assert.throws(() => agent.store(Side.DEVICE, AT + 4096, 12), (error: PageMirrorError) => error.code === "ENODEV");
  assert.throws(() => agent.load(Side.DEVICE, AT), (error: PageMirrorError) => error.code === "ENODEV");
  assert.is(agent.load(Side.CPU, AT), 11n, "the page comes back from the dead mirror's device");
  agent.store(Side.CPU, AT + 4096, 13);
  assert.is(agent.load(Side.CPU, AT + 4096), 13n);
  otherAgent.store(Side.DEVICE, AT + 4096, 23);
  assert.is(otherAgent.load(Side.DEVICE, AT), 22n);
  assert.ok(engine.audit(thread.me).clean);
});

softly("a format that cannot mirror a space is refused", async () => {
  const few: (FormatName | GenericFormat)[] = ["riscv-sv39", "riscv-sv32", "amd-v1-3", { levels: 4, indexBits: 8 }, { levels: 4, indexBits: 10, itemBytes: 4 }];
  for (const format of few) {
    const { engine, thread } = await makeEngine(), space = Space.create(thread), { directories } = engine.audit(thread.me);
    assert.throws(() => Mirror.create(space, new Migrator(thread), { place: () => "remote" }, format), (error: PageMirrorError) => error.code === "EINVAL");
    assert.is(engine.audit(thread.me).directories, directories);
  }
});

softly("a page that the device may not read any more", async () => {
  for (const format of FOUR_LEVELS) {
    const { agent, space } = await makeWorld(undefined, format);
    space.mmap(4096, 3, AT);
    agent.store(Side.DEVICE, AT, 9);
    space.mprotect(AT, 4096, 0);
    for (const side of [Side.CPU, Side.DEVICE]) assert.throws(() => agent.load(side, AT), (error: PageMirrorError) => error.code === "EACCES");
    space.mprotect(AT, 4096, 1);
    assert.throws(() => agent.store(Side.DEVICE, AT, 1), (error: PageMirrorError) => error.code === "EACCES");
    for (const side of [Side.DEVICE, Side.CPU]) assert.is(agent.load(side, AT), 9n);
    space.munmap(AT, 4096);
    for (const side of [Side.CPU, Side.DEVICE]) assert.throws(() => agent.load(side, AT), (error: PageMirrorError) => error.code === "EFAULT");
  }
});

softly("a guarded page can be evicted, and keeps its guard", async () => {
  const { agent, space, migrator } = await makeWorld(undefined, "x86-64", 1);
  space.mmap(2 * 4096, 3, AT);
  agent.store(Side.DEVICE, AT, 9);
  space.mprotect(AT, 4096, 0);
  agent.store(Side.DEVICE, AT + 4096, 10); // needs the only device frame
  assert.throws(() => agent.load(Side.CPU, AT), (error: PageMirrorError) => error.code === "EACCES");
  space.mprotect(AT, 4096, 3);
  assert.is(agent.load(Side.CPU, AT), 9n);
  assert.is(migrator.move(space.number, AT / 4096 + 5, Direction.TO_DEVICE), Status.BUSY, "a page that is not there cannot move");
});

softly("handles: stale, forged, of another kind", async () => {
  const { thread, space, mirror, migrator } = await makeWorld();
  const gone = Space.create(thread), { handle } = gone;
  gone.destroy();
  const code = (action: () => unknown): string | undefined => { try { action(); return undefined; } catch (error) { return (error as PageMirrorError).code; } };
  assert.is(code(() => Space.attach(thread, handle)), "ESTALE");
  assert.is(code(() => Space.attach(thread, { space: 9999, generation: 1 })), "EINVAL");
  assert.is(code(() => Space.attach(thread, { space: 3, generation: 1 })), "ESTALE");
  const other = Space.create(thread);
  assert.is(code(() => Mirror.attach(other, migrator, { place: () => "remote" }, mirror.handle)), "ESTALE");
  assert.is(Mirror.attach(space, migrator, { place: () => "remote" }, mirror.handle).number, mirror.number);
});

softly.run();
