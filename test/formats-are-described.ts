// The run-time format: items are bit for bit as described, a description is told as it was given, what cannot be is refused in one line, and a
// directory whose generations are used up holds nobody up.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Arena, Descriptor, Owner, OwnerKind, Place, Slot } from "../assembly/layout/arena.js";
import { EntryKind } from "../assembly/layout/entry.js";
import { checkpoint, checkpointTable, restore, restoreTable, Engine, PageMirrorError, Table, Thread, type GenericFormat } from "../src/index.js";
import { descriptions, type Kind } from "./help/descriptions.js";
import { SEED, makeEngine } from "./help/engine.js";
import { FLAG_NAMES, FLAG_SETS, NO_FLAGS } from "./help/model.js";

const described = suite("formats are described"), KINDS: Kind[] = ["flat", "tree", "tree with large leaves"];
const SIZES = [1, 2, 4, 8] as const, ROUNDS = 40, FRAMES = 64;
const textOf = (format: GenericFormat): string => JSON.stringify(format, (_, value: unknown) => typeof value === "bigint" ? `${value}` : value);
const bits = (value: number | { mask: number | bigint; value: number | bigint } = 0): bigint => typeof value === "number" ? 1n << BigInt(value) : BigInt(value.value);

/** The item of a page as memory has it, found from the root by the description alone, and its level. */
function itemOf(table: Table, format: GenericFormat, page: number): { item: bigint; level: number } {
  const { engine, me } = table.thread, { levels, indexBits, rootBits = indexBits, itemBytes = 8, directory = format.frame! } = format;
  let frame = engine.wasm.tableRoot(me, table.handle.table) === 0 ? table.thread.frame : 0;
  for (let level = levels - 1; ;) {
    const index = Math.floor(page / 2 ** (level * indexBits)) % 2 ** (level === levels - 1 ? rootBits : indexBits);
    const bytes = engine.bytes(engine.u32(me + Slot.FRAMES) + frame * 4096 + index * itemBytes, itemBytes), item = bytes.reduceRight((sum, byte) => sum << 8n | BigInt(byte), 0n);
    if (level === 0 || table.entry(page)!.pages === 2 ** (level * indexBits)) return { item, level };
    const below = item >> BigInt(directory.shift) & (1n << BigInt(directory.bits)) - 1n, valid = format.directory?.valid ?? format.valid;
    const says = format.directory?.level, next = says ? Number(BigInt.asUintN(says.bits, item >> BigInt(says.shift))) - 1 : level - 1;
    assert.is(item, below << BigInt(directory.shift) | bits(valid) | (says ? BigInt(next + 1) << BigInt(says.shift) : 0n), "an item that points to a directory");
    assert.ok(next < level && Math.floor(page / 2 ** ((next + 1) * indexBits)) % 2 ** ((level - 1 - next) * indexBits) === 0, "levels that are left out choose nothing");
    frame = Number(below);
    level = next;
  }
}

for (const itemBytes of SIZES) for (const kind of KINDS) described(`items of ${itemBytes} bytes, ${kind}: as described, and told as given (seed ${SEED})`, async () => {
  const draw = fc.record({ format: descriptions(itemBytes, kind), flags: fc.constantFrom(...FLAG_SETS), part: fc.double({ min: 0, max: 0.999, noNaN: true }) });
  for (const { format, flags, part } of fc.sample(draw, { seed: SEED, numRuns: ROUNDS })) {
    const { thread } = await makeEngine({ systemFrames: FRAMES }), table = Table.create(thread, format), what = textOf(format);
    const page = Math.floor(part * table.pages), frame = Math.floor(part * table.frames);
    table.map(page, frame, flags);
    const { item } = itemOf(table, format, page), { shift, bits: frameBits } = format.frame!;
    const said = FLAG_NAMES.filter((name) => typeof format[name] === "number" && flags[name]);
    const expected = said.reduce((sum, name) => sum | bits(format[name] as number), BigInt(frame) << BigInt(shift) | bits(format.valid));
    assert.is(item, expected, what);
    assert.is(table.frames, 2 ** frameBits);
    const fixed = Object.fromEntries(FLAG_NAMES.filter((name) => typeof format[name] !== "number").map((name) => [name, format[name] ?? name === "write"]));
    assert.equal(table.fixed, fixed, what);
    assert.equal(table.entry(page), { page, frame, pages: 1, kind: EntryKind.PRESENT, ...NO_FLAGS, ...flags, ...fixed }, what);

    const twin = Table.create(thread, table.format), large = table.sizes.at(-1)!;
    assert.is(twin.word, table.word, "the same description, the same record");
    assert.equal(Table.attach(Thread.register(Engine.attach(thread.engine.handle)), table.handle).format, table.format);
    if (large > 1 && large < table.pages && large < table.frames) {
      twin.mapRange(large, large, large, flags);
      const beside = itemOf(twin, format, large).item & ~expected & ~(BigInt(large) << BigInt(shift));
      assert.is(beside, format.large === undefined ? 0n : bits(format.large), `a large leaf: ${what}`);
    }
    const elsewhere = await makeEngine({ systemFrames: FRAMES });
    Table.create(elsewhere.thread, { levels: 2, indexBits: 5 }); // so that the record is another
    assert.equal(restoreTable(elsewhere.thread, checkpointTable(table)).list(), table.list(), what);
    const { engine: empty } = await makeEngine({ systemFrames: FRAMES }), { memory } = empty.handle; // of the kind that is tested
    const again = await restore(checkpoint(thread), { wasm: empty.handle.module, memory, base: memory.buffer.byteLength });
    assert.equal(Table.attach(Thread.register(again), table.handle).list(), table.list(), what);
  }
});

const TREE: GenericFormat = { levels: 2, indexBits: 3, itemBytes: 2, frame: { shift: 4, bits: 12 } };
const FLAT: GenericFormat = { levels: 1, indexBits: 3, itemBytes: 1, frame: { shift: 3, bits: 5 } };
const REFUSED: [format: GenericFormat, message: RegExp][] = [
  [{ ...TREE, itemBytes: 3 as 4 }, /^itemBytes is 3: expected 1, 2, 4 or 8$/],
  [{ levels: 1, indexBits: 2, itemBytes: 2 }, /^items of 2 bytes without frame: expected \{shift, bits\}/],
  [{ levels: 1, indexBits: 2, write: 3 }, /^write without frame: /],
  [{ ...FLAT, indexBits: 17 }, /^indexBits is 17: expected a whole number from 1 to 16$/],
  [{ ...TREE, rootBits: 4 }, /^rootBits is 4: expected a whole number from 1 to 3$/],
  [{ levels: 4, indexBits: 12 }, /^4 levels of 12 bits are 48 bits of page number: expected at most 47$/],
  [{ levels: 4, indexBits: 9, pageLg2: 30 }, /are 36 bits of page number: expected at most 34$/],
  [{ ...TREE, levels: 4, directory: { shift: 4, bits: 8, level: { shift: 12, bits: 1 } } }, /^directory\.level has 1 bits: expected enough for 3 levels, counted from 1$/],
  [{ ...TREE, directory: { shift: 4, bits: 8, level: { shift: 12, bits: 2 } } }, /^directory\.level: expected items of 8 bytes that are valid by one of bits 0 to 2/],
  [{ ...TREE, directory: { shift: 4, bits: 8, level: { shift: 11, bits: 2 } } }, /^directory\.level and directory share bit 11 of a directory's item: /],
  [{ ...FLAT, frame: { shift: 3, bits: 6 } }, /^frame\.bits is 6: expected a whole number from 1 to 5$/],
  [{ ...FLAT, frame: { shift: 8, bits: 1 } }, /^frame\.shift is 8: /],
  [{ ...FLAT, valid: 4 }, /^valid and frame share bit 4 of a leaf's item/],
  [{ ...FLAT, write: 1, dirty: 1 }, /^dirty and write share bit 1 of a leaf's item: expected bits of their own$/],
  [{ ...FLAT, write: 8 }, /^write is 8: /],
  [{ ...FLAT, valid: { mask: 3, value: 0 } }, /^valid\.value is 0x0: expected bits of valid\.mask, 0x3, at least one/],
  [{ ...FLAT, valid: { mask: 0x101, value: 1 } }, /^valid\.mask is 0x101: expected bits of an item of 8$/],
  [{ ...FLAT, large: 1 }, /^large is 1: expected largest/],
  [{ ...FLAT, directory: { shift: 3, bits: 5 } }, /^a directory in a flat table/],
  [{ ...TREE, directory: { shift: 0, bits: 6 } }, /^directory\.valid and directory share bit 0/],
  [{ ...TREE, largest: 1 }, /^leaves up to level 1: expected large, the bit that tells one from a directory$/],
  [{ ...TREE, largest: 1, large: 1, directory: { shift: 1, bits: 12 } }, /^large and directory share bit 1 of a directory's item/],
  [{ levels: 2, indexBits: 2, largest: 1, itemBytes: 2, frame: { shift: 2, bits: 14 }, large: 1 }, /no bit left to hold it while leaves below it are merged/],
  [{ levels: 2, indexBits: 2, itemBytes: 1, frame: { shift: 0, bits: 2 }, valid: 2, directory: { shift: 0, bits: 5, valid: 5 } },
    /leave 2 bits in a row to the marks that emptied directories need: expected 4/],
  [{ ...TREE, directory: { shift: 8, bits: 7 } }, /^directory\.bits is 7: expected at least 8, for the arena has 256 frames for them$/],
];
described("EINVAL: what no table could be built of, in one line", async () => {
  const { thread } = await makeEngine({ systemFrames: 256 }), before = thread.audit();
  for (const [format, message] of REFUSED) {
    assert.throws(() => Table.create(thread, format), (error: unknown) => {
      assert.instance(error, PageMirrorError);
      assert.match((error as Error).message, message);
      return (error as PageMirrorError).code === "EINVAL" && !(error as Error).message.includes("\n");
    }, textOf(format));
  }
  assert.equal(thread.audit(), before);
});

described("ENOSPC: as many descriptions as an arena has room for, each used by any number of tables", async () => {
  const forms = Array.from({ length: Arena.FORMATS + 1 }, (_, i): GenericFormat => ({ levels: 1, indexBits: 1 + i % 13, pageLg2: 12 + i }));
  const { thread } = await makeEngine({ systemFrames: 2048, tables: 128 });
  for (const format of forms.slice(0, -1)) for (let twice = 0; twice < 2; twice++) Table.create(thread, format).map(1, 2);
  assert.throws(() => Table.create(thread, forms.at(-1)!), ({ code, message }: PageMirrorError) => code === "ENOSPC" && /32 formats that were described/.test(message));
  assert.is(Table.create(thread, forms[0]!).pages, 2);
});

/** Makes every leaf directory that is live of the generation. */
function age({ engine, me }: Thread, generation: bigint): void {
  for (let frame = 1; frame < FRAMES; frame++) {
    const at = engine.u32(me + Slot.DESCRIPTORS) + frame * Descriptor.BYTES, level = engine.u64(at + Descriptor.PLACE) >> BigInt(Place.LEVEL) & 7n;
    if (level !== 0n || engine.u32(at + Descriptor.OWNER) % 16 !== OwnerKind.LIVE) continue;
    engine.setU64(at + Descriptor.OWNER, generation << BigInt(Owner.ARGUMENT) | BigInt(OwnerKind.LIVE));
  }
}
const COUNTED: [name: string, format: GenericFormat | "riscv-sv32", generations: bigint, leaf: number][] = [
  ["items of 4 bytes", { levels: 2, indexBits: 3, largest: 1, itemBytes: 4 }, 2n ** 31n, 8], ["Sv32", "riscv-sv32", 2n ** 26n, 1024],
];
for (const [name, format, generations, leaf] of COUNTED) described(`${name}: a directory that was frozen too often stays, is used, and goes with its table`, async () => {
  const { thread } = await makeEngine({ systemFrames: FRAMES }), start = thread.audit(), table = Table.create(thread, format);
  const directories = (): number => thread.audit().directories;
  table.map(1, 5);
  age(thread, generations - 2n);
  table.unmap(1);
  assert.is(directories(), 1, "frozen for the last time: it goes");
  table.map(1, 5);
  age(thread, generations - 1n);
  table.unmap(1);
  assert.equal([directories(), table.list()], [2, []], "it stays, and is empty");
  table.mapRange(0, 2 * leaf, 2 * leaf, { write: true });
  assert.equal(table.list().map(({ pages }) => pages), [...Array.from({ length: leaf }, () => 1), leaf], "smaller leaves go into it, and a large one beside it");
  assert.equal(table.unmapRange(0, 2 * leaf).reduce((sum, { pages }) => sum + pages, 0), 2 * leaf);
  assert.ok(thread.audit().clean, "an empty directory that is stuck is no fault");
  table.destroy();
  const { clean, free, retired } = thread.audit();
  assert.equal([clean, free + retired], [true, start.free + start.retired]);
});

described.run();
