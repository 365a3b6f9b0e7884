// Where in the source an instruction comes from: a source map gives a line and a column for offsets of the binary. The compiler inlines,
// so that one place of the source is many of the binary, and what asks for memory lies in one file, the door, whose callers are meant: of
// an instruction from there, the place is that of its operand, or what else ran last and is not from there. An operand may itself come
// from a function that was inlined, which shows when the source is at hand: its line calls no atomic of the door. Then what runs next tells,
// or else the operand has to do: all that load the same field through the same function are one place.
import { PageMirrorError } from "../error.js";
import type { Expression } from "./expressions.js";
import { classify, isAtomic } from "./operations.js";

const DOOR = /(?:^|\/)door\.ts$/;
/** Blocks, branches, calls, constants: instructions followed by one number; those on locals and globals come to these. */
const ONE_NUMBER = new Set([0x02, 0x03, 0x04, 0x0c, 0x0d, 0x10, 0x3f, 0x40, 0x41, 0x42, 0xd2]);
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Places such as `section.ts:46:12` of a function's atomic operations and of its `if`, `br_if` and `select`, in the order of the binary. */
interface Lines { atomics: (string | undefined)[]; branches: (string | undefined)[] }
interface Place { offset: number; file: string | undefined; line: number; column: number; callsDoor: boolean }

/** The place of each of these expressions, by where it begins in the text. Functions that the text has in another shape have none. */
export function locate(functions: Expression[], indexOf: (id: string) => number, wasm: Uint8Array, sourceMap: string): Map<number, string> {
  const lines = linesOf(wasm, placesOf(sourceMap)), located = new Map<number, string>();
  for (const part of functions) {
    const atomics: Expression[] = [], branches: Expression[] = [];
    const visit = (expression: Expression): void => { // in the order of the binary: operands first, but an `if` stands before its arms
      const { head, operands } = expression, arms = operands.filter((operand) => operand.head === "then" || operand.head === "else");
      for (const operand of operands) if (!arms.includes(operand)) visit(operand);
      const operation = classify(head);
      if (typeof operation === "object" && isAtomic(operation.kind)) atomics.push(expression);
      if (head === "if" || head === "br_if" || head === "select") branches.push(expression);
      arms.forEach(visit);
    };
    visit(part);
    const known = lines[indexOf(part.id!)];
    if (known?.atomics.length !== atomics.length || known.branches.length !== branches.length) continue;
    const put = (places: (string | undefined)[], expressions: Expression[]): void =>
      expressions.forEach(({ start }, i) => { if (places[i] !== undefined) located.set(start, places[i]); });
    put(known.atomics, atomics);
    put(known.branches, branches);
  }
  return located;
}

/** The line of the source that a place such as `section.ts:46:12` names, if the source map has it. */
export function sourceLine(sourceMap: string, place: string): string | undefined {
  const [, file, line] = /(\S+):(\d+):\d+/.exec(place) ?? [], { sources, sourcesContent = [] } = JSON.parse(sourceMap) as SourceMap;
  return file && sourcesContent[sources.findIndex((name) => sourceName(name) === file)]?.split("\n")[Number(line) - 1]?.trim();
}

/** What places call a source. */
const sourceName = (name: string): string => name.replace(/^assembly\//, "");

interface SourceMap { sources: string[]; mappings: string; sourcesContent?: (string | null)[] }
/** What a source map says: where a run of instructions begins, and where they come from, if it is known. */
function placesOf(sourceMap: string): Place[] {
  const { sources, mappings, sourcesContent = [] } = JSON.parse(sourceMap) as SourceMap;
  const verbs = [...sourcesContent[sources.findIndex((name) => DOOR.test(name))]?.matchAll(/export function (\w+)[^\n]*\batomic\./g) ?? []].map(([, name]) => name);
  const call = new RegExp(`\\b(?:${verbs.join("|")})\\(`), lines = sourcesContent.map((text) => text?.split("\n").map((text) => call.test(text)));
  let offset = 0, source = 0, line = 0, column = 0;
  return mappings.split(",").map((segment) => {
    const numbers: number[] = [];
    let value = 0, shift = 0;
    for (const digit of segment) {
      const bits = DIGITS.indexOf(digit);
      value |= (bits & 31) << shift;
      shift += 5;
      if (bits & 32) continue;
      numbers.push(value & 1 ? -(value >>> 1) : value >>> 1);
      value = shift = 0;
    }
    offset += numbers[0]!;
    if (numbers.length < 4) return { offset, file: undefined, line, column, callsDoor: false };
    [source, line, column] = [source + numbers[1]!, line + numbers[2]!, column + numbers[3]!];
    return { offset, file: sourceName(sources[source]!), line: line + 1, column: column + 1, callsDoor: lines[source]?.[line] ?? true };
  });
}
function nameOf(place: Place | undefined): string | undefined { return place && `${place.file}:${place.line}:${place.column}`; }
/** How an operation is named that ran between these two; `offset` tells the words apart that one address leads to. */
function nameBetween(before: Place | undefined, offset: number, after: Place | undefined): string | undefined {
  if (before === undefined || after === undefined || before.callsDoor) return nameOf(before ?? after);
  return after.callsDoor ? nameOf(after) : `${nameOf(before)} + ${offset}`;
}

/** Walks the code of a binary. */
function linesOf(wasm: Uint8Array, places: Place[]): Lines[] {
  const found: Lines[] = [];
  let at = 8, next = 0;
  let immediate = 0; // the last number that was read: of a memory operation its offset
  const number = (): number => {
    let value = 0, shift = 0, byte: number;
    do { byte = wasm[at++]!; value |= (byte & 127) << shift; shift += 7; } while (byte & 128);
    return immediate = value >>> 0;
  };
  const skipNumbers = (count: number): void => { for (; count > 0; count--) number(); };
  const skipImmediates = (code: number): void => {
    if (code >= 0x28 && code <= 0x3e) skipNumbers(2); // loads and stores
    else if (ONE_NUMBER.has(code) || (code >= 0x20 && code <= 0x26)) number();
    else if (code === 0x0e) skipNumbers(number() + 1);
    else if (code === 0x1c) skipNumbers(number());
    else if (code === 0x11) skipNumbers(2);
    else if (code === 0x43) at += 4;
    else if (code === 0x44) at += 8;
    else if (code === 0xfc) { const second = number(); skipNumbers(second === 10 ? 2 : second === 11 ? 1 : 0); }
    else if (code === 0xfe) skipNumbers(number() === 3 ? 1 : 2);
    else if (code > 0xc4) throw new PageMirrorError("EINVAL", `the wasm has instruction 0x${code.toString(16)}: expected one that the explorer models`);
  };
  while (at < wasm.length) {
    const section = wasm[at++]!, bytes = number(), end = at + bytes;
    if (section === 10) for (let count = number(); count > 0; count--) {
      const length = number(), last = at + length, lines: Lines = { atomics: [], branches: [] };
      for (let groups = number(); groups > 0; groups--) { number(); at++; } // its locals
      const waiting: { before: Place | undefined; offset: number }[] = []; // atomics whose place depends on what runs after them
      let outside: Place | undefined;
      const settle = (after: Place | undefined): void => {
        for (const { before, offset } of waiting.splice(0)) lines.atomics.push(nameBetween(before, offset, after));
      };
      while (at < last) {
        while (next < places.length && places[next]!.offset <= at) {
          const place = places[next++]!;
          if (place.file === undefined || DOOR.test(place.file)) continue;
          settle(place);
          outside = place;
        }
        const code = wasm[at++]!, isFence = code === 0xfe && wasm[at] === 3;
        skipImmediates(code);
        if (code === 0xfe && !isFence) waiting.push({ before: outside, offset: immediate });
        if (code === 0x04 || code === 0x0d || code === 0x1b || code === 0x1c) lines.branches.push(nameOf(outside));
      }
      settle(undefined);
      found.push(lines);
    }
    at = end;
  }
  return found;
}
