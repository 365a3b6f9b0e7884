// What a subject with mutants calls in place of the usual hooks, as WebAssembly text: while a mutant of this very place is switched on,
// something else is done, by the usual hook of that other operation. So a mutated step is a step like any other.
import { hookName } from "./hooks.js";
import { Word, type Places } from "./layout.js";
import { Change, relatives } from "./mutants.js";
import type { Operation } from "./operations.js";

export const MUTANT_IMPORTS = `(import "explore" "reached" (func $pm.reached (param i32 i32)))`;
/** What is reported beside a place: that a thread comes to it, that a check holds or not, that a compare-and-swap succeeds or not. */
export const Told = { NO: 0, YES: 1, COMES: 2 } as const;

const i32 = (value: number): string => `(i32.const ${value | 0})`;

/** The name of the function that stands for an operation which may be mutated. */
export function mutableName({ name }: Operation): string { return `$pm.mutable.${name}`; }

/** Usual hooks that the mutants of an operation call. */
export function neededBy(operation: Operation): Operation[] {
  const { load, store, plain } = relatives(operation);
  return operation.kind === "load" || operation.kind === "store" ? [plain] : operation.kind === "notify" ? [] : [load, store];
}

export function mutableHook(operation: Operation, { words }: Places): string {
  const { name, kind, type } = operation, { load, store, plain } = relatives(operation);
  const code = `(i32.load ${i32(words + Word.CHANGE)})`, operands = "(local.get $site) (local.get $o) (local.get $p)";
  const when = (change: number, what: string): string => `(if (i32.eq ${code} ${i32(change)}) (then ${what} (return)))`;
  const answering = (change: number, value: string, what = ""): string => `(if (i32.eq ${code} ${i32(change)}) (then ${what} (return ${value})))`;
  const loaded = `(call ${hookName(load)} ${operands})`, stored = (value: string): string => `(call ${hookName(store)} ${operands} ${value})`;
  const shape = (parameters: string, result: string, locals: string, changes: string, own: string, last = (call: string): string => call): string => `
(func ${mutableName(operation)} (param $number i32) (param $site i32) (param $o i32) (param $p i32) ${parameters} ${result} ${locals}
  (if ${code} (then
    (if (i32.eq ${code} ${i32(Change.RECORD)}) (then (call $pm.reached (local.get $number) ${i32(Told.COMES)})))
    (if (i32.eq (i32.load ${i32(words + Word.MUTATED)}) (local.get $number)) (then ${changes}))))
  ${last(`(call $pm.${name} ${operands} ${own})`)})`;
  switch (kind) {
    case "load": return shape("", `(result ${type})`, "", answering(Change.PLAIN, `(call ${hookName(plain)} ${operands})`), "");
    case "store": return shape(`(param $v ${type})`, "", "",
      when(Change.PLAIN, `(call ${hookName(plain)} ${operands} (local.get $v))`) + when(Change.DROPPED, ""), "(local.get $v)");
    case "rmw": {
      const action = /\.([a-z]+)(?:_u)?$/.exec(name)![1]!, value = action === "xchg" ? "(local.get $v)" : `(${type}.${action} (local.get $r) (local.get $v))`;
      return shape(`(param $v ${type})`, `(result ${type})`, `(local $r ${type})`,
        answering(Change.DROPPED, loaded) + answering(Change.SPLIT, "(local.get $r)", `(local.set $r ${loaded}) ${stored(value)}`), "(local.get $v)");
    }
    case "cmpxchg": return shape(`(param $v ${type}) (param $w ${type})`, `(result ${type})`, `(local $r ${type})`,
      answering(Change.STORE, "(local.get $v)", stored("(local.get $w)")) + answering(Change.DROPPED, "(local.get $v)"), "(local.get $v) (local.get $w)",
      (call) => `(local.set $r ${call})
  (if (i32.eq ${code} ${i32(Change.RECORD)}) (then (call $pm.reached (local.get $number) (${type}.eq (local.get $r) (local.get $v)))))
  (local.get $r)`);
    default: return shape("(param $v i32)", "(result i32)", "", answering(Change.DROPPED, "(i32.const 0)"), "(local.get $v)");
  }
}

/** What the conditions of checks go through. One that always answers the same may keep a loop going that touches no memory: it burns fuel. */
export function checkHook({ words }: Places): string {
  const code = `(i32.load ${i32(words + Word.CHANGE)})`, fuel = i32(words + Word.FUEL);
  return `
(func $pm.check (param $number i32) (param $condition i32) (result i32)
  (if ${code} (then
    (if (i32.eq ${code} ${i32(Change.RECORD)}) (then (call $pm.reached (local.get $number) (i32.ne (local.get $condition) (i32.const 0)))))
    (if (i32.eq (i32.load ${i32(words + Word.MUTATED)}) (local.get $number)) (then
      (i32.store ${fuel} (i32.sub (i32.load ${fuel}) (i32.const 1)))
      (if (i32.eqz (i32.load ${fuel})) (then (call $pm.spent)))
      (return (i32.eq ${code} ${i32(Change.TRUE)}))))))
  (local.get $condition))`;
}
