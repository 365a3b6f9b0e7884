// What threads do beside mapping and faulting: slots, records of tables, spaces and mirrors, pieces of the workspace, counters that
// never go back, the clock of eviction.
import { Side } from "../../../assembly/layout/agent.js";
import { HeldBack, Header, Section, Slot, Staging } from "../../../assembly/layout/arena.js";
import { Entry, EntryKind } from "../../../assembly/layout/entry.js";
import { Change, Direction, Mirror, MirrorState, Space, Spaces } from "../../../assembly/layout/space.js";
import { Status } from "../../../assembly/layout/status.js";
import { Table } from "../../../assembly/layout/table.js";
import type { Completed, View, Workload } from "../workload.js";
import { entriesOf, meeting, steps, type Meeting } from "./meeting.js";
import type { Step } from "./program.js";
import type { SpaceStage } from "./space-pairs.js";
import { ARENA, DEEP, LARGE, SHALLOW, TABLES } from "./stage.js";
import { BURIAL_ENTRIES, setFloat } from "./table-verbs.js";

/** Every call of an export answered a number of its own, from `low` on. */
const allDifferent = (entry: string, low: number) => (completed: Completed[]): string | undefined => {
  const answers = completed.filter((call) => call.entry === entry).map(({ result }) => result);
  return new Set(answers).size < answers.length || answers.some((answer) => answer < low) ? `${entry} answers ${answers.join(" and ")}` : undefined;
};
/** Of two records one is taken: whoever comes second is told that there are no more. */
const oneGets = (completed: Completed[]): string | undefined => {
  const answers = completed.map(({ result }) => result).sort((a, b) => a - b);
  return answers.join() === `${-Status.FULL},2` ? undefined : `two threads get ${answers.join(" and ")} of one free record`;
};

/** A frame beyond all memory. */
const FAR = 2 ** 24;
const leaveAndReturn = (me: number): Step[][] => [[{ entry: "threadUnregister", values: [me] }], [{ entry: "threadRegister", values: [ARENA] }]];
const call = (entry: string, me: number, ...values: number[]): Step[][] => [[{ entry, values: [me, ...values] }]];
/** Space and mirror are taken down: the mirror is killed and drained, everything unmapped, both records given back. */
const takeDown = (stage: SpaceStage, thread: number): Step[] => {
  const me = stage.slots[thread]!;
  return [
    ...steps("kill the mirror", stage, thread, 0),
    { entry: "mirrorDestroy", values: [me, stage.mirror] },
    ...steps("munmap", stage, thread, 1),
    { entry: "spaceDestroy", values: [me, stage.space] },
  ];
};

/** The words of the two sequences of a space and its mirror, and the epoch. */
const sequence = (stage: SpaceStage, view: View): bigint => view.u64(stage.spaceRecord() + Space.SEQUENCE);
const mirrorSequence = (stage: SpaceStage, view: View): bigint => view.u64(stage.mirrorRecord() + Mirror.SEQUENCE);
const epoch = (view: View): bigint => view.u64(ARENA + Header.EPOCH);
/** The counter ends so much above where it was when the stage was set. */
function counts(of: (stage: SpaceStage, view: View) => bigint, by: bigint, plans: (stage: SpaceStage) => Step[][][]): Pick<Meeting, "plans" | "verdict"> {
  const before = new WeakMap<SpaceStage, bigint>();
  return {
    plans: (stage, arena) => { before.set(stage, of(stage, arena)); return plans(stage); },
    verdict: (_, stage, view) => of(stage, view) === before.get(stage)! + by ? undefined
      : `a counter went from ${before.get(stage)} to ${of(stage, view)}: expected ${by} more`,
  };
}

/** The entries of what takes a space and its mirror down. */
const TAKE_DOWN = ["mirrorDestroy", "spaceDestroy", ...entriesOf("munmap"), ...entriesOf("kill the mirror")];
const results = (completed: Completed[]): string => completed.map(({ result }) => result).join();

/** The mirrors that a space lists, by number. */
function listed(stage: SpaceStage, view: View): number[] {
  return Array.from({ length: Space.MIRRORS_MAX }, (_, i) => view.u32(stage.spaceRecord() + Space.MIRRORS + 4 * i)).filter((word) => word !== 0).map((word) => word - 1);
}

export const RECORD_WORKLOADS: Workload[] = ([
  { name: "register | register, slots", threads: 2, entries: ["threadUnregister", "threadRegister"],
    plans: ({ slots }) => slots.map(leaveAndReturn), verdict: allDifferent("threadRegister", 1) },
  { name: "register | munmap, slots", threads: 2, entries: ["threadUnregister", "threadRegister", ...entriesOf("munmap")], pages: [[1, "in system memory"]],
    plans: (stage) => [leaveAndReturn(stage.slots[0]!), [steps("munmap", stage, 1, 1)]] },
  { name: "create a table | create a table, records", threads: 2, entries: ["tableCreate"],
    plans: ({ slots }) => slots.map((me) => call("tableCreate", me, SHALLOW)), verdict: allDifferent("tableCreate", 0) },
  { name: "create a space | create a space, records", threads: 2, entries: ["spaceCreate"],
    plans: ({ slots }) => slots.map((me) => call("spaceCreate", me, SHALLOW)),
    verdict: oneGets },
  { name: "create a mirror | create a mirror, records", threads: 2, entries: ["mirrorCreate"],
    plans: ({ slots, space }) => slots.map((me) => call("mirrorCreate", me, space, SHALLOW)),
    verdict: oneGets },
  { name: "take down | create a space, records", threads: 2, entries: ["mirrorDestroy", "spaceDestroy", "spaceCreate", ...entriesOf("munmap"), ...entriesOf("kill the mirror")],
    pages: [[1, "in system memory"]], plans: (stage) => [[takeDown(stage, 0)], call("spaceCreate", stage.slots[1]!, SHALLOW)], verdict: allDifferent("spaceCreate", 0) },
  { name: "take down | create a mirror, records", threads: 2, entries: ["mirrorKill", "mirrorDestroy", "mirrorCreate", "drainBegin", "drainNext"],
    plans: (stage) => [
      [[...steps("kill the mirror", stage, 0, 0), { entry: "mirrorDestroy", values: [stage.slots[0]!, stage.mirror] }]],
      call("mirrorCreate", stage.slots[1]!, stage.space, SHALLOW),
    ], verdict: allDifferent("mirrorCreate", 0) },
  { name: "take down | evict, records", threads: 2, entries: ["mirrorDestroy", "spaceDestroy", ...entriesOf("munmap"), ...entriesOf("kill the mirror"), ...entriesOf("evict")],
    pages: [[1, "on the device"]], plans: (stage) => [[takeDown(stage, 0)], [steps("evict", stage, 1, 1)]] },
  { name: "destroy a table | create a table, records", threads: 2, entries: ["tableDestroy", "tableCreate"],
    plans: (stage) => {
      const me = stage.slots[0]!, table = stage.number("tableCreate", me, SHALLOW);
      stage.succeed("tableMap", me, table, 3, 3, 9, 0);
      return [[[{ entry: "tableDestroy", values: [me, table] }]], call("tableCreate", stage.slots[1]!, SHALLOW)];
    }, verdict: allDifferent("tableCreate", 0) },
  { name: "take | take, workspace", threads: 2, entries: ["workspaceTake"], workspaceBytes: 192,
    plans: ({ slots }) => slots.map((me) => call("workspaceTake", me, 100)),
    verdict: (completed) => completed.filter(({ result }) => result > 0).length === 1 ? undefined
      : `two threads get ${completed.map(({ result }) => result).join(" and ")} of what is enough for one` },
  { name: "gap | mmap, areas", threads: 2, entries: ["spaceGap", "spaceRights", "spacePublish"], pages: [[1, "untouched"]],
    plans: ({ slots, space }) => [
      [[{ entry: "spaceGap", values: [slots[0]!, space, 0, 1] }, { entry: "spaceRights", values: [slots[0]!, space, 1] }]],
      [[{ entry: "spacePublish", values: [slots[1]!, space, Change.MAP, 0, 1, 3] }]],
    ],
    verdict: (completed) => completed.some(({ entry, result }) => entry === "spaceGap" && result !== 0 && result !== 2) ? "the gap is none" : undefined },
  { name: "drain | drain, epoch", threads: 2, entries: ["drainBegin"],
    ...counts((_, view) => epoch(view), 4n, ({ slots }) => slots.map((me) => [1, 2].map(() => [{ entry: "drainBegin", values: [me] }]))) },
  ...[sequence, mirrorSequence].map((of): Meeting => ({
    name: `invalidate | invalidate, ${of === sequence ? "space" : "mirror"}`, threads: 2, entries: ["spaceInvalidate"],
    ...counts(of, 4n, ({ slots, space }) => slots.map((me) => [1, 2].map(() => [{ entry: "spaceInvalidate", values: [me, space, 1, 2, 0] }]))),
  })),
  { name: "create a space, records", threads: 1, entries: ["spaceCreate"],
    plans: ({ slots }) => [call("spaceCreate", slots[0]!, SHALLOW)],
    verdict: ([made]) => made!.result === 2 ? undefined : `space ${made!.result} is made: expected the third` },
  { name: "create a mirror, records", threads: 1, entries: ["mirrorCreate"],
    plans: ({ slots, space }) => [call("mirrorCreate", slots[0]!, space, SHALLOW)],
    verdict: (completed, stage, view) => {
      const made = completed[0]!.result, word = (at: Mirror): number => view.u32(stage.mirrorRecord(made) + at), isLive = word(Mirror.STATE) === MirrorState.LIVE;
      if (word(Mirror.SPACE) !== stage.space) return `mirror ${made} is one of space ${word(Mirror.SPACE)}`;
      return isLive && listed(stage, view).join() === `${stage.mirror},${made}` ? undefined : `mirror ${made} is created, and the space lists ${listed(stage, view).join()}`;
    } },
  { name: "destroy a mirror and fill a page of a new space | invalidate, records", threads: 2,
    entries: ["mirrorDestroy", "spaceCreate", "spacePublish", "cpuFault", "spaceInvalidate", "evictChoose", ...entriesOf("kill the mirror")], pages: [[1, "in system memory"]],
    plans: (stage) => {
      const [me, other] = stage.slots as [number, number], filling = { entry: "cpuFault", values: [me, 2, 1, 0] };
      const making = [{ entry: "spacePublish", values: [me, 2, Change.MAP, 1, 2, 3] }];
      return [[[...steps("kill the mirror", stage, 0, 0), { entry: "mirrorDestroy", values: [me, stage.mirror] }], ...call("spaceCreate", me, SHALLOW), making, [filling]],
        call("spaceInvalidate", other, stage.space, 1, 2, 0)];
    } },
  { name: "destroy a mirror | create a mirror, records", threads: 2, entries: ["mirrorKill", "mirrorDestroy", "mirrorCreate", "drainBegin", "drainNext"],
    plans: (stage) => [
      [[...steps("kill the mirror", stage, 0, 0), { entry: "mirrorDestroy", values: [stage.slots[0]!, stage.mirror] }]],
      call("mirrorCreate", stage.slots[1]!, stage.space, SHALLOW),
    ],
    verdict: (completed, stage, view) => {
      const made = completed.find(({ entry }) => entry === "mirrorCreate")!.result;
      return listed(stage, view).join() === String(made) && view.u64(stage.mirrorRecord() + Mirror.SERVICE) === 0n ? undefined
        : `the space lists ${listed(stage, view).join()}: expected ${made}`;
    } },
  { name: "a mirror too many, records", threads: 1, entries: ["spaceCreate", "mirrorCreate"],
    plans: ({ slots, space }, arena) => {
      for (let i = 0; i < Space.MIRRORS_MAX; i++) arena.setU32(arena.u32(slots[0]! + Slot.SPACES) + space * Space.BYTES + Space.MIRRORS + 4 * i, 1);
      return [[...call("mirrorCreate", slots[0]!, space, SHALLOW), ...call("mirrorCreate", slots[0]!, 0, SHALLOW)]];
    },
    verdict: ([none, one], stage, view) => none!.result === -Status.FULL && one!.result === 2 && view.u32(stage.mirrorRecord(2) + Mirror.GENERATION) === 3
      ? undefined : `mirrors ${none!.result} and ${one!.result}: expected ${-Status.FULL} and 2` },
  ...[
    { entry: "spaceCreate", of: (stage: SpaceStage) => stage.spaceRecord(2) + Space.GENERATION },
    { entry: "mirrorCreate", of: (stage: SpaceStage) => stage.mirrorRecord(2) + Mirror.GENERATION },
    { entry: "tableCreate", of: (stage: SpaceStage, view: View) => view.u32(stage.slots[0]! + Slot.TABLES) + Table.GENERATION },
  ].flatMap(({ entry, of }) => [1, 2].map((threads): Meeting => ({
    name: `${entry} without memory, ${threads === 1 ? "" : "two threads, "}records`, threads, entries: [entry],
    plans: ({ slots, space, agents }, arena) => agents.map((_, thread) => {
      arena.setU32(slots[thread]! + Slot.QUOTA, 1);
      return call(entry, slots[thread]!, ...entry === "mirrorCreate" ? [space, SHALLOW] : [SHALLOW]);
    }),
    verdict: (completed, stage, view) => view.u32(of(stage, view)) % 2 === 0 && completed.every(({ result }) => result < 0) ? undefined
      : `${results(completed)} without memory` }))),
  { name: "create a mirror | munmap, records", threads: 2, entries: ["mirrorCreate", ...entriesOf("munmap")], pages: [[1, "in system memory"]],
    plans: (stage) => [call("mirrorCreate", stage.slots[0]!, stage.space, SHALLOW), [steps("munmap", stage, 1, 1)]] },
  { name: "create a mirror | evict, records", threads: 2, entries: ["mirrorCreate", ...entriesOf("evict")], pages: [[1, "on the device"]],
    plans: (stage) => [call("mirrorCreate", stage.slots[0]!, stage.space, SHALLOW), [steps("evict", stage, 1, 1)]] },
  { name: "faults in two spaces | munmap, records", threads: 2, entries: ["cpuFault", ...entriesOf("munmap")], pages: [[1, "untouched"]],
    plans: (stage) => [
      [stage.space, 0].map((space) => [{ entry: "cpuFault", values: [stage.slots[0]!, space, 1, 0] }]), [steps("munmap", stage, 1, 1)],
    ] },
  ...([["migrate to the device", "in system memory", EntryKind.PRIVATE], ["migrate to the system", "on the device", EntryKind.PRESENT],
    ["evict", "on the device", EntryKind.PRESENT], ["device store, migrating", "untouched", EntryKind.PRIVATE]] as const).map(([verb, state, kind]): Meeting => ({
    name: `${verb}: it moves, records`, threads: 1, entries: entriesOf(verb), pages: [[1, state]], plans: (stage) => [[steps(verb, stage, 0, 1)]],
    verdict: (_, stage, view) => stage.entry(view, "space", 1).kind === kind ? undefined : `page 1's entry is of kind ${stage.entry(view, "space", 1).kind}: expected ${kind}` })),
  { name: "take down | prepare, records", threads: 2, entries: ["migratePrepare", "migrateUnmap", "drainBegin", "drainNext", "migrateAbort", ...TAKE_DOWN],
    pages: [[1, "in system memory"]],
    plans: (stage) => {
      const me = stage.slots[1]!;
      return [[takeDown(stage, 0)], [[
        { entry: "migratePrepare", values: [me, stage.space, 1, 0], choose: (status) => status === Status.OK ? "unmap" : status === Status.WAIT ? "wait" : "end" },
        { label: "unmap", entry: "migrateUnmap", values: [me] }, { entry: "migrateAbort", values: [me] },
      ]]];
    } },
  ...(["evict", "prepare"] as const).flatMap((verb) => [[SHALLOW, "a table"], [DEEP, "a table of another format"], [SHALLOW, "a space"]].map(([format, what]): Meeting => ({
    name: `take down and create ${what} | ${verb}, records`, threads: 2, pages: [[1, "on the device"]],
    entries: ["tableCreate", "spaceCreate", "migratePrepare", "migrateUnmap", "migrateAbort", "evictChoose", ...TAKE_DOWN],
    plans: (stage) => {
      const [me, other] = stage.slots as [number, number];
      return [[takeDown(stage, 0), ...call(what === "a space" ? "spaceCreate" : "tableCreate", me, format as number)], [[
        ...verb === "evict" ? [{ entry: "evictChoose", values: [other], on: { [Status.NONE]: "end" } }] : [],
        { entry: "migratePrepare", values: [other, stage.space, 1, 1], choose: (status) => status === Status.OK ? "unmap" : status === Status.WAIT ? "wait" : "end" },
        { label: "unmap", entry: "migrateUnmap", values: [other] }, { entry: "migrateAbort", values: [other] },
      ]]];
    } }))),
  ...[false, true].map((elsewhere): Meeting => ({
    name: `destroy a mirror and create one ${elsewhere ? "of another space " : ""}| munmap, records`, threads: 2,
    entries: ["mirrorDestroy", "mirrorCreate", ...entriesOf("munmap"), ...entriesOf("kill the mirror")], pages: [[1, "in system memory"]],
    plans: (stage) => {
      const me = stage.slots[0]!, destroy: Step = { entry: "mirrorDestroy", values: [me, stage.mirror] };
      return [[[...steps("kill the mirror", stage, 0, 0), destroy], ...call("mirrorCreate", me, elsewhere ? 0 : stage.space, SHALLOW)], [steps("munmap", stage, 1, 1)]];
    },
    verdict: (_, stage, view) => view.u32(stage.mirrorRecord() + Mirror.SPACE) === (elsewhere ? 0 : stage.space) ? undefined
      : "the mirror is of another space" })),
  { name: "destroy a mirror and create one | evict, records", threads: 2, entries: ["mirrorDestroy", "mirrorCreate", "evictChoose", ...entriesOf("kill the mirror")],
    pages: [[1, "on the device"]],
    plans: (stage) => {
      const [me, other] = stage.slots as [number, number], destroy: Step = { entry: "mirrorDestroy", values: [me, stage.mirror] };
      return [[[...steps("kill the mirror", stage, 0, 0), destroy], ...call("mirrorCreate", me, stage.space, SHALLOW)], call("evictChoose", other)];
    } },
  { name: "take down, then create again, records", threads: 1, entries: ["spaceCreate", "mirrorCreate", "tableCreate", ...TAKE_DOWN],
    pages: [[1, "in system memory"]],
    plans: (stage) => {
      const me = stage.slots[0]!;
      return [[takeDown(stage, 0), ...call("spaceCreate", me, SHALLOW), ...call("mirrorCreate", me, 1, SHALLOW), ...call("tableCreate", me, SHALLOW)]];
    },
    verdict: (completed) => results(completed.slice(1)) === "1,1,0" ? undefined : `created again: ${results(completed)}` },
  ...[false, true].map((again): Meeting => ({
    name: `destroy a mirror ${again ? "and create one " : ""}| device load, records`, threads: 2, ordered: true, pages: [[1, "in system memory"]],
    entries: ["mirrorDestroy", "mirrorCreate", "accessLoad", ...entriesOf("kill the mirror")],
    plans: (stage) => [
      [[...steps("kill the mirror", stage, 0, 0), { entry: "mirrorDestroy", values: [stage.slots[0]!, stage.mirror] }],
        ...again ? call("mirrorCreate", stage.slots[0]!, stage.space, SHALLOW) : []],
      [1, 2].map(() => [{ entry: "accessLoad", values: [stage.slots[1]!, stage.agents[1]!, Side.DEVICE, 64, 8] }]),
    ],
    verdict: (completed) => {
      const accesses = completed.filter(({ entry }) => entry === "accessLoad"), late = accesses.filter(({ before }) => before[0] === 1);
      const wrong = accesses.find(({ result }) => ![Status.OK, Status.MORE, Status.DEAD, Status.STALE].includes(result)) ?? late.find(({ result }) => result !== Status.STALE);
      return wrong ? `an access answers ${wrong.result}` : undefined;
    } })),
  { name: "an access after its space is gone, records", threads: 1, entries: ["accessLoad", ...TAKE_DOWN],
    pages: [[1, "in system memory"]],
    plans: (stage) => [[takeDown(stage, 0), [{ entry: "accessLoad", values: [stage.slots[0]!, stage.agents[0]!, Side.CPU, 64, 8] }]]],
    verdict: ([, access]) => access!.result === Status.STALE ? undefined : `an access answers ${access!.result}: expected ${Status.STALE}` },
  { name: "map into a table that is gone, records", threads: 1, entries: ["tableCreate", "tableDestroy", "tableMap", "tableMapRange"],
    plans: (stage) => {
      const me = stage.slots[0]!, table = stage.number("tableCreate", me, SHALLOW);
      return [[...call("tableDestroy", me, table), ...call("tableMap", me, table, 3, 3, 9, 0), ...call("tableMapRange", me, table, 3, 5, 3, 9, 0)]];
    },
    verdict: (completed) => completed.slice(1).every(({ result }) => result === Status.STALE) ? undefined : `a map answers ${results(completed)}` },
  { name: "a table gives way to one of another format | lookup, records", threads: 2,
    entries: ["tableCreate", "tableDestroy", "tableMap", "tableMapRange", "tableLookup"],
    plans: (stage) => { // a large leaf of the second is a directory in the first, far away
      const [me, other] = stage.slots as [number, number], table = stage.number("tableCreate", me, DEEP);
      stage.succeed("tableMap", me, table, 0, 3, 9, 0);
      const large = call("tableMapRange", me, table, 0, 2, FAR, 9 | 1 << Entry.SIZE, 0);
      return [[...call("tableDestroy", me, table), ...call("tableCreate", me, LARGE), ...large], call("tableLookup", other, table, 0)];
    } },
  { name: "a batch backwards, records", threads: 1, entries: ["tableMap", "tableLookupBatch"], // those of the pairs are in order
    plans: (stage, arena) => {
      const me = stage.slots[0]!, table = stage.number("tableCreate", me, SHALLOW), staging = arena.u32(me + Slot.STAGING);
      [1, 2].forEach((page, i) => {
        stage.succeed("tableMap", me, table, page, 2 + page, EntryKind.PRESENT, 0);
        setFloat(arena, staging + Staging.PAGES + 8 * i, 3 - page);
      });
      const frame = (view: View, i: number): number => view.f64(staging + Staging.FRAMES + 8 * i);
      return [[[{ entry: "tableLookupBatch", values: [me, table, 2], answer: (_, view) => 10 * frame(view, 0) + frame(view, 1) }]]];
    },
    verdict: ([looked]) => looked!.result === 43 ? undefined : `pages 2 and 1 are mapped to frames ${[...String(looked!.result)].join(" and ")}: expected 4 and 3` },
  { name: "a page on the device is not write-protected, records", threads: 1, entries: ["tableWriteProtect"], pages: [[1, "on the device"]],
    plans: (stage, arena) => {
      const me = stage.slots[0]!, values = [me, TABLES + stage.space, 1, 2, stage.entry(arena, "space", 1).frame];
      return [[[{ entry: "tableWriteProtect", values, answer: (_, view) => view.u32(me + Slot.COUNT) }]]];
    },
    verdict: ([listed]) => listed!.result === 0 ? undefined : `${listed!.result} pages are listed: expected none` },
  { name: "the clock spares what was used, records", threads: 1, entries: ["evictChoose", "accessLoad"], pages: [[1, "on the device"], [2, "on the device"]],
    plans: ({ slots: [me], agents: [agent] }) => {
      const choose: Step[] = [{ entry: "evictChoose", values: [me!], answer: (status, view) => status === Status.OK ? view.f64(me! + Slot.PAGE) : -1 }];
      return [[choose, [{ entry: "accessLoad", values: [me!, agent!, Side.DEVICE, 2 * 64, 8] }], choose, choose]];
    },
    verdict: (completed) => results(completed) === "1,0,1,2" ? undefined : `the clock chooses ${results(completed)}: expected 1,0,1,2` },
  { name: "evict | evict, two pages, records", threads: 2, entries: ["evictChoose"], pages: [[1, "on the device"], [2, "on the device"]],
    plans: (stage, arena) => {
      stage.succeed("evictChoose", stage.slots[0]!); // whatever was used is not any more
      arena.setU32(ARENA + Header.HAND, 0);
      return stage.slots.map((me) => [[{ entry: "evictChoose", values: [me], answer: (_, view) => view.f64(me + Slot.PAGE) }]]);
    },
    verdict: allDifferent("evictChoose", 1) },
  { name: "evict twice | evict, two pages, records", threads: 2, entries: ["evictChoose"], pages: [[1, "on the device"], [2, "on the device"]],
    plans: (stage, arena) => {
      arena.setU32(ARENA + Header.HAND, 0);
      return stage.slots.map((me, thread) => [1, 2].slice(thread).flatMap(() => call("evictChoose", me)));
    } },
  { name: "a drain waits for no later section, records", threads: 2, entries: ["drainNext", ...BURIAL_ENTRIES],
    plans: ({ slots: [me, other], run }, arena) => {
      run("drainBegin", me!);
      arena.setU32(other! + Slot.SECTION, (arena.u32(ARENA + Header.EPOCH) << Section.EPOCH) | (1 << Section.OPEN)); // as if it had entered now
      arena.setU32(other! + Slot.SECTION + 4, 0);
      return [[[{ entry: "drainNext", values: [me!, Spaces.ALL], choose: () => "end" }], ...call("buryThread", me!, 1), ...call("buryEnd", me!, 1)], []];
    },
    verdict: ([drained]) => drained!.result === Status.OK ? undefined : "a drain waits for a section that began after it" },
  { name: "a load that waits for a migration which is given up, and one dies, records", threads: 2, deaths: 1, pages: [[1, "in system memory"]],
    entries: [...entriesOf("CPU load"), "migrateAbort"],
    plans: (stage) => {
      const me = stage.slots[1]!;
      stage.succeed("migratePrepare", me, stage.space, 1, Direction.TO_DEVICE);
      stage.run("migrateUnmap", me);
      return [[steps("CPU load", stage, 0, 1)], call("migrateAbort", me)];
    } },
  { name: "the clock asks no mirror that is not there, records", threads: 1, entries: ["evictChoose", "tableUnmap"], pages: [[1, "on the device"], [2, "on the device"]],
    plans: (stage, arena) => {
      const me = stage.slots[0]!, last = TABLES + stage.number("spaceCreate", me, SHALLOW); // what stands before the tables of mirrors
      stage.succeed("evictChoose", me); // both pages are looked at, and the hand stands behind the first
      stage.succeed("tableMap", me, last, 2, stage.entry(arena, "space", 2).frame, EntryKind.PRESENT | 1 << Entry.ACCESSED, 0);
      return [[[{ entry: "evictChoose", values: [me], answer: (_, view) => view.f64(me + Slot.PAGE) }], ...call("tableUnmap", me, last, 2)]];
    },
    verdict: (completed) => completed[0]!.result === 2 ? undefined : `the clock chooses ${completed[0]!.result}: expected 2` },
  { name: "unmap | map frame 0, records", threads: 2, entries: ["tableCreate", "tableUnmap", "tableMap", "tableLookup"],
    // The smallest item of all: with its lowest bits cut off it is no more than the generation of a mark.
    plans: (stage) => {
      const [me, other] = stage.slots as [number, number], table = stage.number("tableCreate", me, SHALLOW);
      stage.succeed("tableMap", me, table, 4, 3, EntryKind.PRESENT, 0);
      return [call("tableUnmap", me, table, 4), [...call("tableMap", other, table, 5, 0, EntryKind.PRESENT, 0), ...call("tableLookup", other, table, 5)]];
    },
    verdict: (completed) => completed.some(({ entry, result }) => entry === "tableLookup" && result !== 0) ? "a page that was mapped is gone" : undefined },
  { name: "memory held back by a section | lookup, records", threads: 2, entries: ["tableUnmap", "tableMap", "tableLookup", "drainBegin", "drainNext"], systemFrames: 7,
    plans: (stage) => {
      const [me, other] = stage.slots as [number, number], table = stage.number("tableCreate", me, SHALLOW);
      stage.succeed("tableMap", me, table, 3, 3, 9, 0);
      return [[[{ entry: "tableUnmap", values: [me, table, 3] }], [
        { label: "map", entry: "tableMap", values: [me, table, 7, 3, 9, 0],
          choose: (status, view) => status === Status.NOMEM && view.u32(me + Slot.HELD_BACK) === HeldBack.SECTION ? "drain" : "end" },
        { label: "drain", entry: "drainBegin", values: [me] },
        { entry: "drainNext", values: [me, Spaces.ALL], on: { [Status.OK]: "map" } },
      ]], [[{ entry: "tableLookup", values: [other, table, 3] }]]];
    },
    verdict: (completed) => completed.every(({ entry, result }) => entry !== "tableMap" || result === Status.OK) ? undefined : "a map finds no memory, and all of it is free" },
] as Meeting[]).map(meeting);
