// What threads do beside mapping and faulting: slots, records of tables, spaces and mirrors, pieces of the workspace, the ring that
// carries a trace to its players. A few chosen meetings, each with a check of its own beside the audit.
import { Slot } from "../../../assembly/layout/arena.js";
import { Agent } from "../../../assembly/layout/agent.js";
import { Change } from "../../../assembly/layout/space.js";
import { Status } from "../../../assembly/layout/status.js";
import { Decoder, Player, Ring } from "../../../assembly/layout/trace.js";
import type { Completed, Memory, View, Workload } from "../workload.js";
import { assemble, type Step } from "./program.js";
import { AGENT_BYTES, PROGRAM_RACE, SPACE_SETUP, SpaceStage } from "./space-pairs.js";
import { spaceVerb, type PageState } from "./space-verbs.js";
import { ARENA, SHALLOW } from "./stage.js";

/** The operations of each thread, made when the stage is set; what is wrong with what they answered. */
type Plans = (stage: SpaceStage, arena: Memory) => Step[][][];
interface Meeting {
  name: string; threads: number; entries: string[]; plans: Plans;
  pages?: [number, PageState][];
  verdict?(completed: Completed[], stage: SpaceStage, view: View): string | undefined;
  workspaceBytes?: number; subjectBytes?: number;
}

function meeting({ name, threads, entries, plans, pages = [], verdict, workspaceBytes = 0, subjectBytes }: Meeting): Workload {
  return {
    name, threads, entries, setup: SPACE_SETUP, races: [PROGRAM_RACE], ...subjectBytes !== undefined && { subjectBytes },
    begin: (run, arena) => {
      const stage = new SpaceStage(run, arena, threads, threads, workspaceBytes);
      for (const [page, state] of pages) stage.prepare(page, state);
      const programs = plans(stage, arena).map((operations, thread) => assemble(operations, stage.slots[thread]!));
      return { threads: programs, checkEnd: ({ view, completed }) => stage.audit(view) ?? verdict?.(completed, stage, view), nameAddress: (at) => stage.nameOf(at, arena) };
    },
  };
}

/** Every call of an export answered a number of its own, from `low` on. */
const allDifferent = (entry: string, low: number) => (completed: Completed[]): string | undefined => {
  const answers = completed.filter((call) => call.entry === entry).map(({ result }) => result);
  return new Set(answers).size < answers.length || answers.some((answer) => answer < low) ? `${entry} answers ${answers.join(" and ")}` : undefined;
};
/** Of two records one is taken: whoever comes second is told that there are no more. */
const oneGets = (completed: Completed[]): string | undefined => {
  const answers = completed.map(({ result }) => result).sort((a, b) => a - b);
  return answers.join() === `${-Status.FULL},1` ? undefined : `two threads get ${answers.join(" and ")} of one free record`;
};
const steps = (name: string, stage: SpaceStage, thread: number, page: number): Step[] => spaceVerb(name).steps(stage.spot(thread, page, 100));
const entriesOf = (name: string): string[] => spaceVerb(name).steps({ me: 0, space: 0, mirror: 0, agent: 0, page: 0, pageBytes: 64, value: 0 }).map(({ entry }) => entry);

const leaveAndReturn = (me: number): Step[][] => [[{ entry: "threadUnregister", values: [me] }], [{ entry: "threadRegister", values: [ARENA] }]];
const create = (entry: string, me: number, ...values: number[]): Step[][] => [[{ entry, values: [me, ...values] }]];
/** Space 0 and mirror 0 are taken down: the mirror is killed and drained, everything unmapped, both records given back. */
const takeDown = (stage: SpaceStage, thread: number): Step[] => {
  const me = stage.slots[thread]!;
  return [
    ...steps("kill the mirror", stage, thread, 0),
    { entry: "mirrorDestroy", values: [me, 0] },
    ...steps("munmap", stage, thread, 1),
    { entry: "spaceDestroy", values: [me, 0] },
  ];
};

const RING_BYTES = 2 * 2 ** 20;
/** A record of a trace: " L 40,8", a load of eight bytes at the beginning of page 1. */
const LINE = new TextEncoder().encode(" L 40,8\n");

/** The writer: a batch of one record, then the end. The reader: plays what comes. Eight empty batches lie in the ring, as many as it holds. */
function traceRing(stage: SpaceStage, arena: Memory): Step[][][] {
  const [writer, reader] = stage.slots as [number, number], ring = stage.number("workspaceTake", writer, Ring.BYTES), state = stage.number("workspaceTake", writer, Decoder.BYTES);
  const text = state + Decoder.BYTES - 64, agent = stage.agents[1]!, batch = (me: number) => (view: View): number => view.u32(me + Slot.WAIT_ADDRESS);
  for (let i = 0; i < LINE.length; i += 4) arena.setU32(text + i, new DataView(LINE.buffer).getUint32(i, true));
  arena.setU32(ring + Ring.PRODUCED, Ring.PLACES << 1);
  arena.setU32(ring + Ring.READERS, 0);
  return [[[
    { label: "claim", entry: "ringClaim", values: [writer, ring, 1], on: { [Status.WAIT]: "wait" } },
    { entry: "decode", values: [state, batch(writer), text, text + LINE.length] },
    { entry: "ringPublish", values: [ring, 1] },
    { entry: "ringEnd", values: [ring] },
  ]], [[
    { label: "take", entry: "ringTake", values: [reader, ring, 0], on: { [Status.WAIT]: "wait", [Status.END]: "end" } },
    { label: "play", entry: "play", values: [reader, agent, batch(reader), 0, (view) => view.u32(reader + Slot.COUNT)], on: { [Status.MORE]: "fault" } },
    { label: "done", entry: "ringDone", values: [ring, 0], choose: () => "take" },
    { label: "fault", entry: "cpuFault", values: [reader, stage.space, 1, 0], choose: () => "done" },
  ]]];
}

/** The reader has played the one record, and given all batches back. */
const playedAll = (_: Completed[], stage: SpaceStage, view: View): string | undefined => {
  const loads = view.u64(stage.agents[1]! + Agent.BYTES + Player.ACCESSES);
  return loads === 1n ? undefined : `${loads} accesses are played: expected 1`;
};

export const RECORD_WORKLOADS: Workload[] = ([
  { name: "register | register, slots", threads: 2, entries: ["threadUnregister", "threadRegister"],
    plans: ({ slots }) => slots.map(leaveAndReturn), verdict: allDifferent("threadRegister", 1) },
  { name: "register | munmap, slots", threads: 2, entries: ["threadUnregister", "threadRegister", ...entriesOf("munmap")], pages: [[1, "in system memory"]],
    plans: (stage) => [leaveAndReturn(stage.slots[0]!), [steps("munmap", stage, 1, 1)]] },
  { name: "create a table | create a table, records", threads: 2, entries: ["tableCreate"],
    plans: ({ slots }) => slots.map((me) => create("tableCreate", me, SHALLOW)), verdict: allDifferent("tableCreate", 0) },
  { name: "create a space | create a space, records", threads: 2, entries: ["spaceCreate"],
    plans: ({ slots }) => slots.map((me) => create("spaceCreate", me, SHALLOW)),
    verdict: oneGets },
  { name: "create a mirror | create a mirror, records", threads: 2, entries: ["mirrorCreate"],
    plans: ({ slots, space }) => slots.map((me) => create("mirrorCreate", me, space, SHALLOW)),
    verdict: oneGets },
  { name: "take down | create a space, records", threads: 2, entries: ["mirrorDestroy", "spaceDestroy", "spaceCreate", ...entriesOf("munmap"), ...entriesOf("kill the mirror")],
    pages: [[1, "in system memory"]], plans: (stage) => [[takeDown(stage, 0)], create("spaceCreate", stage.slots[1]!, SHALLOW)], verdict: allDifferent("spaceCreate", 0) },
  { name: "take down | create a mirror, records", threads: 2, entries: ["mirrorKill", "mirrorDestroy", "mirrorCreate", "drainBegin", "drainNext"],
    plans: (stage) => [
      [[...steps("kill the mirror", stage, 0, 0), { entry: "mirrorDestroy", values: [stage.slots[0]!, 0] }]], create("mirrorCreate", stage.slots[1]!, stage.space, SHALLOW),
    ], verdict: allDifferent("mirrorCreate", 0) },
  { name: "take down | evict, records", threads: 2, entries: ["mirrorDestroy", "spaceDestroy", ...entriesOf("munmap"), ...entriesOf("kill the mirror"), ...entriesOf("evict")],
    pages: [[1, "on the device"]], plans: (stage) => [[takeDown(stage, 0)], [steps("evict", stage, 1, 1)]] },
  { name: "destroy a table | create a table, records", threads: 2, entries: ["tableDestroy", "tableCreate"],
    plans: (stage) => {
      const me = stage.slots[0]!, table = stage.number("tableCreate", me, SHALLOW);
      stage.succeed("tableMap", me, table, 3, 3, 9, 0);
      return [[[{ entry: "tableDestroy", values: [me, table] }]], create("tableCreate", stage.slots[1]!, SHALLOW)];
    }, verdict: allDifferent("tableCreate", 0) },
  { name: "take | take, workspace", threads: 2, entries: ["workspaceTake"], workspaceBytes: 192,
    plans: ({ slots }) => slots.map((me) => create("workspaceTake", me, 100)),
    verdict: (completed) => completed.filter(({ result }) => result > 0).length === 1 ? undefined
      : `two threads get ${completed.map(({ result }) => result).join(" and ")} of what is enough for one` },
  { name: "gap | mmap, areas", threads: 2, entries: ["spaceGap", "spaceRights", "spacePublish"], pages: [[1, "untouched"]],
    plans: ({ slots, space }) => [
      [[{ entry: "spaceGap", values: [slots[0]!, space, 0, 1] }, { entry: "spaceRights", values: [slots[0]!, space, 1] }]],
      [[{ entry: "spacePublish", values: [slots[1]!, space, Change.MAP, 0, 1, 3] }]],
    ] },
  { name: "write | play, trace ring", threads: 2, entries: ["ringClaim", "ringPublish", "ringEnd", "ringTake", "ringDone", "decode", "play", "cpuFault"],
    pages: [[1, "in system memory"]], plans: traceRing, verdict: playedAll,
    workspaceBytes: Ring.BYTES + Decoder.BYTES + 2 * (AGENT_BYTES + Player.BYTES), subjectBytes: RING_BYTES },
] as Meeting[]).map(meeting);
