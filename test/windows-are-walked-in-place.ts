// A machine whose memory is a piece of the engine's: walks read and mark what lies there and nothing beside it, whatever the tables say; and
// windows that cannot be are refused. `npm run long` walks a million times in each format.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Verdict } from "../assembly/layout/hardware.js";
import { Machine } from "../src/machine.js";
import { x86Trees } from "../src/registers.js";
import { SEED, makeEngine } from "./help/engine.js";
import { MARKING, markingWalks } from "./help/marking.js";

const WALKS = 5000, ROOT = 0x40000n, GUARD = 0xa5, test = suite("windows are walked in place");

for (const name of Object.keys(MARKING)) test(`${name}: ${WALKS} walks that mark (seed ${SEED})`, async () => { await markingWalks(name, WALKS); });

test("a window without a place lies in the workspace, and is zeros", async () => {
  const { engine, thread } = await makeEngine({ systemFrames: 64, threads: 1, workspaceBytes: Machine.bytes(16) + 8192 });
  const machine = Machine.create(thread, 16), at = machine.window(0x80000000n, 8192);
  assert.equal(engine.bytes(at, 8192), new Uint8Array(8192));
  machine.poke(0x80000ff8n, 0x1122334455667788n);
  assert.is(engine.u64(at + 0xff8), 0x1122334455667788n);
  machine.poke(0x80000ffcn, 0x99n, 4);
  assert.is(engine.u64(at + 0xff8), 0x0000009955667788n);
  assert.throws(() => machine.poke(0x80002000n, 0n), /8 bytes at 0x80002000: expected memory that the machine has/);
  assert.throws(() => machine.window(0x90000000n, 8), /^a window of 8 bytes: the workspace has no room for it/);
});

test("a page that a window holds in part only is supplied beside it", async () => {
  const { engine, thread } = await makeEngine({ systemFrames: 64, threads: 1, workspaceBytes: Machine.bytes(16) + 8192 });
  const machine = Machine.create(thread, 16), at = machine.window(ROOT, 0x808);
  machine.supply(ROOT, new Uint8Array(4096).fill(GUARD));
  assert.equal(engine.bytes(at, 0x1000), new Uint8Array(0x1000), "the window, and what lies behind it");
  machine.poke(ROOT + 0x808n, 1n);
  assert.is(engine.u64(machine.pagesAt[0] + 0x808), 1n, "the rest of the page");
});

test("windows that cannot be are refused, and leave nothing behind", async () => {
  const { engine, thread } = await makeEngine({ systemFrames: 64, threads: 1, workspaceBytes: Machine.bytes(16) + 65536 });
  const machine = Machine.create(thread, 16), at = machine.window(0x1000n, 4096);
  const refused: [pa: bigint, bytes: number, at: number | undefined, code: string, message: RegExp][] = [
    [0x1004n, 8, undefined, "EINVAL", /window of 8 bytes at 0x1004/], [0x8000n, 12, undefined, "EINVAL", /window of 12 bytes/], [-8n, 8, undefined, "EINVAL", /at -0x8/],
    [(1n << 56n) - 8n, 16, undefined, "EINVAL", /below 2\^56/], [0x8000n, 0, undefined, "EINVAL", /bytes is 0/], [0x8000n, 8, at + 4, "EINVAL", /expected a multiple of 8/],
    [0x8000n, 16, engine.memoryBytes - 8, "EINVAL", /bytes within the memory's/],
    [0x8000n, 8, engine.memoryBytes + 8, "EINVAL", /at is/], [0x8000n, 8, 0, "EINVAL", /at is 0/],
    [0x1ff8n, 8, undefined, "EEXIST", /expected none of 0x1000 to 0x1fff/], [0x0ff8n, 16, undefined, "EEXIST", /another window has/],
    [0x8000n, 65536, undefined, "ENOMEM", /no room for it/],
  ];
  for (const [pa, bytes, where, code, message] of refused)
    assert.throws(() => machine.window(pa, bytes, where), (error: Error & { code: string }) => error.code === code && message.test(error.message), message.source);
  for (let i = 1n; i < 8n; i++) machine.window(i << 20n, 8);
  assert.throws(() => machine.window(8n << 20n, 8), /the machine has its 8 windows/);
  machine.poke(7n << 20n, 5n);
  assert.is(machine.walk(x86Trees({ cr0: 0x80010001, cr3: 0x1000n, cr4: 0x20, efer: 0xd00 }).trees[0]!.tree, 0n).verdict, Verdict.NOT_PRESENT);
});
test.run();
