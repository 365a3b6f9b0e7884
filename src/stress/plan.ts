// What the rounds of a run are made of: which table, which pages, how many operations. Every thread draws the same plan.
import type { FormatName, GenericFormat } from "../table.js";
import { generator, seedOf } from "./generator.js";

/** Few pages that all fight for; pages of many directories; one address space with a device; each in turn. */
export const MIXES = ["hot", "wide", "space", "all"] as const;
export type Mix = typeof MIXES[number];
export type TableMix = "hot" | "wide";

/** One table of each: hardware formats, and shapes from a few pages in all to six levels. */
export const SHAPES: readonly (FormatName | GenericFormat)[] = [
  "x86-64", "riscv-sv48", { levels: 3, indexBits: 2 }, { levels: 2, indexBits: 9 }, { levels: 5, indexBits: 4 }, { levels: 6, indexBits: 8 },
];
export interface Geometry { levels: number; indexBits: number }
export function geometryOf(shape: FormatName | GenericFormat): Geometry { return typeof shape === "object" ? shape : { levels: 4, indexBits: 9 }; }
export function shapeName(shape: FormatName | GenericFormat): string {
  return typeof shape === "object" ? `${shape.levels} levels of ${shape.indexBits} bits` : shape;
}

/** So many rounds use the same pages; then all is unmapped, and what is left then was left behind. */
export const ROUNDS_A_WINDOW = 8;
/** Operations of one round, all workers together; each does some. */
const OPERATIONS = 600;
const OPERATIONS_LEAST = 40;

export interface Plan {
  table: number;
  /** Rising page numbers: only these are ever mapped. */
  pages: number[];
  operations: number;
}

/** The plan of a round: pages change with the window, the table with them. */
export function planOf(mix: TableMix, seed: number, round: number, workers: number): Plan {
  const random = generator(seedOf(seed, Math.floor(round / ROUNDS_A_WINDOW)));
  const table = random(SHAPES.length), geometry = geometryOf(SHAPES[table]!);
  const spots = mix === "hot" ? 1 : 4 + random(5), run = mix === "hot" ? 1 + random(6) : 1 + random(4), pages = new Set<number>();
  for (let i = 0; i < spots; i++) {
    const first = spot(geometry, random, run);
    for (let page = first; page < first + run; page++) pages.add(page);
  }
  return { table, pages: [...pages].sort((a, b) => a - b), operations: Math.max(OPERATIONS_LEAST, Math.floor(OPERATIONS / workers)) };
}

/** Where a run of pages begins: anywhere, often across the end of a directory of some level. */
function spot({ levels, indexBits }: Geometry, random: (n: number) => number, run: number): number {
  const all = 2 ** (levels * indexBits), fan = 2 ** indexBits;
  let page = 0;
  for (let level = 0; level < levels; level++) page = page * fan + random(fan);
  if (random(2)) { // the last page of a directory is the run's first, or second, or …
    const covered = 2 ** (indexBits * (1 + random(levels)));
    page = Math.floor(page / covered) * covered + covered - random(run + 1);
  }
  return Math.min(page, all - run);
}
