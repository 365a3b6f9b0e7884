// What ends a step before its time: a trap of the subject, something that the hooks found, or the explorer's own limits.
import type { Subject } from "./instrument.js";
import type { Violation } from "./outcome.js";

/** Thrown by what the hooks call; everything else that the subject throws is a trap. */
export class Stop extends Error { constructor(message: string, readonly kind: Violation["kind"] = "trap") { super(message); } }

/** The explorer's own room is used up: the path is too long. */
export class OutOfRoom extends Error {}

/** The violation that an error of a step stands for. Errors of the explorer, and of a workload, are thrown on. */
export function violationOf(error: unknown, subject: Subject): Violation {
  if (error instanceof Stop) return { kind: error.kind, message: error.message };
  if (!(error instanceof WebAssembly.RuntimeError) && !(error instanceof RangeError)) throw error;
  const where = [...(error.stack ?? "").matchAll(/at (\S+) \(wasm:/g)].map(([, name]) => name!).find((name) => !name.startsWith("pm."));
  return { kind: "trap", message: where === undefined ? error.message : `${error.message} in ${subject.names.get(where) ?? where}` };
}

/** What the hooks call when a thread cannot go on. */
export function stoppingImports({ places }: Subject): WebAssembly.ModuleImports {
  const where = (at: number): string => places.subjectBytes > at >>> 0 ? "behind its last byte" : `at 0x${(at >>> 0).toString(16)}`;
  return {
    outside: (at: number) => { throw new Stop(`touches memory ${where(at)}: expected addresses below 0x${places.subjectBytes.toString(16)}`); },
    spent: () => { throw new Stop("a loop without an atomic operation does not end", "livelock"); },
    stuck: () => { throw new Stop("waits while nobody else runs"); },
    full: () => { throw new OutOfRoom("a path has more stores than the explorer can take back"); },
  };
}
