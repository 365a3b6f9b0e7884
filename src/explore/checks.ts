// The checks of a protocol, found in the compiled code: conditions of `if`, `br_if` and `select` that hang on what an atomic operation
// answered. A condition does when such an operation, or a local that was last set from one (as the text goes), is among its operands,
// with nothing but arithmetic between; what is loaded from an address that an atomic operation answered is no check of that answer.
import { readExpressions, type Expression } from "./expressions.js";
import { classify } from "./operations.js";

/** The text with every check of the chosen functions inside `(call $pm.check (i32.const NUMBER) …)`, and the function of each. */
export interface Checked { text: string; functions: string[] }

/** Checks have the numbers -1, -2, …, so that they are no numbers of sites. */
export function numberOfCheck(index: number): number { return -1 - index; }

export function wrapChecks(text: string, nameOf: (id: string) => string, isChosen: (name: string) => boolean): Checked {
  const functions: string[] = [], parts: string[] = [];
  let copied = 0;
  const put = (at: number, what: string): void => { parts.push(text.slice(copied, at), what); copied = at; };
  for (const module of readExpressions(text)) for (const part of module.operands) {
    if (part.head !== "func" || part.id === undefined || !isChosen(nameOf(part.id))) continue;
    const around: [at: number, what: string][] = [];
    for (const { start, end } of conditionsOf(part).sort((a, b) => a.start - b.start)) {
      around.push([start, `(call $pm.check (i32.const ${numberOfCheck(functions.length)}) `], [end, ")"]);
      functions.push(nameOf(part.id));
    }
    for (const [at, what] of around.sort(([a], [b]) => a - b)) put(at, what); // one condition may lie within another
  }
  return { text: parts.join("") + text.slice(copied), functions };
}

/** The conditions in a function that hang on the answer of an atomic operation. */
function conditionsOf(part: Expression): Expression[] {
  const found: Expression[] = [], answered = new Set<string>(); // locals
  /** Whether the value of an expression hangs on such an answer; its operands run before it. */
  const hangs = (expression: Expression): boolean => {
    const { head, id, operands } = expression, each = operands.map(hangs), any = each.includes(true);
    const condition = head === "if" ? operands.findIndex((operand) => operand.head !== "result") : head === "br_if" || head === "select" ? operands.length - 1 : -1;
    if (condition >= 0 && each[condition]) found.push(operands[condition]!);
    switch (head) {
      case "local.get": return answered.has(id!);
      case "local.set": case "local.tee":
        if (any) answered.add(id!); else answered.delete(id!);
        return any;
      case "block": case "loop": case "then": case "else": return each.at(-1) ?? false;
      case "call": case "call_indirect": return false;
    }
    const operation = classify(head);
    if (operation === undefined) return any;
    return operation !== "unknown" && (operation.kind === "load" || operation.kind === "rmw" || operation.kind === "cmpxchg");
  };
  hangs(part);
  return found;
}
