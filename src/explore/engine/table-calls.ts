// Cases of tables in rows: what each thread calls in turn, and what was mapped, of which a case gets its name.
import { TROUBLED, type TableCall, type TableCase } from "./table-pairs.js";
import { tableVerb, type TableVerb } from "./table-verbs.js";

/** Verbs by name or themselves, each with its page; of the table beside when it is so written. */
export type Calls = [verb: string | TableVerb, page: number, where?: "beside"][];
const verbOf = (verb: string | TableVerb): TableVerb => typeof verb === "string" ? tableVerb(verb) : verb;
export const threadsOf = (threads: Calls[]): TableCall[][] =>
  threads.map((calls) => calls.map(([verb, page, where]) => ({ verb: verbOf(verb), page, ...where && { beside: true } })));

type Stage = Pick<TableCase, "format" | "pageLg2" | "systemFrames" | "apart">;
/** How to make cases of a kind, on a stage that they share unless `rest` says another. */
export const casesOf = (kind: string, stage: Stage) => (mapped: number[], threads: Calls[], rest: Partial<TableCase> = {}): TableCase => {
  const { trouble = "none" } = rest, what = threads.map((calls) => calls.map(([verb, page]) => `${verbOf(verb).name} ${page}`).join(" then "));
  return {
    name: `${what.join(" | ")}, ${mapped.length ? `${mapped.join(" and ")} mapped` : "empty"}, ${kind}${trouble === "none" ? "" : `, ${trouble}`}`,
    ...stage, trouble, mapped, threads: threadsOf(threads), ...trouble !== "none" && { beyond: TROUBLED }, ...rest,
  };
};
