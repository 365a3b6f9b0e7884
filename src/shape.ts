// What the library knows of a format: its tree, and what its items can say.
import { Entry, EntryKind } from "../assembly/layout/entry.js";
import { PageMirrorError } from "./error.js";

/** Rights and marks of an entry. Every mapping can be read. */
export interface Flags { write?: boolean; execute?: boolean; user?: boolean; accessed?: boolean; dirty?: boolean }
/** Where an entry has them. */
export const FLAG_BITS = { write: Entry.WRITE, execute: Entry.EXECUTE, user: Entry.USER, accessed: Entry.ACCESSED, dirty: Entry.DIRTY } as const;
/** In the order that entries have them (layout/entry.ts). */
export const FLAGS = ["write", "execute", "user", "accessed", "dirty"] as const satisfies (keyof Flags)[];

/**
 * The tree of a format: levels, index bits of a directory and of the root, which levels hold leaves (bit 0: level 0), bits of a frame's number.
 * `fusedLg2`: log2 of how many leaves of a level that has its bit in `fusedLevels` hardware takes for one where they say so.
 * `fixed`: the flags that an item cannot say, and what each mapping has instead. `isNarrow`: items have no room for the entries by which a
 * mirror reserves pages.
 */
export interface Shape {
  levels: number; indexBits: number; rootBits: number; leafLevels: number; frameBits: number; fixed: Readonly<Flags>; isNarrow: boolean;
  itemBytes: number; pageLg2: number; fusedLg2: number; fusedLevels: number;
}

/** Flags by name as bits of an entry that is present. EINVAL for a name that is none. */
export function packFlags(flags: Flags): number {
  if (typeof flags !== "object" || flags === null) throw new PageMirrorError("EINVAL", `flags ${String(flags)}: expected an object such as {write: true}`);
  let bits: number = EntryKind.PRESENT;
  for (const name in flags) {
    const at = FLAG_BITS[name as keyof Flags];
    if (typeof at !== "number") throw new PageMirrorError("EINVAL", `flag "${name}": expected ${Object.keys(FLAG_BITS).join(", ")}`);
    if (flags[name as keyof Flags]) bits |= 1 << at;
  }
  return bits;
}
