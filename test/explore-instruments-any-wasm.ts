// The instrumented module computes what the original does; what the explorer does not model it refuses; the engine's own wasm goes in.
import { readFileSync, rmSync, writeFileSync, mkdirSync } from "node:fs";
import binaryen from "binaryen";
import { Command } from "commander";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { exploreCommand } from "../src/explore/command.js";
import type { ExploreResult } from "../src/explore/print.js";
import { instrument } from "../src/explore/instrument.js";
import { Machine } from "../src/explore/machine.js";
import { searchStates } from "../src/explore/search.js";
import type { Call, Workload } from "../src/explore/workload.js";
import { compileFixture } from "./fixtures/explore/compile.js";
import { WASM_FILE } from "./help/engine.js";

const any = suite("any wasm is instrumented, or refused");

/** A module with one function of this body. */
function moduleOf(body: string, memory = '(import "env" "memory" (memory 1 2 shared))'): Uint8Array {
  const module = binaryen.parseText(`(module ${memory} (func (export "thread0") ${body}))`);
  module.setFeatures(binaryen.Features.All);
  return module.emitBinary();
}
async function refusal(wasm: Uint8Array): Promise<string> {
  try { await instrument(wasm); } catch (error) { return (error as Error).message; }
  return "was not refused";
}

any("what is not modelled is refused by its name", async () => {
  const REFUSED: [body: string, name: RegExp][] = [
    ["(drop (memory.grow (i32.const 1)))", /memory\.grow in/],
    ["(drop (i32x4.splat (i32.const 1)))", /i32x4\.splat in/],
    ["(drop (v128.load (i32.const 8)))", /v128\.load in/],
    ["(v128.store (i32.const 8) (v128.const i32x4 0 0 0 0))", /v128\./],
    ["(drop (ref.null func))", /ref\.null in/],
  ];
  for (const [body, name] of REFUSED) assert.match(await refusal(moduleOf(body)), name);
});

any("a memory that is not shared between threads is refused", async () => {
  assert.match(await refusal(moduleOf("(nop)", '(import "env" "memory" (memory 1 2))')), /expected an imported shared memory/);
  assert.match(await refusal(moduleOf("(nop)", "(memory 1 2 shared)")), /expected an imported shared memory/);
  assert.match(await refusal(moduleOf("(nop)", '(import "env" "memory" (memory 1 2 shared)) (import "env" "now" (func))')), /import env\.now/);
});

any("every operation computes what it computed before, and each thread has its own globals", async () => {
  const { wasm, wat } = await compileFixture("every-operation");
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true });
  const original = new WebAssembly.Instance(new WebAssembly.Module(wasm), { env: { memory } }).exports as { thread0(): number };
  const expected = original.thread0();
  for (const everyAccess of [false, true]) {
    const subject = await instrument(wasm, { subjectBytes: 65536, namesFrom: wat, everyAccess, threads: 2 });
    const threads: Call[][] = [[{ entry: "thread0" }], [{ entry: "thread1" }]];
    const workload: Workload = { name: "all", threads: 2, entries: [], begin: () => ({ threads }) };
    const machine = new Machine(subject, workload), before = machine.bytes.words.slice(0, 65536 / 4);
    while (machine.runnable()) assert.is(machine.step(31 - Math.clz32(machine.runnable())), undefined);
    assert.equal(machine.completed.map(({ result }) => result), [expected, expected]);
    const bytes = new Uint8Array(memory.buffer).slice(1024, 2048);
    for (const base of [1024, 2048]) assert.equal(Array.from({ length: 1024 }, (_, i) => machine.bytes.view.u8(base + i)), [...bytes]);
    assert.ok(machine.depth > (everyAccess ? 60 : 20));
    while (machine.depth) machine.back();
    assert.equal(machine.bytes.words.slice(0, 65536 / 4), before, "all stores are taken back");
  }
});

const ENTRIES = ["arenaCreate", "threadRegister", "tableCreate", "tableLookup", "tableMap"];
any("the engine as it ships: one map beside one lookup, all states", async () => {
  const wasm = readFileSync(WASM_FILE), namesFrom = readFileSync("build/pagemirror.wat", "utf8");
  const subject = await instrument(wasm, { exports: ENTRIES, subjectBytes: 2 ** 20, threads: 2, namesFrom });
  assert.ok(subject.sites.some((site) => site.function.startsWith("edit/")), "functions are named as in the source");
  const arena = 4096, page = 5, frame = 7;
  const machine = new Machine(subject, {
    name: "lookup | map", threads: 2, entries: ENTRIES,
    begin: (run) => {
      run("arenaCreate", arena, 12, 3, 64, 0, 1, 1, 1, 0);
      const me = [0, 1, 2].map(() => run("threadRegister", arena)), table = run("tableCreate", me[2]!, 0);
      return {
        threads: [[{ entry: "tableLookup", values: [me[0]!, table, page] }], [{ entry: "tableMap", values: [me[1]!, table, page, frame, 3, 0] }]],
        checkEnd: ({ completed }) => completed.every(({ entry, result }) => entry === "tableMap" ? result === 0 : result === -1 || result === frame) ? undefined : "an odd answer",
      };
    },
  });
  const { complete, failure, states, ends } = searchStates(machine);
  assert.is(failure, undefined, failure?.message);
  assert.ok(complete && states > 5 && ends >= 2, `${states} states, ${ends} ends: the lookup sees the page, or does not`);
});

async function command(...words: string[]): Promise<void> {
  const program = new Command("pagemirror").exitOverride();
  exploreCommand(program);
  await program.parseAsync(["node", "pagemirror", "explore", ...words]);
}
any("pagemirror explore --wasm: a ticket lock and a broken one", async () => {
  const folder = "build/explore/command";
  mkdirSync(folder, { recursive: true });
  const { log } = console, printed: string[] = [], code = process.exitCode;
  console.log = (...values) => { printed.push(values.join(" ")); };
  try {
    for (const name of ["ticket-lock", "ticket-lock-broken"]) {
      const { wasm, wat } = await compileFixture(name);
      writeFileSync(`${folder}/${name}.wasm`, wasm);
      writeFileSync(`${folder}/${name}.wat`, wat);
      await command("--wasm", `${folder}/${name}.wasm`, "--names", `${folder}/${name}.wat`, "--json", `${folder}/out.json`);
      const { workloads: [result] } = JSON.parse(readFileSync(`${folder}/out.json`, "utf8")) as ExploreResult;
      assert.is(result!.violations, name === "ticket-lock" ? 0 : 1);
      assert.is(result!.complete, name === "ticket-lock");
      if (result!.failure) await command("--wasm", `${folder}/${name}.wasm`, "--replay", result!.failure.trace);
    }
  } finally { console.log = log; }
  assert.is(process.exitCode, 1);
  process.exitCode = code;
  assert.ok(printed.some((line) => line.includes("check() answered 1, expected 0")), printed.join("\n"));
  rmSync(folder, { recursive: true });
});

any("pagemirror explore: words that say nothing together are refused, and no input is written over", async () => {
  const file = "dist/pagemirror.wasm", before = readFileSync(file), one = "map | map, same leaf";
  const refused: [words: string[], why: string][] = [
    [[one, "--all"], "--all with \"map | map, same leaf\": expected names, or all"], [["--match", ""], "--match \"\": expected a part of a workload's name"],
    [[one, "--method", "states", "--bound", "1"], "--bound with --method states: expected --method bounded, or none"],
    [[one, "--runs", "5"], "--runs with --method states: expected --method pct or walk"],
    [[one, "--method", "pct"], "--method pct has no end of its own: expected --runs N or --seconds N"],
    [["--list", "--json", "list.json"], "--json or --report with --list: expected neither, since it only prints"],
    [["--mutants", "slot.ts", "--list"], "--mutants with --list: expected one of them"],
    [["--wasm", file, "--all", "--json", file], `--json ${file}: is the wasm too; expected a file that can be written`],
  ];
  for (const [words, why] of refused) assert.is(await command(...words).then(() => "done", (error: Error) => error.message), why);
  assert.ok(readFileSync(file).equals(before));
});

any.run();
