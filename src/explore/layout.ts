// Where the explorer keeps its own words: in the subject's memory, behind the last byte that the subject may touch. The hooks
// (hooks.ts) write them in WebAssembly, the machine (machine.ts) reads them in JavaScript.
//
//  0 ┌─────────┬───────┬─────────┬────────┬─────────────┬─────────────┬────────┬───────────┬────────┐
//    │ subject │ words │ control │ stacks │ readers     │ writers     │ frames │ undo log  │ marks  │
//    └─────────┴───────┴─────────┴────────┴─────────────┴─────────────┴────────┴───────────┴────────┘
//  words    scratch of the step under way          readers, writers   for each byte of the subject one bit a thread: who has
//  control  what a state is, beside the memory                        touched it plainly since its last atomic operation
//  stacks   parked call stacks, never overwritten  frames             copies of control, one a step of the path
//           while the path stands                  undo log, marks    (granule, old value) and (address, length, site)

export const WASM_PAGE = 65536;
export const THREADS_MAX = 8;

/** Byte offsets of the scratch words behind the subject. */
export const Word = {
  DATA: 0, DATA_END: 4, // asyncify's: where the stack is, where its room ends
  TRACKED: 8, // 1 while stores are logged and hashed
  YIELDS: 12, // 1 while memory operations hand back control
  REWINDING: 16, PARKED: 20, SITE: 24, ADDRESS: 28, WAKE: 32, FUEL: 36, CURRENT: 40, WROTE: 44,
  MINE: 48, FOOT: 56, // 64 bits each: the current thread's bit in every byte; hash of what it touched plainly
  KEY: 64, RESULT: 72, HASHED: 80, // 64 bits each
  MUTATED: 88, CHANGE: 92, // which place is not as it was compiled, and how (mutants.ts); no change while nobody else runs
  ARGUMENTS: 96, ARGUMENTS_MAX: 16,
} as const;

/** Why a call came back early. */
export const Parked = { NO: 0, YIELD: 1, ASLEEP: 2, ASLEEP_FINITE: 3 } as const;

/** Control: indices of 32-bit words, first those of all threads, then `THREAD` words for each thread and the controller. */
export const Control = {
  UNDO: 0, MARKS: 1, STACK: 2, HISTORY: 3, HASH: 4, // the first four are positions and no part of the state
  QUEUE: 6, // who sleeps, in order: four bits each, thread + 1
  DEATHS: 7, EVENTS: 8, // how many are left; how often each event has happened, four bits each
  THREADS: 10,
} as const;

/** Words of a thread. Up to STATE they are part of the state's hash, and so are the globals behind WORDS. */
export const Thread = {
  STATUS: 0, PC: 1, BEGUN: 2, DONE: 3, PROGRAM: 4, SITE: 5, ADDRESS: 6, WAKE: 7,
  HISTORY: 8, STACK_HASH: 10, FOOT: 12, EXPECTED: 14, // two words each
  BEFORE: 16, VALUES: 17,
  STATE: 18,
  STACK_FROM: 18, STACK_TO: 19, MARKS_FROM: 20, MARKS_TO: 21,
  WORDS: 22,
} as const;

/** Sites that are no operation of the subject: a thread that sleeps outside the subject's code, one that has ended. */
export const SLEEPS_OUTSIDE = -1, ENDED = -2;

export const Status = { READY: 0, ASLEEP: 1, FINISHED: 2, DEAD: 3 } as const;

/** Where everything lies, as byte addresses. */
export interface Places {
  subjectBytes: number; words: number; control: number; controlBytes: number; threadWords: number; threads: number;
  stacks: number; stacksEnd: number; readers: number; writers: number;
  frames: number; framesEnd: number; undo: number; undoEnd: number; marks: number; marksEnd: number; pages: number;
}

const MIB = 2 ** 20, STACKS_BYTES = 24 * MIB, FRAMES_BYTES = 32 * MIB, UNDO_BYTES = 32 * MIB, MARKS_BYTES = 32 * MIB;

/** `threads` without the controller, which plays setup and checks and has the words behind the last thread's. */
export function placesFor(subjectBytes: number, threads: number, globals: number): Places {
  const words = subjectBytes, control = words + 256, threadWords = Thread.WORDS + 2 * globals;
  const controlBytes = 4 * (Control.THREADS + (threads + 1) * threadWords);
  const stacks = words + 16 * 1024, readers = stacks + STACKS_BYTES, writers = readers + subjectBytes;
  const frames = writers + subjectBytes, undo = frames + FRAMES_BYTES, marks = undo + UNDO_BYTES, end = marks + MARKS_BYTES;
  return {
    subjectBytes, words, control, controlBytes, threadWords, threads, stacks, stacksEnd: readers - 4096, readers, writers,
    frames, framesEnd: undo - controlBytes, undo, undoEnd: marks, marks, marksEnd: end, pages: Math.ceil(end / WASM_PAGE),
  };
}
