// Formats that somebody might describe, drawn at random: fields anywhere, bits in any order, flags that some cannot say.
import fc from "fast-check";
import { describe } from "../../src/described.js";
import { PageMirrorError } from "../../src/error.js";
import type { GenericFormat } from "../../src/formats.js";

export type Kind = "flat" | "tree" | "tree with large leaves";
/** What a draw may not be: fields of it that overlap, bits that are missing. */
function isSound(format: GenericFormat): boolean {
  try { return describe(format).directoryBits >= 6; } catch (error) {
    if (error instanceof PageMirrorError) return false;
    throw error;
  }
}

/** Descriptions of one kind, with items of so many bytes; small trees where few frames can be named. */
export function descriptions(itemBytes: 1 | 2 | 4 | 8, kind: Kind): fc.Arbitrary<GenericFormat> {
  const width = 8 * itemBytes, isTree = kind !== "flat", hasLarge = kind === "tree with large leaves", narrow = itemBytes < 4;
  const field = fc.integer({ min: narrow ? Math.min(6, width - 4) : 16, max: Math.min(width - 2, 50) })
    .chain((bits) => fc.record({ shift: fc.integer({ min: 0, max: width - bits }), bits: fc.constant(bits) }));
  const valid = (free: number[]): fc.Arbitrary<GenericFormat["valid"]> => {
    const bit = fc.constantFrom(...free), bitAt = (at: number): bigint => 1n << BigInt(at);
    return fc.oneof(bit, fc.tuple(bit, bit).map(([set, clear]) => ({ mask: bitAt(set) | bitAt(clear), value: bitAt(set) })));
  };
  const outside = ({ shift, bits }: { shift: number; bits: number }): number[] => Array.from({ length: width }, (_, at) => at).filter((at) => at < shift || at >= shift + bits);
  const item = fc.record({ frame: field, below: field }).chain(({ frame, below }) => fc.record({
    frame: fc.constant(frame), valid: valid(outside(frame)), order: fc.shuffledSubarray(outside(frame), { minLength: outside(frame).length }),
    below: fc.constant(below), validBelow: valid(outside(below)),
    level: fc.option(fc.record({ shift: fc.nat(width - 2), bits: fc.integer({ min: 2, max: 4 }) }), { nil: undefined }),
    says: fc.array(fc.constantFrom<"bit" | boolean | "no">("bit", "bit", true, false, "no"), { minLength: 5, maxLength: 5 }), alike: fc.boolean(),
  }));
  const levelCount = isTree ? fc.integer({ min: 2, max: narrow ? 3 : 4 }) : fc.constant(1), bitCount = fc.integer({ min: 1, max: 9 });
  const tree = fc.record({ levels: levelCount, indexBits: bitCount.map((count) => narrow || isTree ? 1 + count % 3 : count), rootBits: bitCount });
  return fc.tuple(tree, item).map(([{ levels, indexBits, rootBits }, { frame, valid: is, order, below, validBelow, level, says, alike }]): GenericFormat => {
    const taken = typeof is === "number" ? [is] : order.filter((at) => BigInt(is!.mask) >> BigInt(at) & 1n), free = order.filter((at) => !taken.includes(at));
    const flags = (["write", "execute", "user", "accessed", "dirty"] as const).map((name, i) => [name, says[i] === "bit" ? free.pop() : says[i] === "no" ? undefined : says[i]]);
    return {
      levels, indexBits, rootBits: Math.min(rootBits, indexBits), itemBytes, frame, valid: is, ...Object.fromEntries(flags),
      ...hasLarge && { largest: levels - 1, ...free.length && { large: free.pop() } }, ...isTree && !alike && { directory: { ...below, valid: validBelow, ...level && { level } } },
    };
  }).filter(isSound);
}
