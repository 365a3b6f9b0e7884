// A workload that no row of verbs makes: threads that call what they like on a stage with a space, with a check of its own beside the audit.
import type { Call, Completed, End, Memory, View, Workload } from "../workload.js";
import { assemble, type Step } from "./program.js";
import { BURIAL, SPACE_SETUP, SpaceStage, burial, racesOf } from "./space-pairs.js";
import { spaceVerb, type PageState } from "./space-verbs.js";
import { SUBJECT_BYTES } from "./stage.js";

/** The operations of each thread, made when the stage is set; what is wrong with what they answered. */
export type Plans = (stage: SpaceStage, arena: Memory) => Step[][][];
export interface Meeting {
  name: string; threads: number; entries: string[]; plans: Plans;
  pages?: [number, PageState][];
  systemFrames?: number;
  /** A thread may die; its slot is then buried. */
  deaths?: 1;
  /** One more slot, whose thread is on the stage only: what it left is set before the others begin. */
  ghost?: true;
  /** The verdict looks at what ended before what. */
  ordered?: true;
  verdict?(completed: Completed[], stage: SpaceStage, view: View): string | undefined;
  workspaceBytes?: number; subjectBytes?: number;
}

/** The steps of a verb of the space by one of the threads; and the exports that it calls. */
export const steps = (name: string, stage: SpaceStage, thread: number, page: number): Step[] => spaceVerb(name).steps(stage.spot(thread, page, 100));
export const entriesOf = (name: string): string[] =>
  spaceVerb(name).steps({ me: 0, space: 0, mirror: 0, agent: 0, page: 0, pageBytes: 64, value: 0 }).map(({ entry }) => entry);

export function meeting(given: Meeting): Workload {
  const { name, threads, entries, plans, pages = [], verdict, workspaceBytes = 0, subjectBytes = SUBJECT_BYTES, systemFrames, deaths, ghost, ordered } = given;
  return {
    name, threads, entries: deaths || ghost ? [...entries, ...BURIAL] : entries, setup: SPACE_SETUP, ...racesOf(entries),
    subjectBytes, ...deaths && { deaths },
    begin: (run, arena) => {
      const stage = new SpaceStage(run, arena, threads + (deaths ?? 0) + (ghost ? 1 : 0), threads, workspaceBytes, systemFrames);
      for (const [page, state] of pages) stage.prepare(page, state);
      const programs = plans(stage, arena).map((operations, thread) => assemble(operations, stage.slots[thread]!));
      const { slots } = stage, recover = (dead: number, by: number): Call[] => assemble([burial(slots[by]!, slots[dead]!, dead, stage.space)], slots[by]!);
      return {
        threads: programs, ...deaths && { recover },
        [ordered ? "checkHistory" : "checkEnd"]: ({ view, completed, dead }: End) => stage.audit(view) ?? stage.unburied(view, dead) ?? verdict?.(completed, stage, view),
        nameAddress: (at) => stage.nameOf(at, arena),
      };
    },
  };
}
