// A subject's wasm becomes one that the explorer can drive: each memory operation calls a hook (hooks.ts), asyncify lets a thread be
// parked as bytes. Done on the text of the binary: the head of an operation is replaced, its folded operands stay where they are.
// The subject is explored as it was compiled and optimised; nothing is asked of its source.
import { PageMirrorError } from "../error.js";
import { wrapChecks } from "./checks.js";
import { readExpressions } from "./expressions.js";
import { HOOK_IMPORTS, commonHooks, entryHook, globalHooks, hookName, operationHook } from "./hooks.js";
import { placesFor, WASM_PAGE, type Places } from "./layout.js";
import { MUTANT_IMPORTS, checkHook, mutableHook, mutableName, neededBy } from "./mutant-hooks.js";
import { MutantList, type Mutant } from "./mutants.js";
import { classify, isAtomic, type Operation } from "./operations.js";
import type { Reached } from "./reached.js";
import { locate } from "./source-lines.js";

/** One memory operation of the subject's code. */
export interface Site extends Operation {
  function: string;
  /** For one that has mutants: which place of the source it comes from, as mutants name it. */
  place?: number;
}
export interface Entry { name: string; parameters: string[]; result: string | undefined }
export interface Subject {
  /** The instrumented module. */
  module: WebAssembly.Module;
  places: Places;
  /** By number, as hooks name them. */
  sites: Site[];
  entries: Map<string, Entry>;
  /** Types and first values of mutable globals. */
  globals: { type: string; initial: number | bigint }[];
  hasStart: boolean;
  /** What functions of the instrumented module are called in the source. */
  names: Map<string, string>;
  /** The first 16 hex digits of the SHA-256 of the wasm as it came. */
  hash: string;
  /** What can be switched on in it; none unless asked for. */
  mutants: Mutant[];
  /** The one that is. See `mutation.ts`. */
  mutant?: Mutant;
  /** Notes which places are executed, as mutants name them. */
  reached?: Reached;
}
export interface InstrumentOptions {
  /** Threads that will run in it. Default 4. */
  threads?: number;
  /** Bytes that the subject may touch. Default: 1 MiB, or its initial memory if that is more. */
  subjectBytes?: number;
  /** Names of functions in the order of the binary, for a wasm that has none: the text that asc writes beside it. */
  namesFrom?: string;
  /** Plain accesses are scheduling points too: for subjects with declared races. */
  everyAccess?: boolean;
  /** Keep only these exports (and what they call). Default: all. */
  exports?: string[];
  /** With mutants, which can be switched on: in all functions, or those whose name fits. They make it slower. */
  mutants?: true | RegExp;
  /** The source map that asc writes for the same code: what the compiler has copied is then mutated together, and named by its line. */
  sourceMap?: string;
}

const TOKEN = /"(?:\\.|[^"\\])*"|\(;[^]*?;\)|;;[^\n]*|\(([a-z][a-z0-9_.]*)((?:\s+(?:offset|align)=\d+)*)(?:\s+(\$(?:"[^"]*"|[^\s()]+)))?/g;
const SUBJECT_BYTES_MAX = 64 * 2 ** 20;

export async function instrument(wasm: Uint8Array, options: InstrumentOptions = {}): Promise<Subject> {
  const binaryen = await loadBinaryen();
  const threads = options.threads ?? 4;
  const text = readText(binaryen, wasm, options);
  const memory = /\(memory (?:\$\S+ )?(\d+)(?: (\d+))?( shared)?\)/.exec(text);
  if (!memory && WebAssembly.Module.imports(new WebAssembly.Module(wasm as Uint8Array<ArrayBuffer>)).some(({ kind }) => kind === "memory"))
    throw refused("no export that touches its memory", "threads that meet there");
  if (!memory || !memory[3] || !/\(import "[^"]*" "[^"]*" \(memory /.test(text))
    throw refused(memory ? memory[0] : "no memory", "an imported shared memory (asc --importMemory --sharedMemory --enable threads)");
  const subjectBytes = Math.max(options.subjectBytes ?? 0, Number(memory[1]) * WASM_PAGE);
  if (subjectBytes > SUBJECT_BYTES_MAX || subjectBytes % WASM_PAGE) throw refused(`memory of ${subjectBytes} bytes`, `whole pages of 64 KiB, at most ${SUBJECT_BYTES_MAX} bytes`);

  checkImports(text);
  const globals = [...text.matchAll(/\(global (\$\S+) \(mut (\w+)\) ([^]*?)\)\s*\)?\n/g)].map(([, name, type, value]) => {
    const constant = /^\((?:i32|i64|f32|f64)\.const (\S+)$/.exec(value!.trim());
    if (!constant) throw refused(`global ${name} with the initial value ${value}`, "a constant");
    return { name: name!, type: type!, initial: type === "i64" ? BigInt(constant[1]!) : Number(constant[1]) };
  });
  const places = placesFor(subjectBytes, threads, globals.length);
  const nameOf = nameFunctions(text, options.namesFrom);
  const plan = planFor(wasm, text, nameOf, options);
  const { body, sites, operations, mutable, mutants } = replaceOperations(text, nameOf, globals.map(({ name }) => name), subjectBytes / WASM_PAGE, plan);
  const headers = new Map([...text.matchAll(/^ ?\(func (\$(?:"[^"]*"|[^\s()]+))([^\n]*)/gm)].map(([, name, rest]) => [name!, rest!]));
  const entries = new Map<string, Entry>(), hooks: string[] = [];
  const addEntry = (name: string, target: string): void => {
    const header = headers.get(target);
    if (header === undefined) return; // an import, exported again
    const parameters = [...header.matchAll(/\(param (?:\$\S+ )?(\w+)\)/g)].map(([, type]) => type!), result = /\(result ([^)]*)\)/.exec(header)?.[1];
    if (result?.includes(" ") || parameters.length > 16) return; // cannot be called by a workload; others may be
    entries.set(name, { name, parameters, result });
    hooks.push(entryHook(places, name, target, parameters, result));
  };
  for (const [, name, target] of text.matchAll(/\(export "([^"]*)" \(func (\$(?:"[^"]*"|[^\s()]+))\)\)/g)) addEntry(name!, target!);
  const start = /^ ?\(start (\$\S+)\)$/m.exec(text);
  if (start) addEntry("start function", start[1]!);
  const whole = body
    .replace(/\(import "[^"]*" "[^"]*" (\(memory (?:\$\S+ )?)\d+ \d+ shared\)\)/,
      `${HOOK_IMPORTS}${plan ? MUTANT_IMPORTS : ""}\n(import "explore" "memory" $1${places.pages} ${places.pages} shared))`)
    .replace(/^ ?\((?:start \$\S+|export "[^"]*" \((?:func|memory|global|table) (?:"[^"]*"|[^\s()])+\))\)$/gm, "")
    .replace(/\)\s*$/, `${commonHooks(places, globals.length)}
      ${[...operations.values()].map((operation) => operationHook(operation, places, options.everyAccess ?? false)).join("")}
      ${plan ? checkHook(places) : ""}${[...mutable.values()].map((operation) => mutableHook(operation, places)).join("")}
      ${globals.map(({ type }, i) => globalHooks(places, i, type)).join("")}${hooks.join("")})`);
  return {
    module: compile(binaryen, whole), places, sites, entries, globals, hasStart: start !== null, hash: await digest(wasm), mutants,
    names: new Map([...headers.keys()].map((id) => [id.slice(1), nameOf(id)])),
  };
}

/** The mutants that `instrument` puts into a subject with the same options, without the time that this takes. */
export async function listMutants(wasm: Uint8Array, options: Pick<InstrumentOptions, "namesFrom" | "exports" | "mutants" | "sourceMap"> = {}): Promise<Mutant[]> {
  const text = readText(await loadBinaryen(), wasm, options), nameOf = nameFunctions(text, options.namesFrom);
  return replaceOperations(text, nameOf, [], 1, planFor(wasm, text, nameOf, { mutants: true, ...options })).mutants;
}

/** The wasm as text, without what the exports that are kept do not reach. */
function readText(binaryen: Binaryen, wasm: Uint8Array, { exports }: InstrumentOptions): string {
  const read = binaryen.readBinaryWithFeatures(wasm, binaryen.Features.All);
  if (exports) {
    for (const name of exportNames(read.emitText())) if (!exports.includes(name)) read.removeExport(name);
    read.runPasses(["remove-unused-module-elements"]);
  }
  const text = read.emitText();
  read.dispose();
  return text;
}

/** The text with its checks wrapped, which functions are to have mutants, and where in the source their atomics are, in the order of the text. */
interface MutantPlan { text: string; list: MutantList; isChosen(name: string): boolean; lines: (string | undefined)[] }
function planFor(wasm: Uint8Array, text: string, nameOf: (id: string) => string, { mutants, sourceMap }: InstrumentOptions): MutantPlan | undefined {
  if (mutants === undefined) return undefined;
  const pattern = mutants === true ? /^/ : mutants, list = new MutantList();
  const functions = readExpressions(text).flatMap(({ operands }) => operands).filter(({ head, id }) => head === "func" && id !== undefined);
  const located = sourceMap === undefined ? new Map<number, string>() : locate(functions, (id) => Number(id.slice(1)), wasm, sourceMap);
  const isChosen = (name: string): boolean => pattern.test(name);
  const checked = wrapChecks(text, functions.filter(({ id }) => isChosen(nameOf(id!))), (part, { start }) => list.addCheck(nameOf(part.id!), located.get(start)));
  const lines = [...text.matchAll(TOKEN)].filter(([, name]) => name !== undefined && isAtomicName(name)).map(({ index }) => located.get(index));
  return { text: checked, list, isChosen, lines };
}
function isAtomicName(name: string): boolean {
  const operation = classify(name);
  return typeof operation === "object" && isAtomic(operation.kind);
}

/** `mutable`: operations that have mutants somewhere. */
interface Replaced { body: string; sites: Site[]; operations: Map<string, Operation>; mutable: Map<string, Operation>; mutants: Mutant[] }

/** The text with hooks in place of memory operations, and mutable globals as words of the thread. */
function replaceOperations(text: string, nameOf: (id: string) => string, globals: string[], pages: number, plan: MutantPlan | undefined): Replaced {
  const sites: Site[] = [], operations = new Map<string, Operation>(), mutable = new Map<string, Operation>();
  let atomics = 0;
  let inside = "";
  const body = (plan?.text ?? text).replace(TOKEN, (match, name: string | undefined, immediates: string | undefined, id: string | undefined) => {
    if (name === undefined) return match;
    if (name === "func" && id) inside = nameOf(id);
    if (name === "import" || name === "memory.size") return name === "import" ? match : `(i32.const ${pages}`;
    if (name === "global.get" || name === "global.set") return globals.includes(id!) ? `(call $pm.${name.slice(7)}${globals.indexOf(id!)}` : match;
    const operation = classify(name);
    if (operation === undefined) return match;
    if (operation === "unknown") throw refused(`${name} in ${inside || "the module"}`, "instructions that the explorer models");
    operations.set(name, operation);
    const line = isAtomic(operation.kind) ? plan?.lines[atomics++] : undefined;
    const place = plan?.isChosen(inside) ? plan.list.addOperation(operation, inside, line) : undefined;
    sites.push({ ...operation, function: inside, ...place !== undefined && { place } });
    const offset = /offset=(\d+)/.exec(immediates ?? "")?.[1] ?? "0";
    if (place !== undefined) {
      mutable.set(name, operation);
      for (const other of neededBy(operation)) operations.set(other.name, other);
    }
    const callee = place === undefined ? hookName(operation) : `${mutableName(operation)} (i32.const ${place})`;
    return `(call ${callee} (i32.const ${sites.length - 1}) (i32.const ${Number(offset) | 0})${id ? ` ${id}` : ""}`;
  });
  return { body: burnInLoops(body), sites, operations, mutable, mutants: plan?.list.mutants ?? [] };
}

/** Imported functions and globals that nobody could answer. */
function checkImports(text: string): void {
  for (const [, module, name, kind] of text.matchAll(/\(import "([^"]*)" "([^"]*)" \((func|global|table)/g))
    if (module !== "env" || name !== "abort") throw refused(`import ${module}.${name} (${kind})`, "no import but its memory and env.abort");
}

/** A loop may turn for ever without meeting an operation: each of its turns burns fuel. */
function burnInLoops(text: string): string {
  return text.replace(/\(loop(?:\s+\$(?:"[^"]*"|[^\s()]+))?(?:\s+\(result \w+\))?(?=\s)/g, (head) => `${head} (call $pm.burn)`);
}

/** What a function is called: its own name, or that at its place in another text of the same binary, or that of its export. */
function nameFunctions(text: string, namesFrom: string | undefined): (id: string) => string {
  const defined = (source: string): string[] => [...source.matchAll(/^ ?\(func (\$(?:"[^"]*"|[^\s()]+))/gm)].map(([, id]) => id!);
  const plain = (id: string): string => id.slice(1).replace(/^"(.*)"$/, "$1").replace(/~anonymous\|/g, "function ").replace(/^(?:assembly|subject)\/|(?<=[<,])assembly\//g, "");
  const ids = defined(text), names = namesFrom === undefined ? ids : defined(namesFrom);
  if (names.length < ids.length) throw new PageMirrorError("EINVAL", `the text with names has ${names.length} functions: expected the ${ids.length} of the wasm`);
  const exported = new Map([...text.matchAll(/\(export "([^"]*)" \(func (\$(?:"[^"]*"|[^\s()]+))\)\)/g)].map(([, name, id]) => [id!, name!]));
  const byId = new Map(ids.map((id) => [id, !/^\$\d+$/.test(id) ? plain(id) : namesFrom === undefined ? exported.get(id) ?? plain(id) : plain(names[Number(id.slice(1))]!)]));
  return (id) => byId.get(id) ?? plain(id);
}

function exportNames(text: string): string[] { return [...text.matchAll(/\(export "([^"]*)"/g)].map(([, name]) => name!); }

type Binaryen = typeof import("binaryen").default;
async function loadBinaryen(): Promise<Binaryen> {
  try { return (await import("binaryen")).default; }
  catch { throw new PageMirrorError("EINVAL", "the package binaryen is not installed: expected it beside pagemirror (npm install binaryen)"); }
}

function compile(binaryen: Binaryen, text: string): WebAssembly.Module {
  const module = binaryen.parseText(text), { Features } = binaryen;
  module.setFeatures(Features.Atomics | Features.BulkMemory | Features.BulkMemoryOpt | Features.SignExt | Features.NontrappingFPToInt | Features.MutableGlobals);
  binaryen.setPassArgument("asyncify-imports", "none");
  binaryen.setDebugInfo(true); // function names, for the message of a trap
  module.runPasses(["asyncify"]);
  binaryen.setOptimizeLevel(1); // by more it takes longer, and what it makes is slower
  binaryen.setShrinkLevel(0);
  module.optimize();
  if (!module.validate()) throw new PageMirrorError("EIO", "the instrumented module is not valid: this is a fault of the explorer");
  const binary = module.emitBinary();
  module.dispose();
  return new WebAssembly.Module(binary as Uint8Array<ArrayBuffer>);
}

async function digest(wasm: Uint8Array): Promise<string> {
  const { createHash } = await import("node:crypto");
  return createHash("sha256").update(wasm).digest("hex").slice(0, 16);
}

function refused(what: string, expected: string): PageMirrorError {
  return new PageMirrorError("EINVAL", `the subject has ${what}: expected ${expected}`);
}
