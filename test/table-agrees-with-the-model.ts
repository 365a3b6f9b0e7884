// One thread: every verb answers what a Map would answer, whatever came before; a call that is refused changes nothing; when
// all is unmapped every frame is back (W4). Random scripts, shrunk by fast-check; pages lie in clusters around the places
// where a leaf, a level or the address space ends.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Engine } from "../src/engine.js";
import type { Thread } from "../src/thread.js";
import { FORMATS, formatWord, pageNumberBits, shapeOf, type Flags, type FormatName, type GenericFormat, type Shape } from "../src/formats.js";
import { Table } from "../src/table.js";
import { SEED, makeEngine } from "./help/engine.js";
import { FLAG_SETS, ModelTable, outcome, type FlagSet, type Outcome } from "./help/model.js";

/** What is tested: the hardware formats, and shapes of the run-time format, some of them deep and narrow. */
const SHAPES: { [name: string]: FormatName | GenericFormat } = {
  ...Object.fromEntries(Object.keys(FORMATS).map((name) => [name, name as FormatName])),
  "six levels of 2 bits": { levels: 6, indexBits: 2 },
  "one level of 2 bits that grows, leaves on four": { levels: 1, indexBits: 2, largest: 3, grows: true },
  "one level of 9 bits": { levels: 1, indexBits: 9 },
  "five levels of 3 bits, leaves on three": { levels: 5, indexBits: 3, largest: 2 },
  "four levels of 2 bits, leaves on all": { levels: 4, indexBits: 2, largest: 3 },
  "three levels of 2 bits, items of 4 bytes": { levels: 3, indexBits: 2, largest: 1, itemBytes: 4 },
  "one level of 10 bits, items of 4 bytes": { levels: 1, indexBits: 10, itemBytes: 4, frameBit: 11 },
};
/** Scripts that every shape plays; these play more of them. */
const RUNS = 60, MANY = 400;
const OFTEN = new Set(["x86-64", "riscv-sv48", "aarch64-4k", "six levels of 2 bits", "five levels of 3 bits, leaves on three", "four levels of 2 bits, leaves on all"]);
/** Enough for all that a script can ask for: mapRange takes a chain for each leaf in advance, and a leaf may have four pages. */
const SYSTEM_FRAMES = 8192;
const CLUSTER_PAGES = 12;

type Rights = Pick<Flags, "write" | "execute" | "user">;
type Step =
  | { verb: "map"; page: number; frame: number; flags: FlagSet; replace: boolean }
  | { verb: "unmap" | "lookup" | "entry"; page: number }
  | { verb: "walk"; page: number; write: boolean }
  | { verb: "mapRange"; page: number; count: number; frame: number; flags: FlagSet; size: number }
  | { verb: "cut" | "merge"; page: number; size: number }
  | { verb: "unmapRange" | "list"; page: number; count: number }
  | { verb: "protect"; page: number; count: number; rights: Rights }
  | { verb: "readAndClear"; page: number; count: number; marks: Pick<Flags, "accessed" | "dirty"> }
  | { verb: "writeProtect"; page: number; count: number; near: number }
  | { verb: "mapBatch"; pages: number[]; frame: number; flags: FlagSet }
  | { verb: "unmapBatch" | "lookupBatch"; pages: number[] };

/** Scripts for tables of so many levels: pages lie in clusters. */
function stepsFor(shape: Shape): fc.Arbitrary<Step> {
  const { levels, indexBits, frameBits } = shape, end = 2 ** pageNumberBits(shape);
  const around = Array.from({ length: levels - 1 }, (_, level) => 2 ** ((level + 1) * indexBits) - CLUSTER_PAGES / 2);
  const firsts = [0, ...around, Math.floor(end / 2) + 77, end - CLUSTER_PAGES];
  const page = fc.tuple(fc.constantFrom(...firsts), fc.nat(CLUSTER_PAGES - 1)).map(([first, offset]) => Math.min(Math.max(first + offset, 0), end - 1));
  const pages = fc.array(page, { maxLength: 24 });
  // Mostly within a cluster; some longer than a leaf, and than what one call of the engine can answer.
  const count = fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 1, max: 24 }) }, { weight: 1, arbitrary: fc.constantFrom(512, 1024, 1025, 1600) });
  const frame = fc.oneof(fc.nat(4096), fc.integer({ min: 2 ** frameBits - 4096, max: 2 ** frameBits - 2000 })), flags = fc.constantFrom(...FLAG_SETS);
  // A range that large leaves can map: page and frame are alike, and the range is not short.
  const size = fc.nat(3), leaves = fc.constantFrom(1, 2, 4, 5, 16);
  const mapLarge = fc.record({ at: fc.nat(16), offset: fc.constantFrom(0, 0, 1), leaves, flags, size }).map(({ at, offset, leaves: n, ...rest }): Step => {
    const first = Math.min(at * 2 ** indexBits, end - 1);
    return { verb: "mapRange", page: first, count: n * 2 ** indexBits, frame: 2 ** 18 + first + offset, ...rest };
  });
  const rights: fc.Arbitrary<Rights> = fc.record({ write: fc.boolean(), execute: fc.boolean(), user: fc.boolean() });
  const marks = fc.constantFrom({ accessed: true }, { dirty: true }, { accessed: true, dirty: true }, { accessed: false, dirty: true });
  const verb = <V extends Step["verb"]>(...names: V[]): fc.Arbitrary<V> => fc.constantFrom(...names);
  return fc.oneof(
    { weight: 5, arbitrary: fc.record({ verb: verb("map"), page, frame, flags, replace: fc.boolean() }) },
    { weight: 5, arbitrary: fc.record({ verb: verb("unmap", "lookup", "entry"), page }) },
    { weight: 2, arbitrary: fc.record({ verb: verb("walk"), page, write: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ verb: verb("mapRange"), page, count, frame, flags, size }) },
    { weight: 3, arbitrary: mapLarge },
    { weight: 3, arbitrary: fc.record({ verb: verb("cut", "merge"), page, size }) },
    { weight: 2, arbitrary: fc.record({ verb: verb("unmapRange", "list"), page, count }) },
    { weight: 1, arbitrary: fc.record({ verb: verb("protect"), page, count, rights }) },
    { weight: 2, arbitrary: fc.record({ verb: verb("readAndClear"), page, count, marks }) },
    { weight: 2, arbitrary: fc.record({ verb: verb("writeProtect"), page, count, near: fc.nat(CLUSTER_PAGES) }) },
    { weight: 1, arbitrary: fc.record({ verb: verb("mapBatch"), pages, frame, flags }) },
    { weight: 2, arbitrary: fc.record({ verb: verb("unmapBatch", "lookupBatch"), pages }) },
  );
}

/** One of the sizes of the table's leaves. */
const sizeOf = ({ sizes }: Table, i: number): number => sizes[Math.min(i, sizes.length - 1)]!;

/** Does the step to both and compares what they answer. */
function play(table: Table, model: ModelTable, step: Step): void {
  const fitting = "count" in step ? Math.min(step.count, table.pages - step.page) : 0, what = JSON.stringify(step);
  const same = (found: unknown, expected: unknown): void => assert.equal(found, expected, what);
  switch (step.verb) {
    case "map":
      return same(outcome(() => table.map(step.page, step.frame, step.flags, step.replace)), model.map(step.page, step.frame, step.flags, step.replace));
    case "unmap": return same(table.unmap(step.page), model.unmap(step.page));
    case "lookup": return same(table.lookup(step.page), model.lookup(step.page));
    case "entry": return same(table.entry(step.page), model.entry(step.page));
    case "walk": return same(table.walk(step.page, step.write), model.walk(step.page, step.write));
    case "mapRange":
      return same(outcome(() => table.mapRange(step.page, fitting, step.frame, step.flags, sizeOf(table, step.size))),
        model.mapRange(step.page, fitting, step.frame, step.flags, sizeOf(table, step.size)));
    case "cut":
      table.cut(step.page, sizeOf(table, step.size));
      return model.cut(step.page, sizeOf(table, step.size));
    case "merge": {
      const size = sizeOf(table, step.size);
      return same(size === 1 ? outcome(() => table.merge(step.page, 1)) : table.merge(step.page, size), size === 1 ? "EINVAL" : model.merge(step.page, size));
    }
    case "unmapRange": return same(table.unmapRange(step.page, fitting), model.unmapRange(step.page, fitting));
    case "list": return same(table.list(step.page, fitting), model.list(step.page, fitting));
    case "protect":
      table.protect(step.page, fitting, step.rights);
      return model.protect(step.page, fitting, step.rights);
    case "readAndClear": return same(table.readAndClear(step.page, fitting, step.marks), model.readAndClear(step.page, fitting, step.marks));
    case "writeProtect": { // what a page near the first one is mapped to, and its neighbours as if they followed
      const at = Math.min(step.page + step.near, table.pages - 1), first = Math.max(table.lookup(at) - (at - step.page), 0), frame = Math.min(first, table.frames - fitting);
      return same(table.writeProtect(step.page, fitting, frame), model.writeProtect(step.page, fitting, frame));
    }
    case "mapBatch": {
      const frames = step.pages.map((_, i) => step.frame + i);
      const found = outcome(() => table.mapBatch(Float64Array.from(step.pages), Float64Array.from(frames), step.flags));
      return same(found, model.mapBatch(step.pages, frames, step.flags));
    }
    case "unmapBatch": {
      const frames = new Float64Array(step.pages.length), found = table.unmapBatch(Float64Array.from(step.pages), frames);
      const expected = model.unmapBatch(step.pages);
      same([...frames], expected);
      return same(found, expected.filter((frame) => frame >= 0).length);
    }
    case "lookupBatch": {
      const frames = new Float64Array(step.pages.length);
      table.lookupBatch(Float64Array.from(step.pages), frames);
      return same([...frames], model.lookupBatch(step.pages));
    }
  }
}

/** How the last entries go: in one range, page by page, or as a batch. */
type Farewell = "range" | "single" | "batch";
function unmapAll(table: Table, model: ModelTable, farewell: Farewell): void {
  const left = model.list().flatMap(({ page, pages }) => Array.from({ length: pages }, (_, i) => page + i));
  if (farewell === "range") assert.equal(table.unmapRange(0, table.pages), model.unmapRange(0, table.pages));
  else if (farewell === "single") for (const page of left) assert.is(table.unmap(page), model.unmap(page));
  else assert.is(table.unmapBatch(Float64Array.from(left), new Float64Array(left.length)), model.unmapBatch(left).length);
}

interface Pool { clean: boolean; available: number; directories: number }
function poolOf(engine: Engine, thread: Thread): Pool {
  const { clean, free, retired, directories } = engine.audit(thread.me);
  return { clean, available: free + retired, directories };
}

const agrees = suite("table agrees with the model");

for (const [name, format] of Object.entries(SHAPES)) {
  const step = stepsFor(shapeOf(formatWord(format))), numRuns = OFTEN.has(name) ? MANY : RUNS;

  agrees(`${name}: random scripts of all verbs (seed ${SEED})`, async () => {
    const { engine, thread } = await makeEngine({ systemFrames: SYSTEM_FRAMES }), start = poolOf(engine, thread);
    fc.assert(fc.property(fc.array(step, { minLength: 1, maxLength: 80 }), fc.constantFrom<Farewell>("range", "single", "batch"), (script, farewell) => {
      const table = Table.create(thread, format), model = new ModelTable(table.sizes, table.fixed);
      try {
        for (const step of script) play(table, model, step);
        assert.equal(table.list(), model.list());
        assert.ok(engine.audit(thread.me).clean, "audit before the end");
        unmapAll(table, model, farewell);
        assert.equal(table.list(), []);
        assert.equal(poolOf(engine, thread), { clean: true, available: start.available - 1, directories: 1 });
      } finally { table.destroy(); }
      assert.equal(poolOf(engine, thread), start);
    }), { seed: SEED, numRuns, includeErrorInReport: true });
  });

  agrees(`${name}: tables of one arena do not see each other (seed ${SEED})`, async () => {
    const { engine, thread } = await makeEngine({ systemFrames: SYSTEM_FRAMES }), start = poolOf(engine, thread);
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(2), step), { minLength: 1, maxLength: 60 }), (script) => {
      const pairs = [format, format, format].map((each) => {
        const table = Table.create(thread, each);
        return { table, model: new ModelTable(table.sizes, table.fixed) };
      });
      try {
        for (const [i, step] of script) play(pairs[i]!.table, pairs[i]!.model, step);
        for (const { table, model } of pairs) assert.equal(table.list(), model.list());
      } finally { for (const { table } of pairs) table.destroy(); }
      assert.equal(poolOf(engine, thread), start);
    }), { seed: SEED, numRuns: numRuns / 4, includeErrorInReport: true });
  });
}

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
    [`protect ${name}`]: () => table.protect(page, 1, {}),
    [`writeProtect ${name}`]: () => table.writeProtect(page, 1, 1),
    [`readAndClear ${name}`]: () => table.readAndClear(page, 1, { dirty: true }),
    [`lookup ${name}`]: () => table.lookup(page),
    [`entry ${name}`]: () => table.entry(page),
    [`walk ${name}`]: () => table.walk(page),
    [`list ${name}`]: () => table.list(page, 1),
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
    "too many index bits of 4 bytes": () => void Table.create(thread, { levels: 2, indexBits: 14, itemBytes: 4 }),
    "too many bits in all": () => void Table.create(thread, { levels: 6, indexBits: 8 }),
    "leaves above the root": () => void Table.create(thread, { levels: 2, indexBits: 2, largest: 2 }),
    "items of 2 bytes": () => void Table.create(thread, { levels: 2, indexBits: 2, itemBytes: 2 as 4 }),
    "a number among the flags": () => void Table.create(thread, { levels: 2, indexBits: 2, frameBit: 7 }),
    "mapBatch with too few frames": () => table.mapBatch(Float64Array.of(20, 21), Float64Array.of(1)),
    "mapBatch with too many frames": () => table.mapBatch(Float64Array.of(20), Float64Array.of(1, 2)),
    "lookupBatch with too few frames": () => table.lookupBatch(Float64Array.of(8, 9), none),
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
    unmap: () => void gone.unmap(5), unmapRange: () => void gone.unmapRange(5, 2), unmapBatch: () => void gone.unmapBatch(pages, frames),
    protect: () => gone.protect(5, 2, {}), readAndClear: () => void gone.readAndClear(5, 2, { dirty: true }),
    writeProtect: () => void gone.writeProtect(5, 2, 50),
    lookup: () => void gone.lookup(5), entry: () => void gone.entry(5), walk: () => void gone.walk(5),
    list: () => void gone.list(), lookupBatch: () => gone.lookupBatch(pages, frames),
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
