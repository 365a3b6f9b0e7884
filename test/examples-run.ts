// The examples run as they are, against the built package, and print what is right: what the guest of the emulator must find and leave, and for
// the TLB simulator what a list says of the same trace.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { gunzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("examples run"), EMULATOR = "test/examples/riscv-emulator.mjs", SIMULATOR = "test/examples/tlb-simulator.mjs";
function linesOf(file: string): string[] {
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], { encoding: "utf8" });
  assert.is(status, 0, stderr);
  return stdout.trimEnd().split("\n");
}

test("a RISC-V guest takes page faults, and its tables tell which pages it read and wrote", () => {
  const [first, ...pages] = linesOf(EMULATOR);
  assert.match(first!, new RegExp(`^sum ${1500 * 1499 / 2}, \\d+ instructions, 4 page faults, \\d+ walks$`));
  assert.equal(pages, [
    "0x400000 -> 0x80010000  accessed, dirty", "0x401000 -> 0x80011000  accessed, dirty", "0x402000 -> 0x80012000  accessed, dirty", "0x500000 -> 0x80013000  accessed",
  ]);
});

/** Hits in a list of pages, the next victim first. */
function hitsOf(pages: number[], entries: number, isLru: boolean): number {
  const list: number[] = [];
  let hits = 0;
  for (const page of pages) {
    const at = list.indexOf(page);
    if (at >= 0) hits++;
    if (at >= 0 && !isLru) continue;
    if (at >= 0) list.splice(at, 1);
    else if (list.length === entries) list.shift();
    list.push(page);
  }
  return hits;
}

test("the TLB simulator has fewer than 60 lines, and its hit rates are those of a list", () => {
  assert.ok(readFileSync(SIMULATOR, "utf8").split("\n").length < 60);
  const text = gunzipSync(readFileSync("test/fixtures/ls.lackey.gz")).toString("latin1");
  const pages = [...text.matchAll(/^(?:I| [LSM]) +([0-9a-f]+),/gm)].map(([, hex]) => parseInt(hex!, 16) >>> 12);
  const [head, , , ...rows] = linesOf(SIMULATOR), row = (name: string): number[] => rows.find((line) => line.startsWith(name))!.slice(name.length).match(/[\d.]+/g)!.map(Number);
  const distinct = new Set(pages).size, percent = (hits: number): number => Number((100 * hits / pages.length).toFixed(3));
  assert.is(head, `${pages.length} accesses to ${distinct} pages, 10 tables`);
  for (const [name, isLru] of [["8 entries, all ways", true], ["8 entries, FIFO", false]] as const) {
    const hits = hitsOf(pages, 8, isLru), walks = pages.length - hits;
    assert.equal(row(name), [percent(hits), walks, 4 * walks, Number((1 + 4 * 50 * walks / pages.length).toFixed(3))], name);
  }
  assert.is(row("the same, table caches")[1], row("16 + 16 entries, 4 ways")[1], "caches of tables change no hits");
  assert.is(row("the same, L2 of 1536")[1], distinct, "every page once: the second TLB holds all of them");
  assert.is(rows.length, 5);
});
test.run();
