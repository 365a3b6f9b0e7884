// Errors: one class, codes of the field, and what each status of a step means to a caller.
import { Status } from "../assembly/layout/status.js";

export type ErrorCode = "EINVAL" | "ENOMEM" | "EEXIST" | "EFAULT" | "EACCES" | "EBUSY" | "EAGAIN" | "ENODEV" | "EIO" | "ESTALE" | "ENOSPC";

/** What every call of the library throws. `message` is one line: what, the value, what was expected. */
export class PageMirrorError extends Error {
  override readonly name = "PageMirrorError";
  constructor(readonly code: ErrorCode, message: string) { super(message); }
}

/** A number or bigint in hex, as messages show it. */
export function hex(value: number | bigint): string {
  return value < 0 ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}

const MEANING: Partial<Record<Status, [ErrorCode, string]>> = {
  [Status.EXIST]: ["EEXIST", "is mapped already"],
  [Status.NONE]: ["EFAULT", "nothing is mapped there"],
  [Status.NOMEM]: ["ENOMEM", "no frame is free: give the engine more system memory, or unmap something"],
  [Status.HOLE]: ["EFAULT", "no area covers it: mmap it first"],
  [Status.DENIED]: ["EACCES", "its area does not allow this access"],
  [Status.BUSY]: ["EBUSY", "somebody else is moving it"],
  [Status.STALE]: ["ESTALE", "the handle names something that is gone"],
  [Status.DEAD]: ["ENODEV", "the device's mirror was killed"],
  [Status.FULL]: ["ENOSPC", "the arena has no room for one more: create it with more"],
};

/** The error for a status that a step answered about `what` (already with its value in hex). */
export function statusError(status: number, what: string): PageMirrorError {
  const [code, meaning] = MEANING[status as Status] ?? ["EIO", `the engine answered ${Status[status] ?? status}`];
  return new PageMirrorError(code, `${what}: ${meaning}`);
}

/** Refuses a number that is not a whole one from `low` to `high`. */
export function checkWhole(name: string, value: unknown, low: number, high: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= low && value <= high) return value;
  const shown = typeof value === "number" ? String(value) : JSON.stringify(value) ?? String(value);
  throw new PageMirrorError("EINVAL", `${name} is ${shown}: expected a whole number from ${low} to ${high}`);
}
