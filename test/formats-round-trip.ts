// Every format: what is mapped comes back, and what stands in memory is, bit for bit, what the manuals say (test/help/manuals.ts): every level of
// leaf, every set of rights, every corner of the tree.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Entry, EntryKind } from "../assembly/layout/entry.js";
import { Slot } from "../assembly/layout/arena.js";
import { FORMATS, type FormatName } from "../src/formats.js";
import { Table } from "../src/table.js";
import { makeEngine } from "./help/engine.js";
import { MANUALS, type Manual } from "./help/manuals.js";
import { FLAG_SETS, NO_FLAGS, type FlagSet } from "./help/model.js";

/** A table of a format, and a hardware walker that knows the manual and nothing else. */
class Bench {
  readonly manual: Manual;
  private constructor(readonly name: FormatName, readonly table: Table) { this.manual = MANUALS[name]; }
  static async of(name: FormatName): Promise<Bench> { return new Bench(name, Table.create((await makeEngine({ systemFrames: 1024 })).thread, name)); }

  get directories(): number { return this.table.thread.engine.audit(this.table.thread.me).directories; }
  /** How many pages a leaf of a level maps. */
  pages(level: number): number { return 2 ** (level * this.manual.indexBits); }
  item(at: number): bigint { return this.manual.itemBytes === 8 ? this.table.thread.engine.u64(at) : BigInt(this.table.thread.engine.u32(at)); }
  setItem(at: number, word: bigint): void { if (this.manual.itemBytes === 8) this.table.thread.engine.setU64(at, word); else this.table.thread.engine.setU32(at, Number(word)); }

  /** The addresses of the items that a hardware walker reads for a page, from the root down to one of `lowest`, or to one that points nowhere. */
  path(page: number, lowest = 0): number[] {
    const { levels, indexBits, rootBits, itemBytes } = this.manual, { engine, me } = this.table.thread, path: number[] = [], top = this.table.top();
    let { frame } = top;
    for (let level = top.levels - 1; ;) {
      const bits = level === levels - 1 ? rootBits : indexBits;
      const at = engine.u32(me + Slot.FRAMES) + frame * 4096 + Math.floor(page / this.pages(level)) % 2 ** bits * itemBytes, item = this.item(at);
      path.push(at);
      if (level === lowest || !this.manual.present(item)) return path;
      frame = this.manual.frameOf(item);
      const below = this.manual.levelBelow?.(item) ?? level - 1;
      same(item, this.manual.pointer(BigInt(frame), below + 1), `the item of level ${level} for page ${page}`);
      level = below;
    }
  }
  /** The item of a level for a page; fails when a directory above is missing. */
  itemAt(page: number, level = 0): number {
    const path = this.path(page, level);
    assert.ok(this.manual.levelBelow || path.length === this.table.top().levels - level, `the walk for page ${page} ends early`);
    return path.at(-1)!;
  }
  /** What a flag set comes to: what the format cannot say is fixed. */
  flags(asked: Partial<FlagSet>): FlagSet { return { ...NO_FLAGS, ...asked, ...this.manual.fixed }; }
  mapLeaf(page: number, frame: bigint, flags: Partial<FlagSet>, level: number): void { this.table.mapRange(page, this.pages(level), Number(frame), flags); }

  /** Every page whose index is the first or the last of its directory, at each of the levels. */
  get corners(): number[] {
    const { levels, indexBits, rootBits } = this.manual;
    return Array.from({ length: 2 ** levels }, (_, bits) => Array.from({ length: levels }, (_, level) => level)
      .reduce((page, level) => page + (bits >> level & 1 ? (2 ** (level === levels - 1 ? rootBits : indexBits) - 1) * this.pages(level) : 0), 0));
  }
  get frames(): number[] {
    const end = 2 ** this.manual.frameBits;
    return [0, 1, 0x12345, 2 ** 20, Math.floor(end / 3 * 2), end / 2, end - 2, end - 1];
  }
}
const hex = (word: bigint): string => `0x${word.toString(16)}`;
function same(found: bigint, expected: bigint, what: string): void { assert.is(hex(found), hex(expected), what); }

const formats = suite("formats round trip");

formats("the manuals are about every format, and no other", () => assert.equal(Object.keys(MANUALS).sort(), Object.keys(FORMATS).sort()));

for (const name of Object.keys(MANUALS) as FormatName[]) {
  formats(`${name}: the words that others make`, async () => {
    const bench = await Bench.of(name), { manual, table } = bench;
    for (const [word, frame, flags, level, mask = (1n << 64n) - 1n] of manual.golden) {
      const what = `level ${level}, frame ${hex(frame)}, ${JSON.stringify(flags)}`, page = bench.pages(level);
      same(manual.leaf(frame, bench.flags(flags), level) & mask, word, `the manual: ${what}`);
      bench.mapLeaf(page, frame, flags, level);
      const at = bench.itemAt(page, level);
      same(bench.item(at) & mask, word, what);
      // And the other way: what the word says is what a lookup answers.
      bench.setItem(at, word | manual.leaf(0n, bench.flags(flags), level) & ~mask);
      assert.equal(table.entry(page), { page, frame: Number(frame), pages: bench.pages(level), kind: EntryKind.PRESENT, ...bench.flags(flags) }, what);
      assert.is(table.lookup(page), Number(frame));
      table.unmapRange(page, bench.pages(level));
    }
    for (const [word, level, frame = 0x12345n] of manual.goldenPointers ?? []) {
      same(manual.pointer(frame, level), word, `a pointer of level ${level}`);
      assert.is(manual.frameOf(word), Number(frame));
    }
  });

  formats(`${name}: every size of leaf, with every set of flags`, async () => {
    const bench = await Bench.of(name), { manual, table } = bench;
    const runs = manual.fused?.lengths.flatMap((lengths, level) => lengths.map((length) => bench.pages(level) * length)) ?? [];
    assert.equal(table.sizes, [...manual.leaves.map((level) => bench.pages(level)), ...runs].sort((a, b) => a - b));
    for (const level of manual.leaves) for (const [i, flags] of FLAG_SETS.entries()) {
      const pages = bench.pages(level), page = pages * (i % 3), frame = Math.floor(bench.frames[i % 8]! / pages) * pages;
      const what = `level ${level}, frame ${frame}, ${JSON.stringify(flags)}`;
      bench.mapLeaf(page, BigInt(frame), flags, level);
      same(bench.item(bench.itemAt(page, level)), manual.leaf(BigInt(frame), bench.flags(flags), level), what);
      const last = page + pages - 1, entry = { pages, kind: EntryKind.PRESENT, ...bench.flags(flags) };
      assert.equal(table.entry(last), { page: last, frame: frame + pages - 1, ...entry }, what);
      assert.equal(table.unmapRange(page, pages), [{ page, frame, ...entry }], what);
    }
    assert.is(bench.directories, 1);
  });

  if (MANUALS[name].fused) formats(`${name}: runs of fused leaves, item by item`, async () => {
    const bench = await Bench.of(name), { manual, table } = bench, { lengths, fuse, golden } = manual.fused!;
    table.map(table.pages - 1, 0); // one that grows has all its levels, and its runs are below the root
    table.unmap(table.pages - 1);
    type Asked = [word: undefined, frame: number, flags: FlagSet, level: number, length: number];
    const asked = lengths.flatMap((each, level) => FLAG_SETS.map((flags, i): Asked => [undefined, bench.frames[i % 8]!, flags, level, each[i % each.length]!]));
    for (const [word, near, flags, level, length] of [...asked, ...golden]) {
      const pages = bench.pages(level), all = pages * length, page = 3 * all, frame = Math.floor(Number(near) / all) * all;
      const what = `level ${level}, frame ${frame}, ${JSON.stringify(flags)}`;
      table.mapRange(page, all, frame, flags, all);
      if (word) same(bench.item(bench.itemAt(page, level)), word, what);
      for (let i = 0; i < length; i++) {
        same(bench.item(bench.itemAt(page + i * pages, level)), fuse(manual.leaf(BigInt(frame + i * pages), bench.flags(flags), level), level, length), `item ${i}, ${what}`);
        const last = page + (i + 1) * pages - 1;
        assert.equal(table.entry(last), { page: last, frame: frame + (i + 1) * pages - 1, pages, fused: all, kind: EntryKind.PRESENT, ...bench.flags(flags) }, what);
        assert.is(table.lookup(last), frame + (i + 1) * pages - 1, what);
      }
      const frames = new Float64Array(1);
      table.lookupBatch(Float64Array.of(page + all - 1), frames);
      assert.is(frames[0], frame + all - 1, what);
      const parts = Array.from({ length }, (_, i) => ({ page: page + i * pages, frame: frame + i * pages, pages, kind: EntryKind.PRESENT, ...bench.flags(flags) }));
      assert.equal(table.list(page, all), parts.map((part) => ({ ...part, fused: all })), what);
      assert.equal(table.unmapRange(page, all), parts, what);
    }
    assert.is(bench.directories, 1);
  });

  formats(`${name}: every set of flags, at every corner of the tree`, async () => {
    const bench = await Bench.of(name), { manual, table } = bench;
    for (const page of bench.corners) for (const [i, flags] of FLAG_SETS.entries()) {
      const frame = bench.frames[(i + page) % 8]!, what = `page ${page}, frame ${frame}, ${JSON.stringify(flags)}`;
      table.map(page, frame, flags);
      assert.equal(table.entry(page), { page, frame, pages: 1, kind: EntryKind.PRESENT, ...bench.flags(flags) }, what);
      same(bench.item(bench.itemAt(page)), manual.leaf(BigInt(frame), bench.flags(flags), 0), what);
      assert.is(table.unmap(page), frame, what);
    }
    assert.is(bench.directories, 1);
  });

  formats(`${name}: all corners stand side by side, each in its own item`, async () => {
    const bench = await Bench.of(name), { manual, table, corners } = bench, flagsOf = (i: number): FlagSet => bench.flags(FLAG_SETS[i % FLAG_SETS.length]!);
    for (const [i, page] of corners.entries()) table.map(page, 1000 + i, flagsOf(i));
    const items = corners.map((page) => bench.itemAt(page));
    assert.is(new Set(items).size, corners.length);
    for (const [i, at] of items.entries()) same(bench.item(at), manual.leaf(BigInt(1000 + i), flagsOf(i), 0), `corner ${i}`);
    assert.equal(table.list(), corners.map((page, i) => ({ page, frame: 1000 + i, pages: 1, kind: EntryKind.PRESENT, ...flagsOf(i) })));
    // One root, and below it two, four, eight directories…: corners share every directory that they can. No level is left out: in each an item is used
    // that is not its first.
    assert.is(bench.directories, 2 ** manual.levels - 1);
    for (const [i, page] of corners.entries()) assert.is(table.unmap(page), 1000 + i);
  });

  formats(`${name}: every frame number, to the last bit`, async () => {
    const bench = await Bench.of(name), { manual, table } = bench, page = 257, end = 2 ** manual.frameBits;
    const powers = Array.from({ length: manual.frameBits }, (_, bit) => 2 ** bit), flags = { write: true, dirty: true };
    for (const frame of [...bench.frames, ...powers, ...powers.map((power) => end - 1 - power)]) {
      table.map(page, frame, flags);
      same(bench.item(bench.itemAt(page)), manual.leaf(BigInt(frame), bench.flags(flags), 0), `frame ${frame}`);
      assert.is(table.lookup(page), frame);
      assert.is(table.unmap(page), frame);
    }
    assert.throws(() => table.map(page, end), /expected a whole number below/);
    assert.throws(() => table.map(table.pages, 0), /expected a whole number below/);
  });

  formats(`${name}: zero is empty, and so is what an unmap leaves`, async () => {
    const bench = await Bench.of(name), { manual, table } = bench, root = bench.path(0);
    assert.is(root.length, 1, "an empty table has a root and nothing else");
    same(bench.item(root[0]!), 0n, "the root's item");
    table.map(0, 5);
    table.map(1, 6);
    const at = bench.itemAt(0);
    table.unmap(0);
    assert.not(manual.present(bench.item(at)), "hardware must not use it");
    assert.is(table.entry(0), undefined);
    bench.setItem(at, 0n);
    assert.is(table.entry(0), undefined);
    assert.is(table.lookup(0), -1);
    assert.is(table.walk(0), -1);
    table.unmap(1);
    assert.not(manual.present(bench.item(root[0]!)), "the root forgets a directory that was given back");
  });

  formats(`${name}: a walk of the engine leaves an item as hardware does`, async () => {
    const bench = await Bench.of(name), { manual, table } = bench;
    table.map(9, 0x77, { write: true });
    const at = bench.itemAt(9), clean = manual.leaf(0x77n, bench.flags({ write: true }), 0), is = (word: bigint, what: string): void => same(bench.item(at), word, what);
    assert.is(table.lookup(9), 0x77);
    is(clean, "a lookup sets nothing");
    assert.is(table.walk(9), 0x77);
    is(manual.used(clean, false), "read");
    assert.equal(table.entry(9), { page: 9, frame: 0x77, pages: 1, kind: EntryKind.PRESENT, ...bench.flags({ write: true, accessed: true }) });
    assert.is(table.walk(9, true), 0x77);
    is(manual.used(clean, true), "written");
    assert.equal(table.entry(9), { page: 9, frame: 0x77, pages: 1, kind: EntryKind.PRESENT, ...bench.flags({ write: true, accessed: true, dirty: true }) });
    table.protect(9, 1, {});
    assert.equal([table.entry(9)!.write, table.entry(9)!.dirty, table.walk(9, true)], [false, bench.flags({ dirty: true }).dirty, -1], "it stays dirty when the right goes");
    table.map(10, 0x78);
    assert.is(table.walk(10, true), -1, "no right to write");
    same(bench.item(bench.itemAt(10)), manual.leaf(0x78n, bench.flags({}), 0), "a fault sets nothing");
  });

  formats(`${name}: directories go although hardware marked the pointers to them`, async () => {
    const bench = await Bench.of(name), { table, manual } = bench, page = table.pages - 1;
    for (const leave of [() => table.unmap(page), () => table.unmapRange(0, table.pages)]) {
      table.map(page, 5);
      for (const at of bench.path(page).slice(0, -1)) bench.setItem(at, bench.item(at) | manual.pointerMark);
      assert.is(table.lookup(page), 5);
      leave();
      assert.is(bench.directories, 1);
      assert.ok(table.thread.engine.audit(table.thread.me).clean);
    }
  });

  formats(`${name}: a software entry comes back whole, and hardware does not see it`, async () => {
    const bench = await Bench.of(name), { manual, table } = bench, { thread } = table, bits = manual.itemBytes === 8 ? Entry.PAYLOAD_BITS : 20;
    table.map(4, 1); // keeps the directory while page 3 changes
    for (const kind of [EntryKind.PRIVATE, EntryKind.MIGRATING, EntryKind.RESERVATION, EntryKind.GUARDED])
      for (const payload of [0, 1, 0x12345, 2 ** (bits - 1), 2 ** bits - 1]) {
        for (const [flag, flags] of FLAG_SETS.entries()) {
          assert.is(thread.engine.wasm.tableMap(thread.me, table.handle.table, 3, payload, kind | flag << 3, false), 0);
          assert.equal(table.entry(3), { page: 3, frame: payload, pages: 1, kind, ...flags });
          assert.not(manual.present(bench.item(bench.itemAt(3))), `an entry of kind ${kind} is present`);
          assert.is(table.walk(3), -1, `hardware faults on an entry of kind ${kind}`);
          assert.is(table.unmap(3), payload);
        }
      }
  });
}

formats.run();
