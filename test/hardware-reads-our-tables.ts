// Tables that the engine builds, read by the walker that knows hardware only (assembly/machine.ts), out of the frames where they lie: the same
// address, size and rights for every page, and nothing where nothing is mapped; the leaves that it lists are those that are there.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Slot } from "../assembly/layout/arena.js";
import { Verdict, Allowed } from "../assembly/layout/hardware.js";
import { Status } from "../assembly/layout/status.js";
import type { FormatName } from "../src/formats.js";
import { Machine } from "../src/machine.js";
import { Table } from "../src/table.js";
import { SEED, generator, makeEngine } from "./help/engine.js";
import { MANUALS } from "./help/manuals.js";
import { FLAG_SETS, type FlagSet } from "./help/model.js";
import { addressOf, treeOver } from "./help/trees.js";

const READS = Allowed.READ | Allowed.USER_READ, WRITES = Allowed.WRITE | Allowed.USER_WRITE, EXECUTES = Allowed.EXECUTE | Allowed.USER_EXECUTE;
type Rights = (flags: FlagSet) => number;
/** User code has what everybody has, when it has anything. */
const processor: Rights = ({ write, execute, user }) => {
  const kernel = Allowed.READ | (write ? Allowed.WRITE : 0) | (execute ? Allowed.EXECUTE : 0);
  return kernel | (user ? kernel >> 3 : 0);
};
/** Pages of users and pages of the kernel. */
const separate: Rights = (flags) => flags.user ? processor(flags) & ~(7 << 3) : processor(flags);
const guest: Rights = ({ write, execute }) => READS | (write ? WRITES : 0) | (execute ? EXECUTES : 0);
const device: Rights = ({ write }) => READS | EXECUTES | (write ? WRITES : 0);
/** Without hardware that marks items a clean page is read-only; the kernel executes nothing that users write; execute-never is nobody's page. */
const arm: Rights = ({ write, execute, user, dirty }) => {
  const writes = write && dirty, kernelExecutes = execute && !(writes && user);
  return Allowed.READ | (writes ? Allowed.WRITE : 0) | (kernelExecutes ? Allowed.EXECUTE : 0)
    | (user ? Allowed.USER_READ | (writes ? Allowed.USER_WRITE : 0) : 0) | (execute ? Allowed.USER_EXECUTE : 0);
};
const armStage2: Rights = ({ write, execute, dirty }) => READS | (write && dirty ? WRITES : 0) | (execute ? EXECUTES : 0);

/** What a mapping allows in each format. */
function rightsOf(name: FormatName): Rights {
  if (name.startsWith("riscv")) return name.includes("x4") ? guest : separate;
  if (name.startsWith("vtd-second") || name.startsWith("amd") || name === "apple-dart") return device;
  if (name.includes("stage2")) return armStage2;
  return name.startsWith("aarch64") ? arm : processor;
}

/** A table of a format in an engine, and a machine that has the engine's frames for its memory. */
async function benchOf(name: FormatName): Promise<{ table: Table; machine: Machine }> {
  const { engine, thread } = await makeEngine({ systemFrames: 8192, threads: 1, workspaceBytes: Machine.bytes(1024) }), table = Table.create(thread, name);
  const frames = engine.u32(thread.me + Slot.FRAMES);
  return { table, machine: Machine.create(thread, 1024, (pa) => engine.bytes(frames + Number(pa), 4096)) };
}

const test = suite("hardware reads our tables");

for (const name of Object.keys(MANUALS) as FormatName[]) test(`${name} (seed ${SEED})`, async () => {
  const { table, machine } = await benchOf(name), rights = rightsOf(name);
  const random = generator(SEED), below = (end: number): number => Math.floor(random(2 ** 30) / 2 ** 30 * end);
  const pageBytes = BigInt(table.pageBytes), pageLg2 = Math.log2(table.pageBytes);
  const { sizes } = table, pages: number[] = [0, table.pages - 1];
  for (let i = 0; i < 60; i++) {
    const size = sizes[random(sizes.length)]!, page = below(table.pages / size) * size, frame = below(table.frames / size) * size;
    pages.push(page, page + size - 1, below(table.pages));
    try { table.mapRange(page, size, frame, FLAG_SETS[random(32)]); } catch { /* something is mapped there already */ }
  }
  const tree = treeOver(name, table.top());
  const isUpper = (page: number): boolean => tree.isSignExtended && page >= table.pages / 2;
  for (const page of pages) for (const offset of [0n, 0xff8n]) {
    const va = addressOf(tree, page, table.pages) | offset, found = table.entry(page), { verdict, pa, sizeLg2, allowed } = machine.walk(tree, va), what = `0x${va.toString(16)}`;
    assert.is(Verdict[verdict], Verdict[found ? Verdict.LEAF : Verdict.NOT_PRESENT], what);
    if (!found) continue;
    assert.is(pa, BigInt(found.frame) * pageBytes | offset, what);
    const isTold = !name.startsWith("aarch64"); // Arm's contiguous bit is only a hint
    assert.equal([2 ** (sizeLg2! - pageLg2), allowed], [isTold ? found.fused ?? found.pages : found.pages, rights(found)], `${what}, ${JSON.stringify(found)}`);
  }

  const ours = table.list().filter(({ page }) => !isUpper(page)), leaves = [...machine.leaves(tree, 0n)];
  assert.equal(leaves.flatMap(({ va, pa, bytes, count }) => Array.from({ length: count }, (_, i) => [va + bytes * BigInt(i), pa + bytes * BigInt(i), bytes])),
    ours.map(({ page, frame, pages: size }) => [BigInt(page) * pageBytes, BigInt(frame) * pageBytes, BigInt(size) * pageBytes]));
});

for (const name of (Object.keys(MANUALS) as FormatName[]).filter((each) => MANUALS[each].leaves.length > 1)) test(`${name}: hardware ignores that a pointer is held`, async () => {
  const { table, machine } = await benchOf(name), { thread } = table, pages = 2 ** table.indexBits, { wasm } = thread.engine, pageBytes = BigInt(table.pageBytes);
  table.mapRange(pages, pages, 2 * pages, {}, 1);
  const tree = treeOver(name, table.top());
  assert.is(wasm.tableMergeBegin(thread.me, table.handle.table, pages, table.indexBits), Status.OK);
  wasm.tableMergeHold(thread.me, table.handle.table, pages, table.indexBits);
  assert.is(machine.walk(tree, BigInt(pages + 3) * pageBytes).pa, BigInt(2 * pages + 3) * pageBytes);
  assert.is(wasm.tableMergeFinish(thread.me, table.handle.table, pages, table.indexBits, true), Status.OK);
  machine.forget();
  assert.equal([machine.walk(tree, BigInt(pages + 3) * pageBytes).sizeLg2, table.entry(pages)!.pages], [Math.log2(table.pageBytes * pages), pages]);
});

test(`amd-v1: as it grows, with root and mode as its top has them (seed ${SEED})`, async () => {
  const { table, machine } = await benchOf("amd-v1"), random = generator(SEED), mapped = new Map<number, number>(), seen = new Set<number>();
  for (let step = 0; step < 300; step++) {
    const page = random(512) * 512 ** Math.min(random(6), Math.floor(step / 50)) % table.pages, known = mapped.get(page);
    if (known === undefined) {
      table.map(page, step, { write: true });
      mapped.set(page, step);
    } else assert.is((mapped.delete(page), table.unmap(page)), known);
    const top = table.top(), tree = treeOver("amd-v1", top);
    seen.add(top.levels);
    machine.forget();
    for (const [each, frame] of mapped) assert.is(machine.walk(tree, BigInt(each) * 4096n).pa, BigInt(frame) * 4096n, `step ${step}, page ${each}`);
    if (top.levels < 6) assert.is(Verdict[machine.walk(tree, 1n << BigInt(tree.vaBits)).verdict], Verdict[Verdict.NON_CANONICAL]);
  }
  assert.equal([...seen], [1, 2, 3, 4, 5, 6]);
});

test.run();
