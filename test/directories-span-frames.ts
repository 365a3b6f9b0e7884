// Directories larger than a frame: every verb answers what a Map would; each takes as many frames as it needs, that lie together and are
// aligned; all come back, in pieces or whole, to whoever needs them; where enough are free but scattered, ENOMEM says so (M1, W4).
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { FormatName, GenericFormat } from "../src/formats.js";
import { Table } from "../src/table.js";
import { PageMirrorError } from "../src/error.js";
import { runCrew } from "./help/crew.js";
import { SEED, makeEngine } from "./help/engine.js";
import { ModelTable, NO_FLAGS, outcome } from "./help/model.js";
import type { RunsAnswer, RunsJob } from "./stress/table-runs.js";

const SHAPES: { format: GenericFormat; frames: number }[] = [
  { format: { levels: 3, indexBits: 10 }, frames: 2 }, { format: { levels: 2, indexBits: 11, largest: 1 }, frames: 4 },
  { format: { levels: 2, indexBits: 13 }, frames: 16 }, { format: { levels: 1, indexBits: 12 }, frames: 8 },
];
const spans = suite("directories span frames");

for (const { format, frames } of SHAPES) {
  const { levels, indexBits } = format, end = 2 ** (levels * indexBits), name = `${levels} levels of ${indexBits} bits`;
  const firsts = [0, 2 ** (indexBits - 1), 2 ** indexBits - 6, end / 2 + 7, end - 12].map((first) => Math.min(first, end - 12));
  const page = fc.tuple(fc.constantFrom(...new Set(firsts)), fc.nat(11)).map(([first, offset]) => first + offset);
  const verb = fc.constantFrom("map", "map", "unmap", "unmap", "lookup", "mapRange", "unmapRange", "large");
  const step = fc.record({ verb, page, count: fc.integer({ min: 1, max: 30 }), frame: fc.nat(2 ** 30) });

  spans(`${name}: random scripts agree with the model, and ${frames} frames stand for each directory (seed ${SEED})`, async () => {
    const { engine, thread } = await makeEngine({ systemFrames: 512 }), start = engine.audit(thread.me);
    fc.assert(fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (script) => {
      const table = Table.create(thread, format), model = new ModelTable(table.sizes), large = table.sizes.at(-1)!;
      for (const each of script) {
        const { page: at, frame } = each, count = Math.min(each.count, table.pages - at), first = at - at % large, what = JSON.stringify(each);
        const [found, expected] = ({
          map: () => [outcome(() => table.map(at, frame)), model.map(at, frame, NO_FLAGS, false)],
          unmap: () => [table.unmap(at), model.unmap(at)],
          lookup: () => [table.lookup(at), model.lookup(at)],
          mapRange: () => [outcome(() => table.mapRange(at, count, frame)), model.mapRange(at, count, frame, NO_FLAGS, large)],
          unmapRange: () => [table.unmapRange(at, count), model.unmapRange(at, count)],
          large: () => [outcome(() => table.mapRange(first, large, first)), model.mapRange(first, large, first, NO_FLAGS, large)],
        } as { [verb: string]: () => [unknown, unknown] })[each.verb]!();
        assert.equal(found, expected, what);
        const { clean, directories, parts, free, retired } = engine.audit(thread.me);
        assert.equal([clean, parts, free + retired], [true, directories * (frames - 1), start.free - directories * frames], what);
      }
      assert.equal(table.list(), model.list());
      table.destroy();
      const { clean, free, retired } = engine.audit(thread.me);
      assert.equal([clean, free + retired], [true, start.free]);
    }), { seed: SEED, numRuns: 60, includeErrorInReport: true });
  });

  spans(`${name}: a call has its directories whole, or changes nothing`, async () => {
    const { engine, thread } = await makeEngine(), table = Table.create(thread, format), needed = (levels - 1) * frames;
    for (let quota = 0; quota <= needed; quota++) {
      const before = engine.audit(thread.me);
      thread.quota = quota;
      assert.is(outcome(() => table.map(3, 7)), quota < needed ? "ENOMEM" : "OK", `a quota of ${quota}`);
      thread.quota = Infinity;
      if (quota < needed) assert.equal(engine.audit(thread.me), before);
    }
    assert.is(table.unmap(3), 7);
    assert.is(engine.audit(thread.me).directories, 1);
  });

  spans(`${name}: a view of a table that is gone reads nothing of the frames that others have`, async () => {
    const { thread } = await makeEngine(), gone = Table.create(thread, format), view = Table.attach(thread, gone.handle);
    for (const each of ["x86-64", "x86-64", "x86-64"] as FormatName[]) Table.create(thread, each).mapRange(0, 512 * 8, 1); // behind frame 0, too
    gone.destroy();
    const pages = Float64Array.from({ length: 1000 }, (_, i) => Math.floor(i * view.pages / 1000)), found = new Float64Array(1000);
    view.lookupBatch(pages, found);
    assert.ok(found.every((frame) => frame === -1));
    assert.equal([view.list(), view.unmapRange(0, view.pages)], [[], []]);
    assert.is(view.walk(600, true), -1);
    assert.is(view.unmap(600), -1);
    assert.is(outcome(() => view.map(600, 1)), "ESTALE");
  });
}

spans("ENOMEM says that frames are free where none lie together; those that come back together are a run again", async () => {
  const { engine, thread } = await makeEngine({ systemFrames: 128 }), small = Table.create(thread), large = Table.create(thread, { levels: 2, indexBits: 11 });
  const start = engine.audit(thread.me).free, leaves: number[] = [];
  for (let page = 0; outcome(() => small.map(page, 1)) === "OK"; page += 512) leaves.push(page); // a frame each
  const message = (): string => { try { large.map(0, 1); } catch (error) { return (error as PageMirrorError).message; } return ""; };
  assert.match(message(), /^map page 0x0: no frame is free/);
  for (const page of leaves.filter((_, i) => i % 3 === 0)) small.unmap(page); // of four frames that lie together one or two
  const before = engine.audit(thread.me), free = before.free + before.retired;
  assert.ok(free > 16);
  assert.is(message(), `map page 0x0: ${free} frames are free, but not as many together as one directory needs: use smaller directories, or unmap something`);
  assert.is(outcome(() => large.map(0, 1)), "ENOMEM");
  assert.is(engine.audit(thread.me).free + engine.audit(thread.me).retired, free);
  for (const page of leaves) small.unmap(page);
  assert.is(message(), "");
  assert.is(large.unmap(0), 1);
  small.map(0, 1);
  assert.ok(engine.audit(thread.me).clean);
  small.unmap(0);
  assert.is(engine.audit(thread.me).free + engine.audit(thread.me).retired, start);
});

spans("a directory is empty, whatever its frames held before", async () => {
  const { thread } = await makeEngine({ systemFrames: 64 }), small = Table.create(thread), leaves: number[] = [];
  for (let page = 0; outcome(() => small.mapRange(page, 512, page, {}, 1)) === "OK"; page += 512) leaves.push(page);
  for (const page of leaves) assert.ok(small.merge(page, 512)); // the directories that go are full
  for (const { format } of SHAPES.filter(({ frames }) => frames < 16)) {
    const table = Table.create(thread, format);
    table.map(1, 7);
    assert.equal(table.list().map(({ page, frame }) => [page, frame]), [[1, 7]]);
  }
});

spans("EINVAL: more index bits than the longest run has room for", async () => {
  const { thread } = await makeEngine();
  assert.is(outcome(() => void Table.create(thread, { levels: 2, indexBits: 14 })), "EINVAL");
});

spans(`workers with directories of 1, 2, 4 and 16 frames use the same few frames (seed ${SEED})`, async () => {
  const { engine, thread } = await makeEngine({ systemFrames: 256 }), { free } = engine.audit(thread.me);
  const formats: (FormatName | GenericFormat)[] = ["x86-64", { levels: 3, indexBits: 10 }, { levels: 2, indexBits: 11 }, { levels: 2, indexBits: 13 }];
  const tables = formats.map((format) => Table.create(thread, format));
  const jobs = tables.map((table, worker): RunsJob => ({ engine: engine.handle, tables: [table.handle, tables[1]!.handle], worker, rounds: 4000, seed: SEED }));
  const answers = await runCrew<RunsJob, RunsAnswer>("table-runs", jobs, engine, 60);
  const sum = (what: keyof RunsAnswer): number => answers.reduce((all, each) => all + each[what], 0);
  assert.ok(sum("mapped") > 1000 && sum("refused") > 0, `frames are few, and some are there: ${JSON.stringify(answers)}`);
  const { clean, directories } = engine.audit(thread.me);
  assert.equal([clean, directories], [true, 4]);
  for (const table of tables) table.destroy();
  const end = engine.audit(thread.me);
  assert.equal([end.clean, end.free + end.retired], [true, free]);
});

spans.run();
