// A build for embedders: tables only, of the formats that it was told. It is as small as promised, brings nothing that it should not, works
// under the library as it is, and says what it has not.
import { mkdirSync, readFileSync } from "node:fs";
import asc from "assemblyscript/asc";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Engine, FORMATS, Machine, Migrator, PageMirrorError, Space, Table, Thread, bury, type FormatName, type GenericFormat } from "../src/index.js";
import { WASM_FILE } from "./help/engine.js";

const ONE_FORMAT_BYTES = 16 * 1024, FURTHER_FORMAT_BYTES = 12 * 1024, FOLDER = "build/formats";
mkdirSync(FOLDER, { recursive: true });

/** Compiles tables-only.ts as the README says. */
async function build(formats: number[], target: "release" | "unshared"): Promise<Buffer<ArrayBuffer>> {
  const mask = formats.reduce((bits, id) => bits | 1 << id, 0), file = `${FOLDER}/${mask}-${target}.wasm`;
  const { error, stderr } = await asc.main(["assembly/tables-only.ts", "--config", "assembly/asconfig.json", "--target", target, "--use", `FORMATS=${mask}`, "-o", file]);
  assert.is(error, null, stderr.toString());
  return readFileSync(file) as Buffer<ArrayBuffer>;
}
const [[FIRST, FIRST_ID], [SECOND, SECOND_ID]] = Object.entries(FORMATS) as [[FormatName, number], [FormatName, number]];
const OTHERS: (FormatName | GenericFormat)[] = [...(Object.keys(FORMATS) as FormatName[]).filter((name) => name !== FIRST), { levels: 3, indexBits: 9 }];

const refuses = (code: string, message: RegExp, call: () => unknown): void =>
  assert.throws(call, (error: unknown) => error instanceof PageMirrorError && error.code === code && message.test(error.message));

const picks = suite("builds pick formats"), one = await build([FIRST_ID], "release"), first = new WebAssembly.Module(one);

picks(`${FIRST} alone`, async () => {
  assert.ok(one.length <= ONE_FORMAT_BYTES, `${one.length} bytes: expected at most ${ONE_FORMAT_BYTES}`);
  assert.equal(WebAssembly.Module.imports(first), [{ module: "env", name: "memory", kind: "memory" }]);

  const thread = Thread.register(await Engine.create({ wasm: first, systemFrames: 64 })), table = Table.create(thread, FIRST);
  table.mapRange(500, 100, 7);
  table.map(5, 42, { write: true });
  table.protect(500, 50, { write: true });
  assert.equal([table.lookup(599), table.walk(5, true), table.walk(599, true), table.unmap(5)], [106, 42, -1, 42]);
  assert.equal(table.unmapRange(0, 2 ** 20).map(({ frame }) => frame), Array.from({ length: 100 }, (_, i) => 7 + i));
  assert.ok(thread.audit().clean);

  for (const other of OTHERS) refuses("EINVAL", /^a page table: this build of the wasm has not its format/, () => Table.create(thread, other));
  refuses("EINVAL", /^this build of the wasm has no spaceCreate: expected one whose entry file exports it$/, () => Space.create(thread));
  refuses("EINVAL", /no spaceCreate/, () => Space.attach(thread, { space: 0, generation: 1 }));
  refuses("EINVAL", /no migratePrepare/, () => new Migrator(thread));
  refuses("EINVAL", /no machineWalk/, () => Machine.create(thread, 16));
  refuses("EINVAL", /no buryThread/, () => bury(thread, 1));
});

picks("RISC-V of 64 bits alone is as small", async () => {
  const { length } = await build([FORMATS["riscv-sv48"]], "release");
  assert.ok(length <= ONE_FORMAT_BYTES, `${length} bytes: expected at most ${ONE_FORMAT_BYTES}`);
});

picks("a further format costs no more than promised", async () => {
  const more = (await build([FIRST_ID, SECOND_ID], "release")).length - one.length;
  assert.ok(more > 1024 && more <= FURTHER_FORMAT_BYTES, `${more} bytes: expected at most ${FURTHER_FORMAT_BYTES}`);
});

picks("in an arena of a build with more, tables of other formats are as if they were gone", async () => {
  const all = await Engine.create({ systemFrames: 64, wasm: new WebAssembly.Module(readFileSync(WASM_FILE)) }), thread = Thread.register(all);
  const known = Table.create(thread, FIRST), unknown = Table.create(thread, SECOND);
  known.map(3, 33);
  unknown.map(3, 44);
  const me = Thread.register(Engine.attach({ ...all.handle, module: first })), other = Table.attach(me, unknown.handle);
  assert.is(Table.attach(me, known.handle).lookup(3), 33);
  assert.equal([other.lookup(3), other.unmap(3)], [-1, -1]);
  refuses("ESTALE", /^map page 0x4: /, () => other.map(4, 1));
  assert.is(unknown.lookup(3), 44);
});

picks(`${SECOND} alone, for memory that is not shared`, async () => {
  const wasm = new WebAssembly.Module(await build([SECOND_ID], "unshared")), memory = new WebAssembly.Memory({ initial: 1 });
  const table = Table.create(Thread.register(await Engine.create({ wasm, memory, systemFrames: 64 })), SECOND);
  table.map(1, 2);
  assert.is(table.lookup(1), 2);
});

picks.run();
