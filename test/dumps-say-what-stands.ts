// A dump, its text and the statistics of a table say what a dull model says: tables of random leaves of all sizes, in formats of every kind. And
// while others change the table, each has what stands all the while.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Slot } from "../assembly/layout/arena.js";
import { dump, renderDump, type DirectoryDump } from "../src/dump.js";
import type { FormatName, GenericFormat } from "../src/formats.js";
import { Pin } from "../src/pin.js";
import { isRun } from "../src/runs.js";
import { statistics, type TableStatistics } from "../src/statistics.js";
import type { Mapping } from "../src/mapping.js";
import { Table } from "../src/table.js";
import { runCrew } from "./help/crew.js";
import { SEED, makeEngine } from "./help/engine.js";
import { modelOf } from "./help/fused-model.js";
import { FLAG_NAMES, FLAG_SETS, outcome } from "./help/model.js";
import { mapStanding } from "./help/standing.js";
import type { ShakerAnswer, ShakerJob } from "./stress/table-shaker.js";
import { WORDS_BYTES } from "./stress/table-rounds.js";

const FORMATS: (FormatName | GenericFormat)[] = [
  "x86-64", "riscv-sv32", "aarch64-4k", "aarch64-4k-contiguous", { levels: 3, indexBits: 4, largest: 1, fused: 4 },
  { levels: 4, indexBits: 2, largest: 2 }, { levels: 1, indexBits: 8, itemBytes: 4 },
  { levels: 3, indexBits: 11, largest: 1 },
];
const SETS = fc.constantFrom(...FLAG_SETS), dumps = suite("dumps say what stands");

/** The leaves of a dump, one by one. */
function leavesIn({ items, level, page }: DirectoryDump): Mapping[] {
  return items.flatMap((item) => {
    if (!isRun(item)) {
      assert.is(item.level, level - 1);
      assert.ok(item.page >= page);
      return leavesIn(item);
    }
    const { count, ...first } = item;
    return Array.from({ length: count }, (_, i) => ({ ...first, page: first.page + i * first.pages, frame: first.frame + i * first.pages }));
  });
}
/** What there is to count, from the leaves alone: a directory for each stretch of pages that has one, and the root. */
function counted(leaves: Mapping[], levels: number, indexBits: number): Omit<TableStatistics, "directoryBytes"> {
  const covers = (level: number): number => 2 ** (indexBits * (level + 1)), levelOf = ({ pages }: Mapping): number => Math.log2(pages) / indexBits;
  const directoriesOf = (level: number): number => level === levels - 1 ? 1
    : new Set(leaves.filter((leaf) => levelOf(leaf) <= level).map(({ page }) => Math.floor(page / covers(level)))).size;
  const each = Array.from({ length: levels }, (_, level) => {
    const here = leaves.filter((leaf) => levelOf(leaf) === level), pages = here.reduce((sum, leaf) => sum + leaf.pages, 0);
    return { level, directories: directoriesOf(level), items: here.length + (level ? directoriesOf(level - 1) : 0), leaves: here.length, pages };
  });
  const sum = (what: "directories" | "leaves" | "pages"): number => each.reduce((all, one) => all + one[what], 0);
  return { levels: each, directories: sum("directories"), leaves: sum("leaves"), pages: sum("pages") };
}

for (const format of FORMATS) dumps(`${JSON.stringify(format)}: tree and statistics are the model's (seed ${SEED})`, async () => {
  const { engine, thread } = await makeEngine({ systemFrames: 1024 });
  const edit = fc.record({ page: fc.nat(99), far: fc.nat(3), count: fc.integer({ min: 1, max: 40 }), frame: fc.nat(40), flags: SETS, maps: fc.boolean() });
  fc.assert(fc.property(fc.array(edit, { maxLength: 25, size: "max" }), (edits) => {
    const table = Table.create(thread, format), model = modelOf(table);
    for (const { page: near, far, count, frame, flags, maps } of edits) {
      const page = (near + far * table.pages / 4) % (table.pages - 40);
      if (maps) assert.is(outcome(() => { table.mapRange(page, count, frame, flags); }), model.mapRange(page, count, frame, flags));
      else assert.equal(table.unmapRange(page, count), model.unmapRange(page, count));
    }
    const tree = dump(table), levels = tree.root.level + 1, { directoryBytes, ...rest } = statistics(table);
    assert.equal(tree, JSON.parse(JSON.stringify(tree)));
    assert.equal(tree.format, Table.attach(thread, table.handle).format);
    assert.equal(leavesIn(tree.root), model.list());
    assert.equal(rest, counted(model.list(), levels, table.indexBits));
    const { directories, parts } = engine.audit(thread.me);
    assert.is(directoryBytes, 4096 * (directories + parts));
    table.destroy();
  }), { seed: SEED, numRuns: 60 });
});

dumps("a dump as text", async () => {
  const { thread } = await makeEngine(), table = Table.create(thread);
  table.mapRange(0x7f000, 0x80, 0x41, { write: true, user: true });
  table.map(0x7f080, 0xc2, { write: true, user: true }); // goes on, but on another frame
  table.map(0x7f082, 0xc3, { write: true, user: true }); // the next frame, but not the next page
  table.map(0x7f090, 0x90);
  for (const i of FLAG_NAMES.keys()) table.map(0x7f091 + i, 0x91 + i, Object.fromEntries(FLAG_NAMES.slice(0, i + 1).map((name) => [name, true])));
  table.map(0x7f100, 7, { execute: true, accessed: true, dirty: true });
  table.mapRange(0x80000, 0x400, 0x400);
  const frames = [...JSON.stringify(dump(table)).matchAll(/"directory":(\d+)/g)].map(([, frame]) => `0x${Number(frame).toString(16)}`);
  assert.is(renderDump(dump(table)), `table 0, x86-64
level 3 directory in frame ${frames[0]}, from page 0x0
  level 2 directory in frame ${frames[1]}, from page 0x0
    level 1 directory in frame ${frames[2]}, from page 0x40000
      level 0 directory in frame ${frames[3]}, from page 0x7f000
        0x7f000-0x7f07f -> frames 0x41-0xc0  rw-u--
        0x7f080 -> frame 0xc2  rw-u--
        0x7f082 -> frame 0xc3  rw-u--
        0x7f090 -> frame 0x90  r-----
        0x7f091 -> frame 0x91  rw----
        0x7f092 -> frame 0x92  rwx---
        0x7f093 -> frame 0x93  rwxu--
        0x7f094 -> frame 0x94  rwxua-
        0x7f095 -> frame 0x95  rwxuad
        0x7f100 -> frame 0x7  r-x-ad
    level 1 directory in frame ${frames[4]}, from page 0x80000
      0x80000-0x803ff -> frames 0x400-0x7ff  r-----  x 2 of 0x200
`);
  assert.is(renderDump(dump(Table.create(thread, { levels: 3, indexBits: 4 }))).split("\n")[0], "table 1, 3 levels of 4 bits");
});

dumps("a table that is gone, a thread with eight pins", async () => {
  const { thread } = await makeEngine(), table = Table.create(thread), gone = Table.create(thread);
  gone.destroy();
  for (const read of [dump, statistics]) assert.is(outcome(() => { read(gone); }), "ESTALE");
  const pins = Array.from({ length: Slot.PINS_MAX }, () => Pin.take(thread));
  for (const read of [dump, statistics]) assert.is(outcome(() => { read(table); }), "EAGAIN");
  for (const pin of pins) pin.drop();
  dump(table);
  thread.unregister(); // whatever failed, no pin is left
});

dumps(`what stands is in every dump and checkpoint, whatever others do meanwhile (seed ${SEED})`, async () => {
  const { engine, thread } = await makeEngine({ systemFrames: 64 }), table = Table.create(thread), words = new SharedArrayBuffer(WORDS_BYTES);
  const { engine: copies } = await makeEngine();
  mapStanding(table);
  const jobs = (["reader", "shaker", "shaker"] as const).map((role, worker): ShakerJob =>
    ({ engine: engine.handle, table: table.handle, words, workers: 3, worker, rounds: 300, seed: SEED, role, copies: copies.handle }));
  const answers = await runCrew<ShakerJob, ShakerAnswer>("table-shaker", jobs, engine, 60);
  const sum = (what: keyof ShakerAnswer): number => answers.reduce((all, each) => all + each[what], 0);
  for (const what of ["dumps", "others", "large"] as const) assert.ok(sum(what) > 0, what);
  assert.ok(engine.audit(thread.me).clean);
});

dumps.run();
