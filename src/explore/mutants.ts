// Small damages to a subject, each of which some workload ought to notice: one atomic operation weakened or left out, or one check that
// always answers the same. All of them are compiled into one subject (mutant-hooks.ts) and switched on one at a time.
import { numberOfCheck } from "./checks.js";
import { classify, type Kind, type Operation } from "./operations.js";

/** What is done to an operation or a check. RECORD changes nothing: it reports which of them are executed. */
export const Change = { NONE: 0, RECORD: 1, PLAIN: 2, STORE: 3, DROPPED: 4, SPLIT: 5, FALSE: 6, TRUE: 7 } as const;

export interface Mutant {
  /** From 0, in the order of the text. */
  id: number;
  /** Which operation of which function, such as `compare-and-swap 2 in directory/kill<Generic>`. */
  site: string;
  /** What is done to it, such as `made a store`. */
  change: string;
  /** The function that the operation lies in once the compiler has inlined what it liked. */
  function: string;
  /** The site's number in the subject, or that of a check. */
  number: number;
  code: number;
}

/** Functions that are mutated unless others are asked for: those of one format, and those that know no format. */
export const CHOSEN_FUNCTIONS = /Generic|^(?!.*format\/)/;

const NOUNS: { [kind in Kind]?: string } = { load: "atomic load", store: "atomic store", rmw: "read-modify-write", cmpxchg: "compare-and-swap", notify: "notify" };
const CHANGES: { [kind in Kind]?: [code: number, text: string][] } = {
  load: [[Change.PLAIN, "made plain"]],
  store: [[Change.PLAIN, "made plain"], [Change.DROPPED, "dropped"]],
  rmw: [[Change.SPLIT, "made a load and a store"], [Change.DROPPED, "made a load"]],
  cmpxchg: [[Change.STORE, "made a store"], [Change.DROPPED, "dropped, answering that it succeeded"]],
  notify: [[Change.DROPPED, "dropped"]],
};

/** Whether operations of this kind have mutants. */
export function isMutable(kind: Kind): boolean { return CHANGES[kind] !== undefined; }

/** The mutants of a subject's sites and checks. */
export function mutantsOf(sites: (Operation & { function: string })[], checks: string[], isChosen: (name: string) => boolean): Mutant[] {
  const mutants: Mutant[] = [], seen = new Map<string, number>();
  const add = (noun: string, where: string, number: number, changes: [code: number, text: string][]): void => {
    const key = `${noun} of ${where}`, ordinal = (seen.get(key) ?? 0) + 1;
    seen.set(key, ordinal);
    const name = where.replace(/(?<=[<,])[^<>,]*\//g, "");
    for (const [code, change] of changes) mutants.push({ id: mutants.length, site: `${noun} ${ordinal} in ${name}`, change, function: where, number, code });
  };
  sites.forEach(({ kind, function: where }, number) => { if (isMutable(kind) && isChosen(where)) add(NOUNS[kind]!, where, number, CHANGES[kind]!); });
  checks.forEach((where, i) => add("check", where, numberOfCheck(i), [[Change.FALSE, "always false"], [Change.TRUE, "always true"]]));
  return mutants;
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
