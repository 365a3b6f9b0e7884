// The ways of exploring, checked against each other: all schedules, one of each partial order, and all states end in the same states.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { searchBounded } from "../src/explore/bounded.js";
import { searchDpor } from "../src/explore/dpor.js";
import { instrument, type Subject } from "../src/explore/instrument.js";
import { Machine } from "../src/explore/machine.js";
import type { Limits, Outcome } from "../src/explore/outcome.js";
import { searchRandom } from "../src/explore/random.js";
import { replay } from "../src/explore/replay.js";
import { searchStates } from "../src/explore/search.js";
import { ownWorkload, type Call, type Workload } from "../src/explore/workload.js";
import { compileFixture, stageFixture } from "./fixtures/explore/compile.js";
import { SEED, generator } from "./help/engine.js";

/** Explores, and answers the final states beside the outcome. */
function ends(machine: Machine, search: (limits: Limits) => Outcome): { outcome: Outcome; finals: Set<string> } {
  const finals = new Set<string>();
  const outcome = search({ onEnd: () => finals.add(`${machine.low}:${machine.high}`) });
  return { outcome, finals };
}
const sorted = (set: Set<string>): string[] => [...set].sort();

const agree = suite("the ways of exploring agree");

const SMALL: [name: string, threads: number, schedules: number | undefined][] = [
  ["shared-counter", 2, 10], ["shared-counter", 3, 210], ["futex-mutex", 2, undefined], ["futex-mutex", 3, undefined], ["list-untagged", 2, undefined],
  ["ticket-lock", 2, undefined],
];
for (const [name, threads, schedules] of SMALL) {
  agree(`${name} with ${threads} threads`, async () => {
    const { machine } = await stageFixture(name, threads);
    const states = ends(machine, (limits) => searchStates(machine, limits)), all = ends(machine, (limits) => searchBounded(machine, Infinity, limits));
    const orders = ends(machine, (limits) => searchDpor(machine, limits));
    for (const { outcome } of [states, all, orders]) assert.is(outcome.failure, undefined);
    assert.ok(states.outcome.complete && all.outcome.complete);
    if (schedules !== undefined) assert.is(all.outcome.ends, schedules, "the number of interleavings is a multinomial coefficient");
    assert.equal(sorted(states.finals), sorted(all.finals));
    assert.equal(sorted(orders.finals), sorted(all.finals));
    assert.ok(orders.outcome.ends <= all.outcome.ends);
  });
}

/** A program drawn by a seed: three threads of two calls, or two of three, on two words. */
function drawnWorkload(random: (n: number) => number): Workload {
  const [threads, length] = random(2) ? [3, 2] : [2, 3];
  const call = (): Call => {
    const word = random(2), value = random(3);
    return [
      { entry: "read", values: [word] }, { entry: "write", values: [word, value] }, { entry: "add", values: [word, value] }, { entry: "swap", values: [word, value, random(3)] },
      { entry: "copy", values: [word, 1 - word] }, { entry: "doze", values: [word, value] }, { entry: "rouse", values: [word] },
    ][random(7)]!;
  };
  const plan = Array.from({ length: threads }, () => Array.from({ length }, call));
  return { name: JSON.stringify(plan), threads, entries: [], begin: () => ({ threads: plan }) };
}
let words: Promise<Subject> | undefined;
const wordsSubject = (): Promise<Subject> => words ??= compileFixture("words").then(({ wasm }) => instrument(wasm, { subjectBytes: 65536, threads: 3 }));

agree(`200 programs drawn by a seed (${SEED})`, async () => {
  const subject = await wordsSubject(), random = generator(SEED);
  let different = 0;
  for (let i = 0; i < 200; i++) {
    const workload = drawnWorkload(random), machine = new Machine(subject, workload);
    const states = ends(machine, (limits) => searchStates(machine, limits)), all = ends(machine, (limits) => searchBounded(machine, Infinity, limits));
    const orders = ends(machine, (limits) => searchDpor(machine, limits));
    assert.ok(states.outcome.complete && all.outcome.complete && orders.outcome.complete, workload.name);
    assert.equal(sorted(states.finals), sorted(all.finals), workload.name);
    assert.equal(sorted(orders.finals), sorted(all.finals), workload.name);
    different += all.finals.size;
  }
  assert.ok(different > 600, `${different} final states`);
});

agree("a race that is declared, by names of exports where there are no others, is tried in both orders", async () => {
  for (const [name, ends] of [["declared-race", 2], ["declared-race-again", 3]] as const) await agreeOn(name, ends);
});
async function agreeOn(name: string, count: number): Promise<void> {
  const { wasm } = await compileFixture(name), subject = await instrument(wasm, { subjectBytes: 65536, threads: 2 });
  const stage = (races: Workload["races"] = []): Machine => new Machine(subject, { ...ownWorkload("a declared race", [...subject.entries.keys()], 2)!, races });
  assert.is(searchStates(stage()).failure?.kind, "race", "unless it is declared");
  const machine = stage([{ functions: ["thread0", "thread1"], reason: "which of them comes last is all the same" }]);
  const { outcome, finals } = ends(machine, (limits) => searchStates(machine, limits));
  assert.ok(outcome.complete && !outcome.failure, outcome.failure?.message);
  assert.is(finals.size, count);
  assert.equal(sorted(finals), sorted(ends(machine, (limits) => searchBounded(machine, Infinity, limits)).finals));
  assert.equal(sorted(finals), sorted(ends(machine, (limits) => searchStates(machine, limits, true)).finals));
  assert.throws(() => searchDpor(machine), /a declared race has declared races inside of steps/);
}

agree("a bound on preemptions lets through what it should", async () => {
  const { machine } = await stageFixture("shared-counter", 3);
  const counts = [0, 1, 2, 3, 9].map((bound) => searchBounded(machine, bound).ends);
  assert.is(counts[0], 6, "without preemption: the orders of three threads");
  assert.is(counts.at(-1), 210);
  for (let i = 1; i < counts.length; i++) assert.ok(counts[i]! > counts[i - 1]!);
});

agree("schedules drawn by a seed are schedules, and the same seed draws the same", async () => {
  const { machine } = await stageFixture("list-tagged", 3);
  const all = ends(machine, (limits) => searchStates(machine, limits)).finals;
  for (const depth of [undefined, 3]) {
    const draw = (): Set<string> => ends(machine, (limits) => searchRandom(machine, { seed: SEED, runs: 500, ...depth && { depth } }, limits)).finals;
    const first = draw();
    assert.ok([...first].every((final) => all.has(final)));
    assert.equal([...draw()], [...first]);
  }
});

agree("a step back leaves nothing behind", async () => {
  const { machine } = await stageFixture("list-tagged", 3), random = generator(SEED);
  const before = machine.bytes.words.slice(0, 65536 / 4), { low, high } = machine;
  for (let run = 0; run < 200; run++) {
    const trace: number[] = [], keys: string[] = [];
    while (machine.runnable()) {
      const runnable = [0, 1, 2].filter((thread) => machine.runnable() >>> thread & 1);
      trace.push(runnable[random(runnable.length)]!);
      machine.step(trace.at(-1)!);
      keys.push(`${machine.low}:${machine.high}`);
    }
    while (machine.depth) machine.back();
    assert.equal([machine.low, machine.high], [low, high]);
    assert.equal(machine.bytes.words.slice(0, 65536 / 4), before);
    assert.is(keys.at(-1), (({ low: a, high: b }) => `${a}:${b}`)(replay(machine, trace)), "and the same steps lead to the same state");
  }
});

agree.run();
