// The calls of a workload, made ready for the machine: entries looked up, values numbered.
import { PageMirrorError } from "../error.js";
import type { Subject } from "./instrument.js";
import type { Call, Next, View } from "./workload.js";

export interface Step {
  entry: string;
  go: (how: number) => void;
  parameters: string[];
  result: string | undefined;
  values: (number | bigint | ((view: View) => number | bigint))[];
  answer: ((result: number, view: View) => number) | undefined;
  after: ((result: number, view: View) => Next) | undefined;
  ends: ((result: number, view: View) => boolean) | undefined;
  /** The number of its values when all of them are constant, else -1. */
  constant: number;
}
export interface Program { steps: Step[]; /** The dead that this thread looks after. */ duties: number[] }

/** Lists of calls by number; the same list twice has the same number, so that numbers may be part of a state. */
export class Programs {
  readonly #programs: Program[] = [];
  readonly #extended = new Map<string, number>();
  readonly #values: (number | bigint)[][] = [];
  readonly #valueIds = new Map<string, number>();
  constructor(readonly subject: Subject, readonly exports: { [name: string]: unknown }) {}

  add(calls: Call[], duties: number[] = []): number {
    return this.#programs.push({ steps: calls.map((call) => this.resolve(call)), duties }) - 1;
  }
  /** A program with more calls behind its own; they count from 0, as if they stood alone. */
  extend(program: number, dead: number, calls: (dead: number) => Call[]): number {
    const key = `${program}+${dead}`;
    let extended = this.#extended.get(key);
    if (extended === undefined) {
      const { steps, duties } = this.get(program);
      const more = calls(dead).map((call) => this.resolve(behind(steps.length, call)));
      extended = this.#programs.push({ steps: [...steps, ...more], duties: [...duties, dead] }) - 1;
      this.#extended.set(key, extended);
    }
    return extended;
  }
  get(program: number): Program { return this.#programs[program]!; }
  values(id: number): (number | bigint)[] { return this.#values[id]!; }

  resolve({ entry, values = [], answer, after, ends }: Call): Step {
    const found = this.subject.entries.get(entry);
    if (!found) throw new PageMirrorError("EINVAL", `the subject has no export ${entry}: expected one of ${[...this.subject.entries.keys()].join(", ")}`);
    if (values.length !== found.parameters.length) throw new PageMirrorError("EINVAL", `${entry} is called with ${values.length} values: expected ${found.parameters.length}`);
    const isConstant = values.every((value) => typeof value !== "function");
    const { parameters, result } = found;
    return {
      entry, go: this.exports[`pm.go.${entry}`] as (how: number) => void, parameters, result, values, answer, after, ends,
      constant: isConstant ? this.idOf(values as (number | bigint)[]) : -1,
    };
  }
  idOf(values: (number | bigint)[]): number {
    const key = values.join();
    let id = this.#valueIds.get(key);
    if (id === undefined) this.#valueIds.set(key, id = this.#values.push(values) - 1);
    return id;
  }
}
/** A call of a list that begins further behind. */
function behind(count: number, { after, ...call }: Call): Call {
  return after === undefined ? call : { ...call, after: (result, view) => {
    const next = after(result, view);
    return typeof next === "object" && "goto" in next ? { goto: next.goto + count } : next;
  } };
}
