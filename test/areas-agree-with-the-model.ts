// Areas of an address space against a dull model: random mmap, munmap and mprotect, rights by page, page contents after it.
import * as fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Agent, Side } from "../src/agent.js";
import { PageMirrorError } from "../src/error.js";
import { Migrator } from "../src/migrate.js";
import { Right, Space } from "../src/space.js";
import { SEED, makeEngine } from "./help/engine.js";

const areas = suite("areas");
const BASE = 0x5_0000, SPAN = 48;

type Step = { verb: "mmap" | "munmap" | "mprotect" | "touch"; first: number; pages: number; rights: number };
const step: fc.Arbitrary<Step> = fc.record({
  verb: fc.constantFrom("mmap", "mmap", "munmap", "mprotect", "touch"),
  first: fc.nat(SPAN - 1), pages: fc.integer({ min: 1, max: 12 }), rights: fc.constantFrom(0, 1, 3, 3, 5, 7),
});

/** What an area or a page is to the model: rights, and the byte that was stored last. */
interface Cell { rights: number; value: bigint }

areas(`random changes (seed ${SEED})`, async () => {
  const { engine, thread } = await makeEngine({ systemFrames: 512 });
  fc.assert(fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
    const before = engine.audit(thread.me), space = Space.create(thread), agent = new Agent(space, new Migrator(thread));
    const model = new Map<number, Cell>();
    for (const { verb, first, pages: wanted, rights } of steps) {
      const pages = Math.min(wanted, SPAN - first), at = (BASE + first) * 4096, range = Array.from({ length: pages }, (_, i) => first + i);
      const run = (action: () => void): string => { try { action(); return "OK"; } catch (error) { return (error as PageMirrorError).code; } };
      if (verb === "mmap" && rights) {
        const taken = range.some((page) => model.has(page));
        assert.is(run(() => space.mmap(pages * 4096, rights, at)), taken ? "EEXIST" : "OK");
        if (!taken) for (const page of range) model.set(page, { rights, value: 0n });
      } else if (verb === "munmap") {
        assert.is(run(() => space.munmap(at, pages * 4096)), "OK");
        for (const page of range) model.delete(page);
      } else if (verb === "mprotect") {
        const whole = range.every((page) => model.has(page));
        assert.is(run(() => space.mprotect(at, pages * 4096, rights)), whole ? "OK" : "EFAULT");
        if (whole) for (const page of range) model.get(page)!.rights = rights;
      } else if (verb === "touch") {
        const cell = model.get(first), value = BigInt(pages * 100 + rights);
        const stored = run(() => agent.store(Side.CPU, at, value));
        assert.is(stored, !cell ? "EFAULT" : cell.rights & Right.WRITE ? "OK" : "EACCES");
        if (stored === "OK") cell!.value = value;
      }
    }
    for (let page = 0; page < SPAN; page++) {
      const cell = model.get(page);
      assert.is(space.rightsAt((BASE + page) * 4096), cell?.rights, `rights of page ${page}`);
      if (cell && cell.rights & 5) assert.is(agent.load(Side.CPU, (BASE + page) * 4096), cell.value, `page ${page}`);
    }
    assert.ok(engine.audit(thread.me).clean);
    space.destroy();
    const after = engine.audit(thread.me);
    assert.ok(after.clean && after.free + after.retired === before.free + before.retired, "the pool is as at the start");
  }), { seed: SEED, numRuns: 24 });
});

areas("thousands of areas fill several chunks, and come back", async () => {
  const { engine, thread } = await makeEngine({ systemFrames: 512 });
  const space = Space.create(thread), before = engine.audit(thread.me);
  for (let i = 0; i < 3000; i++) space.mmap(4096, 1 + i % 2 * 2, (0x10000 + 2 * ((i * 1871) % 3000)) * 4096);
  for (let i = 0; i < 3000; i++) assert.is(space.rightsAt((0x10000 + 2 * ((i * 1871) % 3000)) * 4096), 1 + i % 2 * 2);
  assert.is(space.rightsAt(0x10001 * 4096), undefined);
  assert.ok(engine.audit(thread.me).records > 10);
  space.munmap(0x10000 * 4096, 6000 * 4096);
  const after = engine.audit(thread.me);
  assert.is(after.records, 0);
  assert.is(after.free + after.retired, before.free + before.retired);
});

areas("mmap without an address takes the lowest gap that is large enough", async () => {
  const { thread } = await makeEngine();
  const space = Space.create(thread);
  const a = Number(space.mmap(4 * 4096)), b = Number(space.mmap(4096));
  assert.is(b, a + 4 * 4096);
  space.munmap(a + 4096, 2 * 4096);
  assert.is(Number(space.mmap(3 * 4096)), b + 4096);
  assert.is(Number(space.mmap(2 * 4096)), a + 4096);
});

areas("both halves of a canonical address space", async () => {
  const { thread } = await makeEngine();
  const space = Space.create(thread), agent = new Agent(space, new Migrator(thread)), high = 0xffff_ffff_ffff_f000n;
  space.mmap(4096, 3, high);
  agent.store(Side.CPU, high + 8n, 77);
  assert.is(agent.load(Side.CPU, high + 8n), 77n);
  assert.throws(() => space.mmap(8192, 3, high), /expected a range that ends within 48 bits/);
  assert.throws(() => agent.load(Side.CPU, 0x8000_0000_0000n), /canonical/);
});

areas.run();
