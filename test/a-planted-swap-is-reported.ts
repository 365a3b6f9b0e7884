// The proof that `--verify` can fail: two processes play a few accesses, the bytes of one page are swapped between them behind
// the engine's back, and each process must report it, by a load that comes later or by its image at the end. Without a swap
// neither reports anything.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Agent, Side } from "../assembly/layout/agent.js";
import { Slot } from "../assembly/layout/arena.js";
import { EntryKind } from "../assembly/layout/entry.js";
import { Player, Record, RecordKind } from "../assembly/layout/trace.js";
import { PAGE_BYTES } from "../src/address.js";
import { address as unsigned, type Engine } from "../src/engine.js";
import { Migrator } from "../src/migrate.js";
import { ReplayProcess, WITNESS_BYTES } from "../src/replay/process.js";
import { patternByte } from "../src/replay/reference.js";
import { makeEngine } from "./help/engine.js";

interface Access { kind: RecordKind; page: number; offset: number; size: number; device?: boolean }

const BATCH_RECORDS = 64, SEED = 11;
const [CPU_PAGE, DEVICE_PAGE, OTHER_PAGE] = [0x4c00, 0x1ffef, 0x4c01];

/** Packs an access as the decoder does. */
function pack({ kind, page, offset, size, device = false }: Access): bigint {
  return BigInt(page * PAGE_BYTES + offset) | BigInt(size) << BigInt(Record.SIZE)
    | BigInt(kind) << BigInt(Record.KIND) | BigInt(device) << BigInt(Record.DEVICE);
}

/** Two processes of one thread, verified, and a way to play the same accesses in both. */
async function makePair(policy: "migrate" | "remote") {
  const { engine, thread } = await makeEngine({
    deviceFrames: 64, workspaceBytes: WITNESS_BYTES + (BATCH_RECORDS << Record.BYTES_LG2) + 2 * (Agent.BYTES + Player.BYTES) + 1024,
  });
  const take = (bytes: number): number => unsigned(engine.wasm.workspaceTake(thread.me, bytes));
  const witness = take(WITNESS_BYTES), batch = take(BATCH_RECORDS << Record.BYTES_LG2), migrator = new Migrator(thread);
  assert.ok(witness && batch, "the workspace is too small for this test");
  const pair = [0, 1].map((number) => new ReplayProcess(migrator, { number, seed: SEED, policy, verify: true }, witness));
  let position = 0;
  const play = (accesses: Access[]): void => {
    accesses.forEach((access, i) => engine.setU64(batch + (i << Record.BYTES_LG2), pack(access)));
    for (const process of pair) process.play(batch, accesses.length, position);
    position += accesses.length;
  };
  return { engine, pair, play };
}

/** Where the bytes of a process's page are now, and whether that is on the device. */
function frameOf(engine: Engine, process: ReplayProcess, page: number): { at: number; onDevice: boolean } {
  const { thread, table } = process.space, found = table.list().find((mapping) => mapping.page === page);
  assert.ok(found, `page 0x${page.toString(16)} is not mapped`);
  return { at: engine.u32(thread.me + Slot.FRAMES) + found.frame * PAGE_BYTES, onDevice: found.kind === EntryKind.PRIVATE };
}

/** Swaps the bytes of one page between the two processes. */
function swap(engine: Engine, pair: ReplayProcess[], page: number): void {
  const [one, other] = pair.map((process) => frameOf(engine, process, page).at), bytes = engine.bytes(one!, PAGE_BYTES);
  engine.setBytes(one!, engine.bytes(other!, PAGE_BYTES));
  engine.setBytes(other!, bytes);
}

/** Fills two pages, one of which then lies on the device. */
const FIRST: Access[] = [
  ...[0, 8, 64, 4088].map((offset) => ({ kind: RecordKind.STORE, page: CPU_PAGE, offset, size: 8 })),
  { kind: RecordKind.STORE, page: DEVICE_PAGE, offset: 16, size: 8 },
  { kind: RecordKind.MODIFY, page: DEVICE_PAGE, offset: 20, size: 8, device: true },
  { kind: RecordKind.STORE, page: OTHER_PAGE, offset: 0, size: 32, device: true },
];
/** Loads all of it again, one load over a page end. */
const REST: Access[] = [
  { kind: RecordKind.LOAD, page: CPU_PAGE, offset: 64, size: 8 },
  { kind: RecordKind.LOAD, page: CPU_PAGE, offset: 4088, size: 16 },
  { kind: RecordKind.LOAD, page: DEVICE_PAGE, offset: 16, size: 12, device: true },
];
const mismatches = (pair: ReplayProcess[]): number[] => pair.map((process) => process.reference!.mismatches);
/** Bytes in which what the two processes stored differs: by chance a few may be alike. */
function differing(position: number, size: number): number {
  const bytes = Array.from({ length: size }, (_, i) => i);
  return bytes.filter((i) => patternByte(SEED, 0, position, i) !== patternByte(SEED, 1, position, i)).length;
}

const test = suite("a planted swap is reported");

for (const policy of ["migrate", "remote"] as const) {
  test(`nothing is reported without a swap (${policy})`, async () => {
    const { engine, pair, play } = await makePair(policy);
    play(FIRST);
    play(REST);
    for (const process of pair) {
      const report = process.report();
      assert.is(report.mismatches, 0, report.first_mismatch);
      assert.is(report.first_mismatch, undefined);
      assert.is(report.pages, 3);
      assert.equal(report.accesses, { cpu: 7, device: 3 });
    }
    assert.ok(engine.audit(pair[0]!.space.thread.me).clean);
  });

  test(`a swapped page of the CPU is reported by the loads (${policy})`, async () => {
    const { engine, pair, play } = await makePair(policy);
    play(FIRST);
    assert.not(frameOf(engine, pair[0]!, CPU_PAGE).onDevice);
    swap(engine, pair, CPU_PAGE);
    assert.equal(mismatches(pair), [0, 0], "nobody has looked yet");
    play(REST);
    const expected = differing(2, 8) + differing(3, 8); // the two stores of that page that are loaded again
    assert.ok(expected > 0);
    assert.equal(mismatches(pair), [expected, expected], "one for each byte that differs");
    for (const [i, process] of pair.entries()) {
      const { mismatches: all, first_mismatch: first } = process.report();
      assert.ok(all > expected, "the image at the end differs as well");
      assert.match(first!, new RegExp(`^process ${i}: access \\d+ at 0x${CPU_PAGE.toString(16)}`));
    }
  });

  test(`a swapped page that the device uses is reported by the loads (${policy})`, async () => {
    const { engine, pair, play } = await makePair(policy);
    play(FIRST);
    assert.is(frameOf(engine, pair[0]!, DEVICE_PAGE).onDevice, policy === "migrate");
    swap(engine, pair, DEVICE_PAGE);
    play(REST);
    const expected = differing(4, 4) + differing(5, 8); // the store, half of it under the modify
    assert.equal(mismatches(pair), [expected, expected]);
    for (const process of pair) assert.match(process.report().first_mismatch!, `0x${DEVICE_PAGE.toString(16)}`);
  });

  test(`a swap after the last load is reported by the image (${policy})`, async () => {
    const { engine, pair, play } = await makePair(policy), calm = await makePair(policy);
    for (const accesses of [FIRST, REST]) { play(accesses); calm.play(accesses); }
    assert.equal(pair.map(({ space }) => space.table.list()), calm.pair.map(({ space }) => space.table.list()));
    swap(engine, pair, OTHER_PAGE);
    assert.equal(mismatches(pair), [0, 0]);
    for (const [i, process] of pair.entries()) {
      const report = process.report();
      assert.is(report.mismatches, differing(6, 32));
      assert.match(report.first_mismatch!, `page 0x${OTHER_PAGE.toString(16)}`);
      assert.is.not(report.image_hash, calm.pair[i]!.report().image_hash);
    }
  });
}

test("one wrong bit in one process is reported by that process alone", async () => {
  const { engine, pair, play } = await makePair("migrate");
  play(FIRST);
  const { at } = frameOf(engine, pair[1]!, CPU_PAGE), byte = engine.bytes(at + 64, 1);
  engine.setBytes(at + 64, Uint8Array.of(byte[0]! ^ 0x10));
  play(REST);
  assert.equal(mismatches(pair), [0, 1]);
});

test("a page that is gone at the end, and one too many, are reported", async () => {
  const { pair, play } = await makePair("migrate");
  play(FIRST);
  pair[0]!.space.munmap(CPU_PAGE * PAGE_BYTES, PAGE_BYTES);
  assert.is(pair[0]!.report().mismatches, 1);
  pair[1]!.agent.store(Side.CPU, pair[1]!.space.mmap(PAGE_BYTES), 1);
  assert.is(pair[1]!.report().mismatches, 1);
});

test.run();
