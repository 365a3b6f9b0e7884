// What is in the file that ships. It may be instantiated over a memory that somebody else owns, by every worker once more, so
// it may bring nothing that writes to memory by itself: no data, no start function. Small, and without a table of functions, it
// is instantiated in no time; how long that takes is measured in the bench.
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const FILE = "dist/pagemirror.wasm";
const bytes = readFileSync(FILE);

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

const sections = sectionsOf(bytes), module = new WebAssembly.Module(bytes);

const test = suite("the wasm is small and quick");

test("it is under 256 KiB", () => {
  assert.ok(bytes.length < 262144, `${FILE} has ${bytes.length} bytes`);
  assert.equal([...bytes.subarray(0, 8)], [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
});

test("it is the file that the other tests test", () => {
  assert.ok(bytes.equals(readFileSync("build/pagemirror.wasm")), `${FILE} is not a copy of build/pagemirror.wasm: build again`);
});

test("it has no data, no start function, no table, no memory or variable of its own, no names", () => {
  const { DATA, DATA_COUNT, START, TABLE, ELEMENT, MEMORY, CUSTOM, GLOBAL } = Section;
  const unwanted = [DATA, DATA_COUNT, START, TABLE, ELEMENT, MEMORY, CUSTOM, GLOBAL];
  assert.equal(unwanted.filter((id) => sections.has(id)).map((id) => Section[id]), []);
});

test("it imports one thing: a shared memory of any size", () => {
  const reader = new Reader(sections.get(Section.IMPORT)!);
  assert.is(reader.number(), 1, "number of imports");
  assert.equal([reader.name(), reader.name()], ["env", "memory"]);
  assert.is(reader.byte(), External.MEMORY);
  assert.is(reader.byte(), Limits.MAXIMUM | Limits.SHARED);
  assert.equal([reader.number(), reader.number()], [1, 65536], "an import's maximum admits every memory that is no larger");
});

test("it exports verbs only, and its memory to nobody but the loader", () => {
  const others = WebAssembly.Module.exports(module).filter(({ kind }) => kind !== "function");
  assert.equal(others, [{ name: "memory", kind: "memory" }]);
});

test("instantiating it changes no byte of the memory", () => {
  const memory = new WebAssembly.Memory({ initial: 4, maximum: 16, shared: true });
  const seen = new Uint8Array(memory.buffer).fill(0xa5);
  for (let i = 0; i < 2; i++) new WebAssembly.Instance(module, { env: { memory } });
  assert.is(memory.buffer.byteLength, seen.length, "the memory has grown");
  assert.ok(seen.every((byte) => byte === 0xa5));
});

test("a memory that is not shared is refused", () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 16 });
  assert.throws(() => new WebAssembly.Instance(module, { env: { memory } }), (error: Error) => error instanceof WebAssembly.LinkError);
});

test.run();
