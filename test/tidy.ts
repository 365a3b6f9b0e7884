// The rules of the house, read from the sources as text: who may import whom, what must not occur where, which fields may lie
// where. The rows below are the picture of ARCHITECTURE.md as data: a new file fails here until it has been given its place.
import { readFileSync, readdirSync } from "node:fs";
import { posix } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Agent } from "../assembly/layout/agent.js";
import { Announced, Arena, Descriptor, Header, Intent, Owner, Region, Section, Slot, Staging } from "../assembly/layout/arena.js";
import { Mirror, Request, Space, Ticket } from "../assembly/layout/space.js";
import { Table } from "../assembly/layout/table.js";
import { Decoder, Player, Record, RecordKind, Ring } from "../assembly/layout/trace.js";
import { MACHINE_POWERS, MACHINE_RECORDS, MACHINE_WORDS } from "./help/machine-records.js";

/** From the bottom up. A file may import files of rows above its own in this list, and of its own row those to its left. */
const ASSEMBLY_ROWS = [
  ["door"], ["slot"], ["description"], ["section"], ["item", "pin"], ["frames"], ["run"], ["reserve"], ["walk"], ["directory"], ["fused"], ["cut", "raise", "skip"],
  ["edit"], ["range"], ["flight"], ["merge"], ["table"], ["pinned"],
  ["areas", "ticket", "domain"], ["space"], ["mirror"], ["ring", "migrate"], ["bury"], ["access"], ["play", "trace"],
  ["arena", "audit"], ["physical"], ["machine"], ["tlb"], ["index"], ["tables-only"],
];
/** The library first: its files import no package but the loader. A folder with a star has no order inside, but no circle either. */
const LIBRARY_ROWS = [["error"], ["address"], ["handle"], ["sealed"], ["engine"], ["thread"], ["checkpoint"], ["shape"], ["described"], ["formats"], ["mapping"],
  ["batch"], ["table"], ["cursor"], ["pin", "clone"], ["runs"], ["dump"], ["statistics"], ["table-checkpoint"], ["space"], ["bury"], ["migrate"], ["mirror"], ["agent"],
  ["registers"], ["machine"], ["tlb"], ["index"]], COMMAND_ROWS = [["files"], ["generator"], ["replay/result"], ["replay/timeline"], ["replay/reference"], ["replay/source"],
  ["replay/feed"], ["replay/process"], ["replay/worker"], ["replay/replay"], ["replay/arguments"], ["replay/print"], ["report/*"], ["explore/layout"], ["explore/operations"],
  ["explore/reached"], ["explore/expressions"], ["explore/checks"], ["explore/source-lines"], ["explore/mutants"], ["explore/outcome"], ["explore/hooks"], ["explore/mutant-hooks"],
  ["explore/instrument"], ["explore/workload"], ["explore/shared"], ["explore/program"], ["explore/races"], ["explore/sleepers"], ["explore/stops"], ["explore/player"],
  ["explore/machine"], ["explore/path"], ["explore/locality"], ["explore/states"], ["explore/search"], ["explore/baselines"], ["explore/mutation"], ["explore/bounded"],
  ["explore/dpor"], ["explore/random"], ["explore/trace"], ["explore/replay"], ["explore/minimise"], ["explore/explore"], ["explore/engine/*"], ["explore/workloads"],
  ["explore/task"], ["explore/pool"], ["explore/worker"], ["explore/compile"], ["explore/mutation-parts"], ["explore/score"], ["explore/print"], ["explore/run"],
  ["explore/command"], ["stress/*"], ["walk/formats"], ["walk/fields"], ["walk/dump"], ["walk/command"], ["cli"]];

/** Never looked into: made by tools, or not of this project. */
const SKIPPED = new Set([".git", "node_modules", "build", "dist"]);
const SOURCE = /\.(ts|mjs|c|cc|h)$/, TEXT = /(\.(ts|mjs|c|cc|h|json|md|sh|html|css|yml)|LICENSE|\.gitignore|\.npmrc|\.ci\/run)$/;

const files = listFiles("."), texts = new Map(files.filter((file) => TEXT.test(file)).map((file) => [file, readFileSync(file, "utf8")]));
const sources = [...texts].filter(([file]) => SOURCE.test(file));
const under = (folder: string): [file: string, text: string][] => sources.filter(([file]) => file.startsWith(`${folder}/`));
const assembly = under("assembly"), library = under("src");

function listFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !SKIPPED.has(name) && !name.endsWith("-report.html"))
    .flatMap((entry) => entry.isDirectory() ? listFiles(posix.join(folder, entry.name)) : posix.join(folder, entry.name)).sort();
}

const COMMENTS_AND_STRINGS = /"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\/[^\n]*|\/\*[^]*?\*\//g;
/** The text without comments; without what plain strings say as well, unless `keepStrings`. Templates stay: they hold code. */
function code(text: string, keepStrings = false): string {
  return text.replace(COMMENTS_AND_STRINGS, (match) => match.startsWith("/") ? "" : keepStrings || match.startsWith("`") ? match : '""');
}

interface Import { from: string; lazy: boolean }
function importsOf(text: string): Import[] {
  const found = code(text, true).matchAll(/\bfrom\s*"([^"]+)"|\bimport\s*"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/g);
  return [...found].map(([, from, bare, lazy]) => ({ from: from ?? bare ?? lazy!, lazy: lazy !== undefined }));
}
/** The file that a relative import names, without its ending. */
function target(file: string, from: string): string { return posix.join(posix.dirname(file), from).replace(/\.(js|ts)$/, ""); }
function bare(file: string): string { return file.replace(/\.ts$/, ""); }

/** Complaints are gathered, so that one run shows all of them. */
function expectNone(complaints: string[]): void {
  assert.ok(complaints.length === 0, `${complaints.length} of them:\n  ${complaints.join("\n  ")}`);
}

/** Each file's place in the rows, or undefined; a starred row takes every file of its folder. */
function placeIn(rows: string[][]): (name: string) => number | undefined {
  const flat = rows.flat();
  return (name) => {
    const at = flat.findIndex((row) => row.endsWith("/*") ? name.startsWith(row.slice(0, -1)) : row === name);
    return at < 0 ? undefined : at;
  };
}

/** Files of a folder that import each other in a circle, or such a file: what is left when those that import none of the rest go. */
function circles(folder: [file: string, text: string][]): string[] {
  let left = folder.map(([file, text]) => ({ name: bare(file), imports: importsOf(text).map(({ from }) => target(file, from)) })), before = Infinity;
  for (; left.length < before; left = left.filter(({ imports }) => left.some(({ name }) => imports.includes(name)))) before = left.length;
  return left.map(({ name }) => name);
}

const test = suite("tidy");
test("assembly: arrows go only downward", () => {
  const place = placeIn(ASSEMBLY_ROWS), complaints: string[] = [];
  for (const [file, text] of assembly) {
    const name = bare(file).replace(/^assembly\//, ""), mine = place(name);
    const isLayout = name.startsWith("layout/"), isFormat = name.startsWith("format/");
    if (!isLayout && !isFormat && mine === undefined) { complaints.push(`${file}: not in ASSEMBLY_ROWS`); continue; }
    for (const { from } of importsOf(text)) {
      const to = target(file, from).replace(/^assembly\//, ""), theirs = place(to);
      const allowed = isLayout || name === "door" ? false
        : to.startsWith("layout/") ? true
        : to === "description" && (name === "format/all" || name === "format/generic") ? true // which never changes
        : name === "format/all" ? to.startsWith("format/")
        : isFormat ? (to === "format/format" && name !== "format/format") || (to === "format/hardware" && name !== "format/format")
        : to.startsWith("format/") ? ["format/format", "format/hardware", "format/all"].includes(to) // no format by its name
        : theirs !== undefined && theirs < mine!;
      if (!from.startsWith(".") || !allowed) complaints.push(`${file} imports ${from}`);
    }
  }
  expectNone(complaints);
});

test("assembly: nobody imports the index but an entry file that leaves verbs out", () => {
  const importers = sources.filter(([file, text]) => importsOf(text).some(({ from }) => target(file, from) === "assembly/index"));
  assert.equal(importers.map(([file]) => file), ["assembly/tables-only.ts"]);
});

test("src: arrows go only downward, and into assembly only to the layout", () => {
  const place = placeIn([...LIBRARY_ROWS, ...COMMAND_ROWS]), libraryEnd = LIBRARY_ROWS.flat().length, complaints: string[] = [];
  for (const [file, text] of library) {
    const name = bare(file).replace(/^src\//, ""), mine = place(name);
    if (mine === undefined) { complaints.push(`${file}: not in LIBRARY_ROWS or COMMAND_ROWS`); continue; }
    for (const { from, lazy } of importsOf(text)) {
      const to = target(file, from), theirs = place(to.replace(/^src\//, ""));
      const allowed = from === "@assemblyscript/loader" ? name === "engine"
        : !from.startsWith(".") ? mine >= libraryEnd || (lazy && from.startsWith("node:")) // the library loads in browsers too
        : to.startsWith("assembly/layout/") ? true
        : to === "build/pagemirror" ? name === "engine" // types of the verbs, as the compiler describes them
        : theirs !== undefined && (theirs < mine || (theirs === mine && name !== to.slice(4)));
      if (!allowed) complaints.push(`${file} imports ${from}`);
    }
  }
  expectNone(complaints);
  for (const folder of ["report", "explore/engine", "stress"]) expectNone(circles(under(`src/${folder}`)));
});

test("every place in the rows is taken", () => {
  const places = (folder: string, rows: string[][]): string[] => rows.flat().map((name) => `${folder}/${name}`);
  const isTaken = (place: string): boolean => sources.some(([file]) => place.endsWith("/*") ? file.startsWith(place.slice(0, -1)) : bare(file) === place);
  expectNone([...places("assembly", ASSEMBLY_ROWS), ...places("src", LIBRARY_ROWS), ...places("src", COMMAND_ROWS)].filter((place) => !isTaken(place)));
});

test("no atomic, load or store outside the door", () => {
  const memory = /\batomic\.|\b(?:load|store)\s*<|\bmemory\.(?:copy|fill|size|grow|init)|\b(?:[if](?:32|64)|v128)\.(?:atomic|load|store)/g;
  expectNone(assembly.filter(([file]) => file !== "assembly/door.ts")
    .flatMap(([file, text]) => [...code(text).matchAll(memory)].map(([match]) => `${file}: ${match}`)));
});

test("no format calls the door", () => {
  const verbs = [...texts.get("assembly/door.ts")!.matchAll(/export function (\w+)/g)].map(([, name]) => name!);
  assert.ok(verbs.length > 10, `found only ${verbs.length} functions in the door`);
  const calls = new RegExp(`(?<!\\.)\\b(?:${verbs.join("|")})\\(`, "g");
  expectNone(under("assembly/format").flatMap(([file, text]) => [...code(text).matchAll(calls)].map(([match]) => `${file}: ${match}`)));
});

test("no view of the shared memory outside the engine", () => {
  // The explorer's subjects and the stress's records live in memories of their own; two files name instructions in text.
  const others = new Set(["explore/shared", "explore/hooks", "explore/instrument", "stress/board", "stress/ledger"].map((name) => `src/${name}.ts`));
  const shared = /\bAtomics\b|\bWebAssembly\.Memory\b|\bSharedArrayBuffer\b|\.memory\b|\bmemory[!?]?\.\w/g;
  expectNone(library.filter(([file]) => file !== "src/engine.ts" && !others.has(file))
    .flatMap(([file, text]) => [...code(text).matchAll(shared)].map(([match]) => `${file}: ${match}`)));
});

test("layout files are enums of whole numbers of at most 32 bits, each written out", () => {
  const complaints: string[] = [];
  for (const [file, text] of under("assembly/layout")) {
    const enums = [...code(text).matchAll(/export enum (\w+) \{([^}]*)\}/g)];
    const rest = code(text).replace(/export enum \w+ \{[^}]*\}/g, "").trim();
    if (rest) complaints.push(`${file}: more than enums: ${rest.slice(0, 60)}`);
    for (const [, name, body] of enums) for (const member of body!.split(",").map((part) => part.trim()).filter(Boolean)) {
      const value = /^[A-Z][A-Z0-9_]* = (0x[0-9a-f]+|\d+)$/.exec(member)?.[1];
      if (value === undefined || Number(value) >= 2 ** 32) complaints.push(`${file}: ${name} { ${member} }`);
    }
  }
  expectNone(complaints);
});

/** The fields of a record: those of 8 bytes, arrays and their bytes; all others have 4. `numbers`, BYTES and BYTES_LG2 are no fields. */
interface Fields { layout: object; bytes: number; wide?: string; arrays?: { [field: string]: number }; numbers?: string }
const CACHE = 4 * Slot.CACHE_SIZE, BATCHES = 8 * Staging.ITEMS, RANGES = 16 * Decoder.RANGES_MAX;
const RECORDS: { [name: string]: Fields } = {
  Header: { layout: Header, bytes: Arena.SLOTS_AT, wide: "EPOCH" },
  Slot: {
    layout: Slot, bytes: Slot.BYTES, arrays: { PATH: 4 * Slot.PATH_LEVELS, CACHE_SYSTEM: CACHE, CACHE_DEVICE: CACHE, WAITED: 128, PINS: 8 * Slot.PINS_MAX },
    wide: "SECTION INTENT PINNED ANNOUNCED CHANGE CHANGE_FIRST CHANGE_END NONCE HORIZON PIN_HORIZON DRAIN SEEN MERGE WAIT_VALUE PAGE FRAME ENTRY",
    numbers: "PATH_LEVELS CACHE_SIZE PINS_MAX",
  },
  Descriptor: { layout: Descriptor, bytes: Descriptor.BYTES, wide: "OWNER PLACE" }, Region: { layout: Region, bytes: Region.BYTES, wide: "NUMBER" },
  Staging: {
    layout: Staging, bytes: Staging.BYTES, numbers: "ITEMS GATHER_ITEMS GATHER_BYTES_LG2 REGIONS_COUNT",
    arrays: { PAGES: BATCHES, FRAMES: BATCHES, FLAGS: BATCHES / 2, GATHER: Staging.GATHER_ITEMS << Staging.GATHER_BYTES_LG2, REGIONS: Region.BYTES * Staging.REGIONS_COUNT },
  },
  Table: { layout: Table, bytes: Table.BYTES, wide: "TOP", numbers: "ROOT" },
  Space: { layout: Space, bytes: Space.BYTES, wide: "AREAS SEQUENCE", arrays: { MIRRORS: 4 * Space.MIRRORS_MAX }, numbers: "MIRRORS_MAX" },
  Mirror: { layout: Mirror, bytes: Mirror.BYTES, wide: "SEQUENCE SERVICE", arrays: { RING: 8 * Mirror.RING_SIZE }, numbers: "RING_SIZE" },
  Ticket: {
    layout: Ticket, bytes: Ticket.BYTES, wide: "WORD PAGE OLD SOURCE_OWNER DESTINATION_OWNER",
    numbers: "PER_THREAD PER_THREAD_LG2 GENERATION",
  },
  Agent: { // the fields within a side are checked below
    layout: Agent, bytes: Agent.BYTES, arrays: { CPU: Agent.SIDE_BYTES, DEVICE: Agent.SIDE_BYTES },
    numbers: "SIDE_BYTES SEQUENCE TLB TLB_LG2 TLB_ITEM_LG2 TAG HOST",
  },
  Ring: {
    layout: Ring, bytes: Ring.BYTES, wide: "PRODUCED", numbers: "PLACES RECORDS RECORDS_LG2 READERS_MAX BATCH_BYTES",
    arrays: { READERS: 64 * Ring.READERS_MAX, COUNTS: 4 * Ring.PLACES, BATCHES: Ring.PLACES * Ring.BATCH_BYTES },
  },
  Decoder: { layout: Decoder, bytes: Decoder.BYTES, wide: "LINE", arrays: { COUNTS: 32, RANGE_LO: RANGES }, numbers: "RANGES_MAX" },
  Player: { layout: Player, bytes: Player.BYTES, wide: "POSITION CHECKSUM", arrays: { ACCESSES: 16 } }, ...MACHINE_RECORDS,
};
const words = (list = ""): string[] => list.split(" "), notFields = (numbers?: string): string[] => ["BYTES", "BYTES_LG2", ...words(numbers)];
/** The members of an enum with their values. */
function members(layout: object): [name: string, value: number][] {
  return (Object.entries(layout) as [string, unknown][]).filter((entry): entry is [string, number] => typeof entry[1] === "number");
}

test("no two fields of a record overlap", () => {
  const complaints: string[] = [];
  for (const [name, { layout, bytes, wide, arrays = {}, numbers }] of Object.entries(RECORDS)) {
    let end = 0, before = "";
    const fields = members(layout).filter(([field]) => !notFields(numbers).includes(field));
    for (const [field, at] of fields.sort((a, b) => a[1] - b[1])) {
      const width = arrays[field] ?? (words(wide).includes(field) ? 8 : 4);
      if (at < end) complaints.push(`${name}: ${before} and ${field} overlap`);
      if (at % (width % 8 ? 4 : 8)) complaints.push(`${name}.${field} at ${at} is not aligned`);
      [end, before] = [at + width, field];
    }
    if (end > bytes) complaints.push(`${name}.${before} ends at ${end}, behind ${bytes}`);
  }
  expectNone(complaints);
});

test("no two fields of a word overlap", () => {
  const complaints: string[] = [];
  const check = (name: string, layout: object, fields: string): void => { // from the lowest bit up; one bit without a number of bits
    const at = Object.fromEntries(members(layout));
    let end = 0;
    for (const field of words(fields)) {
      if (at[field]! < end) complaints.push(`${name}.${field} begins at bit ${at[field]}, below ${end}`);
      end = at[field]! + (at[`${field}_BITS`] ?? 1);
    }
    if (end > 64) complaints.push(`${name} ends at bit ${end}`);
  };
  check("Section", Section, "OPEN EPOCH GENERATION");
  check("Announced", Announced, "PAGE NONCE");
  check("Intent", Intent, "PAGE TABLE GENERATION");
  check("Owner", Owner, "KIND ARGUMENT");
  check("Owner", Owner, "KIND THREAD NONCE");
  check("Request", Request, "PAGE WRITE THREAD STEP");
  for (const word of MACHINE_WORDS) check(...word);
  expectNone(complaints);
});

test("fields that are used with 8 bytes are known to have 8", () => {
  const verbs = ["own64", "ownStore64", "ownFloat", "ownStoreFloat", "loadAcquire", "storeRelease", "swap", "add", "setBits", "clearBits"];
  const calls = new RegExp(`\\b(?:${verbs.join("|")})\\(((?:[^(),]|\\([^()]*\\))*)`, "g"); // and their first argument
  const isNarrow = (name: string, field: string): boolean => {
    const { wide, numbers, arrays = {} } = RECORDS[name] ?? { arrays: { [field]: 0 } }; // of what is no record here, nothing is known
    return ![...words(wide), ...notFields(numbers), ...Object.keys(arrays)].includes(field);
  };
  expectNone(assembly.flatMap(([file, text]) => [...code(text).matchAll(calls)]
    .flatMap(([, at]) => [...at!.matchAll(/\b([A-Z]\w*)\.([A-Z]\w*)/g)])
    .filter(([, name, field]) => isNarrow(name!, field!)).map(([field]) => `${file}: ${field}`)));
});

test("the shared lines of a slot hold nothing of the thread's own", () => {
  const fields = members(Slot).filter(([field]) => !notFields(RECORDS["Slot"]!.numbers).includes(field));
  const inLines = (from: number, to: number): string[] => fields.filter(([, at]) => at >= from && at < to).map(([field]) => field);
  const shared = ["SECTION", "INTENT", "STATE", "PINNED", "ANNOUNCED", "ATTACHED", "CHANGE", "CHANGE_FIRST", "CHANGE_END"];
  expectNone(inLines(0, 128).filter((field) => !shared.includes(field)));
  // What sleepers write: one line behind SECTION, one behind ANNOUNCED, and nothing else there.
  assert.equal(inLines(Slot.WAITED, Slot.WAITED + 128), ["WAITED"]);
  assert.is(Slot.ANNOUNCED, 64);
  // Words that every access reads, or that threads fight for, have cache lines of their own.
  const { SEQUENCE, SERVICE, RING } = Mirror;
  const apart = [Header.EPOCH, Header.HAND, Slot.SECTION, Slot.WAITED, Space.SEQUENCE, SEQUENCE, SERVICE, RING, Ring.READERS];
  assert.equal(apart.filter((at) => at % 64), []);
});

test("sizes that are written twice agree", () => {
  const powers: [name: string, bytes: number, lg2: number][] = [
    ["Slot", Slot.BYTES, Slot.BYTES_LG2], ["Descriptor", Descriptor.BYTES, Descriptor.BYTES_LG2], ["Table", Table.BYTES, Table.BYTES_LG2],
    ["Space", Space.BYTES, Space.BYTES_LG2], ["Mirror", Mirror.BYTES, Mirror.BYTES_LG2], ["Ticket", Ticket.BYTES, Ticket.BYTES_LG2], ["Region", Region.BYTES, Region.BYTES_LG2],
    ["Ticket.PER_THREAD", Ticket.PER_THREAD, Ticket.PER_THREAD_LG2], ["Ring.RECORDS", Ring.RECORDS, Ring.RECORDS_LG2],
  ];
  for (const [name, bytes, lg2] of [...powers, ...MACHINE_POWERS]) assert.is(bytes, 1 << lg2, name);
  assert.is(Ring.BATCH_BYTES, Ring.RECORDS << Record.BYTES_LG2);
  assert.is(Ring.BYTES, Ring.BATCHES + Ring.PLACES * Ring.BATCH_BYTES);
  assert.is(Ring.PLACES & (Ring.PLACES - 1), 0, "the place of a batch is a mask");
  assert.is(Agent.SIDE_BYTES, Agent.TLB + (1 << (Agent.TLB_LG2 + Agent.TLB_ITEM_LG2)));
  assert.is(Agent.DEVICE, Agent.CPU + Agent.SIDE_BYTES);
  assert.is(Agent.BYTES, Agent.DEVICE + Agent.SIDE_BYTES);
  assert.is(Record.SIZE, Record.ADDRESS_BITS);
  assert.is(Record.KIND, Record.SIZE + Record.SIZE_BITS);
  assert.is(Record.DEVICE, Record.KIND + Record.KIND_BITS);
  assert.ok(RecordKind.MODIFY < 1 << Record.KIND_BITS);
});

test("files are short, lines too, and white space is plain", () => {
  // Tables: one verb, or one piece of another file, a line.
  const tables: { [file: string]: RegExp } = {
    "test/help/plants-table.ts": /^ {2}\{ name: |^ {4}(find|replace): /, "test/help/plants-hmm.ts": /^ {4}(find|replace): /,
    "assembly/index.ts": /^export function /, "assembly/table.ts": /^(export function |@unmanaged @final class )/,
  };
  const complaints: string[] = [];
  for (const [file, text] of sources) {
    const lines = text.replace(/\n$/, "").split("\n");
    if (lines.length > 350) complaints.push(`${file}: ${lines.length} lines`);
    lines.forEach((line, i) => {
      if (line.includes("\t")) complaints.push(`${file}:${i + 1}: tab`);
      if (/\s$/.test(line)) complaints.push(`${file}:${i + 1}: white space at the end`);
      if ([...line].length > 180 && !tables[file]?.test(line)) complaints.push(`${file}:${i + 1}: ${[...line].length} characters`);
    });
  }
  expectNone(complaints);
});

test("protocol files explain themselves: 20 to 50 % of their lines are comments", () => {
  const shares = ["door", "section", "directory", "frames"].map((name) => {
    const lines = texts.get(`assembly/${name}.ts`)!.split("\n").filter((line) => line.trim());
    return { name, share: Math.round(100 * lines.filter((line) => /^\s*(\/\/|\/\*|\*)/.test(line)).length / lines.length) };
  });
  expectNone(shares.filter(({ share }) => share < 20 || share > 50).map(({ name, share }) => `assembly/${name}.ts: ${share} %`));
});

test("nothing unfinished, and nothing of the machine that it was made on", () => {
  // Put together here, so that this file is clean as well.
  const banned = [
    "TO" + "DO\\b", "FIX" + "ME\\b", "\\bXX" + "X\\b", "\\b[Hh]a" + "ck", "\\bdebug" + "ger\\b",
    "/wo" + "rk/", "/ro" + "ot/", "registry\\.np" + "mjs",
  ];
  const pattern = new RegExp(banned.join("|")), complaints: string[] = [];
  for (const [file, text] of texts) text.split("\n").forEach((line, i) => {
    if (pattern.test(line)) complaints.push(`${file}:${i + 1}: ${line.trim().slice(0, 80)}`);
  });
  expectNone(complaints);
  assert.not.ok(texts.get("package-lock.json")!.includes('"resolved"'), "package-lock.json names a registry: see .npmrc");
});

test("the loader is the only package that a user gets", () => {
  const manifest = JSON.parse(texts.get("package.json")!) as { [key: string]: object | undefined };
  const kinds = ["dependencies", "optionalDependencies", "peerDependencies", "bundleDependencies"];
  assert.equal(kinds.flatMap((kind) => Object.keys(manifest[kind] ?? {})), ["@assemblyscript/loader"]);
});

test("every verb of the wasm is called", () => {
  const verbs = [...texts.get("assembly/index.ts")!.matchAll(/^export function (\w+)/gm)].map(([, name]) => name!);
  assert.ok(verbs.length > 30, `found only ${verbs.length} verbs`);
  const callers = [...library, ...under("test")].map(([, text]) => code(text)).join("\n");
  expectNone(verbs.filter((name) => !new RegExp(`\\.${name}\\(`).test(callers)));
});

test("every layout file and every format is used", () => {
  const imported = new Set(sources.flatMap(([file, text]) => importsOf(text).map(({ from }) => target(file, from))));
  expectNone([...under("assembly/layout"), ...under("assembly/format")].map(([file]) => bare(file)).filter((file) => !imported.has(file)));
});

test.run();
