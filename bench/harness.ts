// How two sides are compared: each in a process of its own, in turn, pair after pair. A ratio is taken inside a pair, so that
// a machine that slows down for a while slows both; what is reported is the median of the pairs' ratios.
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { createInterface } from "node:readline";

/** Times of both sides (medians), the median of the pairs' ratios ours/peer, and their quartile distance in parts of it. */
export interface Comparison { oursNs: number; peerNs: number; ratio: number; least: number; spread: number }

/** Measures `pairs` pairs; who goes first changes from pair to pair. */
export async function compare(pairs: number, ours: () => Promise<number>, peer: () => Promise<number>): Promise<Comparison> {
  const oursNs: number[] = [], peerNs: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const turns: (() => Promise<unknown>)[] = [async () => oursNs.push(await ours()), async () => peerNs.push(await peer())];
    if (pair % 2) turns.reverse();
    for (const turn of turns) await turn();
  }
  const ratios = oursNs.map((ns, pair) => ns / peerNs[pair]!), ratio = quantile(ratios, 0.5);
  return {
    oursNs: quantile(oursNs, 0.5), peerNs: quantile(peerNs, 0.5), ratio, least: Math.min(...ratios),
    spread: (quantile(ratios, 0.75) - quantile(ratios, 0.25)) / ratio,
  };
}

export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b), at = (sorted.length - 1) * part, low = Math.floor(at);
  return sorted[low]! + (sorted[Math.ceil(at)]! - sorted[low]!) * (at - low);
}

/** A child that answers each line with a line. */
export class LineProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  #errors = "";

  constructor(readonly name: string, command: string, args: readonly string[]) {
    this.#child = spawn(command, args);
    this.#child.stderr.on("data", (text: Buffer) => { this.#errors += text; });
    this.#child.stdin.on("error", () => { /* the child has ended: `ask` says so */ });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async ask(line: string): Promise<string> {
    this.#child.stdin.write(`${line}\n`);
    const answer = await this.#lines.next();
    if (answer.done) throw new Error(`${this.name} ended at "${line}": ${this.#errors.trim() || "it said nothing"}`);
    return answer.value;
  }

  close(): void { this.#child.stdin.end(); }
}

/** Columns by their widest cell; the first row is the heading. Numbers go to the right. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const isNumber = rows[0]!.map((_, column) => rows.slice(1).every((row) => /^[\d.]+ ?%?$/.test(row[column]!)));
  return rows.map((row) => row.map((cell, column) => isNumber[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!))
    .join("  ").trimEnd()).join("\n");
}

/** Three digits that matter. */
export function threeDigits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
