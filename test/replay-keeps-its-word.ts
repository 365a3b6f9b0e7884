// The command from outside: what it counts is what the trace says, every byte that the program loads is the right one whatever
// the device does, and the same seed gives the same figures (D1). On a real program, and on small traces made here that visit
// the corners: accesses over page ends, every size to 64 bytes, both halves of the address space, many changes of side.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { ProcessResult, ReplayResult } from "../src/replay/result.js";
import { SEED, generator } from "./help/engine.js";

const LS = "test/fixtures/ls.lackey.gz", LS_RECORDS = { I: 880903, L: 212706, S: 102352, M: 3220 };
/** The dynamic linker of that program, and the pages that its data records touch. */
const LS_HOT = ["--offload", "0x4008000-0x4009fff"], LS_PAGES = 152;
const PAGE_BYTES = 4096;
/** Every replay here takes a second or two: one that takes this long never ends. */
const HANGS_MS = 20_000;
const folder = mkdtempSync(join(tmpdir(), "pagemirror-replay-"));

interface Failure { code: unknown; killed: boolean; stdout: string; stderr: string }
/** Runs `replay` with these words; answers what it printed. */
async function run(...words: string[]): Promise<{ stdout: string; stderr: string }> {
  const args = ["dist/cli.js", "replay", ...words];
  return promisify(execFile)(process.execPath, args, { timeout: HANGS_MS }).catch((error: Failure) => {
    const end = error.killed ? `not done after ${HANGS_MS} ms` : `exit code ${String(error.code)}`;
    throw new Error(`node ${args.join(" ")}: ${end}\n${error.stderr}${error.stdout.slice(0, 2000)}`);
  });
}
/** Runs a replay; answers its figures. `--verify` is on unless the test says `--no-verify`. */
async function replay(trace: string, ...words: string[]): Promise<ReplayResult> {
  const own = words.includes("--no-verify") ? words.filter((word) => word !== "--no-verify") : [...words, "--verify"];
  const { stdout } = await run(trace, "--json", "-", ...own);
  const result = JSON.parse(stdout) as ReplayResult;
  checkSums(result);
  return result;
}
const untimed = ({ seconds: _, ...rest }: ReplayResult): object => rest;
const hashes = ({ processes }: ReplayResult): string[] => processes.map(({ image_hash }) => image_hash);

/** What holds for the figures of every replay. */
function checkSums(result: ReplayResult): void {
  const { processes, migrations, records, accesses, device_memory_bytes: deviceBytes } = result;
  const total = (of: (process: ProcessResult) => number): number => processes.reduce((sum, process) => sum + of(process), 0);
  assert.is(result.mismatches, 0);
  assert.equal(result.audit, { clean: true, leaked_frames: 0 });
  assert.is(accesses.cpu + accesses.device, total((p) => p.accesses.cpu + p.accesses.device));
  for (const p of processes) {
    const { cpu, device } = p.accesses, touched = cpu + device - records.L - records.S - records.M;
    assert.ok(touched === 0 || touched === records.I, `process ${p.process} made ${cpu + device} accesses`);
    assert.is(p.faults.cpu + p.faults.device, Object.values(p.fault_kinds).reduce((a, b) => a + b, 0));
    assert.is(p.migrations.to_device - p.migrations.to_system, p.device_pages, "what went to the device and is not back is there");
    assert.ok(p.evictions <= p.migrations.to_system);
  }
  assert.ok(total((p) => p.device_pages) * PAGE_BYTES <= deviceBytes, "more pages on the device than fit");
  assert.equal(migrations, { to_device: total((p) => p.migrations.to_device), to_system: total((p) => p.migrations.to_system) });
  assert.is(result.evictions, total((p) => p.evictions));
  assert.is(result.bytes_moved, (migrations.to_device + migrations.to_system) * PAGE_BYTES);
}

/** A trace made here, and what must come out of it; `filled` of its pages are touched by the CPU before the device. */
interface Made { file: string; offload: string[]; records: ReplayResult["records"]; device: number; pages: number; filled: number }

/** Writes a seeded trace of `blocks` instructions, about half of them within the offloaded ranges, each with some accesses. */
function makeTrace(seed: number, blocks: number): Made {
  const random = generator(seed), file = join(folder, `made-${seed}-${blocks}.lackey`);
  // Heap, stack, the last page of the lower half, the first and the last of the upper half.
  const regions: [base: bigint, pages: number][] = [
    [0x4c0_0000n, 40], [0x1f_fef0_0000n, 12], [0x7fff_ffff_e000n, 2], [0xffff_8000_0000_0000n, 3], [0xffff_ffff_ffff_e000n, 2],
  ];
  const records = { I: 0, L: 0, S: 0, M: 0 }, pages = new Set<bigint>(), lines: string[] = [];
  const line = (kind: keyof typeof records, address: bigint, size: number): void => {
    records[kind]++;
    lines.push(`${kind === "I" ? "I " : ` ${kind}`} ${address.toString(16).padStart(8, "0")},${size}`);
  };
  let device = 0, filled = 0;
  for (let block = 0; block < blocks; block++) {
    const kind = random(4), offloaded = kind < 2; // two ranges, one of them a single address
    line("I", kind === 0 ? 0x401000n + BigInt(random(0x1000)) : kind === 1 ? 0x409123n : 0x40a000n + BigInt(random(0x800)), 1 + random(15));
    for (let n = random(6); n > 0; n--) {
      const [base, count] = regions[random(regions.length)]!, bytes = count * PAGE_BYTES;
      const size = random(3) ? 2 ** random(4) : 1 + random(64);
      // One in four straddles a page end, if there is one inside the region.
      const near = random(4) === 0 && count > 1 ? (1 + random(count - 1)) * PAGE_BYTES - 1 - random(size) : random(bytes);
      const address = base + BigInt(Math.min(Math.max(0, near), bytes - size));
      for (let page = address >> 12n; page <= address + BigInt(size) - 1n >> 12n; page++) {
        if (!offloaded && !pages.has(page)) filled++;
        pages.add(page);
      }
      line((["L", "S", "M"] as const)[random(3)]!, address, size);
      if (offloaded) device++;
    }
    if (random(50) === 0) lines.push(`==${block}== chatter`);
  }
  writeFileSync(file, `==1== Lackey\n${lines.join("\n")}\n`);
  return { file, offload: ["--offload", "0x401000-0x401fff", "--offload", "409123-409123"], records, device, pages: pages.size, filled };
}
const SMALL = "64K"; // 16 frames, fewer than a made trace touches
const made = makeTrace(SEED, 4000);

const test = suite(`replay keeps its word (SEED=${SEED})`);

test("a real program on the CPU alone: every record counted, no fault but the first touch", async () => {
  const result = await replay(LS);
  assert.equal(result.records, LS_RECORDS);
  assert.equal(result.accesses, { cpu: LS_RECORDS.L + LS_RECORDS.S + LS_RECORDS.M, device: 0 });
  assert.equal(result.fault_kinds, { fill: LS_PAGES, right: 0, back: 0, map: 0, migrate: 0 });
  assert.is(result.bytes_moved, 0);
  assert.is(result.processes[0]!.pages, LS_PAGES);
});

test("a real program with its linker on the device: its image is the same, with room, without, and in place", async () => {
  const alone = await replay(LS), roomy = await replay(LS, ...LS_HOT);
  const tight = await replay(LS, ...LS_HOT, "--device-memory", SMALL), remote = await replay(LS, ...LS_HOT, "--policy", "remote");
  for (const result of [roomy, tight, remote]) {
    assert.equal(result.records, LS_RECORDS);
    assert.equal(result.accesses, { cpu: 237782, device: 80496 });
    assert.is(result.processes[0]!.pages, LS_PAGES);
    assert.equal(hashes(result), hashes(alone));
  }
  assert.ok(roomy.migrations.to_device > 0);
  assert.is(roomy.evictions, 0);
  assert.ok(tight.evictions > 0, "58 pages in 16 frames without an eviction");
  assert.equal(remote.migrations, { to_device: 0, to_system: 0 });
  assert.ok(remote.fault_kinds.map > 0);
});

test("a real program in four processes on two workers that fight for 16 frames", async () => {
  const crowd = ["--device-memory", SMALL, "--processes", "4", "--workers", "2", "--seed", "7"];
  const { processes, evictions } = await replay(LS, ...LS_HOT, ...crowd);
  assert.ok(evictions > 0);
  const [third] = (await replay(LS, "--first-process", "2", "--seed", "7")).processes;
  assert.is(processes[2]!.image_hash, third!.image_hash);
  assert.is(new Set(processes.map(({ image_hash }) => image_hash)).size, 4, "processes store bytes of their own");
});

test("a made trace: records, sides and pages are what was written", async () => {
  for (const { file, offload, records, device, pages, filled } of [made, makeTrace(SEED + 1, 1), makeTrace(SEED + 2, 300)]) {
    const data = records.L + records.S + records.M;
    for (const words of [[], ["--device-memory", SMALL], ["--policy", "remote"]]) {
      const result = await replay(file, ...offload, ...words);
      assert.equal(result.records, records);
      assert.equal(result.accesses, { cpu: data - device, device });
      assert.is(result.processes[0]!.pages, pages);
      assert.is(result.fault_kinds.fill, filled, "each page that the CPU touches first faults once for it");
    }
  }
});

test("instruction fetches touch their pages only when asked", async () => {
  const data = made.records.L + made.records.S + made.records.M, code = 4; // 0x401, 0x402 at its end, 0x409, 0x40a
  const fetched = await replay(made.file, ...made.offload, "--fetch", "--device-memory", SMALL);
  assert.equal(fetched.records, made.records);
  assert.is(fetched.accesses.cpu + fetched.accesses.device, data + made.records.I);
  assert.is(fetched.processes[0]!.pages, made.pages + code);
  assert.equal(hashes(fetched), hashes(await replay(made.file, "--fetch")), "on the device or not");
});

test("the image depends on the program, the seed and the process, and on nothing else", async () => {
  const expected = hashes(await replay(made.file));
  const same: string[][] = [
    made.offload, [...made.offload, "--device-memory", SMALL], [...made.offload, "--device-memory", "8K"],
    [...made.offload, "--policy", "remote"], [...made.offload, "--no-verify"],
    ["--offload", "0-ffffffffffffffff", "--device-memory", SMALL],
  ];
  for (const words of same) assert.equal(hashes(await replay(made.file, ...words)), expected, words.join(" "));
  for (const words of [["--seed", "2"], ["--first-process", "1"]])
    assert.not.equal(hashes(await replay(made.file, ...words)), expected, words.join(" "));
});

test("a device with room for one page, and an access that needs two", async () => {
  const file = join(folder, "crossing.lackey");
  writeFileSync(file, "I  00401000,3\n S 04000ffc,8\nI  00402000,3\n L 04000ffc,8\n");
  const result = await replay(file, ...made.offload, "--device-memory", "4K");
  assert.equal(result.accesses, { cpu: 1, device: 1 });
  assert.equal(hashes(result), hashes(await replay(file)));
});

test("each of four processes on two workers ends as it does alone, for many seeds", async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const { file, offload } = makeTrace(SEED + seed, 1500);
    const crowd = await replay(file, ...offload, "--processes", "4", "--workers", "2", "--device-memory", SMALL, "--seed", String(seed));
    assert.ok(crowd.evictions > 0, `seed ${seed}: no eviction`);
    const alone = await Promise.all([0, 1, 2, 3].map((k) => replay(file, "--first-process", String(k), "--seed", String(seed))));
    assert.equal(hashes(crowd), alone.flatMap(hashes), `seed ${seed}`);
    assert.equal(crowd.processes.map(({ process: number }) => number), [0, 1, 2, 3]);
    assert.equal(alone.map(({ processes }) => processes[0]!.process), [0, 1, 2, 3]);
  }
});

test("one worker and one seed: the same figures each time (D1)", async () => {
  const tight = [...made.offload, "--device-memory", SMALL, "--seed", "5"];
  for (const words of [["--processes", "1"], ...[[], ["--policy", "remote"], ["--fetch"]].map((more) => ["--processes", "4", ...more])]) {
    const twice = await Promise.all([0, 1].map(() => replay(made.file, ...tight, ...words)));
    assert.equal(untimed(twice[0]!), untimed(twice[1]!), words.join(" "));
  }
  const real = await Promise.all([0, 1].map(() => replay(LS, ...LS_HOT, "--device-memory", SMALL, "--processes", "4", "--no-verify")));
  assert.equal(untimed(real[0]!), untimed(real[1]!));
});

test("--verify and --report look on and change nothing", async () => {
  const words = [made.file, ...made.offload, "--device-memory", SMALL, "--processes", "2"] as const;
  const plain = await replay(...words, "--no-verify"), report = join(folder, "plots.html");
  assert.equal(untimed(await replay(...words)), untimed(plain));
  assert.equal(untimed(await replay(...words, "--report", report)), untimed(plain));
  assert.match(readFileSync(report, "utf8"), /<\/html>\s*$/);
});

test("--json FILE holds what --json - prints, and nothing else is left", async () => {
  const file = join(folder, "figures.json");
  const { stdout, stderr } = await run(made.file, ...made.offload, "--verify", "--json", file);
  assert.equal(untimed(JSON.parse(readFileSync(file, "utf8")) as ReplayResult), untimed(await replay(made.file, ...made.offload)));
  assert.is(stderr, "");
  assert.match(stdout, /evictions .*, mismatches 0, audit clean, \d+\.\d\d s\n$/);
  assert.equal(readdirSync(folder).filter((name) => name.endsWith(".part")), []);
});

test.after(() => rmSync(folder, { recursive: true, force: true }));

test.run();
