// One thread: every verb answers what a Map would answer, whatever came before; a call that is refused changes nothing; when
// all is unmapped every frame is back (W4). Random scripts, shortened by fast-check.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Thread } from "../src/thread.js";
import { shapeOf, type Flags, type FormatName } from "../src/formats.js";
import { Table } from "../src/table.js";
import { DESCRIBED, SHAPES, agreement, framesFor, play, poolOf, scriptsOf, stepOf } from "./help/agreement.js";
import { SEED, makeEngine } from "./help/engine.js";
import { modelOf } from "./help/fused-model.js";
import { outcome, type Outcome } from "./help/model.js";

/** Scripts that every shape plays; these play more of them. `npm run long` plays many more, and longer ones. */
const FEW = 8, RUNS = 60, MANY = 200, STEPS: [least: number, most: number] = [1, 400];
/** Where few frames can be named. */
const FEW_STEPS: typeof STEPS = [1, 80];
const OFTEN = new Set(["x86-64", "riscv-sv48", "aarch64-4k", "six levels of 2 bits", "five levels of 3 bits, leaves on three", "four levels of 2 bits, leaves on all",
  "four levels of 3 bits, leaves on three, fours fused"]);

const agrees = suite("table agrees with the model");

for (const [name, format] of Object.entries({ ...SHAPES, ...DESCRIBED })) {
  const { runs, indexBits } = shapeOf(format), isSlow = runs.length > 0 && indexBits > 4; // the model of fused leaves goes page by page
  const numRuns = OFTEN.has(name) ? MANY : isSlow ? FEW : RUNS, systemFrames = framesFor(format), steps = name in DESCRIBED ? FEW_STEPS : STEPS;

  agrees(`${name}: random scripts of all verbs (seed ${SEED})`, async () => {
    const { engine, thread } = await makeEngine({ systemFrames });
    fc.assert(agreement(engine, thread, format, steps), { seed: SEED, numRuns, includeErrorInReport: true });
  });

  agrees(`${name}: tables of one arena do not see each other (seed ${SEED})`, async () => {
    const { engine, thread } = await makeEngine({ systemFrames }), start = poolOf(engine, thread);
    fc.assert(fc.property(scriptsOf(fc.tuple(fc.nat(2), stepOf(format)), ...steps), (script) => {
      const pairs = [format, format, format].map((each) => {
        const table = Table.create(thread, each);
        return { table, model: modelOf(table) };
      });
      try {
        for (const [i, step] of script) play(pairs[i]!.table, pairs[i]!.model, step);
        for (const { table, model } of pairs) assert.equal(table.list(), model.list());
      } finally { for (const { table } of pairs) table.destroy(); }
      assert.equal(poolOf(engine, thread), start);
    }), { seed: SEED, numRuns: numRuns / 4, includeErrorInReport: true });
  });
}

agrees("frame 0 is a frame: single, batch and walk say so", async () => {
  for (const [name, format] of Object.entries(SHAPES)) {
    const { thread } = await makeEngine(), table = Table.create(thread, format), frames = new Float64Array(3);
    table.map(2, 0);
    table.lookupBatch(Float64Array.of(1, 2, table.pages - 1), frames);
    assert.equal([[...frames], table.lookup(2), table.walk(2)], [[-1, 0, -1], 0, 0], name);
  }
});

/** A table with pages 8 to 11 and 600 mapped, and a check that a call is refused and leaves everything as it was. */
interface Guarded { table: Table; thread: Thread; refuses: (code: Outcome, calls: { [what: string]: () => void }) => void }
async function guarded(): Promise<Guarded> {
  const { engine, thread } = await makeEngine(), table = Table.create(thread);
  table.mapRange(8, 4, 100, { write: true });
  table.map(600, 200, { execute: true, accessed: true });
  const mapped = table.list(), pool = poolOf(engine, thread);
  const refuses = (code: Outcome, calls: { [what: string]: () => void }): void => {
    for (const [what, call] of Object.entries(calls)) {
      assert.is(outcome(call), code, what);
      assert.equal(table.list(), mapped, `${what}: the table is as before`);
      assert.equal(poolOf(engine, thread), pool, `${what}: the pool is as before`);
    }
  };
  return { table, thread, refuses };
}

const PAGES = 2 ** 36;
const NOT_PAGES = { "-1": -1, "1.5": 1.5, "2^36": PAGES, NaN, Infinity, text: "8" as unknown as number };
const NOT_FRAMES = { "-1": -1, "0.5": 0.5, "2^40": 2 ** 40, NaN, text: "8" as unknown as number };
const NOT_COUNTS = { "0": 0, "-1": -1, "1.5": 1.5, NaN, "past the end": PAGES - 99 };

agrees("EEXIST: a mapped page stays as it is", async () => {
  const { table, refuses } = await guarded();
  refuses("EEXIST", {
    map: () => table.map(9, 1),
    "map with the same frame": () => table.map(8, 100, { write: true }),
    mapRange: () => table.mapRange(8, 2, 1),
    "mapRange over a leaf's end": () => table.mapRange(600, 900, 1),
    mapBatch: () => table.mapBatch(Float64Array.of(600, 601), Float64Array.of(1, 2)),
  });
});

agrees("EINVAL: pages", async () => {
  const { table, refuses } = await guarded();
  for (const [name, page] of Object.entries(NOT_PAGES)) refuses("EINVAL", {
    [`map ${name}`]: () => table.map(page, 1),
    [`replace ${name}`]: () => table.map(page, 1, {}, true),
    [`mapRange ${name}`]: () => table.mapRange(page, 1, 1),
    [`unmap ${name}`]: () => table.unmap(page),
    [`unmapRange ${name}`]: () => table.unmapRange(page, 1),
    [`unmapFrames ${name}`]: () => table.unmapFrames(page, 1, new Float64Array(1)),
    [`protect ${name}`]: () => table.protect(page, 1, {}),
    [`writeProtect ${name}`]: () => table.writeProtect(page, 1, 1),
    [`readAndClear ${name}`]: () => table.readAndClear(page, 1, { dirty: true }),
    [`lookup ${name}`]: () => table.lookup(page),
    [`entry ${name}`]: () => table.entry(page),
    [`walk ${name}`]: () => table.walk(page),
    [`list ${name}`]: () => table.list(page, 1), [`lookupRange ${name}`]: () => table.lookupRange(page, 1, new Float64Array(1)),
  });
});

agrees("EINVAL: pages and frames of a batch", async () => {
  const { table, refuses } = await guarded();
  for (const [name, page] of Object.entries(NOT_PAGES)) if (typeof page === "number") refuses("EINVAL", {
    [`mapBatch page ${name}`]: () => table.mapBatch(Float64Array.of(page, 20), Float64Array.of(1, 2)),
    [`unmapBatch page ${name}`]: () => table.unmapBatch(Float64Array.of(page, 8), new Float64Array(2)),
    [`lookupBatch page ${name}`]: () => table.lookupBatch(Float64Array.of(page, 8), new Float64Array(2)),
  });
  for (const [name, frame] of Object.entries(NOT_FRAMES)) if (typeof frame === "number") refuses("EINVAL", {
    [`mapBatch frame ${name}`]: () => table.mapBatch(Float64Array.of(20, 21), Float64Array.of(frame, 2)),
  });
});

agrees("EINVAL: a batch in order that begins in a short root and ends beyond it", async () => {
  const { thread } = await makeEngine(), table = Table.create(thread, { levels: 1, indexBits: 9, rootBits: 3 }), found = new Float64Array(3);
  table.mapRange(5, 3, 70);
  table.lookupBatch(Float64Array.of(5, 6, 7), found);
  assert.equal([...found], [70, 71, 72]);
  assert.is(outcome(() => table.lookupBatch(Float64Array.of(6, 7, 8), found)), "EINVAL");
});

agrees("EINVAL: frames", async () => {
  const { table, refuses } = await guarded();
  for (const [name, frame] of Object.entries(NOT_FRAMES)) refuses("EINVAL", {
    [`map ${name}`]: () => table.map(20, frame),
    [`mapRange ${name}`]: () => table.mapRange(20, 4, frame),
    [`writeProtect ${name}`]: () => table.writeProtect(20, 4, frame),
  });
  refuses("EINVAL", { "mapRange whose last frame is too large": () => table.mapRange(20, 2, 2 ** 40 - 1) });
});

agrees("EINVAL: counts", async () => {
  const { table, refuses } = await guarded();
  for (const [name, count] of Object.entries(NOT_COUNTS)) refuses("EINVAL", {
    [`mapRange ${name}`]: () => table.mapRange(100, count, 1),
    [`unmapRange ${name}`]: () => table.unmapRange(100, count),
    [`unmapFrames ${name}`]: () => table.unmapFrames(100, count, new Float64Array(4)),
    [`protect ${name}`]: () => table.protect(100, count, { write: true }),
    [`writeProtect ${name}`]: () => table.writeProtect(100, count, 1),
    [`readAndClear ${name}`]: () => table.readAndClear(100, count, { dirty: true }),
    [`list ${name}`]: () => table.list(100, count),
  });
});

agrees("EINVAL: flags, formats, lengths", async () => {
  const { table, thread, refuses } = await guarded(), wrong = { writable: true } as Flags, none = new Float64Array(0);
  refuses("EINVAL", {
    "flag of map": () => table.map(20, 1, wrong),
    "flag of mapRange": () => table.mapRange(20, 2, 1, wrong),
    "flag of mapBatch": () => table.mapBatch(Float64Array.of(20), Float64Array.of(1), wrong),
    "readAndClear of nothing": () => table.readAndClear(8, 4, {}),
    "readAndClear of what is false": () => table.readAndClear(8, 4, { accessed: false }),
    "readAndClear of a right": () => table.readAndClear(8, 4, { write: true } as Flags),
    "flag of protect": () => table.protect(8, 4, wrong),
    "format": () => void Table.create(thread, "sparc" as FormatName),
    "format that every object has": () => void Table.create(thread, "toString" as FormatName),
    "too many levels": () => void Table.create(thread, { levels: 7, indexBits: 2 }), "no levels": () => void Table.create(thread, { levels: 0, indexBits: 2 }),
    "too many index bits": () => void Table.create(thread, { levels: 2, indexBits: 14 }),
    "too many index bits of 4 bytes": () => void Table.create(thread, { levels: 2, indexBits: 15, itemBytes: 4 }),
    "too many bits in all": () => void Table.create(thread, { levels: 6, indexBits: 8 }),
    "leaves above the root": () => void Table.create(thread, { levels: 2, indexBits: 2, largest: 2 }),
    "three fused": () => void Table.create(thread, { levels: 2, indexBits: 4, fused: 3 as 2 }), "too many": () => void Table.create(thread, { levels: 2, indexBits: 2, fused: 4 }),
    "mapBatch with too few frames": () => table.mapBatch(Float64Array.of(20, 21), Float64Array.of(1)),
    "mapBatch with too many frames": () => table.mapBatch(Float64Array.of(20), Float64Array.of(1, 2)),
    "lookupRange with too few frames": () => table.lookupRange(8, 2, none), "lookupRange into another array": () => table.lookupRange(8, 2, [0, 0] as unknown as Float64Array),
    "lookupBatch with too few frames": () => table.lookupBatch(Float64Array.of(8, 9), none),
    "unmapFrames into another array": () => table.unmapFrames(8, 2, [0, 0] as unknown as Float64Array),
    "unmapFrames into floats of 4 bytes": () => table.unmapFrames(8, 2, new Float32Array(2) as unknown as Float64Array),
    "unmapFrames into nothing": () => table.unmapFrames(8, 2, undefined as unknown as Float64Array),
    "unmapBatch into another array": () => table.unmapBatch(Float64Array.of(8, 9), [0, 0] as unknown as Float64Array),
    "unmapFrames with too few frames": () => table.unmapFrames(8, 2, new Float64Array(1)),
    "unmapBatch with too few frames": () => table.unmapBatch(Float64Array.of(8, 9), new Float64Array(1)),
  });
});

agrees("ESTALE: a handle of a table that is gone", async () => {
  const { table, thread, refuses } = await guarded(), gone = Table.create(thread), { handle } = gone;
  assert.is(Table.attach(thread, handle).lookup(1), -1);
  gone.destroy();
  refuses("ESTALE", {
    "destroyed": () => void Table.attach(thread, handle),
    "forged": () => void Table.attach(thread, { table: table.handle.table, generation: table.handle.generation + 2 }),
    "never used": () => void Table.attach(thread, { table: 63, generation: 0 }),
  });
  refuses("EINVAL", { "no such record": () => void Table.attach(thread, { table: 64, generation: 1 }) });
  const next = Table.create(thread);
  assert.is(next.handle.table, handle.table, "the record is used again");
  assert.is(outcome(() => void Table.attach(thread, handle)), "ESTALE", "its record is another table's now");
  assert.is(Table.attach(thread, next.handle).lookup(8), -1);
  assert.is(Table.attach(thread, table.handle).lookup(8), 100);
});

agrees("ESTALE: a view of a table that was destroyed", async () => {
  const { thread, refuses } = await guarded(), gone = Table.create(thread), other = Table.attach(thread, gone.handle);
  gone.mapRange(5, 3, 50);
  gone.destroy();
  const pages = Float64Array.of(5, 6), frames = Float64Array.of(1, 2);
  const changes = (view: Table): { [what: string]: () => void } => ({
    map: () => view.map(5, 1), replace: () => view.map(5, 1, {}, true), mapRange: () => view.mapRange(5, 2, 1),
    mapBatch: () => view.mapBatch(pages, frames), destroy: () => view.destroy(),
  });
  refuses("ESTALE", {
    ...changes(gone),
    unmap: () => void gone.unmap(5), unmapRange: () => void gone.unmapRange(5, 2), unmapFrames: () => void gone.unmapFrames(5, 2, frames),
    unmapBatch: () => void gone.unmapBatch(pages, frames),
    protect: () => gone.protect(5, 2, {}), readAndClear: () => void gone.readAndClear(5, 2, { dirty: true }),
    writeProtect: () => void gone.writeProtect(5, 2, 50),
    lookup: () => void gone.lookup(5), entry: () => void gone.entry(5), walk: () => void gone.walk(5),
    list: () => void gone.list(), lookupBatch: () => gone.lookupBatch(pages, frames), lookupRange: () => gone.lookupRange(5, 2, frames),
  });
  refuses("ESTALE", changes(other)); // another view asks the engine, which finds nothing there
  assert.is(other.lookup(5), -1);
  assert.equal(other.list(), []);
});

agrees("ENOSPC: the arena is full of tables", async () => {
  const { engine, thread } = await makeEngine({ tables: 2 }), first = Table.create(thread);
  Table.create(thread);
  const pool = poolOf(engine, thread);
  assert.is(outcome(() => void Table.create(thread)), "ENOSPC");
  assert.equal(poolOf(engine, thread), pool, "the root that was taken is given back");
  first.destroy();
  assert.is(outcome(() => void Table.create(thread)), "OK");
});

agrees.run();
