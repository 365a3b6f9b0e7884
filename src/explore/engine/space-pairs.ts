// Verbs of an address space against each other, as pairs of threads that both act for the CPU and for a device. Checked at each end: the
// audit, the word of each page against its model (H1, H3), what the device's table and the TLBs still say (H1, H2), dirty bits (H3).
import { Agent, Side } from "../../../assembly/layout/agent.js";
import { Descriptor, Slot } from "../../../assembly/layout/arena.js";
import { Entry, EntryKind } from "../../../assembly/layout/entry.js";
import { Mirror, MirrorState, Right, Space } from "../../../assembly/layout/space.js";
import { Player } from "../../../assembly/layout/trace.js";
import { Status } from "../../../assembly/layout/status.js";
import { PageMirrorError } from "../../error.js";
import type { Call, End, Memory, Plan, Run, View, Workload } from "../workload.js";
import { describe, hasOrder, timeline } from "./history.js";
import { assemble, statusOf, type Step } from "./program.js";
import { SETUP, SHALLOW, SPACES, SUBJECT_BYTES, Stage, TABLES, noMoreFrames } from "./stage.js";
import { SPACE_VERBS, spaceVerb, wordModel, wordState, type PageState, type SpaceSpot, type SpaceVerb } from "./space-verbs.js";
import { TROUBLED, type Trouble } from "./table-pairs.js";
import { flagsAt } from "./table-verbs.js";

export interface SpaceCase {
  name: string;
  threads: { verb: SpaceVerb; page: number }[][];
  /** How pages are at first. */
  pages: Map<number, PageState>;
  trouble: Trouble;
  /** As in a TableCase. */
  deaths?: number;
  buriers?: number;
  beyond?: Workload["beyond"];
  /** Threads look for frames in one place, and meet there; else each has some of its own. */
  together?: true;
}

export const AGENT_BYTES = Agent.BYTES + Player.BYTES;
/** The first frames hold the stage; each of three threads has some to itself. */
const FRAMES_OF_STAGE = 13, FRAMES_EACH = 5;
export const SYSTEM_FRAMES = FRAMES_OF_STAGE + 3 * FRAMES_EACH;
const FIRST_VALUE = 7, PAGE_LG2 = 6;
export const SPACE_SETUP = [
  ...SETUP, "spaceCreate", "mirrorCreate", "workspaceTake", "spaceRights", "tableLookup", "spacePublish", "accessStore", "tableMap", "deviceFault", "cpuFault",
  "migratePrepare", "migrateUnmap", "drainBegin", "drainNext", "migrateFinish",
];
export const BURIAL = [
  "buryThread", "spaceQuiesceBegin", "spaceQuiesce", "buryConform", "spaceInvalidate", "drainBegin", "drainNext", "spaceFreeGathered", "buryOrphans", "buryEnd",
];

/** Its functions as the compiler leaves them: it may put the one that does the work into the one that is exported. */
const PROGRAM_RACE = {
  functions: ["index/accessLoad", "index/accessStore", "access/accessLoad", "access/accessStore"],
  reason: "two accesses of a program to one word race in the program, as on hardware",
};

/** The races that are declared where a program's accesses are among what threads call. */
export function racesOf(entries: Iterable<string>): Pick<Workload, "races"> {
  return [...entries].some((entry) => PROGRAM_RACE.functions.includes(`index/${entry}`)) ? { races: [PROGRAM_RACE] } : {};
}

/** How a dead thread is buried: src/bury.ts. */
export function burial(me: number, slot: number, dead: number, space: number): Step[] {
  const first = (view: View): number => Number(view.u64(slot + Slot.CHANGE_FIRST)), end = (view: View): number => Number(view.u64(slot + Slot.CHANGE_END));
  return [
    { entry: "buryThread", values: [me, dead], on: { [Status.OK]: "last", [Status.NONE]: "end" } },
    { entry: "spaceQuiesceBegin", values: [me] },
    { entry: "spaceQuiesce", values: [me, space, first, end] },
    { label: "conform", entry: "buryConform", values: [me, space, first, end], on: { [Status.MORE]: "again" } },
    { label: "invalidate", entry: "spaceInvalidate", values: [me, space, first, end, 0] },
    { entry: "drainBegin", values: [me] },
    { entry: "drainNext", values: [me, space] },
    { entry: "spaceFreeGathered", values: [me] },
    { entry: "buryOrphans", values: [me, space, first, end], on: { [Status.MORE]: "invalidate" } },
    { label: "last", entry: "buryEnd", values: [me, dead] },
  ];
}

/** The space, its mirror and an agent for each thread, in a small arena. */
export class SpaceStage extends Stage {
  readonly space: number;
  readonly mirror: number;
  readonly agents: number[];
  constructor(run: Run, arena: Memory, slots: number, agents: number, workspaceBytes = 0, systemFrames = SYSTEM_FRAMES) {
    super(run, arena, { slots, systemFrames, deviceFrames: 2, pageLg2: PAGE_LG2, workspaceBytes: agents * AGENT_BYTES + workspaceBytes });
    const me = this.slots[0]!;
    this.number("mirrorCreate", me, this.number("spaceCreate", me, SHALLOW), SHALLOW); // so that the numbers of the others are not 0
    this.space = this.number("spaceCreate", me, SHALLOW);
    this.mirror = this.number("mirrorCreate", me, this.space, SHALLOW);
    this.agents = Array.from({ length: agents }, () => {
      const at = this.number("workspaceTake", me, AGENT_BYTES);
      arena.setU32(at + Agent.SPACE, this.space);
      arena.setU32(at + Agent.SPACE_GENERATION, arena.u32(this.spaceRecord() + Space.GENERATION));
      arena.setU32(at + Agent.MIRROR, this.mirror + 1);
      arena.setU32(at + Agent.MIRROR_GENERATION, arena.u32(this.mirrorRecord() + Mirror.GENERATION));
      return at;
    });
  }
  spaceRecord(space = this.space): number { return this.arena.u32(this.slots[0]! + Slot.SPACES) + space * Space.BYTES; }
  mirrorRecord(mirror = this.mirror): number { return this.arena.u32(this.slots[0]! + Slot.MIRRORS) + mirror * Mirror.BYTES; }

  spot(thread: number, page: number, value: number): SpaceSpot {
    return { me: this.slots[thread]!, agent: this.agents[thread]!, space: this.space, mirror: this.mirror, page, pageBytes: 2 ** PAGE_LG2, value };
  }
  /** Brings a page into its first state; the first thread does, and its agent has cached nothing afterwards. */
  prepare(page: number, state: PageState): void {
    if (state === "hole") return;
    const spot = this.spot(0, page, FIRST_VALUE), verb = (name: string): Call[] => assemble([spaceVerb(name).steps(spot)], spot.me);
    this.perform(verb("mmap"));
    const expect = (of: "space" | "mirror", kind: EntryKind): void => {
      const found = this.entry(this.arena, of, page).kind;
      if (found !== kind) throw new PageMirrorError("EIO", `the stage is not set: page ${page} is to be ${state}, and its entry in the ${of}'s table is of kind ${found}`);
    };
    if (state === "untouched") return expect("space", EntryKind.NONE);
    this.perform(verb(state === "on the device" ? "device store, migrating" : "device store"));
    expect("space", state === "on the device" ? EntryKind.PRIVATE : EntryKind.PRESENT);
    expect("mirror", EntryKind.PRESENT);
    for (let at = spot.agent + Agent.CPU; at < spot.agent + Agent.BYTES; at += 4) if (this.arena.u32(at)) this.arena.setU32(at, 0);
  }
  /** The entry that one of the two tables has for a page. */
  entry(view: View, of: "space" | "mirror", page: number): { kind: EntryKind; frame: number; flags: number } {
    const me = this.slots[0]!, table = of === "space" ? TABLES + this.space : TABLES + SPACES + this.mirror;
    const flags = flagsAt(this.run, view, me, table, page);
    return { kind: flags & ((1 << Entry.KIND_BITS) - 1), frame: view.f64(me + Slot.FRAME), flags };
  }
  /** The model's state of a page's word, as it really is. */
  word(view: View, page: number): number {
    const rights = this.run("spaceRights", this.slots[0]!, this.space, page);
    return wordState(rights, this.#content(view, page), view.u32(this.mirrorRecord() + Mirror.STATE) === MirrorState.DEAD);
  }
  #content(view: View, page: number): number {
    const { kind, frame } = this.entry(view, "space", page);
    return kind === EntryKind.NONE ? 0 : Number(view.u64(this.#frameAt(view, frame)));
  }
  #frameAt(view: View, frame: number): number { return view.u32(this.slots[0]! + Slot.FRAMES) + frame * 2 ** PAGE_LG2; }

  /** What is wrong with a page that nobody works on. */
  faultOf(view: View, page: number, living: number[]): string | undefined {
    const cpu = this.entry(view, "space", page), device = this.entry(view, "mirror", page);
    const can = ({ flags }: { flags: number }, bit: Entry): boolean => (flags >> bit & 1) === 1;
    const rights = this.run("spaceRights", this.slots[0]!, this.space, page), content = this.#content(view, page);
    const isOfDevice = cpu.frame >= SYSTEM_FRAMES;
    if ((cpu.kind === EntryKind.PRESENT && isOfDevice) || (cpu.kind === EntryKind.PRIVATE && !isOfDevice))
      return `the entry of page ${page} is of kind ${cpu.kind}, its frame is ${cpu.frame}`;
    const gives = (bit: Entry): boolean => rights >= 0 && (rights & (bit === Entry.WRITE ? Right.WRITE : Right.EXECUTE)) !== 0;
    if (cpu.kind === EntryKind.PRESENT && [Entry.WRITE, Entry.EXECUTE].some((bit) => can(cpu, bit) && !gives(bit))) return `an entry allows on page ${page} what the area does not`;
    if (cpu.kind === EntryKind.GUARDED && rights > 0) return undefined; // the next fault opens it
    if (rights === 0 && (cpu.kind === EntryKind.PRESENT || cpu.kind === EntryKind.PRIVATE)) return `page ${page} can be read, and its area gives no right`;
    if (device.kind === EntryKind.PRESENT) {
      if ((cpu.kind !== EntryKind.PRESENT && cpu.kind !== EntryKind.PRIVATE) || device.frame !== cpu.frame)
        return `the device still maps page ${page} to frame ${device.frame}; the CPU's entry is of kind ${cpu.kind}, frame ${cpu.frame}`;
      if ([Entry.WRITE, Entry.EXECUTE].some((bit) => can(device, bit) && !can(cpu, bit))) return `the device may do with page ${page} what the CPU may not`;
    }
    if (cpu.kind !== EntryKind.NONE) {
      const noted = view.u32(view.u32(this.slots[0]! + Slot.DESCRIPTORS) + cpu.frame * Descriptor.BYTES + Descriptor.DIRTY);
      if (noted && content === 0) return `page ${page} was never written to and is noted as dirty`;
      const isDirty = noted || can(cpu, Entry.DIRTY) || (device.kind === EntryKind.PRESENT && can(device, Entry.DIRTY));
      if (content > FIRST_VALUE && !isDirty) return `page ${page} was written to and is not dirty`;
    }
    for (const thread of living) for (const side of [Side.CPU, Side.DEVICE]) {
      const at = this.agents[thread]! + (side === Side.CPU ? Agent.CPU : Agent.DEVICE), item = at + Agent.TLB + (page % 256) * 16, tag = view.u64(item + Agent.TAG);
      const now = view.u64(side === Side.CPU ? this.spaceRecord() + Space.SEQUENCE : this.mirrorRecord() + Mirror.SEQUENCE);
      if (view.u64(at + Agent.SEQUENCE) !== now || tag >> 1n !== BigInt(page + 1)) continue;
      // Who invalidates may have died between entries and sequence: the entry is gone, the translation is still right.
      const isThere = cpu.kind === EntryKind.PRESENT || (side === Side.DEVICE && cpu.kind === EntryKind.PRIVATE);
      if (!isThere || view.u32(item + Agent.HOST) !== this.#frameAt(view, cpu.frame)) return `a TLB still maps page ${page} elsewhere`;
      if (tag & 1n && !can(cpu, Entry.WRITE)) return `a TLB still lets page ${page} be written to`;
    }
    return undefined;
  }
}

export function spaceWorkload({ name, threads, pages, trouble, beyond, together, buriers = 1, ...given }: SpaceCase): Workload {
  const deaths = trouble === "death" ? given.deaths ?? 1 : 0, count = threads.length;
  const entries = new Set(deaths ? BURIAL : []), setup = new Set(SPACE_SETUP);
  const anywhere: SpaceSpot = { me: 0, space: 0, mirror: 0, agent: 0, page: 0, pageBytes: 64, value: 0 };
  for (const { entry } of threads.flat().flatMap(({ verb }) => verb.steps(anywhere))) entries.add(entry);
  return {
    name, threads: count, deaths, buriers, subjectBytes: SUBJECT_BYTES, entries: [...entries], setup: [...setup], ...racesOf(entries), ...beyond && { beyond },
    begin: (run, arena) => {
      const stage = new SpaceStage(run, arena, count + deaths + buriers - 1, count), { slots } = stage;
      for (const [page, state] of pages) stage.prepare(page, state);
      slots.forEach((_, thread) => { stage.hint(arena, thread, together ? [] : Array.from({ length: FRAMES_EACH }, (_, i) => FRAMES_OF_STAGE + FRAMES_EACH * thread + i)); });
      const first = new Map([...pages.keys()].map((page) => [page, stage.word(arena, page)]));
      const spots = threads.map((calls, thread) => calls.map(({ page }, i) => stage.spot(thread, page, 100 + 10 * thread + i)));
      const programs = threads.map((calls, thread) => calls.map(({ verb }, i) => verb.steps(spots[thread]![i]!)));
      const starts = programs.map((operations) => operations.reduce<number[]>((sums, steps) => [...sums, sums.at(-1)! + steps.length], [0]));
      const operationAt = (thread: number, call: number): number => starts[thread]!.findLastIndex((start) => start <= call);
      const decode = (thread: number, i: number, result: number): ReturnType<SpaceVerb["operations"]> => threads[thread]![i]!.verb.operations(spots[thread]![i]!, result);

      const isRefused = (result: number): boolean => statusOf(result) === Status.NOMEM;
      const checkHistory = ({ completed, dead, view }: End): string | undefined => {
        const wrong = stage.audit(view) ?? stage.unburied(view, dead);
        if (wrong) return wrong;
        const ours = completed.filter(({ thread }) => thread < count), fallen = dead.filter((thread) => thread < count);
        const operations = timeline(ours, fallen, ({ thread, call, result }) => {
          return isRefused(result) ? [] : decode(thread, operationAt(thread, call), result);
        }, (thread, done) => done < threads[thread]!.length ? decode(thread, done, Status.OK).map(({ operation }) => operation) : []);
        if (trouble !== "no frames" && ours.some(({ result }) => isRefused(result))) return "a verb answers NOMEM, and frames are free";
        const living = threads.map((_, thread) => thread).filter((thread) => !dead.includes(thread));
        for (const page of pages.keys()) {
          const here = operations.filter(({ operation }) => operation.page === undefined || operation.page === page), from = first.get(page)!, to = stage.word(view, page);
          if (!hasOrder(here, wordModel, from, to)) return `page ${page} was ${from} and is ${to}: no order explains ${describe(here, ({ verb }) => verb)}`;
          const fault = stage.faultOf(view, page, living);
          if (fault) return fault;
        }
        return undefined;
      };
      const plan: Plan = { threads: programs.map((operations, thread) => assemble(operations, slots[thread]!)), checkHistory, nameAddress: (at) => stage.nameOf(at, arena) };
      if (deaths) {
        plan.recover = (dead, by) => assemble([burial(slots[by]!, slots[dead]!, dead, stage.space)], slots[by]!);
        plan.privateOf = (thread) => [...stage.privateOf(thread), ...thread < count ? [[stage.agents[thread]!, stage.agents[thread]! + AGENT_BYTES] as [number, number]] : []];
      }
      if (trouble === "no frames") plan.events = threads.map((_, thread) => noMoreFrames(slots, thread));
      return plan;
    },
  };
}

const troubled = (trouble: Trouble): string => trouble === "none" ? "" : `, ${trouble}`;

function pair(a: SpaceVerb, b: SpaceVerb, trouble: Trouble): SpaceCase[] {
  const both = [a, b], name = (where: string): string => `${a.name} | ${b.name}, ${where}${troubled(trouble)}`;
  const hole: PageState[] = both.some(({ wants }) => wants === "hole") ? ["hole"] : [], beyond = trouble === "none" ? undefined : TROUBLED;
  const same = (state: PageState): SpaceCase =>
    ({ name: name(`same page, ${state}`), pages: new Map([[1, state]]), trouble, threads: both.map((verb) => [{ verb, page: 1 }]), ...beyond && { beyond } });
  // A burial has so many steps that pages which have nothing to do with each other are left out.
  if (trouble === "death") return (["in system memory", "on the device"] as const).map(same);
  return [
    ...(["untouched", "in system memory", "on the device", ...hole] as const).map(same),
    ...[{ where: "same leaf", pages: [0, 1] as const }, { where: "neighbouring leaves", pages: [0, 4] as const }].map(({ where, pages }) => ({
      name: name(where), trouble, pages: new Map(both.map(({ wants }, i) => [pages[i]!, wants])), threads: both.map((verb, i) => [{ verb, page: pages[i]! }]),
      ...beyond && { beyond },
    })),
  ];
}

export function spacePairs(trouble: Trouble): SpaceCase[] {
  return SPACE_VERBS.flatMap((a, i) => SPACE_VERBS.slice(i).flatMap((b) => pair(a, b, trouble)));
}

