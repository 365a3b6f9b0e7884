// Mutants: each does what it says and nothing else, those of programs that are right are noticed, and whoever survives has a reason.
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { instrument, listMutants, type Subject } from "../src/explore/instrument.js";
import { Machine } from "../src/explore/machine.js";
import { attemptsFor, baselineOf, type Baseline } from "../src/explore/baselines.js";
import { sumOf, switchOn, tryMutant, type MutationLimits, type MutationResult, type Verdict } from "../src/explore/mutation.js";
import type { Mutant } from "../src/explore/mutants.js";
import { Reached } from "../src/explore/reached.js";
import { searchStates } from "../src/explore/search.js";
import { ownWorkload, type Call, type Workload } from "../src/explore/workload.js";
import { compileFixture } from "./fixtures/explore/compile.js";
import { WASM_FILE } from "./help/engine.js";

const mutation = suite("mutants are killed");

interface Staged { subject: Subject; workload: Workload }
async function stage(name: string, threads: number, withMutants = true, everyAccess = false): Promise<Staged> {
  const { wasm, wat } = await compileFixture(name);
  const subject = await instrument(wasm, { subjectBytes: 65536, namesFrom: wat, everyAccess, ...withMutants && { mutants: true } });
  return { subject, workload: ownWorkload(name, [...subject.entries.keys()], threads)! };
}
/** All mutants of a subject, tried with the workloads. */
interface Tried extends MutationResult { kills: (NonNullable<Verdict["killer"]> & { mutant: Mutant })[]; survivors: (Verdict & { site: string; change: string })[] }
function tryAll(subject: Subject, workloads: readonly Workload[], baselines: readonly Baseline[], limits: MutationLimits = {}): Tried {
  const staged = (name: string): Staged => ({ subject, workload: workloads.find((workload) => workload.name === name)! });
  const verdicts = subject.mutants.map((mutant) => tryMutant(mutant, attemptsFor(mutant, baselines), staged, limits));
  return {
    ...sumOf(verdicts), kills: verdicts.flatMap(({ mutant, killer }) => killer ? [{ mutant, ...killer }] : []),
    survivors: verdicts.filter(({ killer }) => !killer).map((verdict) => ({ ...verdict, ...verdict.mutant })),
  };
}
async function survivorsOf(name: string, threads: number): Promise<Tried> {
  const { subject, workload } = await stage(name, threads);
  return tryAll(subject, [workload], [baselineOf(workload, subject)!]);
}
const text = ({ site, change }: { site: string; change: string }): string => `${site}: ${change}`;
function mutantOf(subject: Subject, named: string): Mutant {
  const found = subject.mutants.find((mutant) => text(mutant) === named);
  if (!found) throw new Error(`no mutant ${JSON.stringify(named)} among\n${subject.mutants.map(text).join("\n")}`);
  return found;
}

// ---- nothing else changes ------------------------------------------------------------------------------------------------------

for (const [name, threads] of [["ticket-lock", 2], ["futex-mutex", 3], ["list-tagged", 3], ["shared-counter", 3]] as const) {
  for (const everyAccess of [false, true]) {
    mutation(`${name}${everyAccess ? ", every access" : ""}: with all mutants off, the same states and steps as without any`, async () => {
      const [plain, mutable] = await Promise.all([stage(name, threads, false, everyAccess), stage(name, threads, true, everyAccess)]);
      assert.equal(plain.subject.mutants, []);
      assert.equal(mutable.subject.sites.map(({ place: _, ...site }) => site), plain.subject.sites);
      const figures = ({ subject, workload }: Staged): number[] => {
        const [whole, reduced] = [true, false].map((is) => searchStates(new Machine(subject, workload), {}, is));
        for (const { complete, failure } of [whole!, reduced!]) assert.ok(complete && !failure, failure?.message);
        // How many steps the reduced search takes is up to hashes, and those have parked stacks in them.
        return [whole!.states, whole!.transitions, whole!.cycles, whole!.depth, whole!.ends, reduced!.states, reduced!.ends];
      };
      assert.equal(figures(mutable), figures(plain));
      const reached = new Reached();
      assert.equal(figures({ ...mutable, subject: { ...mutable.subject, reached } }), figures(plain), "nor when it is recorded what runs");
      assert.ok(reached.seen().filter(Boolean).length > 3);
    });
  }
}

mutation("a list without compiling is the list of the subject", async () => {
  const { wasm, wat } = await compileFixture("list-tagged");
  const { mutants } = await instrument(wasm, { namesFrom: wat, mutants: true });
  assert.equal(await listMutants(wasm, { namesFrom: wat }), mutants);
  assert.equal(mutants.map(({ id }) => id), mutants.map((_, i) => i));
  assert.is(new Set(mutants.map(text)).size, mutants.length, "each has a name of its own");
  const some = await listMutants(wasm, { namesFrom: wat, mutants: /^thread1$/ });
  assert.equal(some.map(text), mutants.filter((mutant) => mutant.function === "thread1").map(text));
});

// ---- each change does what it says --------------------------------------------------------------------------------------------

/** What the calls of one thread answer and leave in the first word, with a mutant and without. */
function played(subject: Subject, calls: Call[], named?: string): { results: number[]; word: number; steps: number } {
  const workload: Workload = {
    name: "alone", threads: 1, entries: [],
    begin: (_, memory) => { memory.setU32(1024, 5); return { threads: [calls] }; },
  };
  const machine = new Machine(named === undefined ? subject : switchOn(subject, mutantOf(subject, named)), workload);
  while (machine.runnable()) assert.is(machine.step(0), undefined);
  return { results: machine.completed.map(({ result }) => result), word: machine.bytes.view.u32(1024), steps: machine.depth };
}

const WORDS: [call: Call, own: [answer: number, word: number, steps: number], changes: [mutant: string, answer: number, word: number, steps: number][]][] = [
  [{ entry: "read", values: [0] }, [5, 5, 1], [["atomic load 1 in read: made plain", 5, 5, 0]]],
  [{ entry: "write", values: [0, 9] }, [0, 9, 1], [["atomic store 1 in write: made plain", 0, 9, 0], ["atomic store 1 in write: dropped", 0, 5, 0]]],
  [{ entry: "add", values: [0, 9] }, [5, 14, 1],
    [["read-modify-write 1 in add: made a load and a store", 5, 14, 2], ["read-modify-write 1 in add: made a load", 5, 5, 1]]],
  [{ entry: "swap", values: [0, 5, 9] }, [5, 9, 1],
    [["compare-and-swap 1 in swap: made a store", 5, 9, 1], ["compare-and-swap 1 in swap: dropped, answering that it succeeded", 5, 5, 0]]],
  [{ entry: "swap", values: [0, 6, 9] }, [5, 5, 1],
    [["compare-and-swap 1 in swap: made a store", 6, 9, 1], ["compare-and-swap 1 in swap: dropped, answering that it succeeded", 6, 5, 0]]],
  [{ entry: "rouse", values: [0] }, [0, 5, 1], [["notify 1 in rouse: dropped", 0, 5, 0]]],
];
mutation("an operation is changed as its mutant says", async () => {
  const { wasm, wat } = await compileFixture("words"), subject = await instrument(wasm, { subjectBytes: 65536, namesFrom: wat, mutants: true });
  const untried = new Set(subject.mutants.filter(({ function: where }) => where !== "copy").map(text));
  for (const [call, [answer, word, steps], changes] of WORDS) {
    assert.equal(played(subject, [call]), { results: [answer], word, steps }, call.entry);
    for (const [named, ...changed] of changes) {
      assert.equal(played(subject, [call], named), { results: [changed[0]], word: changed[1], steps: changed[2] }, named);
      untried.delete(named);
      for (const [other, [own, left, count]] of WORDS.filter(([each]) => each.entry !== call.entry))
        assert.equal(played(subject, [other], named), { results: [own], word: left, steps: count }, `${named}, but not in ${other.entry}`);
    }
  }
  assert.equal([...untried], []);
});

mutation("operations of every width and action do in two steps what they do in one", async () => {
  const { wasm, wat } = await compileFixture("every-operation");
  const subject = await instrument(wasm, { subjectBytes: 65536, namesFrom: wat, mutants: true }), call: Call = { entry: "thread0" };
  const own = played(subject, [call]), split = subject.mutants.filter(({ change }) => change === "made a load and a store" || change === "made plain");
  assert.ok(split.length > 10);
  for (const mutant of split.filter(({ function: where }) => where === subject.mutants[0]!.function))
    assert.equal(played(subject, [call], text(mutant)).results, own.results, text(mutant));
});

mutation("a check is decided against its condition, and what runs alone keeps it", async () => {
  const { wasm, wat } = await compileFixture("owned-lock");
  const subject = await instrument(wasm, { subjectBytes: 65536, namesFrom: wat, mutants: true }), take: Call = { entry: "take", values: [0] };
  const first = (change: string): string => `check 1 in take: ${change}`;
  const answers = (word: number, named?: string): number[] => {
    const plan = { threads: [[take]] };
    let alone = -1;
    const machine = new Machine(named === undefined ? subject : switchOn(subject, mutantOf(subject, named)), {
      name: "take", threads: 1, entries: [], begin: (run, memory) => { memory.setU32(1032, word); alone = run("take", 0); return plan; },
    });
    while (machine.runnable()) machine.step(0);
    return [alone, ...machine.completed.map(({ result }) => result)];
  };
  assert.equal([answers(0), answers(1)], [[0, 0], [1, 1]]);
  const decided = ["always false", "always true"].map((change) => [answers(0, first(change)), answers(1, first(change))]);
  assert.ok(decided.every(([none, some]) => none![0] === 0 && some![0] === 1), "setup is as it was compiled");
  assert.equal(decided.map(([, some]) => some![1]).sort(), [0, 1], "one way it has what it needs, the other way it gives up");
});

mutation("a load that was made plain gives up its promise to others: it races", async () => {
  const { subject, workload } = await stage("shared-counter", 2);
  const { failure } = searchStates(new Machine(switchOn(subject, mutantOf(subject, "atomic load 1 in thread0: made plain")), workload));
  assert.is(failure?.kind, "race");
  assert.match(failure!.message, /i32\.load in thread0/);
});

// ---- places of the source --------------------------------------------------------------------------------------------------------

mutation("of the engine as it ships, each mutant has its place in the source, and all copies of it change together", async () => {
  const wasm = readFileSync(WASM_FILE), options = { namesFrom: readFileSync("build/pagemirror.wat", "utf8"), sourceMap: readFileSync("build/pagemirror.wasm.map", "utf8") };
  assert.not.ok(wasm.includes("sourceMappingURL"), "the wasm ships without a trace of the map");
  const mutants = await listMutants(wasm, options), copies = await listMutants(wasm, { namesFrom: options.namesFrom, mutants: /^/ });
  assert.ok(mutants.length > 300 && mutants.length < copies.length / 2, `${mutants.length} of ${copies.length}`);
  for (const { site } of mutants) {
    const [, file, line] = /^(?:[a-z-]+ ?)+ at ([\w/]+\.ts):(\d+):\d+( \+ \d+)?$/.exec(site) ?? [];
    assert.ok(file !== undefined && readFileSync(`assembly/${file}`, "utf8").split("\n").length >= Number(line), site);
  }
  const changes = (pattern: RegExp): string[] => mutants.filter(({ site }) => pattern.test(site)).map(({ change }) => change);
  const lines = readFileSync("assembly/section.ts", "utf8").split("\n"), wakes = lines.flatMap((each, i) => /^[^/]*\bwake\(/.test(each) ? [i + 1] : []);
  assert.ok(wakes.length > 0);
  for (const line of wakes) assert.equal(changes(new RegExp(`^notify at section\\.ts:${line}:`)), ["dropped"]);

  const entries = ["arenaCreate", "threadRegister", "tableCreate", "tableLookup", "tableMap"];
  const subject = await instrument(wasm, { ...options, exports: entries, threads: 2, mutants: true });
  const many = subject.mutants.find(({ number, change }) => change === "made plain" && subject.sites.filter(({ place }) => place === number).length > 3)!;
  const others = switchOn(subject, many).sites.filter((site, i) => site !== subject.sites[i]);
  assert.ok(others.length > 3 && others.every(({ kind, place }) => kind.startsWith("plain ") && place === many.number));
});

// ---- programs that are right ---------------------------------------------------------------------------------------------------

/** Whoever survives, and why nobody could tell. */
interface Right { name: string; threads: number; mutants: number; survivors: { [named: string]: string } }
const OWNER = "only the holder of the lock writes the word, so nobody comes between the two steps";
const RIGHT: Right[] = [
  { name: "ticket-lock", threads: 3, mutants: 21, survivors: {
    "read-modify-write 2 in thread0: made a load and a store": OWNER,
    "read-modify-write 4 in thread0: made a load and a store": OWNER,
    "read-modify-write 2 in thread2: made a load and a store": OWNER,
  } },
  { name: "futex-mutex", threads: 3, mutants: 14, survivors: {
    "atomic load 1 in check: made plain": "it runs when all threads have ended",
    "check 3 in thread0: always true": "a wake-up that nobody waits for does no harm",
  } },
];
for (const { name, threads, mutants, survivors: expected } of RIGHT) {
  mutation(`${name}: every mutant is noticed, but for those with a reason`, async () => {
    const { total, killed, kills, survivors, killedBy } = await survivorsOf(name, threads);
    assert.is(total, mutants);
    assert.equal(survivors.map(text).sort(), Object.keys(expected).sort());
    assert.is(killed, total - survivors.length);
    assert.equal(killedBy, { [name]: killed });
    assert.ok(survivors.every(({ cut }) => cut.length === 0));
    for (const { mutant, kind } of kills) if (mutant.change === "made plain") assert.ok(kind === "race" || kind === "livelock", `${text(mutant)}: ${kind}`);
  });
}
mutation("a notify that is dropped leaves somebody asleep", async () => {
  const { kills } = await survivorsOf("futex-mutex", 2), dropped = kills.filter(({ mutant }) => mutant.site.startsWith("notify"));
  assert.equal(dropped.map(({ kind }) => kind), ["deadlock"]);
});

mutation("list-tagged, which checks little: whoever takes a node must own it", async () => {
  const { total, killed, kills, survivors } = await survivorsOf("list-tagged", 3), isKilled = new Set(kills.map(({ mutant }) => text(mutant)));
  assert.is(total, 53);
  assert.is(killed + survivors.length, total);
  for (const named of ["compare-and-swap 1 in thread0: made a store", "compare-and-swap 1 in thread1: made a store", "check 3 in thread0: always true",
    "atomic load 1 in thread0: made plain", "compare-and-swap 2 in thread1: dropped, answering that it succeeded", "atomic store 3 in thread1: dropped"])
    assert.ok(isKilled.has(named), named);
  const unnoticeable = survivors.filter(({ tried }) => tried.length === 0).map(text);
  assert.ok(unnoticeable.some((named) => named.startsWith("atomic store")), "TAKEN is written by none while the list is right");
  // A loop that goes round whatever the head says makes the tag go up for ever: there is no end of states, which is noticed.
  assert.equal(survivors.filter(({ cut }) => cut.length).map(text), []);
  assert.ok(isKilled.has("check 8 in thread1: always true"));
});

mutation("small workloads come first, and only those that could notice", async () => {
  const { subject, workload } = await stage("ticket-lock", 3), two: Workload = { ...ownWorkload("two", [...subject.entries.keys()], 2)!, name: "two" };
  const baselines = [workload, two].map((each) => baselineOf(each, subject)!), [large, small] = baselines;
  assert.is(baselineOf(workload, subject, large!.states - 1), undefined, "a large one is left out");
  assert.ok(subject.mutants.some((mutant) => attemptsFor(mutant, baselines).attempts.length === 2));
  for (const mutant of subject.mutants) {
    const { attempts } = attemptsFor(mutant, baselines);
    assert.ok(attempts.length < 2 || (attempts[0]!.name === "two" && attempts[0]!.states === small!.states), "small ones first");
    assert.equal(attemptsFor(mutant, baselines, 1).attempts, attempts.slice(0, 1));
  }
  const { killedBy, killed, kills } = tryAll(subject, [workload, two], baselines);
  assert.equal(Object.values(killedBy).reduce((a, b) => a + b), killed);
  assert.ok(killedBy["two"]! > killedBy["ticket-lock"]!);
  for (const { mutant, workload: name } of kills) if (mutant.function === "thread2") assert.is(name, "ticket-lock");
});

mutation("when the states for a mutant are used up, no other workload is begun", async () => {
  const { subject, workload } = await stage("ticket-lock", 3), two: Workload = { ...ownWorkload("two", [...subject.entries.keys()], 2)!, name: "two" };
  const baselines = [workload, two].map((each) => baselineOf(each, subject)!), both = tryAll(subject, [workload, two], baselines);
  const one = tryAll(subject, [workload, two], baselines, { states: 0 });
  assert.ok(both.survivors.some(({ tried }) => tried.length === 2));
  assert.ok(one.survivors.every(({ tried }) => tried.length <= 1));
});

mutation("a workload that fails without a mutant is refused", async () => {
  const { subject, workload } = await stage("ticket-lock-broken", 2);
  let message = "";
  try { baselineOf(workload, subject); } catch (error) { ({ message } = error as Error); }
  assert.match(message, /ticket-lock-broken fails without a mutant \(check: .*\): expected a workload that holds/);
});

mutation.run();
