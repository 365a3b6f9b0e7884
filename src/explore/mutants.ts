// Small damages to a subject, each of which some workload ought to notice: one atomic operation weakened or left out, or one check that
// always answers the same. All of them are compiled into one subject (mutant-hooks.ts) and switched on one at a time.
import { classify, type Kind, type Operation } from "./operations.js";

/** What is done to an operation or a check. RECORD changes nothing: it reports which of them are executed. */
export const Change = { NONE: 0, RECORD: 1, PLAIN: 2, STORE: 3, DROPPED: 4, SPLIT: 5, FALSE: 6, TRUE: 7 } as const;

export interface Mutant {
  /** From 0. */
  id: number;
  /** Which operation it is, such as `compare-and-swap at directory.ts:80:9`, or `compare-and-swap 2 in thread1` without a source map. */
  site: string;
  /** What is done to it, such as `made a store`. */
  change: string;
  /** The function that the operation lies in once the compiler has inlined what it liked: the first of them. */
  function: string;
  /** The operation's place: all that come from the same place of the source are mutated together. */
  number: number;
  code: number;
}

type Changes = [code: number, text: string][];
const NOUNS: { [kind in Kind]?: string } = { load: "atomic load", store: "atomic store", rmw: "read-modify-write", cmpxchg: "compare-and-swap", notify: "notify" };
const CHANGES: { [kind in Kind]?: Changes } = {
  load: [[Change.PLAIN, "made plain"]],
  store: [[Change.PLAIN, "made plain"], [Change.DROPPED, "dropped"]],
  rmw: [[Change.SPLIT, "made a load and a store"], [Change.DROPPED, "made a load"]],
  cmpxchg: [[Change.STORE, "made a store"], [Change.DROPPED, "dropped, answering that it succeeded"]],
  notify: [[Change.DROPPED, "dropped"]],
};
const DECISIONS: Changes = [[Change.FALSE, "always false"], [Change.TRUE, "always true"]];

/** The mutants of a subject, as its operations and checks are met in the text. */
export class MutantList {
  readonly mutants: Mutant[] = [];
  readonly #places = new Map<string, number>();
  readonly #ordinals = new Map<string, number>();

  /** The number of the place of an operation, or undefined if its kind has no mutants. `at`: where it is in the source, if that is known. */
  addOperation({ kind }: Operation, where: string, at: string | undefined): number | undefined {
    return CHANGES[kind] && this.#add(NOUNS[kind]!, where, at, CHANGES[kind]);
  }
  addCheck(where: string, at: string | undefined): number { return this.#add("check", where, at, DECISIONS); }

  #add(noun: string, where: string, at: string | undefined, changes: Changes): number {
    const name = at === undefined ? this.#ordinal(noun, where.replace(/(?<=[<,])[^<>,]*\//g, "")) : `${noun} at ${at}`, known = this.#places.get(name);
    if (known !== undefined) return known;
    const number = this.#places.size;
    this.#places.set(name, number);
    for (const [code, change] of changes) this.mutants.push({ id: this.mutants.length, site: name, change, function: where, number, code });
    return number;
  }
  #ordinal(noun: string, name: string): string {
    const key = `${noun} ${name}`, ordinal = (this.#ordinals.get(key) ?? 0) + 1;
    this.#ordinals.set(key, ordinal);
    return `${noun} ${ordinal} in ${name}`;
  }
}

/** What an operation turns into, as far as others see it; the operation itself where it keeps its kind or never happens. */
export function changed(operation: Operation, code: number): Operation {
  const { load, store, plain } = relatives(operation);
  if (code === Change.PLAIN) return plain;
  if (code === Change.STORE) return store;
  return code === Change.DROPPED && operation.kind === "rmw" ? load : operation;
}

/** Operations of the same width and type. `plain` is meaningful for a load or a store. */
export function relatives({ name, type }: Operation): { load: Operation; store: Operation; plain: Operation } {
  const bits = /rmw(8|16|32)/.exec(name)?.[1] ?? "";
  const known = (wanted: string): Operation => classify(wanted) as Operation;
  return { load: known(`${type}.atomic.load${bits}${bits && "_u"}`), store: known(`${type}.atomic.store${bits}`), plain: known(name.replace(".atomic", "")) };
}
