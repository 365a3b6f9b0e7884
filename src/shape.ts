// What the library knows of a format: its tree, and what its items can say.
import { Entry, EntryKind } from "../assembly/layout/entry.js";
import { PageMirrorError } from "./error.js";

/** Rights and marks of an entry. Every mapping can be read. */
export interface Flags { write?: boolean; execute?: boolean; user?: boolean; accessed?: boolean; dirty?: boolean }
/** In the order that entries have them (layout/entry.ts). */
export const FLAGS = ["write", "execute", "user", "accessed", "dirty"] as const satisfies (keyof Flags)[];
/** The bit of an entry that is the flag of that name; 0 for what is no flag. A switch: a look into a table takes twice as long. */
export function flagBit(name: string): number {
  switch (name) {
    case "write": return 1 << Entry.WRITE;
    case "execute": return 1 << Entry.EXECUTE;
    case "user": return 1 << Entry.USER;
    case "accessed": return 1 << Entry.ACCESSED;
    case "dirty": return 1 << Entry.DIRTY;
    default: return 0;
  }
}

/**
 * The tree of a format: levels, index bits of a directory and of the root, which levels hold leaves (bit 0: level 0), bits of a frame's number.
 * `runs`: for each level, how many of its leaves hardware may take for one where they say so: 2, 4 and so on, smallest first.
 * `fixed`: the flags that an item cannot say, and what each mapping has instead. `isNarrow`: items have no room for the entries by which a
 * mirror reserves pages.
 */
export interface Shape {
  levels: number; indexBits: number; rootBits: number; leafLevels: number; frameBits: number; fixed: Readonly<Flags>; isNarrow: boolean;
  itemBytes: number; pageLg2: number; runs: readonly (readonly number[])[];
}

/** Flags by name as bits of an entry that is present. EINVAL for a name that is none. */
export function packFlags(flags: Flags): number {
  if (typeof flags !== "object" || flags === null) throw new PageMirrorError("EINVAL", `flags ${String(flags)}: expected an object such as {write: true}`);
  let bits: number = EntryKind.PRESENT;
  for (const name in flags) {
    const bit = flagBit(name);
    if (!bit) throw new PageMirrorError("EINVAL", `flag "${name}": expected ${FLAGS.join(", ")}`);
    if (flags[name as keyof Flags]) bits |= bit;
  }
  return bits;
}
