// What stands in a table while others change what is around it.
import type { Table } from "../../src/table.js";

/** Leaf directories far and near with a few pages in each that stand; and the pages of a large leaf, which is cut and merged. */
export const LEAVES = [512, 1024, 2 ** 18, 2 ** 18 + 512, 2 ** 27], STANDING = [1, 2, 3, 7, 511], LARGE = 2 ** 30, LARGE_PAGES = 512;
/** Made from the page's number, so that a foreign entry shows. */
export const frameOf = (page: number): number => page % 2 ** 31 + 512;

export function mapStanding(table: Table): void {
  for (const leaf of LEAVES) for (const each of STANDING) table.map(leaf + each, frameOf(leaf + each));
  table.mapRange(LARGE, LARGE_PAGES, frameOf(LARGE));
}
