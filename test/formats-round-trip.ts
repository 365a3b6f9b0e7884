// Both hardware formats: what is mapped comes back, and what stands in memory is, bit for bit, what the manuals say. The words
// are written out here from the manuals (Intel SDM volume 3A, tables 5-15 to 5-20; RISC-V privileged architecture, Sv39 and
// Sv48), not from the layout files: a bit that moved there is noticed here.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { EntryKind } from "../assembly/layout/entry.js";
import { Slot } from "../assembly/layout/arena.js";
import { Table as Record } from "../assembly/layout/table.js";
import type { Engine } from "../src/engine.js";
import type { Thread } from "../src/thread.js";
import { FORMATS, Table, type FormatName } from "../src/table.js";
import { makeEngine } from "./help/engine.js";
import { FLAG_SETS, NO_FLAGS, type FlagSet } from "./help/model.js";

interface Manual {
  /** The leaf that maps the frame with these flags. */
  leaf(frame: bigint, flags: FlagSet): bigint;
  /** The item that points to the directory in this frame. */
  directory(frame: bigint): bigint;
  /** Where a walker finds the frame in an item that is present. */
  frameOf(item: bigint): number;
  /** Leaves, written out. */
  golden: [word: bigint, frame: number, flags: Partial<FlagSet>][];
}

const MANUALS: { [name in FormatName]: Manual } = {
  "x86-64": {
    // P 0, R/W 1, U/S 2, A 5, D 6, address 51..12, XD 63
    leaf: (frame, { write, execute, user, accessed, dirty }) => frame << 12n | 0x1n | (write ? 0x2n : 0n) | (user ? 0x4n : 0n)
      | (accessed ? 0x20n : 0n) | (dirty ? 0x40n : 0n) | (execute ? 0n : 0x8000000000000000n),
    // Every right is left to the leaf; A is set, so that a walker need not write; D is ignored, PS and XD are clear.
    directory: (frame) => frame << 12n | 0x27n,
    frameOf: (item) => Number(item >> 12n & 0xffffffffffn),
    golden: [
      [0x8000000000000001n, 0, {}],
      [0x0000000000000001n, 0, { execute: true }],
      [0x8000000012345003n, 0x12345, { write: true }],
      [0x8000000012345067n, 0x12345, { write: true, user: true, accessed: true, dirty: true }],
      [0x000000feedbee025n, 0xfeedbee, { execute: true, user: true, accessed: true }],
      [0x800fffffffffe041n, 0xfffffffffe, { dirty: true }],
      [0x000ffffffffff067n, 0xffffffffff, { write: true, execute: true, user: true, accessed: true, dirty: true }],
    ],
  },
  "riscv-sv48": {
    // V 0, R 1, W 2, X 3, U 4, A 6, D 7, number 53..10
    leaf: (frame, { write, execute, user, accessed, dirty }) => frame << 10n | 0x3n | (write ? 0x4n : 0n) | (execute ? 0x8n : 0n)
      | (user ? 0x10n : 0n) | (accessed ? 0x40n : 0n) | (dirty ? 0x80n : 0n),
    // R, W and X clear say "go on"; U, A and D must be clear as well.
    directory: (frame) => frame << 10n | 0x1n,
    frameOf: (item) => Number(item >> 10n & 0xfffffffffffn),
    golden: [
      [0x0000000000000003n, 0, {}],
      [0x000000000000000bn, 0, { execute: true }],
      [0x00000000048d1407n, 0x12345, { write: true }],
      [0x00000000048d14d7n, 0x12345, { write: true, user: true, accessed: true, dirty: true }],
      [0x0000003fbb6fb85bn, 0xfeedbee, { execute: true, user: true, accessed: true }],
      [0x0003fffffffff883n, 0xfffffffffe, { dirty: true }],
      [0x0003fffffffffcdfn, 0xffffffffff, { write: true, execute: true, user: true, accessed: true, dirty: true }],
    ],
  },
};

/** Every page whose index is the first or the last of its directory, at each of the four levels. */
const CORNERS = Array.from({ length: 16 }, (_, bits) => [0, 1, 2, 3].reduce((page, level) => page + (bits >> level & 1 ? 511 * 512 ** level : 0), 0));
const FRAMES = [0, 1, 0x12345, 2 ** 20, 0xa5a5a5a5a5, 2 ** 39, 2 ** 40 - 2, 2 ** 40 - 1];

/** The addresses of the items that a hardware walker reads for a page, from the root down; by the manual and nothing else. */
function hardwareWalk(engine: Engine, thread: Thread, table: Table, page: number): number[] {
  const frameAt = (frame: number): number => engine.u32(thread.me + Slot.FRAMES) + frame * 4096;
  const manual = MANUALS[formatOf(thread, table)], path: number[] = [];
  let frame = engine.u32(recordOf(thread, table) + Record.TOP + 4);
  for (const level of [3, 2, 1, 0]) {
    const at = frameAt(frame) + Math.floor(page / 512 ** level) % 512 * 8, item = engine.u64(at);
    path.push(at);
    if (level === 0 || (item & 1n) === 0n) return path;
    frame = manual.frameOf(item);
    assert.is(item, manual.directory(BigInt(frame)), `the item of level ${level} for page ${page}`);
  }
  return path;
}
function recordOf(thread: Thread, table: Table): number { return thread.engine.u32(thread.me + Slot.TABLES) + table.handle.table * Record.BYTES; }
function formatOf(thread: Thread, table: Table): FormatName {
  const format = thread.engine.u32(recordOf(thread, table) + Record.TOP);
  return (Object.keys(FORMATS) as FormatName[]).find((name) => FORMATS[name] === format)!;
}
/** The item of level 0 for a page; fails when a directory is missing. */
function leafAt(engine: Engine, thread: Thread, table: Table, page: number): number {
  const path = hardwareWalk(engine, thread, table, page);
  assert.is(path.length, 4, `the walk for page ${page} ends early`);
  return path[3]!;
}

const formats = suite("formats round trip");

for (const name of Object.keys(MANUALS) as FormatName[]) {
  const manual = MANUALS[name];

  formats(`${name}: the words of the manual`, async () => {
    const { engine, thread } = await makeEngine(), table = Table.create(thread, name);
    for (const [word, frame, flags] of manual.golden) {
      table.map(7, frame, flags);
      const at = leafAt(engine, thread, table, 7);
      assert.is(`0x${engine.u64(at).toString(16)}`, `0x${word.toString(16)}`, `frame ${frame.toString(16)}, ${JSON.stringify(flags)}`);
      table.unmap(7);
    }
    // And the other way: what a manual's word says is what a lookup answers.
    table.map(7, 1);
    const at = leafAt(engine, thread, table, 7);
    for (const [word, frame, flags] of manual.golden) {
      engine.setU64(at, word);
      assert.equal(table.entry(7), { page: 7, frame, kind: EntryKind.PRESENT, ...NO_FLAGS, ...flags });
      assert.is(table.lookup(7), frame);
    }
  });

  formats(`${name}: every set of flags, at every corner of the tree`, async () => {
    const { engine, thread } = await makeEngine(), table = Table.create(thread, name);
    for (const page of CORNERS) for (const [i, flags] of FLAG_SETS.entries()) {
      const frame = FRAMES[(i + page) % FRAMES.length]!, what = `page ${page}, frame ${frame}, ${JSON.stringify(flags)}`;
      table.map(page, frame, flags);
      assert.equal(table.entry(page), { page, frame, kind: EntryKind.PRESENT, ...flags }, what);
      assert.is(engine.u64(leafAt(engine, thread, table, page)), manual.leaf(BigInt(frame), flags), what);
      assert.is(table.unmap(page), frame, what);
    }
    assert.is(engine.audit(thread.me).directories, 1);
  });

  formats(`${name}: all corners stand side by side, each in its own item`, async () => {
    const { engine, thread } = await makeEngine(), table = Table.create(thread, name);
    for (const [i, page] of CORNERS.entries()) table.map(page, 1000 + i, FLAG_SETS[i]);
    const items = CORNERS.map((page) => leafAt(engine, thread, table, page));
    assert.is(new Set(items).size, CORNERS.length);
    for (const [i, at] of items.entries()) assert.is(engine.u64(at), manual.leaf(BigInt(1000 + i), FLAG_SETS[i]!));
    assert.equal(table.list(), CORNERS.map((page, i) => ({ page, frame: 1000 + i, kind: EntryKind.PRESENT, ...FLAG_SETS[i]! })));
    // One root, and below it two, four and eight directories: corners share every directory that they can.
    assert.is(engine.audit(thread.me).directories, 15);
    for (const [i, page] of CORNERS.entries()) assert.is(table.unmap(page), 1000 + i);
  });

  formats(`${name}: every frame number, to the last bit`, async () => {
    const { engine, thread } = await makeEngine(), table = Table.create(thread, name);
    const powers = Array.from({ length: 40 }, (_, bit) => 2 ** bit);
    for (const frame of [...FRAMES, ...powers, ...powers.map((power) => 2 ** 40 - 1 - power)]) {
      table.map(513, frame, { write: true, dirty: true });
      assert.is(engine.u64(leafAt(engine, thread, table, 513)), manual.leaf(BigInt(frame), { ...NO_FLAGS, write: true, dirty: true }));
      assert.is(table.lookup(513), frame);
      assert.is(table.unmap(513), frame);
    }
  });

  formats(`${name}: zero is empty, and so is what an unmap leaves`, async () => {
    const { engine, thread } = await makeEngine(), table = Table.create(thread, name);
    const root = leafless(engine, thread, table);
    assert.is(engine.u64(root), 0n);
    table.map(0, 5);
    table.map(1, 6);
    const at = leafAt(engine, thread, table, 0);
    table.unmap(0);
    assert.is(engine.u64(at) & 1n, 0n, "hardware must not use it");
    assert.is(table.entry(0), undefined);
    engine.setU64(at, 0n);
    assert.is(table.entry(0), undefined);
    assert.is(table.lookup(0), -1);
    assert.is(table.walk(0), -1);
    table.unmap(1);
    assert.is(engine.u64(root), 0n, "the root forgets a directory that was given back");
  });

  formats(`${name}: a walk of the engine sets accessed and dirty where hardware does`, async () => {
    const { engine, thread } = await makeEngine(), table = Table.create(thread, name);
    table.map(9, 0x77, { write: true });
    const at = leafAt(engine, thread, table, 9);
    assert.is(table.lookup(9), 0x77);
    assert.is(engine.u64(at), manual.leaf(0x77n, { ...NO_FLAGS, write: true }), "a lookup sets nothing");
    assert.is(table.walk(9), 0x77);
    assert.is(engine.u64(at), manual.leaf(0x77n, { ...NO_FLAGS, write: true, accessed: true }));
    assert.is(table.walk(9, true), 0x77);
    assert.is(engine.u64(at), manual.leaf(0x77n, { ...NO_FLAGS, write: true, accessed: true, dirty: true }));
    table.map(10, 0x78);
    assert.is(table.walk(10, true), -1, "no right to write");
    assert.is(engine.u64(leafAt(engine, thread, table, 10)), manual.leaf(0x78n, NO_FLAGS), "a fault sets nothing");
  });

  formats(`${name}: a software entry comes back whole, and hardware does not see it`, async () => {
    const { engine, thread } = await makeEngine(), table = Table.create(thread, name);
    table.map(4, 1); // keeps the directory while page 3 changes
    for (const kind of [EntryKind.PRIVATE, EntryKind.MIGRATING, EntryKind.RESERVATION, EntryKind.GUARDED])
      for (const payload of [0, 1, 0x12345, 2 ** 51, 2 ** 52 - 1]) {
        for (const [bits, flags] of FLAG_SETS.entries()) {
          assert.is(engine.wasm.tableMap(thread.me, table.handle.table, 3, payload, kind | bits << 3, false), 0);
          assert.equal(table.entry(3), { page: 3, frame: payload, kind, ...flags });
          assert.is(engine.u64(leafAt(engine, thread, table, 3)) & 1n, 0n, "bit 0 says present in both formats");
          assert.is(table.walk(3), -1, `hardware faults on an entry of kind ${kind}`);
          assert.is(table.unmap(3), payload);
        }
      }
  });
}

/** The address of the root's first item: the table must be empty. */
function leafless(engine: Engine, thread: Thread, table: Table): number {
  const path = hardwareWalk(engine, thread, table, 0);
  assert.is(path.length, 1, "an empty table has a root and nothing else");
  return path[0]!;
}

formats.run();
