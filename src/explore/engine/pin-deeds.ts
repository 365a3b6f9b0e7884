// What a thread does in the workloads of pins, as operations of several calls: take and drop a pin, read a page under it, change what it
// read; and the verbs of a table beside that. The stage of those workloads.
import { Descriptor, Owner, OwnerKind, Slot, Staging } from "../../../assembly/layout/arena.js";
import { Entry, EntryKind } from "../../../assembly/layout/entry.js";
import { Status } from "../../../assembly/layout/status.js";
import type { Memory, Run, View } from "../workload.js";
import { pack, statusOf, valueOf, type Step } from "./program.js";
import { ARENA, SETUP, SHALLOW, Stage } from "./stage.js";
import { BURIAL_ENTRIES, MERGE_ENTRIES, burialSteps, entryWith, mergeSteps, tableVerb, type Spot, type Told } from "./table-verbs.js";

/** What is called under a pin; and what the stage calls. */
const PIN_ENTRIES = ["tableRoot", "directoryScan", "directoryUpdate"];
export const PIN_SETUP = [...SETUP, "tableCreate", "tableMap", "tableLookup", "pinTake", "pinDrop", ...PIN_ENTRIES];

/** A table with some pages, and one more, so that its number is not 0. */
export class PinStage extends Stage {
  readonly table: number;
  readonly format: number;
  readonly before: ReadonlyMap<number, number>;
  /** The directories on the path to the first page, from the root down. */
  readonly path: number[];
  constructor(run: Run, arena: Memory, slots: number, options: { systemFrames: number; pageLg2: number; format: number; mapped: number[]; firstFrame: number }) {
    super(run, arena, { slots, systemFrames: options.systemFrames + 1, pageLg2: options.pageLg2 });
    const me = this.slots[0]!;
    this.format = options.format;
    this.number("tableCreate", me, options.format);
    this.table = this.number("tableCreate", me, options.format);
    this.before = new Map(options.mapped.map((page, i) => [page, entryWith(options.firstFrame + i)]));
    options.mapped.forEach((page, i) => { this.succeed("tableMap", me, this.table, page, options.firstFrame + i, entryWith(0), 0); });
    this.path = this.#pathTo(options.mapped[0]);
  }
  #pathTo(page: number | undefined): number[] {
    const me = this.slots[0]!;
    if (page === undefined) return [];
    this.succeed("pinDrop", me, this.number("pinTake", me));
    this.succeed("tableRoot", me, this.table);
    const path = [this.arena.f64(me + Slot.FRAME)];
    for (let level = this.arena.u32(me + Slot.COUNT); level > 0; level--) {
      this.number("directoryScan", me, this.format, path.at(-1)!, page, page + 1, 1);
      if (firstFlags(this.arena, me)) break; // levels are left out: it is the entry
      path.push(firstFrame(this.arena, me));
    }
    return path;
  }
  /** P1: which of the directories that were there at first is used for something else. */
  usedAgain(view: View): string | undefined {
    const descriptors = view.u32(this.slots[0]! + Slot.DESCRIPTORS);
    const frame = this.path.find((each) => !STAYS.has(view.u32(descriptors + each * Descriptor.BYTES + Descriptor.OWNER) & ((1 << Owner.KIND_BITS) - 1)));
    return frame === undefined ? undefined : `P1: frame ${frame}, a directory that is pinned, is used again`;
  }
}
/** What a directory may become while it is pinned. */
const STAYS = new Set([OwnerKind.LIVE, OwnerKind.FREEZING, OwnerKind.DEAD, OwnerKind.RETIRED, OwnerKind.MERGING]);

/** What a scan found first: a directory's frame, or an entry. */
const firstFrame = (view: View, me: number): number => view.f64(view.u32(me + Slot.STAGING) + Staging.FRAMES);
/** Without the level of its leaf; 0 for a directory. */
const firstFlags = (view: View, me: number): number => view.u32(view.u32(me + Slot.STAGING) + Staging.FLAGS) & ((1 << Entry.FLAGS_BITS) - 1);
function firstEntry(view: View, me: number): number {
  return view.u32(me + Slot.COUNT) ? firstFrame(view, me) << Entry.FLAGS_BITS | firstFlags(view, me) : 0;
}

export interface Deed {
  name: string;
  entries: string[];
  steps(spot: Spot, stage: PinStage): Step[];
  /** What the answer says about which page. */
  told(answer: number, spot: Spot, stage: PinStage): Told[];
}
/** Puts a large leaf in the place of the one that the page is in. */
export const MERGE: Deed = { name: "merge", entries: MERGE_ENTRIES, steps: mergeSteps(1), told: () => [] };
const nothingTold = (): Told[] => [];
const one = (name: string, entry: string, values: (spot: Spot) => number[] = ({ me }) => [me]): Deed =>
  ({ name, entries: [entry], steps: (spot) => [{ entry, values: values(spot) }], told: nothingTold });

export const TAKE = one("take", "pinTake");
/** Drops the pin of that number. */
export const drop = (pin = 0): Deed => one(`drop ${pin}`, "pinDrop", ({ me }) => [me, pin]);
export const UNREGISTER = one("unregister", "threadUnregister"), REGISTER = one("register", "threadRegister", () => [ARENA]);
export const ROOT = one("root", "tableRoot", ({ me, table }) => [me, table]), CREATE = one("create", "tableCreate", ({ me }) => [me, SHALLOW]);
export const DESTROY: Deed = {
  ...one("destroy", "tableDestroy", ({ me, table }) => [me, table]),
  told: (_, { page }) => [{ operation: { page, verb: "unmap" }, answer: undefined }],
};
/** Buries the thread of the last slot, which is there on the stage only. */
export const BURY: Deed = { name: "bury", entries: BURIAL_ENTRIES, told: nothingTold, steps: ({ me }, { slots }) => burialSteps(me, slots.length - 1) };
/** A verb of a table; refused for memory, it answers what holds frames back as well. */
export function verb(name: string): Deed {
  const row = tableVerb(name);
  return {
    name, entries: [row.call({ me: 0, table: 0, page: 0, frame: 0 }).entry],
    steps: (spot, stage) => {
      row.prepare?.(spot, stage.arena, stage);
      const { entry, values, answer } = row.call(spot), note = answer ?? ((status: number): number => pack(status));
      const noted = (status: number, view: View): number =>
        statusOf(note(status, view)) === Status.NOMEM ? pack(Status.NOMEM, view.u32(spot.me + Slot.HELD_BACK)) : note(status, view);
      return [{ entry, values, answer: noted }];
    },
    told: (answer, spot) => statusOf(answer) === Status.NOMEM ? [] : row.operations(row.call(spot).answer ? answer : statusOf(answer), spot),
  };
}

/** Maps a page to what it was mapped to at first: the same entry comes back. */
export const RETURN: Deed = (() => {
  const map = verb("map"), back = (spot: Spot, { before }: PinStage): Spot => ({ ...spot, frame: before.get(spot.page)! >> Entry.FLAGS_BITS });
  return { ...map, name: "map again", steps: (spot, stage) => map.steps(back(spot, stage), stage), told: (answer, spot, stage) => map.told(answer, back(spot, stage), stage) };
})();

/** From the root down to the entry of a page, one directory a call; `leads`: where it goes on from there. */
function descent({ me, table, page }: Spot, { path, format }: PinStage, leads: (entry: number) => string | undefined): Step[] {
  const child = (view: View): number => firstFrame(view, me), answer = (_: number, view: View): number => pack(0, firstEntry(view, me));
  return [
    { entry: "tableRoot", values: [me, table], on: { [Status.STALE]: "end" }, answer: () => 0 },
    ...path.map((_, i): Step => ({
      entry: "directoryScan", values: [me, format, i ? child : (view): number => view.f64(me + Slot.FRAME), page, page + 1, 1], answer,
      choose: (__, view) => {
        if (view.u32(me + Slot.COUNT) === 0) return "end";
        if (i === path.length - 1) return leads(firstEntry(view, me));
        return firstFlags(view, me) ? "end" : undefined; // a large leaf
      },
    })),
  ];
}
/** Scans the directory of a level on the path: its answer tells how many it found, the flags of the first, where to go on. */
export const scan = (level: number, first: number, end: number, limit: number): Deed => ({
  name: "scan", entries: PIN_ENTRIES, told: nothingTold,
  steps: ({ me }, { path, format }) => [{
    entry: "directoryScan", values: [me, format, path.at(-1 - level)!, first, end, limit],
    answer: (status, view) => scanned(status, view.u32(me + Slot.COUNT), view.f64(me + Slot.PAGE), firstEntry(view, me) & (1 << Entry.FLAGS_BITS) - 1),
  }],
});
export const scanned = (status: number, count: number, next: number, flags = 0): number => pack(status, (count * 64 + next) * 256 + flags);

/** Reads a page, from the root down: all of that is one look. */
export const READ: Deed = {
  name: "read", entries: PIN_ENTRIES,
  steps: (spot, stage) => descent(spot, stage, () => undefined),
  told: (answer, { page }) => [{ operation: { page, verb: "read" }, answer: valueOf(answer) }],
};
/** Changes the entry that was there at first, if it is found where it was: to another one, or to none. */
function update(name: string, to: (spot: Spot) => number): Deed {
  return {
    name, entries: PIN_ENTRIES,
    steps: (spot, stage) => {
      const { me, page } = spot, seen = stage.before.get(page) ?? 0, leaf = stage.path.at(-1)!, steps = descent(spot, stage, (entry) => entry === seen ? undefined : "end");
      const halves = (entry: number): [frame: number, flags: number] => [entry >> Entry.FLAGS_BITS, entry & (1 << Entry.FLAGS_BITS) - 1];
      const above = steps.at(-2)!, look = above.choose!; // the leaf of another time is none of its business
      above.choose = (status, view) => look(status, view) ?? (firstFrame(view, me) === leaf ? undefined : "end");
      const answer = (): number => pack(Status.AGAIN);
      return [
        ...steps.map((step) => ({ ...step, answer })),
        { entry: "directoryUpdate", values: [me, leaf, page, ...halves(seen), ...halves(to(spot))], answer: (status) => pack(status) },
      ];
    },
    told: (answer, spot, stage) => {
      const { page } = spot, value = to(spot);
      return statusOf(answer) === Status.OK ? [{ operation: { page, verb: "replace", value }, answer: stage.before.get(page)! }] : [];
    },
  };
}
export const CHANGE = update("change", ({ frame }) => entryWith(frame));
/** Changes what stands on the path to a page so many levels below the root, if it is `seen`, to a mapping of frame 6. */
const updateAbove = (name: string, depth: number, seen: (page: number, stage: PinStage) => number): Deed => ({
  name, entries: PIN_ENTRIES, told: nothingTold,
  steps: ({ me, page }, stage) => {
    const entry = seen(page, stage), halves = [entry >> Entry.FLAGS_BITS, entry & (1 << Entry.FLAGS_BITS) - 1];
    return [{ entry: "directoryUpdate", values: [me, stage.path[depth]!, page, ...halves, 6, entryWith(0)], answer: (status) => pack(status) }];
  },
});
/** Takes a pointer to a directory for an entry. */
export const MISTAKE = updateAbove("mistake", 0, (_, { path }) => path[1]! << Entry.FLAGS_BITS | EntryKind.PRESENT);
export const CHANGE_LARGE: Deed = {
  ...updateAbove("change a large leaf", 1, (page, { before }) => before.get(page)!),
  told: (_, { page }, { before }) => [0, 1].map((i) => ({ operation: { page: page + i, verb: "replace", value: entryWith(6 + i) }, answer: before.get(page + i)! })),
};
export const REMOVE = update("remove", () => 0);

