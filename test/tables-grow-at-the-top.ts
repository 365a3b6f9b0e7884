// A table that grows begins with one level and gets those that its pages need: never more, each one frame; what was mapped stays; what is beyond
// the top is nothing, to every verb; former roots are given back as any directory is; who stood on a root goes on from it.
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

const SHAPES: { name: string; format: FormatName | GenericFormat; indexBits: number; levels: number[]; skips?: true }[] = [
  { name: "amd-v1", format: "amd-v1", indexBits: 9, levels: [1, 2, 3, 4, 5, 6], skips: true },
  { name: "2 bits", format: { levels: 1, indexBits: 2, grows: true }, indexBits: 2, levels: [1, 2, 3, 4, 5, 6] },
  { name: "10 bits, directories of two frames", format: { levels: 2, indexBits: 10, grows: true }, indexBits: 10, levels: [2, 3, 4, 5] },
  { name: "7 bits, items of 4 bytes", format: { levels: 1, indexBits: 7, itemBytes: 4, grows: true }, indexBits: 7, levels: [1, 2, 3, 4, 5, 6] },
];
const test = suite("tables grow at the top");

for (const { name, format, indexBits, levels, skips } of SHAPES) {
  const firstOf = (level: number): number => 2 ** ((level - 1) * indexBits); // the first page that needs so many levels
  test(`${name}: one level after the other`, async () => {
    const { engine, thread } = await makeEngine({ systemFrames: 256 }), table = Table.create(thread, format), start = engine.audit(thread.me);
    const directories = (): number => engine.audit(thread.me).directories;
    assert.is(table.top().levels, levels[0]);
    for (const [i, level] of levels.entries()) {
      const page = i ? firstOf(level) : 0, before = directories();
      assert.equal([table.lookup(page), table.entry(page), table.walk(page, true), table.unmap(page)], [-1, undefined, -1, -1]);
      assert.equal([table.unmapRange(page, 1), table.list(page)], [[], []]);
      const frames = new Float64Array(2);
      table.lookupBatch(Float64Array.of(page, 0), frames);
      assert.equal([...frames], [-1, i ? 100 : -1]);
      assert.is(table.top().levels, levels[Math.max(i - 1, 0)], "reading changes nothing");
      table.map(page, 100 + i);
      assert.is(table.top().levels, level);
      assert.is(directories() - before, !i ? level - 1 : skips ? 2 : level, "one for the level, and the page's own");
      assert.equal(table.list().map(({ page: each, frame }) => [each, frame]), levels.slice(0, i + 1).map((each, j) => [j ? firstOf(each) : 0, 100 + j]));
    }
    assert.equal(statistics(table).levels.map(({ level }) => level), Array.from({ length: levels.at(-1)! }, (_, level) => level));
    assert.is(dump(table).root.level, levels.at(-1)! - 1);
    assert.is(table.unmapRange(0, table.pages).length, levels.length);
    assert.is(directories(), 1);
    assert.is(table.top().levels, levels.at(-1), "levels stay");
    table.destroy();
    const { clean, free, retired } = engine.audit(thread.me);
    assert.ok(clean && free + retired > start.free + start.retired);
    assert.is(outcome(() => void table.top()), "ESTALE");
  });

  test(`${name}: at once from the first level to the last, empty or not`, async () => {
    for (const isEmpty of [true, false]) {
      const { engine, thread } = await makeEngine({ systemFrames: 256 }), table = Table.create(thread, format), last = table.pages - 1;
      if (!isEmpty) table.map(0, 7);
      table.map(last, 9);
      assert.equal([table.top().levels, table.lookup(0), table.lookup(last)], [levels.at(-1), isEmpty ? -1 : 7, 9]);
      const audit = engine.audit(thread.me);
      assert.ok(audit.clean);
      assert.is(audit.directories, levels.at(-1)! + (isEmpty ? 0 : skips ? 1 : levels.at(-1)! - 1), "an empty root is given back");
    }
  });

  test(`${name}: ENOMEM leaves the table as it was (M1)`, async () => {
    const { engine, thread } = await makeEngine({ systemFrames: 64 }), table = Table.create(thread, format), last = table.pages - 1, before = table.top();
    table.map(1, 1);
    const needed = (skips ? 1 : levels.at(-1)! - levels[0]!) + levels.at(-1)! - 1, perDirectory = indexBits > 9 ? 2 : 1;
    const audit = engine.audit(thread.me), available = audit.free + audit.retired;
    for (let quota = 0; quota < needed * perDirectory; quota += perDirectory) {
      thread.quota = quota;
      assert.is(outcome(() => table.map(last, 2)), "ENOMEM", `${quota} frames`);
      assert.equal([table.top(), table.lookup(1), table.lookup(last)], [before, 1, -1]);
      const { clean, free, retired } = engine.audit(thread.me);
      assert.equal([clean, free + retired], [true, available]);
    }
    thread.quota = needed * perDirectory;
    table.map(last, 2);
    assert.equal([table.lookup(1), table.lookup(last)], [1, 2]);
  });

  test(`${name}: who stands on a root goes on from it; first and at begin at the new one (P1)`, async () => {
    const { thread } = await makeEngine(), table = Table.create(thread, format), high = firstOf(levels[1]!);
    table.map(0, 1);
    table.map(1, 2);
    const pin = Pin.take(thread), cursor = pin.cursor(table), before = table.top(), seen: number[] = [];
    assert.is(cursor.first()!.page, 0);
    table.map(high, 3);
    assert.equal([cursor.next()?.page, cursor.next()?.page, cursor.at(high)?.frame, cursor.first()?.page], [1, undefined, 3, 0]);
    pin.walk(table, { leaf: ({ page, frame, level, directory, ...rest }) => {
      seen.push(page);
      if (page < high) pin.update({ page, frame, level, directory, ...rest });
    } });
    assert.equal(seen, [0, 1, high]);
    assert.equal(table.list().map(({ page }) => page), [high]);
    assert.not.equal(table.top(), before);
    pin.drop();
  });

  test(`${name}: restored from its bytes, it has the levels that it needs`, async () => {
    const { thread } = await makeEngine(), table = Table.create(thread, format), high = firstOf(levels[1]!) + 1;
    table.map(high, 3);
    table.map(table.pages - 1, 4);
    table.unmap(table.pages - 1);
    const again = restoreTable(thread, checkpointTable(table));
    assert.equal(again.list(), table.list());
    assert.ok(again.top().levels <= table.top().levels);
    const attached = Table.attach(thread, table.handle);
    assert.equal([attached.pages, attached.sizes, attached.lookup(high)], [table.pages, table.sizes, 3]);
  });
}

test("a large leaf is a reason to grow, also where its pages are beyond nothing", async () => {
  const { engine, thread } = await makeEngine({ systemFrames: 256 }), table = Table.create(thread, "amd-v1");
  assert.equal(table.sizes, Array.from({ length: 27 }, (_, lg2) => 2 ** lg2));
  table.mapRange(0, 512, 512);
  assert.equal([table.top().levels, table.entry(3)!.pages], [2, 512]);
  table.mapRange(512 ** 2, 512 ** 2, 0);
  assert.equal([table.top().levels, table.entry(512 ** 2 + 3)!.pages, table.entry(3)!.pages], [3, 512 ** 2, 512]);
  assert.equal(engine.audit(thread.me).directories, 2);
  table.map(511 * 512 ** 2, 1);
  table.unmapRange(0, table.pages);
  assert.is(engine.audit(thread.me).directories, 1);
});

test("what a table that grows must not be", async () => {
  const { thread } = await makeEngine();
  assert.is(outcome(() => void Table.create(thread, { levels: 1, indexBits: 2, largest: 6, grows: true })), "EINVAL");
  assert.is(Table.create(thread, { levels: 1, indexBits: 2, largest: 5, grows: true }).sizes.length, 6);
});

test.run();
