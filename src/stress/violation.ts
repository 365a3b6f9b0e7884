// What a run reports when something is wrong, and the history of a page as plain data: for people, and for a search of the
// schedule that leads to the same error.
import { Status } from "../../assembly/layout/status.js";
import type { FormatName, GenericFormat } from "../formats.js";
import { flagsOf, frameOf, isBatch, type Operation, type Step, type Verb, type Word } from "./history.js";
import { failsAt } from "./linear.js";

/** What one operation was told about the page: the status, and the frame and flags that it found (frame -1: nothing). */
export interface Result { status: string; frame: number; flags: number }
/**
 * One operation that concerns the page. `page` and `count` are the whole call's, `frame` the first that it maps (0 when it maps
 * none); of a batch, `page` and `frame` are those of the page at fault, and `count` is its length. The result is the page's.
 */
export interface PageOperation {
  thread: number; verb: Verb; page: number; count: number; frame: number; flags: number;
  begin: number;
  /** Null: its thread was terminated inside. */
  end: number | null;
  result: Result | null;
}
/** Everything that happened to one page in one round. */
export interface PageHistory {
  page: number;
  /** The format of the table; for an address space its name. */
  format: FormatName | GenericFormat | "space";
  /** What was mapped when the round began, and when it had ended; null is nothing. */
  initial: { frame: number; flags: number } | null;
  final: { frame: number; flags: number } | null;
  /** The stamp up to which the operations do not fit any order; 0 when that is not known. */
  failsAt: number;
  operations: PageOperation[];
}
export interface Violation { message: string; history?: PageHistory }

function mapping(word: Word): PageHistory["initial"] { return word ? { frame: frameOf(word), flags: flagsOf(word) } : null; }

/** The history of a page whose steps do not fit; the last step is the lookup after the round. */
export function pageHistory(format: PageHistory["format"], page: number, initial: Word, final: Word, steps: readonly Step[]): PageHistory {
  return {
    page, format, initial: mapping(initial), final: mapping(final), failsAt: failsAt(initial, steps),
    operations: steps.slice(0, -1).map((step) => ofStep(step, page)).sort((a, b) => a.begin - b.begin),
  };
}
/** The history of a page without a model: what the threads did there. */
export function plainHistory(format: PageHistory["format"], page: number, operations: readonly Operation[]): PageHistory {
  const sorted = operations.map((operation) => plain(operation, 0)).sort((a, b) => a.begin - b.begin);
  return { page, format, initial: null, final: null, failsAt: 0, operations: sorted };
}
function ofStep({ operation, effect, result }: Step, page: number): PageOperation {
  const told = plain(operation, result);
  if (told.result && effect === "map") told.result.status = Status[Status.OK]; // of a range or batch that failed further on
  if (!isBatch(operation.verb)) return told;
  const item = operation.items.find((each) => each.page === page)!;
  return { ...told, page, frame: operation.verb === "mapBatch" ? item.frame : 0, flags: operation.verb === "mapBatch" ? item.flags : 0 };
}
function plain({ thread, verb, page, count, frame, flags, begin, end, finished, status, mapped }: Operation, found: Word): PageOperation {
  return {
    thread, verb, page, count, frame, flags, begin, end: finished ? end : null,
    result: finished ? { status: Status[status] ?? String(status), frame: verb === "load" ? mapped : frameOf(found), flags: flagsOf(found) } : null,
  };
}

/** The steps that matter for people: the last ones before the history fails. */
export function excerpt(history: PageHistory, lines = 14): string {
  const { operations, failsAt: end, initial, final } = history;
  const shown = end ? operations.filter(({ begin }) => begin <= end) : operations;
  const show = (at: PageHistory["initial"]): string => at ? `frame ${at.frame} flags 0x${at.flags.toString(16)}` : "nothing";
  const rows = shown.slice(-lines).map((operation) => {
    const { thread, verb, page, count, frame, flags, begin, result } = operation;
    const until = operation.end === null ? "died" : operation.end;
    const where = count === 1 ? verb : isBatch(verb) ? `${verb}, one of ${count} pages` : `${verb} of ${count} pages from 0x${page.toString(16)}`;
    const given = flags ? `${where} (frame ${frame} flags 0x${flags.toString(16)})` : where;
    const told = !result ? "" : result.frame < 0 ? ` → ${result.status}` : ` → ${result.status}, ${show(result)}`;
    return `  ${`${begin}–${until}`.padEnd(14)} thread ${String(thread).padEnd(2)} ${given}${told}`;
  });
  const cut = shown.length - rows.length;
  return [
    `page 0x${history.page.toString(16)}: ${show(initial)} at first, ${show(final)} after the round; ${operations.length} operations${end ? `, wrong at ${end}` : ""}`,
    ...cut > 0 ? [`  … ${cut} before`] : [], ...rows,
  ].join("\n");
}
