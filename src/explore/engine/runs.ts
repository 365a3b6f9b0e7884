// Directories that are runs of frames: frames of 16 bytes, so that a directory of four items takes two, or of 8 bytes, so that it takes four.
import { Descriptor, Owner, OwnerKind, Slot, Staging } from "../../../assembly/layout/arena.js";
import { EntryKind } from "../../../assembly/layout/entry.js";
import { Status } from "../../../assembly/layout/status.js";
import type { Call, View, Workload } from "../workload.js";
import { CUT, MAP_LARGE, MERGE, cutting } from "./large.js";
import { DEEP, LARGE, SETUP, SHALLOW, SINGLE, SUBJECT_BYTES, Stage } from "./stage.js";
import { threadsOf, type Calls } from "./table-calls.js";
import { FUNERALS, THREE, TROUBLED, burial, tableWorkload, type TableCall, type TableCase, type Trouble } from "./table-pairs.js";
import { BURIAL_ENTRIES, setFloat, tableVerb } from "./table-verbs.js";

const TWO_FRAMES = 4, FOUR_FRAMES = 3;

function run(name: string, mapped: number[], threads: Calls[], rest: Partial<TableCase> = {}): TableCase {
  return { name, format: SHALLOW, pageLg2: TWO_FRAMES, systemFrames: 20, trouble: "none", mapped, threads: threadsOf(threads), ...rest };
}

const PAIRS: { calls: Calls; mapped: number[] }[] = [
  { calls: [["map", 0], ["unmap", 0]], mapped: [0] }, { calls: [["map", 1], ["unmap", 0]], mapped: [0] }, { calls: [["map", 4], ["unmap", 0]], mapped: [0] },
  { calls: [["unmap", 0], ["unmap", 0]], mapped: [0] }, { calls: [["unmap", 0], ["unmap", 1]], mapped: [0, 1] }, { calls: [["unmap", 0], ["unmap", 4]], mapped: [0, 4] },
  { calls: [["map", 0], ["map", 0]], mapped: [] }, { calls: [["map", 0], ["map", 1]], mapped: [] }, { calls: [["map", 0], ["map", 4]], mapped: [] },
];
const TROUBLES: Trouble[] = ["none", "death", "no frames", "stop"];
const pairs = TROUBLES.flatMap((trouble) => PAIRS.flatMap(({ calls, mapped }) => [2, 4].flatMap((frames) => {
  if (trouble === "no frames" && calls.every(([verb]) => verb === "unmap")) return [];
  const name = `${calls.map(([verb, page]) => `${verb} ${page}`).join(" | ")}, runs of ${frames} frames${trouble === "none" ? "" : `, ${trouble}`}`;
  const rest = { trouble, ...frames === 4 && { pageLg2: FOUR_FRAMES, systemFrames: 31 }, ...trouble !== "none" && { beyond: TROUBLED } };
  return [run(name, mapped, calls.map((call) => [call]), rest)];
})));

const ALONE: { verb: string; mapped: number[] }[] = [
  { verb: "map", mapped: [] }, { verb: "unmap", mapped: [3] }, { verb: "map range", mapped: [] }, { verb: "unmap range", mapped: [3, 4] },
];
const alone = FUNERALS.filter(({ buriers }) => !buriers).flatMap(({ name, ...funeral }) => ALONE.flatMap(({ verb, mapped }) => [2, 4].map((frames) =>
  run(`${verb} alone, runs of ${frames} frames, ${name}`, mapped, [[[verb, 3]]],
    { trouble: "death", beyond: TROUBLED, systemFrames: 9, ...frames === 4 && { pageLg2: FOUR_FRAMES, systemFrames: 19 }, ...funeral }))));

/** A run is taken, given back, retired and taken again, as a whole or frame by frame, while others are at it. */
const FEW: Partial<TableCase> = { systemFrames: 7, isScarce: true }, WITH_SINGLES: Partial<TableCase> = { systemFrames: 5, beside: SINGLE, isScarce: true };
const AGAIN: TableCase[] = [
  run("a leaf is used again under a lookup, runs", [0], [[["lookup", 0]], [["unmap", 0], ["map", 9]]], FEW),
  run("a leaf is used again, frame by frame, under a lookup, runs", [0], [[["lookup", 0]], [["unmap", 0], ["map", 2, "beside"], ["unmap", 2, "beside"]]], WITH_SINGLES),
  // Behind frame 0, which stands for no directory, is the root of the table beside: a walk that took frame 0 for four items would go on there.
  run("a batch in a hole, beside a table behind frame 0, runs", [], [[["map", 0, "beside"], ["lookup batch", 24]]], { format: DEEP, beside: SINGLE }),
  run("one run for two, runs", [], [[["map", 0]], [["map", 4]]], FEW),
  run("one run for a run and a frame, runs", [], [[["map", 0]], [["map", 2, "beside"]]], WITH_SINGLES),
  run("one run for two, three levels, runs", [], [[["map", 0]], [["map", 4]]], { ...FEW, format: DEEP, systemFrames: 9 }),
  run("a run that is retired, for a run and a frame, runs", [8], [[["map", 0]], [["map", 2, "beside"]], [["unmap", 8]]], { ...WITH_SINGLES, beyond: THREE }),
  run("a run that is retired, for two frames, runs", [8], [[["map", 2, "beside"]], [["map", 0, "beside"]], [["unmap", 8]]], { ...WITH_SINGLES, beyond: THREE }),
  run("a run that is retired, for two, runs", [8], [[["map", 0]], [["map", 4]], [["unmap", 8]]], { ...FEW, beyond: THREE }),
  run("a run that is retired twice, for another, runs", [8], [[["unmap", 8]], [["map", 9]], [["map", 0]]], { ...FEW, systemFrames: 9, beyond: THREE }),
];

/** Cut and merge, where a directory of two items takes two frames of 8 bytes. */
const OF_LARGE: { verbs: TableCall[]; mappedAs?: "large" | "run" }[] = [
  { verbs: [{ verb: CUT, page: 0 }, { verb: CUT, page: 0 }], mappedAs: "large" }, { verbs: [{ verb: CUT, page: 0 }, { verb: cutting("unmap"), page: 1 }], mappedAs: "large" },
  { verbs: [{ verb: MERGE, page: 0 }, { verb: MERGE, page: 0 }], mappedAs: "run" }, { verbs: [{ verb: MERGE, page: 0 }, { verb: cutting("unmap"), page: 1 }], mappedAs: "run" },
  { verbs: [{ verb: MERGE, page: 0 }], mappedAs: "run" },
  { verbs: [{ verb: MERGE, page: 0 }, { verb: CUT, page: 0 }], mappedAs: "run" }, { verbs: [{ verb: MAP_LARGE, page: 0 }, { verb: tableVerb("map"), page: 1 }] },
];
const large = OF_LARGE.flatMap(({ verbs, mappedAs }) => (["none", "death", "no frames"] as const).flatMap((trouble): TableCase[] => {
  if (trouble === "no frames" && !verbs.some(({ verb }) => verb.takes)) return [];
  const name = `${verbs.map(({ verb, page }) => `${verb.name} ${page}`).join(" | ")}, large leaves, runs of 2 frames${trouble === "none" ? "" : `, ${trouble}`}`;
  const rest = { format: LARGE, pageLg2: FOUR_FRAMES, systemFrames: 17, trouble, threads: verbs.map((call) => [call]), ...trouble !== "none" && { beyond: TROUBLED } };
  return [run(name, mappedAs ? [0, 1] : [], [], { ...rest, ...mappedAs && { mappedAs } })];
}));

/** What a thread left that died: a leaf of four frames, hooked or not, some of its parts gone. */
interface Left {
  what: string; kind: OwnerKind; isHooked: boolean; gone: number;
  /** Who needs the leaf empties it again, and a third moves the epoch: who buries may come after the other's stamp. */
  again?: boolean;
  /** It is given back by the one that needs it, who meets it on its way. */
  isMet?: boolean;
  /** The leaf is a single frame. */
  isSingle?: boolean;
}
const LEFT: Left[] = [
  { what: "published", kind: OwnerKind.TRANSIT, isHooked: true, gone: 0 }, { what: "emptied", kind: OwnerKind.DEAD, isHooked: true, gone: 0 },
  ...[0, 1, 3].flatMap((gone) => [{ what: "retired", kind: OwnerKind.DEAD, isHooked: false, gone }, { what: "gave back", kind: OwnerKind.TRANSIT, isHooked: false, gone }]),
  ...[false, true].map((isSingle) => ({ what: "retired", kind: OwnerKind.DEAD, isHooked: false, gone: 0, again: true, isSingle })),
  { what: "emptied", kind: OwnerKind.DEAD, isHooked: true, gone: 0, again: true, isSingle: true, isMet: true },
];
const PAGE = 8;
/** Two bury it at once; one of them then needs that run, and no other is free. */
function ghost({ what, kind, isHooked, gone, again = false, isSingle = false, isMet = false }: Left): Workload {
  const pageLg2 = isSingle ? 6 : FOUR_FRAMES, order = isSingle ? 0 : 2, root = 1 << order, head = 2 << order;
  return {
    name: `a leaf${isSingle ? " of one frame" : ""} that a dead thread ${what}, ${gone} of 3 parts are gone, buried by ${isMet ? "one, needed by another" : "two, needed by one"}`
      + `${again ? " and emptied again" : ""}, runs`,
    threads: again ? 3 : 2, subjectBytes: SUBJECT_BYTES, ...isMet && { isForMutants: true },
    entries: [...BURIAL_ENTRIES, "tableMap", ...again ? ["tableUnmap", "drainBegin"] : []], setup: [...SETUP, "tableCreate", "tableLookup"],
    begin: (run, arena) => {
      const stage = new Stage(run, arena, { slots: 4, systemFrames: 3 << order, pageLg2 });
      const [first, second, dead, third] = stage.slots as [number, number, number, number];
      const table = stage.number("tableCreate", first, SHALLOW);
      stage.succeed("tableMap", dead, table, PAGE, 3, EntryKind.PRESENT, 0);
      const owner = (frame: number): number => arena.u32(first + Slot.DESCRIPTORS) + frame * Descriptor.BYTES + Descriptor.OWNER;
      const set = (at: number, low: number): void => { arena.setU32(at, low); arena.setU32(at + 4, 0); };
      if (kind === OwnerKind.TRANSIT) set(owner(head), arena.u32(dead + Slot.NONCE) << Owner.NONCE | 2 << Owner.THREAD | OwnerKind.TRANSIT);
      else stage.leaveDead(arena, head, 4);
      if (!isHooked) set(stage.itemAt(arena, root, PAGE / 4), 0);
      for (let i = 4 - gone; i < 4; i++) set(owner(head + i), 0);
      const wanted = isMet ? PAGE : 0, map: Call = { entry: "tableMap", values: [first, table, wanted, 7, EntryKind.PRESENT, 0] };
      const needs: Call[] = [map, ...again ? [{ entry: "tableUnmap", values: [first, table, wanted] }] : []];
      const isHookedNow = (view: View): boolean => stage.directoryIn(view, root, wanted / 4) === head;
      const check = (mapped: number): string | undefined => {
        const found = [0, PAGE].map((page) => run("tableLookup", first, table, page) >= 0).join();
        const expected = [mapped === Status.OK && !again, isHooked && kind === OwnerKind.TRANSIT].join();
        return found === expected ? undefined : `map answers ${Status[mapped]}: whether pages 0 and ${PAGE} are mapped is ${found}, expected ${expected}`;
      };
      return {
        threads: [[...isMet ? [] : burial(first, 2), ...needs], burial(second, 2),
          ...again ? [[{ entry: "drainBegin", values: [third] }]] : []],
        ...again && { checkStep: (view) => isHookedNow(view) && (view.u32(owner(head)) & ((1 << Owner.KIND_BITS) - 1)) === OwnerKind.RETIRED
          ? "a leaf is retired, and the root points to it" : undefined },
        checkEnd: ({ view, completed }) =>
          stage.audit(view) ?? stage.unburied(view, [2]) ?? check(completed.find(({ entry }) => entry === "tableMap")!.result),
        nameAddress: (at) => stage.nameOf(at, arena),
      };
    },
  };
}

/** The same from the root on, when there is none any more: page 0 of the table beside lies in the frame of its own directory, so all levels find an item. */
const GONE: Workload = {
  name: "a batch in a table that is gone, beside a table behind frame 0, runs", threads: 1, subjectBytes: SUBJECT_BYTES, isForMutants: true,
  entries: ["tableDestroy", "tableLookupBatch"], setup: [...SETUP, "tableCreate", "tableMap"],
  begin: (run, arena) => {
    const stage = new Stage(run, arena, { slots: 1, systemFrames: 9, pageLg2: TWO_FRAMES }), me = stage.slots[0]!, staging = arena.u32(me + Slot.STAGING);
    const table = stage.number("tableCreate", me, DEEP), beside = stage.number("tableCreate", me, SINGLE);
    stage.succeed("tableMap", me, beside, 0, 4, EntryKind.PRESENT, 0);
    const pages = [32, 33, 34]; // of one directory, whose third item would lie behind frame 0
    pages.forEach((page, i) => { setFloat(arena, staging + Staging.PAGES + 8 * i, page); });
    return {
      threads: [[{ entry: "tableDestroy", values: [me, table] }, { entry: "tableLookupBatch", values: [me, table, pages.length] }]],
      checkEnd: ({ view }) => {
        const found = pages.map((_, i) => view.f64(staging + Staging.FRAMES + 8 * i));
        return found.every((frame) => frame === -1) ? undefined : `a table that is gone maps pages ${pages.join()} to frames ${found.join()}`;
      },
    };
  },
};

export const RUN_WORKLOADS: Workload[] = [GONE, ...[...pairs, ...alone, ...AGAIN, ...large].map(tableWorkload), ...LEFT.map(ghost)];
