// The wasm without this library: a host instantiates the file over a memory of its own and calls the verbs that dist/engine.d.ts describes.
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Header, Slot } from "../assembly/layout/arena.js";
import { Entry, EntryKind } from "../assembly/layout/entry.js";
import { Status } from "../assembly/layout/status.js";
import { FormatClass, FormatWord } from "../assembly/layout/table.js";

const DECLARATION = readFileSync("dist/engine.d.ts", "utf8");
type Verb = (...numbers: number[]) => number;
const PAGE_LG2 = 12, ARENA = 2 ** 20, FRAMES = 128;

const alone = suite("wasm alone maps and looks up");

for (const [file, memory] of [
  ["pagemirror.wasm", new WebAssembly.Memory({ initial: 64, maximum: 64, shared: true })], ["pagemirror-unshared.wasm", new WebAssembly.Memory({ initial: 64 })],
] as const) {
  alone(file, async () => {
    const { instance } = await WebAssembly.instantiate(readFileSync(`dist/${file}`), { env: { memory } });
    const { arenaCreate, threadRegister, tableCreate, tableMap, tableLookup, tableUnmap, tableMapRange } = instance.exports as { [name: string]: Verb };
    const bytes = arenaCreate!(ARENA, PAGE_LG2, 1, FRAMES, 0, 1, 1, 1, 0), view = new DataView(memory.buffer);
    assert.ok(bytes > FRAMES << PAGE_LG2 && ARENA + bytes <= memory.buffer.byteLength);
    assert.is(view.getUint32(ARENA + Header.SYSTEM_FRAMES, true), FRAMES);
    const me = threadRegister!(ARENA) >>> 0, table = tableCreate!(me, FormatClass.X86_64 | 4 << FormatWord.LEVELS | 9 << FormatWord.ROOT_BITS);
    assert.is(threadRegister!(ARENA), 0, "one thread was asked for");
    assert.is(tableMap!(me, table, 0x7f000, 42, EntryKind.PRESENT | 1 << Entry.WRITE, 0), Status.OK);
    assert.is(tableMap!(me, table, 0x7f000, 43, EntryKind.PRESENT, 0), Status.EXIST);
    assert.is(tableLookup!(me, table, 0x7f000), 42);
    assert.is(view.getUint32(me + Slot.FLAGS, true), EntryKind.PRESENT | 1 << Entry.WRITE);
    assert.is(tableMapRange!(me, table, 0, 2 ** 30, 0, EntryKind.PRESENT), Status.NOMEM);
    assert.is(tableUnmap!(me, table, 0x7f000), Status.OK);
    assert.is(tableLookup!(me, table, 0x7f000), -1);
  });

  alone(`${file} exports what is described, and each with as many numbers`, () => {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(`dist/${file}`)), { env: { memory } });
    const described = [...DECLARATION.matchAll(/^ {2}(\w+)\(([^)]*)\): (?:number|boolean|void);$/gm)].map(([, name, list]) => [name, list ? list.split(", ").length : 0]);
    assert.equal(described, Object.entries(exports).flatMap(([name, verb]) => typeof verb === "function" ? [[name, verb.length]] : []));
    assert.ok(described.length > 30);
  });
}

alone("each export says what it does", () => {
  const comments = [...DECLARATION.matchAll(/^ {2}\/\*\*\n {3}\* (.*)\n(?: {3}\* @.*\n)* {3}\*\/\n {2}(\w+)\(/gm)];
  assert.is(comments.length, [...DECLARATION.matchAll(/^ {2}\w+\(/gm)].length);
  const silent = comments.filter(([, text]) => !/[\w)`]\.$/.test(text!)).map(([, , name]) => name);
  assert.equal(silent, [], "expected a comment above it in assembly/index.ts, or above what it calls");
});

alone("a batch of what is no page reads nothing behind the last frame, where the memory ends", async () => {
  const wasm = await WebAssembly.compile(readFileSync("dist/pagemirror-unshared.wasm")), HUGE = 2 ** 36 - 1;
  const make = (memory: WebAssembly.Memory): { [name: string]: Verb } => new WebAssembly.Instance(wasm, { env: { memory } }).exports as { [name: string]: Verb };
  const { arenaCreate: tellSize } = make(new WebAssembly.Memory({ initial: 1 })), bytesWith = (workspace: number): number => tellSize!(-1, PAGE_LG2, 1, 5, 0, 1, 1, 1, workspace);
  let workspace = 0;
  while ((ARENA + bytesWith(workspace)) % 65536) workspace += 64;
  const memory = new WebAssembly.Memory({ initial: (ARENA + bytesWith(workspace)) / 65536 }), view = new DataView(memory.buffer);
  const { arenaCreate, threadRegister, tableCreate, tableMap, tableLookupBatch } = make(memory);
  arenaCreate!(ARENA, PAGE_LG2, 1, 5, 0, 1, 1, 1, workspace);
  const me = threadRegister!(ARENA) >>> 0, table = tableCreate!(me, FormatClass.X86_64 | 4 << FormatWord.LEVELS | 9 << FormatWord.ROOT_BITS);
  assert.is(tableMap!(me, table, HUGE, 42, EntryKind.PRESENT, 0), Status.OK); // its leaf is the last frame
  for (const first of [0.5, -3, 2 ** 53, HUGE]) {
    [0, 1, 2].forEach((i) => { view.setFloat64(view.getUint32(me + Slot.STAGING, true) + 8 * i, first + i, true); });
    tableLookupBatch!(me, table, 3);
    assert.equal([view.getUint32(me + Slot.COUNT, true), view.getBigUint64(me + Slot.SECTION, true) & 1n], [0, 0n], `${first}, refused, and the section is closed`);
  }
});

alone.run();
