// What the command line's words mean: sizes, ranges, counts. Each refusal is one line: the option, the value, what was expected.
import { PageMirrorError } from "../error.js";
import { PAGE_BYTES } from "../address.js";
import type { OffloadRange } from "./feed.js";

const UNITS: Record<string, number> = { "": 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };
/** Directories, areas and a few pages: the least that a program can run with. */
export const SYSTEM_MEMORY_MIN = 64 * PAGE_BYTES;
/** What wasm memory can hold, less room for the rest of the arena. */
const MEMORY_MAX = 4032 * 2 ** 20;

function refuse(option: string, value: string, expected: string): never {
  throw new PageMirrorError("EINVAL", `${option} ${value}: expected ${expected}`);
}

/** "64K", "16M", "4096": a number of bytes, whole pages, at least `least`. */
export function parseSize(option: string, text: string, least = PAGE_BYTES): number {
  const match = /^(\d+)([KMG]?)i?B?$/i.exec(text), bytes = match ? Number(match[1]) * UNITS[match[2]!.toUpperCase()]! : NaN;
  if (!match) refuse(option, text, "a size such as 65536, 64K, 16M or 1G");
  if (bytes < least || bytes % PAGE_BYTES) refuse(option, text, `a multiple of the page size ${PAGE_BYTES}, at least ${least}`);
  if (bytes > MEMORY_MAX) refuse(option, text, "at most 4032M: device and system memory share one arena of 4 GiB");
  return bytes;
}

/** A whole number from `low` to `high`. */
export function parseCount(option: string, text: string, low: number, high: number): number {
  const value = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : NaN;
  if (!(value >= low && value <= high)) refuse(option, text, `a whole number from ${low} to ${high}`);
  return value;
}

/** "LO-HI" in hexadecimal (0x may be left out); HI is inclusive. */
export function parseRange(text: string): OffloadRange {
  const match = /^(?:0x)?([0-9a-f]{1,16})-(?:0x)?([0-9a-f]{1,16})$/i.exec(text);
  if (!match) refuse("--offload", text, "LO-HI, two hexadecimal addresses of at most 64 bits");
  const range = { first: BigInt(`0x${match[1]}`), last: BigInt(`0x${match[2]}`) };
  if (range.first > range.last) refuse("--offload", text, "LO not above HI");
  return range;
}

/** Refuses ranges that overlap. */
export function checkRanges(ranges: OffloadRange[]): OffloadRange[] {
  const sorted = [...ranges].sort((a, b) => a.first < b.first ? -1 : 1), show = (range: OffloadRange): string => `0x${range.first.toString(16)}-0x${range.last.toString(16)}`;
  sorted.forEach((range, i) => {
    const before = sorted[i - 1];
    if (before && range.first <= before.last) refuse("--offload", show(range), `ranges that do not overlap; ${show(before)} was given too`);
  });
  return ranges;
}

/** Device and system memory share one arena. */
export function checkMemory(deviceBytes: number, systemBytes: number): void {
  if (deviceBytes + systemBytes > MEMORY_MAX)
    refuse("--device-memory", `${deviceBytes} and --system-memory ${systemBytes}`, "at most 4032M together: they share one arena of 4 GiB");
}

export function parseChoice<Choice extends string>(option: string, text: string, choices: readonly Choice[]): Choice {
  return choices.find((choice) => choice === text) ?? refuse(option, text, choices.join(" or "));
}
