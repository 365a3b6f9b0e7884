// The decoder of the wasm reads eight digits at a time and much else in one go; a dull parser here reads line by line with a
// regular expression and BigInt. Over seeded random text, cut into chunks anywhere, both must say the same: every record, every
// count, every side, and for a line that cannot be read its number and its fault.
import process from "node:process";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Decoder, Problem, Record, RecordKind, Ring } from "../assembly/layout/trace.js";
import { address as unsigned, type Engine } from "../src/engine.js";
import { PageMirrorError } from "../src/error.js";
import { Feed, type OffloadRange } from "../src/replay/feed.js";
import { SEED, generator, makeEngine } from "./help/engine.js";

/** What a reader says about a text: packed records, how many of each kind, and the line it stopped at, if it did. */
interface Reading { packed: bigint[]; counts: number[]; problem: Problem; line: number }
interface Options { offload: OffloadRange[]; fetches: boolean }

const KINDS = ["I ", " L", " S", " M"];
/** Addresses where something ends. The longest access from any of them stays within its half of the address space. */
const EDGES = ["00000000", "7ffffffff000", "ffff800000000000", "fffffffffffff000", "00000000000000000", "400fff"];
/** What may lie behind the text: it must not matter. */
const BEHIND = ["", "0123456789abcdef,8\n", " L 04001000,8\n", ",\n=", "ffffffffffffffff"];

/** The dull parser. */
function readDully(text: string, { offload, fetches }: Options): Reading {
  const reading: Reading = { packed: [], counts: [0, 0, 0, 0], problem: Problem.NONE, line: 0 };
  let device = false;
  for (const line of text.replace(/\n$/, "").split("\n")) {
    reading.line++;
    if (line.startsWith("==")) continue;
    const stop = (problem: Problem): Reading => ({ ...reading, problem });
    const kind = KINDS.indexOf(line.slice(0, 2));
    if (kind < 0 || line[2] !== " ") return stop(Problem.KIND);
    const match = /^([0-9a-fA-F]+),(\d{1,6})$/.exec(line.slice(3));
    if (!match) return stop(Problem.TRUNCATED);
    const address = BigInt(`0x${match[1]}`), size = Number(match[2]);
    if (address >= 1n << 64n) return stop(Problem.TOO_WIDE);
    reading.counts[kind]!++;
    if (kind === RecordKind.FETCH) {
      device = offload.some(({ first, last }) => address >= first && address <= last);
      if (!fetches) continue;
    }
    if (BigInt.asUintN(64, BigInt.asIntN(48, address)) !== address) return stop(Problem.NOT_CANONICAL);
    if (size < 1 || size > 4095) return stop(Problem.SIZE);
    const bits = BigInt(size) << BigInt(Record.SIZE) | BigInt(kind) << BigInt(Record.KIND) | BigInt(device) << BigInt(Record.DEVICE);
    reading.packed.push(BigInt.asUintN(48, address) | bits);
  }
  return reading;
}

/** Random text that can be read, and ranges that some of its instructions fall into. */
function makeText(random: (n: number) => number, lines: number): { text: string; options: Options } {
  const anyDigits = (n: number): string => Array.from({ length: n }, () => "0123456789abcdefABCDEF"[random(22)]).join("");
  const mixedCase = (digits: string): string => digits.replace(/[a-f]/g, (digit) => random(2) ? digit : digit.toUpperCase());
  const address = (): string => {
    switch (random(6)) {
      case 0: return anyDigits(8); // as lackey prints most
      case 1: return `${"01234567"[random(8)]}${anyDigits(11)}`.slice(random(4)); // 9 to 12 digits, below 2^47
      case 2: return mixedCase(`ffff${"89abcdef"[random(8)]}`) + anyDigits(11); // the upper half
      case 3: return "0".repeat(random(30)) + anyDigits(8); // leading zeros, also more digits than 16
      case 4: return anyDigits(1 + random(7)); // fewer than lackey prints
      default: return mixedCase(EDGES[random(EDGES.length)]!);
    }
  };
  const size = (): string => "0".repeat(random(8) ? 0 : random(3)) + String(random(4) ? 1 + random(8) : 1 + random(random(4) ? 64 : 4095));
  const chatter = (): string => `==${anyDigits(random(6))}== ${" L 04001000,8 ,\t=\u00e9\u2026"}${anyDigits(random(40))}`;
  const text = Array.from({ length: lines }, () => {
    const kind = random(20);
    return kind === 0 ? chatter().slice(0, 2 + random(60)) : `${KINDS[kind < 8 ? 0 : kind % 4]} ${address()},${size()}`;
  });
  const cuts = Array.from({ length: 2 * random(5) }, () => BigInt(`0x${address()}`)).sort((a, b) => a < b ? -1 : a > b ? 1 : 0);
  const offload = cuts.flatMap((first, i) => i % 2 ? [] : [{ first, last: cuts[i + 1]! }]);
  return { text: `${text.join("\n")}\n`, options: { offload, fetches: random(2) === 1 } };
}

const TEXT_MAX = 1 << 17;
const { engine, thread } = await makeEngine({ workspaceBytes: Decoder.BYTES + Ring.BATCH_BYTES + TEXT_MAX + 1024 });
const take = (bytes: number): number => unsigned(engine.wasm.workspaceTake(thread.me, bytes));
const state = take(Decoder.BYTES), batch = take(Ring.BATCH_BYTES), textAt = take(TEXT_MAX);

function recordsAt(of: Engine, at: number, count: number): bigint[] {
  return Array.from({ length: count }, (_, i) => of.u64(at + (i << Record.BYTES_LG2)));
}
/** Calls the verb itself: all the text in one piece, garbage behind it. The batch must have room. */
function readByVerb(text: string, { offload, fetches }: Options, garbage: Uint8Array): Reading {
  const bytes = new TextEncoder().encode(text), end = textAt + bytes.length;
  assert.ok(bytes.length + garbage.length <= TEXT_MAX, "the text is longer than this test allows");
  engine.setBytes(state, new Uint8Array(Decoder.BYTES));
  engine.setU32(state + Decoder.FETCHES, fetches ? 1 : 0);
  engine.setU32(state + Decoder.RANGES, offload.length);
  offload.forEach(({ first, last }, i) => {
    engine.setU64(state + Decoder.RANGE_LO + 16 * i, first);
    engine.setU64(state + Decoder.RANGE_LO + 16 * i + 8, last);
  });
  engine.setBytes(textAt, bytes);
  engine.setBytes(end, garbage);
  const stop = unsigned(engine.wasm.decode(state, batch, textAt, end)), problem = engine.u32(state + Decoder.PROBLEM) as Problem;
  if (!problem) assert.is(stop, end, "stops behind the last line");
  return {
    packed: recordsAt(engine, batch, engine.u32(state + Decoder.FILLED)), problem, line: Number(engine.u64(state + Decoder.LINE)),
    counts: [0, 1, 2, 3].map((kind) => Number(engine.u64(state + Decoder.COUNTS + 8 * kind))),
  };
}

/** Reads chunks as they would come from standard input, through the feed. Nobody plays them. */
async function readByFeed(chunks: Uint8Array[], { offload, fetches }: Options): Promise<Omit<Reading, "problem"> & { message: string }> {
  const fresh = await makeEngine({ workspaceBytes: Feed.workspaceBytes }), packed: bigint[] = [];
  const feed = new Feed(fresh.thread, "-", offload, fetches, 0, (at, count, position) => {
    assert.is(position, packed.length);
    packed.push(...recordsAt(fresh.engine, at, count));
  });
  Object.defineProperty(process, "stdin", { value: Readable.from(chunks), configurable: true });
  let message = "";
  try { await feed.run(new AbortController().signal); }
  catch (error) {
    if (!(error instanceof PageMirrorError)) throw error;
    assert.is(error.code, "EINVAL");
    message = error.message;
  }
  const { I, L, S, M } = feed.records;
  return { packed, counts: [I, L, S, M], line: Number(/, line (\d+): /.exec(message)?.[1] ?? 0), message };
}

/** Cuts bytes into pieces of random length, some of them empty. */
function cut(bytes: Uint8Array, random: (n: number) => number, longest: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = random(longest + 1);
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

const test = suite(`trace text is read exactly (SEED=${SEED})`);

test("every record, count and side, whatever lies behind the text", () => {
  for (let round = 0; round < 60; round++) {
    const random = generator(SEED + round), { text, options } = makeText(random, 1 + random(1000));
    const garbage = new TextEncoder().encode(BEHIND[round % BEHIND.length]!.padEnd(40, "0"));
    const expected = readDully(text, options);
    assert.is(expected.problem, Problem.NONE, `round ${round}: the text of this test cannot be read`);
    assert.equal(readByVerb(text, options, garbage), expected, `round ${round}`);
  }
});

test("a damaged line is refused by its number and for the same reason", () => {
  const seen = new Set<Problem>();
  for (let round = 0; round < 3000; round++) {
    const random = generator(SEED + round), { text, options } = makeText(random, 1 + random(6));
    const bytes = [...text.replace(/[^\x00-\x7e]/g, "?")];
    // One to three characters changed, left out or doubled; the last newline stays.
    for (let n = 1 + random(3); n > 0; n--) {
      const at = random(bytes.length - 1);
      bytes.splice(at, random(2), ...Array.from({ length: random(3) }, () => "0189afgAFG/:@`{, =ILSMx-\n\r\t"[random(28)]!));
      if (!bytes.length) bytes.push("\n");
    }
    const damaged = bytes.join(""), expected = readDully(damaged, options), found = readByVerb(damaged, options, new Uint8Array(40));
    // A record that is refused for its value may have been counted: nobody asks for counts then.
    if (expected.problem) found.counts = expected.counts;
    seen.add(expected.problem);
    assert.equal(found, expected, `round ${round}: ${JSON.stringify(damaged)}`);
  }
  assert.ok(seen.size >= 4, `only the problems ${[...seen].map((problem) => Problem[problem]).join(", ")} were seen`);
});

test("each problem, line by line", () => {
  const { NONE, KIND, TRUNCATED, TOO_WIDE, NOT_CANONICAL, SIZE } = Problem;
  const cases: [line: string, problem: Problem][] = [
    [" L 10000000000000000,1", TOO_WIDE], [` L 1${"0".repeat(40)},1`, TOO_WIDE], [` L ${"0".repeat(40)}1,1`, NONE],
    [" L 800000000000,1", NOT_CANONICAL], [" L ffff7fffffffffff,1", NOT_CANONICAL], [" L 8000000000000000,1", NOT_CANONICAL],
    [" L ffff800000000000,1", NONE], [" L 7fffffffffff,1", NONE], [" L 04001000,0", SIZE], [" L 04001000,4095", NONE],
    [" L 04001000,4096", SIZE], [" L 04001000,1234567", TRUNCATED], [" L 04001000,", TRUNCATED], [" L 04001000", TRUNCATED],
    [" L ,8", TRUNCATED], [" L 0400100g,8", TRUNCATED], [" L 04001000,8 ", TRUNCATED], ["L  04001000,8", KIND],
    [" L04001000,8", KIND], ["", KIND], ["=", KIND], ["I", KIND], ["I ", KIND], [" X 04001000,8", KIND],
  ];
  for (const [line, problem] of cases) {
    const text = `==1==\n${line}\n`, options = { offload: [], fetches: false };
    assert.is(readDully(text, options).problem, problem, `the dull parser: "${line}"`);
    assert.is(readByVerb(text, options, new Uint8Array(40)).problem, problem, `"${line}"`);
  }
});

test("a batch that is full stops behind a line, and the next call goes on there", () => {
  const { text, options } = makeText(generator(SEED), 500), expected = readDully(text, options);
  readByVerb("==1==\n", options, new Uint8Array(40)); // sets the state for these options
  engine.setU64(state + Decoder.LINE, 0n);
  const bytes = new TextEncoder().encode(text), packed: bigint[] = [], random = generator(SEED + 1);
  engine.setBytes(textAt, bytes);
  for (let at = textAt; at < textAt + bytes.length;) {
    const room = 1 + random(40), filled = Ring.RECORDS - room;
    engine.setU32(state + Decoder.FILLED, filled); // as if a batch had only so much room left
    at = unsigned(engine.wasm.decode(state, batch, at, textAt + bytes.length));
    assert.is(engine.u32(state + Decoder.PROBLEM), Problem.NONE);
    packed.push(...recordsAt(engine, batch + (filled << Record.BYTES_LG2), engine.u32(state + Decoder.FILLED) - filled));
  }
  assert.equal(packed, expected.packed);
  assert.is(Number(engine.u64(state + Decoder.LINE)), expected.line);
});

test("the text may come in pieces of any length, plain or gzip, with or without its last newline", async () => {
  const lengths: [longest: number, lines: number][] = [[1, 300], [7, 1000], [100, 3000], [5000, 4000], [100_000, 8000], [3, 500]];
  for (const [round, [longest, lines]] of lengths.entries()) {
    const random = generator(SEED + round), { text, options } = makeText(random, lines), { packed, counts } = readDully(text, options);
    const bytes = new TextEncoder().encode(round % 2 ? text : text.trimEnd());
    for (const source of [bytes, gzipSync(bytes)]) {
      const pieces = [source.subarray(0, 2), ...cut(source.subarray(2), random, longest)];
      const found = await readByFeed(pieces, options), which = `${source === bytes ? "plain" : "gzip"}, pieces of at most ${longest}`;
      assert.is(found.message, "", which);
      assert.equal(found.packed, packed, which);
      assert.equal(found.counts, counts, which);
    }
  }
});

test("gzip is known by its first two bytes, even when they come one by one", async () => {
  const { text, options } = makeText(generator(SEED), 100), packed = gzipSync(text), expected = readDully(text, options).packed;
  for (const first of [[0], [1], [0, 0, 1], [1, 1]]) {
    let at = 0;
    const pieces = first.map((length) => packed.subarray(at, at += length));
    const found = await readByFeed([...pieces, packed.subarray(at)], options);
    assert.is(found.message, "", `first pieces of ${first.join(", ")} bytes`);
    assert.equal(found.packed, expected);
  }
});

test("more text than the feed holds at once, in one piece", async () => {
  const { text, options } = makeText(generator(SEED), 20_000), long = text.repeat(9), { packed, counts, line } = readDully(long, options);
  const bytes = new TextEncoder().encode(long);
  assert.ok(bytes.length > 2 ** 21 + 2 ** 20, `only ${bytes.length} bytes`);
  const found = await readByFeed([bytes], options);
  assert.is(found.message, "");
  assert.ok(found.packed.every((record, i) => record === packed[i]) && found.packed.length === packed.length);
  assert.equal(found.counts, counts);
  const refused = await readByFeed([bytes, new TextEncoder().encode(" Q 1,1\n")], options);
  assert.is(refused.line, line + 1);
  assert.match(refused.message, '" Q 1,1"');
});

test("a line that is longer than the feed can hold is refused by its number", async () => {
  const pieces = [new TextEncoder().encode(" L 04001000,8\n=="), new Uint8Array(3 * 2 ** 20).fill(0x3d)];
  const { message, line } = await readByFeed(pieces, { offload: [], fetches: false });
  assert.is(line, 2);
  assert.match(message, "expected");
});

test.run();
