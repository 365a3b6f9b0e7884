// What the rounds of a run are made of: which table, which pages, how many operations. Every thread draws the same plan.
import { pageNumberBits, shapeOf, type FormatName, type GenericFormat } from "../formats.js";
import { generator, seedOf } from "../generator.js";
import { PAGES } from "./ledger.js";
import type { Range } from "./space-actor.js";

/** Few pages that all fight for; pages of many directories; one address space with a device; each in turn. */
export const MIXES = ["hot", "wide", "space", "all"] as const;
export type Mix = typeof MIXES[number];
export type TableMix = "hot" | "wide";

/** One table of each: hardware formats, one of each class, whose frames' numbers have 40 bits; and shapes from a few pages in all to six levels. */
export const SHAPES: readonly (FormatName | GenericFormat)[] = [
  "x86-64", "x86-64-la57", "aarch64-4k-lpa2", "riscv-sv48", "vtd-second-stage-48", "amd-v1-4",
  { levels: 3, indexBits: 2 }, { levels: 2, indexBits: 9 }, { levels: 5, indexBits: 4 }, { levels: 6, indexBits: 7 },
];
export interface Geometry { levels: number; indexBits: number; pageBits: number }
export function geometryOf(format: FormatName | GenericFormat): Geometry {
  const shape = shapeOf(format);
  return { levels: shape.levels, indexBits: shape.indexBits, pageBits: pageNumberBits(shape) };
}
export function shapeName(shape: FormatName | GenericFormat): string {
  return typeof shape === "object" ? `${shape.levels} levels of ${shape.indexBits} bits` : shape;
}

/** So many rounds use the same pages; then all is unmapped, and what is left then was left behind. */
export const ROUNDS_A_WINDOW = 8;
/** A round is so many stretches, each on pages of its own: histories stay short although rounds are long. */
const STRETCHES = 8;
/** Operations of one stretch, all workers together; each does some. */
const OPERATIONS = 160;
const OPERATIONS_LEAST = 12;

const MAPPERS = ["map", "replace", "mapRange", "mapBatch"] as const, REMOVERS = ["unmap", "unmapRange", "unmapBatch"] as const;
const OTHERS = ["lookup", "walk", "walk for write", "protect", "writeProtect", "readAndClear", "list", "lookupBatch", "pinned walk"] as const;
export type TableVerb = typeof MAPPERS[number] | typeof REMOVERS[number] | typeof OTHERS[number];
/** How often each is called when all are; looks are many in programs. */
const ALL_VERBS: TableVerb[] = Object.entries({
  "lookup": 14, "walk": 6, "walk for write": 6, "map": 16, "replace": 9, "unmap": 16, "mapRange": 6, "unmapRange": 6, "protect": 5, "readAndClear": 5, "list": 4,
  "writeProtect": 4, "pinned walk": 4,
  "lookupBatch": 4, "mapBatch": 4, "unmapBatch": 4,
} satisfies Record<TableVerb, number>).flatMap(([verb, weight]) => Array.from({ length: weight }, () => verb as TableVerb));

export interface Stretch {
  table: number;
  /** Rising page numbers: only these are ever mapped. */
  pages: number[];
  /** What is drawn from: all verbs, or a few that meet all the time. */
  verbs: readonly TableVerb[];
  /** For each worker. */
  operations: number;
  /** Now and then a worker pauses for up to so many looks at a word; 0: never. */
  linger: number;
}

/** The stretches of a round: pages change with the window, verbs with the round. */
export function planOf(mix: TableMix, seed: number, round: number, workers: number): Stretch[] {
  const window = generator(seedOf(seed, Math.floor(round / ROUNDS_A_WINDOW))), random = generator(seedOf(seed, round, 3));
  return Array.from({ length: STRETCHES }, (): Stretch => {
    const table = window(SHAPES.length), pages = pagesOf(geometryOf(SHAPES[table]!), mix, window), few = random(3) > 0;
    const one = <T>(from: readonly T[]): T => from[random(from.length)]!;
    const verbs = few ? [one(MAPPERS), one(REMOVERS), ...random(2) ? [one(OTHERS)] : [], ...random(2) ? [one(ALL_VERBS)] : []] : ALL_VERBS;
    return { table, pages, verbs, operations: Math.max(OPERATIONS_LEAST, Math.floor(OPERATIONS / workers)), linger: random(2) * 200 };
  });
}

/** Operations of each worker in a stretch in one address space: most of them are quick. */
const SPACE_OPERATIONS = 150;
/** The stretches of a round in one address space: few pages that all fight for, or many that the device has no room for. */
export function spacePlanOf(seed: number, round: number): (Range & { operations: number })[] {
  const random = generator(seedOf(seed, round, 4));
  return Array.from({ length: STRETCHES }, () => {
    const pages = [1, 2, 4, 8, 24, PAGES][random(6)]!;
    return { first: random(PAGES - pages + 1), pages, changes: [10, 20, 50][random(3)]!, operations: SPACE_OPERATIONS };
  });
}

/** The pages that a round touches, by table. */
export function pagesByTable(plan: readonly Stretch[]): Map<number, number[]> {
  const tables = new Map<number, Set<number>>();
  for (const { table, pages } of plan) tables.set(table, new Set([...tables.get(table) ?? [], ...pages]));
  return new Map([...tables].map(([table, pages]) => [table, [...pages].sort((a, b) => a - b)]));
}

/** Hot: one run of a few pages, often a single one. Wide: several runs, anywhere. */
function pagesOf(geometry: Geometry, mix: TableMix, random: (n: number) => number): number[] {
  const spots = mix === "hot" ? 1 : 4 + random(5), run = mix === "hot" ? Math.max(1, random(6) - 1) : 1 + random(4), pages = new Set<number>();
  for (let i = 0; i < spots; i++) {
    const first = spot(geometry, random, run);
    for (let page = first; page < first + run; page++) pages.add(page);
  }
  return [...pages].sort((a, b) => a - b);
}

/** Where a run of pages begins: anywhere, often across the end of a directory of some level. */
function spot({ levels, indexBits, pageBits }: Geometry, random: (n: number) => number, run: number): number {
  const all = 2 ** pageBits, fan = 2 ** indexBits;
  let page = 0;
  for (let level = 0; level < levels; level++) page = (page * fan + random(fan)) % all;
  if (random(2)) { // the last page of a directory is the run's first, or second, or …
    const covered = 2 ** Math.min(indexBits * (1 + random(levels)), pageBits);
    page = Math.floor(page / covered) * covered + covered - random(run + 1);
  }
  return Math.min(page, all - run);
}
