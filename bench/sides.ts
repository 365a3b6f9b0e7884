// Tables in processes of their own, started when they are first asked for.
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { NATIVE, program } from "./native.js";
import type { Runtime } from "./runtimes.js";
import { BATCH, type Case, type Sample, type WorkloadOptions } from "./workload.js";

const SIDE = fileURLToPath(new URL("./side.js", import.meta.url));
const WARM_UPS = 3;

/** A child that answers each line with a line. */
export class Side {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  #errors = "";

  constructor(readonly name: string, command: string, args: readonly string[]) {
    this.#child = spawn(command, args);
    this.#child.on("error", (error) => { this.#errors += error.message; });
    this.#child.stderr.on("data", (text: Buffer) => { this.#errors += text; });
    this.#child.stdin.on("error", () => { /* the child has ended: `ask` says so */ });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }
  async play(name: Case, count: number, seed: number): Promise<Sample> {
    const line = `${name} ${count} ${seed}`;
    this.#child.stdin.write(`${line}\n`);
    const answer = await this.#lines.next();
    if (answer.done) throw new Error(`${this.name} ended at "${line}": ${this.#errors.trim() || "it said nothing"}`);
    return JSON.parse(answer.value) as Sample;
  }
  /** Lets compilers settle. */
  async warmUp(name: Case, count: number, seed: number): Promise<void> {
    for (let i = 0; i < WARM_UPS; i++) await this.play(name, count, seed);
  }
  close(): void { this.#child.stdin.end(); }
}

/** The sides of one runtime, of one size. */
export class Sides {
  readonly #started = new Map<string, Side>();
  constructor(readonly runtime: Runtime, readonly options: WorkloadOptions) {}
  /** A table of ours, by its format, or of another's, by its name; undefined when its compiler is missing. */
  async get(name: string): Promise<Side | undefined> {
    let side = this.#started.get(name);
    if (side) return side;
    const { pages, seed, first } = this.options, numbers = [pages, seed, first].map(String);
    if (name in NATIVE) {
      const file = await program(name);
      if (file === undefined) return undefined;
      side = new Side(name, file, [...numbers, String(BATCH)]);
    } else side = new Side(`${name}, ${this.runtime.name}`, this.runtime.command, [...this.runtime.args, SIDE, name, ...numbers]);
    this.#started.set(name, side);
    return side;
  }
  close(): void { for (const side of this.#started.values()) side.close(); }
}
