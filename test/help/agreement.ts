// One thread, one table, any verbs in any order: what `table-agrees-with-the-model` and the long runs hold against the dull model. A step is
// drawn from one number, so that a script that fails is shortened by leaving out numbers. Pages lie in clusters around the places where a
// leaf, a level or the address space ends.
import fc from "fast-check";
import * as assert from "uvu/assert";
import { cloneRange } from "../../src/clone.js";
import { describe } from "../../src/described.js";
import type { Engine } from "../../src/engine.js";
import { FORMATS, pageNumberBits, shapeOf, sizesOf, type Flags, type FormatName, type GenericFormat } from "../../src/formats.js";
import { generator, seedOf } from "../../src/generator.js";
import type { Mapping } from "../../src/mapping.js";
import { Table } from "../../src/table.js";
import type { Thread } from "../../src/thread.js";
import { descriptions } from "./descriptions.js";
import { SEED } from "./engine.js";
import { modelOf } from "./fused-model.js";
import { FLAG_SETS, type ModelTable, outcome, type FlagSet } from "./model.js";

/** Items whose pointers say of which level the directory is. */
const SKIPPING: Partial<GenericFormat> = {
  frame: { shift: 12, bits: 50 }, valid: 0, write: 1, execute: 2, user: 3, accessed: 4, dirty: 5, large: 6,
  directory: { shift: 12, bits: 50, held: 7, level: { shift: 8, bits: 3 } },
};
/** What is tested: the hardware formats, and shapes of the run-time format, some of them deep and narrow. */
export const SHAPES: { [name: string]: FormatName | GenericFormat } = {
  ...Object.fromEntries(Object.keys(FORMATS).map((name) => [name, name as FormatName])),
  "six levels of 2 bits": { levels: 6, indexBits: 2 },
  "one level of 2 bits that grows, leaves on four": { levels: 1, indexBits: 2, largest: 3, grows: true },
  "one level of 9 bits": { levels: 1, indexBits: 9 },
  "five levels of 3 bits, leaves on three": { levels: 5, indexBits: 3, largest: 2 },
  "four levels of 2 bits, leaves on all": { levels: 4, indexBits: 2, largest: 3 },
  "three levels of 2 bits, items of 4 bytes": { levels: 3, indexBits: 2, largest: 1, itemBytes: 4 },
  "one level of 10 bits, items of 4 bytes": { levels: 1, indexBits: 10, itemBytes: 4 },
  "four levels of 3 bits, leaves on three, fours fused": { levels: 4, indexBits: 3, largest: 2, fused: 4 },
  "two levels of 4 bits, eights fused": { levels: 2, indexBits: 4, fused: 8 },
  "four levels of 2 bits, any left out, leaves on three": { levels: 4, indexBits: 2, largest: 2, ...SKIPPING },
  "one level of 2 bits that grows, any left out, leaves on two": { levels: 1, indexBits: 2, largest: 1, grows: true, ...SKIPPING },
  "one level of 3 bits that grows, fours fused": { levels: 1, indexBits: 3, largest: 2, fused: 4, grows: true },
};
/** Of each item size and kind so many formats that somebody might describe, drawn at random; and one of narrow items that grows. */
const DRAWN = 4;
export const DESCRIBED: typeof SHAPES = {
  ...Object.fromEntries(([1, 2, 4, 8] as const).flatMap((itemBytes) => (["flat", "tree", "tree with large leaves"] as const).flatMap((kind) =>
    fc.sample(descriptions(itemBytes, kind), { seed: SEED, numRuns: DRAWN }).map((format, i) => [`${kind}, items of ${itemBytes} bytes, ${i}`, format] as const)))),
  "one level of 2 bits that grows, items of 2 bytes": {
    levels: 1, indexBits: 2, largest: 1, grows: true, itemBytes: 2, frame: { shift: 4, bits: 12 }, valid: 0, write: 1, dirty: 2, large: 3,
  },
};
/** Enough for all that a step can ask for: mapRange takes a chain for each leaf in advance, and a leaf may have four pages. */
export const SYSTEM_FRAMES = 8192;
/** As many of them as directories can name. */
export function framesFor(format: FormatName | GenericFormat): number {
  return Math.min(SYSTEM_FRAMES, typeof format === "object" ? 2 ** describe(format).directoryBits : Infinity);
}
const CLUSTER_PAGES = 12, SMALL_PAGES = 64;

type Rights = Pick<Flags, "write" | "execute" | "user">;
export type Step =
  | { verb: "map"; page: number; frame: number; flags: FlagSet; replace: boolean }
  | { verb: "unmap" | "lookup" | "entry"; page: number }
  | { verb: "walk"; page: number; write: boolean }
  | { verb: "mapRange"; page: number; count: number; frame: number; flags: FlagSet; size: number; owned: boolean }
  | { verb: "cut" | "merge"; page: number; size: number }
  | { verb: "unmapRange" | "unmapFrames" | "lookupRange" | "list" | "clone"; page: number; count: number }
  | { verb: "protect"; page: number; count: number; rights: Rights }
  | { verb: "readAndClear"; page: number; count: number; marks: Pick<Flags, "accessed" | "dirty"> }
  | { verb: "writeProtect"; page: number; count: number; near: number }
  | { verb: "mapBatch"; pages: number[]; frame: number; flags: FlagSet }
  | { verb: "unmapBatch" | "lookupBatch"; pages: number[] };

const MARKS = [{ accessed: true }, { dirty: true }, { accessed: true, dirty: true }, { accessed: false, dirty: true }];
/** Longer than a leaf directory, and than what one call of the engine can answer; seldom, for it takes long. */
const LONG = [512, 1024, 1025, 1600], LONG_ONCE_IN = 200;
/** How often each is drawn. */
const WEIGHTS: { [verb in Step["verb"] | "map large" | "unmap all"]: number } = {
  map: 50, unmap: 30, lookup: 20, entry: 20, walk: 20, mapRange: 15, "map large": 6, cut: 6, merge: 9, unmapRange: 15, unmapFrames: 6, list: 6, protect: 6, readAndClear: 12,
  writeProtect: 9, mapBatch: 6, unmapBatch: 6, lookupBatch: 6, lookupRange: 6, clone: 1, "unmap all": 1,
};
const VERBS = Object.entries(WEIGHTS).flatMap(([verb, weight]) => Array.from({ length: weight }, () => verb as keyof typeof WEIGHTS));

/** Draws a step for tables of a format from a number. */
export function stepsFor(format: FormatName | GenericFormat): (seed: number) => Step {
  const shape = shapeOf(format), { levels, indexBits, leafLevels, frameBits } = shape, end = 2 ** pageNumberBits(shape), frames = 2 ** frameBits;
  const around = Array.from({ length: levels - 1 }, (_, level) => 2 ** ((level + 1) * indexBits) - CLUSTER_PAGES / 2);
  const sizes = sizesOf(shape), largeSizes = sizes.filter((size) => size >= 2 ** indexBits);
  const firsts = [0, ...around, Math.floor(end / 2) + 77, end - CLUSTER_PAGES], leaves = [1, 2, 4, 5, 16].filter((n) => n << indexBits <= 2 ** 14);
  return (seed) => {
    const random = generator(seedOf(seed)), one = <T>(from: readonly T[]): T => from[random(from.length)]!;
    const page = (): number => Math.min(Math.max(one(firsts) + random(CLUSTER_PAGES), 0), end - 1);
    const pages = (): number[] => Array.from({ length: random(LONG_ONCE_IN) ? random(random(4) ? 8 : 25) : one(LONG) }, page);
    const inOrder = (): number[] => { const first = page(); return Array.from({ length: Math.min(count(), end - first) }, (_, i) => first + i); };
    const count = (): number => random(LONG_ONCE_IN) ? 1 + random(random(4) ? 6 : 24) : one(LONG);
    const frame = (): number => random(2) ? random(Math.min(4096, frames)) : Math.max(frames - 4096, 0) + random(Math.min(2000, frames));
    const flags = (): FlagSet => one(FLAG_SETS), bit = (): boolean => random(2) === 1, size = (): number => one(sizes);
    const verb = one(VERBS);
    switch (verb) {
      case "map": return { verb, page: page(), frame: frame(), flags: flags(), replace: bit() };
      case "unmap": case "lookup": case "entry": return { verb, page: page() };
      case "walk": return { verb, page: page(), write: bit() };
      case "mapRange": return { verb, page: page(), count: count(), frame: frame(), flags: flags(), size: size(), owned: bit() };
      case "map large": { // page and frame are alike, and the range is not short; seldom one that falls to leaves of one page, or is huge
        const kind = random(64), isHuge = kind === 0 && (leafLevels >> 2 & 1) === 1, isSmall = kind === 1, isOdd = kind === 2, span = 2 ** (indexBits * (isHuge ? 2 : 1));
        const at = Math.min(random(16) * span, end - 1), many = kind < 3 ? 1 : one(leaves);
        const most = isSmall || !largeSizes.length ? 1 : one(largeSizes.slice(0, isHuge ? 2 : 3));
        return { verb: "mapRange", page: at, count: many * span, frame: (2 ** 18 + at + Number(isOdd)) % frames, flags: flags(), size: most, owned: bit() };
      }
      case "unmap all": return { verb: "unmapRange", page: 0, count: end };
      case "cut": case "merge": return { verb, page: page(), size: size() };
      case "unmapRange": case "unmapFrames": case "lookupRange": case "list": case "clone": return { verb, page: page(), count: count() };
      case "protect": return { verb, page: page(), count: count(), rights: { write: bit(), execute: bit(), user: bit() } };
      case "readAndClear": return { verb, page: page(), count: count(), marks: one(MARKS) };
      case "writeProtect": return { verb, page: page(), count: count(), near: random(CLUSTER_PAGES + 1) };
      case "mapBatch": return { verb, pages: pages(), frame: frame(), flags: flags() };
      case "unmapBatch": return { verb, pages: pages() };
      case "lookupBatch": return { verb, pages: bit() ? inOrder() : pages() };
    }
  };
}
/** Scripts of so many steps, any length as likely as another; fast-check shortens them and does not change them otherwise. */
export function scriptsOf<T>(step: fc.Arbitrary<T>, minLength: number, maxLength: number): fc.Arbitrary<T[]> {
  return fc.noBias(fc.array(fc.noShrink(step), { minLength, maxLength, size: "max" }));
}
export function stepOf(format: FormatName | GenericFormat): fc.Arbitrary<Step> { return fc.nat(2 ** 32 - 1).map(stepsFor(format)); }

function same(found: unknown, expected: unknown): void {
  if (found !== expected) assert.equal(found, expected);
}
/** As `same`, and much quicker for what is right. */
function sameLeaves(found: readonly Mapping[], expected: readonly Mapping[]): void {
  const isLike = found.length === expected.length && found.every((leaf, i) => isSameLeaf(leaf, expected[i]!));
  if (!isLike) assert.equal(found, expected);
}
function isSameLeaf(a: Mapping, b: Mapping): boolean {
  return a.page === b.page && a.frame === b.frame && a.pages === b.pages && a.fused === b.fused && a.kind === b.kind && a.write === b.write
    && a.execute === b.execute && a.user === b.user && a.accessed === b.accessed && a.dirty === b.dirty;
}
/** Does the step to both and compares what they answer. */
function act(table: Table, model: ModelTable, step: Step): void {
  const frames = "frame" in step ? table.frames - step.frame : step.verb === "writeProtect" ? table.frames : Infinity;
  const fitting = "count" in step ? Math.min(step.count, table.pages - step.page, frames) : 0;
  switch (step.verb) {
    case "map":
      return same(outcome(() => table.map(step.page, step.frame, step.flags, step.replace)), model.map(step.page, step.frame, step.flags, step.replace));
    case "unmap": return same(table.unmap(step.page), model.unmap(step.page));
    case "lookup": return same(table.lookup(step.page), model.lookup(step.page));
    case "entry": {
      const found = table.entry(step.page), expected = model.entry(step.page);
      return found && expected ? sameLeaves([found], [expected]) : same(found, expected);
    }
    case "walk": return same(table.walk(step.page, step.write), model.walk(step.page, step.write));
    case "mapRange":
      return same(outcome(() => table.mapRange(step.page, fitting, step.frame, step.flags, step.size, step.owned)),
        model.mapRange(step.page, fitting, step.frame, step.flags, step.size));
    case "cut":
      table.cut(step.page, step.size);
      return model.cut(step.page, step.size);
    case "merge": {
      const { page, size } = step;
      return same(size === 1 ? outcome(() => table.merge(page, 1)) : table.merge(page, size), size === 1 ? "EINVAL" : model.merge(page, size));
    }
    case "unmapRange": return sameLeaves(table.unmapRange(step.page, fitting), model.unmapRange(step.page, fitting));
    case "unmapFrames": {
      const frames = new Float64Array(fitting), expected = frames.map(() => -1), found = table.unmapFrames(step.page, fitting, frames);
      for (const { page, frame, pages } of model.unmapRange(step.page, fitting)) for (let i = 0; i < pages; i++) expected[page - step.page + i] = frame + i;
      same([...frames], [...expected]);
      return same(found, expected.filter((frame) => frame >= 0).length);
    }
    case "lookupRange": {
      const frames = new Float64Array(fitting);
      table.lookupRange(step.page, fitting, frames);
      return same([...frames], [...frames].map((_, i) => model.lookup(step.page + i)));
    }
    case "list": return sameLeaves(table.list(step.page, fitting), model.list(step.page, fitting));
    case "protect":
      table.protect(step.page, fitting, step.rights);
      return model.protect(step.page, fitting, step.rights);
    case "readAndClear": return sameLeaves(table.readAndClear(step.page, fitting, step.marks), model.readAndClear(step.page, fitting, step.marks));
    case "writeProtect": { // what a page near the first one is mapped to, and its neighbours as if they followed
      const at = Math.min(step.page + step.near, table.pages - 1), first = Math.max(table.lookup(at) - (at - step.page), 0), frame = Math.min(first, table.frames - fitting);
      return sameLeaves(table.writeProtect(step.page, fitting, frame), model.writeProtect(step.page, fitting, frame));
    }
    case "clone": {
      const target = Table.create(table.thread, table.format);
      if (table.fixed.write) {
        same(outcome(() => cloneRange(table, step.page, fitting, target)), "EINVAL");
        return target.destroy();
      }
      const { sealed, cloned } = model.clone(step.page, fitting);
      sameLeaves(cloneRange(table, step.page, fitting, target), sealed);
      sameLeaves(target.unmapRange(step.page, fitting), cloned);
      return target.destroy();
    }
    case "mapBatch": {
      const frames = step.pages.map((_, i) => (step.frame + i) % table.frames);
      const found = outcome(() => table.mapBatch(Float64Array.from(step.pages), Float64Array.from(frames), step.flags));
      return same(found, model.mapBatch(step.pages, frames, step.flags));
    }
    case "unmapBatch": {
      const frames = new Float64Array(step.pages.length), found = table.unmapBatch(Float64Array.from(step.pages), frames);
      const expected = model.unmapBatch(step.pages);
      same([...frames], expected);
      return same(found, expected.filter((frame) => frame >= 0).length);
    }
    case "lookupBatch": {
      const frames = new Float64Array(step.pages.length);
      table.lookupBatch(Float64Array.from(step.pages), frames);
      return same([...frames], model.lookupBatch(step.pages));
    }
  }
}
/** Plays a step; an error says which it was. */
export function play(table: Table, model: ModelTable, step: Step): void {
  try { act(table, model, step); } catch (error) {
    throw new Error(`${JSON.stringify(step)}: ${(error as Error).message}\n${(error as assert.Assertion).details || ""}`);
  }
}

/** How the last entries go: in one range; or those of small leaves page by page, or as a batch, and then the rest. */
type Farewell = "range" | "single" | "batch";
function unmapAll(table: Table, model: ModelTable, farewell: Farewell): void {
  const left = model.list().filter(({ pages }) => pages <= SMALL_PAGES).flatMap(({ page, pages }) => Array.from({ length: pages }, (_, i) => page + i));
  if (farewell === "single") for (const page of left) assert.is(table.unmap(page), model.unmap(page));
  if (farewell === "batch") assert.is(table.unmapBatch(Float64Array.from(left), new Float64Array(left.length)), model.unmapBatch(left).length);
  assert.equal(table.unmapRange(0, table.pages), model.unmapRange(0, table.pages));
}

export interface Pool { clean: boolean; available: number; directories: number }
export function poolOf(engine: Engine, thread: Thread): Pool {
  const { clean, free, retired, directories } = engine.audit(thread.me);
  return { clean, available: free + retired, directories };
}

/** Any script gets the answers of the model; when all is unmapped every frame is back but the root, and then that too. `played` is told of each script. */
export function agreement(
  engine: Engine, thread: Thread, format: FormatName | GenericFormat, lengths: [least: number, most: number], played: (script: readonly Step[]) => void = () => undefined,
): fc.IPropertyWithHooks<[Step[], Farewell]> {
  const { itemBytes, rootBits } = shapeOf(format), rootFrames = Math.max(1, itemBytes * 2 ** rootBits / 4096);
  return fc.property(scriptsOf(stepOf(format), ...lengths), fc.constantFrom<Farewell>("range", "single", "batch"), (script, farewell) => {
    const start = poolOf(engine, thread), table = Table.create(thread, format), model = modelOf(table);
    try {
      for (const step of script) play(table, model, step);
      assert.equal(table.list(), model.list());
      assert.ok(engine.audit(thread.me).clean, "audit before the end");
      unmapAll(table, model, farewell);
      assert.equal(table.list(), []);
      assert.equal(poolOf(engine, thread), { clean: true, available: start.available - rootFrames, directories: 1 });
    } finally { table.destroy(); }
    assert.equal(poolOf(engine, thread), start);
    played(script);
  });
}
