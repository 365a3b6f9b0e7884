// M1: a verb that answers ENOMEM has done nothing, or, for a batch, exactly what it says; a verb that gives back needs no frame.
// The quota of a thread makes the n-th allocation of a call fail, for every n; a pool that is really full does it once more.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Engine } from "../src/engine.js";
import type { Mapping } from "../src/mapping.js";
import type { Thread } from "../src/thread.js";
import { Table } from "../src/table.js";
import { FOUR_LEVELS, SEED, makeEngine } from "./help/engine.js";
import { outcome } from "./help/model.js";

interface State { mapped: Mapping[]; available: number; directories: number }

/** All that could differ. Fails when the arena is not in order. */
function stateOf(engine: Engine, thread: Thread, table: Table): State {
  const { clean, free, retired, directories } = engine.audit(thread.me);
  assert.ok(clean, "the audit is clean");
  return { mapped: table.list(), available: free + retired, directories };
}

/** Calls with a quota of 0, 1, 2, … until the call succeeds; after each ENOMEM everything is as before. Answers the quota it took. */
function untilEnough(engine: Engine, thread: Thread, table: Table, call: () => void, what: string): number {
  const before = stateOf(engine, thread, table);
  for (let quota = 0; quota <= 64; quota++) {
    thread.quota = quota;
    const status = outcome(call);
    thread.quota = Infinity;
    if (status === "OK") return quota;
    assert.is(status, "ENOMEM", what);
    assert.equal(stateOf(engine, thread, table), before, `${what} with a quota of ${quota}`);
  }
  throw new Error(`${what}: 64 frames are not enough`);
}

/** Pages that lack three directories in an empty table, and one, two or three when page 0 is mapped. */
const PLACES = { "the same leaf": 7, "another leaf": 512, "another directory of level 1": 2 ** 18, "another directory of level 2": 2 ** 27 };
/** Ranges over the ends of leaves and of directories of every level. */
const RANGES: { [where: string]: [page: number, count: number] } = {
  "within a leaf": [100, 50], "over two leaves": [512 - 5, 10], "over four leaves": [512 * 8 - 1, 512 * 2 + 2],
  "over directories of level 1": [2 ** 18 - 513, 1030], "over directories of level 2": [2 ** 27 - 3, 6], "over the middle of all": [2 ** 35 - 600, 1200],
};

/** Verbs that must cut a leaf of 1 GiB on pages 0 to 2^18, or one of two of 2 MiB behind it; and how many directories that takes. */
const CUTTING: { [what: string]: { lacks: number; call: (table: Table) => unknown } } = {
  "unmap in 1 GiB": { lacks: 2, call: (table) => table.unmap(77) },
  "unmap in 2 MiB": { lacks: 1, call: (table) => table.unmap(2 ** 18 + 700) },
  "replace": { lacks: 2, call: (table) => table.map(77, 5, {}, true) },
  "cut": { lacks: 2, call: (table) => table.cut(513) },
  "unmapRange within a leaf": { lacks: 1, call: (table) => table.unmapRange(2 ** 18 + 3, 5) },
  "unmapRange over three leaves": { lacks: 3, call: (table) => table.unmapRange(2 ** 18 - 1, 514) },
  "readAndClear over three leaves": { lacks: 3, call: (table) => table.readAndClear(2 ** 18 - 1, 514, { dirty: true }) },
  "writeProtect over three leaves": { lacks: 3, call: (table) => table.writeProtect(2 ** 18 - 1, 2, 2 ** 19 - 1) },
  "protect over three leaves": { lacks: 3, call: (table) => table.protect(2 ** 18 - 1, 514, {}) },
};
/** What pages at the ends of those leaves, and of their parts, are mapped to. */
const AROUND = [0, 76, 77, 78, 511, 512, 2 ** 18 - 1, ...[0, 4, 511, 512, 700, 1023, 1024].map((page) => 2 ** 18 + page)];
/** Whose tables leave levels out: fewer directories are needed, and one that was put between stays as long as anything hangs below. */
const SKIPS: ReadonlySet<string> = new Set(["amd-v1-4"]);
const pagesAround = (table: Table): unknown[] => AROUND.map((page) => { const entry = table.entry(page); return entry && { ...entry, pages: 0, fused: undefined }; });

const nothing = suite("allocation failure leaves nothing");

for (const format of FOUR_LEVELS) {
  for (const [where, page] of Object.entries(PLACES)) nothing(`${format}: map in ${where}`, async () => {
    const { engine, thread } = await makeEngine(), table = Table.create(thread, format), what = `map page ${page}`;
    for (const isFirst of [true, false]) {
      if (!isFirst) table.map(0, 1);
      const before = stateOf(engine, thread, table);
      const quota = untilEnough(engine, thread, table, () => table.map(page, 77, { write: true }), what);
      const after = stateOf(engine, thread, table);
      assert.is(quota, after.directories - before.directories, "it takes what it needs and nothing more");
      assert.is(after.available, before.available - quota);
      assert.is(table.lookup(page), 77);
      assert.is(table.unmap(page), 77);
    }
  });

  for (const [where, [page, count]] of Object.entries(RANGES)) nothing(`${format}: mapRange ${where}`, async () => {
    const { engine, thread } = await makeEngine(), table = Table.create(thread, format), what = `map ${count} pages from ${page} on`;
    // In an empty table; beside a page at the front; at the end; at both.
    for (const neighbours of [[], [page - 1], [page + count], [page - 1, page + count]]) {
      for (const neighbour of neighbours) table.map(neighbour, 9);
      const before = stateOf(engine, thread, table);
      const quota = untilEnough(engine, thread, table, () => table.mapRange(page, count, 1000), what);
      const after = stateOf(engine, thread, table), gained = after.directories - before.directories;
      // It may take in advance what could go before it gets there, and gives back what it did not need.
      const leaves = Math.floor((page + count - 1) / 512) - Math.floor(page / 512) + 1;
      assert.ok(gained <= quota && quota <= 3 * leaves, `${what}: a quota of ${quota} was needed for ${gained} directories`);
      assert.is(after.available, before.available - gained);
      assert.is(after.mapped.length, before.mapped.length + count);
      assert.is(table.unmapRange(page, count).length, count);
      for (const neighbour of neighbours) table.unmap(neighbour);
    }
    assert.is(stateOf(engine, thread, table).directories, 1);
  });

  nothing(`${format}: mapRange that meets a mapped page needs no memory for what comes after it`, async () => {
    const { engine, thread } = await makeEngine(), table = Table.create(thread, format);
    table.map(510, 5);
    const before = stateOf(engine, thread, table);
    thread.quota = 0;
    const status = outcome(() => table.mapRange(510, 4, 1000)); // EEXIST at once, or ENOMEM for the second leaf: never a part
    thread.quota = Infinity;
    assert.ok(status === "EEXIST" || status === "ENOMEM", status);
    assert.equal(stateOf(engine, thread, table), before);
  });

  nothing(`${format}: mapBatch keeps exactly those before the one that failed`, async () => {
    const { engine, thread } = await makeEngine();
    const pages = Float64Array.of(4, 512, 5, 513, 2 ** 18, 6, 2 ** 27 + 1, 2 ** 27 + 2, 1024, 2 ** 35), frames = pages.map((_, i) => 100 + i);
    /** Directories that each page brings; those before it stand. */
    const needs = SKIPS.has(format) ? [0, 2, 0, 0, 2, 0, 1, 0, 1, 1] : [0, 1, 0, 0, 2, 0, 3, 0, 1, 3], total = needs.reduce((sum, need) => sum + need);
    for (let quota = 0; quota <= total; quota++) {
      const table = Table.create(thread, format);
      table.map(3, 9);
      const before = stateOf(engine, thread, table);
      thread.quota = quota;
      const status = outcome(() => table.mapBatch(pages, frames));
      thread.quota = Infinity;
      const failed = needs.findIndex((_, i) => needs.slice(0, i + 1).reduce((sum, need) => sum + need) > quota);
      assert.is(status, failed < 0 ? "OK" : "ENOMEM", `quota ${quota}`);
      const kept = failed < 0 ? pages : pages.subarray(0, failed);
      assert.equal(table.list().map(({ page, frame }) => [page, frame]),
        [[3, 9], ...[...kept].map((page, i) => [page, frames[i]])].sort(([a], [b]) => a! - b!), `quota ${quota}`);
      const spent = needs.slice(0, kept.length).reduce((sum, need) => sum + need, 0), after = stateOf(engine, thread, table);
      assert.is(after.directories, before.directories + spent, `quota ${quota}`);
      assert.is(after.available, before.available - spent, `quota ${quota}`);
      assert.is(table.unmapBatch(kept, new Float64Array(kept.length)), kept.length);
      assert.is(table.unmap(3), 9);
      assert.is(stateOf(engine, thread, table).directories, 1);
      table.destroy();
    }
  });

  nothing(`${format}: Table.create`, async () => {
    const { engine, thread } = await makeEngine(), table = Table.create(thread, format);
    let made: Table | undefined;
    thread.quota = 0;
    for (let i = 0; i < 100; i++) assert.is(outcome(() => void Table.create(thread, format)), "ENOMEM"); // more often than the arena has room for tables
    assert.is(untilEnough(engine, thread, table, () => { made = Table.create(thread, format); }, "create"), 1);
    made!.map(1, 2);
    assert.is(table.lookup(1), -1);
  });

  nothing(`${format}: verbs that give back, or change what is there, need no frame`, async () => {
    const { engine, thread } = await makeEngine(), start = engine.audit(thread.me), table = Table.create(thread, format);
    table.mapRange(508, 8, 50, { write: true });
    thread.quota = 0;
    table.map(510, 1, { write: true }, true);
    table.protect(508, 8, { user: true });
    assert.is(table.walk(509), 51);
    assert.is(table.unmap(510), 1);
    table.map(510, 52);
    assert.is(table.unmapRange(0, 4096).length, 8);
    assert.is(engine.audit(thread.me).directories, 1);
    table.destroy();
    thread.quota = Infinity;
    const end = engine.audit(thread.me);
    assert.equal([end.free + end.retired, end.directories, end.clean], [start.free + start.retired, 0, true]);
  });

  nothing(`${format}: any table, any range, any quota (seed ${SEED})`, async () => {
    const { engine, thread } = await makeEngine();
    const place = fc.tuple(fc.constantFrom(0, 512, 1024, 2 ** 18 - 512, 2 ** 18, 2 ** 27 - 512), fc.nat(511)).map(([leaf, i]) => leaf + i);
    fc.assert(fc.property(fc.uniqueArray(place, { maxLength: 6 }), place, fc.integer({ min: 1, max: 1200 }), (mapped, page, count) => {
      const table = Table.create(thread, format);
      try {
        for (const neighbour of mapped) table.map(neighbour, 5);
        const clash = mapped.some((neighbour) => neighbour >= page && neighbour < page + count);
        if (!clash) untilEnough(engine, thread, table, () => table.mapRange(page, count, 1), `map ${count} from ${page} on`);
      } finally { table.destroy(); }
    }), { seed: SEED, numRuns: 200, includeErrorInReport: true });
  });

  for (const [what, { lacks, call }] of Object.entries(CUTTING)) nothing(`${format}: ${what} cuts large leaves, or does nothing`, async () => {
    const { engine, thread } = await makeEngine(), table = Table.create(thread, format), start = stateOf(engine, thread, table);
    table.mapRange(0, 2 ** 18, 2 ** 18, { write: true, dirty: true }); // one leaf of 1 GiB
    table.mapRange(2 ** 18, 1024, 0, { write: true, dirty: true }); // two of 2 MiB
    const before = pagesAround(table);
    for (let quota = 0; quota < lacks; quota++) {
      thread.quota = quota;
      assert.is(outcome(() => call(table)), "ENOMEM", `quota ${quota}`);
      assert.equal(pagesAround(table), before, `quota ${quota}: every page is as it was, whatever leaf says so`);
      assert.ok(engine.audit(thread.me).clean);
      // What was cut on the way may stay cut: as from the beginning for the next try.
      thread.quota = Infinity;
      for (const page of [0, 2 ** 18 - 1, 2 ** 18, 2 ** 18 + 512]) table.merge(page, 512);
      table.merge(0, 2 ** 18);
    }
    thread.quota = lacks;
    call(table);
    thread.quota = Infinity;
    if (what !== "cut") assert.not.equal(pagesAround(table), before);
    table.unmapRange(0, table.pages);
    assert.equal(stateOf(engine, thread, table), start);
  });

  if (!SKIPS.has(format)) nothing(`${format}: a pool that is really empty`, async () => {
    const { engine, thread } = await makeEngine({ systemFrames: 64 }), table = Table.create(thread, format);
    const start = stateOf(engine, thread, table), mapped: number[] = [];
    // Each page needs three directories; the pool of 63 holds the root and 20 of them, and two frames that help nobody.
    for (let i = 0; i < 20; i++) { table.map(i * 2 ** 27, i); mapped.push(i * 2 ** 27); }
    const full = stateOf(engine, thread, table);
    assert.is(full.available, 2);
    for (let repeat = 0; repeat < 3; repeat++) {
      assert.is(outcome(() => table.map(20 * 2 ** 27, 1)), "ENOMEM");
      assert.is(outcome(() => table.mapRange(20 * 2 ** 27 - 2, 4, 1)), "ENOMEM");
      assert.is(outcome(() => table.mapRange(5, 512 * 3, 1)), "ENOMEM");
      assert.equal(stateOf(engine, thread, table), full);
    }
    for (const page of [512, 1024]) table.map(page, 1); // two leaves: exactly what is left
    assert.is(stateOf(engine, thread, table).available, 0);
    assert.is(outcome(() => void Table.create(thread, format)), "ENOMEM");
    assert.is(table.unmapRange(512, 1024).length, 2);
    // Room for one more, as soon as one goes.
    assert.is(table.unmap(mapped[7]!), 7);
    table.map(20 * 2 ** 27, 20);
    assert.is(table.unmapRange(0, 2 ** 36).length, 20);
    assert.equal(stateOf(engine, thread, table), start);
  });
}

nothing.run();
