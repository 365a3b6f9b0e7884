// The functions that the instrumenter adds to a subject, as WebAssembly text: what each memory operation calls instead, and what
// the machine calls around a step. All bookkeeping of a step happens in here, so that a step costs one call from JavaScript:
//
//  every operation   stays inside the subject's bytes, burns fuel (a loop without an end is found), as each turn of a loop without one does
//  atomics           hand back control first (asyncify), then look whether somebody has touched these bytes plainly
//  plain accesses    leave a mark in `readers` or `writers`, which stands until the thread's next atomic operation. Whoever meets
//                    a foreign mark races: its owner has released nothing since, so nothing orders the two.
//  stores            log the old value of the 8-byte granule and move the memory's hash from old to new
import { Control, Parked, Thread, Word, type Places } from "./layout.js";
import { isAtomic, type Operation } from "./operations.js";

const i32 = (value: number): string => `(i32.const ${value | 0})`;
const get = (name: string): string => `(local.get $${name})`;
const K1 = "(i64.const -7046029254386353131)", K2 = "(i64.const -4658895280553007687)", K3 = "(i64.const -7723592293110705685)";
/** Hash of a granule: its address and value, both 64 bits. */
const mix = (address: string, value: string): string =>
  `(call $pm.scatter (i64.mul (i64.xor ${value} (i64.mul (i64.extend_i32_u ${address}) ${K1})) ${K2}))`;
/**
 * The local `hash` takes in one more value. In line, for it is done with each word of a state after each step. The value is folded first:
 * its topmost bit, which no multiplication moves, would else be known to change two bits of the hash, and the next value could undo that.
 */
const absorb = (value: string): string => `(local.set $word ${value})
  (local.set $hash (i64.mul (i64.xor ${get("hash")} (i64.xor ${get("word")} (i64.shr_u ${get("word")} (i64.const 32)))) ${K1}))
  (local.set $hash (i64.xor ${get("hash")} (i64.shr_u ${get("hash")} (i64.const 29))))`;

/** Functions that every subject gets. */
export function commonHooks(places: Places, globals: number): string {
  const { words, control, subjectBytes } = places;
  const word = (offset: number): string => i32(words + offset), cell = (index: number): string => i32(control + 4 * index);
  const load = (at: string): string => `(i32.load ${at})`, mine = (index: number): string => `(i32.load offset=${4 * index} ${load(word(Word.CURRENT))})`;
  const setMine = (index: number, value: string): string => `(i32.store offset=${4 * index} ${load(word(Word.CURRENT))} ${value})`;
  return `
(func $pm.at (param $o i32) (param $p i32) (param $n i32) (result i32) (local $a i32)
  (local.set $a (i32.add ${get("o")} ${get("p")}))
  (if (i32.or (i32.lt_u ${get("a")} ${get("p")}) (i64.gt_u (i64.add (i64.extend_i32_u ${get("a")}) (i64.extend_i32_u ${get("n")})) (i64.const ${subjectBytes})))
    (then (call $pm.outside ${get("a")})))
  (i32.store ${word(Word.FUEL)} (i32.sub ${load(word(Word.FUEL))} (i32.const 1)))
  (if (i32.eqz ${load(word(Word.FUEL))}) (then (call $pm.spent)))
  ${get("a")})
(func $pm.burn
  (i32.store ${word(Word.FUEL)} (i32.sub ${load(word(Word.FUEL))} (i32.const 1)))
  (if (i32.eqz ${load(word(Word.FUEL))}) (then (call $pm.spent))))
(func $pm.scatter (param $x i64) (result i64)
  (i64.mul (i64.xor ${get("x")} (i64.shr_u ${get("x")} (i64.const 32))) ${K3}))
(func $pm.yield (param $site i32) (param $a i32)
  (if (i32.eqz ${load(word(Word.YIELDS))}) (then (return)))
  (if ${load(word(Word.REWINDING))} (then (i32.store ${word(Word.REWINDING)} (i32.const 0)) (call $pm.stop_rewind) (return)))
  (i32.store ${word(Word.PARKED)} ${i32(Parked.YIELD)})
  (i32.store ${word(Word.SITE)} ${get("site")}) (i32.store ${word(Word.ADDRESS)} ${get("a")})
  (i32.store ${word(Word.DATA)} ${load(cell(Control.STACK))})
  (call $pm.start_unwind ${word(Word.DATA)}))
(func $pm.sleep (param $site i32) (param $a i32) (param $finite i32) (result i32)
  (if (i32.eqz ${load(word(Word.YIELDS))}) (then (call $pm.stuck ${get("a")})))
  (if ${load(word(Word.REWINDING))} (then (i32.store ${word(Word.REWINDING)} (i32.const 0)) (call $pm.stop_rewind) (return ${load(word(Word.WAKE))})))
  (i32.store ${word(Word.PARKED)} (i32.add ${i32(Parked.ASLEEP)} ${get("finite")}))
  (i32.store ${word(Word.SITE)} ${get("site")}) (i32.store ${word(Word.ADDRESS)} ${get("a")})
  (i32.store ${word(Word.DATA)} ${load(cell(Control.STACK))})
  (call $pm.start_unwind ${word(Word.DATA)})
  (i32.const 0))
(func $pm.log (param $g i32) (param $old i64) (local $new i64) (local $at i32)
  (local.set $new (i64.load ${get("g")}))
  (if (i64.eq ${get("new")} ${get("old")}) (then (return)))
  (if (i32.eqz ${load(word(Word.TRACKED))}) (then (return)))
  (local.set $at ${load(cell(Control.UNDO))})
  (if (i32.ge_u ${get("at")} ${i32(places.undoEnd)}) (then (call $pm.full)))
  (i32.store ${get("at")} ${get("g")}) (i64.store offset=8 ${get("at")} ${get("old")})
  (i32.store ${cell(Control.UNDO)} (i32.add ${get("at")} (i32.const 16)))
  (i64.store ${cell(Control.HASH)} (i64.add (i64.load ${cell(Control.HASH)}) (i64.sub ${mix(get("g"), get("new"))} ${mix(get("g"), get("old"))}))))
(func $pm.mark (param $a i32) (param $what i32) (param $site i32) (local $at i32)
  (local.set $at ${load(cell(Control.MARKS))})
  (if (i32.ge_u ${get("at")} ${i32(places.marksEnd)}) (then (call $pm.full)))
  (i32.store ${get("at")} ${get("a")}) (i32.store offset=8 ${get("at")} ${get("site")})
  (i32.store offset=4 ${get("at")} (i32.or ${get("what")} (i32.shl (i32.wrap_i64 (i64.ctz (i64.load ${word(Word.MINE)}))) (i32.const 8))))
  (i32.store ${cell(Control.MARKS)} (i32.add ${get("at")} (i32.const 12)))
  (i64.store ${word(Word.FOOT)} (i64.mul (i64.xor (i64.load ${word(Word.FOOT)}) ${mix(get("a"), `(i64.extend_i32_u ${get("what")})`)}) ${K1})))
${[1, 2, 4, 8].map((n) => markHooks(places, n)).join("")}
(func $pm.readBytes (param $site i32) (param $a i32) (param $n i32)
  (if (i32.and (i32.eq ${get("n")} (i32.const 8)) (i32.eqz (i32.and ${get("a")} (i32.const 7)))) (then (call $pm.read8 ${get("site")} ${get("a")}) (return)))
  (loop $more (if ${get("n")} (then (local.set $n (i32.sub ${get("n")} (i32.const 1)))
    (call $pm.read1 ${get("site")} (i32.add ${get("a")} ${get("n")})) (br $more)))))
(func $pm.writeBytes (param $site i32) (param $a i32) (param $n i32)
  (if (i32.eq ${get("n")} (i32.const 8)) (then (call $pm.write8 ${get("site")} ${get("a")}) (return)))
  (loop $more (if ${get("n")} (then (local.set $n (i32.sub ${get("n")} (i32.const 1)))
    (call $pm.write1 ${get("site")} (i32.add ${get("a")} ${get("n")})) (br $more)))))
(func $pm.least (param $x i32) (param $y i32) (result i32) (select ${get("x")} ${get("y")} (i32.lt_u ${get("x")} ${get("y")})))
(func $pm.move (param $site i32) (param $a i32) (param $f i32) (param $n i32) (local $g i32) (local $old i64)
  (call $pm.readBytes ${get("site")} ${get("f")} ${get("n")}) (call $pm.writeBytes ${get("site")} ${get("a")} ${get("n")})
  (local.set $g (i32.and ${get("a")} (i32.const -8))) (local.set $old (i64.load ${get("g")}))
  (memory.copy ${get("a")} ${get("f")} ${get("n")})
  (call $pm.log ${get("g")} ${get("old")}))
(func $pm.paint (export "pm.paint") (param $at i32) (param $to i32) (param $thread i32) (param $set i32) (local $what i32) (local $a i32) (local $n i32) (local $bit i32)
  (local.set $bit (i32.shl (i32.const 1) ${get("thread")}))
  (loop $next (if (i32.lt_u ${get("at")} ${get("to")}) (then
    (local.set $what (i32.load offset=4 ${get("at")}))
    (if (i32.eq (i32.and (i32.shr_u ${get("what")} (i32.const 8)) (i32.const 255)) ${get("thread")}) (then
      (local.set $a (i32.add (i32.load ${get("at")})
        (if (result i32) (i32.and ${get("what")} (i32.const 16)) (then ${i32(places.writers)}) (else ${i32(places.readers)}))))
      (local.set $n (i32.and ${get("what")} (i32.const 15)))
      (if (i32.eq ${get("n")} (i32.const 8)) (then (i64.store ${get("a")} (call $pm.bits8 (i64.load ${get("a")}) ${get("thread")} ${get("set")})))
      (else (if (i32.eq ${get("n")} (i32.const 4)) (then (i32.store ${get("a")} (i32.wrap_i64 (call $pm.bits8 (i64.load32_u ${get("a")}) ${get("thread")} ${get("set")}))))
      (else (loop $byte (if ${get("n")} (then
        (local.set $n (i32.sub ${get("n")} (i32.const 1)))
        (i32.store8 (i32.add ${get("a")} ${get("n")}) (i32.or (i32.and (i32.load8_u (i32.add ${get("a")} ${get("n")})) (i32.xor ${get("bit")} (i32.const -1)))
          (i32.mul ${get("bit")} ${get("set")})))
        (br $byte))))))))))
    (local.set $at (i32.add ${get("at")} (i32.const 12)))
    (br $next)))))
(func $pm.bits8 (param $x i64) (param $thread i32) (param $set i32) (result i64) (local $m i64)
  (local.set $m (i64.shl (i64.const 0x0101010101010101) (i64.extend_i32_u ${get("thread")})))
  (if (result i64) ${get("set")} (then (i64.or ${get("x")} ${get("m")})) (else (i64.and ${get("x")} (i64.xor ${get("m")} (i64.const -1))))))
(func $pm.begin (param $how i32)
  (i32.store ${word(Word.PARKED)} (i32.const 0))
  (i32.store ${word(Word.REWINDING)} (i32.and ${get("how")} (i32.const 1)))
  (if (i32.and ${get("how")} (i32.const 1)) (then
    (i32.store ${word(Word.DATA)} ${mine(Thread.STACK_TO)})
    (i64.store ${word(Word.FOOT)} (i64.load offset=${4 * Thread.FOOT} ${load(word(Word.CURRENT))}))))
  (if (i32.and ${get("how")} (i32.const 2)) (then (call $pm.unmark))))
(func $pm.unmark (export "pm.unmark")
  (call $pm.paint ${mine(Thread.MARKS_FROM)} ${mine(Thread.MARKS_TO)} (i32.wrap_i64 (i64.ctz (i64.load ${word(Word.MINE)}))) (i32.const 0))
  ${setMine(Thread.MARKS_FROM, load(cell(Control.MARKS)))} ${setMine(Thread.MARKS_TO, load(cell(Control.MARKS)))}
  (i64.store ${word(Word.FOOT)} (i64.const 0)))
(func $pm.parked (local $at i32) (local $to i32) (local $hash i64) (local $word i64)
  (local.set $at ${load(cell(Control.STACK))}) (local.set $to ${load(word(Word.DATA))})
  ${setMine(Thread.STACK_FROM, get("at"))} ${setMine(Thread.STACK_TO, get("to"))}
  (i32.store ${cell(Control.STACK)} ${get("to")})
  (if (i32.gt_u ${get("to")} ${i32(places.stacksEnd)}) (then (call $pm.full)))
  (local.set $hash (i64.extend_i32_u (i32.sub ${get("to")} ${get("at")})))
  (local.set $to (i32.sub ${get("to")} (i32.const 4)))
  (loop $next (if (i32.lt_u ${get("at")} ${get("to")}) (then
    ${absorb(`(i64.load align=4 ${get("at")})`)}
    (local.set $at (i32.add ${get("at")} (i32.const 8)))
    (br $next))))
  (if (i32.eq ${get("at")} ${get("to")}) (then ${absorb(`(i64.load32_u ${get("at")})`)}))
  (i64.store offset=${4 * Thread.STACK_HASH} ${load(word(Word.CURRENT))} ${get("hash")}))
(func (export "pm.settle")
  ${setMine(Thread.MARKS_TO, load(cell(Control.MARKS)))}
  (i64.store offset=${4 * Thread.FOOT} ${load(word(Word.CURRENT))} (i64.load ${word(Word.FOOT)})))
(func (export "pm.key") (param $threads i32) (local $hash i64) (local $word i64) (local $at i32) (local $to i32)
  ${absorb(`(i64.load ${cell(Control.QUEUE)})`)} ${absorb(`(i64.load ${cell(Control.EVENTS)})`)}
  (local.set $at ${cell(Control.THREADS)})
  (loop $thread (if ${get("threads")} (then
    (local.set $to (i32.add ${get("at")} ${i32(4 * Thread.STATE)}))
    (loop $next ${absorb(`(i64.load ${get("at")})`)}
      (br_if $next (i32.lt_u (local.tee $at (i32.add ${get("at")} (i32.const 8))) ${get("to")})))
    (local.set $at (i32.add ${get("at")} ${i32(4 * (Thread.WORDS - Thread.STATE))}))
    ${globals === 0 ? "" : `(local.set $to (i32.add ${get("at")} ${i32(8 * globals)}))
    (loop $next ${absorb(`(i64.load ${get("at")})`)}
      (br_if $next (i32.lt_u (local.tee $at (i32.add ${get("at")} (i32.const 8))) ${get("to")})))`}
    (local.set $threads (i32.sub ${get("threads")} (i32.const 1)))
    (br $thread))))
  (i64.store ${word(Word.KEY)} (call $pm.scatter (i64.add ${get("hash")} (i64.load ${cell(Control.HASH)})))))
(func (export "pm.save") (param $frame i32) (memory.copy ${get("frame")} ${cell(0)} ${i32(places.controlBytes)}))
(func (export "pm.back") (param $frame i32) (param $base i32) (param $thread i32) (local $at i32) (local $to i32)
  (local.set $at ${load(cell(Control.UNDO))}) (local.set $to (i32.load offset=${4 * Control.UNDO} ${get("frame")}))
  (loop $next (if (i32.gt_u ${get("at")} ${get("to")}) (then
    (local.set $at (i32.sub ${get("at")} (i32.const 16)))
    (i64.store (i32.load ${get("at")}) (i64.load offset=8 ${get("at")}))
    (br $next))))
  (if ${get("base")} (then (call $pm.paint (i32.load offset=${4 * Thread.MARKS_FROM} ${get("base")})
    (i32.load offset=${4 * Thread.MARKS_TO} ${get("base")}) ${get("thread")} (i32.const 0))))
  (memory.copy ${cell(0)} ${get("frame")} ${i32(places.controlBytes)})
  (if ${get("base")} (then (call $pm.paint (i32.load offset=${4 * Thread.MARKS_FROM} ${get("base")})
    (i32.load offset=${4 * Thread.MARKS_TO} ${get("base")}) ${get("thread")} (i32.const 1)))))
(func (export "pm.poke") (param $a i32) (param $value i32) (local $old i64)
  (local.set $old (i64.load (i32.and ${get("a")} (i32.const -8))))
  (i32.store ${get("a")} ${get("value")})
  (call $pm.log (i32.and ${get("a")} (i32.const -8)) ${get("old")}))
`;
}

/** Where an access of `n` bytes leaves its mark, and what it must not meet. */
function markHooks(places: Places, n: number): string {
  const type = n === 8 ? "i64" : "i32", bits = n < 4 ? `${8 * n}` : "", suffix = n < 4 ? `${bits}_u` : "";
  const load = (plane: number): string => `(${type}.load${suffix} offset=${plane} ${get("a")})`, pattern = `(${type}.load${suffix} ${i32(places.words + Word.MINE)})`;
  const others = `(${type}.xor ${get("mine")} (${type}.const -1))`, isNonZero = (value: string): string => type === "i64" ? `(i64.ne ${value} (i64.const 0))` : value;
  const clash = (seen: string, bytes: number): string =>
    `(if ${isNonZero(`(${type}.and ${seen} ${others})`)} (then (call $pm.race ${get("site")} ${get("a")} ${i32(bytes)})))`;
  const both = `(${type}.or ${load(places.readers)} ${load(places.writers)})`;
  const plain = (name: string, plane: number, foreign: string, what: number): string => `
(func $pm.${name}${n} (param $site i32) (param $a i32) (local $mine ${type}) (local $seen ${type})
  (local.set $mine ${pattern})
  (local.set $seen ${load(plane)})
  (if (${type}.eq (${type}.and ${get("seen")} ${get("mine")}) ${get("mine")}) (then (return)))
  ${clash(foreign, n)}
  (${type}.store${bits} offset=${plane} ${get("a")} (${type}.or ${get("seen")} ${get("mine")}))
  (call $pm.mark ${get("a")} ${i32(what)} ${get("site")}))`;
  const atomic = (name: string, foreign: string): string => `
(func $pm.${name}${n} (param $site i32) (param $a i32) (local $mine ${type})
  (local.set $mine ${pattern})
  (if (${type}.eqz ${get("mine")}) (then (return)))
  ${clash(foreign, n)})`;
  return plain("read", places.readers, load(places.writers), n) + plain("write", places.writers, both, n | 16)
    + atomic("acquire", load(places.writers)) + atomic("change", both);
}

/** The name of the function that stands for an operation. */
export function hookName({ name }: Operation): string { return `$pm.${name}`; }

/** What is called instead of an operation: its site and offset come first, then its own operands. */
export function operationHook({ name, kind, bytes, type }: Operation, places: Places, everyAccess: boolean): string {
  const yields = isAtomic(kind) || everyAccess ? `(call $pm.yield ${get("site")} ${get("a")})` : "";
  const at = (n: string): string => `(local.set $a (call $pm.at ${get("o")} ${get("p")} ${n}))`;
  const head = `(func $pm.${name} (param $site i32) (param $o i32) (param $p i32)`;
  const touch = (verb: string): string => `(call $pm.${verb}${bytes} ${get("site")} ${get("a")})`;
  const result = type, wrote = (value: string): string => `(i32.store ${i32(places.words + Word.WROTE)} ${value})`;
  const logged = (change: string): string => `
  (local.set $g (i32.and ${get("a")} (i32.const -8))) (local.set $old (i64.load ${get("g")}))
  ${change}
  (call $pm.log ${get("g")} ${get("old")})`;
  switch (kind) {
    case "load": return `
${head} (result ${result}) (local $a i32) ${at(i32(bytes))} ${yields} ${touch("acquire")} ${wrote("(i32.const 0)")} (${name} ${get("a")}))`;
    case "store": return `
${head} (param $v ${type}) (local $a i32) (local $g i32) (local $old i64) ${at(i32(bytes))} ${yields} ${touch("change")} ${wrote("(i32.const 1)")}
  ${logged(`(${name} ${get("a")} ${get("v")})`)})`;
    case "rmw": return `
${head} (param $v ${type}) (result ${result}) (local $a i32) (local $g i32) (local $old i64) (local $r ${type})
  ${at(i32(bytes))} ${yields} ${touch("change")} ${wrote("(i32.const 1)")}
  ${logged(`(local.set $r (${name} ${get("a")} ${get("v")}))`)}
  ${get("r")})`;
    case "cmpxchg": return `
${head} (param $v ${type}) (param $w ${type}) (result ${result}) (local $a i32) (local $g i32) (local $old i64) (local $r ${type})
  ${at(i32(bytes))} ${yields} ${touch("change")}
  ${logged(`(local.set $r (${name} ${get("a")} ${get("v")} ${get("w")}))`)}
  ${wrote(`(${type}.eq ${get("r")} ${get("v")})`)}
  ${get("r")})`;
    case "wait": return `
${head} (param $v ${type}) (param $timeout i64) (result i32) (local $a i32) ${at(i32(bytes))} ${yields} ${touch("acquire")} ${wrote("(i32.const 0)")}
  (if (${type}.ne (${type}.atomic.load ${get("a")}) ${get("v")}) (then (return (i32.const 1))))
  (if (i64.eqz ${get("timeout")}) (then (return (i32.const 2))))
  (call $pm.sleep ${get("site")} ${get("a")} (i64.gt_s ${get("timeout")} (i64.const 0))))`;
    case "notify": return `
${head} (param $v i32) (result i32) (local $a i32) ${at(i32(bytes))} ${yields} ${wrote("(i32.const 1)")} (call $pm.notify ${get("a")} ${get("v")}))`;
    case "plain load": return `
${head} (result ${result}) (local $a i32) ${at(i32(bytes))} ${yields} ${touch("read")} (${name} ${get("a")}))`;
    case "plain store": return `
${head} (param $v ${type}) (local $a i32) (local $g i32) (local $old i64) (local $next i64) (local $crosses i32) ${at(i32(bytes))} ${yields} ${touch("write")}
  (local.set $crosses (i32.gt_u (i32.add (i32.and ${get("a")} (i32.const 7)) ${i32(bytes)}) (i32.const 8)))
  (if ${get("crosses")} (then (local.set $next (i64.load offset=8 (i32.and ${get("a")} (i32.const -8))))))
  ${logged(`(${name} ${get("a")} ${get("v")})`)}
  (if ${get("crosses")} (then (call $pm.log (i32.add ${get("g")} (i32.const 8)) ${get("next")}))))`;
    case "fill": return `
${head} (param $v i32) (param $n i32) (local $a i32) (local $g i32) (local $old i64) (local $k i32) ${at(get("n"))} ${yields}
  (loop $more (if ${get("n")} (then
    (local.set $k (call $pm.least ${get("n")} (i32.sub (i32.const 8) (i32.and ${get("a")} (i32.const 7)))))
    (call $pm.writeBytes ${get("site")} ${get("a")} ${get("k")})
    ${logged(`(memory.fill ${get("a")} ${get("v")} ${get("k")})`)}
    (local.set $a (i32.add ${get("a")} ${get("k")})) (local.set $n (i32.sub ${get("n")} ${get("k")}))
    (br $more)))))`;
    case "copy": return `
${head} (param $from i32) (param $n i32) (local $a i32) (local $f i32) (local $g i32) (local $old i64) (local $k i32) (local $end i32) ${at(get("n"))}
  (local.set $f (call $pm.at (i32.const 0) ${get("from")} ${get("n")})) ${yields}
  (if (i32.lt_u ${get("f")} ${get("a")}) (then
    (loop $down (if ${get("n")} (then
      (local.set $end (i32.add ${get("a")} ${get("n")}))
      (local.set $k (i32.add (i32.and (i32.sub ${get("end")} (i32.const 1)) (i32.const 7)) (i32.const 1)))
      (local.set $k (call $pm.least ${get("n")} ${get("k")}))
      (local.set $n (i32.sub ${get("n")} ${get("k")}))
      (call $pm.move ${get("site")} (i32.add ${get("a")} ${get("n")}) (i32.add ${get("f")} ${get("n")}) ${get("k")})
      (br $down)))))
  (else
    (loop $up (if ${get("n")} (then
      (local.set $k (call $pm.least ${get("n")} (i32.sub (i32.const 8) (i32.and ${get("a")} (i32.const 7)))))
      (call $pm.move ${get("site")} ${get("a")} ${get("f")} ${get("k")})
      (local.set $a (i32.add ${get("a")} ${get("k")})) (local.set $f (i32.add ${get("f")} ${get("k")})) (local.set $n (i32.sub ${get("n")} ${get("k")}))
      (br $up)))))))`;
  }
}

/** A subject's function without parameters and result of its own: the machine leaves arguments in its words and finds the result there. */
export function entryHook(places: Places, name: string, target: string, parameters: string[], result: string | undefined): string {
  const word = (offset: number): string => i32(places.words + offset);
  const call = `(call ${target} ${parameters.map((type, i) => `(${type}.load offset=${8 * i} ${word(Word.ARGUMENTS)})`).join(" ")})`;
  return `
(func (export "pm.go.${name}") (param $how i32) ${result ? `(local $r ${result})` : ""}
  (call $pm.begin ${get("how")})
  (if (i32.and ${get("how")} (i32.const 1)) (then (call $pm.start_rewind ${word(Word.DATA)})))
  ${result ? `(local.set $r ${call})` : call}
  (if (i32.load ${word(Word.PARKED)}) (then (call $pm.stop_unwind) (call $pm.parked) (return)))
  ${result ? `(${result}.store ${word(Word.RESULT)} ${get("r")})` : ""})`;
}

/** A mutable global is a word of the current thread: each thread has an instance of its own in real life. */
export function globalHooks(places: Places, index: number, type: string): string {
  const at = `offset=${4 * Thread.WORDS + 8 * index} (i32.load ${i32(places.words + Word.CURRENT)})`;
  return `
(func $pm.get${index} (result ${type}) (${type}.load ${at}))
(func $pm.set${index} (param $v ${type}) (${type}.store ${at} ${get("v")}))`;
}

/** What the hooks import: functions of the machine, and the four of asyncify, which its pass replaces. */
export const HOOK_IMPORTS = `
(import "explore" "race" (func $pm.race (param i32 i32 i32)))
(import "explore" "notify" (func $pm.notify (param i32 i32) (result i32)))
(import "explore" "outside" (func $pm.outside (param i32)))
(import "explore" "spent" (func $pm.spent))
(import "explore" "stuck" (func $pm.stuck (param i32)))
(import "explore" "full" (func $pm.full))
(import "asyncify" "start_unwind" (func $pm.start_unwind (param i32)))
(import "asyncify" "stop_unwind" (func $pm.stop_unwind))
(import "asyncify" "start_rewind" (func $pm.start_rewind (param i32)))
(import "asyncify" "stop_rewind" (func $pm.stop_rewind))`;
