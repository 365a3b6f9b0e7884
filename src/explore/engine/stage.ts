// A tiny arena to explore in: pages of 64 bytes, few frames, directories of four items; or of the size that a shipped format needs.
import { Arena, Audit, Descriptor, Header, Owner, OwnerKind, Slot, SlotState } from "../../../assembly/layout/arena.js";
import { Absent, EntryKind } from "../../../assembly/layout/entry.js";
import { Mirror, Space, Ticket } from "../../../assembly/layout/space.js";
import { Description, GenericItem, GenericWord } from "../../../assembly/layout/generic.js";
import { Table } from "../../../assembly/layout/table.js";
import { PageMirrorError } from "../../error.js";
import { describe } from "../../described.js";
import { shapeOf, type FormatName, type GenericFormat } from "../../formats.js";
import type { Call, Event, Memory, Run, View } from "../workload.js";

export interface StageOptions {
  /** Threads that register: all of them, in this order. */
  slots: number;
  systemFrames: number;
  deviceFrames?: number;
  pageLg2?: number;
  workspaceBytes?: number;
}

export const ARENA = 4096;
/** How many tables, and how many spaces, may be made: the tables of spaces come behind those, and of mirrors behind these. */
export const TABLES = 8, SPACES = 3;
/** Of the format in which leaves may be large. */
export const LARGE_INDEX_BITS = 1;
/** Memory for a tiny arena. */
export const SUBJECT_BYTES = 2 ** 20;
export const DESCRIPTIONS: Uint32Array[] = [];
/** A format that is described in every arena from the start. */
export function described(format: GenericFormat): number {
  const { words } = describe(format);
  return words[0]! | DESCRIPTIONS.push(words) - 1 << GenericWord.RECORD;
}
/** Three levels of two index bits: 64 pages, four to a leaf. */
export const DEEP = described({ levels: 3, indexBits: 2 });
/** Two such levels: 16 pages. */
export const SHALLOW = described({ levels: 2, indexBits: 2 });
/** One directory of 32 items. */
export const FLAT_OF_32 = described({ levels: 1, indexBits: 5 });
/** Three levels of one bit, the upper two of which may hold leaves: eight pages; a large leaf maps two of them, or four. */
export const LARGE = described({ levels: 3, indexBits: LARGE_INDEX_BITS, largest: 2 });
/** Tables that grow, of one level at first: of two index bits; of one; and where the lower three levels may hold leaves. */
export const GROWING = described({ levels: 1, indexBits: 2, grows: true }), NARROW_GROWING = described({ levels: 1, indexBits: 1, grows: true });
/** Directories of four items whose pointers say of which level they are: levels may be left out; leaves on three levels, and by two fused. */
export const SKIPPING_INDEX_BITS = 2;
const skipping = (levels: number, grows: boolean): number => described({
  levels, indexBits: SKIPPING_INDEX_BITS, largest: 2, grows, frame: { shift: 12, bits: 50 }, valid: 0, write: 1, execute: 2, user: 3, accessed: 4, dirty: 5, large: 6,
  fused: 2, fusedBit: 7, directory: { shift: 12, bits: 50, held: 7, level: { shift: 8, bits: 3 } },
});
export const SKIPPING = skipping(3, false), SKIPPING_GROWING = skipping(1, true);
export const LARGE_GROWING = described({ levels: 1, indexBits: LARGE_INDEX_BITS, largest: 2, grows: true });
/** Two levels of two items: where a frame has 16 bytes, its directories take one. */
export const SINGLE = described({ levels: 2, indexBits: 1 });
/** Items of two bytes, in one directory of four. */
export const FLAT_OF_2 = described({
  levels: 1, indexBits: 2, itemBytes: 2, frame: { shift: 6, bits: 10 }, valid: 0, write: 1, execute: 2, user: 3, accessed: 4, dirty: 5,
});
/** Two levels of items of one byte, which say where a directory is in other bits than where a page is. */
export const TREE_OF_1 = described({
  levels: 2, indexBits: 2, itemBytes: 1, frame: { shift: 3, bits: 5 }, valid: 0, write: 1, dirty: 2, directory: { shift: 2, bits: 6, valid: { mask: 3, value: 1 } },
});
/** Two levels of items of four bytes. */
export const TREE_OF_4 = described({ levels: 2, indexBits: 2, itemBytes: 4, frame: { shift: 8, bits: 24 }, valid: 0, write: 1, user: 2, accessed: 3, dirty: 4 });
/** Two levels of two items of two bytes, the upper of which may hold leaves. */
export const LARGE_OF_2 = described({ levels: 2, indexBits: 1, largest: 1, itemBytes: 2, frame: { shift: 8, bits: 7 }, valid: 15, write: 1, large: 2,
  directory: { shift: 3, bits: 8, valid: 15 } });
/** Formats that are shipped: their pages have 4 KiB. */
export const SHIPPED = ["x86-64", "riscv-sv48"] as const satisfies FormatName[];
/** One of each other kind that is compiled, and of items with 32 bits, and of a root of eight frames: they play fewer workloads. */
export const FURTHER = [
  "riscv-sv32", "x86-64-la57", "vtd-second-stage-39", "aarch64-4k", "aarch64-16k", "aarch64-16k-stage2", "amd-v1-2", "apple-dart",
] as const satisfies FormatName[];
/** Frames that are enough for a format of those, where `single` are if each directory takes one. */
export function framesFor(name: FormatName, single: number): number {
  const { rootBits, indexBits } = shapeOf(name);
  return Math.max(rootBits, indexBits) > 10 ? 36 : single; // more than 4 KiB
}
export const SETUP = ["arenaCreate", "threadRegister", "audit"];

/** From some moment on a thread's allocations fail. */
export function noMoreFrames(slots: number[], thread: number): Event {
  return { name: `${String.fromCharCode(65 + thread)} gets no more frames`, reader: thread, times: 1, happen: (arena) => { arena.setU32(slots[thread]! + Slot.QUOTA, 1); } };
}

/** A row by its name. */
export function verbOf<V extends { name: string }>(verbs: readonly V[], name: string): V {
  const verb = verbs.find((each) => each.name === name);
  if (!verb) throw new PageMirrorError("EINVAL", `no verb ${name}: expected one of ${verbs.map((each) => each.name).join(", ")}`);
  return verb;
}

export class Stage {
  /** Where each thread's slot is: the first argument of its verbs. */
  readonly slots: number[];
  constructor(readonly run: Run, readonly arena: Memory, options: StageOptions) {
    const { slots, systemFrames, deviceFrames = 0, pageLg2 = 6, workspaceBytes = 0 } = options;
    run("arenaCreate", ARENA, pageLg2, slots, systemFrames, deviceFrames, TABLES, SPACES, 3, workspaceBytes);
    this.slots = Array.from({ length: slots }, () => run("threadRegister", ARENA));
    for (const [record, words] of DESCRIPTIONS.entries())
      words.forEach((word, i) => { arena.setU32(ARENA + Arena.FORMATS_AT + record * Description.BYTES + 4 * i, i ? word : word | record << GenericWord.RECORD); });
  }

  /** Calls an export that answers a number from 0, or 0 for success. */
  number(entry: string, ...values: number[]): number {
    const answer = this.run(entry, ...values);
    if (answer < 0) throw new PageMirrorError("EIO", `the stage is not set: ${entry}(${values.join(", ")}) answers ${answer}`);
    return answer;
  }
  succeed(entry: string, ...values: number[]): void {
    const answer = this.run(entry, ...values);
    if (answer) throw new PageMirrorError("EIO", `the stage is not set: ${entry}(${values.join(", ")}) answers ${answer}`);
  }

  /** Calls on the stage, before anybody begins. */
  perform(calls: Call[]): void {
    for (let i = 0; i < calls.length;) {
      const { entry, values = [], after } = calls[i]!, answer = this.run(entry, ...values.map((value) => typeof value === "function" ? value(this.arena) : value));
      const next = after?.(answer, this.arena);
      if (typeof next === "object" && "goto" in next) i = next.goto;
      else if (next !== "again") i++;
    }
  }

  /** What the audit finds wrong, when nobody is inside a verb. */
  audit(view: View): string | undefined {
    const me = this.slots[0]!;
    this.run("audit", me);
    const staging = view.u32(me + Slot.STAGING), leaked = view.i32(staging + 4 * Audit.LEAKED), faults = view.u32(staging + 4 * Audit.FAULTS);
    return leaked || faults ? `the audit finds ${leaked} leaked frames and ${faults} faults` : undefined;
  }

  /** What is wrong when threads have died and been buried: each slot must be free. */
  unburied(view: View, dead: readonly number[]): string | undefined {
    const left = dead.find((thread) => view.u32(this.slots[thread]! + Slot.STATE) & SlotState.LIVE);
    return left === undefined ? undefined : `thread ${left} is buried, and its slot is not free`;
  }

  /** As if the thread had freed these frames of the system last, and no others: it looks there first. Threads that look apart do not meet on owner words. */
  hint(arena: Memory, thread: number, frames: number[]): void {
    const me = this.slots[thread]!;
    for (let i = 0; i < Slot.CACHE_SIZE; i++) {
      arena.setU32(me + Slot.CACHE_SYSTEM + 4 * i, frames[i] ?? 0);
      arena.setU32(me + Slot.CACHE_DEVICE + 4 * i, 0);
    }
    arena.setU32(me + Slot.CACHED_DEVICE, 0);
    arena.setU32(me + Slot.CACHED_SYSTEM, frames.length);
  }

  /** As who kills a directory leaves it if it dies before it takes it out. So many items, of eight bytes. */
  leaveDead(arena: Memory, frame: number, items: number): void {
    const me = this.slots[0]!, set = (at: number, low: number): void => { arena.setU32(at, low); arena.setU32(at + 4, 0); };
    for (let i = 0; i < items; i++) set(this.itemAt(arena, frame, i), 1 << Absent.GENERATION | EntryKind.MARK << Absent.FLAGS);
    set(arena.u32(me + Slot.DESCRIPTORS) + frame * Descriptor.BYTES + Descriptor.OWNER, 1 << Owner.ARGUMENT | OwnerKind.DEAD);
  }
  itemAt(view: View, frame: number, i: number): number { return view.u32(this.slots[0]! + Slot.FRAMES) + frame * 2 ** view.u32(ARENA + Header.PAGE_LG2) + 8 * i; }
  /** The directory that an item of the run-time format points to; the root of a table. */
  directoryIn(view: View, frame: number, i: number): number { return view.u32(this.itemAt(view, frame, i)) >>> GenericItem.WIDE_FRAME; }
  rootOf(view: View, table: number): number { return view.u32(view.u32(this.slots[0]! + Slot.TABLES) + table * Table.BYTES + Table.TOP + 4); }

  /** What a thread keeps in its slot for itself, but for the nonce, which a burier reads. */
  privateOf(thread: number): [from: number, to: number][] {
    const me = this.slots[thread]!;
    return [[me + Slot.ROVE_SYSTEM, me + Slot.NONCE], [me + Slot.HORIZON, me + Slot.WAITED], [me + Slot.PINS, me + Slot.PINS + 8 * Slot.PINS_MAX]];
  }

  /** What an address is called in a timeline. */
  nameOf(at: number, view: View): string | undefined {
    const header = (field: Header): number => view.u32(ARENA + field), pageLg2 = header(Header.PAGE_LG2);
    const field = (names: { [index: string]: string | number }, offset: number, among: string[]): string =>
      among.find((name) => names[name] === offset)?.toLowerCase() ?? `+${offset}`;
    const item = (base: number, bytes: number): [number, number] => [Math.floor((at - base) / bytes), (at - base) % bytes];
    if (at < ARENA) return undefined;
    if (at < ARENA + Arena.SLOTS_AT) return `header.${field(Header, at - ARENA, ["EPOCH", "HAND", "WORKSPACE_USED"])}`;
    if (at < header(Header.DESCRIPTORS_AT)) {
      const [slot, offset] = item(ARENA + Arena.SLOTS_AT, Slot.BYTES), waited = offset >= Slot.WAITED;
      const words = ["SECTION", "INTENT", "STATE", "PINNED", "ANNOUNCED", "ATTACHED", "CHANGE", "CHANGE_FIRST", "CHANGE_END", "NONCE", "HORIZON"];
      return `slot ${slot}.${field(Slot, offset % Slot.WAITED, words)}${waited ? ", waited" : ""}`;
    }
    if (at < header(Header.BITMAP_AT)) {
      const [frame, offset] = item(header(Header.DESCRIPTORS_AT), Descriptor.BYTES);
      return `frame ${frame}.${field(Descriptor, offset, ["OWNER", "PLACE", "DIRTY", "HINT"])}`;
    }
    if (at < header(Header.TABLES_AT)) return `bitmap word ${item(header(Header.BITMAP_AT), 8)[0]}`;
    const [table, ofTable] = item(header(Header.TABLES_AT), Table.BYTES), [space, ofSpace] = item(header(Header.SPACES_AT), Space.BYTES);
    if (at < header(Header.SPACES_AT)) return `table ${table}.${field(Table, ofTable, ["GENERATION", "TOP"])}`;
    if (at < header(Header.MIRRORS_AT)) return `space ${space}.${field(Space, ofSpace, ["GENERATION", "AREAS", "SEQUENCE", "MIRRORS"])}`;
    const [mirror, ofMirror] = item(header(Header.MIRRORS_AT), Mirror.BYTES), [ticket, ofTicket] = item(header(Header.TICKETS_AT), Ticket.BYTES);
    const isRequest = ofMirror >= Mirror.RING && ofMirror < Mirror.RING + 8 * Mirror.RING_SIZE;
    const words = ["GENERATION", "STATE", "SEQUENCE", "SERVICE"];
    if (at < header(Header.TICKETS_AT))
      return `mirror ${mirror}.${isRequest ? `request ${(ofMirror - Mirror.RING) / 8}` : field(Mirror, ofMirror, words)}`;
    if (at < header(Header.STAGING_AT)) return `ticket ${ticket}.${field(Ticket, ofTicket, ["WORD", "PAGE", "OLD", "SOURCE", "DESTINATION"])}`;
    if (at < header(Header.FRAMES_AT)) return undefined;
    const [frame, offset] = item(header(Header.FRAMES_AT), 2 ** pageLg2);
    return `frame ${frame} item ${offset / 8}`;
  }
}
