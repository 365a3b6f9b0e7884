// What the library knows of a format: its tree, and what its items can say.

/** Rights and marks of an entry. Every mapping can be read. */
export interface Flags { write?: boolean; execute?: boolean; user?: boolean; accessed?: boolean; dirty?: boolean }
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
