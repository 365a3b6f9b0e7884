// Reads WebAssembly text in its folded form: an instruction with its operands inside it. Positions are kept, so that text can be put
// around an operand.

export interface Expression {
  /** The instruction, or the part of a module. */
  head: string;
  /** The name that follows it, with its dollar. */
  id: string | undefined;
  operands: Expression[];
  /** Its place in the text, with both parentheses. */
  start: number;
  end: number;
}

const PIECE = /"(?:\\.|[^"\\])*"|\(;[^]*?;\)|;;[^\n]*|\(\s*([a-z][a-z0-9_.]*)?((?:\s+(?:offset|align)=\d+)*)(?:\s+(\$(?:"[^"]*"|[^\s()]+)))?|\)/g;

/** All expressions of the outermost level. */
export function readExpressions(text: string): Expression[] {
  const outermost: Expression[] = [], open: Expression[] = [];
  for (const found of text.matchAll(PIECE)) {
    const [piece, head, , id] = found, start = found.index;
    if (piece === ")") open.pop()!.end = start + 1;
    else if (piece.startsWith("(") && !piece.startsWith("(;")) {
      const expression: Expression = { head: head ?? "", id, operands: [], start, end: -1 };
      (open.at(-1)?.operands ?? outermost).push(expression);
      open.push(expression);
    }
  }
  return outermost;
}
