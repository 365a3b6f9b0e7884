// Errors: one class, codes of the field, and what each status of a step means to a caller.
import { Status } from "../assembly/layout/status.js";

export type ErrorCode = "EINVAL" | "ENOMEM" | "EEXIST" | "EFAULT" | "EACCES" | "EBUSY" | "EAGAIN" | "ENODEV" | "EIO" | "ESTALE" | "ENOSPC";

/** What every call of the library throws. `message` is one line: what, the value, what was expected. */
export class PageMirrorError extends Error {
  override readonly name = "PageMirrorError";
  constructor(readonly code: ErrorCode, message: string, options?: ErrorOptions) { super(message, options); }
}

/** A number or bigint in hex, as messages show it. */
export function hex(value: number | bigint): string {
  return value < 0 ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}

const MEANING: Partial<Record<Status, [ErrorCode, string]>> = {
  [Status.EXIST]: ["EEXIST", "is mapped already"],
  [Status.NONE]: ["EFAULT", "nothing is mapped there"],
  [Status.NOMEM]: ["ENOMEM", "no frame is free: give the engine more system memory, unmap something, or drop pins, which hold frames back"],
  [Status.HOLE]: ["EFAULT", "no area covers it: mmap it first"],
  [Status.DENIED]: ["EACCES", "its area does not allow this access"],
  [Status.BUSY]: ["EBUSY", "somebody else is moving it"],
  [Status.STALE]: ["ESTALE", "the handle names something that is gone"],
  [Status.DEAD]: ["ENODEV", "the device's mirror was killed"],
  [Status.LACKING]: ["EINVAL", "this build of the wasm has not its format: build it with that one chosen too"],
  [Status.FULL]: ["ENOSPC", "the arena has no room for one more: create it with more"],
};

/** The error for a status that a step answered about `what` (already with its value in hex). */
export function statusError(status: number, what: string, options?: ErrorOptions): PageMirrorError {
  const [code, meaning] = MEANING[status as Status] ?? ["EIO", `the engine answered ${Status[status] ?? status}`];
  return new PageMirrorError(code, `${what}: ${meaning}`, options);
}

/** Refuses what is not a whole number (or bigint) from `low` to `high`. */
export function checkWhole(name: string, value: number | bigint, low: number, high: number): number {
  const number = typeof value === "bigint" ? Number(value) : value;
  if (Number.isInteger(number) && number >= low && number <= high) return number;
  throw new PageMirrorError("EINVAL", `${name} is ${String(value)}: expected a whole number from ${low} to ${high}`);
}
