// What is in the files that ship. They may be instantiated over a memory that somebody else owns, by every worker once more, so
// they may bring nothing that writes to memory by itself: no data, no start function. Small, and without a table of functions, one
// is instantiated in no time; how long that takes is measured in the bench.
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";

/** The file for shared memory, and the one for memory that is not. */
const FILES: { file: string; shared: boolean }[] = [{ file: "pagemirror.wasm", shared: true }, { file: "pagemirror-unshared.wasm", shared: false }];

/** Section numbers of the binary format: WebAssembly core specification, "Modules". */
enum Section { CUSTOM = 0, IMPORT = 2, TABLE = 4, MEMORY = 5, GLOBAL = 6, EXPORT = 7, START = 8, ELEMENT = 9, DATA = 11, DATA_COUNT = 12 }
enum External { FUNCTION = 0, TABLE = 1, MEMORY = 2, GLOBAL = 3 }
/** Bits of the limits of a memory. */
enum Limits { MAXIMUM = 1, SHARED = 2 }

/** Reads numbers and names from a binary. */
class Reader {
  constructor(readonly source: Uint8Array, public at = 0) {}
  byte(): number { return this.source[this.at++]!; }
  number(): number {
    for (let value = 0, shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }
  name(): string {
    const length = this.number();
    this.at += length;
    return new TextDecoder().decode(this.source.subarray(this.at - length, this.at));
  }
}

function sectionsOf(source: Uint8Array): Map<Section, Uint8Array> {
  const reader = new Reader(source, 8), sections = new Map<Section, Uint8Array>();
  while (reader.at < source.length) {
    const id = reader.byte() as Section, length = reader.number();
    sections.set(id, source.subarray(reader.at, reader.at + length));
    reader.at += length;
  }
  return sections;
}

const test = suite("the wasm is small and quick");

for (const { file, shared } of FILES) {
  const bytes = readFileSync(`dist/${file}`), sections = sectionsOf(bytes), module = new WebAssembly.Module(bytes);

  test(`${file}: it is under 256 KiB`, () => {
    assert.ok(bytes.length < 262144, `${file} has ${bytes.length} bytes`);
    assert.equal([...bytes.subarray(0, 8)], [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  });

  test(`${file}: it is the file that the other tests test`, () => {
    assert.ok(bytes.equals(readFileSync(`build/${file}`)), `dist/${file} is not a copy of build/${file}: build again`);
  });

  test(`${file}: it has no data, no start function, no table, no memory or variable of its own, no names`, () => {
    const { DATA, DATA_COUNT, START, TABLE, ELEMENT, MEMORY, CUSTOM, GLOBAL } = Section;
    const unwanted = [DATA, DATA_COUNT, START, TABLE, ELEMENT, MEMORY, CUSTOM, GLOBAL];
    assert.equal(unwanted.filter((id) => sections.has(id)).map((id) => Section[id]), []);
  });

  test(`${file}: it imports one thing, a memory of any size`, () => {
    const reader = new Reader(sections.get(Section.IMPORT)!);
    assert.is(reader.number(), 1, "number of imports");
    assert.equal([reader.name(), reader.name()], ["env", "memory"]);
    assert.is(reader.byte(), External.MEMORY);
    // An import's maximum admits every memory that is no larger; without one it admits also those that have none, which no shared one is.
    assert.equal([reader.byte(), reader.number()], [shared ? Limits.MAXIMUM | Limits.SHARED : 0, 1]);
    if (shared) assert.is(reader.number(), 65536);
  });

  test(`${file}: it exports verbs only, and its memory to nobody but the loader`, () => {
    const others = WebAssembly.Module.exports(module).filter(({ kind }) => kind !== "function");
    assert.equal(others, [{ name: "memory", kind: "memory" }]);
    assert.equal(WebAssembly.Module.exports(module), WebAssembly.Module.exports(new WebAssembly.Module(readFileSync(`dist/${FILES[0]!.file}`))));
  });

  test(`${file}: instantiating it changes no byte of the memory`, () => {
    const memory = new WebAssembly.Memory({ initial: 4, maximum: 16, shared });
    const seen = new Uint8Array(memory.buffer).fill(0xa5);
    for (let i = 0; i < 2; i++) new WebAssembly.Instance(module, { env: { memory } });
    assert.is(memory.buffer.byteLength, seen.length, "the memory has grown");
    assert.ok(seen.every((byte) => byte === 0xa5));
  });

  test(`${file}: a memory of the other kind is refused`, () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 16, shared: !shared });
    assert.throws(() => new WebAssembly.Instance(module, { env: { memory } }), (error: Error) => error instanceof WebAssembly.LinkError);
  });
}

test.run();
