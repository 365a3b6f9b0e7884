// The explorer's part of the suite: every export has a workload; workloads of every group are complete and clean; and what the search
// leaves out (steps that are nobody else's business) changes nothing: the same ends are reached with and without it.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { UNNOTICED } from "../src/explore/engine/unnoticed.js";
import { Subjects } from "../src/explore/explore.js";
import { searchStates } from "../src/explore/search.js";
import type { Workload } from "../src/explore/workload.js";
import { WORKLOADS } from "../src/explore/workloads.js";
import { WASM_FILE } from "./help/engine.js";

/** Exports that no thread calls beside others: what they are for makes them alone. */
const ALONE: { [entry: string]: string } = {
  arenaCreate: "nobody is attached yet",
  audit: "nobody may be inside a verb",
  hashBytes: "reads bytes that nobody writes, and nothing else",
};
const wasm = readFileSync(WASM_FILE), covers = suite("the engine under the explorer");

covers("every export has a workload", () => {
  const exported = WebAssembly.Module.exports(new WebAssembly.Module(wasm)).filter(({ kind }) => kind === "function").map(({ name }) => name);
  const called = new Set(WORKLOADS.flatMap(({ entries }) => entries));
  assert.equal(exported.filter((name) => !called.has(name) && !(name in ALONE)), [], "add a row to src/explore/engine");
  assert.equal(Object.keys(ALONE).filter((name) => called.has(name) || !exported.includes(name)), []);
});

covers("names are unique, and declared races are few", () => {
  assert.is(new Set(WORKLOADS.map(({ name }) => name)).size, WORKLOADS.length);
  const declared = new Set(WORKLOADS.flatMap(({ races = [] }) => races.flatMap(({ functions }) => functions)));
  assert.equal([...declared].sort(), ["access/accessLoad", "access/accessStore", "index/accessLoad", "index/accessStore"]);
});

covers("each mutant that nobody could notice is of a line that stands", () => {
  const folder = "assembly", files = (readdirSync(folder, { recursive: true }) as string[]).filter((name) => name.endsWith(".ts"));
  const sources = files.map((name) => readFileSync(join(folder, name), "utf8"));
  assert.equal(UNNOTICED.filter(({ line }) => !sources.some((source) => source.includes(line))).map(({ line }) => line), []);
});

/** From most groups one that is small and one that is not, all of whose memory is of one size: they share a subject. The whole table takes `pagemirror explore --all`. */
const SAMPLE = [
  "lookup | map, same page, empty", "map | map, same page, empty", "map 5 | unmap 0, 0 mapped, the table grows",
  "map large 0 | map 1, empty, the table grows", // who freezes and who calls it off could go on for ever
  "map | unmap, same leaf", "unmap | unmap, neighbouring leaves",
  "walk for a write | protect, same page, mapped", "map | unmap, riscv-sv32, mapped, leaf stays",
  "map range | unmap range, same page, mapped", "map | unmap, x86-64, empty, leaf goes", "walk for a write | replace, riscv-sv48, mapped, leaf stays",
  "lookup | unmap, same page, mapped, death", "map | unmap, neighbouring leaves, no frames", "CPU store | munmap, same page, in system memory",
  "CPU store | device store, same page, in system memory", "device store | mprotect to read, same page, in system memory",
  "device load | migrate to the device, same page, in system memory",
  "munmap | munmap, same page, in system memory",
  "CPU store | migrate to the device, same page, on the device", "evict | evict, same page, on the device",
  "mmap | munmap, same page, in system memory",
  "device load by the ring | device load by the ring, same page, untouched", "register | register, slots",
  "take down | create a space, records",
  "hardware walk for a write | unmap, x86-64, mapped", "hardware walk for a read | hardware walk for a write, neighbours in eight bytes, riscv-sv32",
  "read beside unmap, then map elsewhere, 4 frames, pins", "remove beside map, same leaf, pins", "change beside remove, two holders, pins",
];
const chosen = SAMPLE.map((name): Workload => {
  const found = WORKLOADS.find((workload) => workload.name === name);
  if (!found) throw new Error(`no workload ${name}`);
  return found;
});
const names = readFileSync("build/pagemirror.wat", "utf8"), subjects = new Subjects(wasm, chosen, names);

for (const workload of chosen) covers(workload.name, async () => {
  const { complete, failure, states } = searchStates(await subjects.machineFor(workload));
  assert.is(failure, undefined, failure && `${failure.kind}: ${failure.message}`);
  assert.ok(complete && states > 5, `${states} states`);
});

const BOTH_WAYS = [
  "map | unmap, same leaf", "unmap | unmap, neighbouring leaves", "lookup | unmap, same page, mapped, death", "mmap | munmap, same page, in system memory",
  "CPU store | device store, same page, in system memory", // a declared race: which store comes last is tried both ways
];
for (const name of BOTH_WAYS) {
  covers(`the same ends with every step in every order: ${name}`, async () => {
    const machine = await subjects.machineFor(chosen.find((workload) => workload.name === name)!), ends = [new Set<string>(), new Set<string>()];
    const outcome = (): string => [machine.memoryHash, ...machine.completed.map(({ thread, call, result }) => `${thread}.${call}=${result}`).sort()].join(" ");
    const searches = ends.map((seen, i) => searchStates(machine, { onEnd: () => seen.add(outcome()) }, i === 1));
    assert.ok(searches.every(({ complete }) => complete) && searches[0]!.states < searches[1]!.states);
    assert.equal([...ends[0]!].sort(), [...ends[1]!].sort());
  });
}

covers.run();
