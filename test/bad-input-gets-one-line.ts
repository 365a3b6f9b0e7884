// Whatever is wrong with the words or the trace: exit code 2, one line that says what, the value and what was expected, nothing
// on standard output, no file left behind. And what must not be refused: a pipe that is closed, gzip on standard input, a last
// line without its newline.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const COMMAND = "dist/cli.js";
/** Every run here is over at once: one that takes this long never ends. */
const HANGS_MS = 20_000;
const folder = mkdtempSync(join(tmpdir(), "pagemirror-bad-input-"));
const output = join(folder, "output");
const GOOD = "==1== Lackey\nI  04001000,3\n S 1fff000758,8\nI  04001003,4\n L 1fff000758,8\n M 04200ffc,8\n";
const trace = write("good", GOOD);

/** Makes an input file; answers its name. */
function write(name: string, content: string | Uint8Array): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

interface Outcome { status: number | null; stdout: string; stderr: string }
function run(args: string[], input: string | Uint8Array = ""): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], { input, encoding: "utf8", timeout: HANGS_MS });
  return { status, stdout, stderr };
}

/** Runs the command, which must refuse with one line that holds all of `shown`, and leave nothing in the folder for output. */
function expectRefusal(args: string[], shown: string[], input?: string | Uint8Array): void {
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output);
  const { status, stdout, stderr } = run(args, input), told = `pagemirror ${args.join(" ")}\n${stderr}`;
  assert.is(status, 2, told);
  assert.is(stdout, "", told);
  assert.match(stderr, /^pagemirror: [^\n]+\n$/, told);
  for (const part of [...shown, "xpected"]) assert.ok(stderr.includes(part), `no "${part}" in: ${told}`);
  assert.equal(readdirSync(output), [], told);
}
const REPORTS = ["--json", join(output, "figures.json"), "--report", join(output, "plots.html")];

const test = suite("bad input gets one line");

/** Text of a trace, the line that is wrong, and what of it the message shows. */
const LINES: [name: string, text: string, line: number, shown: string][] = [
  ["a line cut off in its address", "I  04001000,3\n L 1fff", 2, " L 1fff"],
  ["a line cut off behind the comma", "I  04001000,3\n L 1fff000758,\n", 2, " L 1fff000758,"],
  ["a line without an address", " L ,8\n", 1, " L ,8"],
  ["an address that is no number", "==1== x\n\x20L 0400z000,8\n", 2, "0400z000"],
  ["a size that is no number", " L 04001000,x\n", 1, "04001000,x"],
  ["more behind the size", " L 04001000,8 8\n", 1, "04001000,8 8"],
  ["an unknown record", `${GOOD} Q 04001000,8\n`, 7, " Q 04001000,8"],
  ["a record with one blank too few", "I 04001000,3\n", 1, "I 04001000,3"],
  ["an empty line", ` L 04001000,8\n\n`, 2, '""'],
  ["a line that is no text", "\x00\x01\x02\n", 1, "???"],
  ["an address of more than 64 bits", ` L 04001000,8\n L 10000000000000000,8\n`, 2, "10000000000000000"],
  ["a lower address that is not canonical", " L 0000800000000000,8\n", 1, "0000800000000000"],
  ["an upper address that is not canonical", " L ffff7fffffffffff,1\n", 1, "ffff7fffffffffff"],
  ["an access that runs out of the lower half", " L 00007ffffffffffc,8\n", 1, "00007ffffffffffc,8"],
  ["an access that runs past the last address", " L 00001000,8\n S fffffffffffffffc,8\n", 2, "fffffffffffffffc,8"],
  ["size 0", " L 04001000,0\n", 1, "04001000,0"],
  ["size 4096", " L 04001000,4096\n", 1, "04001000,4096"],
  ["a size of 30 digits", ` L 04001000,${"9".repeat(30)}\n`, 1, "04001000,9999"],
];
for (const [name, text, line, shown] of LINES) test(`trace: ${name}`, () => {
  const file = write("bad", text);
  expectRefusal(["replay", file, ...REPORTS], [file, `line ${line}`, shown]);
});

test("trace: a bad line behind many good ones has its number", () => {
  const file = write("long", `${GOOD.repeat(20_000)} L 123\n`);
  expectRefusal(["replay", file, ...REPORTS], [file, "line 120001", " L 123"]);
});
test("trace: a bad line on standard input", () => {
  expectRefusal(["replay", "-", ...REPORTS], ["standard input", "line 3", " X"], "==1==\n==1==\n X\n");
});
test("trace: empty standard input", () => expectRefusal(["replay", ...REPORTS], ["standard input"]));

const packed = gzipSync(GOOD.repeat(5000)), middle = packed.length >> 1;
const FILES: [name: string, content: string | Uint8Array][] = [
  ["an empty file", ""], ["nothing but chatter", "==1== Lackey\n==1== done\n"],
  ["gzip cut off", packed.subarray(0, middle)], ["gzip of two bytes", packed.subarray(0, 2)],
  ["gzip with a damaged middle", Uint8Array.from(packed).fill(0xff, middle, middle + 40)], ["gzip of an empty text", gzipSync("")],
];
for (const [name, content] of FILES) test(`trace: ${name}`, () => {
  const file = write("bad", content);
  expectRefusal(["replay", file, ...REPORTS], [file]);
});
const NAMES: [name: string, file: string, shown: string][] = [
  ["a directory", folder, "directory"], ["a missing file", join(folder, "missing"), "no such file"],
  ["a name below a file", join(trace, "below"), ""],
];
for (const [name, file, shown] of NAMES) test(`trace: ${name}`, () => expectRefusal(["replay", file, ...REPORTS], [file, shown]));

/** Words that are wrong, and what the message shows. */
const WORDS: [name: string, words: string[], ...shown: string[]][] = [
  ["--offload reversed", ["--offload", "0x2000-0x1000"], "--offload", "0x2000-0x1000"],
  ["--offload overlapping", ["--offload", "0x1000-0x1fff", "--offload", "0x1800-0x2fff"], "--offload", "0x1800-0x2fff", "0x1000-0x1fff"],
  ["--offload that share one address", ["--offload", "0x2000-0x3000", "--offload", "0x1000-0x2000"], "--offload", "0x1000-0x2000"],
  ["--offload without a dash", ["--offload", "0x1000"], "--offload", "0x1000"],
  ["--offload that is no number", ["--offload", "here-there"], "--offload", "here-there"],
  ["--offload of more than 64 bits", ["--offload", "0-10000000000000000"], "--offload", "10000000000000000"],
  ["61 --offload", Array.from({ length: 61 }, (_, i) => ["--offload", `${i}0-${i}1`]).flat(), "61", "60"],
  ["device memory of zero", ["--device-memory", "0"], "--device-memory", " 0"],
  ["device memory of no whole page", ["--device-memory", "5000"], "--device-memory", "5000", "4096"],
  ["device memory below zero", ["--device-memory", "-4096"], "--device-memory", "-4096"],
  ["device memory in an unknown unit", ["--device-memory", "64X"], "--device-memory", "64X"],
  ["device memory larger than the arena", ["--device-memory", "5G"], "--device-memory", "5G", "4032M"],
  ["device and system memory above 4 GiB", ["--device-memory", "3G", "--system-memory", "2G"], "--device-memory", "--system-memory"],
  ["system memory of zero", ["--system-memory", "0"], "--system-memory", " 0"],
  ["system memory that no arena can be made with", ["--system-memory", "4K"], "--system-memory"],
  ["--workers 0", ["--workers", "0"], "--workers", " 0"],
  ["--workers 1.5", ["--workers", "1.5"], "--workers", "1.5"],
  ["--workers 64", ["--workers", "64"], "--workers", "64"],
  ["--processes 0", ["--processes", "0"], "--processes", " 0"],
  ["--processes many", ["--processes", "many"], "--processes", "many"],
  ["--first-process -1", ["--first-process", "-1"], "--first-process", "-1"],
  ["--seed -1", ["--seed", "-1"], "--seed", "-1"],
  ["--seed 2^32", ["--seed", "4294967296"], "--seed", "4294967296"],
  ["--policy foo", ["--policy", "foo"], "--policy", "foo", "migrate", "remote"],
  ["an unknown option", ["--offlaod", "1-2"], "--offlaod"],
  ["a word too many", ["again"], "again"],
  ["an option without its value", ["--seed"], "--seed"],
];
for (const [name, words, ...shown] of WORDS) test(`words: ${name}`, () => expectRefusal(["replay", trace, ...REPORTS, ...words], shown));

test("words: an unknown verb", () => expectRefusal(["repaly", trace], ["repaly"]));
test("words: none", () => { // usage, on either stream, and no invented error
  const { status, stdout, stderr } = run([]);
  assert.match(stdout + stderr, "Usage: pagemirror");
  assert.not.match(stdout + stderr, /outputHelp/);
  assert.is(status, 2);
});

for (const option of ["--json", "--report"]) {
  test(`${option}: its folder is missing`, () => {
    const file = join(folder, "nowhere", "file");
    expectRefusal(["replay", trace, option, file], [file]);
  });
  test(`${option}: is a directory`, () => expectRefusal(["replay", trace, option, output], [output, "directory"]));
}

test("system memory too small for the trace", () => {
  const pages = Array.from({ length: 300 }, (_, i) => ` S ${(0x4000000 + i * 4096).toString(16).padStart(8, "0")},8\n`).join("");
  const file = write("wide", pages);
  expectRefusal(["replay", file, "--system-memory", "256K", ...REPORTS], ["--system-memory"]);
  // The same with several workers: the first refusal is told, once.
  expectRefusal(["replay", file, "--system-memory", "512K", "--processes", "4", "--workers", "2", ...REPORTS], ["--system-memory"]);
});

test("a report of an earlier run stays when a run is refused", () => {
  const kept = write("kept.json", "kept");
  assert.is(run(["replay", write("bad", " L 12"), "--json", kept]).status, 2);
  assert.is(readFileSync(kept, "utf8"), "kept");
});

test("--debug shows where", () => {
  const { status, stderr } = run(["--debug", "replay", join(folder, "missing")]);
  assert.is(status, 2);
  assert.match(stderr, /\n {4}at /);
});

for (const words of [["--help"], ["replay", "--help"], ["help"], ["help", "replay"]]) test(`${words.join(" ")}: usage`, () => {
  const { status, stdout, stderr } = run(words);
  assert.is(status, 0);
  assert.match(stdout, /^Usage: pagemirror/);
  assert.is(stderr, "");
});

test("a pipe closed after one byte ends quietly", () => {
  const words = ["-c", `"$0" "$@" | head -c 1`, process.execPath, COMMAND, "replay", trace, "--json", "-"];
  const { status, stdout, stderr } = spawnSync("sh", words, { encoding: "utf8", timeout: HANGS_MS });
  assert.equal({ status, stdout, stderr }, { status: 0, stdout: "{", stderr: "" });
});
for (const words of [["--json", "-"], []]) test(`a pipe closed before the first byte ends quietly ${words.join(" ")}`, async () => {
  const child = spawn(process.execPath, [COMMAND, "replay", trace, ...words], { stdio: ["ignore", "pipe", "pipe"], timeout: HANGS_MS });
  child.stdout.destroy();
  let stderr = "";
  child.stderr.on("data", (data: Buffer) => { stderr += data; });
  assert.is(await new Promise((resolve) => child.on("close", resolve)), 0);
  assert.is(stderr, "");
});

/** What a replay printed as JSON, but for what differs from run to run or with the name. */
function figures({ status, stdout, stderr }: Outcome): object {
  assert.is(status, 0, stderr);
  const { trace: _, seconds: __, ...rest } = JSON.parse(stdout) as { trace: string; seconds: number };
  return rest;
}
test("gzip and text, from a file and from standard input, are the same trace", () => {
  const expected = figures(run(["replay", trace, "--verify", "--json", "-"]));
  assert.match(JSON.stringify(expected), '"records":{"I":2,"L":1,"S":1,"M":1}');
  assert.equal(figures(run(["replay", write("good.gz", gzipSync(GOOD)), "--verify", "--json", "-"])), expected);
  assert.equal(figures(run(["replay", "-", "--verify", "--json", "-"], GOOD)), expected);
  assert.equal(figures(run(["replay", "--verify", "--json", "-"], gzipSync(GOOD))), expected);
  assert.equal(figures(run(["replay", "-", "--verify", "--json", "-"], GOOD.trimEnd())), expected, "without the last newline");
});
test("lines that end as on Windows are read, or refused by number", () => {
  const file = write("windows", GOOD.replaceAll("\n", "\r\n")), outcome = run(["replay", file, "--json", "-"]);
  if (outcome.status === 2) expectRefusal(["replay", file], [file, "line 2", "I  04001000,3"]);
  else assert.equal(figures(outcome), figures(run(["replay", trace, "--json", "-"])));
});

test.after(() => rmSync(folder, { recursive: true, force: true }));

test.run();
