// A directory in which only the first item would be used is not there: a page costs one directory, whatever the levels; one that is needed later is put
// between, and nothing that was mapped moves; what lies beside a pointer is nothing to every verb; it all goes when it is empty.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { dump } from "../src/dump.js";
import type { FormatName, GenericFormat } from "../src/formats.js";
import { Pin } from "../src/pin.js";
import { statistics } from "../src/statistics.js";
import { Table } from "../src/table.js";
import { checkpointTable, restoreTable } from "../src/table-checkpoint.js";
import { makeEngine } from "./help/engine.js";
import { outcome } from "./help/model.js";

const DESCRIBED: GenericFormat = {
  levels: 4, indexBits: 3, largest: 1, frame: { shift: 12, bits: 40 }, valid: 0, write: 1, accessed: 5, dirty: 6, large: 4,
  directory: { shift: 12, bits: 40, held: 7, level: { shift: 8, bits: 3 } },
};
const SHAPES: { name: string; format: FormatName | GenericFormat; bits: number }[] = [
  { name: "amd-v1-4", format: "amd-v1-4", bits: 9 }, { name: "described", format: DESCRIBED, bits: 3 },
];
const test = suite("levels are left out");

for (const { name, format, bits } of SHAPES) {
  /** The first page for which a directory of a level is needed. */
  const first = (level: number): number => 2 ** (level * bits);
  const make = async (systemFrames = 256): Promise<{ table: Table; directories: () => number }> => {
    const { engine, thread } = await makeEngine({ systemFrames }), table = Table.create(thread, format);
    return { table, directories: () => { const { clean, directories } = engine.audit(thread.me); assert.ok(clean); return directories; } };
  };
  /** Level and first page of each directory that a walk meets. */
  const met = (table: Table, page = 0, count = table.pages - page): [level: number, page: number][] => {
    const found: [number, number][] = [], pin = Pin.take(table.thread);
    pin.walk(table, { enter: (directory) => { found.push([directory.level, directory.page]); } }, page, count);
    pin.drop();
    return found;
  };

  test(`${name}: a page has one directory; others are put between when they are needed`, async () => {
    const { table, directories } = await make();
    table.map(1, 7);
    assert.equal([directories(), met(table)], [2, [[3, 0], [0, 0]]]);
    table.map(first(2), 8); // beside it, by the level of its own
    assert.equal([directories(), met(table)], [4, [[3, 0], [2, 0], [0, 0], [0, first(2)]]]);
    assert.equal(statistics(table).levels.map(({ directories: many, items, leaves }) => [many, items, leaves]), [[2, 2, 2], [0, 0, 0], [1, 2, 0], [1, 1, 0]]);
    table.map(first(1), 9);
    assert.equal(met(table), [[3, 0], [2, 0], [1, 0], [0, 0], [0, first(1)], [0, first(2)]]);
    table.map(first(3) + first(1), 10);
    assert.equal(met(table).slice(-2), [[1, first(3)], [0, first(3) + first(1)]]);
    const pages = [1, first(1), first(2), first(3) + first(1)], frames = new Float64Array(4);
    table.lookupBatch(Float64Array.from(pages), frames);
    assert.equal([[...frames], pages.map((page) => table.lookup(page)), table.list().map(({ page }) => page)], [[7, 9, 8, 10], [7, 9, 8, 10], pages]);
    assert.equal(dump(table).root.level, 3);
    const copy = restoreTable(table.thread, checkpointTable(table));
    assert.equal(copy.list(), table.list());
    copy.destroy();
    for (const page of pages) table.unmap(page);
    assert.is(directories(), 1);
  });

  test(`${name}: what lies beside a pointer is nothing, and stays nothing`, async () => {
    const { table, directories } = await make();
    table.map(0, 7, { write: true });
    for (const level of [1, 2]) {
      const page = first(level), frames = new Float64Array(2);
      assert.equal([table.lookup(page), table.entry(page), table.walk(page, true), table.unmap(page)], [-1, undefined, -1, -1]);
      assert.equal([table.list(page), table.unmapRange(page, 2), table.readAndClear(page, 2, { accessed: true })], [[], [], []]);
      table.lookupBatch(Float64Array.of(page, page + first(1)), frames);
      table.protect(page, 5, {});
      table.cut(page);
      assert.equal([[...frames], table.merge(page, table.sizes.find((size) => size > 1)!), directories()], [[-1, -1], false, 2]);
      const pin = Pin.take(table.thread), cursor = pin.cursor(table, page);
      assert.equal([cursor.first(), met(table, page)], [undefined, [[3, 0]]]);
      pin.drop();
    }
    assert.is(table.entry(0)!.write, true);
  });

  test(`${name}: ENOMEM leaves the table as it was (M1); what is needed is asked for, and no more`, async () => {
    const { table, directories } = await make(64), { thread } = table;
    table.map(0, 7);
    for (const [page, needed] of [[first(2) + first(1), 3], [first(1), 2], [first(1) + 1, 0], [first(3), 1]] as const) {
      const before = directories();
      for (let quota = 0; quota < needed; quota++) {
        thread.quota = quota;
        assert.equal([outcome(() => table.map(page, 8)), table.lookup(page), table.lookup(0), directories()], ["ENOMEM", -1, 7, before]);
      }
      thread.quota = needed;
      table.map(page, 8);
      thread.quota = Infinity;
      assert.equal([table.lookup(page), directories()], [8, before + needed]);
    }
  });

  test(`${name}: a large leaf and a merge have their level`, async () => {
    const { table, directories } = await make(), { thread } = table, size = first(1);
    table.mapRange(0, size, 4 * size, {}, 1);
    assert.equal(met(table), [[3, 0], [0, 0]]);
    thread.quota = 0;
    assert.equal([outcome(() => table.merge(0, size)), table.entry(0)!.pages], ["ENOMEM", 1]);
    table.protect(0, 1, { write: true });
    assert.equal([table.merge(0, size), directories()], [false, 2], "nothing to merge, and no frame is asked for");
    table.protect(0, 1, {});
    thread.quota = Infinity;
    assert.equal([table.merge(0, size), table.entry(0)!.pages, met(table)], [true, size, [[3, 0], [1, 0]]]);
    table.unmapRange(0, size);
    table.map(0, 1);
    assert.is(outcome(() => table.mapRange(0, size, size)), "EEXIST");
    table.unmap(0);
    table.mapRange(0, size, size);
    assert.equal([table.entry(1)!.pages, table.entry(1)!.frame, directories()], [size, size + 1, 2]);
  });

  test(`${name}: a range asks for the directories that its pages choose, and no more`, async () => {
    const { table } = await make(), { thread } = table, count = 4;
    for (const [page, needed] of [[0, 1], [first(1), 2], [first(1) + count, 2], [first(3), 1]] as const) {
      thread.quota = needed;
      table.mapRange(page, count, 0, {}, 1);
      thread.quota = Infinity;
      assert.is(table.lookup(page + 3), 3);
    }
  });
}

test.run();
