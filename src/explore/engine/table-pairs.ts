// Table verbs against each other: every pair, on the same page, in the same leaf, in neighbouring leaves; and chosen triples. What the
// threads answer is compared with the model of a page, and what they leave with the audit.
import { Entry } from "../../../assembly/layout/entry.js";
import { Status } from "../../../assembly/layout/status.js";
import type { Call, End, Plan, View, Workload } from "../workload.js";
import { describe, hasOrder, timeline } from "./history.js";
import { assemble, pack, statusOf, type Step } from "./program.js";
import { DEEP, LARGE, LARGE_GROWING, LARGE_INDEX_BITS, SETUP, SUBJECT_BYTES, Stage, noMoreFrames } from "./stage.js";
import {
  BURIAL_ENTRIES, TABLE_VERBS, burialSteps, entryIn, entryWith, flagsAt, largePageModel, leafLg2, lessNoted, pageModel, sizeOf, type Spot, type TableVerb, type Told,
} from "./table-verbs.js";

/** What may happen beside the calls: nothing, a thread dies and is buried, a thread gets no more frames, a thread stops and nobody buries it. */
export type Trouble = "none" | "death" | "no frames" | "stop";

export interface TableCall { verb: TableVerb; page: number; beside?: boolean }
export interface TableCase {
  name: string;
  format: number;
  pageLg2: number;
  systemFrames: number;
  /** What each thread calls, in turn: a verb and its page; of the table beside it, where it says so, whose pages are others. */
  threads: TableCall[][];
  /** Pages that are mapped at first. */
  mapped: number[];
  /** They are one large leaf; leaves that follow each other; those, fused, or by two at most; or large leaves that are fused. */
  mappedAs?: keyof typeof MAPPED_SIZES;
  /** What is called after that, before the threads start. */
  before?: TableCall[];
  trouble: Trouble;
  /** With trouble "death": how many die, and how many bury one at once; default 1. */
  deaths?: number;
  buriers?: number;
  beyond?: Workload["beyond"];
  /**
   * What is wrong with what was answered, and with the sizes of the leaves in the end (log2 of their pages, or of their run's; -1: none), where that is
   * certain. `statuses`: of each thread.
   */
  verdict?(statuses: number[][], sizeAt: (page: number) => number): string | undefined;
  /** Whose leaves may be fused: so many index bits of a directory, so many leaves, of which the longest run that there may be has most. */
  runs?: { indexBits: number; fused: readonly number[] };
  /** What is wrong with the table in the end, or after each step, whatever the threads did. `me`: a slot that is at rest. */
  holds?(view: View, me: number, table: number): string | undefined;
  isHeldEachStep?: true;
  /** The format of the table beside; default the same. */
  beside?: number;
  /** Each thread finds free frames of its own, so many, where it looks first: they do not meet on owner words. */
  apart?: number;
  /** Frames are so few that ENOMEM may be answered. */
  isScarce?: boolean;
}

/** Of one thread alone that dies: it is buried; its burier dies as well; two bury it at once. */
export const FUNERALS: { name: string; deaths?: number; buriers?: number }[] = [
  { name: "death" }, { name: "its burier dies, death", deaths: 2 }, { name: "two bury, death", buriers: 2 },
];
/** What is done where there are too many states: with deaths and refused frames, and with three threads. */
export const TROUBLED = { states: 150_000, runs: 300 }, THREE = { states: 1_500_000, runs: 1200 };

/** A burial with tables alone, as calls. */
export const burial = (me: number, dead: number): Call[] => assemble([burialSteps(me, dead)], me);

export function tableWorkload(given: TableCase): Workload {
  const { name, threads, trouble, buriers = 1 } = given, deaths = trouble === "death" ? given.deaths ?? 1 : trouble === "stop" ? 1 : 0, isBuried = trouble === "death";
  const entries = new Set(isBuried ? BURIAL_ENTRIES : []);
  const anywhere: Spot = { me: 0, table: 0, page: 0, frame: 0 }, isLarge = [LARGE, LARGE_GROWING].includes(given.format) || given.holds !== undefined;
  for (const { verb } of threads.flat()) for (const { entry } of stepsOf(verb, anywhere)) entries.add(entry);
  const earlier = given.before?.flatMap(({ verb }) => stepsOf(verb, anywhere).map(({ entry }) => entry)) ?? [];
  return {
    name, threads: threads.length, deaths, buriers, subjectBytes: SUBJECT_BYTES, entries: [...entries],
    setup: [...SETUP, "tableCreate", "tableMap", "tableLookup", ...given.mappedAs ? ["tableMapRange"] : [], ...earlier], ...given.beyond && { beyond: given.beyond },
    begin: (run, arena) => {
      const stage = new Stage(run, arena, { slots: threads.length + deaths + buriers - 1, systemFrames: given.systemFrames + 1, pageLg2: given.pageLg2 });
      const { slots } = stage, first = slots[0]!;
      const beside = stage.number("tableCreate", first, given.beside ?? given.format); // so that the other one's number is not 0
      const table = stage.number("tableCreate", first, given.format);
      const begins = given.mapped.length > FIRST_OF_RUN ? 2 * FIRST_OF_RUN : FIRST_OF_RUN;
      const before = new Map(given.mapped.map((page, i) => [page, entryWith(given.mappedAs ? begins + i : i + 1)]));
      if (given.mappedAs) {
        const size = MAPPED_SIZES[given.mappedAs](given.runs?.indexBits ?? LARGE_INDEX_BITS);
        stage.succeed("tableMapRange", first, table, given.mapped[0]!, given.mapped.at(-1)! + 1, begins, entryWith(0) | size << Entry.SIZE, 0);
      } else given.mapped.forEach((page, i) => { stage.succeed("tableMap", first, table, page, i + 1, entryWith(0), 0); });
      if (given.before) stage.perform(assemble(given.before.map(({ verb, page }) => stepsOf(verb, { me: first, table, page, frame: 0 })), first));
      const { apart = 0 } = given;
      if (apart) threads.forEach((_, i) => { stage.hint(arena, i, Array.from({ length: apart }, (_, n) => given.systemFrames - i * apart - n)); });
      const spots = threads.map((calls, thread) => calls.map((call, i): Spot => (
        { me: slots[thread]!, table: call.beside ? beside : table, page: call.page, frame: 5 + 4 * thread + 2 * i,
          stood: (before.get(call.page) ?? 0) >> Entry.FLAGS_BITS, ...given.runs && { indexBits: given.runs.indexBits } })));
      const besides = new Set(threads.flat().flatMap((call) => call.beside ? pagesOf(call.verb, call.page) : []));
      threads.forEach((calls, thread) => { calls.forEach(({ verb }, i) => { verb.prepare?.(spots[thread]![i]!, arena, stage); }); });

      const programs = threads.map((calls, thread) => programOf(calls.map(({ verb }) => verb), spots[thread]!));
      const decode = (thread: number, operation: number, answer: number): Told[] => threads[thread]![operation]!.verb.operations(answer, spots[thread]![operation]!);
      const entryOf = (page: number, view: View): number => {
        const flags = flagsAt(run, view, first, besides.has(page) ? beside : table, page), entry = entryIn(view, first);
        return entry && given.runs ? entry | notedWith(page, flags, view) : entry;
      };
      /** What is noted in any leaf of the run that a page is in, if one of them is fused still: it concerns them all. */
      const notedWith = (page: number, flags: number, view: View): number => {
        const { indexBits, fused } = given.runs!, leaf = 2 ** leafLg2(flags, indexBits);
        const said = fused.flatMap((leaves) => {
          const pages = leaf * leaves, all = Array.from({ length: leaves }, (_, i) => flagsAt(run, view, first, table, page - page % pages + i * leaf));
          return all.some((each) => 2 ** sizeOf(each) === pages) ? all : [];
        });
        return said.reduce((noted, each) => noted | each & NOTED, 0);
      };
      const checkHistory = ({ completed, dead, view }: End): string | undefined => {
        const operations = timeline(
          completed.filter(({ thread }) => thread < threads.length), dead.filter((thread) => thread < threads.length),
          ({ thread, call, result }) => decode(thread, programs[thread]!.operationOf[call]!, result),
          (thread, done) => done === threads[thread]!.length ? [] : decode(thread, done, NEVER_ENDED).map(({ operation }) => operation),
        );
        const isRefused = completed.some(({ thread, result }) => thread < threads.length && statusOf(result) === Status.NOMEM);
        if (trouble !== "no frames" && !given.isScarce && isRefused) return "a verb answers NOMEM, and frames are free";
        const odd = completed.find(({ thread, entry, result }) => thread < threads.length && entry.startsWith("table") && [Status.MORE, Status.FULL].includes(statusOf(result)));
        if (odd) return `${odd.entry} answers ${Status[statusOf(odd.result)]!}, of which its caller knows nothing`;
        const statuses = threads.map((_, thread) => completed.filter((call) => call.thread === thread).map(({ result }) => statusOf(result)));
        const sizeAt = (page: number): number => { const flags = flagsAt(run, view, first, table, page); return flags ? sizeOf(flags) : -1; };
        const wrong = given.verdict?.(statuses, sizeAt) ?? given.holds?.(view, first, table);
        if (wrong) return wrong;
        for (const page of new Set(operations.map(({ operation }) => operation.page))) {
          const here = operations.filter(({ operation }) => operation.page === page), from = before.get(page) ?? 0, to = entryOf(page, view);
          const isExplained = isLarge ? lessNoted(to).some((less) => hasOrder(here, largePageModel, from, less)) : hasOrder(here, pageModel, from, to);
          if (!isExplained) return `page ${page} was ${from} and is ${to}: no order explains ${describe(here, ({ verb }) => verb)}`;
        }
        return undefined;
      };
      const plan: Plan = {
        threads: programs.map(({ calls }) => calls),
        // A thread that stopped inside a verb keeps what it has in hand.
        checkHistory: (end) => (trouble === "stop" && end.dead.length ? undefined : stage.audit(end.view) ?? stage.unburied(end.view, end.dead)) ?? checkHistory(end),
        nameAddress: (at) => stage.nameOf(at, arena),
      };
      if (given.isHeldEachStep) plan.checkStep = (view) => given.holds?.(view, first, table);
      if (isBuried) plan.recover = (dead, by) => burial(slots[by]!, dead);
      if (deaths) {
        plan.privateOf = (thread) => stage.privateOf(thread);
      }
      if (trouble === "no frames")
        plan.events = threads.flatMap((calls, thread) => calls.some(({ verb }) => verb.takes)
          ? [noMoreFrames(slots, thread)] : []);
      return plan;
    },
  };
}
/** The frame of the first page where so many, or fewer, are mapped at once: a multiple of what a large leaf maps. Of more: twice as far. */
const FIRST_OF_RUN = 4;
/** The size of the leaves by which they are, or of the longest runs of them, where a directory has so many index bits. */
const MAPPED_SIZES = {
  run: () => 0, large: (bits: number) => bits, "fused by two": () => 1, fused: (bits: number) => bits - 1, "fused large": (bits: number) => 2 * bits - 1,
} as const;

const NOTED = 1 << Entry.ACCESSED | 1 << Entry.DIRTY;

const stepsOf = (verb: TableVerb, spot: Spot): Step[] => verb.steps?.(spot) ?? [{ values: [], ...verb.call(spot) }];
/** What a thread calls; and which operation each call belongs to. */
function programOf(verbs: TableVerb[], spots: Spot[]): { calls: Call[]; operationOf: number[] } {
  if (!verbs.some(({ steps }) => steps)) return { calls: verbs.map((verb, i) => verb.call(spots[i]!)), operationOf: verbs.map((_, i) => i) };
  const operations = verbs.map((verb, i) => stepsOf(verb, spots[i]!));
  return { calls: assemble(operations, spots[0]!.me), operationOf: operations.flatMap((steps, i) => steps.map(() => i)) };
}

/** An answer that says nothing: decoded only to learn which pages a call is about. */
const NEVER_ENDED = pack(Status.OK, 2);

/** Where two verbs meet: the pages of each, and whether those of the second are the first's. */
const PLACES = [
  { where: "same page", pages: [3, 3] }, // a range goes on into the next leaf
  { where: "same leaf", pages: [0, 2] },
  { where: "neighbouring leaves", pages: [0, 4] },
] as const;

const pagesOf = (verb: TableVerb, page: number): number[] => Array.from({ length: verb.pages }, (_, i) => page + i);

function pair(a: TableVerb, b: TableVerb, trouble: Trouble): TableCase[] {
  return PLACES.flatMap(({ where, pages }) => {
    const at = [a, b].map((verb, i) => pagesOf(verb, pages[i]!));
    const beyond = trouble === "none" ? {} : { beyond: TROUBLED }, threads = [a, b].map((verb, i) => [{ verb, page: pages[i]! }]);
    const common = { format: DEEP, pageLg2: 6, systemFrames: 16, trouble, threads, ...beyond };
    const name = (state: string): string => `${a.name} | ${b.name}, ${where}${state}${trouble === "none" ? "" : `, ${trouble}`}`;
    if (where !== "same page") return [{ ...common, name: name(""), mapped: [a, b].flatMap((verb, i) => verb.wantsMapped ? at[i]! : []) }];
    return [
      { ...common, name: name(", mapped"), mapped: [...new Set(at.flat())] },
      ...a.wantsMapped && b.wantsMapped ? [] : [{ ...common, name: name(", empty"), mapped: [] }],
    ];
  });
}

export function tablePairs(trouble: Trouble): TableCase[] {
  return TABLE_VERBS.flatMap((a, i) => TABLE_VERBS.slice(i).flatMap((b) => trouble === "no frames" && !a.takes && !b.takes ? [] : pair(a, b, trouble)));
}
