// What a dead thread left is set on the stage, step by step, and its burial explored: alone, twice at once, or beside others. Deaths at any
// step of a verb have far more states; these are the few where what is left lies in others' way.
import { Descriptor, Header, Owner, OwnerKind, Place, Section, Slot } from "../../../assembly/layout/arena.js";
import { EntryKind } from "../../../assembly/layout/entry.js";
import { Areas, Change, Right, Space, Spaces, Ticket, TicketStep } from "../../../assembly/layout/space.js";
import { Status } from "../../../assembly/layout/status.js";
import { FORMATS } from "../../formats.js";
import type { Completed, Memory, View, Workload } from "../workload.js";
import { entriesOf, meeting, steps, type Meeting } from "./meeting.js";
import { assemble, type Step } from "./program.js";
import { pollAndServe } from "./serving.js";
import { SYSTEM_FRAMES, burial, type SpaceStage } from "./space-pairs.js";
import { spaceVerb } from "./space-verbs.js";
import { ARENA, SETUP, SHALLOW, SHIPPED, SUBJECT_BYTES, Stage } from "./stage.js";
import { BURIAL_ENTRIES, burialSteps } from "./table-verbs.js";

/** The dead thread's slot is the last one. */
const ghostOf = ({ slots }: SpaceStage): { me: number; index: number } => ({ me: slots.at(-1)!, index: slots.length - 1 });
const buried = (stage: SpaceStage, by: number): Step[] => burial(stage.slots[by]!, ghostOf(stage).me, ghostOf(stage).index, stage.space);

/** Of the steps of a verb the dead thread has done those before the first call of `until`. */
function diedIn(stage: SpaceStage, verb: Step[], until: string): void {
  stage.perform(assemble([verb.slice(0, verb.findIndex(({ entry }) => entry === until))], ghostOf(stage).me));
}
const ghostly = (name: string, stage: SpaceStage, page: number): Step[] => spaceVerb(name).steps({ ...stage.spot(0, page, 100), me: ghostOf(stage).me });

/** The frame is in transit to the thread again that took it: it died before it said what it had become. */
function unconfirm(stage: SpaceStage, arena: Memory, frame: number): void {
  const at = arena.u32(stage.slots[0]! + Slot.DESCRIPTORS) + frame * Descriptor.BYTES + Descriptor.OWNER;
  arena.setU32(at, (arena.u32(at) & ~((1 << Owner.KIND_BITS) - 1)) | OwnerKind.TRANSIT);
}
/** It had taken a frame, and died before it said what for. */
function inHand(stage: SpaceStage, arena: Memory, frame: number): void {
  const { me, index } = ghostOf(stage), at = arena.u32(stage.slots[0]! + Slot.DESCRIPTORS) + frame * Descriptor.BYTES;
  arena.setU32(at + Descriptor.OWNER, (1 << Owner.THREAD_BITS | index) << Owner.ARGUMENT | OwnerKind.TRANSIT);
  arena.setU32(me + Slot.NONCE, 1);
}
/** It mapped page 5, and died when the new areas were published. */
function diedInMmap(stage: SpaceStage, arena: Memory): void {
  const { me } = ghostOf(stage);
  stage.succeed("spacePublish", me, stage.space, Change.MAP, 5, 6, Right.READ);
  const index = arena.u32(stage.spaceRecord() + Space.AREAS), records = arena.u32(me + Slot.FRAMES) + index * 64 + Areas.ITEMS + Areas.CHUNK;
  [index, arena.u32(records)].forEach((frame) => { unconfirm(stage, arena, frame); });
}
/** It moved page 1 to the device, and died when its ticket was committed, or before. */
function diedInMigration(stage: SpaceStage, arena: Memory, step: TicketStep): void {
  diedIn(stage, ghostly("migrate to the device", stage, 1), "migrateFinish");
  const tickets = arena.u32(stage.slots[0]! + Slot.TICKETS), at = tickets + (ghostOf(stage).index << Ticket.PER_THREAD_LG2) * Ticket.BYTES + Ticket.WORD;
  arena.setU32(at, (arena.u32(at) & ~0xff) | step);
}

const conforms = (pages: number[]) => (_: Completed[], stage: SpaceStage, view: View): string | undefined =>
  stage.unburied(view, [ghostOf(stage).index]) ?? pages.map((page) => stage.faultOf(view, page, [])).find((fault) => fault);
const one = [1], RING_ENTRIES = ["faultPost", "faultPoll", "faultGather", "faultComplete", "faultRelease"];

/** What became of the first of two leaf directories, in a format that is shipped, when its thread died. */
const LEFT = {
  "in hand": { isDead: false, isHooked: false }, "that is published": { isDead: false, isHooked: true },
  "that is dead": { isDead: true, isHooked: true }, "that is dead and replaced": { isDead: true, isHooked: false },
};
function diedWithDirectory(formatName: string, format: number, left: keyof typeof LEFT): Workload {
  return {
    name: `a dead thread with a directory ${left}, ${formatName}, ghosts`, threads: 1, entries: BURIAL_ENTRIES,
    setup: [...SETUP, "tableCreate", "tableMap"], subjectBytes: SUBJECT_BYTES,
    begin: (run, arena) => {
      const stage = new Stage(run, arena, { slots: 2, systemFrames: 8, pageLg2: 12 }), [me, ghost] = stage.slots as [number, number];
      const table = stage.number("tableCreate", me, format), { isDead, isHooked } = LEFT[left];
      for (const page of [3, 3 + 512]) stage.succeed("tableMap", ghost, table, page, 5, 9, 0);
      const descriptorOf = (frame: number): number => arena.u32(me + Slot.DESCRIPTORS) + frame * Descriptor.BYTES;
      const isFirstOf = (level: number, frame: number): boolean => {
        const at = descriptorOf(frame), place = arena.u32(at + Descriptor.PLACE);
        const isDirectory = arena.u32(at + Descriptor.OWNER) % 2 ** Owner.KIND_BITS === OwnerKind.LIVE;
        return isDirectory && place >>> Place.PAGE === 0 && (place >> Place.LEVEL) % 2 ** Place.LEVEL_BITS === level;
      };
      const [leaf, parent] = [0, 1].map((level) => [1, 2, 3, 4, 5, 6, 7, 8].find((frame) => isFirstOf(level, frame))!) as [number, number];
      const store = (at: number, value: number): void => { arena.setU32(at, value); arena.setU32(at + 4, 0); };
      if (isDead) stage.leaveDead(arena, leaf, 512);
      else store(descriptorOf(leaf) + Descriptor.OWNER, (1 << Owner.THREAD_BITS | 1) << Owner.ARGUMENT | OwnerKind.TRANSIT);
      if (!isHooked) { // and another one is there
        store(stage.itemAt(arena, parent, 0), 0);
        stage.succeed("tableMap", me, table, 3, 5, 9, 0);
      }
      const calls = assemble([burialSteps(me, 1)], me);
      return { threads: [calls], checkEnd: ({ view }) => stage.audit(view) ?? stage.unburied(view, [1]) };
    },
  };
}
/** Who buries looks at one dead directory after the other, each time from where the section is that is open; and somebody waits for both. */
const BESIDE_A_DRAIN: Workload = {
  name: "a dead thread with two dead directories, buried beside a drain, ghosts", threads: 3, subjectBytes: SUBJECT_BYTES,
  entries: [...BURIAL_ENTRIES, "drainBegin", "drainNext", "tableLookup"], setup: [...SETUP, "tableCreate", "tableMap"],
  begin: (run, arena) => {
    const stage = new Stage(run, arena, { slots: 4, systemFrames: 6 }), [by, me, inside, dead] = stage.slots as [number, number, number, number];
    const table = stage.number("tableCreate", by, SHALLOW), root = stage.rootOf(arena, table);
    for (const page of [0, 4]) stage.succeed("tableMap", dead, table, page, 3, EntryKind.PRESENT, 0);
    for (const i of [0, 1]) stage.leaveDead(arena, stage.directoryIn(arena, root, i), 4);
    arena.setU32(inside + Slot.SECTION, arena.u32(ARENA + Header.EPOCH) << Section.EPOCH | 1 << Section.OPEN); // until it looks up
    arena.setU32(inside + Slot.SECTION + 4, 0);
    const draining: Step[] = [{ entry: "drainBegin", values: [me] }, { entry: "drainNext", values: [me, Spaces.ALL] }];
    return {
      threads: [assemble([burialSteps(by, 3)], by), assemble([draining], me),
        [{ entry: "tableLookup", values: [inside, table, 0] }]],
      checkEnd: ({ view }) => stage.audit(view) ?? stage.unburied(view, [3]), nameAddress: (at) => stage.nameOf(at, arena),
    };
  },
};
const IN_SHIPPED = SHIPPED.flatMap((name) => (Object.keys(LEFT) as (keyof typeof LEFT)[]).map((left) => diedWithDirectory(name, FORMATS[name], left)));

export const GHOST_WORKLOADS: Workload[] = [...IN_SHIPPED, BESIDE_A_DRAIN, ...([
  ...[{ rights: 0, to: "none" }, { rights: Right.READ, to: "read" }, { rights: Right.READ | Right.EXECUTE, to: "execute" }].flatMap(({ rights, to }) =>
    (["in system memory", "on the device"] as const).map((state): Omit<Meeting, "ghost"> => ({
      name: `mprotect to ${to} of a page ${state}`, threads: 1, entries: [], pages: [[1, state]], verdict: conforms(one),
      plans: (stage) => {
        stage.succeed("spacePublish", ghostOf(stage).me, stage.space, Change.PROTECT, 1, 2, rights);
        return [[buried(stage, 0)]];
      },
    }))),
  ...["spaceQuiesce", "spaceInvalidate", "spaceFreeGathered"].map((until): Omit<Meeting, "ghost"> => ({
    name: `munmap before ${until}`, threads: 1, entries: ["spaceEdit"], pages: [[1, "in system memory"]], verdict: conforms(one),
    plans: (stage) => { diedIn(stage, ghostly("munmap", stage, 1), until); return [[buried(stage, 0)]]; },
  })),
  { name: "mmap that is published", threads: 1, entries: [], pages: [[1, "untouched"]], verdict: conforms(one),
    plans: (stage, arena) => { diedInMmap(stage, arena); return [[buried(stage, 0)]]; } },
  { name: "mmap that is published, beside another one", threads: 2, entries: ["cpuFault"], pages: [[1, "untouched"]], verdict: conforms(one),
    plans: (stage, arena) => {
      diedInMmap(stage, arena);
      const [me, by] = stage.slots as [number, number];
      return [[[{ entry: "spacePublish", values: [me, stage.space, Change.MAP, 7, 8, Right.READ] }]], [buried(stage, 1), [{ entry: "cpuFault", values: [by, stage.space, 1, 0] }]]];
    } },
  { name: "mmap that is published, beside another one and a fault", threads: 2, entries: ["cpuFault"], pages: [[1, "untouched"]], verdict: conforms(one),
    plans: (stage, arena) => {
      diedInMmap(stage, arena);
      const [me] = stage.slots as [number, number];
      stage.hint(arena, 0, []);
      return [[[{ entry: "spacePublish", values: [me, stage.space, Change.MAP, 7, 8, Right.READ] }], [{ entry: "cpuFault", values: [me, stage.space, 1, 0] }]], [buried(stage, 1)]];
    } },
  ...[false, true].flatMap((device) => [[2, 3], [3, 2]].map((pages): Omit<Meeting, "ghost"> => ({
    name: `fault with a frame of ${device ? "the device" : "the system"} in hand, then faults on ${pages.join(" and ")}`, threads: 1, verdict: conforms([2, 3]),
    entries: ["cpuFault", ...entriesOf("device store, migrating")], pages: [[2, "untouched"], [3, "untouched"]],
    plans: (stage, arena) => {
      stage.hint(arena, 0, []);
      inHand(stage, arena, device ? SYSTEM_FRAMES : SYSTEM_FRAMES - 1);
      const fault: Step[] = [{ entry: "cpuFault", values: [stage.slots[0]!, stage.space, 2, 0] }], store = steps("device store, migrating", stage, 0, 3);
      return [[buried(stage, 0), ...pages.map((page) => page === 2 ? fault : store)]];
    } }))),
  ...[1, 2].map((buriers): Omit<Meeting, "ghost"> => ({
    name: `server of a ring, buried by ${buriers}`, threads: 1 + buriers, entries: RING_ENTRIES, verdict: conforms([]),
    plans: (stage) => {
      const { me, index } = ghostOf(stage), faulter = stage.slots[0]!;
      stage.run("faultPost", me, stage.mirror, 2, 0);
      stage.run("faultPoll", me, stage.mirror, index);
      return [[[{ entry: "faultPost", values: [faulter, stage.mirror, 1, 0] }, ...pollAndServe(faulter, stage.mirror, () => "end", ({ request, page, label, then }) => [
        { label, entry: "faultComplete", values: [faulter, stage.mirror, request, page, Status.HOLE], choose: () => then },
      ])]], ...Array.from({ length: buriers }, (_, i) => [buried(stage, i + 1)])];
    } })),
  { name: "fault that filled its page", threads: 1, entries: [], pages: [[1, "in system memory"]], verdict: conforms(one),
    plans: (stage, arena) => {
      const { me } = ghostOf(stage);
      stage.prepare(2, "untouched");
      stage.succeed("cpuFault", me, stage.space, 2, 0);
      unconfirm(stage, arena, stage.entry(arena, "space", 2).frame);
      return [[buried(stage, 0)]];
    } },
  { name: "mprotect, beside a migration", threads: 2, entries: entriesOf("migrate to the device"), pages: [[1, "in system memory"]], verdict: conforms(one),
    plans: (stage) => {
      stage.succeed("spacePublish", ghostOf(stage).me, stage.space, Change.PROTECT, 1, 2, Right.READ);
      return [[steps("migrate to the device", stage, 0, 1)], [buried(stage, 1)]];
    } },
  { name: "nothing, buried by two", threads: 2, entries: [], plans: (stage) => [[buried(stage, 0)], [buried(stage, 1)]],
    verdict: (completed, stage, view) => completed.filter(({ entry, result }) => entry === "buryEnd" && result === 1).length === 1
      ? stage.unburied(view, [ghostOf(stage).index]) : "not one of two has buried it" },
  ...[TicketStep.PREPARED, TicketStep.COMMITTED].map((step): Omit<Meeting, "ghost"> => ({
    name: `migration that is ${step === TicketStep.PREPARED ? "prepared" : "committed"}, buried by two, one takes a frame`, threads: 2, entries: ["cpuFault"],
    pages: [[1, "in system memory"], [2, "untouched"]], verdict: conforms([1, 2]),
    plans: (stage, arena) => {
      diedInMigration(stage, arena, step);
      return [[buried(stage, 0)], [buried(stage, 1), [{ entry: "cpuFault", values: [stage.slots[1]!, stage.space, 2, 0] }]]];
    } })),
  ...[{ verb: "munmap", op: Change.UNMAP }, { verb: "mprotect", op: Change.PROTECT }].map(({ verb, op }): Omit<Meeting, "ghost"> => ({
    name: `migration of one of two pages, met by a ${verb} of both`, threads: 1, entries: entriesOf("munmap"), pages: [[1, "in system memory"], [2, "in system memory"]],
    verdict: (completed, stage, view) => completed[0]!.result === Status.WAIT ? conforms([1, 2])(completed, stage, view) : "an edit goes on where a ticket holds a page",
    plans: (stage, arena) => {
      diedInMigration(stage, arena, TicketStep.PREPARED);
      const me = stage.slots[0]!, { space } = stage, edit: Step = { entry: "spaceEdit", values: [me, space, op, 1, 3, 0] };
      return [[
        [{ entry: "spacePublish", values: [me, space, op, 1, 3, 0] }, { entry: "spaceQuiesce", values: [me, space, 1, 3] }, { ...edit, on: { [Status.WAIT]: "end" } }],
        buried(stage, 0),
        [{ ...edit, on: { [Status.MORE]: "again" } }, { entry: "spaceInvalidate", values: [me, space, 1, 3, 0] }, { entry: "drainBegin", values: [me] },
          { entry: "drainNext", values: [me, space] }, { entry: "spaceFreeGathered", values: [me] }, { entry: "spaceChangeEnd", values: [me] }],
      ]];
    } })),
] as Omit<Meeting, "ghost">[]).map((each) => meeting({ ...each, name: `a dead ${each.name}, ghosts`, ghost: true }))];
