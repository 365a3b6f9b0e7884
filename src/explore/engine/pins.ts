// Workloads of pins: what a thread reads and changes under one beside every verb of a table (P1, R1, R2, W3, W4); directories that are
// given back and are the only frames left; a holder that dies; and what one thread is answered, step by step.
import { Arena, HeldBack, Slot } from "../../../assembly/layout/arena.js";
import { Status } from "../../../assembly/layout/status.js";
import { FORMATS } from "../../formats.js";
import type { End, Plan, Workload } from "../workload.js";
import { describe, hasOrder, timeline } from "./history.js";
import {
  BURY, CHANGE, CHANGE_LARGE, CREATE, DESTROY, MERGE, MISTAKE, PIN_SETUP, PinStage, READ, REGISTER, REMOVE, RETURN, ROOT, TAKE, UNREGISTER, drop, scan,
  scanned, verb, type Deed,
} from "./pin-deeds.js";
import { assemble, pack, statusOf } from "./program.js";
import { ARENA, DEEP, LARGE, SHALLOW, SHIPPED, SKIPPING, SUBJECT_BYTES } from "./stage.js";
import { TROUBLED } from "./table-pairs.js";
import { BURIAL_ENTRIES, TABLE_VERBS, burialSteps, entryIn, entryWith, pageModel, type Spot } from "./table-verbs.js";

interface PinCase {
  name: string;
  threads: [deed: Deed, page: number][][];
  mapped?: number[];
  format?: number; pageLg2?: number; systemFrames?: number; firstFrame?: number;
  /** Threads that hold a pin when they begin. */
  holders?: number[];
  /** The last slot has no thread: it held a pin, and died. */
  ghost?: true;
  deaths?: 1;
  beyond?: Workload["beyond"];
  /** What each operation answers, where there is one order only; as status and value. */
  answers?: number[];
}

function pinWorkload(given: PinCase): Workload {
  const { name, threads, mapped = [3], format = DEEP, pageLg2 = 6, systemFrames = 12, firstFrame = 1, holders = [], ghost, deaths, beyond, answers } = given;
  const entries = new Set([...threads.flat().flatMap(([deed]) => deed.entries), ...deaths ? BURIAL_ENTRIES : []]);
  return {
    name: `${name}, pins`, threads: threads.length, ...deaths && { deaths }, subjectBytes: SUBJECT_BYTES, ...beyond && { beyond },
    entries: [...entries], setup: PIN_SETUP,
    begin: (run, arena) => {
      const stage = new PinStage(run, arena, threads.length + (deaths ?? 0) + (ghost ? 1 : 0), { systemFrames, pageLg2, format, mapped, firstFrame });
      const { slots, table, before } = stage;
      for (const thread of holders) stage.number("pinTake", slots[thread]!);
      if (ghost) stage.number("pinTake", slots.at(-1)!);
      const spots = threads.map((deeds, thread) => deeds.map(([, page], i): Spot => ({ me: slots[thread]!, table, page, frame: 5 + 4 * thread + 2 * i })));
      const programs = threads.map((deeds, thread) => deeds.map(([deed], i) => deed.steps(spots[thread]![i]!, stage)));
      const starts = programs.map((operations) => operations.reduce<number[]>((sums, steps) => [...sums, sums.at(-1)! + steps.length], [0]));
      const told = (thread: number, i: number, answer: number): ReturnType<Deed["told"]> => threads[thread]![i]![0].told(answer, spots[thread]![i]!, stage);

      const checkHistory = ({ completed, dead, view }: End): string | undefined => {
        const ours = completed.filter(({ thread }) => thread < threads.length), results = ours.map(({ result }) => result);
        if (answers && results.join() !== answers.join()) return `answers ${results.map(show).join(", ")}: expected ${answers.map(show).join(", ")}`;
        const refused = ours.find(({ result, entry }) => entry.startsWith("tableMap") && result === REFUSED);
        if (refused) return `${refused.entry} is refused memory that nobody holds back`;
        const operations = timeline(ours, dead.filter((thread) => thread < threads.length), ({ thread, call: at, result }) =>
          told(thread, starts[thread]!.findLastIndex((start) => start <= at), result),
        (thread, done) => done < threads[thread]!.length ? told(thread, done, pack(Status.OK)).map(({ operation }) => operation) : []);
        for (const page of new Set(operations.map(({ operation }) => operation.page))) {
          const here = operations.filter(({ operation }) => operation.page === page), from = before.get(page) ?? 0;
          run("tableLookup", slots[0]!, table, page);
          const to = entryIn(view, slots[0]!);
          if (!hasOrder(here, pageModel, from, to)) return `page ${page} was ${from} and is ${to}: no order explains ${describe(here, ({ verb: each }) => each)}`;
        }
        return undefined;
      };
      const plan: Plan = {
        threads: programs.map((operations, thread) => assemble(operations, slots[thread]!)),
        checkHistory: (end) => stage.audit(end.view) ?? stage.unburied(end.view, end.dead) ?? checkHistory(end),
        nameAddress: (at) => stage.nameOf(at, arena),
      };
      if (holders.length) plan.checkStep = (view) => holders.some((thread) => view.u32(slots[thread]! + Slot.PINNED)) ? stage.usedAgain(view) : undefined;
      if (deaths) {
        plan.recover = (dead, by) => assemble([burialSteps(slots[by]!, dead)], slots[by]!);
        plan.privateOf = (thread) => stage.privateOf(thread);
      }
      return plan;
    },
  };
}
/** The address of the first slot: what its thread is answered when it registers again. */
const FIRST_SLOT = ARENA + Arena.SLOTS_AT;
const REFUSED = pack(Status.NOMEM, HeldBack.NOTHING), HELD_BY_PIN = pack(Status.NOMEM, HeldBack.PIN);
const show = (answer: number): string => `${statusOf(answer)}.${Math.floor(answer / 32)}`;


const E = (page: number): number => pack(Status.OK, entryWith(page)), NEVER = pack(Status.AGAIN);
/** What one thread is answered: deeds, pages, answers. */
const script = (name: string, deeds: [deed: Deed, page: number, answer: number][], rest: Partial<PinCase> = {}): PinCase =>
  ({ name, threads: [deeds.map(([deed, page]) => [deed, page])], answers: deeds.map(([, , answer]) => answer), systemFrames: 4, ...rest });
const WRITABLE = entryWith(0), UNMAP = verb("unmap"), MAP = verb("map");

const SCRIPTS: PinCase[] = [
  script("memory that the thread itself holds back", [[TAKE, 0, 0], [UNMAP, 3, E(1)], [MAP, 19, HELD_BY_PIN], [drop(), 0, 0], [MAP, 19, 0]]),
  script("two pins, the younger goes first", [[TAKE, 0, 0], [TAKE, 0, 1], [UNMAP, 3, E(1)], [drop(1), 0, 0], [MAP, 19, HELD_BY_PIN], [drop(0), 0, 0], [MAP, 19, 0]]),
  script("two pins, the older goes first", [[TAKE, 0, 0], [TAKE, 0, 1], [UNMAP, 3, E(1)], [drop(0), 0, 0], [MAP, 19, HELD_BY_PIN], [drop(1), 0, 0], [MAP, 19, 0]]),
  script("what was given back before the younger pin", [[TAKE, 0, 0], [UNMAP, 3, E(1)], [MAP, 19, HELD_BY_PIN], [TAKE, 0, 1], [drop(0), 0, 0], [MAP, 19, 0], [drop(1), 0, 0]]),
  script("what was given back between two pins", [[TAKE, 0, 0], [UNMAP, 3, E(1)], [MAP, 19, HELD_BY_PIN], [TAKE, 0, 1], [MAP, 19, HELD_BY_PIN], [drop(0), 0, 0], [MAP, 19, 0]]),
  script("a pin too many", [...Array.from({ length: Slot.PINS_MAX }, (_, i): [Deed, number, number] => [TAKE, 0, i]), [TAKE, 0, -Status.AGAIN], [drop(3), 0, 0], [TAKE, 0, 3]]),
  script("a pin is dropped that is not held", [[TAKE, 0, 0], [drop(1), 0, Status.STALE], [drop(), 0, 0], [drop(), 0, Status.STALE], [drop(Slot.PINS_MAX), 0, Status.STALE]]),
  script("a thread leaves with a pin", [[TAKE, 0, 0], [UNREGISTER, 0, Status.BUSY], [drop(), 0, 0], [UNREGISTER, 0, 0], [REGISTER, 0, FIRST_SLOT], [TAKE, 0, 0], [drop(), 0, 0]]),
  script("the table goes", [[TAKE, 0, 0], [ROOT, 0, 0], [DESTROY, 3, 0], [ROOT, 0, Status.STALE], [READ, 3, 0], [drop(), 0, 0]]),
  script("a dead thread's pin", [[UNMAP, 3, E(1)], [MAP, 19, HELD_BY_PIN], [BURY, 0, 1], [MAP, 19, 0]], { ghost: true }),
  script("older and younger pin", [[UNMAP, 3, E(1)], [MAP, 19, HELD_BY_PIN], [TAKE, 0, 0], [MAP, 19, HELD_BY_PIN], [BURY, 0, 1], [MAP, 19, 0], [drop(), 0, 0]], { ghost: true }),
  script("a directory is no entry", [[TAKE, 0, 0], [MISTAKE, 3, NEVER], [READ, 3, E(1)], [drop(), 0, 0]]),
  script("a large leaf is an entry", [[TAKE, 0, 0], [MERGE, 0, 0], [CHANGE_LARGE, 0, 0], [verb("lookup"), 1, E(7)], [drop(), 0, 0]],
    { format: LARGE, mapped: [0, 1], firstFrame: 4, systemFrames: 8 }),
  script("directories that begin at page 16", [ // its leaf has two of its four pages
    [TAKE, 0, 0], [scan(0, 0, 64, 4), 0, scanned(Status.OK, 2, 20, WRITABLE)], [scan(0, 0, 18, 4), 0, scanned(Status.OK, 1, 18, WRITABLE)],
    [scan(0, 0, 64, 1), 0, scanned(Status.MORE, 1, 18, WRITABLE)], [scan(0, 18, 64, 1), 0, scanned(Status.OK, 1, 20, WRITABLE)],
    [scan(0, 40, 64, 4), 0, scanned(Status.OK, 0, 40)], [scan(1, 0, 64, 4), 0, scanned(Status.OK, 1, 32)], [scan(1, 0, 64, 1), 0, scanned(Status.MORE, 1, 20)],
    [scan(1, 41, 63, 4), 0, scanned(Status.OK, 0, 41)], [scan(2, 0, 17, 4), 0, scanned(Status.OK, 1, 32)], [drop(), 0, 0],
  ], { mapped: [17, 19], systemFrames: 6 }),
  script("a pointer that leaves a level out, and pages beside it", [
    [TAKE, 0, 0], [scan(1, 0, 64, 4), 0, scanned(Status.OK, 2, 64)], [scan(1, 3, 64, 4), 0, scanned(Status.OK, 2, 64)], [scan(1, 4, 64, 4), 0, scanned(Status.OK, 1, 64)],
    [scan(0, 0, 64, 4), 0, scanned(Status.OK, 1, 4, WRITABLE)], [READ, 1, E(1)], [drop(), 0, 0],
  ], { format: SKIPPING, mapped: [1, 17], systemFrames: 6 }),
  ...Object.entries({ "three levels": { format: DEEP }, "two levels": { format: SHALLOW },
    ...Object.fromEntries(SHIPPED.map((name) => [name, { format: FORMATS[name], pageLg2: 12, systemFrames: 8 }])) }).flatMap(([format, shape]) => [
    script(`change, ${format}`, [[TAKE, 0, 0], [READ, 3, E(1)], [CHANGE, 3, 0], [READ, 3, E(9)], [CHANGE, 3, NEVER], [drop(), 0, 0]], shape),
    script(`remove, ${format}`, [[TAKE, 0, 0], [REMOVE, 3, 0], [READ, 3, 0], [REMOVE, 3, NEVER], [drop(), 0, 0]], shape),
  ]),
];

const PLACES = [{ where: "same page", pages: [3, 3] }, { where: "same leaf", pages: [0, 2] }, { where: "neighbouring leaves", pages: [0, 4] }] as const;
const HELD = [READ, CHANGE, REMOVE];
/** What a holder does beside each verb. */
const PAIRS: PinCase[] = HELD.flatMap((deed) => TABLE_VERBS.flatMap((row) => PLACES.map(({ where, pages: [mine, theirs] }): PinCase => ({
  name: `${deed.name} beside ${row.name}, ${where}`, holders: [0], threads: [[[deed, mine], [drop(), 0]], [[verb(row.name), theirs]]],
  mapped: [...new Set([mine, ...row.wantsMapped ? Array.from({ length: row.pages }, (_, i) => theirs + i) : []])],
}))));
const HOLDERS: PinCase[] = HELD.flatMap((a, i) => HELD.slice(i).map((b): PinCase => ({
  name: `${a.name} beside ${b.name}, two holders`, holders: [0, 1], threads: [a, b].map((deed) => [[deed, 3], [drop(), 0]]),
})));

/** Directories are given back, and there are no or few others. */
const AGAIN: [Deed, number][] = [[UNMAP, 3], [MAP, 19]];
const USED_AGAIN: PinCase[] = [
  ...[4, 6].flatMap((systemFrames): PinCase[] => [
    { name: `read beside unmap, then map elsewhere, ${systemFrames} frames`, systemFrames, holders: [0], threads: [[[READ, 3], [READ, 19], [drop(), 0]], AGAIN] },
    { name: `take, read, drop beside unmap, then map elsewhere, ${systemFrames} frames`, systemFrames, threads: [[[TAKE, 0], [READ, 3], [drop(), 0]], AGAIN] },
  ]),
  ...[CHANGE, REMOVE].flatMap((deed) => [RETURN, MAP].map((map): PinCase => (
    { name: `${deed.name} beside unmap, then ${map.name}`, holders: [0], threads: [[[deed, 3], [drop(), 0]], [[UNMAP, 3], [map, 3]]] }))),
  { name: "two pins, one is left, beside unmap, then map elsewhere", systemFrames: 4, threads: [[[TAKE, 0], [TAKE, 0], [drop(0), 0], [READ, 3], [drop(1), 0]], AGAIN] },
  { name: "an older pin and a younger beside unmap, then map elsewhere", systemFrames: 4, holders: [0],
    threads: [[[READ, 3], [drop(), 0]], [[UNMAP, 3], [MAP, 19], [TAKE, 0], [MAP, 19], [drop(), 0]]] },
  { name: "read beside destroy, then create", systemFrames: 4, holders: [0], threads: [[[READ, 3], [drop(), 0]], [[DESTROY, 3], [CREATE, 0]]] },
  { name: "read beside two that empty and fill", systemFrames: 6, holders: [0], threads: [[[READ, 3], [drop(), 0]], [[UNMAP, 3]], [[MAP, 19]]], beyond: TROUBLED },
];
/** Under a pin, in a directory that gives way to a large leaf. */
const MERGED: PinCase[] = [[READ, 0], [CHANGE, 0], [CHANGE, 1], [REMOVE, 0]].flatMap(([deed, page]) => [undefined, 1 as const].map((deaths): PinCase => ({
  name: `${(deed as Deed).name} ${page} beside merge${deaths ? ", death" : ""}`, format: LARGE, mapped: [0, 1], firstFrame: 4, holders: [0],
  threads: [[[deed as Deed, page as number], [drop(), 0]], [[MERGE, 0]]], ...deaths && { deaths, beyond: TROUBLED },
})));
const DEATHS: PinCase[] = [
  { name: "take, read, drop beside unmap, then map elsewhere, death", systemFrames: 6, threads: [[[TAKE, 0], [READ, 3], [drop(), 0]], AGAIN], deaths: 1, beyond: TROUBLED },
  ...HELD.map((deed): PinCase => ({ name: `take, ${deed.name}, drop, death`, threads: [[[TAKE, 0], [deed, 3], [drop(), 0]]], deaths: 1, beyond: TROUBLED })),
  ...[MAP, UNMAP].map((each): PinCase => ({
    name: `remove beside ${each.name}, same leaf, death`, holders: [0], mapped: [0, ...each === UNMAP ? [1] : []], threads: [[[REMOVE, 0], [drop(), 0]], [[each, 1]]],
    deaths: 1, beyond: TROUBLED })),
  { name: "a dead thread's pin, buried by two", systemFrames: 6, ghost: true, threads: [[[BURY, 0]], [[BURY, 0]]] },
  { name: "a dead thread's pin, buried beside unmap, then map elsewhere", systemFrames: 4, ghost: true, threads: [[[BURY, 0]], AGAIN] },
];

export const PIN_WORKLOADS: Workload[] = [...SCRIPTS, ...PAIRS, ...HOLDERS, ...USED_AGAIN, ...MERGED, ...DEATHS].map(pinWorkload);
