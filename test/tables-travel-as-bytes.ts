// A table goes to bytes and comes back, in the same arena or another: the same mappings, by leaves of the same sizes, in every format. What is damaged,
// means nothing elsewhere, or finds no room is refused, and no table is left half made.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { TableImage } from "../assembly/layout/checkpoint.js";
import { EntryKind } from "../assembly/layout/entry.js";
import { Agent, Side } from "../src/agent.js";
import { PageMirrorError, type ErrorCode } from "../src/error.js";
import { FORMATS, shapeOf, type FormatName, type GenericFormat } from "../src/formats.js";
import { Migrator } from "../src/migrate.js";
import { Mirror } from "../src/mirror.js";
import { seal } from "../src/sealed.js";
import { Space } from "../src/space.js";
import { checkpointTable, restoreTable } from "../src/table-checkpoint.js";
import type { Mapping } from "../src/mapping.js";
import { Table } from "../src/table.js";
import { SEED, makeEngine } from "./help/engine.js";
import { FLAG_SETS, outcome } from "./help/model.js";

const GENERIC: GenericFormat[] = [
  { levels: 4, indexBits: 3, largest: 2 }, { levels: 2, indexBits: 10, itemBytes: 4 }, { levels: 3, indexBits: 9, largest: 1 }, { levels: 3, indexBits: 11 },
];
/** What is mapped. Which leaves are fused is a hint: `mapRange` says again which can be. */
const unfused = (table: Table): Mapping[] => table.list().map(({ fused, ...mapping }) => mapping);
const travel = suite("tables travel as bytes"), { engine, thread } = await makeEngine({ systemFrames: 1024, deviceFrames: 8 }), other = await makeEngine({ systemFrames: 1024 });

travel(`every format, here and in another arena (seed ${SEED})`, () => {
  const edit = fc.record({ page: fc.nat(99), far: fc.nat(3), count: fc.integer({ min: 1, max: 40 }), frame: fc.nat(40), flags: fc.constantFrom(...FLAG_SETS), maps: fc.boolean() });
  fc.assert(fc.property(fc.array(edit, { maxLength: 25, size: "max" }), fc.nat(1), (edits, hugePages) => {
    for (const format of [...Object.keys(FORMATS) as FormatName[], ...GENERIC]) {
      const table = Table.create(thread, format), span = table.sizes[hugePages] ?? 1;
      for (const { page: near, far, count, frame, flags, maps } of edits) {
        const page = Math.floor(near + far * table.pages / 4) % (table.pages - 40);
        if (maps) outcome(() => { table.mapRange(page, count, frame, flags); });
        else table.unmapRange(page, count);
      }
      if (span > 1) {
        outcome(() => { table.mapRange(0, 2 * span, 0, { write: true }); });
        outcome(() => { table.mapRange(3 * span, span, span, {}, 1); }); // small leaves where a large one could stand
      }
      const bytes = checkpointTable(table);
      assert.equal(checkpointTable(table), bytes);
      for (const to of [thread, other.thread]) {
        const copy = restoreTable(to, bytes);
        assert.equal([copy.format, unfused(copy)], [table.format, unfused(table)], JSON.stringify(format));
        if (!shapeOf(format).runs.length) assert.equal(checkpointTable(copy), bytes);
        copy.destroy();
      }
      table.destroy();
    }
  }), { seed: SEED, numRuns: 12 });
  for (const each of [thread, other.thread]) assert.equal([each.audit().clean, each.audit().directories], [true, 0]);
});

travel("a run takes as many bytes however long it is", () => {
  const table = Table.create(thread);
  table.mapRange(512, 100000, 1024, {}, 1);
  assert.is(checkpointTable(table).length, TableImage.RUNS + TableImage.RUN_BYTES);
  table.destroy();
});

const good = (): Uint8Array => {
  const table = Table.create(thread);
  table.mapRange(0, 3, 1);
  table.mapRange(512, 512, 512);
  const bytes = checkpointTable(table);
  table.destroy();
  return bytes;
};
function refused(bytes: Uint8Array, code: ErrorCode, message: RegExp): void {
  let error: unknown;
  try { restoreTable(thread, bytes); } catch (thrown) { error = thrown; }
  assert.instance(error, PageMirrorError, `it answered, or threw ${String(error)}`);
  assert.is((error as PageMirrorError).code, code, (error as Error).message);
  assert.match((error as Error).message, message);
  assert.not.match((error as Error).message, /\n/);
  assert.equal([thread.audit().clean, thread.audit().directories], [true, 0]);
}

travel("damage: any bit, any length, another version or kind, a format or a range that no build has", () => {
  const bytes = good();
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const wrong = bytes.slice();
    wrong[bit >> 3]! ^= 1 << bit % 8;
    refused(wrong, "EINVAL", /^a checkpoint of a table (begins with|is of version|has \d+ bytes|is damaged)/);
  }
  for (let length = 0; length < bytes.length; length++) refused(bytes.slice(0, length), "EINVAL", /^a checkpoint of a table has \d+ bytes: expected/);
  const changed = (at: number, value: number): Uint8Array => {
    const wrong = bytes.slice();
    new DataView(wrong.buffer).setUint32(at, value, true);
    return seal(wrong, TableImage.MAGIC_WORD, TableImage.VERSION_WORD);
  };
  refused(seal(bytes.slice(), TableImage.MAGIC_WORD, 1), "EINVAL", /^a checkpoint of a table is of version 1: expected 3$/);
  refused(changed(TableImage.FORMAT, 0xabcd00), "EINVAL", /^a checkpoint of a table is in format 0xabcd00: expected one that this build knows$/);
  refused(changed(TableImage.RUNS + TableImage.RUN_BYTES + TableImage.COUNT, 0xffffffff), "EINVAL", /^count is \d+: expected a whole number from 1 to/);
  refused(changed(TableImage.RUNS + TableImage.COUNT, 0), "EINVAL", /^count is 0: /);
  refused(bytes.buffer as unknown as Uint8Array, "EINVAL", /^a checkpoint of a table is \{\}: expected a Uint8Array$/);
});

travel("M1: without memory there is no table, however far it came", () => {
  const bytes = good();
  for (let quota = 0; quota < 5; quota++) {
    thread.quota = quota;
    refused(bytes, "ENOMEM", /no frame is free/);
    thread.quota = Infinity;
  }
});

travel("software entries mean nothing elsewhere", () => {
  const space = Space.create(thread), migrator = new Migrator(thread), mirror = Mirror.create(space, migrator, { place: () => "migrate" }), at = space.mmap(8192);
  const agent = new Agent(space, migrator, mirror);
  agent.store(Side.CPU, at, 1);
  restoreTable(other.thread, checkpointTable(space.table)).destroy();
  agent.store(Side.DEVICE, at, 2);
  assert.is(space.table.list()[0]!.kind, EntryKind.PRIVATE);
  const message = /^checkpoint: page 0x[0-9a-f]+ has an entry of kind PRIVATE: expected frames only$/;
  assert.throws(() => checkpointTable(space.table), (error: PageMirrorError) => error.code === "EINVAL" && message.test(error.message));
  mirror.destroy();
  space.destroy();
  assert.ok(engine.audit(thread.me).clean);
});

travel.run();
