// The checks of a protocol, found in the compiled code: conditions of `if`, `br_if` and `select` that hang on what an atomic operation
// answered. A condition does when such an operation, or a local that was last set from one (as the text goes), is among its operands,
// with nothing but arithmetic between; what is loaded from an address that an atomic operation answered is no check of that answer.
import type { Expression } from "./expressions.js";
import { classify } from "./operations.js";

/** A condition, and the instruction that it decides. */
interface Check { condition: Expression; decides: Expression }

/** The text with every check of these functions inside `(call $pm.check (i32.const NUMBER) …)`. `numberOf` is asked in the order of the text. */
export function wrapChecks(text: string, functions: Expression[], numberOf: (part: Expression, decides: Expression) => number): string {
  const parts: string[] = [];
  let copied = 0;
  for (const part of functions) {
    const around: [at: number, what: string][] = [];
    for (const { condition: { start, end }, decides } of checksOf(part).sort((a, b) => a.condition.start - b.condition.start))
      around.push([start, `(call $pm.check (i32.const ${numberOf(part, decides)}) `], [end, ")"]);
    for (const [at, what] of around.sort(([a], [b]) => a - b)) { // one condition may lie within another
      parts.push(text.slice(copied, at), what);
      copied = at;
    }
  }
  return parts.join("") + text.slice(copied);
}

/** The checks of a function. */
function checksOf(part: Expression): Check[] {
  const found: Check[] = [], answered = new Set<string>(); // locals
  /** Whether the value of an expression hangs on such an answer; its operands run before it. */
  const hangs = (expression: Expression): boolean => {
    const { head, id, operands } = expression, each = operands.map(hangs), any = each.includes(true);
    const condition = head === "if" ? operands.findIndex((operand) => operand.head !== "result") : head === "br_if" || head === "select" ? operands.length - 1 : -1;
    if (condition >= 0 && each[condition]) found.push({ condition: operands[condition]!, decides: expression });
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
