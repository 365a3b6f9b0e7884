// The verbs of an address space and of its mirror as rows: accesses with their faults, changes of areas, migrations; and the dull model
// of one word of memory: the rights of its area, and its value.
import { Slot } from "../../../assembly/layout/arena.js";
import { Side } from "../../../assembly/layout/agent.js";
import { Change, Direction, Right } from "../../../assembly/layout/space.js";
import { Status } from "../../../assembly/layout/status.js";
import type { View } from "../workload.js";
import type { Answer, Model } from "./history.js";
import { verbOf } from "./stage.js";
import { pack, statusOf, valueOf, type Step } from "./program.js";
import { pollAndServe, requestOf, type Served } from "./serving.js";

/** Where a verb is called: by whom, on which page, with which agent; the value that it may store. */
export interface SpaceSpot { me: number; space: number; mirror: number; agent: number; page: number; pageBytes: number; value: number }

/**
 * What an operation does to the word of a page; most do nothing to it. A munmap, an mprotect and the killing of a mirror have a beginning
 * and an end: in between the old and the new hold, so whoever accesses may succeed or be refused.
 */
export interface WordOperation {
  /** Undefined: of every page. */
  page?: number;
  verb: "load" | "store" | "map" | "begin change" | "unmap" | "protect" | "cannot protect" | "begin kill" | "kill" | "find it dead" | "nothing";
  value?: number;
  /** An access through the mirror. */
  byDevice?: true;
}

/** The state: rights of the area plus one in four bits, 0 for none; in two each how many changes, and killings, are under way; whether the mirror is killed; the value. */
const NO_AREA = 0, CHANGE_ONE = 16, KILL_ONE = 64, KILLED = 256, VALUE = 512;
export const wordState = (rights: number, value: number, isKilled: boolean): number =>
  rights < 0 ? NO_AREA + (isKilled ? KILLED : 0) : rights + 1 + (isKilled ? KILLED : 0) + VALUE * value;

/** An answer of an access that was refused. */
const REFUSED = -1;
export const wordModel: Model<WordOperation> = (state, { verb, value = 0, byDevice }, told) => {
  const area = state % CHANGE_ONE, rights = area - 1, changes = Math.floor(state / CHANGE_ONE) % 4, content = Math.floor(state / VALUE);
  const kills = Math.floor(state / KILL_ONE) % 4, isKilled = (state & KILLED) !== 0;
  if (byDevice && isKilled && !kills) return undefined;
  switch (verb) {
    case "load": return { left: state, answer: changes && told === REFUSED ? told : area && rights & Right.READ ? content : REFUSED };
    case "store": {
      const stores = area !== NO_AREA && (rights & Right.WRITE) !== 0 && !(changes && told === REFUSED);
      return stores ? { left: state - VALUE * content + VALUE * value, answer: value } : { left: state, answer: REFUSED };
    }
    case "map": return area ? { left: state, answer: false } : { left: state - area + value + 1, answer: true };
    case "begin change": return { left: state + CHANGE_ONE, answer: undefined };
    // An end without a beginning is no order.
    case "unmap": return changes ? { left: state % VALUE - area - CHANGE_ONE, answer: undefined } : undefined;
    case "protect": return changes ? { left: state - CHANGE_ONE + (area && value + 1 - area), answer: undefined } : undefined;
    case "cannot protect": return { left: state, answer: area === NO_AREA };
    case "begin kill": return { left: state + KILL_ONE, answer: undefined };
    case "kill": return kills ? { left: (state | KILLED) - KILL_ONE, answer: undefined } : undefined;
    case "find it dead": return isKilled || kills ? { left: state, answer: undefined } : undefined;
    case "nothing": return { left: state, answer: undefined };
  }
};

/** A page without an area; with one, but never touched; in system memory and in the device's table; in device memory and in that table. */
export type PageState = "hole" | "untouched" | "in system memory" | "on the device";

export interface SpaceVerb {
  name: string;
  /** How its page is at first, where other verbs do not care. */
  wants: PageState;
  steps(spot: SpaceSpot): Step[];
  /** What it does to its page, from what its last call answered. */
  operations(spot: SpaceSpot, answer: number): { operation: WordOperation; answer: Answer }[];
}

const ALL_RIGHTS = Right.READ | Right.WRITE | Right.EXECUTE;
const slotPage = (me: number) => (view: View): number => view.f64(me + Slot.PAGE);

/** From `prepare` on: the page moves; `then` is where it goes on, `busy` where it goes when the page cannot move now. */
function migration({ me, space, page }: SpaceSpot, direction: Direction, then: string, busy: string, label = "prepare"): Step[] {
  return [
    { label, entry: "migratePrepare", values: [me, space, page, direction], on: { [Status.BUSY]: busy, [Status.NOMEM]: "end", [Status.FULL]: "end" } },
    ...moving({ me, space }, then),
  ];
}
function moving({ me, space }: { me: number; space: number | ((view: View) => number) }, then: string): Step[] {
  return [
    { entry: "migrateUnmap", values: [me] },
    { entry: "drainBegin", values: [me] },
    { entry: "drainNext", values: [me, space] },
    { entry: "migrateFinish", values: [me], choose: () => then },
  ];
}
/** A CPU fault that goes on at `then` once it is served; one that cannot be served ends the operation. */
function cpuFault(spot: SpaceSpot, write: boolean, then: string): Step[] {
  const { me, space, page } = spot;
  return [
    { label: "fault", entry: "cpuFault", values: [me, space, page, Number(write)],
      on: { [Status.OK]: then, [Status.BACK]: "back", [Status.HOLE]: "end", [Status.DENIED]: "end", [Status.NOMEM]: "end" } },
    ...migration(spot, Direction.TO_SYSTEM, "fault", "fault", "back"),
  ];
}
/** A device fault that maps the page where it lies. */
function remoteFault({ me, space, mirror, page }: SpaceSpot, write: boolean, then: string): Step[] {
  return [
    { label: "device fault", entry: "deviceFault", values: [me, mirror, page, Number(write), 0],
      on: { [Status.OK]: then, [Status.CPU_FAULT]: "fill", [Status.DEAD]: "end", [Status.NOMEM]: "end" } },
    { label: "fill", entry: "cpuFault", values: [me, space, page, Number(write)],
      on: { [Status.OK]: "device fault", [Status.BACK]: "device fault", [Status.HOLE]: "end", [Status.DENIED]: "end", [Status.NOMEM]: "end" } },
  ];
}
function deviceAccess(spot: SpaceSpot, write: boolean): Step[] {
  return [accessStep(spot, Side.DEVICE, write, "access", "device fault"), ...remoteFault(spot, write, "access")];
}
/** The driver wants the page on the device, but only once: two sides that both insist would move it for ever. */
function migratingStore(spot: SpaceSpot): Step[] {
  const { me, space, mirror, page } = spot;
  return [
    accessStep(spot, Side.DEVICE, true, "first access", "first fault"),
    { label: "first fault", entry: "deviceFault", values: [me, mirror, page, 1, 1],
      on: { [Status.OK]: "access", [Status.MIGRATE]: "prepare", [Status.CPU_FAULT]: "first fill", [Status.DEAD]: "end", [Status.NOMEM]: "end" } },
    { label: "first fill", entry: "cpuFault", values: [me, space, page, 1],
      on: { [Status.OK]: "first fault", [Status.BACK]: "first fault", [Status.HOLE]: "end", [Status.DENIED]: "end", [Status.NOMEM]: "end" } },
    ...migration(spot, Direction.TO_DEVICE, "access", "access"),
    accessStep(spot, Side.DEVICE, true, "access", "device fault"), ...remoteFault(spot, true, "access"),
  ];
}
/** One load or store of the page's first word; a fault leads to `fault`. */
function accessStep({ me, agent, page, pageBytes, value }: SpaceSpot, side: Side, write: boolean, label: string, fault: string): Step {
  const at = page * pageBytes, on = { [Status.OK]: "end", [Status.MORE]: fault, [Status.DEAD]: "end", [Status.STALE]: "end" };
  if (write) return { label, entry: "accessStore", values: [me, agent, side, at, 8, value, 0], on, answer: (status) => pack(status, value) };
  return { label, entry: "accessLoad", values: [me, agent, side, at, 8], on, answer: (status, view) => pack(status, status === Status.OK ? Number(view.u64(me + Slot.ENTRY)) : 0) };
}
function cpuAccess(spot: SpaceSpot, write: boolean): Step[] {
  return [accessStep(spot, Side.CPU, write, "access", "fault"), ...cpuFault(spot, write, "access")];
}
/** A load whose fault is posted in the mirror's ring. */
function ringLoad(spot: SpaceSpot): Step[] {
  const { me, space, mirror, page } = spot, mine = requestOf(me);
  const serve = ({ request, page: wanted, label, then }: Served): Step[] => {
    const ended = (status: number): string => status === Status.AGAIN ? "again" : status === Status.WAIT ? "wait" : `${label}: ${status}`;
    return [
      { label, entry: "deviceFault", values: [me, mirror, wanted, 0, 0], choose: (status) => status === Status.CPU_FAULT ? `fill ${label}` : ended(status) },
      { label: `fill ${label}`, entry: "cpuFault", values: [me, space, wanted, 0], choose: (status) => status === Status.OK || status === Status.BACK ? label : ended(status) },
      ...[Status.OK, ...REFUSALS].map((status): Step => (
        { label: `${label}: ${status}`, entry: "faultComplete", values: [me, mirror, request, wanted, status], choose: () => then })),
    ];
  };
  return [
    accessStep(spot, Side.DEVICE, false, "access", "post"),
    { label: "post", entry: "faultPost", values: [me, mirror, page, 0] },
    ...pollAndServe(me, mirror, (status) => `withdraw: ${status}`, serve),
    { label: `withdraw: ${Status.OK}`, entry: "faultWithdraw", values: [me, mirror, mine], choose: () => "access" },
    ...REFUSALS.map((status): Step => (
      { label: `withdraw: ${status}`, entry: "faultWithdraw", values: [me, mirror, mine], choose: () => "end", answer: () => status })),
  ];
}
/** How a device fault ends that cannot be served. */
const REFUSALS = [Status.HOLE, Status.DENIED, Status.NOMEM, Status.DEAD];
const accessed = (answer: number): Answer => {
  const status = statusOf(answer);
  return status === Status.OK ? valueOf(answer) : status === Status.HOLE || status === Status.DENIED ? REFUSED : undefined;
};
/** munmap and mprotect of the one page: publish, quiesce, then batches of edit, invalidate, drain, free. */
function change({ me, space, page }: SpaceSpot, op: Change, rights: number): Step[] {
  const lost = op === Change.PROTECT && rights & Right.READ ? Right.WRITE : 0;
  return [
    { entry: "spacePublish", values: [me, space, op, page, page + 1, rights], on: { [Status.EXIST]: "end", [Status.HOLE]: "end", [Status.NOMEM]: "end", [Status.FULL]: "end" } },
    { entry: "spaceQuiesce", values: [me, space, page, page + 1] },
    // Of one page: an edit that cannot go on has gathered nothing.
    { label: "edit", entry: "spaceEdit", values: [me, space, op, page, page + 1, rights], on: { [Status.MORE]: "again" } },
    { entry: "spaceInvalidate", values: [me, space, page, page + 1, lost] },
    { entry: "drainBegin", values: [me] },
    { entry: "drainNext", values: [me, space] },
    { entry: "spaceFreeGathered", values: [me] },
    { entry: "spaceChangeEnd", values: [me], answer: () => Status.OK },
  ];
}

type Operations = SpaceVerb["operations"];
const one = (operation: WordOperation, answer: Answer): ReturnType<Operations> => [{ operation, answer }];
const nothing: Operations = ({ page }) => one({ page, verb: "nothing" }, undefined);
const load: Operations = ({ page }, answer) => one({ page, verb: "load" }, accessed(answer));
const store: Operations = ({ page, value }, answer) => one({ page, verb: "store", value }, accessed(answer));
const byDevice = (access: Operations): Operations => (spot, answer) => statusOf(answer) === Status.DEAD ? one({ page: spot.page, verb: "find it dead" }, undefined)
  : access(spot, answer).map(({ operation, answer: told }) => ({ operation: { ...operation, byDevice: true }, answer: told }));
const map: Operations = ({ page }, answer) => one({ page, verb: "map", value: ALL_RIGHTS }, answer === Status.OK ? true : answer === Status.EXIST ? false : undefined);
const changed = (verb: "unmap" | "protect", value = 0): Operations => ({ page }, answer) => answer === Status.HOLE ? one({ page, verb: "cannot protect" }, true)
  : [...one({ page, verb: "begin change" }, undefined), ...one({ page, verb, value }, undefined)];

function protection(name: string, rights: number): SpaceVerb {
  return { name, wants: "in system memory", steps: (spot) => change(spot, Change.PROTECT, rights), operations: changed("protect", rights) };
}

export const SPACE_VERBS: SpaceVerb[] = [
  { name: "CPU load", wants: "in system memory", steps: (spot) => cpuAccess(spot, false), operations: load },
  { name: "CPU store", wants: "in system memory", steps: (spot) => cpuAccess(spot, true), operations: store },
  { name: "device load", wants: "in system memory", steps: (spot) => deviceAccess(spot, false), operations: byDevice(load) },
  { name: "device store", wants: "in system memory", steps: (spot) => deviceAccess(spot, true), operations: byDevice(store) },
  { name: "device store, migrating", wants: "in system memory", steps: migratingStore, operations: byDevice(store) },
  { name: "migrate to the device", wants: "in system memory", steps: (spot) => migration(spot, Direction.TO_DEVICE, "end", "end"), operations: nothing },
  { name: "migrate to the system", wants: "on the device", steps: (spot) => migration(spot, Direction.TO_SYSTEM, "end", "end"), operations: nothing },
  { name: "evict", wants: "on the device", operations: nothing, steps: ({ me, space: ours }) => {
    const space = (view: View): number => view.u32(me + Slot.COUNT);
    return [
      { entry: "evictChoose", values: [me], on: { [Status.NONE]: "end" } },
      { entry: "migratePrepare", values: [me, space, slotPage(me), Direction.TO_SYSTEM], on: { [Status.BUSY]: "end", [Status.NOMEM]: "end", [Status.FULL]: "end" } },
      ...moving({ me, space: ours }, "end"),
    ];
  } },
  { name: "claim and give up", wants: "in system memory", operations: nothing, steps: ({ me, space, page }) => [
    { entry: "migratePrepare", values: [me, space, page, Direction.TO_DEVICE], on: { [Status.BUSY]: "end", [Status.NOMEM]: "end", [Status.FULL]: "end" } },
    { entry: "migrateUnmap", values: [me] },
    { entry: "migrateAbort", values: [me] },
  ] },
  { name: "mmap", wants: "hole", operations: map, steps: ({ me, space, page }) => [
    { entry: "spacePublish", values: [me, space, Change.MAP, page, page + 1, ALL_RIGHTS] },
  ] },
  { name: "munmap", wants: "in system memory", steps: (spot) => change(spot, Change.UNMAP, 0), operations: changed("unmap") },
  protection("mprotect to read", Right.READ), protection("mprotect to none", 0),
  { name: "device load by the ring", wants: "in system memory", steps: ringLoad, operations: byDevice(load) },
  { name: "kill the mirror", wants: "in system memory", operations: () => [...one({ verb: "begin kill" }, undefined), ...one({ verb: "kill" }, undefined)],
    steps: ({ me, space, mirror }) => [
    { entry: "mirrorKill", values: [me, mirror] },
    { entry: "drainBegin", values: [me] },
    { entry: "drainNext", values: [me, space] },
  ] },
];
/** Verbs that only chosen workloads call. */
const SELDOM: SpaceVerb[] = [protection("mprotect to all", ALL_RIGHTS), protection("mprotect to execute", Right.READ | Right.EXECUTE)];
export const spaceVerb = (name: string): SpaceVerb => verbOf([...SPACE_VERBS, ...SELDOM], name);
