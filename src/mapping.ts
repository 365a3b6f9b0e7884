// What is mapped at a page, by names.
import { Entry, EntryKind } from "../assembly/layout/entry.js";
import { PageMirrorError } from "./error.js";
import type { Flags } from "./formats.js";

/** What a lookup finds: the frame number and the flags as the format has them. */
export interface Mapping extends Required<Flags> {
  page: number;
  frame: number;
  /** How many pages the leaf maps that says so: 1, or more where it is a large one. In a list `page` and `frame` are its first. */
  pages: number;
  /**
   * How many pages hardware may translate by one, where the leaf is of a fused run of leaves; not there where it stands alone. A hint: others may
   * change the run meanwhile. What hardware notes for any page of a run it may note in any leaf of it: verbs that change one, or take its marks, gather them.
   */
  fused?: number;
  /** PRESENT, or a software entry: `frame` is then its payload. */
  kind: EntryKind;
}

export function kindIn(bits: number): EntryKind { return bits & ((1 << Entry.KIND_BITS) - 1); }
/** Log2 of the pages of an entry's leaf, or of the run that it is of (layout/entry.ts). */
export function sizeIn(bits: number): number { return bits >> Entry.SIZE & ((1 << Entry.SIZE_BITS) - 1); }
/** How many pages the leaf of an entry maps; `indexBits`: of a directory of its table. */
export function pagesIn(bits: number, indexBits: number): number {
  const size = sizeIn(bits);
  return 2 ** (size - size % indexBits);
}
/** An entry as the wasm leaves it, by name. */
export function mapping(page: number, frame: number, bits: number, indexBits: number): Mapping {
  const has = (at: Entry): boolean => (bits >> at & 1) === 1, size = sizeIn(bits), pages = pagesIn(bits, indexBits);
  const found: Mapping = { // one literal: spreading another into it costs a hundred times as much
    page, frame, pages, kind: kindIn(bits),
    write: has(Entry.WRITE), execute: has(Entry.EXECUTE), user: has(Entry.USER), accessed: has(Entry.ACCESSED), dirty: has(Entry.DIRTY),
  };
  if (size % indexBits) found.fused = 2 ** size;
  return found;
}

/** Why a verb over a range stopped on its way, with the mappings that it would have returned for the part that is done. */
export class PartialError extends PageMirrorError {
  constructor(reason: PageMirrorError, readonly done: readonly Mapping[]) { super(reason.code, reason.message, { cause: reason }); }
}
