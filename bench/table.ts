// The table bench: our page table against what one would use instead, row by row, in each runtime.
import { statSync } from "node:fs";
import process from "node:process";
import { FORMATS, pageNumberBits, shapeOf, type FormatName } from "../src/formats.js";
import type { BenchRow } from "../src/report/measurements.js";
import { compare, median, spread } from "./harness.js";
import { WASM } from "./ours.js";
import { FORMAT_BASE, FORMAT_ROWS, GROWTH_BAR, ROWS, SCALING_PEER, SCALING_ROWS, SIZE_ROW, VALUE_ROWS, formatBar } from "./rows.js";
import type { Runtime } from "./runtimes.js";
import { Sides, type Side } from "./sides.js";
import type { Case, Sample } from "./workload.js";

/** Where programs have their libraries. */
const FIRST_PAGE = 0x7f0000000;
/** The formats that map enough pages. */
const FORMATS_BESIDE = [...(Object.keys(FORMATS) as FormatName[]).filter((each) => each !== FORMAT_BASE && pageNumberBits(shapeOf(each)) >= 27), "generic"];

export interface TableBenchOptions {
  /** Pages of the table. */
  pages: number;
  /** Log2 of the sizes of the curve of growth. */
  growth: readonly number[];
  /** Pages that a measurement passes through at least. */
  count: number;
  pairs: number;
  seed: number;
  /** Only rows whose `case against peer` holds this. */
  match: string;
  onRow(row: BenchRow): void;
}

export class TableBench {
  readonly rows: BenchRow[] = [];
  constructor(readonly runtime: Runtime, readonly options: TableBenchOptions) {}

  async run(): Promise<BenchRow[]> {
    await this.#with(this.options.pages, async (sides) => {
      for (const { case: name, title, peers } of ROWS)
        for (const { name: peer, bar } of peers) await this.#row(sides, name, { case: title, peer, bar: bar?.(this.runtime) });
      for (const { case: name, title, bar } of SCALING_ROWS)
        await this.#row(sides, name, { case: title, peer: SCALING_PEER, bar }, ({ alone, ns }) => alone / ns);
      for (const format of FORMATS_BESIDE)
        for (const { case: name, title } of FORMAT_ROWS)
          await this.#row(sides, name, { case: `${title}, ${format}`, peer: FORMAT_BASE, bar: formatBar(format) }, undefined, format);
      for (const { case: name, title, unit, bar } of VALUE_ROWS) await this.#value(sides, name, { case: title, unit, bar });
    });
    for (const lg2 of this.options.growth)
      await this.#with(2 ** lg2, (sides) =>
        this.#row(sides, "translate-random", { case: `translate, batch, random, 2^${lg2} pages`, peer: SCALING_PEER, bar: GROWTH_BAR, pages: 2 ** lg2 }));
    if (this.#isWanted(SIZE_ROW.title)) this.#add({ case: SIZE_ROW.title, ours: statSync(WASM).size, spread: 0, unit: "bytes", bar: SIZE_ROW.bar });
    return this.rows;
  }

  async #with(pages: number, work: (sides: Sides) => Promise<void>): Promise<void> {
    const sides = new Sides(this.runtime, { pages, seed: this.options.seed, first: FIRST_PAGE });
    try { await work(sides); } finally { sides.close(); }
  }
  #isWanted(title: string): boolean { return title.includes(this.options.match); }
  #add(row: Omit<BenchRow, "runtime">): void {
    showProgress("");
    const measured = { runtime: this.runtime.name, ...row };
    this.rows.push(measured);
    this.options.onRow(measured);
  }

  /** One comparison; left out when the peer cannot be had. `of`: what the ratio is taken of, if not of the time. */
  async #row(sides: Sides, name: Case, plan: Pick<BenchRow, "case" | "bar" | "pages"> & { peer: string }, of?: (sample: Sample) => number, format = FORMAT_BASE): Promise<void> {
    const { peer: peerName, ...row } = plan, title = `${row.case} against ${peerName}`;
    if (!this.#isWanted(title)) return;
    const ours = await sides.get(format), other = await sides.get(peerName);
    if (!ours || !other) return;
    showProgress(`${this.runtime.name}: ${title}`);
    const compared = await compare(this.options.pairs, {
      ours: await this.#player(ours, name), peer: await this.#player(other, name), reported: ({ ns }) => ns, ...of && { of },
      check: (one, two) => { if (one.check !== two.check) throw new Error(`${title}: ours answers ${one.check}, the peer ${two.check}`); },
    });
    this.#add({ ...row, ours: compared.ours, against: { peer: peerName, value: compared.peer, ratio: compared.ratio }, spread: compared.spread, unit: "ns" });
  }
  /** A side after its warm-up: measurement after measurement, with other pages to translate each time. */
  async #player(side: Side, name: Case): Promise<() => Promise<Sample>> {
    const { count, seed } = this.options;
    await side.warmUp(name, count, seed);
    let round = 0;
    return () => side.play(name, count, seed + ++round);
  }

  async #value(sides: Sides, name: Case, row: Pick<BenchRow, "case" | "unit" | "bar">): Promise<void> {
    if (!this.#isWanted(row.case)) return;
    const side = (await sides.get(FORMAT_BASE))!, values: number[] = [];
    showProgress(`${this.runtime.name}: ${row.case}`);
    for (let i = 0; i < 3; i++) values.push((await side.play(name, 1, 1)).ns);
    this.#add({ ...row, ours: median(values), spread: spread(values) });
  }
}

function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
