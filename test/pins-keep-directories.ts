// P1: what can be reached when a pin is taken is not used again until it is dropped; a pin excludes nobody, allocates nothing, writes
// nothing that others write, and a thread holds at most 8. With the scenarios of the old patchset's page table that are about its
// locks, by their labels. (Those of one place that is filled twice, emptied and filled at once, or refused memory half-way are
// interleavings: the explorer's workloads of pins have them, and W1, W4 and M1.)
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Header, HeldBack, Slot, Staging } from "../assembly/layout/arena.js";
import { Spaces } from "../assembly/layout/space.js";
import { bury } from "../src/bury.js";
import type { Engine } from "../src/engine.js";
import { Pin } from "../src/pin.js";
import { Right, Space } from "../src/space.js";
import { Table } from "../src/table.js";
import { Thread } from "../src/thread.js";
import { runCrew } from "./help/crew.js";
import { SEED, makeEngine } from "./help/engine.js";
import { outcome } from "./help/model.js";
import type { PinAnswer, PinJob } from "./stress/pin-holder.js";
import { WORDS_BYTES } from "./stress/table-rounds.js";

const keeps = suite("pins keep directories"), LEAF = 512, LEAVES = 4;

/** A table with LEAVES leaves, in an arena that has no frame left. */
async function full(epoch?: bigint): Promise<{ engine: Engine; thread: Thread; table: Table; elsewhere: number }> {
  const { engine, thread } = await makeEngine({ systemFrames: 64 }), table = Table.create(thread), elsewhere = 100 * LEAF;
  if (epoch !== undefined) engine.setU64(engine.handle.arena + Header.EPOCH, epoch);
  for (let i = 0; i < LEAVES; i++) table.map(i * LEAF, i);
  obtain(table, 300 * LEAF);
  return { engine, thread, table, elsewhere };
}
/** How many leaves can be had, from a page on. */
function obtain(table: Table, elsewhere: number): number {
  let count = 0;
  while (outcome(() => { table.map(elsewhere + count * LEAF, count); }) === "OK") count++;
  return count;
}
/** A look at the slots: what is unhooked from now on has a later stamp. */
const tick = (thread: Thread): void => { thread.drain(Spaces.ALL); };

function permutations(n: number): number[][] {
  if (n === 0) return [[]];
  return permutations(n - 1).flatMap((rest) => Array.from({ length: n }, (_, at) => [...rest.slice(0, at), n - 1, ...rest.slice(at)]));
}

/** Takes a pin, empties a leaf, takes the next: leaf i is held back by pins 0 to i. Drops some, and says how many leaves are to be had. */
async function obtainedAfter(dropped: number[], epoch?: bigint): Promise<number> {
  const { engine, thread, table, elsewhere } = await full(epoch), pins: Pin[] = [];
  for (let i = 0; i < LEAVES; i++) {
    pins.push(Pin.take(thread));
    table.unmap(i * LEAF);
    tick(thread);
  }
  assert.is(obtain(table, elsewhere), 0, "all are held back");
  assert.is(engine.u32(thread.me + Slot.HELD_BACK), HeldBack.PIN);
  for (const each of dropped) pins[each]!.drop();
  const obtained = obtain(table, elsewhere);
  for (const pin of pins) pin.drop();
  table.destroy();
  assert.ok(engine.audit(thread.me).clean);
  assert.is(engine.audit(thread.me).directories, 0);
  return obtained;
}

keeps("G8, G9: pins dropped in every order: the oldest one left decides", async () => {
  for (const order of permutations(LEAVES)) for (let n = 0; n <= LEAVES; n++) {
    const dropped = order.slice(0, n), oldest = [0, 1, 2, 3].find((pin) => !dropped.includes(pin)) ?? LEAVES;
    assert.is(await obtainedAfter(dropped), oldest, `pins ${dropped.join()} dropped`);
  }
});

keeps("G10, G11: around 2^32, and held over more epochs than a serial of 32 bits has", async () => {
  for (let below = 0n; below < 12n; below++) assert.is(await obtainedAfter([0, 1], 2n ** 32n - below), 2);
  const { engine, thread, table, elsewhere } = await full(), pin = Pin.take(thread), at = engine.handle.arena + Header.EPOCH;
  for (const ahead of [2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 40n]) {
    table.unmap(Number(ahead % 4n) * LEAF);
    engine.setU64(at, engine.u64(at) + ahead);
    assert.is(obtain(table, elsewhere), 0);
  }
  pin.drop();
  assert.ok(obtain(table, elsewhere) > 0);
});

keeps("G1, G6: directories come and go under a pin; it makes none, and leaves none", async () => {
  const { engine, thread } = await makeEngine(), table = Table.create(thread), { free, retired, directories } = engine.audit(thread.me);
  const pin = Pin.take(thread), cursor = pin.cursor(table);
  assert.is(cursor.first(), undefined);
  assert.is(cursor.at(5), undefined);
  pin.drop();
  assert.equal(engine.audit(thread.me), { ...engine.audit(thread.me), clean: true, free, retired, directories }, "taken and dropped");
  const again = Pin.take(thread);
  table.map(5, 50);
  assert.equal([...again.cursor(table)].map(({ page }) => page), [5]);
  table.unmap(5);
  again.drop();
  const { clean, ...after } = engine.audit(thread.me);
  assert.equal([clean, after.directories, after.free + after.retired], [true, directories, free + retired]);
});

keeps("R3: a pin, and what is read under it, writes the thread's own slot and staging only; it costs the same for any table", async () => {
  const { engine, thread } = await makeEngine(), table = Table.create(thread), { arena, memory } = engine.handle, length = memory.buffer.byteLength - arena;
  table.mapRange(500, 30, 1);
  const before = engine.bytes(arena, length), slot = thread.me - arena, staging = thread.staging - arena;
  const pin = Pin.take(thread), taken = engine.bytes(arena, length);
  pin.walk(table, {});
  pin.cursor(table).at(510);
  pin.drop();
  const after = engine.bytes(arena, length);
  for (const bytes of [before, after]) {
    bytes.fill(0, slot, slot + Slot.BYTES);
    bytes.fill(0, staging, staging + Staging.BYTES);
  }
  assert.is(before.findIndex((byte, i) => byte !== after[i]), -1);
  taken.fill(0, slot, slot + Slot.BYTES);
  assert.is(before.findIndex((byte, i) => byte !== taken[i] && (i < staging || i >= staging + Staging.BYTES)), -1);
});

keeps("a thread holds at most 8; each is dropped by itself, once", async () => {
  const { engine, thread } = await makeEngine(), pins = Array.from({ length: Slot.PINS_MAX }, () => Pin.take(thread));
  assert.is(outcome(() => { Pin.take(thread); }), "EAGAIN");
  pins[5]!.drop();
  pins[5]!.drop();
  const last = Pin.take(thread);
  assert.is(outcome(() => { Pin.take(thread); }), "EAGAIN", "the second drop did nothing");
  for (const pin of [...pins, last]) pin[Symbol.dispose]();
  assert.ok(engine.audit(thread.me).clean);
  assert.is(outcome(() => { thread.unregister(); }), "OK");
});

keeps("M1: memory that a pin holds back is ENOMEM, at once and with nothing done; an address space does not wait for it either", async () => {
  const { engine, thread, table, elsewhere } = await full(), pin = Pin.take(thread);
  table.unmap(0);
  const { free, retired } = engine.audit(thread.me), epoch = (): bigint => engine.u64(engine.handle.arena + Header.EPOCH);
  assert.equal([free, retired], [0, 1]);
  assert.is(outcome(() => { table.map(elsewhere, 1); }), "ENOMEM");
  assert.is(table.lookup(elsewhere), -1);
  const began = epoch();
  assert.is(outcome(() => { Space.create(thread).mmap(4096, Right.READ); }), "ENOMEM");
  assert.ok(epoch() - began < 8n, "no drains that lead to nothing");
  pin.drop();
  assert.is(obtain(table, elsewhere), 1);
});

keeps("G16: a table goes while it is pinned; its root is used again when the pin is dropped", async () => {
  const { engine, thread } = await makeEngine({ systemFrames: 64 }), table = Table.create(thread), pin = Pin.take(thread);
  table.map(7, 1);
  const seen = pin.cursor(table).at(7)!, cursor = pin.cursor(table);
  cursor.first();
  table.destroy();
  assert.is(cursor.next(), undefined);
  assert.is(cursor.first(), undefined);
  assert.is(outcome(() => { pin.update(seen); }), "EAGAIN");
  const tables: Table[] = [];
  while (outcome(() => { tables.push(Table.create(thread)); }) === "OK");
  const { free, retired } = engine.audit(thread.me);
  assert.equal([free, retired], [0, 4], "the four directories of the table are left");
  pin.drop();
  assert.is(outcome(() => { tables.push(Table.create(thread)); }), "OK");
});

keeps("X1: the pins of a dead thread hold memory back until it is buried", async () => {
  const { engine, thread, table, elsewhere } = await full(), dead = Thread.register(engine), pins = [Pin.take(dead), Pin.take(dead)];
  pins[0]!.drop();
  table.unmap(0);
  assert.is(obtain(table, elsewhere), 0);
  assert.is(bury(thread, dead.index), 1);
  assert.is(bury(thread, dead.index), 0);
  assert.is(obtain(table, elsewhere), 1);
  const next = Thread.register(engine); // the slot's next tenant holds nothing
  assert.is(next.index, dead.index);
  assert.ok(engine.audit(thread.me).clean);
  assert.is(outcome(() => { next.unregister(); }), "OK");
});

/** One holder and one mover on two cores; two of each, which are interrupted in the middle of things. */
for (const [holders, movers, rounds] of [[1, 1, 1500], [2, 2, 400]] as const) {
  keeps(`P1, G17: ${holders} hold pins while ${movers} empty, unhook and fill directories (seed ${SEED})`, async () => {
    const workers = holders + movers, { engine, thread } = await makeEngine({ systemFrames: 64 }), table = Table.create(thread), ballast = Table.create(thread);
    for (let i = 0; engine.audit(thread.me).free > 14; i++) ballast.map(i * LEAF, 1);
    const { free, retired } = engine.audit(thread.me), words = new SharedArrayBuffer(WORDS_BYTES);
    const jobs = Array.from({ length: workers }, (_, worker): PinJob => ({
      engine: engine.handle, table: table.handle, words, workers, worker, rounds, seed: SEED, holders, role: worker < holders ? "holder" : "mover",
    }));
    const answers = await runCrew<PinJob, PinAnswer>("pin-holder", jobs, engine, 60), sum = (what: keyof PinAnswer): number => answers.reduce((all, each) => all + each[what], 0);
    for (const what of ["held", "died", "usedAgain", "entries", "moved", "refused"] as const) assert.ok(sum(what) > 20, `${what}: ${sum(what)}`);
    const audit = engine.audit(thread.me);
    assert.ok(audit.clean, JSON.stringify(audit));
    assert.is(audit.free + audit.retired, free + retired);
  });
}

keeps("a walk never takes another table of the same number, whatever its directories are, for its own", async () => {
  const { thread } = await makeEngine({ systemFrames: 600 }), victim = Table.create(thread), table = Table.create(thread), pin = Pin.take(thread);
  table.map(0, 77);
  const cursor = pin.cursor(table);
  assert.is(cursor.first()!.frame, 77);
  for (let i = 0; i < 40; i++) victim.map(i * LEAF, 1000 + i);
  table.destroy();
  const next = Table.create(thread, { levels: 3, indexBits: 13 });
  assert.is(next.handle.table, table.handle.table, "the number is used again");
  assert.is(cursor.next(), undefined, "directories of 64 KiB would show what lies behind that of 4 KiB");
  assert.is(outcome(() => { pin.walk(table, {}); }), "ESTALE");
  assert.is(outcome(() => { pin.cursor(table); }), "ESTALE");
  pin.walk(next, { leaf: () => { assert.unreachable(); } });
});

keeps.run();
