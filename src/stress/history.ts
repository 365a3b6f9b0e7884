// What happened: operations as threads logged them, and the steps that each of them took on one page.
import { Entry, EntryKind } from "../../assembly/layout/entry.js";
import { Status } from "../../assembly/layout/status.js";
import { FLAGS, flagBit, type Flags } from "../shape.js";

/** Verbs of a table, then those of an address space. The number of a verb in this list is what a log holds. */
export const VERBS = [
  "lookup", "walk", "walk for write", "map", "replace", "unmap", "mapRange", "unmapRange", "protect", "readAndClear", "list", "lookupBatch", "mapBatch", "unmapBatch",
  "writeProtect", "pinned walk", "update", "update to nothing",
  "load", "store", "munmap and mmap", "mprotect", "migrate to device", "migrate to system", "evict",
] as const;
export type Verb = typeof VERBS[number];

/** A page with what is mapped there, or what shall be; flags as `layout/entry.ts` has them, 0 when nothing is mapped. */
export interface Item { page: number; frame: number; flags: number }

/** One call of a verb. */
export interface Operation {
  /** The seat of the worker that made it: workers that succeed each other in a seat never share a round. */
  thread: number;
  verb: Verb;
  table: number;
  page: number; count: number;
  frame: number; flags: number;
  /** Stamps of the shared clock. A thread that died in the verb left no `end`: it is then the stamp of its burial's begin. */
  begin: number; end: number;
  finished: boolean;
  status: Status;
  /** Pages that a range or batch has mapped. */
  mapped: number;
  /** What a range or a batch found, or was given. */
  items: Item[];
}

/** What is mapped at a page as one number: flags in the low 8 bits, the frame above them; 0 is nothing. */
export type Word = number;
export function wordOf(frame: number, flags: number): Word { return flags ? frame * 256 + flags : 0; }
export function frameOf(word: Word): number { return word ? Math.floor(word / 256) : -1; }
export function flagsOf(word: Word): number { return word % 256; }

/**
 * What an operation does to one page.
 *   see      the page holds `result`                       exists   it holds something
 *   find     it holds something of that frame, or nothing
 *   map      from nothing to `word`                        replace  from `result` to `word`
 *   unmap    from `result` to nothing                      protect  the rights of `word`, if it holds something
 *   take     from `result` to the same without the bits of `word`; a `result` of nothing: it holds none of them
 *   walk     accessed, and dirty for a write, are set: it holds `result` afterwards
 */
export type Effect = "see" | "find" | "exists" | "map" | "replace" | "unmap" | "protect" | "take" | "walk";

/** The part of an operation that concerns one page: atomic, at some moment between begin and end. */
export interface Step {
  effect: Effect;
  word: Word;
  /** What the thread was told; of an unfinished step nobody knows. */
  result: Word;
  begin: number; end: number;
  /** False: its thread died. It may have happened, until `end`, or not at all. */
  finished: boolean;
  operation: Operation;
}

/** Flags by name as bits of an entry that is present, and back. */
export function bitsOf(flags: Flags): number {
  let bits: number = EntryKind.PRESENT;
  for (const name of FLAGS) if (flags[name]) bits |= flagBit(name);
  return bits;
}
export function namesOf(bits: number): Flags {
  return Object.fromEntries(FLAGS.map((name) => [name, (bits & flagBit(name)) !== 0]));
}

export const RIGHTS = 1 << Entry.WRITE | 1 << Entry.EXECUTE | 1 << Entry.USER;
const ACCESSED = 1 << Entry.ACCESSED, DIRTY = 1 << Entry.DIRTY;
/** For a step of kind walk, `word` is what it sets. */
const WALK: Partial<Record<Verb, number>> = { walk: ACCESSED, "walk for write": ACCESSED | DIRTY };
const RANGES = new Set<Verb>(["mapRange", "unmapRange", "protect", "readAndClear", "list", "writeProtect", "pinned walk"]);
const BATCHES = new Set<Verb>(["lookupBatch", "mapBatch", "unmapBatch"]);
/** Whether the verb is given a list of pages: they are the operation's items. */
export function isBatch(verb: Verb): boolean { return BATCHES.has(verb); }

/** The steps of an operation on those of `pages` that it concerns (rising page numbers), each with its page. */
export function stepsOf(operation: Operation, pages: readonly number[]): [page: number, step: Step][] {
  const { verb, page, count, items } = operation;
  if (isBatch(verb)) return items.flatMap((item, i): [number, Step][] => ofBatch(operation, item, i).map((step) => [item.page, step]));
  if (!RANGES.has(verb)) return ofOne(operation).map((step) => [page, step]);
  const found = new Map(items.map((item) => [item.page, wordOf(item.frame, item.flags)]));
  return pages.filter((each) => each >= page && each < page + count)
    .flatMap((each): [number, Step][] => ofRange(operation, each - page, found.get(each) ?? 0).map((step) => [each, step]));
}

function step(operation: Operation, effect: Effect, word: Word, result: Word): Step {
  const { begin, end, finished } = operation;
  return { effect, word, result, begin, end, finished, operation };
}

function ofOne(operation: Operation): Step[] {
  const { verb, frame, flags, status, finished } = operation, [found] = operation.items, result = found ? wordOf(found.frame, found.flags) : 0;
  const word = wordOf(frame, flags), one = (effect: Effect, given: Word, told: Word): Step[] => [step(operation, effect, given, told)];
  switch (verb) {
    case "map":
      if (!finished || status === Status.OK) return one("map", word, 0);
      return status === Status.EXIST ? one("exists", 0, 0) : one("see", 0, 0); // no frame for a directory: there was none
    case "replace": return finished && status !== Status.OK ? one("see", 0, 0) : one("replace", word, result);
    case "unmap": return finished && status !== Status.OK ? one("see", 0, 0) : one("unmap", 0, result);
    // AGAIN says nothing of the page: it may hold the same in another directory.
    case "update": return finished && status !== Status.OK ? [] : one("replace", word, result);
    case "update to nothing": return finished && status !== Status.OK ? [] : one("unmap", 0, result);
    case "walk": case "walk for write": {
      const isRefused = (result & EntryKind.PRESENT) === 0 || (verb === "walk for write" && (result & 1 << Entry.WRITE) === 0);
      return finished && isRefused ? one("see", 0, result) : one("walk", WALK[verb]!, result);
    }
    default: return one("see", 0, result);
  }
}

function ofRange(operation: Operation, offset: number, found: Word): Step[] {
  const { verb, frame, flags, status, mapped, finished } = operation;
  switch (verb) {
    case "mapRange":
      if (!finished || offset < mapped) return [step(operation, "map", wordOf(frame + offset, flags), 0)];
      return offset === mapped && status === Status.EXIST ? [step(operation, "exists", 0, 0)] : [];
    case "unmapRange": return [found || !finished ? step(operation, "unmap", 0, found) : step(operation, "see", 0, 0)];
    case "protect": return [step(operation, "protect", flags, 0)];
    case "readAndClear": return [step(operation, "take", flags, found)];
    case "writeProtect": return found || !finished ? [step(operation, "take", 1 << Entry.WRITE, found)] : []; // else it maps another frame, or is not written
    default: return [step(operation, "see", 0, found)];
  }
}

function ofBatch(operation: Operation, { frame, flags }: Item, i: number): Step[] {
  const { verb, status, mapped, finished } = operation, word = wordOf(frame, flags);
  switch (verb) {
    case "mapBatch":
      if (!finished || i < mapped) return [step(operation, "map", word, 0)];
      return i > mapped ? [] : [step(operation, status === Status.EXIST ? "exists" : "see", 0, 0)];
    case "unmapBatch": return [word || !finished ? step(operation, "unmap", 0, finished ? word : 0) : step(operation, "see", 0, 0)];
    default: return [step(operation, "find", 0, word)];
  }
}
