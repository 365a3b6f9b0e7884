// The verbs of a page table as rows: how each is called on a page (a range or batch: on that page and the next), what its answer says
// about which page; and the dull model of a page, whose state is its entry, 0 for none.
import { Slot, Staging } from "../../../assembly/layout/arena.js";
import { Entry, EntryKind } from "../../../assembly/layout/entry.js";
import { Spaces } from "../../../assembly/layout/space.js";
import { Status } from "../../../assembly/layout/status.js";
import type { Call, Memory, Run, View } from "../workload.js";
import type { Answer, Model } from "./history.js";
import { pack, statusOf, valueOf, type Step } from "./program.js";
import { LARGE_INDEX_BITS, verbOf, type Stage } from "./stage.js";

/** What a lookup that is told no flags knows: not 0 for any frame. */
const foundAt = (frame: number): number => frame + 1;
/** What a call does to one page. */
export interface PageOperation {
  page: number;
  verb: "read" | "find" | "mark" | "map" | "replace" | "unmap" | "protect" | "take" | "write-protect";
  /** The entry that map and replace bring; the rights that protect leaves; the bits that `take` takes away; the frame that `write-protect` expects;
   * for `mark` whether it is a write. */
  value?: number;
}
export interface Told { operation: PageOperation; answer: Answer }

const WRITE = 1 << Entry.WRITE, EXECUTE = 1 << Entry.EXECUTE, USER = 1 << Entry.USER, ACCESSED = 1 << Entry.ACCESSED, DIRTY = 1 << Entry.DIRTY;

/**
 * Where a leaf maps several pages, hardware notes for all of them what it does to one: an entry may say more than the model knows of its
 * page, never less. `told`: what was answered.
 */
export const largePageModel: Model<PageOperation> = (entry, operation, answered) => {
  const next = pageModel(entry, operation, answered);
  if (!next || operation.verb === "find" || typeof next.answer !== "number" || typeof answered !== "number") return next;
  const known = operation.verb === "take" ? entry : next.answer; // nothing is to be answered only if nothing is noted for any page
  const isMore = known !== 0 && answered !== 0 && (answered | ACCESSED | DIRTY) === (known | ACCESSED | DIRTY) && (known & ~answered) === 0;
  return isMore ? { left: next.left, answer: answered } : next;
};
/** What the model's entry may be where this one stands. */
export const lessNoted = (entry: number): number[] => [...new Set([0, ACCESSED, DIRTY, ACCESSED | DIRTY].map((noted) => entry & ~noted))];

export const pageModel: Model<PageOperation> = (entry, { verb, value = 0 }) => {
  switch (verb) {
    case "read": return { left: entry, answer: entry };
    case "find": return { left: entry, answer: entry && foundAt(entry >> Entry.FLAGS_BITS) };
    case "mark": {
      const left = entry && (!value || entry & WRITE) ? entry | ACCESSED | (value ? DIRTY : 0) : entry;
      return { left, answer: left };
    }
    case "map": return entry ? { left: entry, answer: false } : { left: value, answer: true };
    case "replace": return { left: value, answer: entry };
    case "unmap": return { left: 0, answer: entry };
    case "protect": return { left: entry && ((entry & ~(WRITE | EXECUTE | USER)) | value), answer: undefined };
    case "write-protect": {
      const isTaken = (entry & WRITE) !== 0 && entry >> Entry.FLAGS_BITS === value;
      return { left: isTaken ? entry & ~WRITE : entry, answer: isTaken ? entry : 0 };
    }
    case "take": return { left: entry & ~value, answer: entry & value ? entry : 0 };
  }
};

/** Where a verb is called: by which thread, on which page; the first of the frames that it may map there. */
export interface Spot {
  me: number; table: number; page: number; frame: number;
  /** The frame that the page is mapped to before the threads start. */
  stood?: number;
  /** How many bits of a page number choose an item of a directory, where leaves may be fused. */
  indexBits?: number;
}

export interface TableVerb {
  name: string;
  /** How many pages it is about. */
  pages: 1 | 2 | 4;
  /** Whether its pages are mapped at first, where it has them to itself. */
  wantsMapped: boolean;
  /** Whether it may take frames. */
  takes: boolean;
  /** Where the verb is several calls, in place of `call`. */
  steps?(spot: Spot): Step[];
  /** Before the threads start. */
  prepare?(spot: Spot, arena: Memory, stage: Stage): void;
  call(spot: Spot): Call;
  operations(answer: number, spot: Spot): Told[];
}

export const WRITABLE = EntryKind.PRESENT | WRITE;
/** The entry that a verb or the stage brings: it can be written. */
export const entryWith = (frame: number): number => frame << Entry.FLAGS_BITS | WRITABLE;

/** Entries in an answer: twelve bits a page. */
const PAGE = 4096;
export const packEntries = (status: number, ...entries: number[]): number => pack(status, entries.reduceRight((packed, entry) => packed * PAGE + entry, 0));
const entryOf = (answer: number, i: number): number => Math.floor(valueOf(answer) / PAGE ** i) % PAGE;

/** An entry from a frame's number, negative for none, and flags, without the size of its leaf. */
function entryFrom(frame: number, flags: number): number {
  if (frame < 0 !== (flags === 0)) throw new Error(`frame ${frame} is answered with flags ${flags}`);
  return frame < 0 ? 0 : frame << Entry.FLAGS_BITS | flags & ((1 << Entry.FLAGS_BITS) - 1);
}
/** Log2 of the pages of the leaf, or of the run that it is of; and of the leaf alone. */
export const sizeOf = (flags: number): number => flags >> Entry.SIZE & (1 << Entry.SIZE_BITS) - 1;
export const leafLg2 = (flags: number, indexBits: number): number => sizeOf(flags) - sizeOf(flags) % indexBits;
/** The entry that a verb left in its slot. */
export const entryIn = (view: View, me: number): number => entryFrom(view.f64(me + Slot.FRAME), view.u32(me + Slot.FLAGS));
/** The flags of what is mapped at a page, 0 for nothing; `entryIn` tells the whole entry then. */
export function flagsAt(run: Run, view: View, me: number, table: number, page: number): number {
  run("tableLookup", me, table, page);
  return view.u32(me + Slot.FLAGS);
}
/** The entries that it left in staging, for `page` and the next, whatever their order. */
function entriesIn(view: View, { me, page, indexBits = LARGE_INDEX_BITS }: Spot, count: number): [number, number] {
  const staging = view.u32(me + Slot.STAGING), found: [number, number] = [0, 0];
  for (let i = 0; i < count; i++) {
    const frame = view.f64(staging + Staging.FRAMES + 8 * i), flags = view.u32(staging + Staging.FLAGS + 4 * i), at = view.f64(staging + Staging.PAGES + 8 * i) - page;
    if (frame >= 0) for (let j = 0; j < 2 ** leafLg2(flags, indexBits); j++) if (at + j in found) found[at + j] = entryFrom(frame + j, flags);
  }
  return found;
}
export function setFloat(arena: Memory, at: number, value: number): void {
  new Uint32Array(Float64Array.of(value).buffer).forEach((word, i) => { arena.setU32(at + 4 * i, word); });
}
function stagePages({ me, page, frame }: Spot, arena: Memory): void {
  const staging = arena.u32(me + Slot.STAGING);
  for (let i = 0; i < 2; i++) {
    setFloat(arena, staging + Staging.PAGES + 8 * i, page + i);
    setFloat(arena, staging + Staging.FRAMES + 8 * i, frame + i);
    arena.setU32(staging + Staging.FLAGS + 4 * i, WRITABLE);
  }
}

/** What a verb that maps two pages did: those before the one that stopped it, and that one. */
function mapped(answer: number, { page, frame }: Spot): Told[] {
  const status = statusOf(answer), count = valueOf(answer);
  return [0, 1].slice(0, status === Status.EXIST ? count + 1 : count)
    .map((i) => ({ operation: { page: page + i, verb: "map", value: entryWith(frame + i) }, answer: i < count }));
}
/** One page, or two, whose entries the answer tells. */
export const told = (verb: PageOperation["verb"], pages: number, value?: number) => (answer: number, { page }: Spot): Told[] =>
  Array.from({ length: pages }, (_, i) => ({ operation: { page: page + i, verb, ...value !== undefined && { value } }, answer: entryOf(answer, i) }));

/** How a dead thread is buried, with tables alone: no change of areas can be under way. */
export const burialSteps = (me: number, dead: number): Step[] =>
  [{ entry: "buryThread", values: [me, dead], on: { [Status.NONE]: "end" } }, { entry: "buryEnd", values: [me, dead] }];
export const BURIAL_ENTRIES = ["buryThread", "buryEnd"];

type Note = NonNullable<Call["answer"]>;
export const taken = (me: number): Note => (status, view) => packEntries(status, status === Status.OK ? entryIn(view, me) : 0);
export const listed = (spot: Spot): Note => (status, view) => {
  const count = view.u32(spot.me + Slot.COUNT), entries = entriesIn(view, spot, count);
  if (entries.filter((entry) => entry).length < count) throw new Error(`a list of ${count} entries names ${entries.join(" and ")}`);
  return packEntries(status, ...entries);
};
/** What a batch of lookups found, at those places of it. */
export const lookedUp = (me: number, ...places: number[]): Note => (_, view) =>
  packEntries(0, ...places.map((i) => foundAt(view.f64(view.u32(me + Slot.STAGING) + Staging.FRAMES + 8 * i))));
const counted = (me: number): Note => (status, view) => pack(status, view.u32(me + Slot.COUNT));

export const TABLE_VERBS: TableVerb[] = [
  { name: "lookup", pages: 1, wantsMapped: true, takes: false,
    call: ({ me, table, page }) => ({ entry: "tableLookup", values: [me, table, page], answer: (frame, view) =>
      packEntries(0, frame < 0 ? 0 : entryIn(view, me) || PAGE - 1) }), // as for unmap
    operations: told("read", 1) },
  { name: "walk for a write", pages: 1, wantsMapped: true, takes: false,
    call: ({ me, table, page }) => ({ entry: "tableWalk", values: [me, table, page, 1], answer: (_, view) => packEntries(0, entryIn(view, me)) }),
    operations: told("mark", 1, 1) },
  { name: "map", pages: 1, wantsMapped: false, takes: true,
    call: ({ me, table, page, frame }) => ({ entry: "tableMap", values: [me, table, page, frame, WRITABLE, 0] }),
    operations: (answer, { page, frame }) => answer === Status.NOMEM ? [] : [{ operation: { page, verb: "map", value: entryWith(frame) }, answer: answer === Status.OK }] },
  { name: "replace", pages: 1, wantsMapped: true, takes: true,
    call: ({ me, table, page, frame }) => ({ entry: "tableMap", values: [me, table, page, frame, WRITABLE, 1], answer: taken(me) }),
    operations: (answer, spot) => statusOf(answer) === Status.NOMEM ? [] : told("replace", 1, entryWith(spot.frame))(answer, spot) },
  { name: "unmap", pages: 1, wantsMapped: true, takes: false,
    call: ({ me, table, page }) => ({ entry: "tableUnmap", values: [me, table, page], answer: (status, view) =>
      packEntries(status, status !== Status.OK ? 0 : entryIn(view, me) || PAGE - 1) }), // there was something, or it says so in vain
    operations: told("unmap", 1) },
  { name: "list", pages: 2, wantsMapped: true, takes: false,
    call: (spot) => ({ entry: "tableList", values: [spot.me, spot.table, spot.page, spot.page + 2], answer: listed(spot) }),
    operations: told("read", 2) },
  { name: "lookup batch", pages: 2, wantsMapped: true, takes: false, prepare: stagePages,
    call: ({ me, table }) => ({ entry: "tableLookupBatch", values: [me, table, 2], answer: lookedUp(me, 0, 1) }),
    operations: told("find", 2) },
  { name: "map range", pages: 2, wantsMapped: false, takes: true,
    call: ({ me, table, page, frame }) => ({ entry: "tableMapRange", values: [me, table, page, page + 2, frame, WRITABLE, 0], answer: counted(me) }),
    operations: mapped },
  { name: "map batch", pages: 2, wantsMapped: false, takes: true, prepare: stagePages,
    call: ({ me, table }) => ({ entry: "tableMapBatch", values: [me, table, 2], answer: counted(me) }),
    operations: mapped },
  { name: "unmap range", pages: 2, wantsMapped: true, takes: false,
    call: (spot) => ({ entry: "tableUnmapRange", values: [spot.me, spot.table, spot.page, spot.page + 2], answer: listed(spot) }),
    operations: told("unmap", 2) },
  { name: "unmap batch", pages: 2, wantsMapped: true, takes: false, prepare: stagePages,
    call: (spot) => ({ entry: "tableUnmapBatch", values: [spot.me, spot.table, 2], answer: (_, view) => packEntries(0, ...entriesIn(view, spot, 2)) }),
    operations: told("unmap", 2) },
  { name: "protect", pages: 2, wantsMapped: true, takes: false,
    call: ({ me, table, page }) => ({ entry: "tableProtectRange", values: [me, table, page, page + 2, 0] }),
    operations: (_, { page }) => [0, 1].map((i) => ({ operation: { page: page + i, verb: "protect", value: 0 }, answer: undefined })) },
  { name: "read and clear", pages: 2, wantsMapped: true, takes: false,
    call: (spot) => ({ entry: "tableReadAndClear", values: [spot.me, spot.table, spot.page, spot.page + 2, ACCESSED | DIRTY], answer: listed(spot) }),
    operations: told("take", 2, ACCESSED | DIRTY) },
  { name: "write-protect", pages: 2, wantsMapped: true, takes: false,
    call: (spot) => ({ entry: "tableWriteProtect", values: [spot.me, spot.table, spot.page, spot.page + 2, spot.stood ?? 0], answer: listed(spot) }),
    operations: (answer, spot) => told("write-protect", 2)(answer, spot)
      .map(({ operation, ...rest }, i) => ({ operation: { ...operation, value: (spot.stood ?? 0) + i }, ...rest })) },
];
export const tableVerb = (name: string): TableVerb => verbOf(TABLE_VERBS, name);

/** The exports that merge. */
export const MERGE_ENTRIES = ["tableMergeBegin", "drainBegin", "drainNext", "tableMergeHold", "tableMergeFinish"];
/** A merge to a size: between its three steps it drains all sections. Whoever is told AGAIN leaves it at that, as the library does. */
export const mergeSteps = (size: number, commits = true) => ({ me, table, page }: Spot): Step[] => [
  { entry: "tableMergeBegin", values: [me, table, page, size], on: { [Status.NONE]: "end", [Status.AGAIN]: "end", [Status.NOMEM]: "end" } },
  { entry: "drainBegin", values: [me] },
  { entry: "drainNext", values: [me, Spaces.ALL] },
  { entry: "tableMergeHold", values: [me, table, page, size] },
  { entry: "drainBegin", values: [me] },
  { entry: "drainNext", values: [me, Spaces.ALL] },
  { entry: "tableMergeFinish", values: [me, table, page, size, Number(commits)] },
];

/** To a frame that no arena here has: what takes its leaf for a pointer goes astray. */
export const MAP_AWAY: TableVerb = (() => {
  const map = tableVerb("map"), away = (spot: Spot): Spot => ({ ...spot, frame: 2 ** 20 + spot.frame });
  return { ...map, name: "map away", call: (spot) => map.call(away(spot)), operations: (answer, spot) => map.operations(answer, away(spot)) };
})();
