// Rings: of faults, which whoever waits serves; and the one that carries a trace to its players.
import { Agent } from "../../../assembly/layout/agent.js";
import { Slot } from "../../../assembly/layout/arena.js";
import { Mirror } from "../../../assembly/layout/space.js";
import { Status } from "../../../assembly/layout/status.js";
import { Decoder, Player, Ring } from "../../../assembly/layout/trace.js";
import type { Completed, Memory, View, Workload } from "../workload.js";
import { meeting, type Meeting } from "./meeting.js";
import type { Step } from "./program.js";
import { requestOf, pollAndServe } from "./serving.js";
import { AGENT_BYTES, type SpaceStage } from "./space-pairs.js";
import { BURIAL_ENTRIES, burialSteps } from "./table-verbs.js";

/** Each thread posts a request; whoever serves answers each with a status of its own. `gives up`: that thread takes its request back at once. */
function ringMeeting(givesUp = -1): Pick<Meeting, "entries" | "plans" | "verdict"> {
  const answers = [Status.OK, Status.HOLE, Status.DENIED], statusFor = (page: number): number => answers[page - 1]!;
  return {
    entries: ["faultPost", "faultPoll", "faultGather", "faultComplete", "faultRelease", "faultWithdraw"],
    plans: ({ slots, agents, mirror }) => slots.slice(0, agents.length).map((me, thread): Step[][] => {
      const post: Step = { entry: "faultPost", values: [me, mirror, thread + 1, 0] };
      if (thread === givesUp) return [[post, { entry: "faultWithdraw", values: [me, mirror, requestOf(me)] }]];
      return [[post, ...pollAndServe(me, mirror, () => "end", ({ request, page, label, then }) => [
        { label, entry: "faultComplete", values: [me, mirror, request, page, (view) => statusFor(page(view))], choose: () => then },
      ])]];
    }),
    verdict: (completed, stage, view) => {
      const wrong = completed.find(({ thread, entry, result }) => entry === "faultPoll" && result !== statusFor(thread + 1));
      if (wrong) return `thread ${wrong.thread}'s fault is answered with ${wrong.result}: expected ${statusFor(wrong.thread + 1)}`;
      const at = stage.mirrorRecord(), left = Array.from({ length: Mirror.RING_SIZE }, (_, i) => view.u64(at + Mirror.RING + 8 * i)).filter((word) => word !== 0n);
      return left.length || view.u64(at + Mirror.SERVICE)
        ? `the ring holds ${left.length} requests, its service is ${view.u64(at + Mirror.SERVICE)}: expected none` : undefined;
    },
  };
}

/** The second thread serves the ring, and has a request in it like the third, which has ended: it is buried, and what is the second's stays. */
const BURIED_BESIDE: Pick<Meeting, "entries" | "plans" | "verdict"> = {
  entries: ["faultPost", "faultPoll", ...BURIAL_ENTRIES],
  plans: ({ slots: [me, server, ended], mirror, run }) => {
    run("faultPost", server!, mirror, 1, 0);
    run("faultPost", ended!, mirror, 2, 0);
    run("faultPoll", server!, mirror, 1);
    return [[burialSteps(me!, 2)], [], []];
  },
  verdict: (_, stage, view) => {
    const at = stage.mirrorRecord(), [first, second, third] = [0, 1, 2].map((i) => view.u64(at + Mirror.RING + 8 * i));
    return !first && second && !third && view.u64(at + Mirror.SERVICE) ? undefined : "a burial leaves what is the dead thread's, or takes what is not";
  },
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

export const RING_WORKLOADS: Workload[] = ([
  { name: "fault | fault, ring", threads: 2, ...ringMeeting() },
  { name: "fault | fault, ring, death", threads: 2, deaths: 1, ...ringMeeting() },
  { name: "fault | fault and give up, ring", threads: 2, ...ringMeeting(1) },
  { name: "fault | fault | fault, ring", threads: 3, ...ringMeeting() },
  { name: "a burial beside a server and its request, ring", threads: 3, ...BURIED_BESIDE },
  { name: "write | play, trace ring", threads: 2, entries: ["ringClaim", "ringPublish", "ringEnd", "ringTake", "ringDone", "decode", "play", "cpuFault"],
    pages: [[1, "in system memory"]], plans: traceRing, verdict: playedAll,
    workspaceBytes: Ring.BYTES + Decoder.BYTES + 2 * (AGENT_BYTES + Player.BYTES), subjectBytes: RING_BYTES },
] as Meeting[]).map(meeting);
