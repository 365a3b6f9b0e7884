// pagemirror walk: the same pages as a set, a raw image and an ELF core give the same answers, which are the fixture's; bad dumps and words one line.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Fixture } from "./help/truth.js";

const FIXTURE = "test/fixtures/truth/riscv-random-sv48", BASE = 0x84000000n, RECORD = 4104;
const test = suite<{ folder: string }>("walk reads dumps");
test.before((context) => { context.folder = mkdtempSync(join(tmpdir(), "walk-")); });
test.after(({ folder }) => { rmSync(folder, { recursive: true }); });

const fixture = JSON.parse(readFileSync(`${FIXTURE}.json`, "utf8")) as Fixture, set = gunzipSync(readFileSync(`${FIXTURE}.bin.gz`));
const pages = Array.from({ length: set.length / RECORD }, (_, i) => ({ pa: set.readBigUInt64LE(i * RECORD), bytes: set.subarray(i * RECORD + 8, (i + 1) * RECORD) }));
const walk = (input: string | undefined, ...words: string[]): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(process.execPath, ["dist/cli.js", "walk", ...words], { encoding: "utf8", ...input !== undefined && { input } });

/** The pages as a raw image that begins at BASE, with holes of zeros. */
function rawImage(): Buffer {
  const image = Buffer.alloc(Number(pages.at(-1)!.pa - BASE) + 4096);
  for (const { pa, bytes } of pages) bytes.copy(image, Number(pa - BASE));
  return image;
}
/** The same as an ELF64 core: a note, and a segment for each page. */
function elfCore(): Buffer {
  const header = Buffer.alloc(64), entries = Buffer.alloc(56 * (pages.length + 1));
  header.write("\x7fELF\x02\x01\x01", "latin1");
  header.writeUInt16LE(4, 16);
  header.writeBigUInt64LE(64n, 32);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(pages.length + 1, 56);
  entries.writeUInt32LE(4, 0);
  pages.forEach(({ pa }, i) => {
    const at = 56 * (i + 1);
    entries.writeUInt32LE(1, at);
    entries.writeBigUInt64LE(BigInt(64 + entries.length + 4096 * i), at + 8);
    entries.writeBigUInt64LE(pa, at + 24);
    entries.writeBigUInt64LE(4096n, at + 32);
  });
  return Buffer.concat([header, entries, ...pages.map(({ bytes }) => bytes)]);
}

test("Sv32 and Sv39x4: items of four bytes, a root of four pages", ({ folder }) => {
  const image = Buffer.alloc(6 * 4096), file = join(folder, "narrow.img");
  image.writeUInt32LE((0x1004 << 10 | 1) >>> 0, 4 * 3); // item 3 of a root at 0x1000000, and the last of an x4 root there
  image.writeBigUInt64LE(0x100000dfn, 4 * 4096 - 8);
  image.writeUInt32LE(0xb7ab6cdf, 4 * 4096 + 4 * 5);
  writeFileSync(file, image);
  const at = ["--base", "0x1000000", "--json"], json = (...words: string[]): unknown => JSON.parse(walk(undefined, file, ...at, ...words).stdout);
  const answer = (...words: string[]): { pa: string; path: { entry_pa: string; entry: string }[] } => json(...words) as never;
  const narrow = answer("--format", "riscv-sv32", "--root", "0x1000000", "0xc05123");
  assert.equal([narrow.pa, narrow.path.map(({ entry_pa: entryPa, entry }) => [entryPa, entry])], ["0x2deadb123", [["0x100000c", "0x401001"], ["0x1004014", "0xb7ab6cdf"]]]);
  const wide = answer("--format", "riscv-sv39x4", "--register", "hgatp=0x8000000000001000", "0x1ffc0000123");
  assert.equal([wide.pa, wide.path.map(({ entry_pa: entryPa }) => entryPa)], ["0x40000123", ["0x1003ff8"]]);
  assert.match(walk(undefined, file, "--format", "riscv-sv39x4", "--root", "0x1001000", "0").stderr, /--root 0x1001000: expected a multiple of 0x4000/);
  assert.match(walk(undefined, file, "--format", "riscv-sv32x4", "0").stderr, /--root is missing: .* or --register hgatp=VALUE/);
});

test("tables of IOMMUs, and those of a hypervisor from its registers", ({ folder }) => {
  const image = Buffer.alloc(16 * 4096), file = join(folder, "device.img"), put = (at: number, item: bigint): void => { image.writeBigUInt64LE(item, at); };
  put(0x8, 0x1004001n); // DART: pages and tables of 16 KiB
  put(0x4010, 0x2deadc003n);
  for (const at of [0x8000, 0x9000, 0xa000]) put(at, BigInt(0x1000000 + at + 0x1000) | 7n); // VT-d's first stage: x86-64's items
  put(0xb028, 0x1234567027n);
  put(0xc018, 0x100e003n); // stage 2: from level 1 on, two tables side by side
  put(0xe000, 0x100f003n);
  put(0xf038, 0x40000403n | 3n << 6n);
  writeFileSync(file, image);
  const json = (va: string, ...words: string[]): unknown => {
    const { status, stdout, stderr } = walk(undefined, file, "--base", "0x1000000", "--json", ...words, va);
    assert.is(status, 0, stderr);
    const { pa, page_bytes: pageBytes, flags, path } = JSON.parse(stdout) as { pa: string; page_bytes: number; flags: unknown; path: { entry_pa: string }[] };
    return [pa, pageBytes, flags, path.map(({ entry_pa: at }) => at)];
  };
  const dart = ["--format", "apple-dart", "--root", "0x1000000"];
  assert.equal(json("0x2008123", ...dart), ["0x2deadc123", 16384, { user: "rwx", kernel: "rwx" }, ["0x1000008", "0x1004010"]]);
  assert.equal(json("0x5123", "--format", "vtd-fs", "--root", "0x1008000"),
    ["0x1234567123", 4096, { user: "rwx", kernel: "rwx", accessed: true, dirty: false }, ["0x1008000", "0x1009000", "0x100a000", "0x100b028"]]);
  const stage2 = ["--format", "aarch64-stage2", "--register", "vttbr=0x100c000"], vtcr = ["--register", `vtcr=${24 | 1 << 6 | 2 << 16}`];
  assert.equal(json("0xc0007321", ...stage2, ...vtcr),
    ["0x40000321", 4096, { user: "rwx", kernel: "rwx", accessed: true, dirty: false, contiguous: false }, ["0x100c018", "0x100e000", "0x100f038"]]);
  assert.match(walk(undefined, file, "--base", "0x1000000", ...dart, "0x2008123").stdout, /\n {2}level 1 .* V\n {2}level 0 .* V SD\n$/);
  for (const words of [stage2, [...stage2, ...vtcr, "--root", "0x100c000"], [...stage2, ...vtcr, "--levels", "3"]]) {
    const { status, stderr } = walk(undefined, file, ...words, "0");
    assert.is(status, 2);
    assert.match(stderr, /--format aarch64-stage2: expected --register vttbr=VALUE and --register vtcr=VALUE/);
  }
  assert.match(walk(undefined, file, ...dart, "--levels", "3", "0").stderr, /--levels 3: expected a whole number from 2 to 2/);
});

test("a set, a raw image and a core, plain and gzipped, give the fixture's answers", ({ folder }) => {
  const dumps: { [name: string]: [bytes: Buffer, words: string[]] } = { set: [set, []], raw: [rawImage(), ["--base", `0x${BASE.toString(16)}`]], core: [elfCore(), []] };
  const mapped = fixture.probes.slice(0, 40), unmapped = fixture.unmapped.slice(0, 20) as string[];
  const input = [...mapped.map(([va]) => va), ...unmapped].join("\n"), answers: string[] = [];
  for (const [name, [bytes, words]] of Object.entries(dumps)) for (const packed of [false, true]) {
    const file = join(folder, `${name}${packed ? ".gz" : ""}`);
    writeFileSync(file, packed ? gzipSync(bytes) : bytes);
    const { status, stdout, stderr } = walk(input, file, "--format", "riscv-sv48", "--register", "satp=0x9012300000084000", "--json", ...words);
    assert.is(status, 0, stderr);
    answers.push(stdout.replace(/"absent"/g, '"not present"').replace(/"fault":"not present"|"path":\[.*?\]/g, "")); // an image has zeros where a set has nothing
    const rows = stdout.trim().split("\n").map((line) => JSON.parse(line) as { va: string; pa: string | null; page_bytes: number | null; fault: string | null; path: unknown[] });
    mapped.forEach(([va, pa], i) => { assert.equal([rows[i]!.va, rows[i]!.pa, rows[i]!.fault], [va, pa, null]); });
  }
  assert.is(new Set(answers).size, 1, "all dumps answer alike");
});

test("a person sees every level, its address, its item and the item's fields", () => {
  const { stdout, status } = walk(undefined, `${FIXTURE}.bin.gz`, "--format", "riscv-sv48", "--root", "0x84000000", fixture.probes[0]![0]);
  assert.is(status, 0);
  assert.match(stdout, /^0xb2305a50000 -> 0xe6ee9a14e30000 {2}page of 64 KiB, user r..?, kernel ---?\n/);
  assert.match(stdout, /\n {2}level 3 {2}0x000000008400\w+ {2}0x\w{16} {2}V/);
  assert.match(stdout, /\n {2}level 0 {2}0x\w{16} {2}0x\w{16} {2}V R .*N\n$/);
});

test("all mappings, as ranges, are those that single walks find", () => {
  const { stdout, status } = walk(undefined, `${FIXTURE}.bin.gz`, "--format", "riscv-sv48", "--root", "0x84000000", "--all", "--json");
  assert.is(status, 0);
  const runs = stdout.trim().split("\n").map((line) => JSON.parse(line) as { va: string; last: string; pa: string });
  assert.ok(runs.length > 300, `only ${runs.length} runs`);
  for (const [va, pa] of fixture.probes) {
    const run = runs.find((each) => BigInt(each.va) <= BigInt(va) && BigInt(va) <= BigInt(each.last));
    assert.ok(run, va);
    assert.is(BigInt(run.pa) + BigInt(va) - BigInt(run.va), BigInt(pa), va);
  }
});

test("bad words and bad dumps: one line, exit code 2", ({ folder }) => {
  const file = (name: string, bytes: Buffer): string => { const path = join(folder, name); writeFileSync(path, bytes); return path; };
  const core = elfCore(), bent = Buffer.from(core), dump = `${FIXTURE}.bin.gz`, sv48 = ["--format", "riscv-sv48", "--root", "0x84000000"];
  bent.writeUInt16LE(0xfff0, 56);
  const cases: [expected: RegExp, ...words: string[]][] = [
    [/--format vax: expected one of x86-64/, dump, "--format", "vax", "--root", "0"],
    [/required option '--format/, dump, "0x1000"],
    [/--root is missing/, dump, "--format", "x86-64", "0x1000"],
    [/--root "zz": expected an address/, dump, "--format", "x86-64", "--root", "zz"],
    [/--levels 3: expected 4 or 5/, dump, "--format", "x86-64", "--root", "0", "--levels", "3", "0"],
    [/--root 0x84000008: expected a multiple/, dump, "--format", "riscv-sv48", "--root", "0x84000008", "0"],
    [/has mode 8: expected 9/, dump, "--format", "riscv-sv48", "--register", "satp=0x8000000000084000", "0"],
    [/--register cr9=1: expected NAME=VALUE/, dump, "--format", "x86-64", "--register", "cr9=1", "0"],
    [/are for aarch64/, dump, "--format", "x86-64", "--root", "0", "--root-high", "0", "0"],
    [/--va-bits 60: expected a whole number from 13 to 48/, dump, "--format", "aarch64-4k", "--root", "0", "--va-bits", "60", "0"],
    [/address "0xfffff00000000000000": expected an address/, dump, ...sv48, "0xfffff00000000000000"],
    [/--all with 0x1000/, dump, ...sv48, "--all", "0x1000"],
    [/cannot open .*nowhere/, join(folder, "nowhere"), ...sv48, "0"],
    [/is no file/, folder, ...sv48, "0"],
    [/is empty/, file("empty", Buffer.alloc(0)), ...sv48, "0"],
    [/cannot be unpacked/, file("cut.gz", gzipSync(set).subarray(0, 900)), ...sv48, "0"],
    [/program headers/, file("bent", bent), ...sv48, "0"],
    [/is cut off/, file("cut", core.subarray(0, core.length - 10_000)), ...sv48, "0"],
    [/expected no --base/, file("core", core), ...sv48, "--base", "0", "0"],
  ];
  for (const [expected, ...words] of cases) {
    const { status, stdout, stderr } = walk(undefined, ...words);
    assert.match(stderr, expected);
    assert.equal([status, stdout, stderr.trim().split("\n").length], [2, "", 1], stderr);
  }
});
test.run();
