// Which WebAssembly instructions the instrumenter knows, by name. What is not here is refused, never skipped.

export type Kind = "load" | "store" | "rmw" | "cmpxchg" | "wait" | "notify" | "plain load" | "plain store" | "copy" | "fill";
/** A memory operation: what it does, bytes that it touches, type of its value. */
export interface Operation { name: string; kind: Kind; bytes: number; type: "i32" | "i64" | "f32" | "f64" }

const ARITHMETIC = new RegExp(`^(?:i32|i64|f32|f64)\\.(?:${[
  "const", "add", "sub", "mul", "div(?:_[su])?", "rem_[su]", "and", "or", "xor", "shl", "shr_[su]", "rot[lr]", "clz", "ctz", "popcnt",
  "eqz?", "ne", "[lg][te](?:_[su])?", "abs", "neg", "ceil", "floor", "trunc", "nearest", "sqrt", "min", "max", "copysign",
  "wrap_i64", "extend_i32_[su]", "extend(?:8|16|32)_s", "trunc(?:_sat)?_f(?:32|64)_[su]", "convert_i(?:32|64)_[su]",
  "demote_f64", "promote_f32", "reinterpret_[if](?:32|64)",
].join("|")})$`);
const STRUCTURE = new Set([
  "module", "type", "func", "param", "result", "local", "import", "export", "memory", "global", "mut", "start", "table", "elem", "data", "ref",
  "local.get", "local.set", "local.tee", "global.get", "global.set", "block", "loop", "if", "then", "else", "br", "br_if", "br_table",
  "atomic.fence", // orders nothing that the order of the atomics does not order already
  "return", "call", "call_indirect", "drop", "select", "nop", "unreachable", "memory.size", "ref.func", "offset", "item", "shared", "rec", "sub",
]);
const FLOAT = /^(f32|f64)\.(load|store)$/;
const PLAIN = /^(i32|i64)\.(load|store)(8|16|32)?(?:_[su])?$/;
const ATOMIC = /^(i32|i64)\.atomic\.(?:(load|store)(8|16|32)?(?:_u)?|rmw(8|16|32)?\.(add|sub|and|or|xor|xchg|cmpxchg)(?:_u)?)$/;

function width(type: string, bits: string | undefined): number { return bits ? Number(bits) / 8 : type.endsWith("64") ? 8 : 4; }

/** The operation that a name means; undefined for what touches no memory; throws nothing: "unknown" for what is not known. */
export function classify(name: string): Operation | undefined | "unknown" {
  if (STRUCTURE.has(name) || ARITHMETIC.test(name)) return undefined;
  let found = FLOAT.exec(name);
  if (found) return { name, kind: `plain ${found[2] as "load" | "store"}`, bytes: width(found[1]!, undefined), type: found[1] as Operation["type"] };
  if ((found = PLAIN.exec(name))) return { name, kind: `plain ${found[2] as "load" | "store"}`, bytes: width(found[1]!, found[3]), type: found[1] as Operation["type"] };
  if ((found = ATOMIC.exec(name))) {
    const [, type, access, accessBits, rmwBits, action] = found;
    const kind = access ? access as "load" | "store" : action === "cmpxchg" ? "cmpxchg" : "rmw";
    return { name, kind, bytes: width(type!, accessBits ?? rmwBits), type: type as Operation["type"] };
  }
  if (name === "memory.atomic.wait32") return { name, kind: "wait", bytes: 4, type: "i32" };
  if (name === "memory.atomic.wait64") return { name, kind: "wait", bytes: 8, type: "i64" };
  if (name === "memory.atomic.notify") return { name, kind: "notify", bytes: 4, type: "i32" };
  if (name === "memory.copy") return { name, kind: "copy", bytes: 0, type: "i32" };
  if (name === "memory.fill") return { name, kind: "fill", bytes: 0, type: "i32" };
  return "unknown";
}

/** Whether an operation of this kind decides an order between threads, and is a step of its own. */
export function isAtomic(kind: Kind): boolean { return !kind.startsWith("plain") && kind !== "copy" && kind !== "fill"; }
