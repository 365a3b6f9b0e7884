// `pagemirror stress`: clean where nothing is wrong, with workers killed on the way; its checker knows right from wrong; and a
// planted bug is reported, with its history in a file.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Status } from "../assembly/layout/status.js";
import { stepsOf, wordOf, type Item, type Operation, type Verb } from "../src/stress/history.js";
import { failsAt, isLinearizable, upTo } from "../src/stress/linear.js";
import type { StressResult } from "../src/stress/stress.js";
import type { PageHistory } from "../src/stress/violation.js";
import { SEED } from "./help/engine.js";
import { compilePlant, type Plant } from "./help/plant.js";

const HANGS_MS = 60_000;
const folder = mkdtempSync(join(tmpdir(), "pagemirror-stress-"));
function run(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["dist/cli.js", "stress", ...words], { encoding: "utf8", timeout: HANGS_MS });
  return { status, stdout, stderr };
}

/** A bug of `npm run plants`, made wider: it shows at once even where workers seldom run side by side. */
const SLOW_STORE: Plant = {
  name: "W3: unmap takes the entry by a store, a while after it looked", file: "edit.ts", test: "stress-finds-what-is-planted",
  find: "        if (!swapAlone<F>(f, at, item, page, 0, 0)) continue;\n",
  replace: "        for (let looks = 0; looks < 3000; looks++) loadItem<F>(f, at);\n        ownStoreItem<F>(f, at, 0);\n",
};

const test = suite("stress");

/** One page, 7; flags 1 are plain, 9 can be written, 33 is accessed, 105 is written, accessed and dirty. */
const PAGE = 7, A = wordOf(100, 1), B = wordOf(200, 9);
interface Rest { count?: number; frame?: number; flags?: number; status?: Status; mapped?: number; found?: [frame: number, flags: number]; died?: boolean }
function call(thread: number, verb: Verb, begin: number, end: number, rest: Rest = {}): Operation {
  const { count = 1, frame = 0, flags = 0, status = Status.OK, mapped = 0, found, died = false } = rest;
  const items: Item[] = found ? [{ page: PAGE, frame: found[0], flags: found[1] }] : [];
  return { thread, verb, table: 0, page: PAGE, count, frame, flags, begin, end, finished: !died, status, mapped, items };
}
const mapA = (begin: number, end: number, rest: Rest = {}): Operation => call(0, "map", begin, end, { frame: 100, flags: 1, ...rest });
const mapB = (begin: number, end: number, rest: Rest = {}): Operation => call(1, "map", begin, end, { frame: 200, flags: 9, ...rest });
const lookup = (begin: number, end: number, found?: [number, number]): Operation => call(2, "lookup", begin, end, found && { found });
const unmap = (thread: number, begin: number, end: number, found?: [number, number]): Operation =>
  call(thread, "unmap", begin, end, found ? { found } : { status: Status.NONE });

const NOTED = wordOf(200, 201);
const take = (thread: number, begin: number, end: number, found?: [number, number]): Operation => call(thread, "readAndClear", begin, end, { flags: 192, ...found && { found } });

type Case = [name: string, initial: number, operations: Operation[]];
const RIGHT: Case[] = [
  ["nothing happens", A, []],
  ["one after the other", 0, [mapA(1, 2), lookup(3, 4, [100, 1]), unmap(1, 5, 6, [100, 1]), lookup(7, 8)]],
  ["a lookup beside a map finds it, or does not", 0, [mapA(1, 6), lookup(2, 3), lookup(4, 5, [100, 1])]],
  ["of two maps one wins", 0, [mapA(1, 4), mapB(2, 3, { status: Status.EXIST }), lookup(5, 6, [100, 1])]],
  ["a replace returns what was there", A, [call(0, "replace", 1, 4, { frame: 200, flags: 9, found: [100, 1] }), unmap(1, 2, 3, [200, 9])]],
  ["a walk for a write sets accessed and dirty", B, [call(0, "walk for write", 1, 2, { found: [200, 201] }), lookup(3, 4, [200, 201])]],
  ["a walk without the right changes nothing", A, [call(0, "walk for write", 1, 2, { found: [100, 1] }), lookup(3, 4, [100, 1])]],
  ["protect takes the right to write away", B, [call(0, "protect", 1, 2), lookup(3, 4, [200, 1])]],
  ["accessed and dirty are read and cleared", NOTED, [take(0, 1, 4, [200, 201]), take(1, 5, 6), lookup(7, 8, [200, 9])]],
  ["an update from what was seen", B, [call(0, "update", 1, 4, { frame: 100, flags: 1, found: [200, 9] }), lookup(5, 6, [100, 1])]],
  ["an update of what has changed says nothing", A, [call(0, "update to nothing", 1, 4, { found: [100, 1], status: Status.AGAIN }), lookup(5, 6, [100, 1])]],
  ["the right to write is taken, once", B, [call(0, "writeProtect", 1, 4, { found: [200, 9] }), call(1, "writeProtect", 2, 3), lookup(5, 6, [200, 1])]],
  ["dirty is read and cleared, before a walk sets it", B, [call(1, "walk for write", 1, 4, { found: [200, 201] }), take(0, 2, 3), lookup(5, 6, [200, 201])]],
  ["a range maps up to a page that is mapped", A, [call(0, "mapRange", 1, 2, { count: 3, frame: 50, flags: 1, status: Status.EXIST, mapped: 0 })]],
  ["no memory: nothing was there", 0, [mapA(1, 2, { status: Status.NOMEM }), lookup(3, 4)]],
  ["a thread died mapping: it happened", 0, [mapA(1, 9, { died: true }), lookup(10, 11, [100, 1])]],
  ["a thread died mapping: it did not happen", 0, [mapA(1, 9, { died: true }), lookup(10, 11)]],
  ["a thread died unmapping, late", A, [unmapDied(1, 9), lookup(2, 3, [100, 1]), lookup(4, 5), lookup(10, 11)]],
];
const WRONG: Case[] = [
  ["a map answered OK and is gone", 0, [mapA(1, 2), lookup(3, 4)]],
  ["a lookup finds what was unmapped before it began", A, [unmap(0, 1, 2, [100, 1]), lookup(3, 4, [100, 1])]],
  ["an unmap is returned twice", A, [unmap(0, 1, 4, [100, 1]), unmap(1, 2, 3, [100, 1])]],
  ["two maps win", 0, [mapA(1, 4), mapB(2, 3)]],
  ["an update is lost: accessed and dirty", B, [call(0, "walk for write", 1, 2, { found: [200, 201] }), lookup(3, 4, [200, 9])]],
  ["a dirty that was set before is not read", B, [call(1, "walk for write", 1, 2, { found: [200, 201] }), take(0, 3, 4)]],
  ["dirty is cleared by who was told that there is none", NOTED, [take(0, 1, 2), lookup(3, 4, [200, 9])]],
  ["dirty is returned twice", NOTED, [take(0, 1, 4, [200, 201]), take(1, 2, 3, [200, 201])]],
  ["an update from what is not there", A, [call(0, "update", 1, 4, { frame: 200, flags: 9, found: [300, 1] })]],
  ["the right to write is taken, and is there", B, [call(0, "writeProtect", 1, 2, { found: [200, 9] }), lookup(3, 4, [200, 9])]],
  ["an update is lost: a replace", A, [call(0, "replace", 1, 2, { frame: 200, flags: 9, found: [100, 1] }), lookup(3, 4, [100, 1])]],
  ["a mapping that nobody made", 0, [lookup(1, 2, [300, 1])]],
  ["half of one entry and half of another", A, [call(0, "replace", 1, 4, { frame: 200, flags: 9, found: [100, 1] }), lookup(2, 3, [200, 1])]],
  ["an unmapped page comes back by protect", A, [unmap(0, 1, 2, [100, 1]), call(1, "protect", 3, 4, { flags: 8 }), lookup(5, 6, [100, 9])]],
  ["an unmap finds nothing where something is", A, [unmap(0, 1, 2)]],
  ["a map is refused where nothing is", 0, [mapA(1, 2, { status: Status.EXIST })]],
  ["seen, not seen, seen again", 0, [mapA(1, 10), lookup(2, 3, [100, 1]), lookup(4, 5), lookup(6, 7, [100, 1])]],
  ["a dead thread acts", 0, [mapA(1, 4, { died: true }), lookup(5, 6), lookup(7, 8, [100, 1])]],
  ["a dead thread acts twice", A, [unmapDied(1, 9), lookup(2, 3), mapB(4, 5), lookup(6, 7)]],
];
function unmapDied(begin: number, end: number): Operation { return call(0, "unmap", begin, end, { died: true }); }
for (const [cases, fits] of [[RIGHT, true], [WRONG, false]] as const) for (const [name, initial, operations] of cases) test(`${fits ? "right" : "wrong"}: ${name}`, () => {
  const steps = operations.flatMap((operation) => stepsOf(operation, [PAGE]).map(([, step]) => step));
  assert.is(isLinearizable(initial, steps), fits);
  if (fits) return;
  const end = failsAt(initial, steps);
  assert.equal([isLinearizable(initial, upTo(steps, end)), isLinearizable(initial, upTo(steps, end - 1))], [false, true]);
});

test("many that overlap are decided quickly", () => {
  const chain = Array.from({ length: 200 }, (_, i) => call(i % 16, "replace", 1 + i, 40 + i, { frame: 1000 + i, flags: 1, found: i ? [999 + i, 1] : [100, 1] }));
  const steps = (operations: Operation[]): Parameters<typeof isLinearizable>[1] => operations.flatMap((operation) => stepsOf(operation, [PAGE]).map(([, step]) => step));
  const began = performance.now();
  assert.is(isLinearizable(A, steps([...chain, lookup(500, 501, [1199, 1])])), true);
  assert.is(isLinearizable(A, steps([...chain, lookup(500, 501, [1198, 1])])), false);
  assert.ok(performance.now() - began < 2000);
});

test(`a run with kills is clean (seed ${SEED})`, () => {
  const { status, stdout, stderr } = run("--seconds", "3", "--workers", "3", "--seed", String(SEED), "--json", "-", "--history", join(folder, "none.json"));
  assert.is(status, 0, stdout + stderr);
  const result = JSON.parse(stdout) as StressResult;
  assert.equal([result.violations, result.seed, result.mix, result.workers, result.undecided], [[], SEED, "all", 3, 0]);
  assert.ok(result.kills > 0 && result.buried === result.kills, `${result.kills} killed, ${result.buried} buried`);
  assert.ok(result.audit?.clean && result.rounds > 20 && result.failedAllocations > 0, stdout);
  const verbs: Verb[] = [
    "lookup", "walk", "map", "replace", "unmapBatch", "mapRange", "list", "protect", "readAndClear", "writeProtect", "pinned walk", "update", "update to nothing",
    "load", "store", "munmap and mmap",
  ];
  for (const verb of verbs)
    assert.ok((result.operations[verb] ?? 0) > 0, verb);
  assert.equal(readdirSync(folder), []);
});

test("a planted bug is reported, with its history", () => {
  const file = join(folder, "history.json"), wasm = compilePlant(SLOW_STORE, join(folder, "plant"));
  const { status, stdout, stderr } = run("--wasm", wasm, "--mix", "hot", "--seconds", "30", "--no-kills", "--seed", String(SEED), "--history", file);
  assert.is(status, 1, stdout + stderr);
  assert.match(stdout, /violation \(mix hot, scene \d+, round \d+\): .*fit no order\n[^]*thread \d/);
  assert.match(stderr, file);
  const shown = /schedule found in \d+ states[^]*in edit\/unmap[^]*\nreplay: pagemirror explore '(.*)' --wasm (\S+) --names (\S+) --replay "(.*)"/.exec(stderr);
  assert.ok(shown, stderr);
  const [, workload, planted, names, trace] = shown, words = [workload!, "--wasm", planted!, "--names", names!, "--replay", trace!];
  const again = spawnSync(process.execPath, ["dist/cli.js", "explore", ...words], { encoding: "utf8" });
  assert.is(again.status, 1, again.stderr);
  assert.match(again.stdout, /in edit\/unmap[^]*\n(race|history): /);
  const { seed, violations } = JSON.parse(readFileSync(file, "utf8")) as { seed: number; violations: { history: PageHistory }[] };
  assert.is(seed, SEED);
  const { operations, failsAt: end } = violations[0]!.history;
  assert.ok(end > 0 && operations.length > 1 && operations.some(({ verb }) => verb.startsWith("unmap")), JSON.stringify(violations[0]));
});

const REFUSED: [words: string[], ...shown: string[]][] = [
  [["--seconds", "0"], "--seconds", "0"], [["--seconds", "soon"], "--seconds", "soon"],
  [["--workers", "17"], "--workers", "17", "1 to 16"], [["--workers", "0"], "--workers", "0"],
  [["--mix", "cold"], "--mix", "cold", "hot"], [["--seed", "-1"], "--seed", "-1"],
  [["--json", join(folder, "nowhere", "file")], "nowhere"], [["--history", folder], folder, "directory"],
  [["--wasm", join(folder, "no.wasm")], "no.wasm"], [["--wasm", "package.json"], "package.json"], [["--kils"], "--kils"], [["now"], "now"],
];
for (const [words, ...shown] of REFUSED) test(`refused: ${words[0]} ${words[1] ?? ""}`, () => {
  const { status, stdout, stderr } = run(...words);
  assert.is(status, 2, stderr);
  assert.is(stdout, "");
  assert.match(stderr, /^pagemirror: [^\n]*xpected[^\n]*\n$/);
  for (const part of shown) assert.ok(stderr.includes(part), stderr);
});

test.after(() => rmSync(folder, { recursive: true, force: true }));

test.run();
