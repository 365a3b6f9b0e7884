// Handles: plain objects that name a thing of an arena, made by one worker and used by another. Whatever else comes in place of one is
// refused, with what it is.
import { PageMirrorError, checkWhole } from "./error.js";

/** What a value is, in a few words: of an object the names of its members, which tell the kinds of handles apart. */
function describe(value: unknown): string {
  if (typeof value !== "object" || value === null) return typeof value === "string" ? JSON.stringify(value) : String(value);
  return `{${Object.keys(value).slice(0, 4).join(", ")}}`;
}

/** Refuses what was not made by this class. */
export function checkInstance(name: string, value: unknown, of: { prototype: object }, expected: string): void {
  if (Object.prototype.isPrototypeOf.call(of.prototype, Object(value))) return;
  throw new PageMirrorError("EINVAL", `${name} is ${describe(value)}: expected ${expected}`);
}

/** Refuses what has not the members of a handle of that kind. */
export function checkKind(kind: string, handle: unknown, members: string[]): void {
  if (typeof handle === "object" && handle !== null && members.every((member) => Object.hasOwn(handle, member))) return;
  throw new PageMirrorError("EINVAL", `a handle of ${kind} is ${describe(handle)}: expected {${members.join(", ")}}`);
}

/**
 * Refuses a handle of a record: EINVAL for what is no handle of that kind, or names a record that no arena has, ESTALE when the record, whose
 * generation `generationOf` tells, is another one's now, or nobody's (an even generation).
 */
export function checkHandle<K extends string>(kind: K, handle: { [name in K]: number } & { generation: number }, records: number, generationOf: (record: number) => number): void {
  checkKind(`a ${kind}`, handle, [kind, "generation"]);
  const record = checkWhole(`handle.${kind}`, handle[kind], 0, records - 1), wanted = checkWhole("handle.generation", handle.generation, 0, 2 ** 32 - 1);
  const now = generationOf(record);
  if (now !== wanted || now % 2 === 0) throw staleError(kind, record, wanted, now);
}
export function staleError(kind: string, record: number, wanted: number, now: number): PageMirrorError {
  return new PageMirrorError("ESTALE", `${kind} ${record} of generation ${wanted}: it is gone (generation is ${now} now)`);
}
